-- Customers pay for themselves: collections, the payments that came in, and pay-backs.

-- One request to a payer for one sum; the row is the durable job (due_at, lease). `quote` is what it pays for, frozen, as
-- JSON; without one it is a top-up. `payments` are those that are known, `webhook_claim` what a webhook claims, both JSON.
-- `awaited_at`: since when somebody waits for the next look. `message_ref` is the message that tells of it, which the next
-- news of it may replace.
CREATE TABLE collection (
    id                  TEXT    NOT NULL,
    address             TEXT    NOT NULL,
    customer            TEXT    NOT NULL,
    language            TEXT    NOT NULL,
    collector           TEXT    NOT NULL,
    method              TEXT    NOT NULL,
    amount_xof          INTEGER NOT NULL,
    fee_xof             INTEGER NOT NULL,
    quote_id            TEXT,
    quote               TEXT,
    payer               TEXT,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    state               TEXT    NOT NULL,
    version             INTEGER NOT NULL,
    due_at              INTEGER,
    creates             INTEGER NOT NULL,
    polls               INTEGER NOT NULL,
    provider_id         TEXT,
    url                 TEXT,
    payments            TEXT    NOT NULL,
    webhook_claim       TEXT,
    webhook_claim_tries INTEGER NOT NULL,
    reason              TEXT    NOT NULL,
    abandoned_at        INTEGER,
    stuck_at            INTEGER,
    awaited_at          INTEGER,
    message_ref         TEXT,
    lease_owner         TEXT,
    lease_until         INTEGER,
    CONSTRAINT collection_pk PRIMARY KEY (id),
    CONSTRAINT collection_amount CHECK (amount_xof > 0 AND fee_xof >= 0)
);
CREATE INDEX collection_due ON collection (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX collection_moved ON collection (updated_at) WHERE due_at IS NOT NULL;
CREATE INDEX collection_leased ON collection (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX collection_customer ON collection (customer, created_at);
CREATE INDEX collection_address ON collection (address);
CREATE INDEX collection_quote ON collection (quote_id) WHERE quote_id IS NOT NULL;
-- Never a second one for a quote while the first may be paid.
CREATE UNIQUE INDEX collection_live ON collection (quote_id)
WHERE quote_id IS NOT NULL AND state IN ('waiting', 'opening', 'open', 'unknown');
CREATE INDEX collection_open ON collection (state, created_at) WHERE state IN ('waiting', 'opening', 'open', 'unknown');
CREATE INDEX collection_stuck ON collection (stuck_at) WHERE stuck_at IS NOT NULL;
CREATE INDEX collection_created ON collection (created_at);

-- Every payment that came in, once: `key` is the provider's id for it, else its place in its collection. `kept_xof` is what
-- of it stayed as an advance.
CREATE TABLE collected (
    key           TEXT    NOT NULL,
    collection_id TEXT    NOT NULL,
    amount_xof    INTEGER NOT NULL,
    fee_xof       INTEGER,
    payer         TEXT,
    paid_at       INTEGER,
    taken_at      INTEGER NOT NULL,
    kept_xof      INTEGER NOT NULL,
    CONSTRAINT collected_pk PRIMARY KEY (key)
);
CREATE INDEX collected_collection ON collected (collection_id);
CREATE INDEX collected_taken ON collected (taken_at);

-- Money that goes back to the number that paid; the row is the durable job.
CREATE TABLE payback (
    id                  TEXT    NOT NULL,
    address             TEXT    NOT NULL,
    customer            TEXT    NOT NULL,
    language            TEXT    NOT NULL,
    collector           TEXT    NOT NULL,
    method              TEXT    NOT NULL,
    payer               TEXT    NOT NULL,
    amount_xof          INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    collection_id       TEXT,
    state               TEXT    NOT NULL,
    version             INTEGER NOT NULL,
    due_at              INTEGER,
    pays                INTEGER NOT NULL,
    polls               INTEGER NOT NULL,
    provider_id         TEXT,
    fee_xof             INTEGER,
    webhook_claim       TEXT,
    webhook_claim_tries INTEGER NOT NULL,
    reason              TEXT    NOT NULL,
    stuck_at            INTEGER,
    lease_owner         TEXT,
    lease_until         INTEGER,
    CONSTRAINT payback_pk PRIMARY KEY (id),
    CONSTRAINT payback_amount CHECK (amount_xof > 0)
);
CREATE INDEX payback_due ON payback (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX payback_moved ON payback (updated_at) WHERE due_at IS NOT NULL;
CREATE INDEX payback_leased ON payback (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX payback_customer ON payback (customer, created_at);
CREATE INDEX payback_address ON payback (address);
CREATE INDEX payback_collection ON payback (collection_id) WHERE collection_id IS NOT NULL;
CREATE INDEX payback_open ON payback (state, created_at) WHERE state NOT IN ('done', 'kept');
CREATE INDEX payback_created ON payback (created_at);

-- The number with which somebody paid last, so that it need not be typed again.
CREATE TABLE payer (
    customer TEXT    NOT NULL,
    method   TEXT    NOT NULL,
    number   TEXT    NOT NULL,
    used_at  INTEGER NOT NULL,
    CONSTRAINT payer_pk PRIMARY KEY (customer, method)
);
CREATE INDEX payer_used ON payer (used_at);

-- Where customers had advances before, they keep them, until the operator says otherwise.
INSERT INTO rule (name, value) SELECT 'advances', 'allowed' WHERE EXISTS (SELECT 1 FROM customer_balance)
ON CONFLICT (name) DO NOTHING;
