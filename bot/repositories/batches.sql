-- Many sales at once.

-- name: batch_add
INSERT INTO batch (id, customer, address, name, state, lines, made_at, moved, progress_at, asked_at)
VALUES (:id, :customer, :address, :name, 'checking', :lines, :now, 0, 0, :now)

-- name: batch_line_add
INSERT INTO batch_line (
    batch_id, line, order_id, written, service, reference, amount_xof, name, holder, client_id, fault, repeats, state,
    asked, tries, due_at
) VALUES (
    :batch_id, :line, :order_id, :written, :service, :reference, :amount_xof, :name, :holder, :client_id, :fault, :repeats,
    :state, :asked, 0, :due_at
)

-- name: batch_load
SELECT b.*,
    (SELECT count(*) FROM batch_line AS l WHERE l.batch_id = b.id AND l.asked = 1) AS asked,
    (SELECT count(*) FROM batch_line AS l WHERE l.batch_id = b.id AND l.asked = 1 AND l.state = 'to_check') AS unchecked
FROM batch AS b WHERE b.id = :id

-- name: batches_of
SELECT b.*,
    (SELECT count(*) FROM batch_line AS l WHERE l.batch_id = b.id AND l.asked = 1) AS asked,
    (SELECT count(*) FROM batch_line AS l WHERE l.batch_id = b.id AND l.asked = 1 AND l.state = 'to_check') AS unchecked
FROM batch AS b WHERE b.customer = :customer AND b.state <> 'dropped' ORDER BY b.made_at DESC, b.id LIMIT :count

-- name: batches_running
SELECT id FROM batch WHERE customer = :customer AND state = 'running' AND stopped_at IS NULL
ORDER BY started_at DESC, id

-- name: batch_lines
SELECT line AS number, order_id, written, reference, amount_xof, name, holder, client_id, fault, repeats, service,
    reference_facture, due_on
FROM batch_line WHERE batch_id = :id AND EXISTS (SELECT 1 FROM batch AS b WHERE b.id = :id AND b.customer = :customer) ORDER BY line

-- name: batch_line_order
SELECT o.* FROM orders AS o JOIN batch_line AS l ON l.order_id = o.id
WHERE l.batch_id = :id AND l.line = :line AND o.customer = :customer

-- name: batch_orders
SELECT * FROM orders WHERE batch_id = :id ORDER BY line

-- name: batch_unbought
SELECT * FROM orders WHERE batch_id = :id AND state NOT IN ('delivered', 'cancelled', 'waiting')
  AND EXISTS (SELECT 1 FROM batch AS b WHERE b.id = :id AND b.customer = :customer)
ORDER BY line LIMIT :count

-- name: batch_delivered
SELECT * FROM orders WHERE batch_id = :id AND state = 'delivered' AND line > :after
  AND EXISTS (SELECT 1 FROM batch AS b WHERE b.id = :id AND b.customer = :customer)
ORDER BY line LIMIT :count

-- name: batch_waiting
SELECT * FROM orders WHERE batch_id = :id AND state = 'waiting' ORDER BY line

-- name: batch_tally
SELECT state, CASE WHEN stuck_at IS NOT NULL OR polls >= :slow THEN 1 ELSE 0 END AS slow, count(*) AS many,
    sum(amount_xof) AS amount_xof, sum(amount_xof + fee_xof) AS price_xof, sum(commission_xof) AS commission_xof
FROM orders WHERE batch_id = :id AND EXISTS (SELECT 1 FROM batch AS b WHERE b.id = :id AND b.customer = :customer)
GROUP BY state, CASE WHEN stuck_at IS NOT NULL OR polls >= :slow THEN 1 ELSE 0 END

-- name: batch_twins
SELECT l.line FROM batch_line AS l
WHERE l.batch_id = :id AND l.state = 'good' AND EXISTS (
    SELECT 1 FROM orders AS o
    WHERE o.customer = :customer AND o.reference = l.reference AND o.service = l.service AND o.amount_xof = l.amount_xof
      AND (o.state NOT IN ('delivered', 'refused', 'cancelled')
           OR (o.state = 'delivered' AND o.confirmed_at >= :since))
)
ORDER BY l.line

-- name: meter_in_book
SELECT m.holder, c.id AS client_id, c.name AS client FROM client_meter AS m JOIN client AS c ON c.id = m.client_id
WHERE m.customer = :customer AND m.service = :service AND m.reference = :reference

-- name: meter_kept_or_sold
SELECT holder FROM (
    SELECT holder FROM meter WHERE customer = :customer AND service = :service AND reference = :reference
    UNION ALL
    SELECT holder FROM orders
    WHERE customer = :customer AND service = :service AND reference = :reference AND state = 'delivered'
) AS known WHERE holder <> '' LIMIT 1

-- name: batch_checks_due
-- The first line of everybody before the second of anybody, however many lists somebody has; and of these that of the
-- customer who had no place for longest.
SELECT l.batch_id, l.line, l.reference, b.customer, l.service FROM batch_line AS l JOIN batch AS b ON b.id = l.batch_id
LEFT JOIN provider_turn AS t ON t.kind = 'batch' AND t.customer = b.customer
WHERE b.state = 'checking' AND l.due_at IS NOT NULL AND (l.due_at <= :now OR l.due_at > :beyond)
ORDER BY
    row_number() OVER (PARTITION BY b.customer ORDER BY l.line, b.made_at, b.id),
    CASE WHEN t.at IS NULL OR t.at > :now THEN 0 ELSE t.at END,
    b.made_at
LIMIT :count

-- name: batch_check_later
-- The pause grows with every failure.
UPDATE batch_line SET due_at = :due_at + :pause_ms * tries, tries = tries + :failed, asked_by = :owner
WHERE batch_id = :id AND line = :line AND state = 'to_check'
RETURNING tries

-- name: batch_meter_known
UPDATE batch_line SET holder = :holder, state = 'good', due_at = NULL
WHERE batch_id = :id AND service = :service AND reference = :reference AND state = 'to_check'

-- name: batch_bill_known
-- What is due is what is paid: a line with another amount stays to be checked.
UPDATE batch_line SET holder = :holder, amount_xof = :amount_xof, reference_facture = :reference_facture, due_on = :due_on,
    state = 'good', due_at = NULL
WHERE batch_id = :id AND service = :service AND reference = :reference AND state = 'to_check'
  AND (amount_xof = 0 OR amount_xof = :amount_xof)

-- name: batch_meter_fault
UPDATE batch_line SET fault = :fault, state = 'bad', due_at = NULL
WHERE batch_id = :id AND service = :service AND reference = :reference AND state = 'to_check'

-- name: batch_checks_release
UPDATE batch_line SET due_at = :now WHERE due_at IS NOT NULL

-- name: batch_unchecked
SELECT 1 AS one FROM batch_line WHERE batch_id = :id AND state = 'to_check' LIMIT 1

-- name: batches_checked
-- Both conditions on the state: the second is the index's.
UPDATE batch SET asked_at = :now
WHERE state = 'checking' AND state IN ('checking', 'running') AND (asked_at <= :before OR asked_at > :now)
  AND NOT EXISTS (SELECT 1 FROM batch_line AS l WHERE l.batch_id = batch.id AND l.state = 'to_check')
RETURNING id, address

-- By its key, and not by what is open: the state here is none that an index knows.

-- name: batch_line_pick
UPDATE batch_line SET reference = :reference, name = :name, holder = :holder, client_id = :client_id, fault = :fault,
    repeats = :repeats, state = :state, asked = :asked, due_at = :due_at
WHERE batch_id = :id AND line = :line AND fault = 'ambiguous'
  AND EXISTS (SELECT 1 FROM batch AS b WHERE b.id = :id AND b.customer = :customer AND b.state || '' = 'ready')
RETURNING line

-- name: batch_check_again
UPDATE batch SET state = 'checking', asked_at = :now WHERE id = :id AND customer = :customer
  AND state || '' = 'ready'

-- name: batch_ready
UPDATE batch SET state = 'ready' WHERE id = :id AND customer = :customer AND state || '' = 'checking'

-- name: batch_drop
UPDATE batch SET state = 'dropped' WHERE id = :id AND customer = :customer AND state || '' IN ('checking', 'ready')

-- name: batches_drop
UPDATE batch SET state = 'dropped' WHERE customer = :customer AND state || '' IN ('checking', 'ready')

-- name: batch_start
UPDATE batch SET state = 'running', address = :address, started_at = :now, moved = 0, progress_at = :now
WHERE id = :id AND customer = :customer AND state || '' = 'ready'
RETURNING id

-- name: batch_stop
UPDATE batch SET stopped_at = :now, moved = 1
WHERE id = :id AND customer = :customer AND state = 'running' AND stopped_at IS NULL
RETURNING id

-- name: batch_touch
UPDATE batch SET moved = 1 WHERE id = :id
RETURNING state, stopped_at

-- name: batch_touch_by
UPDATE batch SET moved = 1 WHERE id = (SELECT batch_id FROM orders WHERE id = :order_id)

-- name: batches_moved
SELECT id FROM batch
-- One that is quiet for long is looked at all the same.
WHERE state IN ('checking', 'running') AND (moved = 1 OR (state = 'running' AND progress_at < :before))
ORDER BY progress_at LIMIT :count

-- name: batch_progress
UPDATE batch SET moved = 0, progress_at = :now, progress_id = :progress_id WHERE id = :id

-- name: batch_done
UPDATE batch SET state = 'done', ended_at = :now, moved = 0 WHERE id = :id AND state = 'running'
RETURNING id

-- name: batch_message
UPDATE batch SET message_ref = :message_ref WHERE id = :id

-- name: outbox_holds
SELECT 1 AS one FROM outbox WHERE id = :id

-- name: batches_join
UPDATE batch SET customer = :into WHERE customer = :customer
