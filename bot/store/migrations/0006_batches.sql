-- Many sales at once. A list is kept the moment it was read; its lines become orders when it is confirmed, each under the
-- id that it was given here, so that no line can ever become two.

-- `state`: checking, ready, running, done, dropped. `moved` is 1 when something happened that its owner was not told of.
-- `told_at` and `told_id` are the last word on progress and its row in the outbox, `message_ref` the channel's name for
-- the message that tells it. `asked_at` is when its check was last brought to the dialogue.
CREATE TABLE batch (
    id          TEXT    NOT NULL,
    customer    TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    lines       INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    started_at  INTEGER,
    stopped_at  INTEGER,
    ended_at    INTEGER,
    moved       INTEGER NOT NULL,
    told_at     INTEGER NOT NULL,
    told_id     INTEGER,
    message_ref TEXT,
    asked_at    INTEGER NOT NULL,
    CONSTRAINT batch_pk PRIMARY KEY (id),
    CONSTRAINT batch_state CHECK (state IN ('checking', 'ready', 'running', 'done', 'dropped'))
);
CREATE INDEX batch_customer ON batch (customer, made_at);
CREATE INDEX batch_open ON batch (state) WHERE state IN ('checking', 'running');

-- A line as it was written and read, its fault if it has one, and whose meter it is. `state`: good, bad, or to_check until
-- the provider has said whose meter it is; `asked` marks the one line of each meter by which the provider is asked, and
-- `due_at` says when (NULL: it was).
CREATE TABLE batch_line (
    batch_id   TEXT    NOT NULL,
    line       INTEGER NOT NULL,
    order_id   TEXT    NOT NULL,
    written    TEXT    NOT NULL,
    reference  TEXT    NOT NULL,
    amount_xof INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    holder     TEXT    NOT NULL,
    client_id  INTEGER,
    fault      TEXT    NOT NULL,
    repeats    INTEGER,
    state      TEXT    NOT NULL,
    asked      INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    due_at     INTEGER,
    CONSTRAINT batch_line_pk PRIMARY KEY (batch_id, line),
    CONSTRAINT batch_line_order UNIQUE (order_id),
    CONSTRAINT batch_line_state CHECK (state IN ('good', 'bad', 'to_check'))
);
CREATE INDEX batch_line_due ON batch_line (due_at) WHERE due_at IS NOT NULL;

-- A list is checked against everything that its owner ever bought, meter by meter.
CREATE INDEX orders_reference ON orders (customer, reference);
