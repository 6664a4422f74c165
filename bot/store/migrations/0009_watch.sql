-- What the watch remembers: the provider's balances as its answers told them, chores that are done once a day, what is
-- wrong now and was told, and what was left untold for a moment so that there is no storm.

-- The float as the provider told it, in the order in which it was heard: around a debit (`order_id`), whose payment was
-- sent at `sent_at`, or because it was asked for (then there is no `previous_xof`).
CREATE TABLE witness (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    sent_at      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    order_id     TEXT,
    previous_xof INTEGER,
    current_xof  INTEGER NOT NULL
);
CREATE INDEX witness_at ON witness (at);
CREATE INDEX witness_order ON witness (order_id) WHERE order_id IS NOT NULL;

-- Which account went into which: entries keep the name of the account that they were written for.
CREATE TABLE joined (
    customer      TEXT    NOT NULL,
    into_customer TEXT    NOT NULL,
    at            INTEGER NOT NULL
);
INSERT INTO joined (customer, into_customer, at) SELECT address, customer, 0 FROM session WHERE address <> customer;

-- The last day (`YYYY-MM-DD`) for which a chore was done, and what came of it, as JSON.
CREATE TABLE chore (
    name TEXT NOT NULL,
    day  TEXT NOT NULL,
    told TEXT NOT NULL,
    CONSTRAINT chore_pk PRIMARY KEY (name)
);

-- What is wrong, a row a kind. `told` is what was last told of it, as JSON, at `told_at`: a time before `began_at` belongs
-- to an earlier trouble of the kind. `seen_at` is when it was last seen; a while after that it is over: `ended_at`.
CREATE TABLE concern (
    kind     TEXT    NOT NULL,
    began_at INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    ended_at INTEGER,
    told_at  INTEGER,
    told     TEXT,
    CONSTRAINT concern_pk PRIMARY KEY (kind)
);

-- Alerts about orders that came too soon after another of their kind, until they are told together.
CREATE TABLE hushed (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT    NOT NULL,
    order_id TEXT    NOT NULL,
    at       INTEGER NOT NULL
);

-- An audit reads what moved on one day, and looks for a code on other orders.
CREATE INDEX entry_at ON entry (at);
CREATE INDEX orders_updated ON orders (updated_at);
CREATE INDEX orders_tokens ON orders (tokens) WHERE tokens <> '[]';
