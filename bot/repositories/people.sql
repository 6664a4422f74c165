-- Admins, resellers, paused accounts, and what admins changed and did.

-- name: caller
-- One row, whoever they are: their session if they have one, what they are, what their account has used of its
-- inquiries, what they call themselves, and whether admins have changed anything of the shop. Who sells for a reseller
-- has the reseller's terms.
SELECT
    s.customer, s.language, s.body, s.version, s.inquiry_due_at, s.unreachable_at, s.reach,
    (SELECT role FROM admin WHERE address = :address) AS role,
    (SELECT at FROM frozen WHERE customer = coalesce(s.customer, :address)) AS frozen_at,
    r.shop_name, r.commissions, r.day_limit_xof, r.pin_hash, r.pin_above_xof, r.pin_locked_until,
    (SELECT blocked_at FROM pin_lock WHERE customer = r.customer) AS pin_blocked_at,
    l.id AS seller_id, l.customer AS seller_shop, l.name AS seller_name, l.day_limit_xof AS seller_day_limit_xof,
    l.shows_balance AS seller_shows_balance, l.paused_at AS seller_paused_at, l.pin_hash AS seller_pin_hash,
    l.pin_locked_until AS seller_pin_locked_until, l.pin_blocked_at AS seller_pin_blocked_at,
    (SELECT at FROM frozen WHERE customer = l.customer) AS shop_frozen_at,
    a.arrival_ms, a.quick_ms, a.shut_until, n.name AS given_name,
    (SELECT count(*) FROM rule) AS rules
FROM (SELECT 1 AS one) AS this
LEFT JOIN session AS s ON s.address = :address
LEFT JOIN seller AS l ON l.address = :address AND l.ended_at IS NULL
LEFT JOIN reseller AS r ON r.customer = coalesce(l.customer, s.customer, :address)
LEFT JOIN allowance AS a ON a.customer = coalesce(s.customer, :address) AND a.what = 'inquiry'
LEFT JOIN person_name AS n ON n.address = :address AND n.kind = 'given'

-- name: allowance_read
SELECT arrival_ms, quick_ms, shut_until FROM allowance WHERE customer = :customer AND what = :what

-- name: allowance_write
INSERT INTO allowance (customer, what, arrival_ms, quick_ms, shut_until, at)
VALUES (:customer, :what, :arrival_ms, :quick_ms, :shut_until, :now)
ON CONFLICT (customer, what) DO UPDATE
SET arrival_ms = :arrival_ms, quick_ms = :quick_ms, shut_until = :shut_until, at = :now

-- name: standing
-- One row, whoever they are.
SELECT
    (SELECT role FROM admin WHERE address = :address) AS role,
    (SELECT at FROM frozen WHERE customer = :customer) AS frozen_at,
    (SELECT reach FROM session WHERE address = :address) AS reach,
    r.shop_name, r.commissions, r.day_limit_xof, r.pin_hash, r.pin_above_xof, r.pin_locked_until,
    (SELECT blocked_at FROM pin_lock WHERE customer = r.customer) AS pin_blocked_at
FROM (SELECT 1 AS one) AS this LEFT JOIN reseller AS r ON r.customer = :customer

-- name: rules
SELECT name, value FROM rule ORDER BY name

-- name: admins
SELECT address, role, named_at FROM admin ORDER BY address

-- name: address_frozen
SELECT 1 AS frozen FROM frozen
WHERE customer = coalesce((SELECT customer FROM session WHERE address = :address), :address)

-- name: audit_add
INSERT INTO audit (at, address, role, what, target, amount_xof, why, second)
VALUES (:at, :address, :role, :what, :target, :amount_xof, :why, :second)

-- name: shop_name_of
SELECT shop_name FROM reseller WHERE customer = :customer
