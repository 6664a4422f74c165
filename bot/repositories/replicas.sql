-- The processes that serve from this database, what only one of them does, and what is leased to whom.

-- name: replica_beat
-- By the key alone, without a scan: one process's beat is never in another one's way.
INSERT INTO replica (owner, beat) VALUES (:owner, 0)
ON CONFLICT (owner) DO UPDATE SET beat = replica.beat + 1
RETURNING beat

-- name: replicas
SELECT owner, beat FROM replica

-- name: replica_remove
-- Unless it has raised its number since.
DELETE FROM replica WHERE owner = :owner AND beat = :beat
RETURNING owner

-- name: replica_leave
DELETE FROM replica WHERE owner = :owner

-- name: replicas_forget
DELETE FROM replica

-- name: leaders
SELECT task, owner FROM leader

-- name: leader_take
INSERT INTO leader (task, owner) VALUES (:task, :owner) ON CONFLICT (task) DO NOTHING
RETURNING owner

-- name: leader_leave
DELETE FROM leader WHERE task = :task AND owner = :owner

-- name: leader_release_of
DELETE FROM leader WHERE owner = :owner

-- name: leaders_forget
DELETE FROM leader

-- name: owners_without_row
SELECT leased.owner FROM (
    SELECT lease_owner AS owner FROM outbox WHERE given_up_at IS NULL AND lease_owner IS NOT NULL
    UNION
    SELECT lease_owner AS owner FROM orders WHERE lease_owner IS NOT NULL
    UNION
    SELECT inquiry_owner AS owner FROM session WHERE inquiry_due_at IS NOT NULL AND inquiry_owner IS NOT NULL
    UNION
    SELECT asked_by AS owner FROM batch_line WHERE due_at IS NOT NULL AND asked_by IS NOT NULL
    UNION
    SELECT lease_owner AS owner FROM collection WHERE lease_owner IS NOT NULL
    UNION
    SELECT lease_owner AS owner FROM payback WHERE lease_owner IS NOT NULL
    UNION
    SELECT owner FROM leader
) AS leased
WHERE NOT EXISTS (SELECT 1 FROM replica AS r WHERE r.owner = leased.owner)
ORDER BY leased.owner

-- name: outbox_release_of
UPDATE outbox SET lease_owner = NULL, lease_until = NULL WHERE given_up_at IS NULL AND lease_owner = :owner

-- name: orders_release_of
UPDATE orders SET lease_owner = NULL, lease_until = NULL, due_at = CASE WHEN due_at IS NULL THEN due_at ELSE :now END
WHERE lease_owner = :owner

-- name: inquiries_release_of
UPDATE session SET inquiry_due_at = :now WHERE inquiry_due_at IS NOT NULL AND inquiry_owner = :owner

-- name: batch_checks_release_of
UPDATE batch_line SET due_at = :now WHERE due_at IS NOT NULL AND asked_by = :owner
