-- What the watch looks at and remembers.

-- The audit reads.

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
SELECT id FROM orders WHERE tokens = :tokens AND tokens <> '[]' AND id <> :id LIMIT 10

-- name: audit_day
SELECT count(*) AS entries, coalesce(sum(CASE WHEN amount_xof > 0 THEN amount_xof ELSE 0 END), 0) AS moved_xof
FROM entry WHERE at >= :since AND at < :until

-- name: audit_unbalanced
SELECT transfer, sum(amount_xof) AS off_xof, max(order_id) AS order_id FROM entry
WHERE transfer IN (SELECT transfer FROM entry WHERE at >= :since AND at < :until)
GROUP BY transfer HAVING sum(amount_xof) <> 0 ORDER BY transfer LIMIT :count

-- name: audit_strangers
SELECT transfer, account, amount_xof, order_id FROM entry AS e
WHERE e.at >= :since AND e.at < :until AND e.order_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.id = e.order_id)
ORDER BY e.id LIMIT :count

-- name: audit_strays
SELECT transfer, account, amount_xof, order_id FROM entry
WHERE at >= :since AND at < :until AND order_id IS NULL
  AND (account IN ('hold', 'float', 'fees', 'commissions') OR (transfer >= 'order:' AND transfer < 'order;'))
ORDER BY id LIMIT :count

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

-- name: joined
SELECT customer, into_customer FROM joined

-- name: joined_add
INSERT INTO joined (customer, into_customer, at) VALUES (:customer, :into, :now)

-- The provider's balances.

-- name: witness_add
INSERT INTO witness (sent_at, at, order_id, previous_xof, current_xof)
VALUES (:sent_at, :at, :order_id, :previous_xof, :current_xof)

-- name: witness_last
SELECT at, current_xof FROM witness ORDER BY id DESC LIMIT 1

-- name: witnesses
SELECT sent_at, at, order_id, previous_xof, current_xof FROM witness
WHERE at >= :since AND at < :until AND previous_xof IS NOT NULL ORDER BY id

-- name: witness_before
SELECT at FROM witness WHERE at < :since AND previous_xof IS NOT NULL ORDER BY at DESC LIMIT 1

-- name: float_spent
-- By time and not by account: of the accounts that every order moves, the entries of a day are few among all.
SELECT
    coalesce(sum(CASE WHEN account = 'float' AND at >= :day THEN amount_xof ELSE 0 END), 0) AS today_xof,
    coalesce(sum(CASE WHEN account = 'float' THEN amount_xof ELSE 0 END), 0) AS lately_xof
FROM entry WHERE at >= :since

-- Chores.

-- name: chore_of
SELECT day, told FROM chore WHERE name = :name

-- name: chore_begin
INSERT INTO chore (name, day, told) VALUES (:name, :day, '') ON CONFLICT (name) DO NOTHING

-- name: chore_take
UPDATE chore SET day = :day, told = :told WHERE name = :name AND day < :day
RETURNING name

-- What is wrong.

-- name: concerns
SELECT kind, began_at, seen_at, ended_at, told_at, told FROM concern ORDER BY kind

-- name: concern_save
INSERT INTO concern (kind, began_at, seen_at, ended_at, told_at, told)
VALUES (:kind, :began_at, :seen_at, :ended_at, :told_at, :told)
ON CONFLICT (kind) DO UPDATE
SET began_at = :began_at, seen_at = :seen_at, ended_at = :ended_at, told_at = :told_at, told = :told

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

-- Alerts about orders that wait to be told together.

-- name: hushed_add
INSERT INTO hushed (kind, order_id, at) VALUES (:kind, :order_id, :now)

-- name: hushed_kinds
SELECT kind, min(at) AS since FROM hushed GROUP BY kind ORDER BY kind

-- name: hushed_take
DELETE FROM hushed WHERE kind = :kind RETURNING id, order_id, at

-- The morning report.

-- name: report_orders
SELECT state, count(*) AS many, coalesce(sum(amount_xof), 0) AS amount_xof FROM orders
WHERE confirmed_at >= :since AND confirmed_at < :until GROUP BY state

-- name: report_fees
SELECT
    coalesce(sum(CASE WHEN account = 'fees' THEN amount_xof ELSE 0 END), 0) AS fees_xof,
    coalesce(sum(CASE WHEN account = 'commissions' THEN -amount_xof ELSE 0 END), 0) AS commissions_xof
FROM entry WHERE at >= :since AND at < :until
