-- What admins look for and what they count costs little after a year (docs/decisions/0020). Computed columns are made by
-- the database itself, whatever statement writes the row.

-- By the beginning of a provider's transaction, newest first.
-- only sqlite:
ALTER TABLE orders ADD COLUMN transaction_id TEXT
GENERATED ALWAYS AS (CASE WHEN json_valid(facts) THEN lower(json_extract(facts, '$.transaction_id')) END) VIRTUAL;
-- only postgres:
ALTER TABLE orders ADD COLUMN transaction_id TEXT
GENERATED ALWAYS AS (CASE WHEN facts IS JSON OBJECT THEN lower(CAST(facts AS JSON) ->> 'transaction_id') END) STORED;
-- all:
CREATE INDEX orders_transaction ON orders (transaction_id, confirmed_at) WHERE transaction_id IS NOT NULL;

-- By a piece of a name or of a number, newest first, without reading an order that has none. What is confirmed later
-- stands behind: a new order changes the last page of it and no other.
CREATE INDEX orders_named ON orders (confirmed_at, reference, lower(holder), lower(client), holder, client, id);

-- By the end of an address.
-- only sqlite:
ALTER TABLE session ADD COLUMN tail TEXT GENERATED ALWAYS AS (substr(lower(address), -3)) VIRTUAL;
ALTER TABLE address ADD COLUMN tail TEXT GENERATED ALWAYS AS (substr(lower(value), -3)) VIRTUAL;
-- only postgres:
ALTER TABLE session ADD COLUMN tail TEXT GENERATED ALWAYS AS (right(lower(address), 3)) STORED;
ALTER TABLE address ADD COLUMN tail TEXT GENERATED ALWAYS AS (right(lower(value), 3)) STORED;
-- all:
CREATE INDEX session_tail ON session (tail);
CREATE INDEX address_tail ON address (tail);

-- Acts of admins, by what was done and by who approved it.
CREATE INDEX audit_what ON audit (what, at);
CREATE INDEX audit_second ON audit (second, at) WHERE second <> '';

-- How long codes took, in order.
CREATE INDEX orders_took ON orders ((delivered_at - confirmed_at), confirmed_at, delivered_at)
WHERE service = 'woyofal' AND state = 'delivered';

-- The orders of a day (days since the epoch) in which they were confirmed, counted and summed. The triggers keep it
-- whatever writes an order, and the audit of a day compares. A row whose orders have all moved on stays with zeros.
CREATE TABLE order_day (
    day            INTEGER NOT NULL,
    service        TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    channel        TEXT    NOT NULL,
    sent           INTEGER NOT NULL,
    many           INTEGER NOT NULL,
    amount_xof     INTEGER NOT NULL,
    fee_xof        INTEGER NOT NULL,
    commission_xof INTEGER NOT NULL,
    refunded_xof   INTEGER NOT NULL,
    CONSTRAINT order_day_pk PRIMARY KEY (day, service, state, channel, sent)
);
-- only sqlite:
INSERT INTO order_day
SELECT confirmed_at / 86400000, service, state, substr(address, 1, instr(address, ':') - 1), pay_attempts > 0,
       count(*), sum(amount_xof), sum(fee_xof), sum(commission_xof), sum(refunded_xof)
FROM orders GROUP BY 1, 2, 3, 4, 5;
CREATE TRIGGER order_day_gains AFTER INSERT ON orders BEGIN
    INSERT INTO order_day VALUES (
        NEW.confirmed_at / 86400000, NEW.service, NEW.state, substr(NEW.address, 1, instr(NEW.address, ':') - 1),
        NEW.pay_attempts > 0, 1, NEW.amount_xof, NEW.fee_xof, NEW.commission_xof, NEW.refunded_xof
    )
    ON CONFLICT (day, service, state, channel, sent) DO UPDATE SET
        many = many + 1, amount_xof = amount_xof + excluded.amount_xof, fee_xof = fee_xof + excluded.fee_xof,
        commission_xof = commission_xof + excluded.commission_xof, refunded_xof = refunded_xof + excluded.refunded_xof;
END;
CREATE TRIGGER order_day_moves
AFTER UPDATE OF confirmed_at, service, state, address, pay_attempts, amount_xof, fee_xof, commission_xof, refunded_xof
ON orders
WHEN OLD.state <> NEW.state OR (OLD.pay_attempts > 0) <> (NEW.pay_attempts > 0) OR OLD.refunded_xof <> NEW.refunded_xof
  OR OLD.address <> NEW.address OR OLD.amount_xof <> NEW.amount_xof OR OLD.fee_xof <> NEW.fee_xof
  OR OLD.commission_xof <> NEW.commission_xof OR OLD.confirmed_at <> NEW.confirmed_at OR OLD.service <> NEW.service
BEGIN
    UPDATE order_day SET
        many = many - 1, amount_xof = amount_xof - OLD.amount_xof, fee_xof = fee_xof - OLD.fee_xof,
        commission_xof = commission_xof - OLD.commission_xof, refunded_xof = refunded_xof - OLD.refunded_xof
    WHERE day = OLD.confirmed_at / 86400000 AND service = OLD.service AND state = OLD.state
      AND channel = substr(OLD.address, 1, instr(OLD.address, ':') - 1) AND sent = (OLD.pay_attempts > 0);
    INSERT INTO order_day VALUES (
        NEW.confirmed_at / 86400000, NEW.service, NEW.state, substr(NEW.address, 1, instr(NEW.address, ':') - 1),
        NEW.pay_attempts > 0, 1, NEW.amount_xof, NEW.fee_xof, NEW.commission_xof, NEW.refunded_xof
    )
    ON CONFLICT (day, service, state, channel, sent) DO UPDATE SET
        many = many + 1, amount_xof = amount_xof + excluded.amount_xof, fee_xof = fee_xof + excluded.fee_xof,
        commission_xof = commission_xof + excluded.commission_xof, refunded_xof = refunded_xof + excluded.refunded_xof;
END;
-- only postgres:
INSERT INTO order_day
SELECT confirmed_at / 86400000, service, state, split_part(address, ':', 1), CASE WHEN pay_attempts > 0 THEN 1 ELSE 0 END,
       count(*), sum(amount_xof), sum(fee_xof), sum(commission_xof), sum(refunded_xof)
FROM orders GROUP BY 1, 2, 3, 4, 5;
CREATE FUNCTION order_day_counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE order_day SET
            many = many - 1, amount_xof = amount_xof - OLD.amount_xof, fee_xof = fee_xof - OLD.fee_xof,
            commission_xof = commission_xof - OLD.commission_xof, refunded_xof = refunded_xof - OLD.refunded_xof
        WHERE day = OLD.confirmed_at / 86400000 AND service = OLD.service AND state = OLD.state
          AND channel = split_part(OLD.address, ':', 1) AND sent = CASE WHEN OLD.pay_attempts > 0 THEN 1 ELSE 0 END;
    END IF;
    INSERT INTO order_day AS line VALUES (
        NEW.confirmed_at / 86400000, NEW.service, NEW.state, split_part(NEW.address, ':', 1),
        CASE WHEN NEW.pay_attempts > 0 THEN 1 ELSE 0 END, 1, NEW.amount_xof, NEW.fee_xof, NEW.commission_xof,
        NEW.refunded_xof
    )
    ON CONFLICT (day, service, state, channel, sent) DO UPDATE SET
        many = line.many + 1, amount_xof = line.amount_xof + excluded.amount_xof,
        fee_xof = line.fee_xof + excluded.fee_xof, commission_xof = line.commission_xof + excluded.commission_xof,
        refunded_xof = line.refunded_xof + excluded.refunded_xof;
    RETURN NULL;
END $$;
CREATE TRIGGER order_day_gains AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION order_day_counts();
CREATE TRIGGER order_day_moves
AFTER UPDATE OF confirmed_at, service, state, address, pay_attempts, amount_xof, fee_xof, commission_xof, refunded_xof
ON orders FOR EACH ROW
WHEN (OLD.state <> NEW.state OR (OLD.pay_attempts > 0) <> (NEW.pay_attempts > 0) OR OLD.refunded_xof <> NEW.refunded_xof
  OR OLD.address <> NEW.address OR OLD.amount_xof <> NEW.amount_xof OR OLD.fee_xof <> NEW.fee_xof
  OR OLD.commission_xof <> NEW.commission_xof OR OLD.confirmed_at <> NEW.confirmed_at OR OLD.service <> NEW.service)
EXECUTE FUNCTION order_day_counts();
