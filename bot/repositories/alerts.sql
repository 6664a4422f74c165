-- What is wrong and what was reported of it, and alerts that wait to be reported together.

-- name: concerns
SELECT kind, began_at, seen_at, ended_at, reported_at, reported FROM concern ORDER BY kind

-- name: concern_save
INSERT INTO concern (kind, began_at, seen_at, ended_at, reported_at, reported)
VALUES (:kind, :began_at, :seen_at, :ended_at, :reported_at, :reported)
ON CONFLICT (kind) DO UPDATE
SET began_at = :began_at, seen_at = :seen_at, ended_at = :ended_at, reported_at = :reported_at, reported = :reported

-- name: alert_set_aside
INSERT INTO waiting_alert (kind, order_id, at) VALUES (:kind, :order_id, :now)

-- name: alerts_waiting
SELECT kind, min(at) AS since FROM waiting_alert GROUP BY kind ORDER BY kind

-- name: alerts_take
DELETE FROM waiting_alert WHERE kind = :kind RETURNING id, order_id, at
