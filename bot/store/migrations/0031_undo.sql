-- What an admin did and may undo for some minutes: the act, the acts that put back what there was (a JSON list), and what
-- the act set, as it was left. `what` is the act's name in the audit log, `second` who approved it.
CREATE TABLE act_undo (
    id         TEXT    NOT NULL,
    act        TEXT    NOT NULL,
    inverse    TEXT    NOT NULL,
    left_as    TEXT    NOT NULL,
    what       TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    by_address TEXT    NOT NULL,
    second     TEXT    NOT NULL,
    done_at    INTEGER NOT NULL,
    undone_at  INTEGER,
    undone_by  TEXT,
    CONSTRAINT act_undo_pk PRIMARY KEY (id)
);
CREATE INDEX act_undo_done ON act_undo (done_at);
