"""The auditor: is given the books page by page, and names what does not agree. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from bot.domain.audit.chain import Credit, Debit, Witness, chain, settled
from bot.domain.audit.findings import (
    BookEntry,
    Collected,
    Dossier,
    Finding,
    Findings,
    OrderLine,
    Rise,
    RunningBalance,
)
from bot.domain.audit.homeless import Left, homeless
from bot.domain.audit.transfers import check
from bot.domain.catalog import Catalog
from bot.domain.ledger import CUSTOMERS, HOLD, customer_account
from bot.domain.order import HELD, Order

# The provider refunds a payment that failed by itself.
REFUNDED_WITHIN_MS = 600_000


class Auditor:
    """One audit under way. `joined` leads from an account to the one it was joined to; `lines` asks for a line of every
    order. The same thing found twice is one finding.
    """

    def __init__(self, catalog: Catalog, now: int, joined: Iterable[tuple[str, str]] = (), *, lines: bool = False):
        self._catalog = catalog
        self._now = now
        self._into: dict[str, list[str]] = {}
        for customer, into in joined:
            self._into.setdefault(into, []).append(customer)
        self._want_lines = lines
        self._orders: set[str] = set()
        self._lines: list[OrderLine] = []
        self._findings: dict[tuple[str, str, str], Finding] = {}
        self._codes: dict[str, str] = {}
        self._debits: dict[str, Debit] = {}
        self._given_back: dict[str, Order] = {}
        self._accounts: dict[str, int] = {}
        self._rises: tuple[Rise, ...] = ()
        self._credits: tuple[Credit, ...] = ()
        self._collected: Collected | None = None
        self._entries = 0
        self._moved_xof = 0

    def orders(self, dossiers: Iterable[Dossier]) -> None:
        """Orders that moved in these days, or are open."""
        for dossier in dossiers:
            order = dossier.order
            if order.id in self._orders:
                continue
            self._orders.add(order.id)
            twins = {self._codes.setdefault(token, order.id) for token in order.tokens} | set(dossier.twins)
            known = replace(dossier, twins=tuple(sorted(twins - {order.id})))
            prepaid = self._catalog[order.service].prepaid
            findings, line = check(known, self._names(order.customer), prepaid, self._now)
            for finding in findings:
                self._add(finding)
            if self._want_lines:
                self._lines.append(line)
            self.paid(order)

    def paid(self, order: Order) -> None:
        """An order that may explain a fall of the float, whether or not it is itself looked at."""
        if order.details.current_balance_xof is not None:
            if order.state in ("refused", "cancelled"):
                self._given_back[order.id] = order
            return
        if order.state != "delivered" and (order.state not in HELD or order.state == "waiting"):
            return
        fee_xof = order.details.fee_xof
        if fee_xof is None:
            fee_xof = self._catalog[order.service].provider_fee.fee_xof(order.paid_xof)
        until = self._now if order.delivered_at is None else order.delivered_at
        self._debits[order.id] = Debit(order.id, order.confirmed_at, until, order.paid_xof + fee_xof)

    def paid_back(self, debits: Iterable[Debit]) -> None:
        """Pay-backs, which make the float fall as payments do."""
        self._debits.update({debit.order_id: debit for debit in debits})

    def collected(self, credits: Iterable[Credit]) -> None:
        """What customers paid, which makes the float rise, at once or when it is settled."""
        self._credits = tuple(credits)

    def moved(self, entries: int, moved_xof: int) -> None:
        """How many entries these days have, and how much money they moved."""
        self._entries += entries
        self._moved_xof += moved_xof

    def unbalanced(self, transfers: Iterable[tuple[str, int, str | None]]) -> None:
        """Transfers that do not sum to zero, with what they sum to and their order."""
        for key, off_xof, order_id in transfers:
            self._add(Finding("transfer", key, 0, off_xof, order_id))

    def strangers(self, entries: Iterable[BookEntry]) -> None:
        """Entries that name an order which nobody knows."""
        for entry in entries:
            self._add(Finding("no_order", entry.transfer, 0, entry.amount_xof, entry.order_id, entry.account))

    def strays(self, entries: Iterable[BookEntry]) -> None:
        """Entries without an order on an account that only orders move."""
        for entry in entries:
            self._add(Finding("stray", entry.transfer, 0, entry.amount_xof, None, entry.account))

    def payments(self, differing: Iterable[tuple[str, int, int]]) -> None:
        """Payments that came in otherwise than they were booked: which, and both sums."""
        for key, expected_xof, found_xof in differing:
            self._add(Finding("payment", f"collected:{key}", expected_xof, found_xof))

    def paybacks(self, open_xof: int, booked_xof: int) -> None:
        """What is on its way back, and what the books say of it, at one moment."""
        if open_xof != booked_xof:
            self._add(Finding("paybacks", "paybacks", open_xof, booked_xof))

    def payback_books(self, differing: Iterable[tuple[str, int, int]]) -> None:
        """Pay-backs that were booked otherwise than their state says: which, and both sums."""
        for payback_id, expected_xof, found_xof in differing:
            self._add(Finding("payback", f"payback:{payback_id}", expected_xof, found_xof))

    def homeless(self, customer: str, left: Iterable[Left], balance_xof: int) -> None:
        """What the collections of a customer left in their account, where none of it may stay."""
        for collection_id, amount_xof in homeless(left, balance_xof):
            self._add(Finding("homeless", collection_id, 0, amount_xof, detail=customer))

    def sums(self, day: str, sums: Iterable[tuple[str, int, int]]) -> None:
        """Sums kept of a day (`YYYY-MM-DD`) that are not those of its orders: of which orders, and both sums."""
        for orders, expected_xof, found_xof in sums:
            self._add(Finding("sums", f"{day} {orders}", expected_xof, found_xof))

    def accounts(self, balances: Mapping[str, int], limits: Mapping[str, int], default_limit_xof: int) -> None:
        """Every account's balance, and how far below zero each customer may go."""
        for account, balance_xof in balances.items():
            name = account if not account.startswith(CUSTOMERS) else CUSTOMERS.rstrip(":")
            self._accounts[name] = self._accounts.get(name, 0) + balance_xof
            if name == account:
                continue
            limit_xof = limits.get(account.removeprefix(CUSTOMERS), default_limit_xof)
            if balance_xof < -limit_xof:
                self._add(Finding("limit", account, -limit_xof, balance_xof))

    def running_balances(self, wrong: Iterable[RunningBalance]) -> None:
        """The running balances that are not the sum of their customer's entries."""
        for each in wrong:
            self._add(Finding("balance", customer_account(each.customer), each.entries_xof, each.balance_xof))

    def whole(self, balances: Mapping[str, int], open_xof: int) -> None:
        """Every account's balance at one moment, and what all open orders held then."""
        total_xof, hold_xof = sum(balances.values()), balances.get(HOLD, 0)
        if total_xof:
            self._add(Finding("ledger", "ledger", 0, total_xof))
        if hold_xof != open_xof:
            self._add(Finding("hold", "hold", open_xof, hold_xof))

    def float(self, witnesses: Sequence[Witness], since: int, until: int) -> None:
        """The provider's answers, in the order in which they came in, from some time before the days (`since`) to
        some time after their end (`until`). The former tell where the chain began, the latter what came back.
        """
        falls, rises, left = chain(witnesses, self._debits.values(), self._credits)
        for fall in falls:
            if since <= (fall.until or 0) < until:
                self._add(fall)
        rises = self._refunds(
            rises, {each.order_id for each in witnesses}, max((each.at for each in witnesses), default=0)
        )
        rises, left = settled(rises, left)
        self._rises = tuple(rise for rise in rises if since <= rise.until < until)
        came = tuple(each for each in self._credits if since <= each.until < until)
        if came:
            unseen = {each.key for each in left}
            seen_xof = sum(each.amount_xof for each in came if each.key not in unseen)
            self._collected = Collected(len(came), sum(each.amount_xof for each in came), seen_xof)

    def findings(self, first: str, last: str) -> Findings:
        """What was found, the biggest first."""
        # An order's entry that was altered says more than that its transfer does not sum to zero.
        explained = {
            f"order:{each.order_id}:{each.detail.partition(' ')[0]}"
            for each in self._findings.values()
            if each.kind in ("entries", "provider")
        }
        left = [each for each in self._findings.values() if each.kind != "transfer" or each.subject not in explained]
        return Findings(
            first,
            last,
            len(self._orders),
            self._entries,
            self._moved_xof,
            tuple(sorted(left, key=lambda each: (-abs(each.difference_xof), each.kind, each.subject, each.detail))),
            self._rises,
            tuple(sorted(self._accounts.items())),
            tuple(self._lines),
            self._collected,
        )

    def _refunds(self, rises: tuple[Rise, ...], witnessed: set[str], answered_until: int) -> tuple[Rise, ...]:
        """Rises that are the refund of a payment which failed; one that failed, was debited before our eyes and is not
        refunded though the provider has answered since is a finding.
        """
        refunds: list[Rise] = list(rises)
        for order in self._given_back.values():
            taken_xof = (order.details.previous_balance_xof or 0) - (order.details.current_balance_xof or 0)
            if order.details.previous_balance_xof is None or taken_xof == 0:
                continue
            free = (at for at, rise in enumerate(refunds) if not (rise.order_id or rise.payments))
            back = next((at for at in free if refunds[at].amount_xof == taken_xof), None)
            looked_at = order.id in self._orders and order.id in witnessed
            if back is None and looked_at and answered_until - order.updated_at >= REFUNDED_WITHIN_MS:
                self._add(Finding("witness", order.id, 0, taken_xof, order.id))
            elif back is not None:
                refunds[back] = replace(refunds[back], order_id=order.id)
        return tuple(refunds)

    def _add(self, finding: Finding) -> None:
        self._findings.setdefault((finding.kind, finding.subject, finding.detail), finding)

    def _names(self, customer: str) -> frozenset[str]:
        """The accounts that were joined to a customer's, at whatever remove, and their own."""
        names, following = {customer}, [customer]
        while following:
            for joined in self._into.get(following.pop(), ()):
                if joined not in names:
                    names.add(joined)
                    following.append(joined)
        return frozenset(names)
