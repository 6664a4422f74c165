"""What must be true: after every commit, whenever anything is paid or shown, and in the end.

The provider's own list of what it accepted is the measure of everything: neither the program nor its database is asked
whether something was paid. I1 to I5 are the five promises: paid once under one id; one end, and told; nothing that was
taken is lost; a code is its buyer's alone; the books are right.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from bot.domain.ledger import CUSTOMERS, HOLD, customer_account
from bot.domain.order import FINAL, Order
from bot.domain.people import Address
from bot.repositories.orders import order_of
from tests.simulation.payers import PayersOracle

if TYPE_CHECKING:
    from tests.simulation.world import World


class Broken(AssertionError):
    """A promise was broken."""


class Oracle:
    """Watches one world."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self._last_entry = 0
        self._balances: dict[str, int] = defaultdict(int)
        self._holds: dict[str, int] = defaultdict(int)
        self._states: dict[str, str] = {}
        self._handled: set[str] = set()
        # Of a world that collects, what is true of payers' money.
        self.payers = None if world.shop.collecting is None else PayersOracle(self)
        # Which codes were shown in which chat.
        self.seen: dict[str, set[str]] = defaultdict(set)

    def require(self, condition: object, promise: str) -> None:
        """A promise holds, or the world ends."""
        if not condition:
            raise Broken(promise)

    # Whenever.

    def committed(self, written: set[str]) -> None:
        """After every commit that wrote something."""
        if "entry" in written or "customer_balance" in written:
            self._books()
        if "orders" in written or "entry" in written:
            self._orders()
        if self.payers is not None:
            self.payers.committed(written)

    def balance(self, account: str) -> int:
        """What the entries of an account come to."""
        return self._balances[account]

    def leaves(self, order_id: str, others: list[str]) -> None:
        """A pay call leaves, while those of other processes are in flight that never stood still."""
        self.require(not others, f"I1: {order_id} is sent beside a call of {others} that is in flight")

    def paid(self, external_id: str, asked: dict[str, Any], status: int) -> None:
        """A pay call has arrived at the provider."""
        rows = self.world.database.rows("SELECT * FROM orders WHERE id = ?", external_id)
        self.require(rows, f"I1: paid under {external_id}, which is no order's id")
        order = order_of(rows[0])
        self.require(asked["reference_client"] == order.reference, f"I1: {order.id} was paid for another meter")
        if "amount" in asked:
            self.require(asked["amount"] == order.amount_xof, f"I5: {order.id} was paid with another amount")
        self.require(self._states.get(order.id) != "waiting", f"I1: {order.id} was paid before that was written down")
        known = status == 409 and external_id in self.world.provider.payments
        self.require(not known or order.state != "sending", f"I1: {order.id} is sent as if it had never been sent")
        self.require(status >= 300 or order.state != "cancelled", f"I1: {order.id} was cancelled and is paid")

    def heard(self, key: str) -> None:
        """An update was taken."""
        self.require(
            self.world.database.rows("SELECT 1 FROM inbox WHERE key = ?", key), f"I3: {key} was taken and is not kept"
        )

    def handled(self, key: str) -> None:
        """An update was acted on."""
        self.require(key not in self._handled, f"I3: {key} was acted on twice")
        self._handled.add(key)

    def shown(self, address: Address, codes: set[str]) -> None:
        """A message has appeared on somebody's screen."""
        for code in sorted(codes):
            order_id = self.world.provider.codes.get(code)
            self.require(order_id, f"I4: {address} was shown {code}, which is no code")
            rows = self.world.database.rows("SELECT address FROM orders WHERE id = ?", order_id)
            self.require(rows and rows[0]["address"] == str(address), f"I4: {address} was shown the code of {order_id}")
            self.seen[code].add(str(address))

    def _books(self) -> None:
        """I5: every transfer sums to zero, the running balances are right, nobody is below their limit."""
        transfers: dict[str, int] = defaultdict(int)
        changed: set[str] = set()
        for row in self.world.database.rows("SELECT * FROM entry WHERE id > ? ORDER BY id", self._last_entry):
            self._last_entry = row["id"]
            transfers[row["transfer"]] += row["amount_xof"]
            self._balances[row["account"]] += row["amount_xof"]
            changed.add(row["account"])
            if row["account"] == HOLD:
                self._holds[row["order_id"]] += row["amount_xof"]
        for transfer, total_xof in transfers.items():
            self.require(total_xof == 0, f"I5: {transfer} sums to {total_xof}")
        running = {
            customer_account(row["customer"]): row["balance_xof"]
            for row in self.world.database.rows("SELECT customer, balance_xof FROM customer_balance")
        }
        for account in changed:
            if account.startswith(CUSTOMERS):
                balance_xof = self._balances[account]
                self.require(running.get(account) == balance_xof, f"I5: the running balance of {account}")
                self.require(balance_xof >= 0, f"I5: {account} is at {balance_xof}")

    def _orders(self) -> None:
        """I1 and I2: an order that was delivered was paid, and stays delivered; money is held while it is open."""
        for row in self.world.database.rows(
            "SELECT id, state, amount_xof + fee_xof - commission_xof AS total_xof FROM orders"
        ):
            order_id, state, before = row["id"], row["state"], self._states.get(row["id"])
            self.require(before != "delivered" or state == "delivered", f"I2: {order_id} was delivered and is {state}")
            if state == "delivered" and before != state:
                self.require(order_id in self.world.provider.payments, f"I2: {order_id} is delivered and was not paid")
            if before != state:
                self.world.note(f"{order_id} {before} -> {state}")
            self._states[order_id] = state
            held_xof = self._holds[order_id]
            wanted_xof = 0 if state in FINAL else row["total_xof"]
            self.require(held_xof == wanted_xof, f"I5: {held_xof} are held for {order_id}, which is {state}")

    # In the end.

    def check_end(self) -> None:
        """When the world has been well for long: everything is final, told, and paid for once."""
        database = self.world.database
        orders = [order_of(row) for row in database.rows("SELECT * FROM orders")]
        payments = self.world.provider.payments
        for external_id, payment in payments.items():
            order = next((order for order in orders if order.id == external_id), None)
            self.require(order, f"I1: {external_id} was paid and is no order")
            assert order is not None
            provider = self.world.provider
            if order.state == "refused" and external_id in provider.told_failed - provider.brought_success:
                # It failed by the provider's own word, and nobody has said otherwise since.
                continue
            if provider.status(payment) == "SUCCESS":
                self.require(order.state == "delivered", f"I2: {order.id} was paid and is {order.state}")
                # A second code may come by a webhook alone, and that may be lost.
                self.require(payment.codes[:1] == list(order.tokens[:1]), f"I2: {order.id} has no code")
                for code in order.tokens:
                    told = str(order.address) in self.seen[code]
                    self.require(told, f"I2: the buyer of {order.id} was never shown its code")
            else:
                self.require(order.state in ("refused", "cancelled"), f"I2: {order.id} failed and is {order.state}")
        for order in orders:
            self.require(order.is_final, f"I2: {order.id} is {order.state} in the end")
            self.require(
                order.state != "delivered" or order.id in payments, f"I2: {order.id} is delivered and was not paid"
            )
            self._check_money(order)
        self.require(not self._balances[HOLD], "I5: money is held for nothing")
        for promise in self.open_ends():
            raise Broken(promise)
        if self.payers is not None:
            self.payers.check_end()

    def open_ends(self) -> list[str]:
        """What has not come to its end yet."""
        ends = [promise for sql, promise in ENDS.items() if self.world.database.rows(sql)]
        return ends if self.payers is None else ends + self.payers.open_ends()

    def _check_money(self, order: Order) -> None:
        entries = self.world.database.rows(
            "SELECT account, amount_xof FROM entry WHERE order_id = ? AND account = ?",
            order.id,
            customer_account(order.customer),
        )
        moved_xof = sum(row["amount_xof"] for row in entries)
        wanted_xof = -order.total_xof if order.state == "delivered" else 0
        # What the operator bears of an order whose money had been spent when it was delivered after all.
        self.require(
            moved_xof == wanted_xof + (order.borne_xof if order.state == "delivered" else 0),
            f"I5: {moved_xof} moved for {order.id}, which is {order.state} and cost {order.total_xof}",
        )


# What there may be none of in the end.
ENDS: Final = {
    "SELECT 1 FROM orders WHERE lease_owner IS NOT NULL AND due_at IS NOT NULL": "an order is leased for ever",
    "SELECT 1 FROM outbox WHERE given_up_at IS NULL": "I2: a message waits for ever",
    "SELECT 1 FROM provider_fact WHERE decided_at IS NULL AND due_at IS NOT NULL": "an answer is never decided",
    "SELECT 1 FROM collection WHERE lease_owner IS NOT NULL AND due_at IS NOT NULL": "a collection is leased for ever",
    "SELECT 1 FROM payback WHERE lease_owner IS NOT NULL AND due_at IS NOT NULL": "a pay-back is leased for ever",
}
