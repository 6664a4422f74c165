-- Columns and a table that are called what the program calls what they hold.

ALTER TABLE broadcast RENAME COLUMN told TO sent;
ALTER TABLE batch RENAME COLUMN told_at TO progress_at;
ALTER TABLE batch RENAME COLUMN told_id TO progress_id;
ALTER TABLE consent RENAME COLUMN told_at TO notified_at;
ALTER TABLE concern RENAME COLUMN told_at TO reported_at;
ALTER TABLE concern RENAME COLUMN told TO reported;
ALTER TABLE chore RENAME COLUMN told TO summary;
ALTER TABLE early_report RENAME COLUMN fate TO status;
ALTER TABLE provider_fact RENAME COLUMN heard_at TO received_at;
ALTER TABLE hushed RENAME TO waiting_alert;
