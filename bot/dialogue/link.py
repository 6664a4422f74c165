"""One person in two channels: a code made in one and typed in the other joins both to one account. Pure.

Theory of operation. The *account* is the customer of the address where the code was made; whoever is joined to it
brings his money, orders and meters along.

    here    /link        a code, good for ten minutes
    there   the code     who has anything to lose is asked first: it will be shared
    here    join?        Confirm: the other's account is emptied into this one
    either  /link undo   within a day, from any address of either side: everybody has again what was theirs
    either  /unlink      Confirm: everything stays with the account; who leaves it has his own again, empty

Until the Confirm neither side learns more of the other than the end of his address. Codes are short, so wrong ones are
counted, for each address and for all together, and a code is good for one other address only. An account with a PIN is
entered only by who knows it. Every address on either side is told of it. Leaving an account is the next room (`part`),
undoing a link another (`link_undo`).

An account that an admin has paused is neither joined nor left, or a pause would be easy to escape. A reseller's account
may take in an address but is not given into another: his terms stand with it.
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue import link_undo, vocabulary
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.effects import AskLink, EndLink, Join, MakeLink, MissLink, Say
from bot.dialogue.late import is_before
from bot.dialogue.looks import LookAccount, LookLink, LookTries, look
from bot.dialogue.menus import home_row, menu
from bot.dialogue.reseller.pin import ask_for, terms_of
from bot.domain.model import Address, Choice, Language, Outbound
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.notices.accounts import MAX_ALL_WRONG, TRIES_SECONDS
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs
from bot.repositories import meters
from bot.repositories.accounts import Account, Link, Member, Tries
from bot.store import Script

LINK_SECONDS = 600
MAX_MADE = 5
MAX_WRONG = 5
# A clock that was set back makes a code come from the future; beyond this it counts as expired.
CLOCK_SLACK_SECONDS = 60
# No two of these are mistaken for one another, read or heard: no O and 0, I and 1, B and 8, S and 5, Z and 2, U and V.
_LETTERS: Final = "ACDEFGHJKMNPQRTVWXY"
_FIGURES: Final = "34679"
_BOTH: Final = _LETTERS + _FIGURES
_BARE: Final = re.compile(rf"[{_LETTERS}][{_FIGURES}][{_BOTH}]{{4}}")
_TYPED: Final = re.compile(r"[A-Z0-9]{6}")


def code_of(fresh: str) -> str:
    """A code from a fresh id: six signs, a letter and a figure first, so that it is neither an amount nor a word."""
    number, code = int(fresh, 36), ""
    for signs in (_LETTERS, _FIGURES, _BOTH, _BOTH, _BOTH, _BOTH):
        number, at = divmod(number, len(signs))
        code += signs[at]
    return code


def is_code(text: str) -> bool:
    """Whether a text that stands alone can be a code."""
    return _BARE.fullmatch(text.strip().upper()) is not None


def is_nickname(ctx: Context, typed: str) -> Script[bool]:
    """Whether a folded text is what the person calls one of his meters."""
    saved = yield from meters.saved_by(ctx.customer)
    return any(fold(meter.nickname) == typed for meter in saved)


def masked(address: Address) -> str:
    """An address as somebody else may see it: its channel and its end."""
    shown = min(4, len(address.id) // 2)
    return f"{address.channel}:…{address.id[len(address.id) - shown :]}"


def listed(members: list[Member]) -> Safe:
    """Some addresses, masked, in one line."""
    return Safe(", ".join(f"<code>{masked(member.address)}</code>" for member in members))


def others_of(ctx: Context, account: Account) -> list[Member]:
    """Who shares the account with the address that speaks."""
    return [member for member in account.members if str(member.address) != ctx.person.address]


def _expired(ctx: Context, link: Link) -> bool:
    now = ctx.person.now
    return now >= link.expires_at or link.made_at > now + CLOCK_SLACK_SECONDS * 1000


def reply(ctx: Context, text: Safe) -> Reply:
    """Something said about linking beside whatever the person is at."""
    return Reply(text, (home_row(ctx),), separate=True)


def _look_tries(ctx: Context) -> Script[Tries]:
    now = ctx.person.now
    tries: Tries = yield from look(LookTries(now - TRIES_SECONDS * 1000, now))
    return tries


# Here: a code is made.


def link(ctx: Context, rest: str = "") -> Deciding:
    """`/link`: a code. `/link CODE`: the other channel's code. `/link yes`, `/link no`: the answer to its request."""
    if not rest.strip():
        return (yield from _make(ctx))
    if fold(rest) in link_undo.WORDS:
        return (yield from link_undo.ask_undo(ctx))
    word = vocabulary.VOCABULARY.get(fold(rest))
    if word is None or word.name not in ("confirm", "cancel"):
        return (yield from enter(ctx, rest))
    found: Link | None = yield from look(LookLink())
    asked_at = 0 if found is None else found.expires_at - LINK_SECONDS * 1000
    if found is None or (word.name == "confirm" and (found.state == "made" or is_before(ctx, asked_at))):
        return reply(ctx, ctx.t("link.nothing"))
    if word.name == "cancel":
        return (yield from refuse(ctx, found.code))
    if str(found.address) != ctx.person.address:
        return reply(ctx, ctx.t("link.waits", address=masked(found.address)))
    return (yield from join(ctx, found.code))


def _make(ctx: Context) -> Deciding:
    """A new code; an earlier one is worth nothing any more."""
    t = ctx.t
    if ctx.person.frozen:
        return reply(ctx, t("link.frozen"))
    tries = yield from _look_tries(ctx)
    if tries.made >= MAX_MADE:
        return reply(ctx, t("link.too_many"))
    account: Account = yield from look(LookAccount())
    code, others = code_of(ctx.person.fresh[1]), others_of(ctx, account)
    ctx.effects += (MakeLink(code, ctx.person.now + LINK_SECONDS * 1000),)
    text = paragraphs(
        t("link.code", code=code, minutes=LINK_SECONDS // 60),
        t("link.secret"),
        t("link.members", addresses=listed(others)) if others else None,
    )
    return reply(ctx, text)


# There: the code is typed.


def enter(ctx: Context, text: str) -> Deciding:
    """A code was typed."""
    t = ctx.t
    code = re.sub(r"[\s-]", "", text).upper()
    if not _TYPED.fullmatch(code):
        return reply(ctx, t("link.usage"))
    tries = yield from _look_tries(ctx)
    if tries.wrong >= MAX_WRONG:
        return reply(ctx, t("link.wait"))
    if tries.all_wrong >= MAX_ALL_WRONG:
        return reply(ctx, t("link.paused"))
    found: Link | None = yield from look(LookLink(code))
    if found is not None and str(found.address) == ctx.person.address:
        return _own(ctx, found)
    account: Account = yield from look(LookAccount())
    problem = yield from _problem(ctx, found, account)
    if found is None or problem is not None:
        if problem in _COUNTED:
            ctx.effects += (MissLink(),)
        return reply(ctx, t(problem or "link.unknown", address=masked(found.address) if found else ""))
    ctx.session = replace(ctx.afresh(), draft=code, greeted=True)
    return _ask(ctx, found) if account.is_empty else _ask_give(ctx, found, account)


_COUNTED: Final = frozenset({"link.unknown", "link.used", "link.expired"})


def _problem(ctx: Context, found: Link | None, account: Account) -> Script[str | None]:
    """Why a code that was typed joins nothing; None when it may."""
    if found is None:
        return "link.unknown"
    if account.frozen:
        return "link.frozen"
    maker: Account = yield from look(LookAccount(found.address))
    if maker.customer == account.customer:
        return "link.already"
    if maker.frozen:
        return "link.frozen_there"
    if found.state == "asked" and str(found.other) == ctx.person.address and not _expired(ctx, found):
        return "link.waits"
    if found.state != "made":
        return "link.used"
    if _expired(ctx, found):
        return "link.expired"
    if found.address.channel == Address.parse(ctx.person.address).channel:
        return "link.same_channel"
    if account.reseller:
        return "link.reseller"
    return "link.below_zero" if account.balance.available_xof < 0 else None


def _own(ctx: Context, found: Link) -> Answer:
    """The person typed his own code where he made it."""
    t = ctx.t
    if found.state == "asked" and found.other is not None and not _expired(ctx, found):
        return Reply(*_request(ctx, found, found.other, ctx.session.language), separate=True)
    live = found.state == "made" and not _expired(ctx, found)
    return reply(ctx, t("link.own") if live else t("link.over"))


def ask_give(ctx: Context) -> Deciding:
    """May all that is here go to the other account?"""
    found: Link | None = yield from look(LookLink(ctx.session.draft or ""))
    account: Account = yield from look(LookAccount())
    return menu(ctx) if found is None else _ask_give(ctx, found, account)


def _ask_give(ctx: Context, found: Link, account: Account) -> Answer:
    """Codes are also asked for by thieves: who has something says that he gives it."""
    t, others = ctx.t, others_of(ctx, account)
    text = paragraphs(
        t("link.give", address=masked(found.address), balance=t.money(account.balance.available_xof)),
        t("link.give_too", addresses=listed(others)) if others else None,
        t("link.give_mind"),
    )
    rows: Rows = ((ctx.button("button.admin_confirm", "do"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("link_give", text, rows)


def give(ctx: Context, _: str = "") -> Deciding:
    """He does: now the other side is asked."""
    found: Link | None = yield from look(LookLink(ctx.session.draft or ""))
    account: Account = yield from look(LookAccount())
    problem = yield from _problem(ctx, found, account)
    ctx.session = ctx.afresh()
    if found is None or problem is not None:
        return reply(ctx, ctx.t(problem or "link.unknown", address=masked(found.address) if found else ""))
    return _ask(ctx, found)


def _ask(ctx: Context, found: Link) -> Answer:
    """The maker of the code is asked, in his channel."""
    me = Address.parse(ctx.person.address)
    text, rows = _request(ctx, found, me, found.language)
    ctx.effects += (
        AskLink(found.id, ctx.person.now + LINK_SECONDS * 1000),
        Say(Outbound(text, rows), found.address),
    )
    asked = ctx.t("link.asked", address=masked(found.address), minutes=LINK_SECONDS // 60)
    return ctx.ask(IDLE, asked, (home_row(ctx),), base=ctx.afresh())


def _request(ctx: Context, found: Link, other: Address, language: Language) -> tuple[Safe, Rows]:
    t = ctx.shop.words[language]
    text = t("link.request", address=masked(other), minutes=LINK_SECONDS // 60)
    yes = free(t.label("button.admin_confirm"), "join", found.code, STAYS)
    no = free(t.label("button.refuse"), "unjoin", found.code, STAYS)
    return text, ((yes, no),)


# Here again: the maker decides.


def join(ctx: Context, code: str = "", *, known: bool = False) -> Deciding:
    """The maker of the code confirmed: one account for both. `known`: the account's PIN was just typed."""
    t = ctx.t
    found: Link | None = yield from look(LookLink(code))
    if found is None or found.other is None or str(found.address) != ctx.person.address:
        return reply(ctx, t("link.over"))
    if found.state == "joined":
        return reply(ctx, t("link.before", address=masked(found.other)))
    if found.state != "asked" or _expired(ctx, found):
        return reply(ctx, t("link.over"))
    account: Account = yield from look(LookAccount())
    theirs: Account = yield from look(LookAccount(found.other))
    if account.frozen:
        return reply(ctx, t("link.frozen"))
    brought_xof = theirs.balance.available_xof
    if theirs.customer == account.customer:
        ctx.effects += (EndLink(found.id),)
        return reply(ctx, t("link.already", address=masked(found.other)))
    if theirs.frozen or theirs.reseller:
        ctx.effects += (EndLink(found.id),)
        return reply(ctx, t("link.frozen_there" if theirs.frozen else "link.reseller_there"))
    if brought_xof < 0:
        ctx.effects += (EndLink(found.id), tell(ctx, found.other, found.other_language, "link.below_zero"))
        return reply(ctx, t("link.not_now", address=masked(found.other)))
    if terms_of(ctx).pin_hash is not None and not known:
        # Whoever holds the telephone for a minute lets nobody in.
        return ask_for(ctx, f"link {found.code} 0")
    total_xof = account.balance.available_xof + brought_xof
    ctx.effects += (Join(found.id),)
    for member in theirs.members:
        voice, me = ctx.shop.words[member.language], masked(found.address)
        told = _joined(voice, "link.joined_there", me, total_xof, "link.brought_yours", brought_xof)
        ctx.effects += (_say(voice, member.address, told, link_undo.button(voice)),)
    for member in others_of(ctx, account):
        voice = ctx.shop.words[member.language]
        told = _joined(voice, "link.joined", masked(found.other), total_xof, "link.brought", brought_xof)
        ctx.effects += (_say(voice, member.address, told, link_undo.button(voice)),)
    text = _joined(t, "link.joined", masked(found.other), total_xof, "link.brought", brought_xof)
    return Reply(text, ((link_undo.button(t),), home_row(ctx)), separate=True)


def join_known(ctx: Context, code: str) -> Deciding:
    """The PIN was right: everything is looked at again."""
    ctx.session = ctx.afresh()
    return (yield from join(ctx, code, known=True))


def _joined(t: Voice, key: str, address: str, total_xof: int, brought_key: str, brought_xof: int) -> Safe:
    return paragraphs(
        lines(
            t(key, address=address, balance=t.money(total_xof)),
            t(brought_key, brought=t.money(brought_xof)) if brought_xof else None,
        ),
        t("link.both_sides"),
        t("link.undo_how"),
    )


def refuse(ctx: Context, code: str = "") -> Deciding:
    """One of the two does not want it."""
    t, me = ctx.t, ctx.person.address
    found: Link | None = yield from look(LookLink(code))
    if found is None or me not in (str(found.address), str(found.other)) or found.state not in ("made", "asked"):
        return reply(ctx, t("link.over"))
    ctx.effects += (EndLink(found.id),)
    if found.other is not None and me == str(found.address):
        ctx.effects += (
            tell(ctx, found.other, found.other_language, "link.refused_there", address=masked(found.address)),
        )
    elif found.other is not None:
        ctx.effects += (tell(ctx, found.address, found.language, "link.withdrawn", address=masked(found.other)),)
    return reply(ctx, t("link.refused"))


def tell(ctx: Context, to: Address, language: Language, key: str, **arguments: str) -> Say:
    """What somebody else is told, in his language; kept for him if he cannot be reached."""
    t = ctx.shop.words[language]
    return _say(t, to, t(key, **arguments))


def _say(t: Voice, to: Address, text: str, way: Choice | None = None) -> Say:
    rows: Rows = ((free(t.label("button.menu"), "menu", mark=STAYS),),)
    return Say(Outbound(text, rows if way is None else ((way,), *rows), durable=True), to)
