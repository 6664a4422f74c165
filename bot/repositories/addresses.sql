-- Whose chat it is: the names that a channel gives of a person.

-- name: addresses_named
-- All that is known of the names in one webhook. `later`: the number was left for another, or for an id that came after it.
SELECT a.kind, a.value, a.first_seen_at, a.last_seen_at, a.chat, CASE WHEN EXISTS (
    SELECT 1 FROM address AS later WHERE later.chat = a.chat AND later.kind = 'number'
      AND later.first_seen_at > a.first_seen_at
) OR EXISTS (
    SELECT 1 FROM address AS later WHERE later.chat = a.chat AND later.kind = 'user_id'
      AND later.first_seen_at > a.last_seen_at
) THEN 1 ELSE 0 END AS later
FROM address AS a WHERE a.channel = :channel AND a.kind = 'number' AND a.value = :number
UNION ALL
SELECT a.kind, a.value, a.first_seen_at, a.last_seen_at, a.chat, 0 AS later
FROM address AS a WHERE a.channel = :channel AND a.kind = 'user_id' AND a.value = :user_id

-- name: address_sessions
SELECT address FROM session WHERE address IN (:number_chat, :user_id_chat)

-- name: addresses_of
SELECT kind, value, first_seen_at, last_seen_at, chat, learnt_by, 0 AS later FROM address
WHERE chat = :chat ORDER BY kind, first_seen_at

-- name: address_add
INSERT INTO address (channel, kind, value, first_seen_at, last_seen_at, chat, learnt_by)
VALUES (:channel, :kind, :value, :at, :at, :chat, :learnt_by)
ON CONFLICT (channel, kind, value, first_seen_at) DO NOTHING

-- name: address_seen
UPDATE address SET last_seen_at = :at
WHERE channel = :channel AND kind = :kind AND value = :value AND chat = :chat AND last_seen_at < :at

-- name: address_username_end
DELETE FROM address WHERE chat = :chat AND kind = 'username'

-- name: address_newest
SELECT chat FROM address WHERE channel = :channel AND kind = :kind AND value = :value
ORDER BY first_seen_at DESC LIMIT 1

-- name: address_chats
-- Every chat that a name may mean: the one that is called so itself, and those that have ever had it.
SELECT address AS chat, 1 AS own FROM session WHERE address = :address
UNION ALL
SELECT chat, 0 AS own FROM (
    SELECT DISTINCT chat FROM address WHERE channel = :channel AND value = :value AND kind <> 'username'
) AS named WHERE chat <> :address

-- name: address_join
UPDATE address SET chat = :into WHERE chat = :chat

-- name: session_reach
UPDATE session SET reach = :reach WHERE address = :address

-- name: chat_holds
-- How much a chat, and the account that only this chat uses, could lose.
SELECT
    (SELECT count(*) FROM session WHERE address = :chat AND customer <> :chat)
    + (SELECT count(*) FROM session WHERE customer = :chat AND address <> :chat)
    + (SELECT count(*) FROM entry WHERE account = :account)
    + (SELECT count(*) FROM orders WHERE customer = :chat)
    + (SELECT count(*) FROM meter WHERE customer = :chat)
    + (SELECT count(*) FROM batch WHERE customer = :chat)
    + (SELECT count(*) FROM reseller WHERE customer = :chat)
    + (SELECT count(*) FROM client WHERE customer = :chat)
    + (SELECT count(*) FROM credit_limit WHERE customer = :chat)
    + (SELECT count(*) FROM frozen WHERE customer = :chat)
    + (SELECT count(*) FROM admin WHERE address = :chat)
    + (SELECT count(*) FROM consent WHERE address = :chat)
    + (SELECT count(*) FROM seller WHERE address = :chat AND ended_at IS NULL)
    + (SELECT count(*) FROM identity_case WHERE chat = :chat AND state IN ('open', 'another')) AS things

-- name: chat_forget
DELETE FROM session WHERE address = :chat

-- name: chat_links_end
UPDATE link SET state = 'replaced' WHERE (address = :chat OR other = :chat) AND state IN ('made', 'asked')

-- One person after all: what was written under one name goes on under the other.

-- name: chat_outbox_join
UPDATE outbox SET address = :into WHERE address = :chat

-- name: chat_orders_join
UPDATE orders SET address = :into, version = version + 1 WHERE address = :chat

-- name: chat_consents_join
UPDATE consent SET address = :into WHERE address = :chat

-- name: chat_batches_join
UPDATE batch SET address = :into WHERE address = :chat

-- name: chat_invitations_join
UPDATE invitation SET address = :into WHERE address = :chat

-- name: chat_proofs_join
-- A picture has its name in one channel alone.
UPDATE proof SET address = :into, picture = CASE WHEN picture = '' OR :same_channel = 1 THEN picture ELSE '-' END
WHERE address = :chat

-- name: chat_approvals_join
UPDATE approval SET address = :into WHERE address = :chat

-- name: chat_awaiting_end
DELETE FROM awaiting WHERE address = :chat

-- name: session_reachable
-- What was kept for somebody goes out when they next write.
UPDATE session SET unreachable_at = coalesce(unreachable_at, updated_at) WHERE address = :address

-- Two who may be one.

-- name: case_add
INSERT INTO identity_case (chat, other, value, kind, state, froze, at)
SELECT :chat, :other, :value, :kind, 'open', :froze, :now
WHERE NOT EXISTS (
    SELECT 1 FROM identity_case WHERE chat = :chat AND other = :other AND kind = :kind AND state = 'open'
)
RETURNING id

-- name: cases_open
SELECT id, chat, other, value, kind, state, froze, at FROM identity_case
WHERE state = 'open' ORDER BY at DESC, id DESC LIMIT :count

-- name: cases_of
SELECT id, chat, other, value, kind, state, froze, at FROM identity_case
WHERE chat = :chat AND state IN ('open', 'another') ORDER BY id DESC

-- name: case_about
SELECT id, chat, other, value, kind, state, froze, at FROM identity_case
WHERE (chat = :chat OR other = :chat OR value = :value) AND state IN ('open', 'another') ORDER BY id DESC LIMIT 1

-- name: case_decide
UPDATE identity_case SET state = :state, other = :other, decided_by = :by, decided_at = :now
WHERE id = :id AND state IN ('open', 'another')
RETURNING froze

-- name: cases_end
UPDATE identity_case SET state = :state, decided_at = :now WHERE chat = :chat AND state IN ('open', 'another')
RETURNING froze

-- name: frozen_now
INSERT INTO frozen (customer, at) VALUES (:customer, :now) ON CONFLICT (customer) DO NOTHING
RETURNING customer

-- name: chat_seen
SELECT s.language, s.updated_at AS seen_at,
       (SELECT count(*) FROM orders WHERE customer = s.customer AND state NOT IN ('delivered', 'refused', 'cancelled'))
           AS open_orders
FROM session AS s WHERE s.address = :chat
