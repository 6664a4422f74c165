"""Messages about an account that goes to another address: to both sides of it, and to admins. Pure."""

from bot.domain.outbound import Brief, Choice, Outbound
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.notices.accounts import masked
from bot.notices.contact import contact_button
from bot.notices.layout import STAYS, free, lines, menu_button, paragraphs
from bot.notices.own_account import contact
from bot.repositories.moves import AccountMove
from bot.shop import ShopSettings


def _news(t: Voice, text: Safe, *buttons: Choice) -> Outbound:
    brief = Brief("news", t.language, t.label("brief.account"))
    return Outbound(text, (buttons or (menu_button(t),),), durable=True, brief=brief)


def warning(t: Voice, into: Address, due_at: int) -> Outbound:
    """The message to every address of an account that is about to go elsewhere."""
    text = t("move.warning", address=masked(into), moment=t.moment(due_at))
    return _news(t, text, free(t.label("button.not_moved"), "stopmove", "", STAYS))


def announced(t: Voice, address: Address, due_at: int) -> Outbound:
    """The message to where it is about to go."""
    text = t("move.announced", address=masked(address), moment=t.moment(due_at))
    return _news(t, text, free(t.label("button.not_mine"), "stopmove", "", STAYS))


def stays(t: Voice) -> Outbound:
    """An account does not go elsewhere after all."""
    return _news(t, t("move.stays"))


def stays_away(t: Voice, address: Address) -> Outbound:
    """The same, to where it would have gone."""
    return _news(t, t("move.stays_away", address=masked(address)), contact_button(t), menu_button(t))


def arrived(t: Voice, shop: ShopSettings, address: str, balance_xof: int, *, reseller: bool, frozen: bool) -> Outbound:
    """The account is here now."""
    text = paragraphs(
        t("move.arrived", balance=t.money(balance_xof)),
        t("move.new_pin") if reseller else None,
        lines(t("move.still_frozen"), contact(t, shop, address)) if frozen else None,
    )
    return _news(t, text)


def gone(t: Voice, into: Address) -> Outbound:
    """The message to the addresses that the account was taken from."""
    return _news(t, t("move.gone", address=masked(into)), contact_button(t), menu_button(t))


# To admins.


def agreed(t: Voice, address: Address, into: Address, due_at: int, by: str, second: str) -> Outbound:
    """Two of them agreed on a move."""
    text = lines(
        t("admin.moving.agreed", address=str(address), into=str(into), moment=t.moment(due_at)),
        t("admin.moving.by_two", by=by, second=second) if second else t("admin.moving.by_one", by=by),
        t("admin.moving.how_to_stop", address=str(address)),
    )
    return _news(t, text)


def stopped(t: Voice, move: AccountMove, by: Address, *, by_admin: bool) -> Outbound:
    """Somebody said no."""
    key = "admin.moving.stopped" if by_admin else "admin.moving.refused"
    text = t(key, by=str(by), address=str(move.address), into=str(move.into_address))
    return _news(t, text)


def impossible(t: Voice, move: AccountMove, why: str) -> Outbound:
    """Its time came, and it could not be done."""
    text = lines(
        t("admin.moving.impossible", address=str(move.address), into=str(move.into_address)),
        t(why, address=str(move.address), into=str(move.into_address)),
    )
    return _news(t, text)


def moved(t: Voice, move: AccountMove, *, frozen: bool) -> Outbound:
    """It was carried out."""
    text = lines(
        t("admin.moving.moved", address=str(move.address), into=str(move.into_address)),
        t("admin.moving.still_frozen", into=str(move.into_address)) if frozen else None,
    )
    return _news(t, text)
