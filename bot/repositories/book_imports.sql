-- Client books that were sent as files and wait for their Confirm. `customer` is the reseller.

-- name: book_import_keep
INSERT INTO book_import (customer, id, made_at, body) VALUES (:customer, :id, :now, :body)
ON CONFLICT (customer) DO UPDATE SET id = excluded.id, made_at = excluded.made_at, body = excluded.body

-- name: book_import_load
SELECT body FROM book_import WHERE customer = :customer AND id = :id

-- name: book_import_drop
DELETE FROM book_import WHERE customer = :customer

-- name: book_clients
-- A whole book, without its meters.
SELECT id, name, nickname, phone FROM client WHERE customer = :customer ORDER BY id

-- name: book_meters
SELECT m.client_id, m.id, m.service, m.reference, m.holder FROM client AS c JOIN client_meter AS m ON m.client_id = c.id
WHERE c.customer = :customer ORDER BY c.id, m.id
