"""What the database says in the end, beside the provider's own list."""

from typing import Final

from bench.provider import Provider
from bot.store.postgres.connections import Connection, connect

# Each answers how many are wrong.
_CHECKS: Final = {
    "open_orders": "SELECT count(*) FROM orders WHERE state NOT IN ('delivered', 'refused', 'cancelled')",
    "not_delivered": "SELECT count(*) FROM orders WHERE state IN ('refused', 'cancelled')",
    "unsent_messages": "SELECT count(*) FROM outbox",
    "total_xof": "SELECT coalesce(abs(sum(amount_xof)), 0) FROM entry",
    "held_xof": "SELECT coalesce(abs(sum(amount_xof)), 0) FROM entry WHERE account = 'hold'",
    "wrong_debits": """
        SELECT count(*) FROM (
            SELECT customer, sum(xof) AS xof FROM (
                SELECT customer, amount_xof + fee_xof AS xof FROM orders WHERE state = 'delivered'
                UNION ALL
                SELECT c.customer, -p.amount_xof FROM collection AS c JOIN collected AS p ON p.collection_id = c.id
            ) AS each GROUP BY customer
        ) AS bought FULL JOIN (
            SELECT substr(account, 10) AS customer, -sum(amount_xof) AS xof FROM entry
            WHERE account LIKE 'customer:%' GROUP BY account
        ) AS debited USING (customer) WHERE bought.xof IS DISTINCT FROM debited.xof""",
    "wrong_balances": """
        SELECT count(*) FROM (
            SELECT substr(account, 10) AS customer, sum(amount_xof) AS xof FROM entry
            WHERE account LIKE 'customer:%' GROUP BY account
        ) AS summed FULL JOIN (SELECT customer, balance_xof AS xof FROM customer_balance) AS running USING (customer)
        WHERE summed.xof IS DISTINCT FROM running.xof""",
}
_LEDGER: Final = (
    *("total_xof", "held_xof", "wrong_debits", "wrong_balances", "unknown_orders", "wrong_collections"),
    *("paybacks", "collected_xof"),
)
# Nobody pays anything but what they are asked for, so nothing goes back.
_PAYBACKS: Final = "SELECT count(*) FROM payback"
_COLLECTED: Final = "SELECT coalesce(sum(amount_xof), 0) FROM entry WHERE account = 'collected'"
_TAKEN: Final = """
    SELECT c.id, sum(p.amount_xof) AS xof, count(*) AS many FROM collection AS c
    JOIN collected AS p ON p.collection_id = c.id GROUP BY c.id"""


async def books(url: str, provider: Provider) -> dict[str, int]:
    """What is wrong, by name, beside what the provider knows of payments and of collections."""
    connection = await connect(url, 60)
    try:
        found = {name: int(await connection.fetchval(sql)) for name, sql in _CHECKS.items()}
        delivered = await _delivered(connection)
        taken = {str(row["id"]): (int(row["xof"]), int(row["many"])) for row in await connection.fetch(_TAKEN)}
        found["paybacks"] = int(await connection.fetchval(_PAYBACKS))
        collected_xof = -int(await connection.fetchval(_COLLECTED))
    finally:
        connection.terminate()
    found["unknown_orders"] = len(delivered ^ set(provider.payments))
    paid = {id_: each for id_, each in provider.collector.sessions.items() if each.paid}
    told = {id_: (each.amount_xof * each.paid, each.paid) for id_, each in paid.items()}
    found["wrong_collections"] = sum(taken.get(id_) != told.get(id_) for id_ in taken.keys() | told.keys())
    brought_xof = sum((each.amount_xof - each.fee_xof) * each.paid for each in paid.values())
    found["collected_xof"] = abs(collected_xof - brought_xof)
    found["ledger"] = sum(found[name] for name in _LEDGER)
    return found


async def _delivered(connection: Connection) -> set[str]:
    return {str(row["id"]) for row in await connection.fetch("SELECT id FROM orders WHERE state = 'delivered'")}
