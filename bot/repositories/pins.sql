-- A reseller's PIN: its hash, and the tries since the last right one.

-- name: pin_tries
SELECT pin_tries FROM reseller WHERE customer = :customer

-- name: pin_count
UPDATE reseller SET pin_tries = :tries, pin_locked_until = :locked_until
WHERE customer = :customer AND pin_tries = :before
RETURNING pin_tries

-- name: pin_forget_tries
UPDATE reseller SET pin_tries = 0, pin_locked_until = 0 WHERE customer = :customer

-- name: pin_save
UPDATE reseller SET pin_hash = :pin_hash, pin_tries = 0, pin_locked_until = 0 WHERE customer = :customer

-- name: pin_save_above
UPDATE reseller SET pin_above_xof = :above_xof WHERE customer = :customer

-- name: pin_locks
SELECT before_at, last_at FROM pin_lock WHERE customer = :customer

-- name: pin_lock
INSERT INTO pin_lock (customer, before_at, last_at, blocked_at) VALUES (:customer, 0, :now, :blocked_at)
ON CONFLICT (customer) DO UPDATE SET
    before_at = pin_lock.last_at, last_at = :now, blocked_at = coalesce(pin_lock.blocked_at, :blocked_at)

-- name: pin_unlock
DELETE FROM pin_lock WHERE customer = :customer
