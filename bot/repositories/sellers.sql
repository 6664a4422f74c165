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
SELECT id, customer, name FROM seller WHERE address = :address AND ended_at IS NULL

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
