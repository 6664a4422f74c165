-- A link is undone within a day. `orders` and `theirs` are JSON lists of ids and addresses, in which neither is part of
-- another: both stand in quotes.

-- name: order_ids_of
SELECT id FROM orders WHERE customer = :customer ORDER BY confirmed_at, id

-- name: meters_brought
SELECT m.service, m.reference, m.holder, m.nickname, CASE WHEN EXISTS (
    SELECT 1 FROM meter AS known
    WHERE known.customer = :into AND known.service = m.service AND known.reference = m.reference
) THEN 0 ELSE 1 END AS moved
FROM meter AS m WHERE m.customer = :customer ORDER BY m.id

-- name: client_ids_of
SELECT id FROM client WHERE customer = :customer ORDER BY id

-- name: link_undo_add
INSERT INTO link_undo (link_id, account, customer, addresses, brought, brought_xof, joined_at)
VALUES (:link_id, :account, :customer, :addresses, :brought, :brought_xof, :now)
ON CONFLICT (link_id) DO NOTHING

-- name: link_undo_of
-- A clock that was set back makes a link come from the future: it is no older than a day.
SELECT link_id, account, customer, addresses, brought, brought_xof, joined_at FROM link_undo
WHERE joined_at > :since AND joined_at <= :now AND undone_at IS NULL AND replace(addresses, '"' || :address || '"', '') <> addresses
ORDER BY joined_at DESC, link_id DESC LIMIT 1

-- name: link_undo_since
-- What has left and come back to the account since, for orders of the addresses that were joined to it.
SELECT coalesce(sum(e.amount_xof), 0) AS moved_xof
FROM entry AS e JOIN orders AS o ON o.id = e.order_id
WHERE e.account IN (:account, :now_account) AND e.at >= :since
  AND (replace(:orders, '"' || o.id || '"', '') <> :orders
       OR (o.confirmed_at >= :since AND replace(:theirs, '"' || o.address || '"', '') <> :theirs))

-- name: link_undo_end
UPDATE link_undo SET undone_at = :now, undone_by = :by WHERE link_id = :link_id AND undone_at IS NULL
RETURNING link_id

-- name: sessions_part_again
-- The speaker's own session is written after this in the same transaction, guarded by the version that was read.
UPDATE session SET customer = :customer, version = version + CASE WHEN address = :me THEN 0 ELSE 1 END
WHERE customer = :account AND replace(:theirs, '"' || address || '"', '') <> :theirs

-- name: orders_part
UPDATE orders SET customer = :into, version = version + 1
WHERE customer = :account
  AND (replace(:orders, '"' || id || '"', '') <> :orders
       OR (confirmed_at >= :since AND replace(:theirs, '"' || address || '"', '') <> :theirs))

-- name: batches_part
UPDATE batch SET customer = :into WHERE customer = :account AND replace(:theirs, '"' || address || '"', '') <> :theirs

-- name: meter_forget
DELETE FROM meter WHERE customer = :customer AND service = :service AND reference = :reference
