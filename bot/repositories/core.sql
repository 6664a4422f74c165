-- Every statement of the store, by name. One text for every database: parameters are `:name`, no dialect beyond
-- INSERT … ON CONFLICT and RETURNING, which SQLite (3.35 and later) and PostgreSQL (16 and later) share.

-- name: inbox_add
INSERT INTO inbox (key, handled_at, tries, seen_at) VALUES (:key, :now, 0, :now)
ON CONFLICT (key) DO UPDATE SET handled_at = :now WHERE inbox.handled_at IS NULL
RETURNING tries

-- name: inbox_failed
INSERT INTO inbox (key, handled_at, tries, seen_at, problem) VALUES (:key, NULL, 1, :now, :problem)
ON CONFLICT (key) DO UPDATE SET tries = inbox.tries + 1, problem = :problem WHERE inbox.handled_at IS NULL
RETURNING tries

-- name: inbox_set_aside
UPDATE inbox SET handled_at = :now WHERE key = :key

-- name: session_load
SELECT customer, language, body, version, inquiry_due_at, unreachable_at FROM session WHERE address = :address

-- name: session_add
INSERT INTO session (address, customer, language, body, version, updated_at, inquiry_due_at, inquiry_owner)
VALUES (:address, :customer, :language, :body, 1, :now, :inquiry_due_at, :inquiry_owner)

-- name: session_save
UPDATE session
SET language = :language, body = :body, version = version + 1, updated_at = :now, inquiry_due_at = :inquiry_due_at,
    -- Whoever asks already goes on.
    inquiry_owner = coalesce(:inquiry_owner, inquiry_owner), unreachable_at = NULL
WHERE address = :address AND version = :version
RETURNING version

-- name: session_reset
UPDATE session SET body = :body, version = version + 1, updated_at = :now, inquiry_due_at = NULL WHERE address = :address

-- name: session_unreachable
UPDATE session SET unreachable_at = :now WHERE address = :address

-- name: inquiries_due
-- Whose customer had no place for longest comes first; a turn of a time that has not come counts for none.
SELECT s.address, s.customer, s.body, s.inquiry_due_at FROM session AS s
LEFT JOIN provider_turn AS t ON t.kind = 'inquiry' AND t.customer = s.customer
WHERE s.inquiry_due_at IS NOT NULL AND (s.inquiry_due_at <= :now OR s.inquiry_due_at > :beyond)
ORDER BY
    row_number() OVER (PARTITION BY s.customer ORDER BY s.inquiry_due_at),
    CASE WHEN t.at IS NULL OR t.at > :now THEN 0 ELSE t.at END,
    s.inquiry_due_at
LIMIT :count

-- name: inquiry_lease
UPDATE session SET inquiry_due_at = :until, inquiry_owner = :owner WHERE address = :address

-- name: inquiry_forget
UPDATE session SET inquiry_due_at = NULL WHERE address = :address

-- name: inquiries_waiting
SELECT count(*) AS waiting FROM session WHERE inquiry_due_at IS NOT NULL

-- name: budget_release
UPDATE budget SET pay_since_us = 0, look_up_since_us = 0, inquiry_since_us = 0, poll_since_us = 0

-- name: inquiries_release
UPDATE session SET inquiry_due_at = :now WHERE inquiry_due_at IS NOT NULL

-- name: outbox_add
INSERT INTO outbox (address, body, keep, created_at, due_at, attempts, lease, lease_owner, lease_until)
VALUES (
    :address, :body, :keep, :now, :now, 0, 1,
    -- Leased to its maker at once, unless the chat has a message that waits, or very many: then it waits behind them.
    -- Of the chat alone: what waits of all chats has an index of its own, and who reads that meets everybody who writes.
    CASE WHEN EXISTS (
        SELECT 1 FROM outbox
        WHERE address = :address AND coalesce(given_up_at, 0) = 0 AND (lease_owner IS NULL OR lease_owner <> :owner)
    ) OR EXISTS (
        SELECT 1 FROM outbox WHERE address = :address AND coalesce(given_up_at, 0) = 0 LIMIT 1 OFFSET :most
    ) THEN NULL ELSE :owner END,
    :until
)
RETURNING id, lease_owner, (SELECT reach FROM session WHERE address = :address) AS reach

-- name: outbox_hold
-- Leased to nobody: the sweep takes it when it is due. Nobody waits for it before then.
INSERT INTO outbox (address, body, keep, created_at, due_at, attempts, lease, held_for)
VALUES (:address, :body, :keep, :due_at, :due_at, 0, 1, :held_for)
RETURNING id, (SELECT reach FROM session WHERE address = :address) AS reach

-- name: outbox_hurry
-- Something else is said in the chat, which keeps its order: what is held back goes first.
UPDATE outbox SET due_at = :now
WHERE address = :address AND held_for IS NOT NULL AND given_up_at IS NULL AND attempts = 0 AND failures = 0
  AND due_at > :now

-- name: outbox_drop_held
DELETE FROM outbox
WHERE address = :address AND held_for = :held_for AND lease_owner IS NULL AND given_up_at IS NULL

-- name: outbox_trim
-- The newest of the messages that wait for one person stay; all order news stays.
DELETE FROM outbox
WHERE address = :address AND keep = 0 AND given_up_at IS NULL AND lease_owner IS NULL AND id < (
    SELECT id FROM outbox
    WHERE address = :address AND keep = 0 AND given_up_at IS NULL AND lease_owner IS NULL
    ORDER BY id DESC LIMIT 1 OFFSET :most - 1
)

-- name: outbox_revive
-- What RETURNING tells of a row has no type of its own: without the CAST the key of sessions would not be used.
UPDATE outbox
SET given_up_at = NULL, due_at = :now, attempts = 0, lease = lease + 1, lease_owner = :owner, lease_until = :until,
    -- What was set aside gets one more try: nothing that the person asks now shall wait for it for long.
    failures = CASE WHEN problem IS NULL THEN 0 ELSE :last_failure END
WHERE address = :address AND given_up_at IS NOT NULL AND message_ref IS NULL AND keep = 1
RETURNING id, body, created_at, lease, failures,
    (SELECT reach FROM session WHERE session.address = CAST(outbox.address AS TEXT)) AS reach

-- name: outbox_claim
-- The CAST is for the same reason as above.
-- Due is what `:now` says. Of other processes' leases one has ended at `:expired`, or was written before the clock jumped
-- back; of our own we know by ourselves.
UPDATE outbox SET lease = lease + 1, lease_owner = :owner, lease_until = :until
WHERE id IN (
    SELECT o.id FROM outbox AS o
    WHERE o.given_up_at IS NULL
      AND (o.due_at <= :now OR o.due_at > :beyond)
      AND (o.lease_owner IS NULL
           OR (o.lease_owner <> :owner AND (o.lease_until <= :expired OR o.lease_until > :never)))
      AND NOT EXISTS (
          SELECT 1 FROM outbox AS earlier
          WHERE earlier.address = o.address AND earlier.id < o.id AND coalesce(earlier.given_up_at, 0) = 0
            AND ((earlier.due_at > :now AND earlier.due_at <= :beyond)
                 OR earlier.lease_owner = :owner
                 OR (earlier.lease_owner IS NOT NULL AND earlier.lease_until > :expired AND earlier.lease_until <= :never))
      )
    ORDER BY o.id LIMIT :count
)
RETURNING id, address, body, created_at, attempts, lease, failures,
    (SELECT reach FROM session WHERE session.address = CAST(outbox.address AS TEXT)) AS reach

-- name: outbox_renew
UPDATE outbox SET lease_until = :until WHERE id = :id AND lease = :lease AND lease_owner = :owner
RETURNING id

-- What became of a message is written by who holds its lease; a number that has moved on is somebody else's.

-- name: outbox_sent
DELETE FROM outbox WHERE id = :id AND lease = :lease
RETURNING id

-- name: outbox_later
UPDATE outbox SET due_at = :due_at, attempts = attempts + 1, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND lease = :lease
RETURNING id

-- name: outbox_failed
UPDATE outbox SET due_at = :due_at, failures = failures + 1, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND lease = :lease
RETURNING id

-- name: outbox_set_aside
UPDATE outbox SET given_up_at = :now, problem = :problem, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND lease = :lease
RETURNING keep

-- name: outbox_give_up
UPDATE outbox SET given_up_at = :now, lease_owner = NULL, lease_until = NULL
WHERE id = :id AND lease = :lease AND keep = 1
RETURNING id

-- name: outbox_rest
UPDATE outbox SET given_up_at = :now, lease_owner = NULL, lease_until = NULL, message_ref = :message_ref
WHERE id = :id AND lease = :lease AND keep = 1
RETURNING id

-- name: outbox_arrived
DELETE FROM outbox WHERE message_ref = :message_ref RETURNING id

-- name: outbox_not_arrived
UPDATE outbox SET message_ref = NULL WHERE message_ref = :message_ref RETURNING id, address

-- name: outbox_again
UPDATE outbox SET given_up_at = NULL, message_ref = NULL, due_at = :now, attempts = attempts + 1
WHERE message_ref = :message_ref AND attempts < :most
RETURNING id

-- name: early_report_add
INSERT INTO early_report (message_ref, status, at)
SELECT :message_ref, :status, :now
-- Only news that is being sent at this moment can have been reported too early.
WHERE EXISTS (SELECT 1 FROM outbox WHERE given_up_at IS NULL AND keep = 1 AND lease_owner IS NOT NULL)
ON CONFLICT (message_ref) DO UPDATE SET status = :status WHERE early_report.status <> 'arrived'

-- name: early_report_take
DELETE FROM early_report WHERE message_ref = :message_ref RETURNING status

-- name: outbox_release_chat
UPDATE outbox SET lease_owner = NULL, lease_until = NULL WHERE address = :address AND lease_owner = :owner
RETURNING id, lease

-- name: outbox_leased_to
SELECT id, lease FROM outbox WHERE given_up_at IS NULL AND lease_owner = :owner ORDER BY id LIMIT :count

-- name: outbox_release
UPDATE outbox SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND lease = :lease

-- name: outbox_release_all
UPDATE outbox SET lease_owner = NULL, lease_until = NULL WHERE given_up_at IS NULL AND lease_owner IS NOT NULL

-- name: outbox_age
SELECT count(*) AS waiting, min(created_at) AS oldest_at FROM outbox WHERE given_up_at IS NULL

-- name: order_add
INSERT INTO orders (
    id, address, customer, language, service, reference, holder, amount_xof, fee_xof, reference_facture, due_on,
    confirmed_at, updated_at, state, version, due_at, pay_attempts, replays, polls, tokens, facts, hint, hint_tries,
    reason, stuck_at, reopened, borne_xof, commission_xof, client_id, client, batch_id, line, delivered_at, refunded_xof,
    lease_owner, lease_until
) VALUES (
    :id, :address, :customer, :language, :service, :reference, :holder, :amount_xof, :fee_xof, :reference_facture,
    :due_on, :confirmed_at, :updated_at, :state, :version, :due_at, :pay_attempts, :replays, :polls, :tokens, :facts,
    :hint, :hint_tries, :reason, :stuck_at, :reopened, :borne_xof, :commission_xof, :client_id, :client, :batch_id,
    :line, :delivered_at, :refunded_xof, :lease_owner, :lease_until
)
ON CONFLICT (id) DO NOTHING
RETURNING id

-- name: order_save
UPDATE orders
SET updated_at = :updated_at, state = :state, version = version + 1, due_at = :due_at, pay_attempts = :pay_attempts,
    replays = :replays, polls = :polls, tokens = :tokens, facts = :facts, hint = :hint, hint_tries = :hint_tries,
    reason = :reason, stuck_at = :stuck_at, reopened = :reopened, borne_xof = :borne_xof,
    delivered_at = :delivered_at, refunded_xof = :refunded_xof,
    -- Every write of this row is one of all its indexes: a lease that ends or begins with it costs none of its own.
    -- One begins only where nobody has any, and then nobody waits any more for what it is taken for.
    lease_until = CASE
        WHEN lease_owner = :lease_ends_of THEN NULL
        WHEN lease_owner IS NULL THEN :leased_until
        ELSE lease_until
    END,
    lease_owner = CASE
        WHEN lease_owner = :lease_ends_of THEN NULL
        WHEN lease_owner IS NULL THEN :leased_to
        ELSE lease_owner
    END,
    awaited_at = CASE WHEN lease_owner IS NULL AND :leased_to IS NOT NULL THEN NULL ELSE awaited_at END
WHERE id = :id AND version = :version
RETURNING version

-- name: order_lease
UPDATE orders SET lease_owner = :owner, lease_until = :until, awaited_at = NULL WHERE id = :id

-- name: order_unlease
UPDATE orders SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND lease_owner = :owner

-- name: order_renew
UPDATE orders SET lease_until = :until WHERE id = :id AND lease_owner = :owner

-- name: orders_leased_to
SELECT id FROM orders WHERE due_at IS NOT NULL AND lease_owner = :owner

-- name: orders_release
UPDATE orders SET lease_owner = NULL, lease_until = NULL, due_at = :now WHERE lease_owner IS NOT NULL

-- name: order_set_aside
UPDATE orders SET due_at = NULL, stuck_at = :now, lease_owner = NULL, lease_until = NULL WHERE id = :id

-- name: order_load
SELECT * FROM orders WHERE id = :id

-- name: order_find
SELECT * FROM orders WHERE id >= :first AND id < :last ORDER BY id LIMIT 2

-- name: order_own
-- By the id first: of somebody who sells, the index over customers names every order that they ever made.
SELECT * FROM orders WHERE customer || '' = :customer AND id >= :first AND id < :last ORDER BY id LIMIT 2

-- name: orders_due
-- By class; in each class the first thing of everybody before the second of anybody, and of these that of the customer
-- who had no place for longest. A turn of a time that has not come counts for none.
SELECT o.* FROM (
    SELECT due.id, due.class, due.nth, due.due_at, due.line,
        CASE WHEN t.at IS NULL OR t.at > :now THEN 0 ELSE t.at END AS turn_at
    FROM (
        SELECT d.*, row_number() OVER (
            PARTITION BY d.class, d.customer
            -- Of a batch, what was sent before what waits to be.
            ORDER BY CASE WHEN d.state = 'waiting' THEN 1 ELSE 0 END, d.due_at, d.line, d.id
        ) AS nth
        FROM (
            SELECT id, customer, state, due_at, line, CASE
                WHEN batch_id IS NOT NULL THEN 3
                WHEN state = 'waiting' THEN 0
                WHEN awaited_at IS NOT NULL OR state IN ('unknown', 'sending') OR hint_tries BETWEEN 1 AND :tries THEN 1
                ELSE 2
            END AS class
            FROM orders
            WHERE due_at IS NOT NULL
              AND (due_at <= :now OR updated_at > :ahead)
              -- Of our own leases we know by ourselves.
              AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))
        ) AS d
    ) AS due
    LEFT JOIN provider_turn AS t
        ON t.kind = CASE due.class WHEN 0 THEN 'pay' WHEN 1 THEN 'look_up' WHEN 2 THEN 'poll' ELSE 'batch' END
        AND t.customer = due.customer
    ORDER BY due.class, due.nth, turn_at, due.due_at, due.line, due.id
    LIMIT :count
) AS following
JOIN orders AS o ON o.id = following.id
ORDER BY following.class, following.nth, following.turn_at, following.due_at, following.line, following.id

-- name: order_awaited
UPDATE orders SET awaited_at = :now WHERE id = :id

-- name: bought_since
SELECT 1 AS one FROM orders
WHERE service = :service AND reference = :reference
  AND (state NOT IN ('delivered', 'refused', 'cancelled') OR updated_at >= :since)
LIMIT 1

-- name: order_due_now
SELECT * FROM orders
WHERE id = :id AND due_at IS NOT NULL
  AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))

-- name: orders_of
SELECT * FROM orders WHERE customer = :customer ORDER BY confirmed_at DESC, id LIMIT :count OFFSET :skip

-- name: orders_open_of
SELECT * FROM orders
WHERE customer = :customer AND state NOT IN ('delivered', 'refused', 'cancelled')
ORDER BY confirmed_at DESC, id LIMIT :count

-- name: orders_with_codes_of
SELECT * FROM orders WHERE customer = :customer AND tokens <> '[]' ORDER BY confirmed_at DESC, id LIMIT :count

-- name: order_twin_open
-- By the customer's open orders: for one meter somebody may have bought for years. No index is over these expressions.
SELECT * FROM orders
WHERE customer = :customer AND state NOT IN ('delivered', 'refused', 'cancelled')
  AND '' || service = :service AND '' || reference = :reference AND amount_xof = :amount_xof
ORDER BY confirmed_at DESC LIMIT 1

-- name: order_twin_delivered
SELECT * FROM orders
WHERE customer = :customer AND service = :service AND reference = :reference AND confirmed_at >= :since
  AND state || '' = 'delivered' AND amount_xof = :amount_xof
ORDER BY confirmed_at DESC LIMIT 1

-- name: orders_stuck
SELECT * FROM orders
WHERE state NOT IN ('delivered', 'refused', 'cancelled')
  AND (stuck_at IS NOT NULL OR state IN ('unknown', 'token_awaited') OR confirmed_at < :since)
ORDER BY confirmed_at LIMIT :count

-- name: orders_by_state
SELECT state, count(*) AS many FROM orders
WHERE state NOT IN ('delivered', 'refused', 'cancelled') GROUP BY state

-- name: journal_add
INSERT INTO journal (order_id, at, what, state, detail) VALUES (:order_id, :at, :what, :state, :detail)

-- name: journal_of
SELECT at, what, state, detail FROM journal WHERE order_id = :order_id ORDER BY id

-- name: entry_add
INSERT INTO entry (transfer, account, amount_xof, order_id, note, at)
VALUES (:transfer, :account, :amount_xof, :order_id, :note, :at)

-- name: balance_move
-- What an account has after its entries were written, and its own credit limit.
INSERT INTO customer_balance (customer, balance_xof) VALUES (:customer, :amount_xof)
ON CONFLICT (customer) DO UPDATE SET balance_xof = customer_balance.balance_xof + :amount_xof
RETURNING balance_xof, (SELECT limit_xof FROM credit_limit WHERE credit_limit.customer = :customer) AS limit_xof

-- name: balance_of
SELECT coalesce((SELECT balance_xof FROM customer_balance WHERE customer = :customer), 0) AS available_xof,
    (SELECT coalesce(sum(amount_xof + fee_xof - commission_xof), 0) FROM orders
     WHERE customer = :customer AND state NOT IN ('delivered', 'refused', 'cancelled')) AS held_xof,
    (SELECT limit_xof FROM credit_limit WHERE customer = :customer) AS limit_xof

-- name: available_of
SELECT balance_xof FROM customer_balance WHERE customer = :customer

-- name: account_movements
-- What was before the account went elsewhere is not for whoever has the old telephone.
SELECT
    e.transfer, e.amount_xof, e.at, e.order_id, e.note, coalesce(o.client, '') AS client,
    o.service, coalesce(o.reference, '') AS reference
FROM entry AS e LEFT JOIN orders AS o ON o.id = e.order_id
WHERE e.account = :account
  AND e.at > coalesce((SELECT max(ended_at) FROM account_move WHERE customer = :customer AND state = 'moved'), 0)
ORDER BY e.id DESC LIMIT :count

-- name: entries_of_order
SELECT account, amount_xof FROM entry WHERE order_id = :order_id ORDER BY id

-- name: ledger_accounts
SELECT account, sum(amount_xof) AS balance_xof FROM entry GROUP BY account ORDER BY account

-- name: meters_of
SELECT m.id, m.service, m.reference, m.holder, m.nickname FROM meter AS m
WHERE m.customer = :customer AND (m.service = :service OR :service IS NULL)
ORDER BY coalesce((
    SELECT max(o.confirmed_at) FROM orders AS o
    WHERE o.customer = m.customer AND o.service = m.service AND o.reference = m.reference
), m.saved_at) DESC, m.id LIMIT 50

-- name: meters_recent
-- Of the last orders: somebody who sells has thousands of them.
SELECT o.service, o.reference, o.holder, max(o.confirmed_at) AS confirmed_at FROM (
    SELECT customer, service, reference, holder, confirmed_at FROM orders
    WHERE customer = :customer ORDER BY confirmed_at DESC LIMIT 50
) AS o
WHERE o.service = :service AND NOT EXISTS (
    SELECT 1 FROM meter AS m
    WHERE m.customer = o.customer AND m.service = o.service AND m.reference = o.reference
)
GROUP BY o.service, o.reference, o.holder ORDER BY max(o.confirmed_at) DESC LIMIT :count

-- name: meter_saved
SELECT id FROM meter WHERE customer = :customer AND service = :service AND reference = :reference

-- name: meter_save
INSERT INTO meter (customer, service, reference, holder, nickname, saved_at)
VALUES (:customer, :service, :reference, :holder, :nickname, :now)
ON CONFLICT (customer, service, reference) DO UPDATE SET nickname = :nickname, holder = :holder

-- name: meter_rename
UPDATE meter SET nickname = :nickname WHERE id = :id AND customer = :customer

-- name: meter_delete
DELETE FROM meter WHERE id = :id AND customer = :customer

-- name: budget_take
-- A place where there certainly is one, and nobody of the same class waits for theirs.
UPDATE budget
SET arrival_us = CASE WHEN arrival_us < :now_us OR arrival_us > :beyond_us THEN :now_us ELSE arrival_us END + :interval_us
WHERE (arrival_us - :allowance_us <= :now_us OR arrival_us > :beyond_us)
  AND CASE :kind
      WHEN 'pay' THEN pay_since_us
      WHEN 'look_up' THEN look_up_since_us
      WHEN 'inquiry' THEN inquiry_since_us
      WHEN 'poll' THEN poll_since_us
      ELSE 0
  END = 0
RETURNING arrival_us

-- name: budget_read
SELECT * FROM budget

-- name: budget_write
UPDATE budget
SET arrival_us = :arrival_us, pay_since_us = :pay_since_us, look_up_since_us = :look_up_since_us,
    inquiry_since_us = :inquiry_since_us, poll_since_us = :poll_since_us

-- name: budget_lines_end
UPDATE budget
SET pay_since_us = CASE WHEN :pay = 1 THEN 0 ELSE pay_since_us END,
    look_up_since_us = CASE WHEN :look_up = 1 THEN 0 ELSE look_up_since_us END,
    inquiry_since_us = CASE WHEN :inquiry = 1 THEN 0 ELSE inquiry_since_us END,
    poll_since_us = CASE WHEN :poll = 1 THEN 0 ELSE poll_since_us END

-- name: turn_taken
INSERT INTO provider_turn (kind, customer, at) VALUES (:kind, :customer, :now)
ON CONFLICT (kind, customer) DO UPDATE SET at = :now

-- name: budget_pause
UPDATE budget SET arrival_us = :until_us WHERE arrival_us < :until_us

-- name: alert_gate
INSERT INTO alerted (kind, at) VALUES (:kind, :now)
ON CONFLICT (kind) DO UPDATE SET at = :now WHERE alerted.at <= :before OR alerted.at > :now
RETURNING kind

-- name: kept_load
SELECT value FROM kept WHERE name = :name

-- name: kept_add
INSERT INTO kept (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING

-- name: kept_drop
DELETE FROM kept WHERE name = :name

-- name: ping
SELECT 1 AS one

-- One person, two channels: an account is joined to another, or an address leaves one.

-- name: link_end_made
UPDATE link SET state = 'replaced' WHERE address = :address AND state IN ('made', 'asked')

-- name: link_add
INSERT INTO link (code, address, state, made_at, expires_at) VALUES (:code, :address, 'made', :now, :expires_at)

-- name: link_of_code
SELECT l.id, l.code, l.address, l.other, l.state, l.made_at, l.expires_at,
       coalesce(maker.language, 'fr') AS language, coalesce(taker.language, 'fr') AS other_language
FROM link AS l
LEFT JOIN session AS maker ON maker.address = l.address
LEFT JOIN session AS taker ON taker.address = l.other
WHERE l.code = :code ORDER BY l.id DESC LIMIT 1

-- name: link_of_address
SELECT code FROM link
WHERE (address = :address OR other = :address) AND state IN ('made', 'asked') ORDER BY id DESC LIMIT 1

-- name: link_ask
UPDATE link SET state = 'asked', other = :other, expires_at = :expires_at WHERE id = :id AND state = 'made'
RETURNING id

-- name: link_end
UPDATE link SET state = 'refused' WHERE id = :id AND state IN ('made', 'asked')
RETURNING id

-- name: link_join
UPDATE link SET state = 'joined' WHERE id = :id AND state = 'asked'
RETURNING address, other

-- name: link_miss_add
INSERT INTO link_miss (address, at) VALUES (:address, :now)

-- name: link_tries
SELECT
    (SELECT count(*) FROM link WHERE address = :address AND made_at > :since AND made_at <= :now) AS made,
    (SELECT count(*) FROM link_miss WHERE address = :address AND at > :since AND at <= :now) AS wrong,
    (SELECT count(*) FROM link_miss WHERE at > :since AND at <= :now) AS all_wrong

-- name: account_members
-- A session that was made for somebody who has not written yet was never updated.
SELECT address, language, CASE WHEN body LIKE '%"updated_at":%' THEN 1 ELSE 0 END AS has_written
FROM session WHERE customer = :customer ORDER BY address

-- name: account_size
SELECT
    (SELECT count(*) FROM orders WHERE customer = :customer) AS orders,
    (SELECT count(*) FROM meter WHERE customer = :customer) AS meters

-- name: session_join
UPDATE session SET customer = :into, version = version + 1 WHERE customer = :customer
RETURNING address

-- name: session_part
-- The speaker's own session is written after this in the same transaction, guarded by the version that was read.
UPDATE session
SET customer = :address, version = version + CASE WHEN address = :asked_by THEN 0 ELSE 1 END
WHERE address = :address AND customer = :customer AND customer <> :address
RETURNING address

-- name: orders_join
UPDATE orders SET customer = :into, version = version + 1 WHERE customer = :customer

-- name: meters_join_known
DELETE FROM meter WHERE customer = :customer AND EXISTS (
    SELECT 1 FROM meter AS known
    WHERE known.customer = :into AND known.service = meter.service AND known.reference = meter.reference
)

-- name: meters_join
UPDATE meter SET customer = :into WHERE customer = :customer
