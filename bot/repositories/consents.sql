-- Consents of clients to codes in their own chats, and the invitations that ask for them.

-- name: invitation_end_made
UPDATE invitation SET state = 'replaced' WHERE client_id = :client_id AND state = 'made'

-- name: invitation_add
INSERT INTO invitation (code, client_id, address, state, made_at, expires_at)
VALUES (:code, :client_id, :address, 'made', :now, :expires_at)

-- name: invitation_of_code
SELECT i.id, i.client_id, i.address, i.state, i.made_at, i.expires_at, c.name AS client, c.customer,
       coalesce(r.shop_name, '') AS shop_name, coalesce(s.language, 'fr') AS language
FROM invitation AS i
JOIN client AS c ON c.id = i.client_id
LEFT JOIN reseller AS r ON r.customer = c.customer
LEFT JOIN session AS s ON s.address = i.address
WHERE i.code = :code ORDER BY i.id DESC LIMIT 1

-- name: invitation_end
UPDATE invitation SET state = :state WHERE id = :id AND state = 'made'
RETURNING client_id

-- name: consent_add
INSERT INTO consent (client_id, address, agreed_at) VALUES (:client_id, :address, :now)

-- name: consent_end
UPDATE consent SET revoked_at = :now, notified_at = :notified_at WHERE client_id = :client_id AND revoked_at IS NULL

-- name: consents_end
UPDATE consent SET revoked_at = :now
WHERE revoked_at IS NULL AND address IN (SELECT address FROM session WHERE customer = :customer)

-- name: consent_notified
UPDATE consent SET notified_at = :now WHERE client_id = :client_id AND revoked_at IS NOT NULL AND notified_at IS NULL

-- name: consent_of_client
SELECT k.address, k.agreed_at, coalesce(s.language, 'fr') AS language,
       CASE WHEN k.revoked_at IS NULL THEN 0 ELSE 1 END AS revoked,
       CASE WHEN k.revoked_at IS NOT NULL AND k.notified_at IS NULL THEN 1 ELSE 0 END AS unread,
       CASE WHEN s.unreachable_at IS NULL THEN 1 ELSE 0 END AS reachable
FROM consent AS k
JOIN client AS c ON c.id = k.client_id
LEFT JOIN session AS s ON s.address = k.address
WHERE k.client_id = :client_id AND c.customer = :customer ORDER BY k.id DESC LIMIT 1

-- name: consents_of
SELECT c.name AS client, coalesce(r.shop_name, '') AS shop_name
FROM consent AS k
JOIN session AS s ON s.address = k.address
JOIN client AS c ON c.id = k.client_id
LEFT JOIN reseller AS r ON r.customer = c.customer
WHERE s.customer = :customer AND k.revoked_at IS NULL ORDER BY k.id

-- name: orders_with_codes_for
-- What was bought for the person at an address since they agreed to have their codes there.
SELECT o.* FROM consent AS c JOIN orders AS o ON o.client_id = c.client_id
WHERE c.address = :address AND c.revoked_at IS NULL AND o.delivered_at >= c.agreed_at AND o.tokens <> '[]'
ORDER BY o.confirmed_at DESC, o.id LIMIT :count
