-- Finding orders and people.

-- name: orders_filtered
SELECT * FROM orders
WHERE confirmed_at >= :first AND confirmed_at < :until
  AND (:states = '' OR :states LIKE '%,' || state || ',%')
  AND (:stuck = 0 OR (
      state NOT IN ('delivered', 'refused', 'cancelled')
      AND (stuck_at IS NOT NULL OR state IN ('unknown', 'token_awaited') OR confirmed_at < :since)
  ))
  AND (:service = '' OR service = :service)
  AND (:customer = '' OR customer = :customer OR address = :customer)
  AND (:reference = '' OR reference LIKE '%' || :reference)
  AND amount_xof >= :least_xof AND amount_xof <= :most_xof
ORDER BY confirmed_at DESC, id LIMIT :count OFFSET :skip

-- name: orders_of_beginning
SELECT * FROM orders WHERE id >= :first AND id < :last ORDER BY confirmed_at DESC, id LIMIT :count

-- name: orders_of_reference
-- Goes along an index that has the reference, and reads only the orders that it finds; so does the next one.
SELECT * FROM orders WHERE id IN (
    SELECT id FROM orders WHERE confirmed_at >= :since AND reference LIKE '%' || :digits || '%'
    ORDER BY confirmed_at DESC, id LIMIT :count
)
ORDER BY confirmed_at DESC, id

-- name: orders_of_name
SELECT * FROM orders WHERE id IN (
    SELECT id FROM orders
    WHERE confirmed_at >= :since
      AND (lower(holder) LIKE '%' || :name || '%' ESCAPE '\' OR lower(client) LIKE '%' || :name || '%' ESCAPE '\')
    ORDER BY confirmed_at DESC, id LIMIT :count
)
ORDER BY confirmed_at DESC, id

-- name: orders_of_transaction
SELECT * FROM orders WHERE id IN (
    -- In the order of an index, PostgreSQL would look for them along all orders.
    SELECT id FROM orders WHERE transaction_id >= :first AND transaction_id < :last AND confirmed_at >= :since
    ORDER BY confirmed_at + 0 DESC, id LIMIT :count
)
ORDER BY confirmed_at DESC, id

-- name: orders_of_code
-- A code is found by its last four digits and by nothing longer: nobody can try their way along it.
SELECT * FROM orders WHERE confirmed_at >= :since AND tokens LIKE '%' || :ending || '"%'
ORDER BY confirmed_at DESC, id LIMIT :count

-- name: addresses_ending
SELECT address FROM session WHERE address IN (
    SELECT address FROM session WHERE tail = :tail AND lower(address) LIKE '%' || :ending ESCAPE '\'
    UNION
    SELECT chat FROM address
    WHERE tail = :tail AND lower(value) LIKE '%' || :ending ESCAPE '\' AND (:usernames = 1 OR kind <> 'username')
)
ORDER BY updated_at DESC, address LIMIT :count

-- name: person_known
SELECT
    (SELECT min(confirmed_at) FROM orders WHERE customer = :customer) AS ordered_at,
    (SELECT min(at) FROM entry WHERE account = :account) AS moved_at,
    (SELECT since_at FROM reseller WHERE customer = :customer) AS reseller_since_at,
    (SELECT at FROM frozen WHERE customer = :customer) AS frozen_at
