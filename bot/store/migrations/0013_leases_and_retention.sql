-- Leases are numbered, so that who has lost one can change nothing with it; a message that cannot be sent is set aside; and
-- every sweep of `docs/retention.md` has its index.

-- `lease` counts how often a message was taken up. Whoever writes down what became of it names the number that it was taken
-- up under: a number that has moved on is somebody else's.
ALTER TABLE outbox ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;

-- `failures` counts the tries that raised instead of answering. After the last one the message is set aside: `given_up_at`
-- is set, and `problem` names the error's type. It says nothing of the message.
ALTER TABLE outbox ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN problem TEXT;

-- What the sweeps go by. None of these tables is written with every message that somebody sends.
CREATE INDEX alerted_at ON alerted (at);
CREATE INDEX approval_asked_at ON approval (asked_at) WHERE state <> 'asked';
CREATE INDEX awaiting_at ON awaiting (at);
CREATE INDEX batch_done_at ON batch (ended_at) WHERE state = 'done';
CREATE INDEX batch_unbought_at ON batch (made_at) WHERE state IN ('checking', 'ready', 'dropped');
CREATE INDEX broadcast_ended_at ON broadcast (begun_at) WHERE state <> 'running';
CREATE INDEX early_report_at ON early_report (at);
CREATE INDEX invitation_made_at ON invitation (made_at);
CREATE INDEX link_made_at ON link (made_at);
CREATE INDEX link_miss_at ON link_miss (at);
