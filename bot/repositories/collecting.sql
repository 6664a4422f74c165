-- Collections, the payments that came in, pay-backs, and the numbers that people paid with.

-- name: collection_add
-- Nothing where the id is there, or where another one for the quote may still be paid.
INSERT INTO collection (
    id, address, customer, language, collector, method, amount_xof, fee_xof, quote_id, quote, payer, created_at,
    updated_at, expires_at, kind, state, version, due_at, creates, polls, provider_id, url, payments, webhook_claim,
    webhook_claim_tries, reason, abandoned_at, stuck_at
) VALUES (
    :id, :address, :customer, :language, :collector, :method, :amount_xof, :fee_xof, :quote_id, :quote, :payer,
    :created_at, :updated_at, :expires_at, :kind, :state, :version, :due_at, :creates, :polls, :provider_id, :url, :payments,
    :webhook_claim, :webhook_claim_tries, :reason, :abandoned_at, :stuck_at
)
ON CONFLICT DO NOTHING
RETURNING id

-- name: collection_save
UPDATE collection
SET updated_at = :updated_at, expires_at = :expires_at, state = :state, version = version + 1, due_at = :due_at,
    creates = :creates, polls = :polls, provider_id = :provider_id, url = :url, payments = :payments,
    webhook_claim = :webhook_claim, webhook_claim_tries = :webhook_claim_tries, reason = :reason,
    abandoned_at = :abandoned_at, stuck_at = :stuck_at
WHERE id = :id AND version = :version
RETURNING version

-- name: collection_load
SELECT * FROM collection WHERE id = :id

-- name: collection_find
SELECT * FROM collection WHERE id >= :first AND id < :last ORDER BY id LIMIT 2

-- name: collection_of_quote
-- The one that was paid, else the newest.
SELECT * FROM collection WHERE quote_id = :quote_id ORDER BY CASE WHEN state = 'paid' THEN 0 ELSE 1 END, created_at DESC, id
LIMIT 1

-- name: collections_open_of
SELECT * FROM collection
WHERE customer = :customer AND created_at >= :since AND state IN ('waiting', 'opening', 'open', 'unknown')
ORDER BY created_at DESC, id LIMIT :count

-- name: collections_of
SELECT * FROM collection WHERE customer = :customer ORDER BY created_at DESC, id LIMIT :count

-- name: collections_newest
SELECT * FROM collection WHERE created_at >= :since ORDER BY created_at DESC, id LIMIT :count

-- name: collections_stuck
SELECT * FROM collection WHERE stuck_at IS NOT NULL ORDER BY stuck_at, id LIMIT :count

-- name: collections_lately
-- How the ways to pay did: what each came to, of those begun since.
SELECT method, state, reason, count(*) AS many FROM collection WHERE created_at >= :since GROUP BY method, state, reason

-- name: collections_due
SELECT id FROM collection
WHERE due_at IS NOT NULL AND due_at <= :now
  AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))
ORDER BY due_at, id LIMIT :count

-- name: collections_ahead
-- Written before the clock was set back.
SELECT id FROM collection WHERE due_at IS NOT NULL AND updated_at > :ahead AND lease_owner IS NULL
ORDER BY updated_at, id LIMIT :count

-- name: collection_due_now
SELECT * FROM collection
WHERE id = :id AND due_at IS NOT NULL
  AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))

-- name: collection_lease
UPDATE collection SET lease_owner = :owner, lease_until = :until, awaited_at = NULL WHERE id = :id

-- name: collection_unlease
UPDATE collection SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND lease_owner = :owner

-- name: collection_awaited
UPDATE collection SET awaited_at = :now, due_at = :now WHERE id = :id

-- name: collection_code_tries
SELECT code_tries FROM collection WHERE id = :id

-- name: collection_code_try
-- Counted before it leaves, and never more than the bound, however many are in flight.
UPDATE collection SET code_tries = code_tries + 1 WHERE id = :id AND state = 'open' AND code_tries < :most
RETURNING code_tries

-- name: collection_set_aside
UPDATE collection SET due_at = NULL, stuck_at = :now, lease_owner = NULL, lease_until = NULL WHERE id = :id

-- name: collections_leased_to
SELECT id FROM collection WHERE lease_owner = :owner

-- name: collections_release
UPDATE collection SET lease_owner = NULL, lease_until = NULL, due_at = CASE WHEN due_at IS NULL THEN due_at ELSE :now END
WHERE lease_owner IS NOT NULL

-- name: collections_release_of
UPDATE collection SET lease_owner = NULL, lease_until = NULL, due_at = CASE WHEN due_at IS NULL THEN due_at ELSE :now END
WHERE lease_owner = :owner

-- name: collection_message
UPDATE collection SET message_ref = :message_ref WHERE id = :id

-- name: collection_message_of
SELECT message_ref FROM collection WHERE id = :id

-- name: collections_join
UPDATE collection SET customer = :into, version = version + 1 WHERE customer = :customer

-- name: collections_part
-- Those that the addresses that leave began, or that pay for orders which they take with them.
UPDATE collection SET customer = :into, version = version + 1
WHERE customer = :account
  AND (replace(:orders, '"' || coalesce(quote_id, '') || '"', '') <> :orders
       OR replace(:theirs, '"' || address || '"', '') <> :theirs)

-- name: chat_collections_join
UPDATE collection SET address = :into, version = version + 1 WHERE address = :chat

-- Payments.

-- name: collected_add
INSERT INTO collected (key, collection_id, amount_xof, fee_xof, payer, paid_at, taken_at, kept_xof)
VALUES (:key, :collection_id, :amount_xof, :fee_xof, :payer, :paid_at, :now, 0)
ON CONFLICT (key) DO NOTHING
RETURNING key

-- name: collected_by
SELECT collection_id FROM collected WHERE key = :key

-- name: collected_kept
UPDATE collected SET kept_xof = :kept_xof WHERE key = :key

-- name: collected_of
SELECT key, collection_id, amount_xof, fee_xof, payer, paid_at, taken_at, kept_xof FROM collected
WHERE collection_id = :collection_id ORDER BY taken_at, key

-- name: kept_since
SELECT coalesce(sum(p.kept_xof), 0) AS kept_xof FROM collection AS c JOIN collected AS p ON p.collection_id = c.id
WHERE c.customer = :customer AND c.created_at >= :begun AND p.taken_at >= :since

-- name: collecting_fee_of
SELECT coalesce(sum(amount_xof), 0) AS fee_xof FROM entry
WHERE transfer >= :first AND transfer < :last AND account || '' = 'collection_fees'

-- name: payer_remember
INSERT INTO payer (customer, method, number, used_at) VALUES (:customer, :method, :number, :now)
ON CONFLICT (customer, method) DO UPDATE SET number = excluded.number, used_at = excluded.used_at

-- name: payer_of
SELECT number FROM payer WHERE customer = :customer AND method = :method

-- name: payer_forget
DELETE FROM payer WHERE customer = :customer

-- Pay-backs.

-- name: payback_add
INSERT INTO payback (
    id, address, customer, language, collector, method, payer, amount_xof, created_at, updated_at, collection_id, state,
    version, due_at, pays, polls, provider_id, fee_xof, webhook_claim, webhook_claim_tries, reason, stuck_at
) VALUES (
    :id, :address, :customer, :language, :collector, :method, :payer, :amount_xof, :created_at, :updated_at,
    :collection_id, :state, :version, :due_at, :pays, :polls, :provider_id, :fee_xof, :webhook_claim,
    :webhook_claim_tries, :reason, :stuck_at
)
ON CONFLICT (id) DO NOTHING
RETURNING id

-- name: payback_save
UPDATE payback
SET method = :method, payer = :payer, updated_at = :updated_at, state = :state, version = version + 1, due_at = :due_at, pays = :pays, polls = :polls,
    provider_id = :provider_id, fee_xof = :fee_xof, webhook_claim = :webhook_claim,
    webhook_claim_tries = :webhook_claim_tries, reason = :reason, stuck_at = :stuck_at
WHERE id = :id AND version = :version
RETURNING version

-- name: payback_load
SELECT * FROM payback WHERE id = :id

-- name: payback_find
SELECT * FROM payback WHERE id >= :first AND id < :last ORDER BY id LIMIT 2

-- name: paybacks_of
SELECT * FROM payback WHERE customer = :customer ORDER BY created_at DESC, id LIMIT :count

-- name: paybacks_of_collection
SELECT * FROM payback WHERE collection_id = :collection_id ORDER BY created_at, id

-- name: paybacks_open
-- Those that have not ended, the ones that need a person first.
SELECT * FROM payback WHERE state NOT IN ('done', 'kept')
ORDER BY CASE WHEN state = 'held' OR stuck_at IS NOT NULL THEN 0 ELSE 1 END, created_at, id LIMIT :count

-- name: paybacks_due
SELECT id FROM payback
WHERE due_at IS NOT NULL AND due_at <= :now
  AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))
ORDER BY due_at, id LIMIT :count

-- name: paybacks_ahead
SELECT id FROM payback WHERE due_at IS NOT NULL AND updated_at > :ahead AND lease_owner IS NULL
ORDER BY updated_at, id LIMIT :count

-- name: payback_due_now
SELECT * FROM payback
WHERE id = :id AND due_at IS NOT NULL
  AND (lease_owner IS NULL OR (lease_owner <> :owner AND (lease_until <= :expired OR lease_until > :never)))

-- name: payback_lease
UPDATE payback SET lease_owner = :owner, lease_until = :until WHERE id = :id

-- name: payback_unlease
UPDATE payback SET lease_owner = NULL, lease_until = NULL WHERE id = :id AND lease_owner = :owner

-- name: payback_set_aside
UPDATE payback SET due_at = NULL, stuck_at = :now, lease_owner = NULL, lease_until = NULL WHERE id = :id

-- name: paybacks_leased_to
SELECT id FROM payback WHERE lease_owner = :owner

-- name: paybacks_release
UPDATE payback SET lease_owner = NULL, lease_until = NULL, due_at = CASE WHEN due_at IS NULL THEN due_at ELSE :now END
WHERE lease_owner IS NOT NULL

-- name: paybacks_release_of
UPDATE payback SET lease_owner = NULL, lease_until = NULL, due_at = CASE WHEN due_at IS NULL THEN due_at ELSE :now END
WHERE lease_owner = :owner

-- name: paybacks_join
UPDATE payback SET customer = :into, version = version + 1 WHERE customer = :customer

-- name: paybacks_part
UPDATE payback SET customer = :into, version = version + 1
WHERE customer = :account AND replace(:theirs, '"' || address || '"', '') <> :theirs

-- name: chat_paybacks_join
UPDATE payback SET address = :into, version = version + 1 WHERE address = :chat
