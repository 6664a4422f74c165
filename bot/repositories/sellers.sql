-- Sellers of resellers' shops. `customer` is the shop's account. Whoever was ended is nobody's seller any more.

-- name: seller_add
INSERT INTO seller (
    customer, address, name, day_limit_xof, shows_balance, joined_at, pin_tries, pin_locked_until, pin_before_at,
    pin_last_at
) VALUES (:customer, :address, :name, :day_limit_xof, 0, :now, 0, 0, 0, 0)
ON CONFLICT DO NOTHING
RETURNING id

-- name: sellers_of
SELECT l.*, coalesce(s.language, 'fr') AS language
FROM seller AS l LEFT JOIN session AS s ON s.address = l.address
WHERE l.customer = :customer AND l.ended_at IS NULL ORDER BY l.id

-- name: seller_at
SELECT customer FROM seller WHERE address = :address AND ended_at IS NULL

-- name: seller_limit
UPDATE seller SET day_limit_xof = :day_limit_xof WHERE id = :id AND customer = :customer AND ended_at IS NULL

-- name: seller_shows
UPDATE seller SET shows_balance = :shows_balance WHERE id = :id AND customer = :customer AND ended_at IS NULL

-- name: seller_pause
UPDATE seller SET paused_at = :paused_at WHERE id = :id AND customer = :customer AND ended_at IS NULL

-- name: seller_end
UPDATE seller SET ended_at = :now WHERE id = :id AND customer = :customer AND ended_at IS NULL
RETURNING id

-- name: sellers_end
UPDATE seller SET ended_at = :now WHERE customer = :customer AND ended_at IS NULL

-- name: sellers_end_of
UPDATE seller SET ended_at = :now
WHERE address IN (SELECT address FROM session WHERE customer = :customer) AND ended_at IS NULL

-- name: seller_invitation_replace
UPDATE seller_invitation SET state = 'replaced' WHERE customer = :customer AND state IN ('made', 'asked')

-- name: seller_invitation_add
INSERT INTO seller_invitation (code, customer, address, name, state, made_at, expires_at)
VALUES (:code, :customer, :address, :name, 'made', :now, :expires_at)

-- name: seller_invitations_made
SELECT count(*) AS many FROM seller_invitation WHERE customer = :customer AND made_at > :since AND made_at <= :now

-- name: seller_invitation_of_code
SELECT i.*, coalesce(r.shop_name, '') AS shop_name, CASE WHEN r.customer IS NULL THEN 0 ELSE 1 END AS is_shop,
    coalesce(maker.language, 'fr') AS language, coalesce(taker.language, 'fr') AS other_language
FROM seller_invitation AS i
LEFT JOIN reseller AS r ON r.customer = i.customer
LEFT JOIN session AS maker ON maker.address = i.address
LEFT JOIN session AS taker ON taker.address = i.other
WHERE i.code = :code ORDER BY i.id DESC LIMIT 1

-- name: seller_invitation_ask
UPDATE seller_invitation SET state = 'asked', other = :other, expires_at = :expires_at
WHERE id = :id AND state = 'made'
RETURNING id

-- name: seller_invitation_end
UPDATE seller_invitation SET state = :state WHERE id = :id AND state IN ('made', 'asked')
RETURNING id

-- What sellers sold.

-- name: seller_sale_add
INSERT INTO seller_sale (order_id, seller_id, confirmed_at) VALUES (:order_id, :seller_id, :now)

-- name: seller_sums
-- By what clients handed over; what came to nothing was no sale.
SELECT x.seller_id, count(*) AS sales, sum(o.amount_xof + o.fee_xof) AS price_xof
FROM seller AS l
JOIN seller_sale AS x ON x.seller_id = l.id AND x.confirmed_at >= :since AND x.confirmed_at < :until
JOIN orders AS o ON o.id = x.order_id AND o.state NOT IN ('refused', 'cancelled')
WHERE l.customer = :customer GROUP BY x.seller_id

-- name: seller_sold
SELECT count(*) AS sales, coalesce(sum(o.amount_xof + o.fee_xof), 0) AS price_xof
FROM seller_sale AS x JOIN orders AS o ON o.id = x.order_id AND o.state NOT IN ('refused', 'cancelled')
WHERE x.seller_id = :seller_id AND x.confirmed_at >= :since AND x.confirmed_at < :until

-- name: seller_of_sale
SELECT l.id, l.name, l.shows_balance, l.ended_at
FROM seller_sale AS x JOIN seller AS l ON l.id = x.seller_id WHERE x.order_id = :order_id

-- name: seller_orders
SELECT o.* FROM seller_sale AS x JOIN orders AS o ON o.id = x.order_id
WHERE x.seller_id = :seller_id ORDER BY x.confirmed_at DESC, x.order_id LIMIT :count OFFSET :skip

-- name: seller_orders_open
-- By the shop's open orders, which are few: a seller may have sold for years.
SELECT o.* FROM orders AS o
WHERE o.customer = :customer AND o.state NOT IN ('delivered', 'refused', 'cancelled')
  AND EXISTS (SELECT 1 FROM seller_sale AS x WHERE x.order_id = o.id AND x.seller_id = :seller_id)
ORDER BY o.confirmed_at DESC, o.id LIMIT :count

-- name: seller_order_own
SELECT o.* FROM orders AS o
WHERE o.id >= :first AND o.id < :last
  AND EXISTS (SELECT 1 FROM seller_sale AS x WHERE x.order_id = o.id AND x.seller_id = :seller_id)
ORDER BY o.id LIMIT 2

-- name: seller_client_sales
SELECT o.* FROM orders AS o
WHERE o.client_id = :client_id AND o.customer = :customer
  AND EXISTS (SELECT 1 FROM seller_sale AS x WHERE x.order_id = o.id AND x.seller_id = :seller_id)
ORDER BY o.confirmed_at DESC, o.id LIMIT :count

-- The PIN of a seller, beside those of resellers in `pins.sql`.

-- name: seller_pin_tries
SELECT pin_tries FROM seller WHERE id = :id

-- name: seller_pin_count
UPDATE seller SET pin_tries = :tries, pin_locked_until = :locked_until WHERE id = :id AND pin_tries = :before
RETURNING pin_tries

-- name: seller_pin_forget_tries
UPDATE seller SET pin_tries = 0, pin_locked_until = 0 WHERE id = :id

-- name: seller_pin_save
UPDATE seller
SET pin_hash = :pin_hash, pin_tries = 0, pin_locked_until = 0, pin_before_at = 0, pin_last_at = 0, pin_blocked_at = NULL
WHERE id = :id

-- name: seller_pin_locks
SELECT pin_before_at AS before_at, pin_last_at AS last_at FROM seller WHERE id = :id

-- name: seller_pin_lock
UPDATE seller
SET pin_before_at = pin_last_at, pin_last_at = :now, pin_blocked_at = coalesce(pin_blocked_at, :blocked_at)
WHERE id = :id
