"""Money needs two people above a set amount: admins, credits, debits, refunds, limits and approvals in any order, over
the real scripts, with time passing, crashes and double taps.

Whatever happens: nothing above the amount is done by one person, in one piece or in several within a day; nothing is
done twice; the ledger sums to zero, no balance is below its limit, and the audit log tells of every franc.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.inbound import Tap
from bot.domain.outbound import Choice
from bot.domain.outcome import Delivered, ProviderDetails, Unknown
from bot.domain.people import Address
from tests.sync_store import WRONG_BALANCES, Killed
from tests.trade_world import PEOPLE, Town

LIMIT_XOF = 50_000
DAY_MS = 86_400_000
FIRST, SECOND, OPERATOR = PEOPLE["admin"], PEOPLE["second"], PEOPLE["operator"]
# The same person as the first, in another channel; they have the role there too.
TWIN = Address("whatsapp", "221770000001")
OWNERS = (FIRST, TWIN, SECOND)
ADMINS = (*OWNERS, OPERATOR)
CUSTOMERS = (PEOPLE["customer"], PEOPLE["client"])
PERSON = {str(FIRST): "first", str(TWIN): "first", str(SECOND): "second", str(OPERATOR): "operator"}

amounts = st.sampled_from([1, 10_000, 24_999, 25_000, 49_999, 50_000, 80_000])
kills = st.none() | st.integers(0, 30)
owners, admins, customers = st.sampled_from(OWNERS), st.sampled_from(ADMINS), st.sampled_from(CUSTOMERS)


class TwoPeople(RuleBasedStateMachine):
    """A town in which people do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.town = Town()
        self.town.under(approval_xof=LIMIT_XOF)

    def teardown(self) -> None:
        self.town.store.close()

    @initialize()
    def begin(self) -> None:
        for address in (*ADMINS, *CUSTOMERS):
            self.town.say("/start", address)
        self.sql("UPDATE session SET customer = ? WHERE address = ?", str(FIRST), str(TWIN))
        for address, role in ((TWIN, "owner"), (SECOND, "owner"), (OPERATOR, "operator")):
            self.sql("INSERT INTO admin VALUES (?, ?, 'telegram:1', 0)", str(address), role)
        for whom in CUSTOMERS:
            self.town.fund(200_000, whom)
            for thousands, outcome in ((5, "delivered"), (60, "delivered"), (30, "unknown")):
                self.buy(whom, thousands, outcome)

    def sql(self, text: str, *values: object) -> list[sqlite3.Row]:
        return self.town.store.rows(text, *values)

    def mortally(self, act: Callable[[], Any], kill: int | None) -> None:
        """The process may die in the middle; then the channel brings the same again."""
        self.town.store.kill_after = kill
        try:
            act()
        except Killed:
            act()
        finally:
            self.town.store.kill_after = None

    def command(self, who: Address, text: str, kill: int | None) -> None:
        self.town.say(text, who)
        # The same sum again, a moment later, is asked about in other words.
        word = "deux fois" if "C’est déjà fait" in self.town.last(who).text else "confirmer"
        self.mortally(lambda: self.town.say(word, who), kill)
        self.town.now += 1_000

    def orders(self, *states: str) -> list[str]:
        marks = ",".join("?" * len(states))
        rows = self.sql(f"SELECT id FROM orders WHERE state IN ({marks}) ORDER BY confirmed_at, rowid", *states)
        return [str(row["id"]) for row in rows]

    # What admins do.

    @rule(who=owners, whom=customers, amount=amounts, kill=kills)
    def credit(self, who: Address, whom: Address, amount: int, kill: int | None) -> None:
        self.command(who, f"/credit {whom} {amount} caisse", kill)

    @rule(who=owners, whom=owners, amount=amounts, what=st.sampled_from(["credit", "debit", "limit"]), kill=kills)
    def each_other(self, who: Address, whom: Address, amount: int, what: str, kill: int | None) -> None:
        """One's own account, the one that is linked to it, the other owner's."""
        self.command(who, f"/{what} {whom} {amount} pour nous", kill)

    @rule(who=owners, whom=customers, amount=amounts, kill=kills)
    def debit(self, who: Address, whom: Address, amount: int, kill: int | None) -> None:
        self.command(who, f"/debit {whom} {amount} retrait", kill)

    @rule(who=owners, whom=customers, amount=amounts, kill=kills)
    def limit(self, who: Address, whom: Address, amount: int, kill: int | None) -> None:
        self.command(who, f"/limit {whom} credit {amount} confiance", kill)

    @rule(who=owners, whom=customers)
    def unlimit(self, who: Address, whom: Address) -> None:
        self.command(who, f"/limit {whom} none fini", None)

    @precondition(lambda self: self.orders("delivered"))
    @rule(who=owners, at=st.integers(0, 3), part=st.booleans(), kill=kills)
    def refund(self, who: Address, at: int, part: bool, kill: int | None) -> None:
        order_ids = self.orders("delivered")
        amount = "1000 " if part else ""
        self.command(who, f"/refund {order_ids[at % len(order_ids)]} {amount}panne", kill)

    @precondition(lambda self: self.orders("unknown"))
    @rule(who=admins, at=st.integers(0, 3), kill=kills)
    def give_back(self, who: Address, at: int, kill: int | None) -> None:
        order_ids = self.orders("unknown")
        self.command(who, f"/resolve {order_ids[at % len(order_ids)]} refused jamais payé", kill)

    @rule(who=owners, whom=customers, debit=st.booleans(), by=admins, kill=kills)
    def heavy(self, who: Address, whom: Address, debit: bool, by: Address, kill: int | None) -> None:
        """What certainly takes two, and somebody who decides it at once."""
        self.command(who, f"/{'debit' if debit else 'credit'} {whom} 70000 gros", None)
        self.decide(by, 0, True, True, kill)

    @rule(who=admins, at=st.integers(0, 3), yes=st.booleans(), twice=st.booleans(), kill=kills)
    def decide(self, who: Address, at: int, yes: bool, twice: bool, kill: int | None) -> None:
        rows = self.sql("SELECT id FROM approval ORDER BY asked_at DESC, rowid DESC LIMIT 4")
        if not rows:
            return
        tap = Tap(f"-.{'approve' if yes else 'disapprove'}.{rows[at % len(rows)]['id']}")
        self.mortally(lambda: self.town.hear(who, tap), kill)
        if twice:
            self.town.hear(who, tap)
        self.town.now += 1_000

    @rule(who=admins, back=st.integers(0, 5))
    def tap_something_old(self, who: Address, back: int) -> None:
        buttons = [
            button.data
            for shown in self.town.screen
            if shown.address == who
            for row in shown.outbound.rows
            for button in row
            if isinstance(button, Choice) and any(part in button.data for part in (".do.", "approve", ".undo."))
        ]
        if buttons:
            self.town.hear(who, Tap(buttons[-1 - back % len(buttons)]))

    @rule(who=admins, back=st.integers(0, 3), kill=kills)
    def undo(self, who: Address, back: int, kill: int | None) -> None:
        """A button of one's own, or of somebody else's act."""
        kept = self.sql("SELECT id FROM act_undo ORDER BY done_at DESC, rowid DESC LIMIT 4")
        if kept:
            self.town.hear(who, Tap(f"-.undo.{kept[back % len(kept)]['id']}"))
            self.mortally(lambda: self.town.say("défaire", who), kill)
            self.town.say("défaire", who)

    @rule(role=st.sampled_from(["operator", "owner"]))
    def name_the_second(self, role: str) -> None:
        self.command(FIRST, f"/admin add {SECOND} {role}", None)

    # What else happens.

    @rule(whom=customers, thousands=st.sampled_from([5, 30]), outcome=st.sampled_from(["delivered", "unknown"]))
    def buy(self, whom: Address, thousands: int, outcome: str) -> None:
        before = len(self.orders("waiting", "sending", "delivered", "unknown"))
        self.town.say(f"w 14123456789 {thousands}000", whom)
        self.town.say("oui", whom)
        if len(self.orders("waiting", "sending", "delivered", "unknown")) > before:
            details = ProviderDetails(transaction_id="TX")
            self.town.outcome(Delivered(("1" * 20,), details) if outcome == "delivered" else Unknown("timeout"))
        self.town.now += 1_000

    @rule(minutes=st.sampled_from([1, 29, 31, 600, 1_441]))
    def wait(self, minutes: int) -> None:
        self.town.now += minutes * 60_000

    # What must hold.

    def lines(self) -> list[sqlite3.Row]:
        return self.sql("SELECT * FROM audit WHERE what NOT LIKE 'admin %' ORDER BY id")

    @invariant()
    def nothing_heavy_is_done_alone(self) -> None:
        # Money that comes back waits for nobody on account of its sum; and what two did takes two.
        lines = [line for line in self.lines() if line["what"] != "undo credit"]
        alone = [line for line in lines if not line["second"] and line["amount_xof"]]
        undone = [line for line in self.lines() if line["what"] in ("undo credit", "undo debit")]
        assert all(line["second"] for line in undone if line["amount_xof"] >= LIMIT_XOF)
        for at, line in enumerate(alone):
            person = PERSON[line["address"]]
            sum_xof = sum(
                each["amount_xof"]
                for each in alone[: at + 1]
                if PERSON[each["address"]] == person and each["at"] > line["at"] - DAY_MS
            )
            assert sum_xof < LIMIT_XOF, (person, sum_xof)

    @invariant()
    def nobody_decides_about_themselves(self) -> None:
        for line in self.lines():
            whose = PERSON.get(line["target"])
            assert whose is None or whose not in (PERSON[line["address"]], PERSON.get(line["second"], "")), dict(line)

    @invariant()
    def the_second_is_somebody_else_and_in_time(self) -> None:
        for line in self.lines():
            if line["second"]:
                assert PERSON[line["second"]] != PERSON[line["address"]]
        approved = self.sql("SELECT * FROM approval WHERE state = 'approved'")
        seconded = [line for line in self.lines() if line["second"]]
        assert len(approved) == len(seconded), "one approval is one act"
        asked = Counter((row["address"], row["why"]) for row in approved)
        assert asked == Counter((line["address"], line["why"]) for line in seconded)
        for line in seconded:
            assert any(row["asked_at"] <= line["at"] < row["expires_at"] for row in approved)

    @invariant()
    def the_log_tells_of_every_franc(self) -> None:
        logged = Counter[str]()
        for line in self.lines():
            logged[line["what"]] += line["amount_xof"]
        moved = self.sql("SELECT amount_xof FROM entry WHERE account = 'funding' AND transfer LIKE 'admin:%'")
        assert logged["credit"] + logged["undo debit"] == sum(
            -row["amount_xof"] for row in moved if row["amount_xof"] < 0
        )
        assert logged["debit"] + logged["undo credit"] == sum(
            row["amount_xof"] for row in moved if row["amount_xof"] > 0
        )
        undone = self.sql(
            "SELECT count(*) AS many FROM entry WHERE transfer LIKE 'admin:%:undone' AND account = 'funding'"
        )
        moves = [line for line in self.lines() if line["what"] in ("undo credit", "undo debit")]
        assert undone[0]["many"] == len(moves), "each once"
        refunds = self.sql("SELECT sum(refunded_xof) AS xof, sum(refunded_xof > 0) AS many FROM orders")[0]
        assert logged["refund"] == (refunds["xof"] or 0)
        assert sum(line["what"] == "refund" for line in self.lines()) == (refunds["many"] or 0)
        refused = self.sql("SELECT coalesce(sum(amount_xof + fee_xof), 0) AS xof FROM orders WHERE state = 'refused'")
        assert logged["resolve refused"] == refused[0]["xof"]

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.sql("SELECT coalesce(sum(amount_xof), 0) AS xof FROM entry")[0]["xof"] == 0
        assert self.sql(WRONG_BALANCES) == []
        for row in self.sql(
            "SELECT account, sum(amount_xof) AS xof FROM entry WHERE account LIKE 'customer:%' GROUP BY account"
        ):
            limits = self.sql("SELECT limit_xof FROM credit_limit WHERE customer = ?", row["account"][9:])
            assert row["xof"] >= -(limits[0]["limit_xof"] if limits else 0)
        for row in self.sql("SELECT amount_xof + fee_xof AS total_xof, refunded_xof FROM orders"):
            assert row["refunded_xof"] <= row["total_xof"]


TwoPeople.TestCase.settings = settings(max_examples=min(settings().max_examples, 200), stateful_step_count=40)
TestTwoPeople = TwoPeople.TestCase
