"""The audit as a workbook: what was found, every order as it must be and as it is, and the accounts."""

from collections.abc import Callable
from html import unescape
from typing import Final

from bot.documents.parts import Maker, file_of_tables
from bot.documents.tables import Column, Table, TableRow
from bot.domain.audit import Findings, OrderLine
from bot.domain.outbound import File
from bot.domain.period import Period
from bot.i18n import Voice
from bot.monitoring import audit
from bot.notices.audits import finding_title
from bot.notices.orders import SERVICE, STATE, order_number
from bot.store import ReadingStore
from bot.transactions.installation import Installation

# More orders nobody reads; what was found is always there whole.
MAX_ORDERS = 20_000

_KINDS: Final = ("customer", "hold", "float", "fees", "commissions", "corrections", "other")


def audit_maker(installation: Installation, clock: Callable[[], int]) -> Maker:
    """The maker of `audit`: first and last day. The books are read again when it is sent."""

    async def make(store: ReadingStore, t: Voice, arguments: tuple[str, ...]) -> File | None:
        first, last = arguments
        findings = await audit(store, installation, first, last, clock(), lines=True)
        tables = (_found(t, findings), _orders(t, findings), _accounts(t, findings))
        return await file_of_tables(t.label("paper.file.audit"), Period(first, last), "xlsx", *tables)

    return make


def _found(t: Voice, findings: Findings) -> Table:
    columns = (
        Column(t.label("paper.finding")),
        Column(t.label("paper.order")),
        Column(t.label("paper.expected"), "amount"),
        Column(t.label("paper.found"), "amount"),
        Column(t.label("paper.difference"), "amount"),
        Column(t.label("paper.kind")),
    )
    rows = tuple(
        (
            # A message is HTML, a cell is not.
            unescape(finding_title(t, each)),
            order_number(each.order_id) if each.order_id else None,
            each.expected_xof,
            each.found_xof,
            each.difference_xof,
            each.kind,
        )
        for each in findings.findings
    )
    return Table(t.label("paper.findings"), columns, rows, note="" if rows else t.label("paper.no_findings"))


def _orders(t: Voice, findings: Findings) -> Table:
    columns = [
        Column(t.label("paper.order")),
        Column(t.label("paper.at"), "moment"),
        Column(t.label("paper.service")),
        Column(t.label("paper.state")),
        Column(t.label("paper.total"), "amount"),
        Column(t.label("paper.difference"), "amount"),
    ]
    for kind in _KINDS:
        account = _account(t, kind)
        columns.append(Column(t.label("paper.expected_of", account=account), "amount"))
        columns.append(Column(t.label("paper.found_of", account=account), "amount"))
    lines = findings.lines[:MAX_ORDERS]
    note = t.label("paper.cut", count=t.figure(MAX_ORDERS)) if len(lines) < len(findings.lines) else ""
    return Table(t.label("paper.orders"), tuple(columns), tuple(_order(t, line) for line in lines), note=note)


def _order(t: Voice, line: OrderLine) -> TableRow:
    order = line.order
    sums: list[int] = []
    off_xof = 0
    for kind in _KINDS:
        expected_xof, actual_xof = getattr(line.expected, f"{kind}_xof"), getattr(line.found, f"{kind}_xof")
        sums += [expected_xof, actual_xof]
        off_xof += abs(actual_xof - expected_xof)
    named = (t.label(SERVICE[order.service]), t.label(STATE[order.state]))
    return (order_number(order.id), order.confirmed_at, *named, order.total_xof, off_xof, *sums)


def _accounts(t: Voice, findings: Findings) -> Table:
    columns = (Column(t.label("paper.account")), Column(t.label("paper.balance"), "amount"))
    rows: tuple[TableRow, ...] = tuple((_account(t, name), amount) for name, amount in findings.accounts)
    total = sum(amount for _, amount in findings.accounts)
    return Table(t.label("paper.accounts"), columns, rows, (t.label("paper.total"), total))


def _account(t: Voice, name: str) -> str:
    known = {
        "customer": "account.customers",
        "hold": "account.hold",
        "float": "account.float",
        "fees": "account.fees",
        "commissions": "account.commissions",
        "corrections": "account.corrections",
        "funding": "account.funding",
        "other": "account.other",
    }
    return t.label(known[name]) if name in known else name
