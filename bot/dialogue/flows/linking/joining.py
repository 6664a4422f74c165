"""One person in two channels: a code made in one and typed in the other joins both to one account. Pure.

Theory of operation. The *account* is the customer of the address where the code was made; whoever is joined to it
brings their money, orders and meters along.

    here    /link        a code, good for ten minutes
    there   the code     who has anything to lose is asked first: it will be shared
    here    join?        Confirm: the other's account is emptied into this one
    either  /link undo   within a day, from any address of either side: everybody has again what was theirs
    either  /unlink      Confirm: everything stays with the account; who leaves it has their own again, empty

Until the Confirm neither side learns more of the other than the end of their address. Codes are short, so wrong ones
are counted, for each address and for all together, and a code is good for one other address only. Only people who know
the PIN of an account can be joined to it. Every address on either side gets a message about it. Leaving an account has
a module of its own (`leaving`), and so has undoing a link (`undoing`).

An account that an admin has paused is neither joined nor left, or a pause would be easy to escape. Some accounts may
take in an address but are not given into another: the flow that knows why says so (`Flow.not_joined`).
"""

import re
from typing import Final

from msgspec.structs import replace

from bot.dialogue import codes
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.linking import undoing
from bot.dialogue.late import is_before
from bot.dialogue.menu import home_row, menu, reply_beside
from bot.dialogue.parsing import vocabulary
from bot.dialogue.pending import Giving, JoinLink
from bot.domain.outbound import Outbound
from bot.domain.people import Address, Language
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.accounts import joined, masked, news, undo_button
from bot.notices.layout import STAYS, Rows, free, paragraphs
from bot.repositories import links
from bot.repositories.accounts import Account, Member, account_at, account_of
from bot.repositories.links import Link
from bot.store import Script
from bot.transactions import links as linking

LINK_SECONDS = 600
MAX_MADE = 5
_TYPED: Final = re.compile(r"[A-Z0-9]{6}")


def listed(members: list[Member]) -> Safe:
    """Some addresses, masked, in one line."""
    return Safe(", ".join(f"<code>{masked(member.address)}</code>" for member in members))


def own_account(ctx: Context) -> Script[Account]:
    """The account of the person who speaks."""
    return (yield from account_of(ctx.customer, ctx.default_limit_xof))


def others_of(ctx: Context, account: Account) -> list[Member]:
    """Who shares the account with the address that speaks."""
    return [member for member in account.members if member.address != ctx.unit.address]


def _is_expired(ctx: Context, link: Link) -> bool:
    return codes.is_expired(link.made_at, link.expires_at, ctx.now)


# Here: a code is made.


def link(ctx: Context, rest: str = "") -> Deciding:
    """`/link`: a code. `/link CODE`: the other channel's code. `/link yes`, `/link no`: the answer to its request."""
    if not rest.strip():
        return (yield from _make(ctx))
    if fold(rest) in undoing.WORDS:
        return (yield from undoing.ask_undo(ctx))
    word = vocabulary.VOCABULARY.get(fold(rest))
    if word is None or word.name not in ("confirm", "cancel"):
        return (yield from enter(ctx, rest))
    link = yield from links.open_at(ctx.person.address)
    asked_at = 0 if link is None else link.expires_at - LINK_SECONDS * 1000
    if link is None or (word.name == "confirm" and (link.state == "made" or is_before(ctx, asked_at))):
        return reply_beside(ctx, ctx.t("link.nothing"))
    if word.name == "cancel":
        return (yield from refuse(ctx, link.code))
    if link.address != ctx.unit.address:
        return reply_beside(ctx, ctx.t("link.waits", address=masked(link.address)))
    return (yield from join(ctx, link.code))


def _make(ctx: Context) -> Deciding:
    """A new code; an earlier one is no longer valid."""
    t = ctx.t
    if ctx.person.frozen:
        return reply_beside(ctx, t("link.frozen"))
    tries = yield from links.tries_of(ctx.person.address, ctx.now)
    if tries.made >= MAX_MADE:
        return reply_beside(ctx, t("link.too_many"))
    account = yield from own_account(ctx)
    code, others = codes.make(ctx.person.fresh[1]), others_of(ctx, account)
    yield from links.make(ctx.person.address, code, ctx.now, ctx.now + LINK_SECONDS * 1000)
    text = paragraphs(
        t("link.code", code=code, minutes=LINK_SECONDS // 60),
        t("link.secret"),
        t("link.members", addresses=listed(others)) if others else None,
    )
    return reply_beside(ctx, text)


# There: the code is typed.


def enter(ctx: Context, text: str) -> Deciding:
    """A code was typed."""
    t, code = ctx.t, codes.clean(text)
    if not _TYPED.fullmatch(code):
        return reply_beside(ctx, t("link.usage"))
    if (pause := (yield from codes.wrong_too_often(ctx))) is not None:
        return reply_beside(ctx, t(pause))
    link = yield from links.of_code(code)
    if link is not None and link.address == ctx.unit.address:
        return _own(ctx, link)
    account = yield from own_account(ctx)
    problem = yield from _problem(ctx, link, account)
    if link is None or problem is not None:
        if problem in _COUNTED:
            yield from linking.miss(ctx.unit)
        return reply_beside(ctx, t(problem or "link.unknown", address=masked(link.address) if link else ""))
    ctx.session = replace(ctx.afresh(), pending=Giving(code), greeted=True)
    return (yield from _ask(ctx, link)) if account.is_empty else _ask_give(ctx, link, account)


_COUNTED: Final = frozenset({"link.unknown", "link.used", "link.expired"})


def _problem(ctx: Context, link: Link | None, account: Account) -> Script[str | None]:
    """Why a code that was typed joins nothing; None when it may."""
    if link is None:
        return "link.unknown"
    if account.frozen:
        return "link.frozen"
    maker = yield from account_at(link.address, ctx.default_limit_xof)
    if maker.customer == account.customer:
        return "link.already"
    if maker.frozen:
        return "link.frozen_there"
    if link.state == "asked" and link.other == ctx.unit.address and not _is_expired(ctx, link):
        return "link.waits"
    if link.state != "made":
        return "link.used"
    if _is_expired(ctx, link):
        return "link.expired"
    if link.address.channel == ctx.unit.address.channel:
        return "link.same_channel"
    if (reason := ctx.flows.not_joined(account)) is not None:
        return reason.here
    return "link.below_zero" if account.balance.available_xof < 0 else None


def _own(ctx: Context, link: Link) -> Answer:
    """The person typed their own code where they made it."""
    if link.state == "asked" and link.other is not None and not _is_expired(ctx, link):
        return Reply(*_request(ctx, link, link.other, ctx.session.language), separate=True)
    live = link.state == "made" and not _is_expired(ctx, link)
    return reply_beside(ctx, ctx.t("link.own") if live else ctx.t("link.over"))


def ask_give(ctx: Context) -> Deciding:
    """May all that is here go to the other account?"""
    link = yield from links.of_code(ctx.pending(Giving).code)
    account = yield from own_account(ctx)
    return menu(ctx) if link is None else _ask_give(ctx, link, account)


def _ask_give(ctx: Context, link: Link, account: Account) -> Answer:
    """Codes are also asked for by thieves: who has something says that they give it."""
    t, others = ctx.t, others_of(ctx, account)
    text = paragraphs(
        t("link.give", address=masked(link.address), balance=t.money(account.balance.available_xof)),
        t("link.give_too", addresses=listed(others)) if others else None,
        t("link.give_mind"),
    )
    rows: Rows = ((ctx.button("button.do", "do"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("link_give", text, rows)


def give(ctx: Context, _: str = "") -> Deciding:
    """They give it: now the other side is asked."""
    link = yield from links.of_code(ctx.pending(Giving).code)
    account = yield from own_account(ctx)
    problem = yield from _problem(ctx, link, account)
    ctx.session = ctx.afresh()
    if link is None or problem is not None:
        return reply_beside(ctx, ctx.t(problem or "link.unknown", address=masked(link.address) if link else ""))
    return (yield from _ask(ctx, link))


def _ask(ctx: Context, link: Link) -> Deciding:
    """The maker of the code is asked, in their channel."""
    text, rows = _request(ctx, link, ctx.unit.address, link.language)
    yield from links.ask(link.id, ctx.person.address, ctx.now + LINK_SECONDS * 1000)
    yield from ctx.tell(link.address, Outbound(text, rows))
    asked = ctx.t("link.asked", address=masked(link.address), minutes=LINK_SECONDS // 60)
    return ctx.ask(IDLE, asked, (home_row(ctx),), base=ctx.afresh())


def _request(ctx: Context, link: Link, other: Address, language: Language) -> tuple[Safe, Rows]:
    t = ctx.shop.words[language]
    text = t("link.request", address=masked(other), minutes=LINK_SECONDS // 60)
    yes = free(t.label("button.do"), "join", link.code, STAYS)
    no = free(t.label("button.refuse"), "unjoin", link.code, STAYS)
    return text, ((yes, no),)


# Here again: the maker decides.


def join(ctx: Context, code: str = "", *, known: bool = False) -> Deciding:
    """The maker of the code confirmed: one account for both. `known`: the account's PIN was just typed."""
    t = ctx.t
    link = yield from links.of_code(code)
    if link is None or link.other is None or link.address != ctx.unit.address:
        return reply_beside(ctx, t("link.over"))
    if link.state == "joined":
        return reply_beside(ctx, t("link.before", address=masked(link.other)))
    if link.state != "asked" or _is_expired(ctx, link):
        return reply_beside(ctx, t("link.over"))
    account = yield from own_account(ctx)
    theirs = yield from account_at(link.other, ctx.default_limit_xof)
    if account.frozen:
        return reply_beside(ctx, t("link.frozen"))
    if (problem := _problem_there(ctx, account, theirs)) is not None:
        yield from links.end(link.id)
        if problem == "link.not_now":
            yield from ctx.tell_news(link.other, link.other_language, "link.below_zero")
        return reply_beside(ctx, t(problem, address=masked(link.other)))
    # A person who holds the telephone for a minute must not be able to let somebody in.
    if not known and (asked := ctx.flows.guard(ctx, None, JoinLink(link.code))) is not None:
        return asked
    yield from linking.join(ctx.unit.installation, link.id, ctx.now)
    brought_xof = theirs.balance.available_xof
    total_xof = account.balance.available_xof + brought_xof
    for member in theirs.members:
        voice = ctx.shop.words[member.language]
        text = joined(voice, link.address, total_xof, brought_xof, to_yours=False)
        yield from ctx.tell(member.address, news(voice, text, undo_button(voice)))
    for member in others_of(ctx, account):
        voice = ctx.shop.words[member.language]
        text = joined(voice, link.other, total_xof, brought_xof, to_yours=True)
        yield from ctx.tell(member.address, news(voice, text, undo_button(voice)))
    text = joined(t, link.other, total_xof, brought_xof, to_yours=True)
    return Reply(text, ((undo_button(t),), home_row(ctx)), separate=True)


def _problem_there(ctx: Context, account: Account, theirs: Account) -> str | None:
    """Why the account of the address that typed the code is not joined after all; None when it may be."""
    if theirs.customer == account.customer:
        return "link.already"
    if theirs.frozen:
        return "link.frozen_there"
    if (reason := ctx.flows.not_joined(theirs)) is not None:
        return reason.there
    return "link.not_now" if theirs.balance.available_xof < 0 else None


def join_guarded(ctx: Context, what: JoinLink) -> Deciding:
    """Nothing stands in the way any more: everything is looked at again."""
    ctx.session = ctx.afresh()
    return (yield from join(ctx, what.code, known=True))


def back_from_guard(ctx: Context, _: JoinLink) -> Answer:
    """Nobody has been let in yet."""
    return menu(ctx)


def refuse(ctx: Context, code: str = "") -> Deciding:
    """One of the two does not want it."""
    t, me = ctx.t, ctx.unit.address
    link = yield from links.of_code(code)
    if link is None or me not in (link.address, link.other) or link.state not in ("made", "asked"):
        return reply_beside(ctx, t("link.over"))
    yield from links.end(link.id)
    if link.other is not None and me == link.address:
        yield from ctx.tell_news(link.other, link.other_language, "link.refused_there", address=masked(link.address))
    elif link.other is not None:
        yield from ctx.tell_news(link.address, link.language, "link.withdrawn", address=masked(link.other))
    return reply_beside(ctx, t("link.refused"))
