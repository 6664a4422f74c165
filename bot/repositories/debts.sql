-- What clients owe a reseller, `customer`. A line for a sale counts while its order is delivered and not refunded whole.

-- name: debt_client
SELECT id FROM client WHERE id = :client_id AND customer = :customer

-- name: debt_add
INSERT INTO debt (client_id, amount_xof, order_id, at) VALUES (:client_id, :amount_xof, :order_id, :at)
ON CONFLICT (order_id) WHERE order_id IS NOT NULL DO NOTHING
RETURNING id

-- name: debt_owed
SELECT coalesce(sum(d.amount_xof), 0) AS owed_xof FROM debt AS d LEFT JOIN orders AS o ON o.id = d.order_id
WHERE d.client_id = :client_id
    AND (d.order_id IS NULL OR (o.state = 'delivered' AND o.refunded_xof < o.amount_xof + o.fee_xof - o.commission_xof))

-- name: debt_lines
-- The newest lines of a client without sales that failed or were refunded; `counts` is 0 where a sale is not delivered yet.
SELECT d.id, d.amount_xof, d.at, d.order_id, CASE WHEN d.order_id IS NULL OR o.state = 'delivered' THEN 1 ELSE 0 END AS counts
FROM debt AS d JOIN client AS c ON c.id = d.client_id LEFT JOIN orders AS o ON o.id = d.order_id
WHERE d.client_id = :client_id AND c.customer = :customer
    AND (d.order_id IS NULL OR (o.state NOT IN ('refused', 'cancelled')
        AND o.refunded_xof < o.amount_xof + o.fee_xof - o.commission_xof))
ORDER BY d.id DESC LIMIT :count

-- name: debtors
-- Who owes something, and since when: since the first line after they owed nothing.
WITH counted AS (
    SELECT d.client_id, d.id, d.at, sum(d.amount_xof) OVER (PARTITION BY d.client_id ORDER BY d.id) AS owed_xof
    FROM client AS c JOIN debt AS d ON d.client_id = c.id LEFT JOIN orders AS o ON o.id = d.order_id
    WHERE c.customer = :customer
        AND (d.order_id IS NULL OR (o.state = 'delivered' AND o.refunded_xof < o.amount_xof + o.fee_xof - o.commission_xof))
), marked AS (
    SELECT client_id, max(id) AS newest, max(CASE WHEN owed_xof <= 0 THEN id ELSE 0 END) AS settled
    FROM counted GROUP BY client_id
)
SELECT c.id AS client_id, c.name, n.owed_xof,
    (SELECT min(f.at) FROM counted AS f WHERE f.client_id = m.client_id AND f.id > m.settled) AS since_at
FROM marked AS m JOIN counted AS n ON n.client_id = m.client_id AND n.id = m.newest JOIN client AS c ON c.id = m.client_id
WHERE n.owed_xof > 0 ORDER BY 4, c.id

-- name: debt_drop
DELETE FROM debt WHERE id = :id AND client_id = :client_id
RETURNING id

-- name: debts_forget
DELETE FROM debt WHERE client_id = :client_id

-- name: debt_of_order
SELECT d.amount_xof FROM debt AS d WHERE d.order_id = :order_id

-- name: debt_sale
-- The newest sale to a client since a moment that no line is for; one that failed is none.
SELECT o.* FROM orders AS o
WHERE o.client_id = :client_id AND o.customer = :customer AND o.confirmed_at >= :since
    AND o.state NOT IN ('refused', 'cancelled') AND (SELECT count(*) FROM debt AS d WHERE d.order_id = o.id) = 0
ORDER BY o.confirmed_at DESC, o.id LIMIT 1

-- name: debts_sold
-- Of the sales of some days, what was sold on credit.
SELECT coalesce(sum((SELECT d.amount_xof FROM debt AS d WHERE d.order_id = o.id)), 0) AS sold_xof FROM orders AS o
WHERE o.customer = :customer AND o.confirmed_at >= :since AND o.confirmed_at < :until AND o.state = 'delivered'
    AND o.client_id IS NOT NULL

-- name: debts_repaid
SELECT coalesce(-sum(d.amount_xof), 0) AS repaid_xof FROM client AS c JOIN debt AS d ON d.client_id = c.id
WHERE c.customer = :customer AND d.amount_xof < 0 AND d.at >= :since AND d.at < :until
