-- A reseller's clients and their meters. `customer` is the reseller.

-- name: clients_of
SELECT c.id, c.name, c.nickname, c.phone FROM client AS c
WHERE c.customer = :customer
  AND c.found_by LIKE '%' || :first || '%' AND c.found_by LIKE '%' || :second || '%'
  AND c.found_by LIKE '%' || :third || '%'
ORDER BY coalesce((SELECT max(o.confirmed_at) FROM orders AS o WHERE o.client_id = c.id), c.added_at) DESC, c.id DESC
LIMIT :count OFFSET :skip

-- name: clients_with_meters
SELECT c.id AS client_id, c.name, c.nickname, coalesce(m.id, 0) AS meter_id, coalesce(m.reference, '') AS reference,
    coalesce(m.holder, '') AS holder, coalesce(m.service, '') AS service
FROM client AS c LEFT JOIN client_meter AS m ON m.client_id = c.id
WHERE c.customer = :customer ORDER BY c.id, m.id

-- name: clients_count
SELECT count(*) AS many FROM client WHERE customer = :customer

-- name: client_load
SELECT id, name, nickname, phone FROM client WHERE id = :id AND customer = :customer

-- name: client_at
SELECT c.id, c.name, c.nickname, c.phone FROM client_meter AS m JOIN client AS c ON c.id = m.client_id
WHERE m.customer = :customer AND m.service = :service AND m.reference = :reference

-- name: client_meters
SELECT id, service, reference, holder FROM client_meter WHERE client_id = :client_id ORDER BY id

-- name: client_last_sale
SELECT * FROM orders
WHERE client_id = :client_id AND customer = :customer AND state NOT IN ('refused', 'cancelled')
ORDER BY confirmed_at DESC, id LIMIT 1

-- name: client_sales
SELECT * FROM orders WHERE client_id = :client_id AND customer = :customer ORDER BY confirmed_at DESC, id LIMIT :count

-- name: client_add
INSERT INTO client (customer, name, nickname, phone, found_by, added_at)
VALUES (:customer, :name, :nickname, :phone, :found_by, :now)
RETURNING id

-- name: client_rename
UPDATE client SET name = :name, nickname = :nickname WHERE id = :id AND customer = :customer

-- name: client_phone
UPDATE client SET phone = :phone WHERE id = :id AND customer = :customer

-- name: client_found_by
UPDATE client SET found_by = :found_by WHERE id = :id

-- name: client_forget
DELETE FROM client WHERE id = :id AND customer = :customer
RETURNING id

-- name: client_meter_add
INSERT INTO client_meter (client_id, customer, service, reference, holder)
VALUES (:client_id, :customer, :service, :reference, :holder)
ON CONFLICT (customer, service, reference) DO NOTHING

-- name: client_meter_drop
DELETE FROM client_meter WHERE id = :id AND customer = :customer
RETURNING client_id

-- name: client_meter_holder
UPDATE client_meter SET holder = :holder WHERE id = :id AND customer = :customer

-- name: client_meters_forget
DELETE FROM client_meter WHERE client_id = :client_id

-- name: orders_of_client
-- What was sold to a meter before its client was in the book is theirs too.
UPDATE orders SET client_id = :client_id, client = :name, version = version + 1
WHERE customer = :customer AND service = :service AND reference = :reference AND client_id IS NULL AND batch_id IS NULL

-- An account is joined to another: its book goes along. A meter that both have stays the other's.

-- name: clients_join
UPDATE client SET customer = :into WHERE customer = :customer

-- name: client_meters_join_known
DELETE FROM client_meter WHERE customer = :customer AND EXISTS (
    SELECT 1 FROM client_meter AS known
    WHERE known.customer = :into AND known.service = client_meter.service AND known.reference = client_meter.reference
)

-- name: client_meters_join
UPDATE client_meter SET customer = :into WHERE customer = :customer

-- name: client_part
UPDATE client SET customer = :into WHERE id = :id AND customer = :customer

-- name: client_meters_part
UPDATE client_meter SET customer = :into WHERE client_id = :client_id AND customer = :customer
