-- Conversations with a person: the queue that admins answer from, and what was said.

-- name: conversation_begin
INSERT INTO conversation (address, state, order_id, began_at, updated_at)
VALUES (:address, 'open', :order_id, :now, :now)
RETURNING id

-- name: conversation_load
SELECT c.*, coalesce(s.customer, c.address) AS customer, coalesce(s.language, 'fr') AS language
FROM conversation AS c LEFT JOIN session AS s ON s.address = c.address
WHERE c.id = :id

-- name: conversation_of_account
-- The open conversation of an account, in whichever chat of it.
SELECT c.*, s.customer, s.language
FROM session AS s JOIN conversation AS c ON c.address = s.address AND c.state = 'open'
WHERE s.customer = :customer ORDER BY c.id DESC LIMIT 1

-- name: conversation_move
-- Answers go to the chat in which the customer wrote last, unless it has an open conversation of its own.
UPDATE conversation SET address = :address
WHERE id = :id AND NOT EXISTS (
    SELECT 1 FROM conversation AS other WHERE other.address = :address AND other.state = 'open' AND other.id <> :id
)

-- name: conversation_asked
UPDATE conversation SET updated_at = :now, waiting_at = coalesce(waiting_at, :now) WHERE id = :id

-- name: conversation_answered
UPDATE conversation
SET updated_at = :now, waiting_at = NULL, told_at = NULL, taken_by = :taken_by, taken_at = :now
WHERE id = :id

-- name: conversation_take
UPDATE conversation SET taken_by = :taken_by, taken_at = :now, told_at = NULL WHERE id = :id

-- name: conversation_end
UPDATE conversation SET state = 'done', updated_at = :now, waiting_at = NULL, told_at = NULL WHERE id = :id

-- name: conversations_end_silent
UPDATE conversation SET state = 'done' WHERE state = 'open' AND waiting_at IS NULL AND updated_at < :before

-- name: conversations_open
-- Who has waited longest comes first; those that were answered last.
SELECT c.*, coalesce(s.customer, c.address) AS customer, coalesce(s.language, 'fr') AS language
FROM conversation AS c LEFT JOIN session AS s ON s.address = c.address
WHERE c.state = 'open'
ORDER BY CASE WHEN c.waiting_at IS NULL THEN 1 ELSE 0 END, c.waiting_at, c.id
LIMIT :count OFFSET :skip

-- name: conversations_counted
SELECT count(*) AS many, count(waiting_at) AS waiting FROM conversation WHERE state = 'open'

-- name: conversations_untold
SELECT c.*, coalesce(s.customer, c.address) AS customer, coalesce(s.language, 'fr') AS language
FROM conversation AS c LEFT JOIN session AS s ON s.address = c.address
WHERE c.state = 'open' AND c.waiting_at IS NOT NULL AND (c.told_at IS NULL OR c.told_at < :told_before)
  AND (c.taken_at IS NULL OR c.taken_at < :taken_before)
ORDER BY c.waiting_at, c.id LIMIT :count

-- name: conversation_told
UPDATE conversation SET told_at = :now WHERE id = :id

-- name: conversation_line_add
INSERT INTO conversation_line (conversation_id, at, said_by, words) VALUES (:id, :now, :said_by, :words)

-- name: conversation_lines
SELECT at, said_by, words FROM conversation_line WHERE conversation_id = :id ORDER BY id DESC LIMIT :count
