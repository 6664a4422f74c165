-- Everybody's orders and the money in the books, counted and summed.

-- name: orders_counted
-- A channel is the small letters with which an address begins, up to the colon.
SELECT service, state,
       substr(address, 1, length(address) - length(ltrim(address, 'abcdefghijklmnopqrstuvwxyz'))) AS channel,
       CASE WHEN pay_attempts > 0 THEN 1 ELSE 0 END AS sent,
       count(*) AS many, sum(amount_xof) AS amount_xof, sum(fee_xof) AS fee_xof, sum(commission_xof) AS commission_xof,
       sum(refunded_xof) AS refunded_xof
FROM orders WHERE confirmed_at >= :since AND confirmed_at < :until
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4

-- name: times_to_code
SELECT delivered_at - confirmed_at AS took_ms FROM orders
WHERE service = 'woyofal' AND state = 'delivered' AND delivered_at >= confirmed_at
  AND confirmed_at >= :since AND confirmed_at < :until
ORDER BY delivered_at - confirmed_at LIMIT :count OFFSET :skip

-- name: times_counted
SELECT count(*) AS many FROM orders
WHERE service = 'woyofal' AND state = 'delivered' AND delivered_at >= confirmed_at
  AND confirmed_at >= :since AND confirmed_at < :until

-- name: books_between
SELECT account, coalesce(sum(CASE WHEN amount_xof > 0 THEN amount_xof ELSE 0 END), 0) AS more_xof,
       coalesce(sum(CASE WHEN amount_xof < 0 THEN amount_xof ELSE 0 END), 0) AS less_xof
FROM entry
WHERE account IN ('commissions', 'corrections', 'fees', 'funding') AND at >= :since AND at < :until
GROUP BY account

-- name: orders_needy
SELECT count(*) AS many FROM orders
WHERE state NOT IN ('delivered', 'refused', 'cancelled')
  AND (stuck_at IS NOT NULL OR state IN ('unknown', 'token_awaited') OR confirmed_at < :since)
