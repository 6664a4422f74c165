"""What the database says in the end, beside the provider's own list."""

from collections.abc import Mapping
from typing import Final

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
            SELECT customer, sum(amount_xof + fee_xof) AS xof FROM orders WHERE state = 'delivered' GROUP BY customer
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
_LEDGER: Final = ("total_xof", "held_xof", "wrong_debits", "wrong_balances", "unknown_orders")


async def books(url: str, paid: Mapping[str, object]) -> dict[str, int]:
    """What is wrong, by name; `paid` are the provider's payments by the order that each was for."""
    connection = await connect(url, 60)
    try:
        found = {name: int(await connection.fetchval(sql)) for name, sql in _CHECKS.items()}
        delivered = await _delivered(connection)
    finally:
        connection.terminate()
    found["unknown_orders"] = len(delivered ^ set(paid))
    found["ledger"] = sum(found[name] for name in _LEDGER)
    return found


async def _delivered(connection: Connection) -> set[str]:
    return {str(row["id"]) for row in await connection.fetch("SELECT id FROM orders WHERE state = 'delivered'")}
