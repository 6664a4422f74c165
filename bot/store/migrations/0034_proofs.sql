-- What customers hand in to show that they paid: a queue from which owners credit or refuse. `picture` is the channel's own
-- name of a picture ('-' where it has none that shows it again, '' where there is no picture), `reference` the payment's
-- number and `amount_xof` the sum, as far as they are known.
CREATE TABLE proof (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    address    TEXT    NOT NULL,
    picture    TEXT    NOT NULL,
    amount_xof INTEGER,
    reference  TEXT    NOT NULL,
    words      TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    handed_at  INTEGER NOT NULL,
    told_at    INTEGER,
    decided_by TEXT,
    decided_at INTEGER
);
CREATE INDEX proof_open ON proof (handed_at) WHERE state = 'open';
CREATE INDEX proof_address ON proof (address, handed_at);
CREATE INDEX proof_reference ON proof (reference) WHERE reference <> '';
CREATE INDEX proof_handed ON proof (handed_at);
