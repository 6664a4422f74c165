-- What people are beside customers: admins of three roles, resellers, and accounts that an admin has paused; what admins
-- may change while the program runs; and what they did.

-- An admin that another admin named. Those of the settings are owners and have no row here.
CREATE TABLE admin (
    address  TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    named_by TEXT    NOT NULL,
    named_at INTEGER NOT NULL,
    CONSTRAINT admin_pk PRIMARY KEY (address),
    CONSTRAINT admin_role CHECK (role IN ('support', 'operator', 'owner'))
);

-- A customer who sells to clients of his own. `commissions` is JSON, a commission a service; a service that is not in it
-- earns the shop's. `day_limit_xof` is the most that may leave his balance in a day (UTC, which is the time of Dakar).
-- `pin_tries` counts the PINs tried since the last right one.
CREATE TABLE reseller (
    customer         TEXT    NOT NULL,
    shop_name        TEXT    NOT NULL,
    commissions      TEXT    NOT NULL,
    day_limit_xof    INTEGER,
    pin_hash         TEXT,
    pin_above_xof    INTEGER NOT NULL,
    pin_tries        INTEGER NOT NULL,
    pin_locked_until INTEGER NOT NULL,
    since_at         INTEGER NOT NULL,
    CONSTRAINT reseller_pk PRIMARY KEY (customer)
);

-- Customers who may buy nothing until an admin lets them.
CREATE TABLE frozen (
    customer TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    CONSTRAINT frozen_pk PRIMARY KEY (customer)
);

-- What admins changed of the shop while it runs: fees, commissions, services in maintenance, texts.
CREATE TABLE rule (
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT rule_pk PRIMARY KEY (name)
);

-- What admins did: append only. `second` is the admin who confirmed what needed two.
CREATE TABLE audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    address    TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    amount_xof INTEGER NOT NULL,
    why        TEXT    NOT NULL,
    second     TEXT    NOT NULL
);
CREATE INDEX audit_at ON audit (at);
-- only sqlite:
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
-- only postgres:
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
-- all:

-- A reseller's sale: what he earned, for which client, in which line of which batch.
ALTER TABLE orders ADD COLUMN commission_xof INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN client_id INTEGER;
ALTER TABLE orders ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN batch_id TEXT;
ALTER TABLE orders ADD COLUMN line INTEGER;
ALTER TABLE orders ADD COLUMN delivered_at INTEGER;
ALTER TABLE orders ADD COLUMN refunded_xof INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_batch ON orders (batch_id, line) WHERE batch_id IS NOT NULL;
CREATE INDEX orders_confirmed ON orders (confirmed_at);
