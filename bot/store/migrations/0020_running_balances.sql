-- What the entries of each customer's account sum to, kept up by whoever writes an entry, in the same transaction: a
-- balance costs the same however many entries there are. The entries remain what counts; the audit compares the two. The
-- accounts that every order moves have no row here: everybody would wait for it.
CREATE TABLE customer_balance (
    customer    TEXT    NOT NULL,
    balance_xof INTEGER NOT NULL,
    CONSTRAINT customer_balance_pk PRIMARY KEY (customer)
);
INSERT INTO customer_balance (customer, balance_xof)
SELECT substr(account, 10), sum(amount_xof) FROM entry
WHERE account >= 'customer:' AND account < 'customer;' GROUP BY account ORDER BY account;
