-- A PIN that is locked until an admin takes it away is blocked, as a purchase is.

ALTER TABLE pin_lock RENAME COLUMN barred_at TO blocked_at;
