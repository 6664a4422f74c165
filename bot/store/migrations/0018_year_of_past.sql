-- What is on the way of a message, a webhook, a sweep and the start costs the same after a year. A partial index is taken
-- where its condition stands in the statement as it does here.

-- A customer's open orders and what they hold; the oldest open orders of all.
CREATE INDEX orders_open_customer ON orders (customer, confirmed_at)
WHERE state NOT IN ('delivered', 'refused', 'cancelled');
CREATE INDEX orders_open_confirmed ON orders (confirmed_at) WHERE state NOT IN ('delivered', 'refused', 'cancelled');

-- When a customer bought for a meter. It serves all that the index over customers and references did.
CREATE INDEX orders_meter ON orders (customer, service, reference, confirmed_at);
DROP INDEX orders_reference;

-- What a process has in hand.
CREATE INDEX orders_leased ON orders (lease_owner) WHERE lease_owner IS NOT NULL;

-- What was spent at the provider lately.
CREATE INDEX entry_float ON entry (account, at, amount_xof) WHERE account = 'float';
