-- What admins did a moment ago and may undo.

-- name: act_undo_add
INSERT INTO act_undo (id, act, inverse, left_as, what, why, by_address, second, done_at)
VALUES (:id, :act, :inverse, :left_as, :what, :why, :by, :second, :now)

-- name: act_undo_of
SELECT id, act, inverse, left_as, what, why, by_address, second, done_at, undone_at, undone_by FROM act_undo WHERE id = :id

-- name: act_undo_since
SELECT id, act, inverse, left_as, what, why, by_address, second, done_at, undone_at, undone_by FROM act_undo
WHERE done_at > :since AND undone_at IS NULL ORDER BY done_at DESC LIMIT :count

-- name: act_undo_end
UPDATE act_undo SET undone_at = :now, undone_by = :by WHERE id = :id AND undone_at IS NULL
RETURNING id

-- name: reference_free
-- The payment of a credit that was undone may be counted where it belongs.
DELETE FROM payment_reference WHERE reference = :reference AND address = :address AND amount_xof = :amount_xof
