-- A reseller's sales, counted and summed. `customer` is the reseller.

-- name: sales_by_service
SELECT service, state, count(*) AS many, coalesce(sum(amount_xof), 0) AS amount_xof, coalesce(sum(fee_xof), 0) AS fee_xof,
       coalesce(sum(commission_xof), 0) AS commission_xof, coalesce(sum(refunded_xof), 0) AS refunded_xof
FROM orders WHERE customer = :customer AND confirmed_at >= :since AND confirmed_at < :until
GROUP BY service, state ORDER BY service, state

-- name: sales_by_client
-- A client of the book keeps their place when their name was changed; one that is only a name is grouped by it.
SELECT max(client) AS name, count(*) AS many, sum(amount_xof) AS amount_xof, sum(fee_xof) AS fee_xof,
       sum(commission_xof) AS commission_xof
FROM orders
WHERE customer = :customer AND confirmed_at >= :since AND confirmed_at < :until AND state = 'delivered'
GROUP BY coalesce(client_id, 0), CASE WHEN client_id IS NULL THEN client ELSE '' END
ORDER BY sum(amount_xof) DESC, max(client) LIMIT :count

-- name: sales_clients
SELECT count(*) AS many FROM (
    SELECT 1 AS one FROM orders
    WHERE customer = :customer AND confirmed_at >= :since AND confirmed_at < :until AND state = 'delivered'
    GROUP BY coalesce(client_id, 0), CASE WHEN client_id IS NULL THEN client ELSE '' END
) AS client

-- name: sales_left
-- What the balance lost for sales is what the books say, not what was agreed: a provider may have taken less. An account
-- that was joined to this one has its own name in them.
SELECT coalesce(-sum(e.amount_xof), 0) AS left_xof FROM orders AS o JOIN entry AS e ON e.order_id = o.id
WHERE o.customer = :customer AND o.confirmed_at >= :since AND o.confirmed_at < :until AND o.state = 'delivered'
  AND e.account LIKE 'customer:%'

-- name: sales_earned
SELECT coalesce(sum(commission_xof), 0) AS month_xof,
       coalesce(sum(CASE WHEN confirmed_at >= :day THEN commission_xof ELSE 0 END), 0) AS today_xof
FROM orders WHERE customer = :customer AND confirmed_at >= :month AND confirmed_at < :until AND state = 'delivered'

-- name: spent_since
SELECT coalesce(sum(amount_xof + fee_xof - commission_xof - refunded_xof), 0) AS spent_xof FROM orders
WHERE customer = :customer AND confirmed_at >= :since AND state NOT IN ('refused', 'cancelled')
