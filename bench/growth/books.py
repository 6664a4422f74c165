"""What follows from the orders, in SQL: their entries, their journal, and what the provider said of them."""

CREDITED = (
    "CREATE TEMP TABLE credited (day INTEGER, key TEXT, customer TEXT, amount_xof INTEGER, at INTEGER, reference TEXT)"
)
_ENTRY = "INSERT INTO entry (transfer, account, amount_xof, order_id, note, at)"
CREDITS_OF_A_DAY = f"""{_ENTRY}
SELECT 'admin:' || c.key, CASE side.column1 WHEN 1 THEN 'customer:' || c.customer ELSE 'funding' END,
       side.column1 * c.amount_xof, NULL, 'cash · ' || c.reference, c.at
FROM credited AS c CROSS JOIN (VALUES (1), (-1)) AS side WHERE c.day = :day"""

# As the functions of the ledger write them; that they agree with it is what the audit looks at.
ORDERS_OF_A_DAY = f"""{_ENTRY}
WITH
ordered AS MATERIALIZED (
    SELECT id, 'customer:' || customer AS payer, state, amount_xof, fee_xof, commission_xof, refunded_xof,
           amount_xof + fee_xof - commission_xof AS total_xof, confirmed_at, updated_at,
           coalesce(json_extract(facts, '$.fee_xof'), 0) AS provider_fee_xof
    FROM orders WHERE rowid > :after AND rowid <= :upto
),
move (what, side) AS (
    VALUES ('hold', 1), ('hold', 2), ('release', 3), ('release', 4), ('spend', 5), ('spend', 6), ('spend', 7),
           ('spend', 8), ('refund', 9), ('refund', 10)
)
SELECT 'order:' || o.id || ':' || what,
       CASE side WHEN 1 THEN payer WHEN 2 THEN 'hold' WHEN 3 THEN 'hold' WHEN 4 THEN payer WHEN 5 THEN 'hold'
           WHEN 6 THEN 'float' WHEN 7 THEN 'fees' WHEN 8 THEN 'commissions' WHEN 9 THEN payer ELSE 'corrections' END,
       CASE side WHEN 1 THEN -total_xof WHEN 2 THEN total_xof WHEN 3 THEN -total_xof WHEN 4 THEN total_xof
           WHEN 5 THEN -total_xof WHEN 6 THEN amount_xof + provider_fee_xof WHEN 7 THEN fee_xof - provider_fee_xof
           WHEN 8 THEN -commission_xof WHEN 9 THEN refunded_xof ELSE -refunded_xof END AS moved_xof,
       o.id, '', CASE what WHEN 'hold' THEN confirmed_at ELSE updated_at END
FROM ordered AS o CROSS JOIN move
WHERE (what = 'hold' OR (what = 'spend' AND state = 'delivered')
       OR (what = 'release' AND state IN ('refused', 'cancelled')) OR (what = 'refund' AND refunded_xof > 0))
  AND moved_xof <> 0"""

BALANCES = """INSERT INTO customer_balance (customer, balance_xof)
SELECT substr(account, 10), sum(amount_xof) FROM entry WHERE account LIKE 'customer:%'
GROUP BY account ORDER BY account"""

RECORDS = (
    """INSERT INTO journal (order_id, at, what, state, detail)
    SELECT o.id, CASE line.column1 WHEN 3 THEN updated_at WHEN 2 THEN confirmed_at + 40 ELSE confirmed_at END,
           CASE line.column1 WHEN 1 THEN 'confirmed' WHEN 2 THEN 'pay begun' ELSE 'pay: ' || CASE state
               WHEN 'delivered' THEN 'Delivered' WHEN 'refused' THEN 'Refused' WHEN 'cancelled' THEN 'Refused'
               WHEN 'unknown' THEN 'Unknown' ELSE 'Processing' END END,
           CASE line.column1 WHEN 1 THEN 'waiting' WHEN 2 THEN 'sending' ELSE state END,
           CASE line.column1 WHEN 3 THEN reason ELSE '' END
    FROM orders AS o CROSS JOIN (VALUES (1), (2), (3)) AS line
    WHERE line.column1 = 1 OR state <> 'waiting'
    ORDER BY o.rowid""",
    """INSERT INTO witness (sent_at, at, order_id, previous_xof, current_xof)
    SELECT confirmed_at + 40, updated_at, id, json_extract(facts, '$.previous_balance_xof'),
           json_extract(facts, '$.current_balance_xof')
    FROM orders WHERE state = 'delivered' ORDER BY rowid""",
    # Of the last 90 days.
    """INSERT INTO provider_fact (key, order_id, source, outcome, said, received_at, tries, decided_at)
    SELECT 'earlier:' || rowid, id, 'pay', state,
           '{"type":"' || state || '","tokens":' || tokens || ',"facts":' || facts || '}', updated_at, 0, updated_at
    FROM orders WHERE confirmed_at > :now - 90 * 86400000 AND state NOT IN ('waiting', 'cancelled') ORDER BY rowid""",
    """INSERT INTO audit (at, address, role, what, target, amount_xof, why, second)
    SELECT at, :owner, 'owner', 'credit', customer, amount_xof, 'cash · ' || reference, ''
    FROM credited ORDER BY at""",
    """INSERT INTO payment_reference (reference, at, by_address, address, amount_xof)
    SELECT reference, at, :owner, customer, amount_xof FROM credited""",
)
