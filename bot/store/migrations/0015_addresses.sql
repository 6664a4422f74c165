-- By which names a channel knows a person, so that a customer is the same tomorrow.

-- One row for each name that a channel gave of a person, from when on it was theirs. `chat` is the person's address in
-- all other tables (session.address), whatever they are called today. `kind`: a number can go to another human being, a
-- user_id (WhatsApp's business-scoped id) never does, a username is only shown and proves nothing. `first_seen_at` is the
-- channel's own time; `last_seen_at` is written at most once a day. `learnt_by`: message, status, moved (the channel said
-- that a person's name changed), admin. Whose a value is at some time is the row of it that began last before that.
-- Numbers and ids are kept as long as the account that they lead to; a username only until the next one.
CREATE TABLE address (
    channel       TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    value         TEXT    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    chat          TEXT    NOT NULL,
    learnt_by     TEXT    NOT NULL,
    CONSTRAINT address_pk PRIMARY KEY (channel, kind, value, first_seen_at),
    CONSTRAINT address_kind CHECK (kind IN ('number', 'user_id', 'username'))
);
CREATE INDEX address_chat ON address (chat, kind, first_seen_at);
CREATE INDEX address_value ON address (value);

-- Whom messages to a chat go to: NULL for the chat's own address, else the name that is good now; empty for nobody, while
-- its number is in somebody else's hands.
ALTER TABLE session ADD COLUMN reach TEXT;

-- Two who may be one, for admins to decide. `chat` had the name `value` and `other` has it now. `kind`: taken (the name
-- came back with another id: another human being as far as anybody can tell, and `chat` is suspended), or held (the
-- channel says that `chat` is now called `value`, which somebody with an account of their own holds; nothing was moved).
-- `state`: open; same and another are what admins decided; returned: the owner came back under their own id, or the
-- channel proved them to be one. `froze` says that the account was paused for this alone. Kept for good: it says who was
-- given whose account.
CREATE TABLE identity_case (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    chat       TEXT    NOT NULL,
    other      TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    froze      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    CONSTRAINT identity_case_kind CHECK (kind IN ('taken', 'held')),
    CONSTRAINT identity_case_state CHECK (state IN ('open', 'same', 'another', 'returned'))
);
CREATE INDEX identity_case_chat ON identity_case (chat, state);
CREATE INDEX identity_case_open ON identity_case (state, at) WHERE state = 'open';

-- What a link joined to an account, so that it can be undone within a day: who was on either side, the money that the
-- other account brought, and, as JSON, its orders, meters and clients. Kept for 8 days.
CREATE TABLE link_undo (
    link_id     INTEGER NOT NULL,
    account     TEXT    NOT NULL,
    customer    TEXT    NOT NULL,
    addresses   TEXT    NOT NULL,
    brought     TEXT    NOT NULL,
    brought_xof INTEGER NOT NULL,
    joined_at   INTEGER NOT NULL,
    undone_at   INTEGER,
    undone_by   TEXT,
    CONSTRAINT link_undo_pk PRIMARY KEY (link_id)
);
CREATE INDEX link_undo_joined_at ON link_undo (joined_at);
