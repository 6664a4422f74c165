-- What customers hand in to show that they paid, and what became of it.

-- name: proof_add
INSERT INTO proof (address, picture, amount_xof, reference, words, state, handed_at)
VALUES (:address, :picture, :amount_xof, :reference, :words, 'open', :now)
RETURNING id

-- name: proof_load
SELECT p.*, coalesce(s.customer, p.address) AS customer, coalesce(s.language, 'fr') AS language
FROM proof AS p LEFT JOIN session AS s ON s.address = p.address WHERE p.id = :id

-- name: proofs_open
SELECT p.*, coalesce(s.customer, p.address) AS customer, coalesce(s.language, 'fr') AS language
FROM proof AS p LEFT JOIN session AS s ON s.address = p.address
WHERE p.state = 'open' ORDER BY p.handed_at, p.id LIMIT :count OFFSET :skip

-- name: proofs_counted
SELECT count(*) AS many FROM proof WHERE state = 'open'

-- name: proofs_open_of
SELECT count(*) AS many FROM session AS s JOIN proof AS p ON p.address = s.address
WHERE s.customer = :customer AND p.state = 'open'

-- name: proof_again
-- The same of the same account, unless it was refused.
SELECT p.id FROM session AS s JOIN proof AS p ON p.address = s.address
WHERE s.customer = :customer AND p.state <> 'refused'
  AND ((p.reference <> '' AND p.reference = :reference) OR (p.picture NOT IN ('', '-') AND p.picture = :picture))
LIMIT 1

-- name: proof_of_others
-- Others that name the same payment.
SELECT id FROM proof WHERE reference = :reference AND reference <> '' AND id <> :id AND state <> 'refused' ORDER BY id LIMIT 5

-- name: proof_end
UPDATE proof SET state = :state, decided_by = :by, decided_at = :now WHERE id = :id AND state = 'open'
RETURNING id

-- name: proof_reopen
UPDATE proof SET state = 'open', decided_by = NULL, decided_at = NULL WHERE id = :id AND state = 'credited'

-- name: proofs_untold
SELECT p.*, coalesce(s.customer, p.address) AS customer, coalesce(s.language, 'fr') AS language
FROM proof AS p LEFT JOIN session AS s ON s.address = p.address
WHERE p.state = 'open' AND (p.told_at IS NULL OR p.told_at < :told_before) ORDER BY p.handed_at, p.id LIMIT :count

-- name: proof_told
UPDATE proof SET told_at = :now WHERE id = :id
