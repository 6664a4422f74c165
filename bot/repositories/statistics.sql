-- Everybody's orders and the money in the books, counted and summed.

-- name: orders_counted
-- `since` and `until` are days here.
SELECT service, state, channel, sent, sum(many) AS many, sum(amount_xof) AS amount_xof, sum(fee_xof) AS fee_xof,
       sum(commission_xof) AS commission_xof, sum(refunded_xof) AS refunded_xof
FROM order_day WHERE day >= :since AND day < :until AND many > 0
GROUP BY service, state, channel, sent ORDER BY service, state, channel, sent

-- name: times_to_code
-- Goes along an index that has the times in order; the plus keeps it from the one that has the moments.
SELECT delivered_at - confirmed_at AS took_ms FROM orders
WHERE service || '' = 'woyofal' AND state = 'delivered' AND delivered_at - confirmed_at >= 0
  AND +confirmed_at >= :since AND +confirmed_at < :until
ORDER BY delivered_at - confirmed_at LIMIT :count OFFSET :skip

-- name: times_counted
SELECT count(*) AS many FROM orders
WHERE service || '' = 'woyofal' AND state = 'delivered' AND delivered_at - confirmed_at >= 0
  AND +confirmed_at >= :since AND +confirmed_at < :until

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
