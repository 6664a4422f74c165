-- Fair shares of what the provider allows: who waits, who had a turn, and how much one person has asked for.

-- Since when somebody of a class has waited for a place in the request budget without that class being given one, in
-- microseconds; 0: nobody waits. Newcomers of a class go behind those who wait, and one that has waited for its share
-- goes before everybody. Batches take what is left and have no share.
ALTER TABLE budget ADD COLUMN pay_since_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget ADD COLUMN look_up_since_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget ADD COLUMN inquiry_since_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget ADD COLUMN poll_since_us INTEGER NOT NULL DEFAULT 0;

-- When a customer was last given a place while others of the same class went without: who had none for longest is next.
-- Written only while people wait; kept for a day.
CREATE TABLE provider_turn (
    kind     TEXT    NOT NULL,
    customer TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    CONSTRAINT provider_turn_pk PRIMARY KEY (kind, customer)
);
CREATE INDEX provider_turn_at ON provider_turn (at);

-- Since when somebody waits for the look-up of an order, and its turn has not come; NULL: nobody does. Such look-ups go
-- before polls.
ALTER TABLE orders ADD COLUMN awaited_at INTEGER;

-- What one account has used of what it may ask for within some minutes (`what`: inquiries, look-ups of its own orders):
-- when its next request is planned, in milliseconds (GCRA), and, in the same way, the next one that goes out at once;
-- and until when it may ask for nothing, because it passed the limit (0: it may). `at` is when it last asked. Kept for a
-- day.
CREATE TABLE allowance (
    customer   TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    arrival_ms INTEGER NOT NULL,
    quick_ms   INTEGER NOT NULL,
    shut_until INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    CONSTRAINT allowance_pk PRIMARY KEY (customer, what)
);
CREATE INDEX allowance_at ON allowance (at);

-- Whether anything of a reference was bought lately, by anybody: then what the provider said of it before is not repeated.
CREATE INDEX orders_bought ON orders (reference, service);
