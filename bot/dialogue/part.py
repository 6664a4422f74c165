"""Leaving a shared account: who goes, and what stays. Pure.

Everything stays with the account, and the account with the address that it is named after: the one where the code was
made. When that one asks for parting, the others leave.
"""

from msgspec.structs import replace

from bot.dialogue.effects import Part
from bot.dialogue.here import IDLE, Deciding, Here, Rows, lines
from bot.dialogue.link import aside, listed, masked, others_of, tell
from bot.dialogue.looks import Account, LookAccount
from bot.dialogue.menus import home_row
from bot.model import Address


def unlink(here: Here, _: str = "") -> Deciding:
    """`/unlink`: ask whether this address shall leave the account, or, where the account is its own, the others."""
    account: Account = yield LookAccount()
    others = others_of(here, account)
    if not others:
        return aside(here, here.t("unlink.none"))
    if account.frozen:
        return aside(here, here.t("link.frozen"))
    here.session = replace(here.afresh(), greeted=True)
    t, stays = here.t, account.customer == here.speaker.address
    balance = t.money(account.balance.available_xof)
    text = lines(
        t("unlink.ask_others" if stays else "unlink.ask", addresses=listed(others)),
        t("unlink.stays_here" if stays else "unlink.stays_there", balance=balance),
        t("unlink.open", held=t.money(account.balance.held_xof)) if account.balance.held_xof else None,
    )
    rows: Rows = ((here.button("button.unlink_yes", "do"), here.button("button.cancel", "cancel")),)
    return here.ask("unlink", text, rows)


def ask_part(here: Here) -> Deciding:
    """Part the addresses of this account?"""
    return (yield from unlink(here))


def part(here: Here, _: str = "") -> Deciding:
    """They part: money and history stay with the account."""
    account: Account = yield LookAccount()
    others = others_of(here, account)
    here.session = here.afresh()
    if not others:
        return aside(here, here.t("unlink.none"))
    if account.frozen:
        return aside(here, here.t("link.frozen"))
    me = Address.parse(here.speaker.address)
    stays = account.customer == here.speaker.address
    leaving = tuple(member.address for member in others) if stays else (me,)
    here.effects += (Part(leaving),)
    for member in others:
        key = "unlink.parted" if stays else "unlink.left"
        here.effects += (tell(here, member.address, member.language, key, address=masked(me)),)
    text = here.t("unlink.done_others" if stays else "unlink.done", addresses=listed(others))
    return here.ask(IDLE, text, (home_row(here),), base=here.afresh())
