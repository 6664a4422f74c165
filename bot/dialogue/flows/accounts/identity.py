"""`/identity`: two who may be one person, explained and decided. Pure.

A number that comes back with another id is another human being as far as anybody can tell: whoever had it is suspended,
whoever has it now began anew. Only people can know more: somebody who registered anew with the same telephone, or who
lost the number and stands in the shop. An owner decides; what it puts into somebody's hands counts like money moved.
"""

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done
from bot.dialogue.acts.naming import address_in, which
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import home_row, reply_beside
from bot.domain.identity_acts import DecideIdentity
from bot.domain.people import Address
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.notices.identities import decided
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.repositories import identities
from bot.repositories.acts import Touched
from bot.repositories.identities import Case, Side
from bot.store import Script
from bot.transactions.acts import interest_of
from bot.transactions.identity_cases import case_of, decide
from bot.transactions.people import admins_with_accounts

MAX_DATA_BYTES = 64
SAME = answers("same_person")
ANOTHER = answers("another_person")


def identity(ctx: Context, rest: str = "") -> Deciding:
    """`/identity`: what is undecided. `/identity ADDRESS`: both sides. `/identity ADDRESS same [ADDRESS] [reason]` and
    `/identity ADDRESS another [reason]` decide.
    """
    words = rest.split()
    if not words:
        return (yield from _listed(ctx))
    chat = address_in(words[0], ctx.shop.channels)
    if chat is None:
        return reply_beside(ctx, ctx.t("identity.usage"))
    verb = fold(words[1]) if len(words) > 1 else ""
    if verb in ANOTHER:
        return (yield from begin(ctx, DecideIdentity(chat, same=False), " ".join(words[2:])))
    if verb in SAME:
        other = address_in(words[2], ctx.shop.channels) if len(words) > 2 else None
        why = words[2:] if other is None else words[3:]
        return (yield from begin(ctx, DecideIdentity(chat, same=True, other=other), " ".join(why)))
    return (yield from _explained(ctx, chat))


def tap(ctx: Context, rest: str) -> Deciding:
    """The same as buttons: an address, after which the decision may stand."""
    return (yield from identity(ctx, rest))


def _listed(ctx: Context) -> Deciding:
    t = ctx.t
    cases = yield from identities.open_cases()
    if not cases:
        return reply_beside(ctx, paragraphs(t("identity.none"), t("identity.usage")))
    listed = (
        t("identity.line", chat=str(case.chat), other=str(case.other), value=case.value, moment=t.moment(case.at))
        for case in cases
    )
    rows: Rows = tuple(
        (free(f"👥 {case.chat}", "identity", str(case.chat), STAYS),) for case in cases[:9] if _fits(str(case.chat))
    )
    return Reply(
        paragraphs(t("identity.title"), lines(*listed), t("identity.usage")), (*rows, home_row(ctx)), separate=True
    )


def _fits(rest: str) -> bool:
    """Whether a button can carry it; an id may be long, and is then typed."""
    return len(f"{STAYS}.identity.{rest}".encode()) <= MAX_DATA_BYTES


def _explained(ctx: Context, chat: Address) -> Deciding:
    """Both sides, and the two answers."""
    t = ctx.t
    case = yield from case_of(ctx.unit.installation, chat)
    if case is None:
        return reply_beside(ctx, t("identity.no_case", chat=str(chat)))
    answers = (("button.identity_same", f"{chat} same"), ("button.identity_another", f"{chat} another"))
    rows: Rows = tuple((free(t.label(key), "identity", rest, STAYS),) for key, rest in answers if _fits(rest))
    text = paragraphs(_both(ctx, case), t("identity.choose", chat=str(chat)))
    return Reply(text, (*rows, home_row(ctx)), separate=True)


def _both(ctx: Context, case: Case) -> Safe:
    t = ctx.t
    return paragraphs(
        t("identity.case", value=case.value, moment=t.moment(case.at)),
        _side(ctx, "identity.old", case.old),
        _side(ctx, "identity.new", case.new),
    )


def _side(ctx: Context, key: str, side: Side) -> Safe:
    t, account = ctx.t, side.account
    return lines(
        t(key, chat=str(side.chat)),
        t("identity.names", names=", ".join(side.names)) if side.names else None,
        t("identity.account", account=account.customer) if account.customer != str(side.chat) else None,
        t("identity.seen", moment=t.moment(side.seen_at)) if side.seen_at is not None else t("identity.never_seen"),
        t("balance.available", balance=t.money(account.balance.available_xof)),
        t("admin.person.held", held=t.money(account.balance.held_xof)) if account.balance.held_xof else None,
        t("identity.orders", orders=account.orders, open=side.open_orders),
        t("identity.reseller") if account.reseller else None,
    )


def _decision(ctx: Context, act: DecideIdentity) -> Script[Reply | Case]:
    """What an act decides; or why it may not."""
    t = ctx.t
    other: Address | None = None
    if act.other is not None:
        named = yield from identities.chats_named(act.other)
        if len(named) > 1:
            return (yield from which(ctx, act.other, named))
        if not named:
            return Reply(t("admin.person.none", address=str(act.other)), separate=True)
        other = named[0]
    case = yield from case_of(ctx.unit.installation, act.address, other)
    if case is None:
        return Reply(t("identity.no_case", chat=str(act.address)), separate=True)
    if act.same:
        for side in (case.old, case.new):
            if (yield from interest_of(ctx.unit.address, Touched(address=side.chat))) == "own":
                return Reply(t("identity.yourself"), separate=True)
        if case.new.account.reseller and case.old.account.customer != case.new.account.customer:
            return Reply(t("identity.new_reseller"), separate=True)
        if case.new.account.balance.available_xof < 0:
            return Reply(t("identity.below_zero"), separate=True)
    return case


def ask_identity(ctx: Context, act: DecideIdentity, why: str) -> Deciding:
    """Both sides once more, and what the answer does."""
    t = ctx.t
    case = yield from _decision(ctx, act)
    if isinstance(case, Reply):
        return case
    both_xof = case.old.account.balance.available_xof + case.new.account.balance.available_xof
    what = (
        t("identity.ask_same", old=str(case.old.chat), new=str(case.new.chat), balance=t.money(both_xof))
        if act.same
        else t("identity.ask_another", old=str(case.old.chat))
    )
    return ask(ctx, paragraphs(_both(ctx, case), what), act, why, must=act.same)


def do_identity(ctx: Context, act: DecideIdentity, why: str) -> Deciding:
    """Decide it, and tell whose account is theirs again."""
    t = ctx.t
    case = yield from _decision(ctx, act)
    if isinstance(case, Reply):
        return case
    amount_xof = _stake_xof(act, case)
    what = "identity same" if act.same else "identity another"
    yield from audit(ctx, what, str(case.old.chat), why, amount_xof)
    yield from ctx.write(decide(ctx.unit, case.id, case.old.chat, case.new.chat, same=act.same))
    if not act.same:
        return done(ctx, t("identity.done_another", old=str(case.old.chat)))
    voice = ctx.shop.words[case.new.language]
    yield from ctx.tell(case.old.chat, decided(voice))
    return done(ctx, t("identity.done_same", old=str(case.old.chat)))


def _stake_xof(act: DecideIdentity, case: Case) -> int:
    return max(0, case.old.account.balance.available_xof) + case.old.account.balance.held_xof if act.same else 0


def moved(ctx: Context, act: DecideIdentity) -> Script[int]:
    """How much a decision gives into somebody's hands."""
    case = yield from _decision(ctx, act)
    return 0 if isinstance(case, Reply) else _stake_xof(act, case)


def _of_an_admin(ctx: Context, act: DecideIdentity) -> Script[Two | None]:
    """A person who is identified as an admin gets that admin's role, so that decision takes two."""
    case = yield from _decision(ctx, act)
    if isinstance(case, Reply) or not act.same:
        return None
    admins = yield from admins_with_accounts(ctx.unit.installation)
    return Two("identity.two") if any(admin.address == case.old.chat for admin in admins) else None


IDENTITY = ActKind(
    ask=ask_identity,
    do=do_identity,
    who="owner",
    touches=lambda act: Touched(address=act.address),
    counts="sum and two",
    because="what the old account holds goes to whoever writes now; where its owner is an admin, it takes two",
    moves=moved,
    two=_of_an_admin,
    own_words=("word.identity",),
)
