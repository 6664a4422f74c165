"""Whom an act on an account is about, and the messages to its people. Pure."""

from collections.abc import Callable

from bot.dialogue.context import Context, Reply
from bot.domain.outbound import Brief, Outbound
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.notices.layout import menu_button, paragraphs
from bot.repositories.accounts import Member
from bot.repositories.acts import Standing
from bot.store import Script
from bot.transactions.people import standing_at


def tell(ctx: Context, members: tuple[Member, ...], say: Callable[[Voice, Address], Safe]) -> Script[None]:
    """Tell the people of an account, each in their language, in both where they have not said anything yet; kept for
    people who cannot be reached.
    """
    for member in members:
        t = ctx.shop.words[member.language]
        row = (menu_button(t),)
        brief = Brief("news", member.language, t.label("brief.account"))
        voices = (t,) if member.has_written else ctx.shop.words.values()
        text = paragraphs(*(say(voice, member.address) for voice in voices))
        yield from ctx.tell(member.address, Outbound(text, (row,), durable=True, brief=brief))


def person(ctx: Context, address: Address) -> Script[Reply | Standing]:
    """Whom a command is about: somebody who has written or was credited."""
    standing = yield from standing_at(address, ctx.unit.installation)
    return standing if standing.known else Reply(ctx.t("admin.person.none", address=str(address)))
