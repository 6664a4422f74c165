-- What is wrong and what was reported of it, and alerts that wait to be reported together.

-- name: concerns
SELECT kind, began_at, seen_at, ended_at, reported_at, reported, taken_by, taken_at FROM concern ORDER BY kind

-- name: concern_save
INSERT INTO concern (kind, began_at, seen_at, ended_at, reported_at, reported, taken_by, taken_at)
VALUES (:kind, :began_at, :seen_at, :ended_at, :reported_at, :reported, :taken_by, :taken_at)
ON CONFLICT (kind) DO UPDATE
SET began_at = :began_at, seen_at = :seen_at, ended_at = :ended_at, reported_at = :reported_at, reported = :reported,
    taken_by = :taken_by, taken_at = :taken_at

-- name: alert_set_aside
INSERT INTO waiting_alert (kind, order_id, at) VALUES (:kind, :order_id, :now)

-- name: alerts_waiting
SELECT kind, min(at) AS since FROM waiting_alert GROUP BY kind ORDER BY kind

-- name: alerts_take
DELETE FROM waiting_alert WHERE kind = :kind RETURNING id, order_id, at

-- Who is not told for a while.

-- name: silences
SELECT address, until_at FROM alert_silence ORDER BY address

-- name: silence_set
INSERT INTO alert_silence (address, until_at) VALUES (:address, :until_at)
ON CONFLICT (address) DO UPDATE SET until_at = :until_at

-- name: silence_end
DELETE FROM alert_silence WHERE address = :address RETURNING address

-- name: silences_over
-- A clock that was set back does not make a silence longer.
DELETE FROM alert_silence WHERE until_at <= :now OR until_at > :beyond RETURNING address
