-- Conversations with a person: whoever asks for one writes to a queue that admins answer from.

-- `address` is the chat that is answered, `order_id` the order that it began with. `waiting_at` is since when something of
-- the customer's has no answer, `told_at` when admins were told of it. `taken_by` is who answers, `taken_at` when they did
-- so last.
CREATE TABLE conversation (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    address    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    order_id   TEXT,
    began_at   INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    waiting_at INTEGER,
    told_at    INTEGER,
    taken_by   TEXT,
    taken_at   INTEGER
);
CREATE UNIQUE INDEX conversation_one ON conversation (address) WHERE state = 'open';
CREATE INDEX conversation_open ON conversation (waiting_at) WHERE state = 'open';
CREATE INDEX conversation_updated ON conversation (updated_at);

-- What was said, codes and PINs hidden. `said_by` is the admin; NULL: the customer.
CREATE TABLE conversation_line (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    said_by         TEXT,
    words           TEXT    NOT NULL
);
CREATE INDEX conversation_line_of ON conversation_line (conversation_id, id);
