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
