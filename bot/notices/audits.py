"""The report of an audit, and the morning report, in words. Pure."""

from typing import Final

from bot.domain.audit import Collected, Finding, FindingKind, Findings, Rise
from bot.domain.concerns import AuditSummary, DaySummary
from bot.domain.outbound import Attachment, Brief, Outbound
from bot.i18n import Safe, Voice
from bot.notices.alerts import float_lines
from bot.notices.layout import STAYS, Rows, fit, free, lines, paragraphs, truncate
from bot.notices.orders import STATE, order_number

# Findings and rises that a message names; the file has them all.
MOST_LISTED = 8


MOST_RISES = 3


MAX_BRIEF_CHARACTERS = 60


FINDING: Final[dict[FindingKind, str]] = {
    "ledger": "finding.ledger",
    "transfer": "finding.transfer",
    "hold": "finding.hold",
    "payment": "finding.payment",
    "payback": "finding.payback",
    "paybacks": "finding.paybacks",
    "homeless": "finding.homeless",
    "limit": "finding.limit",
    "balance": "finding.balance",
    "no_order": "finding.no_order",
    "stray": "finding.stray",
    "sums": "finding.kept_sums",
    "no_hold": "finding.no_hold",
    "missing": "finding.missing",
    "unexpected": "finding.unexpected",
    "both": "finding.both",
    "entries": "finding.entries",
    "provider": "finding.provider",
    "long_open": "finding.long_open",
    "no_code": "finding.no_code",
    "same_code": "finding.same_code",
    "witness": "finding.witness",
    "fall": "finding.fall",
}


# What a detail is made of: a move of an order, an account.
_PARTS: Final[dict[str, str]] = {
    "hold": "move.hold",
    "release": "move.release",
    "spend": "move.spend",
    "reopen": "move.reopen",
    "refund": "move.refund",
    "customer": "account.customer",
    "float": "account.float",
    "fees": "account.fees",
    "commissions": "account.commissions",
    "corrections": "account.corrections",
    "funding": "account.funding",
}


# Findings that are about no amount of their own.
_WITHOUT_SUMS: Final = frozenset({"no_code", "same_code", "long_open", "homeless"})


def _is_known(discrepancies: tuple[Finding, ...], order_id: str) -> bool:
    return not any(each.kind == "no_order" and each.order_id == order_id for each in discrepancies)


def finding_lines(t: Voice, of: Finding) -> Safe:
    """One finding: what it is, where, what was expected and what was found."""
    sums = None
    if of.kind not in _WITHOUT_SUMS:
        sums = t(
            "finding.sums",
            expected=t.money(of.expected_xof),
            found=t.money(of.found_xof),
            difference=signed(t, of.difference_xof),
        )
    return lines(Safe(f"• {finding_title(t, of)}"), sums)


def finding_title(t: Voice, of: Finding) -> Safe:
    """What a finding is and where, in one line."""
    return t(
        FINDING[of.kind],
        order=order_number(of.order_id) if of.order_id else "—",
        subject=of.subject,
        detail=_detail(t, of),
        held=t.money(of.found_xof),
        since=t.short_moment(of.since or 0),
        until=t.short_moment(of.until or 0),
    )


def _detail(t: Voice, of: Finding) -> str:
    if of.kind == "same_code":
        return order_number(of.detail)
    if of.kind == "long_open":
        return {str(state): str(t(key)) for state, key in STATE.items()}[of.detail]
    return ", ".join(t.label(_PARTS[part]) if part in _PARTS else part for part in of.detail.split())


def signed(t: Voice, amount_xof: int) -> Safe:
    """A difference with its sign."""
    return Safe(f"{'+' if amount_xof > 0 else '−' if amount_xof < 0 else ''}{t.money(abs(amount_xof))}")


def _rises(t: Voice, rises: tuple[Rise, ...]) -> Safe | None:
    if not rises:
        return None
    shown = [_rise(t, each) for each in sorted(rises, key=lambda each: -each.amount_xof)[:MOST_RISES]]
    more = t.plural("audit.more_rises", len(rises) - MOST_RISES) if len(rises) > MOST_RISES else None
    return lines(*shown, more)


def _rise(t: Voice, of: Rise) -> Safe:
    between = {"amount": t.money(of.amount_xof), "since": t.short_moment(of.since), "until": t.short_moment(of.until)}
    if of.order_id is not None:
        return t("audit.refund", order=order_number(of.order_id), **between)
    if of.payments:
        return t.plural("audit.settled", of.payments, **between)
    return t("audit.rise", **between)


def _collected(t: Voice, of: Collected | None) -> Safe | None:
    """What customers paid by themselves, and how much of it has been seen in the float."""
    if of is None:
        return None
    unseen_xof = of.amount_xof - of.seen_xof
    key = "audit.collected" if unseen_xof else "audit.collected_seen"
    return t.plural(key, of.payments, amount=t.money(of.amount_xof), unseen=t.money(unseen_xof))


def days_of(t: Voice, first: str, last: str) -> Safe:
    """A stretch of days in words."""
    return t.day(first) if first == last else t("audit.days", first=t.day(first), last=t.day(last))


def morning(of: DaySummary, t: Voice, *, asked: bool = False) -> Outbound:
    """The report of a day: of the one before in the morning, or of any that somebody asked for, of which an audit may
    not be remembered.
    """
    counted = lines(
        t.plural("report.orders", of.orders, amount=t.money(of.amount_xof)) if of.orders else t("report.no_orders"),
        _success(t, of.delivered, of.refused) if of.orders else None,
        t.plural("report.refused", of.refused) if of.refused else None,
        t.plural("report.cancelled", of.cancelled) if of.cancelled else None,
        t.plural("report.open", of.open) if of.open else None,
    )
    earned = lines(
        t("report.fees", fees=t.money(of.fees_xof)),
        t("report.commissions", commissions=t.money(of.commissions_xof)) if of.commissions_xof else None,
    )
    text = paragraphs(
        t("report.asked" if asked else "report.title", day=t.day(of.day)),
        counted,
        earned,
        float_lines(t, of.float, fresh=False),
        t.plural("report.stuck", of.stuck) if of.stuck else t("report.none_stuck"),
        _audit_line(t, of.audit) if of.audit is not None or not asked else None,
    )
    rows: Rows = ((free(t.label("button.see_stuck"), "stuck", mark=STAYS),),) if of.stuck else ()
    about = truncate(t.label("brief.report"), MAX_BRIEF_CHARACTERS)
    return Outbound(fit(text), rows, durable=True, brief=Brief("news", t.language, about))


def _success(t: Voice, delivered: int, refused: int) -> Safe | None:
    if not delivered + refused:
        return None
    return t.plural("report.delivered", delivered, percent=delivered * 100 // (delivered + refused))


def _audit_line(t: Voice, of: AuditSummary | None) -> Safe:
    if of is None:
        return t("report.no_audit")
    return t.plural("report.findings", of.findings) if of.findings else t("report.clean")


def audit_message(t: Voice, findings: Findings) -> Outbound:
    """An audit's message, with its file."""
    discrepancies = findings.findings
    days = days_of(t, findings.first, findings.last)
    size = t(
        "audit.size",
        orders=t.plural("audit.orders", findings.orders),
        entries=t.plural("audit.entries", findings.entries),
        moved=t.money(findings.moved_xof),
    )
    parts: list[Safe | None] = [t("audit.clean", days=days), size]
    if discrepancies:
        listed = paragraphs(*(finding_lines(t, each) for each in discrepancies[:MOST_LISTED]))
        more = t.plural("audit.more", len(discrepancies) - MOST_LISTED) if len(discrepancies) > MOST_LISTED else None
        parts = [t.plural("audit.findings", len(discrepancies), days=days), size, listed, more, t("audit.do")]
    text = paragraphs(*parts, _collected(t, findings.collected), _rises(t, findings.rises))
    orders = tuple(dict.fromkeys(each.order_id for each in discrepancies if each.order_id is not None))[:3]
    known = tuple(each for each in orders if _is_known(discrepancies, each))
    rows: Rows = tuple((free(order_number(each), "inspect", each, STAYS),) for each in known)
    attachment = Attachment("audit", t.language, (findings.first, findings.last))
    about = truncate(t.label("brief.audit"), MAX_BRIEF_CHARACTERS)
    return Outbound(fit(text), rows, durable=True, brief=Brief("news", t.language, about), attachment=attachment)
