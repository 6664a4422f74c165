-- Documents: sales, orders and the ledger of a period, a page at a time, and how many orders there were on each day.

-- name: export_sales
-- What left the balance is what the books say, not what was agreed: a provider may have taken less. An account that was
-- joined to this one has its own name in them.
SELECT o.*, (
    SELECT coalesce(-sum(e.amount_xof), 0) FROM entry AS e WHERE e.order_id = o.id AND e.account LIKE 'customer:%'
) AS left_xof
FROM orders AS o
WHERE o.customer = :customer AND o.confirmed_at >= :at AND o.confirmed_at < :until
  AND (o.confirmed_at > :at OR o.id > :id)
ORDER BY o.confirmed_at, o.id LIMIT :count

-- name: export_orders
SELECT o.*, (
    SELECT coalesce(-sum(e.amount_xof), 0) FROM entry AS e WHERE e.order_id = o.id AND e.account LIKE 'customer:%'
) AS left_xof
FROM orders AS o
WHERE o.confirmed_at >= :at AND o.confirmed_at < :until AND (o.confirmed_at > :at OR o.id > :id)
ORDER BY o.confirmed_at, o.id LIMIT :count

-- name: export_last_entry
SELECT coalesce(max(id), 0) AS id FROM entry

-- name: export_entries
SELECT id, transfer, account, amount_xof, order_id, note, at FROM entry
-- Along the ids: the index over times would be read from its beginning for every page.
WHERE id > :after AND id <= :upto AND at + 0 >= :since AND at + 0 < :until
ORDER BY id

-- name: export_entries_before
SELECT account, sum(amount_xof) AS amount_xof FROM entry
WHERE id > :after AND id <= :upto AND at + 0 < :since
GROUP BY account

-- name: export_sold_by_day
SELECT confirmed_at / 86400000 AS day, count(*) AS many, coalesce(sum(amount_xof + fee_xof), 0) AS price_xof FROM orders
WHERE customer = :customer AND confirmed_at >= :since AND confirmed_at < :until AND state = 'delivered'
GROUP BY confirmed_at / 86400000

-- name: export_ordered_by_day
-- `since` and `until` are days here.
SELECT day, coalesce(sum(CASE WHEN state = 'delivered' THEN many ELSE 0 END), 0) AS delivered,
       coalesce(sum(CASE WHEN state IN ('refused', 'cancelled') THEN many ELSE 0 END), 0) AS failed, sum(many) AS many
FROM order_day WHERE day >= :since AND day < :until AND many > 0
GROUP BY day ORDER BY day
