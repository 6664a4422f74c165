-- What admins do to people, orders and rules, and the log of it.

-- name: audit_between
SELECT at, address, role, what, target, amount_xof, why, second FROM audit
WHERE at >= :since AND at < :until ORDER BY at DESC, id DESC LIMIT :count

-- name: audit_about
SELECT at, address, role, what, target, amount_xof, why, second FROM audit WHERE id IN (
    SELECT id FROM (SELECT id FROM audit WHERE address = :about ORDER BY at DESC LIMIT :count) AS acted
    UNION SELECT id FROM (SELECT id FROM audit WHERE target = :about ORDER BY at DESC LIMIT :count) AS concerned
    UNION SELECT id FROM (SELECT id FROM audit WHERE what = :about ORDER BY at DESC LIMIT :count) AS done
    UNION SELECT id FROM (
        SELECT id FROM audit WHERE second = :about AND second <> '' ORDER BY at DESC LIMIT :count
    ) AS approved
)
ORDER BY at DESC, id DESC LIMIT :count

-- name: audit_last
-- Who did something to a rule last, or took it back.
SELECT at, address, role, what, target, amount_xof, why, second FROM audit
WHERE target = :target AND what IN (:what, :undone) ORDER BY at DESC LIMIT 1

-- name: audit_cash
SELECT address, sum(CASE WHEN what IN ('credit', 'undo debit') THEN amount_xof ELSE 0 END) AS taken_xof,
       sum(CASE WHEN what IN ('debit', 'undo credit') THEN amount_xof ELSE 0 END) AS given_xof
FROM audit WHERE at >= :since AND at < :until AND what IN ('credit', 'debit', 'undo credit', 'undo debit')
GROUP BY address ORDER BY address

-- name: audit_same_move
-- The same for the same person, by whichever of the person's addresses; and what undid such.
SELECT at, address, role, what, target, amount_xof, why, second FROM audit
WHERE what IN (:what, :undone) AND amount_xof = :amount_xof AND at > :since
  AND target IN (SELECT :address UNION SELECT address FROM session WHERE customer = :customer)
ORDER BY id DESC LIMIT 50

-- name: reference_of
SELECT reference, at, by_address, address, amount_xof FROM payment_reference WHERE reference = :reference

-- name: reference_use
INSERT INTO payment_reference (reference, at, by_address, address, amount_xof)
VALUES (:reference, :now, :by, :address, :amount_xof)
ON CONFLICT (reference) DO NOTHING
RETURNING reference

-- name: audit_moved_alone
-- A clock that was set back makes lines come from the future: they count.
SELECT coalesce(sum(amount_xof), 0) AS moved_xof FROM audit
WHERE second = '' AND at > :since AND address IN (
    SELECT address FROM session WHERE customer = :customer
    UNION SELECT s.address FROM joined AS j JOIN session AS s ON s.customer = j.into_customer WHERE j.customer = :customer
    UNION SELECT s.address FROM joined AS j JOIN session AS s ON s.customer = j.customer WHERE j.into_customer = :customer
)

-- name: interest
-- Why an account is somebody's own affair: it is theirs, or was ever joined to theirs; one of the two is or was a client
-- who gets codes from the other.
SELECT CASE
    WHEN :mine = :theirs
      OR EXISTS (SELECT 1 FROM joined WHERE customer = :mine AND into_customer = :theirs)
      OR EXISTS (SELECT 1 FROM joined WHERE customer = :theirs AND into_customer = :mine)
    THEN 'own'
    WHEN EXISTS (
        SELECT 1 FROM client AS k JOIN consent AS c ON c.client_id = k.id JOIN session AS s ON s.address = c.address
        WHERE k.customer = :mine AND s.customer = :theirs
    ) OR EXISTS (
        SELECT 1 FROM client AS k JOIN consent AS c ON c.client_id = k.id JOIN session AS s ON s.address = c.address
        WHERE k.customer = :theirs AND s.customer = :mine
    )
    THEN 'client'
END AS kind

-- name: interest_meter
-- Whether somebody keeps a meter, for themselves or for a client.
SELECT 1 AS kept FROM meter WHERE customer = :mine AND service = :service AND reference = :reference
UNION ALL
SELECT 1 FROM client_meter WHERE customer = :mine AND service = :service AND reference = :reference
LIMIT 1

-- name: interest_rule
SELECT commissions FROM reseller WHERE customer = :mine

-- name: approval_add
INSERT INTO approval (id, draft, why, address, amount_xof, asked_at, expires_at, alone_at, state)
VALUES (:id, :act, :why, :address, :amount_xof, :now, :expires_at, :alone_at, 'asked')

-- name: approval_of
SELECT a.id, a.draft AS act, a.why, a.address, a.amount_xof, a.asked_at, a.expires_at, a.alone_at, a.state,
       coalesce(s.customer, a.address) AS customer, coalesce(s.language, 'fr') AS language
FROM approval AS a LEFT JOIN session AS s ON s.address = a.address WHERE a.id = :id

-- name: approvals_waiting
SELECT a.id, a.draft AS act, a.why, a.address, a.amount_xof, a.asked_at, a.expires_at, a.alone_at, a.state,
       coalesce(s.customer, a.address) AS customer, coalesce(s.language, 'fr') AS language
FROM approval AS a LEFT JOIN session AS s ON s.address = a.address
WHERE a.state = 'asked' ORDER BY a.expires_at, a.id LIMIT :count

-- name: approval_end
UPDATE approval SET state = :state WHERE id = :id AND state = 'asked'
RETURNING id

-- name: approvals_void
-- What a paused admin asked for.
UPDATE approval SET state = 'void'
WHERE state = 'asked' AND address IN (SELECT address FROM session WHERE customer = :customer)

-- name: approvals_expire
UPDATE approval SET state = 'expired' WHERE state = 'asked' AND expires_at <= :now
RETURNING address, draft AS act, amount_xof, why

-- name: admin_name
INSERT INTO admin (address, role, named_by, named_at) VALUES (:address, :role, :by, :now)
ON CONFLICT (address) DO UPDATE SET role = :role, named_by = :by, named_at = :now

-- name: admin_remove
DELETE FROM admin WHERE address = :address

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
