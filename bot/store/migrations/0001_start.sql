-- Times are integer milliseconds since the epoch (UTC). Amounts are whole XOF. JSON is kept as text.

-- One row for each address that ever wrote or was credited. `customer` owns the money, the meters and the orders;
-- it is the address itself until two addresses are joined.
CREATE TABLE session (
    address        TEXT    NOT NULL,
    customer       TEXT    NOT NULL,
    language       TEXT    NOT NULL,
    body           TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    inquiry_due_at INTEGER,
    unreachable_at INTEGER,
    CONSTRAINT session_pk PRIMARY KEY (address)
);
CREATE INDEX session_customer ON session (customer);
CREATE INDEX session_inquiry ON session (inquiry_due_at) WHERE inquiry_due_at IS NOT NULL;

-- Every update that was handled, so that a redelivery is recognised; pruned after some days. `tries` counts failures of
-- an update that is not handled yet; `handled_at` is NULL until it is.
CREATE TABLE inbox (
    key        TEXT    NOT NULL,
    handled_at INTEGER,
    tries      INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    problem    TEXT,
    CONSTRAINT inbox_pk PRIMARY KEY (key)
);
CREATE INDEX inbox_seen ON inbox (seen_at);

-- Messages that still have to leave, in the order of their ids for each address. A sent row is deleted. A row that was
-- given up stays only if it is order news (`keep`), and is taken up again when the person writes.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    address     TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    keep        INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    given_up_at INTEGER
);
CREATE INDEX outbox_address ON outbox (address, id);

-- A confirmed quote and its fate; the row is the durable job (due_at, lease). Its id is the quote's id.
CREATE TABLE orders (
    id                TEXT    NOT NULL,
    address           TEXT    NOT NULL,
    customer          TEXT    NOT NULL,
    language          TEXT    NOT NULL,
    service           TEXT    NOT NULL,
    reference         TEXT    NOT NULL,
    holder            TEXT    NOT NULL,
    amount_xof        INTEGER NOT NULL,
    fee_xof           INTEGER NOT NULL,
    reference_facture TEXT,
    due_on            TEXT,
    confirmed_at      INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL,
    state             TEXT    NOT NULL,
    version           INTEGER NOT NULL,
    due_at            INTEGER,
    lease_owner       TEXT,
    lease_until       INTEGER,
    pay_attempts      INTEGER NOT NULL,
    replays           INTEGER NOT NULL,
    polls             INTEGER NOT NULL,
    tokens            TEXT    NOT NULL,
    facts             TEXT    NOT NULL,
    hint              TEXT,
    hint_tries        INTEGER NOT NULL,
    reason            TEXT    NOT NULL,
    stuck_at          INTEGER,
    reopened          INTEGER NOT NULL,
    borne_xof         INTEGER NOT NULL,
    CONSTRAINT orders_pk PRIMARY KEY (id),
    CONSTRAINT orders_amount CHECK (amount_xof > 0 AND fee_xof >= 0)
);
CREATE INDEX orders_due ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX orders_customer ON orders (customer, confirmed_at);
CREATE INDEX orders_open ON orders (state) WHERE state NOT IN ('delivered', 'refused', 'cancelled');

-- What happened to an order, one line a move.
CREATE TABLE journal (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    what     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    detail   TEXT    NOT NULL
);
CREATE INDEX journal_order ON journal (order_id, id);

-- The ledger: append only. A transfer's key and account are unique, so the same transfer is never written twice.
CREATE TABLE entry (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer   TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    amount_xof INTEGER NOT NULL,
    order_id   TEXT,
    note       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    CONSTRAINT entry_once UNIQUE (transfer, account)
);
CREATE INDEX entry_account ON entry (account, id, amount_xof);
CREATE INDEX entry_order ON entry (order_id) WHERE order_id IS NOT NULL;
-- only sqlite:
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- only postgres:
CREATE FUNCTION entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION entry_is_append_only();
CREATE TRIGGER entry_is_never_deleted BEFORE DELETE OR TRUNCATE ON entry
FOR EACH STATEMENT EXECUTE FUNCTION entry_is_append_only();
-- all:

CREATE TABLE meter (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    customer  TEXT    NOT NULL,
    service   TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    holder    TEXT    NOT NULL,
    nickname  TEXT    NOT NULL,
    saved_at  INTEGER NOT NULL,
    CONSTRAINT meter_once UNIQUE (customer, service, reference)
);

-- A customer's own credit limit, where it is not the default.
CREATE TABLE credit_limit (
    customer  TEXT    NOT NULL,
    limit_xof INTEGER NOT NULL,
    CONSTRAINT credit_limit_pk PRIMARY KEY (customer)
);

-- The provider's request budget: one row, the theoretical arrival time of the next request in microseconds (GCRA).
CREATE TABLE budget (
    id         INTEGER NOT NULL,
    arrival_us INTEGER NOT NULL,
    CONSTRAINT budget_pk PRIMARY KEY (id),
    CONSTRAINT budget_one CHECK (id = 1)
);
INSERT INTO budget (id, arrival_us) VALUES (1, 0);

-- When the admins were last alerted of a kind of thing that may happen many times in a row.
CREATE TABLE alerted (
    kind TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    CONSTRAINT alerted_pk PRIMARY KEY (kind)
);

-- Small things that the program makes once and keeps, such as its secret key.
CREATE TABLE kept (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT kept_pk PRIMARY KEY (name)
);
