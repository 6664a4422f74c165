-- Several processes over one database.

-- The processes that serve: each raises its number all the time. One whose number stands still is taken for dead, its row
-- goes, and what was leased to it is free.
CREATE TABLE replica (
    owner TEXT    NOT NULL,
    beat  INTEGER NOT NULL,
    CONSTRAINT replica_pk PRIMARY KEY (owner)
);

-- What only one of them does at a time, and which one.
CREATE TABLE leader (
    task  TEXT NOT NULL,
    owner TEXT NOT NULL,
    CONSTRAINT leader_pk PRIMARY KEY (task)
);

-- Who asks the provider: for a session's inquiry, and for the line of a list.
ALTER TABLE session ADD COLUMN inquiry_owner TEXT;
ALTER TABLE batch_line ADD COLUMN asked_by TEXT;
