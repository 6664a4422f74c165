-- What the provider said of a payment, written down before anything is decided on it: an answer to a pay call, to its
-- replay or to a look-up, or a webhook. `said` is all of it as JSON, recharge codes included. No foreign key, and nothing
-- of the order is read to write it: whatever has become of the order's row, what was heard is kept.
-- `asked_id` is the transaction that a look-up asked for. `due_at` is when it is to be decided (again), `decided_at` when
-- it was. Undecided ones are kept for ever; decided ones for 90 days (docs/retention.md): orders keep what came of them.
CREATE TABLE provider_fact (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT    NOT NULL,
    order_id   TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    asked_id   TEXT,
    said       TEXT    NOT NULL,
    heard_at   INTEGER NOT NULL,
    due_at     INTEGER,
    tries      INTEGER NOT NULL,
    problem    TEXT,
    decided_at INTEGER,
    CONSTRAINT provider_fact_once UNIQUE (key)
);
CREATE INDEX provider_fact_undecided ON provider_fact (order_id, due_at) WHERE decided_at IS NULL;
