-- A channel may take a message and tell only later whether it arrived. Until then order news stays in the outbox at rest
-- (`given_up_at` is set, so nobody sends it) under the channel's name for it, and is deleted when it has arrived. News at
-- rest without such a name goes out with the person's next message.
ALTER TABLE outbox ADD COLUMN message_ref TEXT;
CREATE INDEX outbox_message_ref ON outbox (message_ref) WHERE message_ref IS NOT NULL;

-- What a channel told of a message before we had written down that it was taken; forgotten after some days.
CREATE TABLE early_report (
    message_ref TEXT    NOT NULL,
    fate        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    CONSTRAINT early_report_pk PRIMARY KEY (message_ref)
);
