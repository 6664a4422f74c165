-- What keeps an admin, or whoever holds an admin's telephone, from deciding alone what must not be decided alone.

-- From when on the one who asked may confirm by himself, where nobody else may approve; NULL: never.
ALTER TABLE approval ADD COLUMN alone_at INTEGER;

-- The reference of a payment that was credited or debited (a Wave transaction, a receipt): each is used once. Kept as long
-- as the ledger is.
CREATE TABLE payment_reference (
    reference  TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    by_address TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    amount_xof INTEGER NOT NULL,
    CONSTRAINT payment_reference_pk PRIMARY KEY (reference)
);

-- The last two pauses of a reseller's PIN after wrong tries, and since when it is locked until an admin takes it away. One
-- row for each reseller who was ever locked out; it goes with the PIN.
CREATE TABLE pin_lock (
    customer  TEXT    NOT NULL,
    before_at INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    barred_at INTEGER,
    CONSTRAINT pin_lock_pk PRIMARY KEY (customer)
);

-- The same amount for the same person a moment ago, and who was ever one person with whom.
CREATE INDEX audit_target ON audit (target, at);
CREATE INDEX joined_customer ON joined (customer, into_customer);
CREATE INDEX joined_into ON joined (into_customer, customer);
