-- What is forgotten, and when: `docs/retention.md` has a line for each table. Every statement takes a few rows at a time,
-- found by an index, so that nobody waits for it.

-- name: retain_act_undo
DELETE FROM act_undo WHERE id IN (SELECT id FROM act_undo WHERE done_at < :before ORDER BY done_at LIMIT :count)
RETURNING id

-- name: retain_alerted
DELETE FROM alerted WHERE kind IN (SELECT kind FROM alerted WHERE at < :before ORDER BY at LIMIT :count)
RETURNING kind

-- name: retain_allowance
DELETE FROM allowance
WHERE (customer, what) IN (SELECT customer, what FROM allowance WHERE at < :before ORDER BY at LIMIT :count)
RETURNING customer

-- name: retain_approval
DELETE FROM approval
WHERE id IN (SELECT id FROM approval WHERE state <> 'asked' AND asked_at < :before ORDER BY asked_at LIMIT :count)
RETURNING id

-- name: retain_awaiting
DELETE FROM awaiting
WHERE (service, address) IN (SELECT service, address FROM awaiting WHERE at < :before ORDER BY at LIMIT :count)
RETURNING address

-- name: retain_broadcast
DELETE FROM broadcast
WHERE id IN (SELECT id FROM broadcast WHERE state <> 'running' AND begun_at < :before ORDER BY begun_at LIMIT :count)
RETURNING id

-- name: conversation_long_over
SELECT id FROM conversation WHERE updated_at < :before ORDER BY updated_at LIMIT 1

-- name: retain_conversation_line
DELETE FROM conversation_line
WHERE id IN (SELECT id FROM conversation_line WHERE conversation_id = :id ORDER BY id LIMIT :count)
RETURNING id

-- name: retain_conversation
DELETE FROM conversation WHERE id = :id RETURNING id

-- name: retain_early_report
DELETE FROM early_report
WHERE message_ref IN (SELECT message_ref FROM early_report WHERE at < :before ORDER BY at LIMIT :count)
RETURNING message_ref

-- name: retain_inbox
DELETE FROM inbox WHERE key IN (SELECT key FROM inbox WHERE seen_at < :before ORDER BY seen_at LIMIT :count)
RETURNING key

-- name: retain_book_import
DELETE FROM book_import
WHERE customer IN (SELECT customer FROM book_import WHERE made_at < :before ORDER BY made_at LIMIT :count)
RETURNING customer

-- name: retain_invitation
DELETE FROM invitation WHERE id IN (SELECT id FROM invitation WHERE made_at < :before ORDER BY made_at LIMIT :count)
RETURNING id

-- name: retain_link
DELETE FROM link WHERE id IN (SELECT id FROM link WHERE made_at < :before ORDER BY made_at LIMIT :count)
RETURNING id

-- name: retain_seller_invitation
DELETE FROM seller_invitation
WHERE id IN (SELECT id FROM seller_invitation WHERE made_at < :before ORDER BY made_at LIMIT :count)
RETURNING id

-- name: retain_link_undo
DELETE FROM link_undo
WHERE link_id IN (SELECT link_id FROM link_undo WHERE joined_at < :before ORDER BY joined_at LIMIT :count)
RETURNING link_id

-- name: retain_link_miss
DELETE FROM link_miss
WHERE (address, at) IN (SELECT address, at FROM link_miss WHERE at < :before ORDER BY at LIMIT :count)
RETURNING address

-- name: retain_provider_turn
DELETE FROM provider_turn
WHERE (kind, customer) IN (SELECT kind, customer FROM provider_turn WHERE at < :before ORDER BY at LIMIT :count)
RETURNING customer

-- name: retain_witness
-- The last balance is what the float is known by.
DELETE FROM witness
WHERE id IN (SELECT id FROM witness WHERE at < :before ORDER BY at LIMIT :count)
  AND id < (SELECT max(id) FROM witness)
RETURNING id

-- Lists of sales: first the lines, then the list.

-- name: batch_long_done
SELECT b.id FROM batch AS b
WHERE b.state = 'done' AND b.ended_at < :before
  AND NOT EXISTS (
      SELECT 1 FROM orders AS o WHERE o.batch_id = b.id AND o.state NOT IN ('delivered', 'refused', 'cancelled')
  )
ORDER BY b.ended_at LIMIT 1

-- name: batch_never_bought
SELECT id FROM batch
WHERE state IN ('checking', 'ready', 'dropped') AND made_at < :before ORDER BY made_at LIMIT 1

-- name: retain_batch_line
DELETE FROM batch_line
WHERE (batch_id, line) IN (SELECT batch_id, line FROM batch_line WHERE batch_id = :id ORDER BY line LIMIT :count)
RETURNING line

-- name: retain_batch
DELETE FROM batch WHERE id = :id RETURNING id

-- Tables that are written with every message have no index for this: they are walked along their key.

-- name: waiting_alerts_stretch
SELECT id, at FROM waiting_alert WHERE id > :after ORDER BY id LIMIT :count

-- name: retain_waiting_alerts
DELETE FROM waiting_alert WHERE id > :after AND id <= :upto AND at < :before RETURNING id

-- name: retain_proof
DELETE FROM proof WHERE id IN (SELECT id FROM proof WHERE handed_at < :before ORDER BY handed_at LIMIT :count)
RETURNING id

-- name: retain_payer
DELETE FROM payer
WHERE (customer, method) IN (SELECT customer, method FROM payer WHERE used_at < :before ORDER BY used_at LIMIT :count)
RETURNING customer

-- name: journal_stretch
SELECT id, at FROM journal WHERE id > :after ORDER BY id LIMIT :count

-- name: retain_journal
DELETE FROM journal
WHERE id > :after AND id <= :upto AND at < :before AND NOT EXISTS (
    SELECT 1 FROM orders AS o
    WHERE o.id = journal.order_id
      AND (o.state NOT IN ('delivered', 'refused', 'cancelled') OR o.updated_at >= :before)
)
RETURNING id

-- name: provider_fact_stretch
SELECT id, received_at FROM provider_fact WHERE id > :after ORDER BY id LIMIT :count

-- name: retain_provider_fact
-- What was not decided stays.
DELETE FROM provider_fact WHERE id > :after AND id <= :upto AND decided_at < :before RETURNING id

-- name: muted_stretch
SELECT address FROM muted WHERE address > :after ORDER BY address LIMIT :count

-- name: retain_muted
DELETE FROM muted
WHERE address > :after AND address <= :upto AND at < :before
  AND NOT EXISTS (SELECT 1 FROM session AS s WHERE s.address = muted.address)
RETURNING address

-- name: person_names_stretch
SELECT DISTINCT address FROM person_name WHERE address > :after ORDER BY address LIMIT :count

-- name: retain_person_name_words
DELETE FROM person_name_word
WHERE address > :after AND address <= :upto AND EXISTS (
    SELECT 1 FROM person_name AS n
    WHERE n.address = person_name_word.address AND n.kind = person_name_word.kind AND n.at < :before
  )
  AND NOT EXISTS (SELECT 1 FROM session AS s WHERE s.address = person_name_word.address)

-- name: retain_person_names
DELETE FROM person_name
WHERE address > :after AND address <= :upto AND at < :before
  AND NOT EXISTS (SELECT 1 FROM session AS s WHERE s.address = person_name.address)
RETURNING address

-- name: outbox_stretch
SELECT id FROM outbox WHERE id > :after ORDER BY id LIMIT :count

-- name: retain_outbox
-- Words that nobody could be sent for days; what a channel never confirmed; what could not be sent, once the admins have
-- had the time to look; order news that waits for a person to write, whose codes stay with the orders.
DELETE FROM outbox
WHERE id > :after AND id <= :upto AND CASE
    WHEN given_up_at IS NULL THEN keep = 0 AND lease_owner IS NULL AND created_at < :unsent_before
    WHEN message_ref IS NOT NULL THEN given_up_at < :unconfirmed_before
    WHEN keep = 0 THEN given_up_at < :aside_before
    ELSE given_up_at < :before
END
RETURNING id

-- name: session_stretch
SELECT address, updated_at FROM session WHERE address > :after ORDER BY address LIMIT :count

-- name: retain_session
-- Only a session on which nothing depends: no money, order, message, meter, link, role or agreement, of this person or
-- of anybody who shares the account.
DELETE FROM session
WHERE address > :after AND address <= :upto AND updated_at < :before
  AND customer = address AND inquiry_due_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM session AS o WHERE o.customer = session.address AND o.address <> session.address)
  AND NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.account = 'customer:' || session.address)
  AND NOT EXISTS (SELECT 1 FROM orders AS o WHERE o.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM outbox AS m WHERE m.address = session.address)
  AND NOT EXISTS (SELECT 1 FROM meter AS m WHERE m.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM credit_limit AS c WHERE c.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM frozen AS f WHERE f.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM reseller AS r WHERE r.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM client AS c WHERE c.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM batch AS b WHERE b.customer = session.address)
  AND NOT EXISTS (SELECT 1 FROM admin AS a WHERE a.address = session.address)
  AND NOT EXISTS (SELECT 1 FROM seller AS l WHERE l.address = session.address AND l.ended_at IS NULL)
  AND NOT (
      EXISTS (SELECT 1 FROM consent AS c WHERE c.address = session.address AND c.revoked_at IS NULL)
      -- Read once for all of them, and only when there is one on which nothing else depends.
      OR address IN (SELECT o.address FROM orders AS o WHERE o.state NOT IN ('delivered', 'refused', 'cancelled'))
  )
RETURNING address
