-- What says only that an order is under way may be held back for a moment: `held_for` is that order, whose news takes its
-- place.
ALTER TABLE outbox ADD COLUMN held_for TEXT;
