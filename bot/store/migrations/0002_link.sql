-- Codes that join a second address to an account. `address` made the code, `other` typed it. `state` goes from made to
-- asked to joined, or ends as refused or replaced; `expires_at` is the end of the step it is in.
CREATE TABLE link (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    code       TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    other      TEXT,
    state      TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX link_code ON link (code);
CREATE INDEX link_address ON link (address);
CREATE INDEX link_other ON link (other) WHERE other IS NOT NULL;

-- Wrong codes that an address typed, to be counted for an hour.
CREATE TABLE link_miss (
    address TEXT    NOT NULL,
    at      INTEGER NOT NULL
);
CREATE INDEX link_miss_address ON link_miss (address, at);
