-- What the provider said: kept first, then decided.

-- name: provider_fact_keep
INSERT INTO provider_fact (key, order_id, source, outcome, asked_id, said, received_at, due_at, tries, decided_at)
VALUES (:key, :order_id, :source, :outcome, :asked_id, :said, :received_at, :due_at, 0, :decided_at)
ON CONFLICT (key) DO NOTHING
RETURNING key

-- name: deciding_begins
SAVEPOINT deciding

-- name: deciding_is_undone
ROLLBACK TO deciding

-- name: deciding_ends
RELEASE deciding

-- name: provider_fact_reopen
UPDATE provider_fact SET decided_at = NULL, due_at = :due_at WHERE key = :key

-- By its key: of the few that nobody has decided yet, PostgreSQL would read the whole index.

-- name: provider_fact_decide
UPDATE provider_fact SET decided_at = :now, due_at = NULL WHERE key = :key AND coalesce(decided_at, 0) = 0
RETURNING key

-- name: provider_fact_load
SELECT key, order_id, source, asked_id, said, received_at FROM provider_fact WHERE key = :key AND coalesce(decided_at, 0) = 0

-- name: provider_facts_due
-- In the order of `id` alone, SQLite would read along the key all that was ever said.
SELECT key FROM provider_fact
WHERE decided_at IS NULL AND (due_at <= :now OR due_at > :beyond)
ORDER BY received_at, id LIMIT :count

-- name: provider_fact_undecided
SELECT id FROM provider_fact WHERE order_id = :order_id AND decided_at IS NULL LIMIT 1

-- name: provider_fact_failed
UPDATE provider_fact SET tries = tries + 1, problem = :problem WHERE key = :key AND coalesce(decided_at, 0) = 0
RETURNING tries, order_id

-- name: provider_fact_later
UPDATE provider_fact SET due_at = :due_at WHERE key = :key

-- name: provider_facts_release
UPDATE provider_fact SET due_at = :now WHERE decided_at IS NULL

-- name: order_postpone
UPDATE orders SET due_at = :due_at WHERE id = :id
