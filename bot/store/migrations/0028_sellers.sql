-- Sellers: people who sell for a reseller's shop, from its balance and its client book, in a chat of their own.

-- `customer` is the shop's account, `address` the chat that sells. Clients may hand `day_limit_xof` over to a seller in a
-- day. `shows_balance`: they may read what the shop has. The PIN is the seller's own: `pin_before_at` and `pin_last_at`
-- are when its last two pauses began, `pin_blocked_at` when it was locked until the shop gives them another.
CREATE TABLE seller (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    customer         TEXT    NOT NULL,
    address          TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    day_limit_xof    INTEGER NOT NULL,
    shows_balance    INTEGER NOT NULL,
    joined_at        INTEGER NOT NULL,
    paused_at        INTEGER,
    ended_at         INTEGER,
    pin_hash         TEXT,
    pin_tries        INTEGER NOT NULL,
    pin_locked_until INTEGER NOT NULL,
    pin_before_at    INTEGER NOT NULL,
    pin_last_at      INTEGER NOT NULL,
    pin_blocked_at   INTEGER
);
-- Nobody sells for two shops.
CREATE UNIQUE INDEX seller_one ON seller (address) WHERE ended_at IS NULL;
CREATE INDEX seller_shop ON seller (customer, id);

-- Who sold what. The order, its money and its commission are the shop's.
CREATE TABLE seller_sale (
    order_id     TEXT    PRIMARY KEY,
    seller_id    INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL
);
CREATE INDEX seller_sale_of ON seller_sale (seller_id, confirmed_at);

-- Codes by which somebody becomes a seller. `address` made the code, `other` typed it. `state` goes from made to asked to
-- admitted, or ends as refused or replaced; `expires_at` is the end of the step it is in.
CREATE TABLE seller_invitation (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    code          TEXT    NOT NULL,
    customer      TEXT    NOT NULL,
    address       TEXT    NOT NULL,
    other         TEXT,
    name          TEXT    NOT NULL,
    state         TEXT    NOT NULL,
    made_at       INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
);
CREATE INDEX seller_invitation_code ON seller_invitation (code);
CREATE INDEX seller_invitation_shop ON seller_invitation (customer, made_at);
CREATE INDEX seller_invitation_made ON seller_invitation (made_at);
