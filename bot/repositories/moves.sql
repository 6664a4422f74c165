-- A lost telephone: an account goes to another address.

-- name: account_move_add
-- Nothing where either of the two waits for another move.
INSERT INTO account_move (address, customer, into_address, state, asked_by, approved_by, asked_at, due_at)
VALUES (:address, :customer, :into, 'waiting', :asked_by, :approved_by, :now, :due_at)
ON CONFLICT DO NOTHING
RETURNING id

-- name: account_moves_waiting
SELECT id, address, customer, into_address, asked_by, approved_by, asked_at, due_at FROM account_move
WHERE state = 'waiting' ORDER BY due_at, id LIMIT :count

-- name: account_move_of
-- The one that waits in which an account or an address takes part.
SELECT id, address, customer, into_address, asked_by, approved_by, asked_at, due_at FROM account_move
WHERE state = 'waiting' AND (customer = :customer OR into_address = :address)
ORDER BY id LIMIT 1

-- name: account_move_end
UPDATE account_move SET state = :state, ended_at = :now, ended_by = :by WHERE id = :id AND state = 'waiting'
RETURNING id

-- What goes along with an account beside its money, orders, meters and clients. The other account is empty.

-- name: move_credit_limit
UPDATE credit_limit SET customer = :into WHERE customer = :customer

-- name: move_frozen
UPDATE frozen SET customer = :into WHERE customer = :customer

-- name: move_reseller
-- A PIN is known to whoever has the telephone now: it stays behind.
UPDATE reseller SET customer = :into, pin_hash = NULL, pin_tries = 0, pin_locked_until = 0 WHERE customer = :customer

-- name: move_joined
-- Accounts that were ever joined count as one person, by whatever name.
INSERT INTO joined (customer, into_customer, at)
SELECT :into, CASE WHEN customer = :customer THEN into_customer ELSE customer END, :now FROM joined
WHERE (customer = :customer OR into_customer = :customer) AND customer <> :into AND into_customer <> :into
