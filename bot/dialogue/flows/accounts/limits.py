"""An admin says how far below zero an account may go, and how much may leave a reseller's in a day. Pure.

Raising a credit limit is lending money: it needs a reason, and counts towards what one admin may do alone.
"""

from typing import Literal

from msgspec import Struct

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Undoing, ask, begin, done
from bot.dialogue.acts.naming import address_in
from bot.dialogue.acts.sums import amount_and_why, sum_in_words
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.flows.accounts.people import person, tell
from bot.dialogue.parsing.amounts import parse_amount
from bot.domain.acts import SetLimit
from bot.domain.people import Address
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.languages import answers
from bot.notices.layout import lines
from bot.repositories.acts import Standing, Touched
from bot.repositories.money import own_credit_limit, set_credit_limit
from bot.repositories.resellers import set_day_limit
from bot.store import Script
from bot.transactions.people import standing_at

_NONE = answers("none")


class Change(Struct, frozen=True):
    """A limit as it is and as it would be, in XOF; for a day's, None is no limit. `own` says that the account gets one
    of its own, and not that of the settings.
    """

    address: Address
    standing: Standing
    before_xof: int | None
    after_xof: int | None
    own: bool

    @property
    def raised_xof(self) -> int:
        return max(0, (self.after_xof or 0) - (self.before_xof or 0))


def limit(ctx: Context, rest: str) -> Deciding:
    """`/limit ADDRESS credit AMOUNT`, `… day AMOUNT`, `none` for the amount or for both words; a reason may
    follow.
    """
    address_text, _, tail = rest.strip().partition(" ")
    address = address_in(address_text, ctx.shop.channels)
    word, _, after_word = tail.strip().partition(" ")
    kind: Literal["credit", "day"] = "day" if word.lower() == "day" else "credit"
    if word.lower() in ("credit", "day"):
        # Without a word a credit limit is meant.
        tail = after_word
    first, _, more = tail.strip().partition(" ")
    amount_text, why = amount_and_why(tail)
    amount_xof = parse_amount(amount_text)
    if fold(first) in _NONE:
        amount_xof, why = None, more
    elif amount_xof is None or amount_xof > MAX_AMOUNT_XOF:
        return Reply(ctx.t("admin.limit.usage"))
    if address is None:
        return Reply(ctx.t("admin.limit.usage"))
    return (yield from begin(ctx, SetLimit(address, kind, amount_xof), why))


def _change(ctx: Context, act: SetLimit) -> Script[Reply | Change]:
    """What an act would change; or why it may not."""
    t = ctx.t
    address, wanted_xof = act.address, act.limit_xof
    standing = yield from person(ctx, address)
    if isinstance(standing, Reply):
        return standing
    if act.kind == "day":
        if standing.reseller is None:
            return Reply(t("admin.limit.no_reseller", address=str(address)))
        return Change(address, standing, standing.reseller.day_limit_xof, wanted_xof, True)
    default_xof = ctx.unit.installation.default_credit_limit_xof
    before_xof = standing.balance.credit_limit_xof
    after_xof = default_xof if wanted_xof is None else wanted_xof
    owed_xof = max(0, -standing.balance.available_xof)
    if wanted_xof is not None and wanted_xof > ctx.shop.bounds.credit_limit_xof and after_xof > before_xof:
        return Reply(t("admin.limit.beyond", most=t.money(ctx.shop.bounds.credit_limit_xof)))
    if after_xof < owed_xof:
        return Reply(t("admin.limit.owes", address=str(address), owed=t.money(owed_xof)))
    return Change(address, standing, before_xof, after_xof, wanted_xof is not None)


def ask_limit(ctx: Context, act: SetLimit, why: str) -> Deciding:
    """The limit before and after."""
    t, is_credit = ctx.t, act.kind == "credit"
    change = yield from _change(ctx, act)
    if isinstance(change, Reply):
        return change
    moves = "admin.limit.may_owe" if is_credit else "admin.limit.may_spend"
    text = lines(
        t("admin.limit.ask_credit" if is_credit else "admin.limit.ask_day", address=str(change.address)),
        t(moves, before=_said(t, change.before_xof), after=_said(t, change.after_xof)),
        sum_in_words(ctx, change.after_xof or 0),
        None if change.own else t("admin.limit.default"),
        t("admin.limit.balance", balance=t.money(change.standing.balance.available_xof)) if is_credit else None,
    )
    return ask(ctx, text, act, why, must=is_credit and change.raised_xof > 0)


def _said(t: Voice, limit_xof: int | None) -> Safe:
    return t("limit.none") if limit_xof is None else t.money(limit_xof)


def do_limit(ctx: Context, act: SetLimit, why: str) -> Deciding:
    """Set it, and tell whose it is."""
    t, is_credit = ctx.t, act.kind == "credit"
    change = yield from _change(ctx, act)
    if isinstance(change, Reply):
        return change
    target, after_xof = str(change.address), change.after_xof
    if is_credit:
        yield from audit(ctx, "limit credit", target, why, change.raised_xof)
        yield from ctx.write(set_credit_limit(change.standing.customer, after_xof if change.own else None))
    else:
        yield from audit(ctx, "limit day", target, why)
        yield from ctx.write(set_day_limit(change.standing.customer, after_xof))
    yield from tell(
        ctx,
        change.standing.members,
        lambda voice, _: voice(
            "limit.notice_credit" if is_credit else "limit.notice_day", limit=_said(voice, after_xof)
        ),
    )
    return done(ctx, t("admin.limit.done", address=target, limit=_said(t, after_xof)))


def raised(ctx: Context, act: SetLimit) -> Script[int]:
    """How much more could be owed."""
    if act.kind == "day":
        return 0
    change = yield from _change(ctx, act)
    return 0 if isinstance(change, Reply) else change.raised_xof


def _as_it_is(ctx: Context, act: SetLimit) -> Script[int | None]:
    """The limit of the account's own."""
    standing = yield from standing_at(act.address, ctx.unit.installation)
    if act.kind == "credit":
        return (yield from own_credit_limit(standing.customer))
    return None if standing.reseller is None else standing.reseller.day_limit_xof


def _before(ctx: Context, act: SetLimit) -> Script[tuple[SetLimit, ...]]:
    return (SetLimit(act.address, act.kind, (yield from _as_it_is(ctx, act))),)


def _now(ctx: Context, act: SetLimit) -> Script[str]:
    return str((yield from _as_it_is(ctx, act)))


LIMIT = ActKind(
    ask=ask_limit,
    do=do_limit,
    who="owner",
    touches=lambda act: Touched(address=act.address),
    counts="sum",
    because="a credit limit counts by how much it is raised: it lends money; a daily limit lets a reseller spend "
    "their own",
    moves=raised,
    own_words=("word.limit",),
    undoing=Undoing(inverse=_before, value=_now, sets=lambda act: frozenset({f"limit:{act.kind}:{act.address}"})),
)
