-- What an audit reads of the books.

-- name: audit_moved_orders
SELECT id FROM orders WHERE confirmed_at >= :since AND confirmed_at < :until
UNION
SELECT id FROM orders WHERE updated_at >= :since AND updated_at < :until
UNION
SELECT order_id AS id FROM entry WHERE at >= :since AND at < :until AND order_id IS NOT NULL

-- name: audit_open_orders
SELECT id FROM orders WHERE state NOT IN ('delivered', 'refused', 'cancelled')

-- name: audit_confirmed_orders
SELECT * FROM orders WHERE confirmed_at >= :since AND confirmed_at < :until ORDER BY confirmed_at LIMIT :count

-- name: audit_unwitnessed_orders
SELECT * FROM orders AS o
WHERE o.confirmed_at >= :since AND o.confirmed_at < :until
  AND NOT EXISTS (SELECT 1 FROM witness AS w WHERE w.order_id = o.id)
ORDER BY o.confirmed_at LIMIT :count

-- name: audit_entries
SELECT transfer, account, amount_xof, order_id FROM entry WHERE order_id = :order_id ORDER BY id

-- name: audit_twins
-- The index has the beginning of the codes: a very long text would not fit into it. SQLite would put :tokens for the
-- column wherever the two are said to be equal, and not know the index again.
SELECT id FROM orders
WHERE tokens || '' = :tokens AND substr(tokens, 1, 200) = substr(:tokens, 1, 200) AND tokens <> '[]' AND id <> :id
LIMIT 10

-- name: audit_day
SELECT count(*) AS entries, coalesce(sum(CASE WHEN amount_xof > 0 THEN amount_xof ELSE 0 END), 0) AS moved_xof
FROM entry WHERE at >= :since AND at < :until

-- name: audit_sums
-- Where the sums of a day are not those of its orders.
SELECT service, state, channel, sum(many) AS many, sum(of_orders_xof) AS of_orders_xof, sum(of_day_xof) AS of_day_xof
FROM (
    SELECT service, state,
           substr(address, 1, length(address) - length(ltrim(address, 'abcdefghijklmnopqrstuvwxyz'))) AS channel,
           CASE WHEN pay_attempts > 0 THEN 1 ELSE 0 END AS sent, 1 AS many, amount_xof + fee_xof AS of_orders_xof,
           0 AS of_day_xof, amount_xof, fee_xof, commission_xof, refunded_xof
    FROM orders WHERE confirmed_at >= :since AND confirmed_at < :until
    UNION ALL
    SELECT service, state, channel, sent, -many, 0, amount_xof + fee_xof, -amount_xof, -fee_xof, -commission_xof,
           -refunded_xof
    FROM order_day WHERE day = :day
) AS line
GROUP BY service, state, channel, sent
HAVING sum(many) <> 0 OR sum(amount_xof) <> 0 OR sum(fee_xof) <> 0 OR sum(commission_xof) <> 0 OR sum(refunded_xof) <> 0
ORDER BY service, state, channel

-- name: audit_unbalanced
-- Each transfer by itself: PostgreSQL would read all that there ever were along their keys.
SELECT moved.transfer, moved.off_xof,
       (SELECT max(whole.order_id) FROM entry AS whole WHERE whole.transfer = moved.transfer) AS order_id
FROM (
    SELECT moving.transfer, (SELECT sum(part.amount_xof) FROM entry AS part WHERE part.transfer = moving.transfer) AS off_xof
    FROM (SELECT DISTINCT transfer FROM entry WHERE at >= :since AND at < :until) AS moving
) AS moved
WHERE moved.off_xof <> 0 ORDER BY moved.transfer LIMIT :count

-- name: audit_strangers
SELECT transfer, account, amount_xof, order_id FROM entry AS e
WHERE e.at >= :since AND e.at < :until AND e.order_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.id = e.order_id)
-- In the order of the key itself, PostgreSQL would look for them along it.
ORDER BY e.id + 0 LIMIT :count

-- name: audit_strays
-- Of payments that came in, those that nobody took down.
SELECT transfer, account, amount_xof, order_id FROM entry AS e
WHERE e.at >= :since AND e.at < :until AND e.order_id IS NULL
  AND (
      e.account IN ('hold', 'float', 'fees', 'commissions')
      OR (e.transfer >= 'order:' AND e.transfer < 'order;')
      OR (
          e.account = 'collected' AND e.transfer >= 'collected:' AND e.transfer < 'collected;'
          AND (SELECT count(*) FROM collected AS p WHERE p.key = substr(e.transfer, 11)) = 0
      )
  )
ORDER BY e.id + 0 LIMIT :count

-- name: audit_payments
SELECT key, expected_xof, found_xof FROM (
    SELECT p.key, p.amount_xof AS expected_xof, (
        SELECT coalesce(sum(e.amount_xof), 0) FROM entry AS e
        WHERE e.transfer = 'collected:' || p.key AND e.account >= 'customer:' AND e.account < 'customer;'
    ) AS found_xof
    FROM collected AS p WHERE p.taken_at >= :since AND p.taken_at < :until
) AS booked
WHERE expected_xof <> found_xof ORDER BY key LIMIT :count

-- name: audit_paybacks
SELECT (SELECT coalesce(sum(amount_xof), 0) FROM payback WHERE state NOT IN ('done', 'kept')) AS open_xof,
    (SELECT coalesce(sum(amount_xof), 0) FROM entry WHERE account = 'paybacks') AS booked_xof

-- name: audit_payback_books
-- What is on its way is booked as that, and what went back has left the collector, with what that cost.
SELECT id, expected_xof, found_xof FROM (
    SELECT b.id, CASE WHEN b.state IN ('done', 'kept') THEN 0 ELSE b.amount_xof END AS expected_xof, (
        SELECT coalesce(sum(e.amount_xof), 0) FROM entry AS e
        WHERE e.transfer >= 'payback:' || b.id || ':' AND e.transfer < 'payback:' || b.id || ';'
          AND e.account || '' = 'paybacks'
    ) AS found_xof
    FROM payback AS b WHERE b.created_at >= :since AND b.created_at < :until
    UNION ALL
    SELECT b.id, CASE WHEN b.state = 'done' THEN b.amount_xof + coalesce(b.fee_xof, 0) ELSE 0 END AS expected_xof, (
        SELECT coalesce(sum(e.amount_xof), 0) FROM entry AS e
        WHERE e.transfer = 'payback:' || b.id || ':' || 'done' AND e.account || '' = 'collected'
    ) AS found_xof
    FROM payback AS b WHERE b.created_at >= :since AND b.created_at < :until
) AS booked
WHERE expected_xof <> found_xof ORDER BY id, expected_xof LIMIT :count

-- name: audit_homeless
-- Who has money here, sells nothing, and has paid by themselves. PostgreSQL would read all collections for an EXISTS.
SELECT b.customer, b.balance_xof FROM customer_balance AS b
WHERE b.customer > :after AND b.balance_xof > 0
  AND NOT EXISTS (SELECT 1 FROM reseller AS r WHERE r.customer = b.customer)
  AND (SELECT c.id FROM collection AS c WHERE c.customer = b.customer LIMIT 1) IS NOT NULL
ORDER BY b.customer LIMIT :count

-- name: audit_left
-- Each of a customer's collections that was paid, newest first, with what it moved in accounts of customers.
SELECT c.id, c.quote_id, (
    SELECT coalesce(sum(e.amount_xof), 0) FROM collected AS p JOIN entry AS e ON e.transfer = 'collected:' || p.key
    WHERE p.collection_id = c.id AND e.account >= 'customer:' AND e.account < 'customer;'
) + (
    SELECT coalesce(sum(e.amount_xof), 0) FROM entry AS e
    WHERE e.transfer >= 'collection:' || c.id || ':' AND e.transfer < 'collection:' || c.id || ';'
      AND e.account || '' >= 'customer:' AND e.account || '' < 'customer;'
) + (
    SELECT coalesce(sum(e.amount_xof), 0) FROM payback AS b JOIN entry AS e
        ON e.transfer >= 'payback:' || b.id || ':' AND e.transfer < 'payback:' || b.id || ';'
    WHERE b.collection_id = c.id AND e.account || '' >= 'customer:' AND e.account || '' < 'customer;'
) AS own_xof, (
    SELECT coalesce(sum(e.amount_xof), 0) FROM entry AS e
    WHERE e.order_id = c.quote_id AND e.account >= 'customer:' AND e.account < 'customer;'
) AS order_xof, (
    SELECT coalesce(sum(p.kept_xof), 0) FROM collected AS p WHERE p.collection_id = c.id
) + (
    SELECT coalesce(sum(b.amount_xof), 0) FROM payback AS b
    WHERE b.collection_id = c.id AND b.state = 'kept' AND b.reason <> 'called_back'
) AS kept_xof
FROM collection AS c
WHERE c.customer = :customer AND EXISTS (SELECT 1 FROM collected AS p WHERE p.collection_id = c.id)
ORDER BY c.created_at DESC, c.id

-- name: audit_collected
SELECT p.key, c.created_at, p.taken_at, c.collector, -e.amount_xof AS amount_xof
FROM collected AS p JOIN collection AS c ON c.id = p.collection_id
    JOIN entry AS e ON e.transfer = 'collected:' || p.key AND e.account = 'collected'
WHERE p.taken_at >= :since AND p.taken_at < :until
ORDER BY p.taken_at, p.key LIMIT :count

-- name: audit_paid_back
SELECT id, state, created_at, updated_at, amount_xof, fee_xof FROM payback
WHERE created_at >= :since AND created_at < :until AND collector <> 'dexpay'
  AND state IN ('done', 'sending', 'processing', 'unknown')
ORDER BY created_at, id LIMIT :count

-- name: audit_limits
SELECT customer, limit_xof FROM credit_limit

-- name: audit_upto
SELECT coalesce(max(id), 0) AS upto FROM entry WHERE at < :before

-- name: audit_stretch
SELECT account, sum(amount_xof) AS amount_xof FROM entry WHERE id > :after AND id <= :upto GROUP BY account || '', account

-- name: audit_rest
SELECT account, sum(amount_xof) AS amount_xof FROM entry WHERE id > :after GROUP BY account || '', account

-- name: audit_held
SELECT coalesce(sum(amount_xof + fee_xof - commission_xof), 0) AS open_xof FROM orders
WHERE state NOT IN ('delivered', 'refused', 'cancelled')

-- name: audit_balances
SELECT b.customer, b.balance_xof, (
    SELECT coalesce(sum(e.amount_xof), 0) FROM entry AS e WHERE e.account = 'customer:' || b.customer
) AS entries_xof
FROM customer_balance AS b WHERE b.customer > :after ORDER BY b.customer LIMIT :count

-- name: joined
SELECT customer, into_customer FROM joined

-- name: joined_add
INSERT INTO joined (customer, into_customer, at) VALUES (:customer, :into, :now)
