-- Who sees to what is wrong, and who is not told of it for a while.
ALTER TABLE concern ADD COLUMN taken_by TEXT;
ALTER TABLE concern ADD COLUMN taken_at INTEGER;

CREATE TABLE alert_silence (
    address  TEXT    NOT NULL,
    until_at INTEGER NOT NULL,
    CONSTRAINT alert_silence_pk PRIMARY KEY (address)
);
