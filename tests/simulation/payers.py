"""What must be true of payers' money, by the collector's own books: what was paid, and what went back.

For every payer: what they paid is what was bought with it, what went back to them, and what stands here for them.
"""

from collections import Counter
from typing import TYPE_CHECKING, Final

from bot.domain.collection import FINAL as OVER
from bot.domain.ledger import PAYBACKS, customer_account
from bot.domain.payback import FINAL as BACK
from bot.domain.payback.states import SET_ASIDE
from tests.simulation.collector import OVER as UNPAYABLE

if TYPE_CHECKING:
    from tests.simulation.oracle import Oracle


class PayersOracle:
    """Watches what is collected and what goes back, for an oracle."""

    def __init__(self, oracle: "Oracle") -> None:
        self._of = oracle
        self.world = oracle.world
        self._states: dict[str, str] = {}
        self._quotes: dict[str, str] = {}

    # Whenever.

    def asks(self, collection_id: str, amount_xof: int) -> None:
        """A payer is asked: that was written down before, and they can pay for the same by nothing else."""
        require, simulator = self._of.require, self.world.payers.simulator
        rows = self.world.database.rows("SELECT * FROM collection WHERE id = ?", collection_id)
        require(rows, f"I1: a payer is asked under {collection_id}, which is no collection's id")
        row = rows[0]
        require(row["state"] != "waiting", f"I1: a payer was asked for {collection_id} before that was written down")
        require(row["amount_xof"] == amount_xof, f"I5: another sum was asked for {collection_id}")
        known = collection_id in simulator.sessions
        require(not known or row["state"] != "opening", f"I1: {collection_id} is opened as if it had never been")
        quote_id = row["quote_id"]
        for other, of in self._quotes.items() if quote_id is not None else ():
            session = simulator.sessions.get(other)
            if of == quote_id and other != collection_id and session is not None:
                word, paid = session.status(self.world.now()), simulator.paid_xof(other)
                require(word in UNPAYABLE, f"I1: {other}, which is {word}, and {collection_id} are for one quote")
                self.world.note(f"{collection_id} follows {other}, of which {paid} F were paid")
        if quote_id is not None:
            self._quotes[collection_id] = quote_id

    def sends_back(self, payback_id: str, amount_xof: int, number: str, taken: bool) -> None:
        """A pay-back has arrived; `taken`: one under this id was taken before."""
        require = self._of.require
        rows = self.world.database.rows("SELECT * FROM payback WHERE id = ?", payback_id)
        require(rows, f"I1: money goes back under {payback_id}, which is no pay-back's id")
        row = rows[0]
        require(
            row["amount_xof"] == amount_xof and row["payer"] == number,
            f"I1: {payback_id} goes back otherwise than asked",
        )
        require(row["state"] not in ("held", "waiting"), f"I1: {payback_id} went back before that was written down")
        require(not taken or row["state"] != "sending", f"I1: {payback_id} is sent as if it had never been sent")
        terms = self.world.shop.collecting
        again = terms is not None and terms.abilities.refuses_twice
        require(not taken or again, f"I1: {payback_id} was taken, and is sent again to who would pay it twice")

    def committed(self, written: set[str]) -> None:
        """After every commit that wrote one of these tables."""
        if "collection" in written:
            self._moved("collection")
        if "payback" in written:
            self._moved("payback")
        if "payback" in written or "entry" in written:
            set_aside = "', '".join(sorted(SET_ASIDE))
            (row,) = self.world.database.rows(
                f"SELECT coalesce(sum(amount_xof), 0) AS xof FROM payback WHERE state IN ('{set_aside}')"
            )
            aside_xof = self._of.balance(PAYBACKS)
            self._of.require(aside_xof == row["xof"], f"I5: {aside_xof} are set aside, and {row['xof']} go back")
        if "collected" in written:
            for id_, taken_xof in self._taken().items():
                paid_xof = self.world.payers.simulator.paid_xof(id_)
                self._of.require(taken_xof <= paid_xof, f"I5: {taken_xof} were taken of {id_}, and {paid_xof} paid")

    def _moved(self, table: str) -> None:
        for row in self.world.database.rows(f"SELECT id, state FROM {table}"):
            id_, state, before = row["id"], row["state"], self._states.get(row["id"])
            if state != before:
                self.world.note(f"{id_} {before} -> {state}")
                self._of.require(before not in ("paid", "done"), f"I2: {id_} was {before} and is {state}")
                self._states[id_] = state

    def _taken(self) -> Counter[str]:
        taken: Counter[str] = Counter()
        for row in self.world.database.rows("SELECT collection_id, amount_xof FROM collected"):
            taken[row["collection_id"]] += row["amount_xof"]
        return taken

    # In the end.

    def open_ends(self) -> list[str]:
        """What has not come to its end yet."""
        rows = self.world.database.rows
        ends = [
            f"{row['id']} {row['state']}"
            for row in rows("SELECT id, state FROM collection")
            if row["state"] not in OVER
        ]
        ends += [
            f"{row['id']} {row['state']}" for row in rows("SELECT id, state FROM payback") if row["state"] not in BACK
        ]
        return ends + [f"{id_} has {xof} F that nobody has heard of" for id_, xof in self.unheard().items()]

    def unheard(self) -> dict[str, int]:
        """What was paid and is not in our books, by collection."""
        simulator, taken = self.world.payers.simulator, self._taken()
        return {id_: xof - taken[id_] for id_ in simulator.sessions if (xof := simulator.paid_xof(id_)) > taken[id_]}

    def check_end(self) -> None:
        """For every payer: paid = bought + given back + held."""
        require, simulator, rows = self._of.require, self.world.payers.simulator, self.world.database.rows
        paid, back, kept, fees = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        for row in rows("SELECT * FROM collection"):
            paid[row["customer"]] += simulator.paid_xof(row["id"])
        for row in rows("SELECT * FROM payback"):
            gone = simulator.has_gone_back(row["id"])
            require(gone == (row["state"] == "done"), f"I2: {row['id']} is {row['state']}, and went back: {gone}")
            back[row["customer"]] += gone * row["amount_xof"]
            kept[row["customer"]] += (not gone) * row["amount_xof"]
        for row in rows(_HOMELESS):
            kept[row["customer"]] += row["amount_xof"]
        strange = set(simulator.paid_out) - {row["id"] for row in rows("SELECT id FROM payback")}
        require(not strange, f"I1: {strange} went back for no reason")
        for customer in sorted(set(paid) | set(back)):
            account = customer_account(customer)
            given_xof, bought_xof = 0, 0
            for row in rows("SELECT transfer, order_id, amount_xof FROM entry WHERE account = ?", account):
                transfer = row["transfer"]
                if transfer.startswith("collection:"):
                    fees[customer] -= row["amount_xof"]
                elif row["order_id"] is not None:
                    bought_xof -= row["amount_xof"]
                elif not transfer.startswith(("collected:", "payback:")):
                    given_xof += row["amount_xof"]
            held_xof = self._of.balance(account)
            come_xof = paid[customer] + given_xof
            gone_xof = bought_xof + fees[customer] + back[customer] + held_xof
            require(
                come_xof == gone_xof,
                f"I3: {customer} paid {paid[customer]} and was given {given_xof}, bought for {bought_xof} with fees of "
                f"{fees[customer]}, got {back[customer]} back, and has {held_xof}",
            )
            self._keeps_nothing(customer, held_xof, kept[customer])
        self._fees()

    def _keeps_nothing(self, customer: str, held_xof: int, kept_xof: int) -> None:
        """Where nobody has money here, nothing is left of what people paid but what admins decided to keep, and
        what was paid from a number that nobody knows: of that the admins are told.
        """
        if not self._stays(customer):
            self._of.require(held_xof <= kept_xof, f"I3: {customer} has {held_xof} here, where nobody has advances")

    def _stays(self, customer: str) -> bool:
        resellers = self.world.database.rows("SELECT 1 FROM reseller WHERE customer = ?", customer)
        return self.world.shop.advances == "allowed" or bool(resellers)

    def _fees(self) -> None:
        """What was taken for collecting is what was agreed, once. Where nobody has money here, it goes back with what
        came to nothing.
        """
        for row in self.world.database.rows(_FEES):
            fee_xof, agreed_xof = row["taken_xof"], row["fee_xof"]
            possible = {0, agreed_xof} if row["state"] == "paid" else {0}
            if row["order_state"] == "delivered" and not row["reopened"]:
                possible = {agreed_xof}
            elif row["order_state"] == "delivered":
                # Of what its buyer still had.
                possible = set(range(agreed_xof + 1))
            elif row["order_state"] is not None and not self._stays(row["customer"]):
                possible = {0}
            self._of.require(
                fee_xof in possible, f"I5: {fee_xof} were taken for collecting {row['id']}, of {agreed_xof}"
            )


# What was paid from a number that nobody knows.
_HOMELESS: Final = """
SELECT c.customer, p.amount_xof FROM collected AS p JOIN collection AS c ON c.id = p.collection_id
WHERE p.payer IS NULL AND c.payer IS NULL
"""
# What came of the fee of each collection, and of what was bought with it.
_FEES: Final = """
SELECT c.id, c.customer, c.state, c.fee_xof, o.state AS order_state, o.reopened,
    -coalesce((SELECT sum(amount_xof) FROM entry
               WHERE transfer >= 'collection:' || c.id || ':' AND transfer < 'collection:' || c.id || ';'
                 AND account = 'customer:' || c.customer), 0) AS taken_xof
FROM collection AS c LEFT JOIN orders AS o ON o.id = c.quote_id AND c.state = 'paid'
"""
