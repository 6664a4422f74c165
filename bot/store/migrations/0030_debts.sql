-- What clients owe a reseller: a notebook, and no money of the ledger.

-- A line of a client's: what they owe more (above zero) or paid (below). `order_id` is the sale that it is for: the line
-- counts while that order is delivered, so a sale that fails owes nothing.
CREATE TABLE debt (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id  INTEGER NOT NULL,
    amount_xof INTEGER NOT NULL,
    order_id   TEXT,
    at         INTEGER NOT NULL,
    CONSTRAINT debt_amount CHECK (amount_xof <> 0)
);
CREATE INDEX debt_client ON debt (client_id, id);
CREATE UNIQUE INDEX debt_order ON debt (order_id) WHERE order_id IS NOT NULL;
