-- Messages that still have to leave, among the many that are kept for people who have not written since. A sweep, a start
-- and the gauges read these alone; a message that is sent is in it for a moment only.
CREATE INDEX outbox_waiting ON outbox (id) WHERE given_up_at IS NULL;
