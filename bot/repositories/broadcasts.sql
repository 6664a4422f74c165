-- Broadcasts, who wants none, and who waits for a service to be back.

-- name: audience_count
-- The people of an audience by the text that they read, which is the French one for all but English, and by channel: how many want none, cannot be reached, or have not written since
-- a time. A channel is the small letters with which an address begins, up to the colon.
SELECT CASE WHEN s.language = 'en' THEN 'en' ELSE 'fr' END AS language,
    substr(s.address, 1, length(s.address) - length(ltrim(s.address, 'abcdefghijklmnopqrstuvwxyz'))) AS channel,
    count(*) AS people,
    coalesce(sum(CASE WHEN m.address IS NOT NULL THEN 1 ELSE 0 END), 0) AS muted,
    coalesce(sum(CASE WHEN m.address IS NULL AND s.unreachable_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS unreachable,
    coalesce(sum(CASE WHEN m.address IS NULL AND s.updated_at < :written_since THEN 1 ELSE 0 END), 0) AS quiet
FROM session AS s LEFT JOIN muted AS m ON m.address = s.address
WHERE :audience = 'everybody'
   OR (:audience = 'resellers' AND EXISTS (SELECT 1 FROM reseller AS r WHERE r.customer = s.customer))
   OR EXISTS (
       SELECT 1 FROM orders AS o
       WHERE o.customer = s.customer AND o.state = 'delivered'
         AND (o.service = :audience OR (:audience = 'recent' AND o.confirmed_at >= :since))
   )
GROUP BY 1, 2 ORDER BY 1, 2

-- name: audience_next
-- The next few of an audience, in the order of their addresses.
SELECT s.address, s.language, CASE WHEN s.unreachable_at IS NULL THEN 0 ELSE 1 END AS unreachable,
    CASE WHEN m.at IS NULL THEN 0 ELSE 1 END AS muted
FROM session AS s LEFT JOIN muted AS m ON m.address = s.address
WHERE s.address > :cursor
  AND ((s.language <> 'en' AND :fr = 1) OR (s.language = 'en' AND :en = 1))
  AND (
      :audience = 'everybody'
      OR (:audience = 'resellers' AND EXISTS (SELECT 1 FROM reseller AS r WHERE r.customer = s.customer))
      OR EXISTS (
          SELECT 1 FROM orders AS o
          WHERE o.customer = s.customer AND o.state = 'delivered'
            AND (o.service = :audience OR (:audience = 'recent' AND o.confirmed_at >= :since))
      )
  )
ORDER BY s.address LIMIT :count

-- name: broadcast_add
INSERT INTO broadcast (
    id, address, text_fr, text_en, audience, service, state, cursor, total, sent, skipped, muted, message_ref, begun_at,
    paced_at, shown_at
) VALUES (
    :id, :address, :text_fr, :text_en, :audience, :service, 'running', '', :total, 0, 0, 0, :message_ref, :now, 0, :now
)
ON CONFLICT DO NOTHING
RETURNING id

-- name: broadcast_running
SELECT * FROM broadcast WHERE state = 'running' AND service IS NULL

-- name: broadcasts_due
-- Those whose next few are due; a clock that was set back keeps nobody waiting.
UPDATE broadcast SET paced_at = :now
WHERE state = 'running' AND (paced_at <= :before OR paced_at > :now)
RETURNING *

-- name: broadcast_move
UPDATE broadcast
SET cursor = :cursor, sent = sent + :sent, skipped = skipped + :skipped, muted = muted + :muted
WHERE id = :id
RETURNING *

-- name: broadcast_shown
UPDATE broadcast SET shown_at = :now WHERE id = :id

-- name: broadcast_end
UPDATE broadcast SET state = :state, ended_at = :now WHERE id = :id AND state = 'running'
RETURNING *

-- name: mute
INSERT INTO muted (address, at) VALUES (:address, :now) ON CONFLICT (address) DO NOTHING

-- name: mute_account
INSERT INTO muted (address, at) SELECT address, :now FROM session WHERE customer = :customer
ON CONFLICT (address) DO NOTHING

-- name: unmute
DELETE FROM muted
WHERE address IN (SELECT address FROM session WHERE customer = :customer UNION ALL SELECT CAST(:address AS TEXT))

-- name: awaiting_add
INSERT INTO awaiting (address, service, at) VALUES (:address, :service, :now)
ON CONFLICT (service, address) DO NOTHING

-- name: awaiting_count
SELECT count(*) AS people FROM awaiting WHERE service = :service

-- name: awaiting_take
-- The next few, who are told in this transaction and wait no longer.
DELETE FROM awaiting
WHERE service = :service AND address IN (
    SELECT address FROM awaiting WHERE service = :service ORDER BY address LIMIT :count
)
RETURNING address
