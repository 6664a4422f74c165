-- The provider's balances, as its answers gave them.

-- name: witness_add
INSERT INTO witness (sent_at, at, order_id, previous_xof, current_xof)
VALUES (:sent_at, :at, :order_id, :previous_xof, :current_xof)

-- name: witness_last
SELECT at, current_xof FROM witness ORDER BY id DESC LIMIT 1

-- name: witness_page
SELECT id, sent_at, at, order_id, previous_xof, current_xof FROM witness
WHERE id > :after AND +at >= :since AND +at < :until AND previous_xof IS NOT NULL ORDER BY id LIMIT :count

-- name: witness_first
-- The first that came in within the time; when none did, the next one after it. A clock that was set back mixes them.
SELECT coalesce(
    (SELECT min(id + 0) FROM witness WHERE at >= :since AND at < :until),
    (SELECT id FROM witness WHERE at >= :since ORDER BY at LIMIT 1),
    0
) AS id

-- name: witness_before
SELECT at FROM witness WHERE at < :since AND previous_xof IS NOT NULL ORDER BY at DESC LIMIT 1

-- name: float_spent
SELECT coalesce(sum(CASE WHEN at >= :day THEN amount_xof ELSE 0 END), 0) AS today_xof,
       coalesce(sum(amount_xof), 0) AS lately_xof
FROM entry WHERE account || '' = 'float' AND at >= :since
