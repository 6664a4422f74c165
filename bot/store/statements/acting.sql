-- What admins do to people, orders and rules, and the log of it.

-- name: audit_of
SELECT at, address, role, what, target, amount_xof, why, second FROM audit
WHERE at >= :since AND at < :until
  AND (:about = '' OR address = :about OR target = :about OR second = :about OR what = :about)
ORDER BY id DESC LIMIT :count

-- name: audit_moved_alone
-- A clock that was set back makes lines come from the future: they count.
SELECT coalesce(sum(amount_xof), 0) AS moved_xof FROM audit
WHERE second = '' AND at > :since AND address IN (SELECT address FROM session WHERE customer = :customer)

-- name: approval_add
INSERT INTO approval (id, draft, why, address, amount_xof, asked_at, expires_at, state)
VALUES (:id, :draft, :why, :address, :amount_xof, :now, :expires_at, 'asked')

-- name: approval_of
SELECT a.id, a.draft, a.why, a.address, a.amount_xof, a.asked_at, a.expires_at, a.state,
       coalesce(s.customer, a.address) AS customer, coalesce(s.language, 'fr') AS language
FROM approval AS a LEFT JOIN session AS s ON s.address = a.address WHERE a.id = :id

-- name: approval_end
UPDATE approval SET state = :state WHERE id = :id AND state = 'asked'
RETURNING id

-- name: approvals_expire
UPDATE approval SET state = 'expired' WHERE state = 'asked' AND expires_at <= :now
RETURNING address, amount_xof, why

-- name: admin_name
INSERT INTO admin (address, role, named_by, named_at) VALUES (:address, :role, :by, :now)
ON CONFLICT (address) DO UPDATE SET role = :role, named_by = :by, named_at = :now

-- name: admin_remove
DELETE FROM admin WHERE address = :address

-- name: freeze
INSERT INTO frozen (customer, at) VALUES (:customer, :now) ON CONFLICT (customer) DO NOTHING

-- name: unfreeze
DELETE FROM frozen WHERE customer = :customer

-- name: credit_limit_set
INSERT INTO credit_limit (customer, limit_xof) VALUES (:customer, :limit_xof)
ON CONFLICT (customer) DO UPDATE SET limit_xof = :limit_xof

-- name: credit_limit_drop
DELETE FROM credit_limit WHERE customer = :customer

-- name: rule_set
INSERT INTO rule (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value

-- name: rule_drop
DELETE FROM rule WHERE name = :name

-- name: reseller_make
INSERT INTO reseller (
    customer, shop_name, commissions, day_limit_xof, pin_hash, pin_above_xof, pin_tries, pin_locked_until, since_at
) VALUES (:customer, :shop_name, '{}', NULL, NULL, 0, 0, 0, :now)
ON CONFLICT (customer) DO UPDATE SET shop_name = :shop_name

-- name: reseller_terms
UPDATE reseller SET commissions = :commissions WHERE customer = :customer

-- name: reseller_day_limit
UPDATE reseller SET day_limit_xof = :day_limit_xof WHERE customer = :customer

-- name: reseller_end
DELETE FROM reseller WHERE customer = :customer
