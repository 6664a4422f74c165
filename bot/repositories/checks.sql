-- What tells whether something is wrong.

-- name: stuck_count
SELECT count(*) AS many, coalesce(sum(amount_xof + fee_xof - commission_xof), 0) AS held_xof FROM orders
WHERE state NOT IN ('delivered', 'refused', 'cancelled') AND (stuck_at IS NOT NULL OR confirmed_at < :since)

-- name: stuck_first
SELECT id FROM orders
WHERE state NOT IN ('delivered', 'refused', 'cancelled') AND (stuck_at IS NOT NULL OR confirmed_at < :since)
ORDER BY confirmed_at, id LIMIT :count

-- name: ended_since
SELECT
    coalesce(sum(CASE WHEN state = 'delivered' AND updated_at >= :lately THEN 1 ELSE 0 END), 0) AS delivered_lately,
    coalesce(sum(CASE WHEN updated_at >= :lately THEN 1 ELSE 0 END), 0) AS ended_lately,
    coalesce(sum(CASE WHEN state = 'delivered' AND updated_at < :lately THEN 1 ELSE 0 END), 0) AS delivered_before,
    coalesce(sum(CASE WHEN updated_at < :lately THEN 1 ELSE 0 END), 0) AS ended_before
FROM orders WHERE updated_at >= :since AND state IN ('delivered', 'refused')

-- name: fast_orders
-- Grouped by an expression, or SQLite would read all orders in the order of their customers to spare itself a sort.
SELECT max(o.customer) AS customer, count(*) AS orders, count(DISTINCT o.reference) AS meters,
       sum(o.amount_xof + o.fee_xof - o.commission_xof) AS total_xof, max(r.shop_name) AS shop_name
FROM orders AS o LEFT JOIN reseller AS r ON r.customer = o.customer
WHERE o.confirmed_at >= :since AND o.batch_id IS NULL
GROUP BY o.customer || '' HAVING count(*) >= :orders OR count(DISTINCT o.reference) >= :meters
ORDER BY count(*) DESC, max(o.customer) LIMIT :count

-- name: fast_money
SELECT max(o.customer) AS customer, count(*) AS orders, count(DISTINCT o.reference) AS meters,
       sum(o.amount_xof + o.fee_xof - o.commission_xof) AS total_xof, max(r.shop_name) AS shop_name
FROM orders AS o LEFT JOIN reseller AS r ON r.customer = o.customer
WHERE o.confirmed_at >= :since
GROUP BY o.customer || '' HAVING sum(o.amount_xof + o.fee_xof - o.commission_xof) >= :floor_xof
ORDER BY sum(o.amount_xof + o.fee_xof - o.commission_xof) DESC, max(o.customer) LIMIT :count

-- name: usual_money
SELECT coalesce(sum(amount_xof + fee_xof - commission_xof), 0) AS total_xof,
       count(DISTINCT confirmed_at / 3600000) AS hours
FROM orders WHERE customer = :customer AND confirmed_at >= :since AND confirmed_at < :until
