-- A lost telephone: an account is about to go to another address, unless somebody of either side says no.

-- `address` is where it was, `customer` the account that it had then, `into_address` where it goes at `due_at`. `state` goes
-- from waiting to moved, stopped or impossible. `asked_by` and `approved_by` are the two admins, `ended_by` whoever stopped
-- it.
CREATE TABLE account_move (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    address      TEXT    NOT NULL,
    customer     TEXT    NOT NULL,
    into_address TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    asked_by     TEXT    NOT NULL,
    approved_by  TEXT    NOT NULL,
    asked_at     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    ended_at     INTEGER,
    ended_by     TEXT
);
CREATE UNIQUE INDEX account_move_from ON account_move (customer) WHERE state = 'waiting';
CREATE UNIQUE INDEX account_move_into ON account_move (into_address) WHERE state = 'waiting';
CREATE INDEX account_move_customer ON account_move (customer, state);
