"""What people read of their own account: its movements, how money is added to it, whom to write to. Pure."""

from typing import Final

from bot.i18n import Safe, Voice
from bot.languages import pick
from bot.notices.layout import truncate
from bot.notices.orders import SERVICE
from bot.repositories.money import Movement
from bot.shop import ShopSettings

_MOVEMENT: Final[dict[str, str]] = {
    "credit": "movement.credit",
    "debit": "movement.debit",
    "hold": "movement.hold",
    "release": "movement.release",
    "spend": "movement.spend",
    "reopen": "movement.reopen",
    "refund": "movement.refund",
    "join": "movement.join",
    "undo": "movement.undo",
    "undone": "movement.undone",
    "collected": "movement.collected",
    "fee": "movement.fee",
    "payback": "movement.payback",
}


def movement_line(t: Voice, move: Movement) -> Safe:
    """One line of an account."""
    sign = "+" if move.amount_xof > 0 else "−"
    what = t(_MOVEMENT.get(move.kind, "movement.other"))
    if move.kind == "hold" and move.service is not None:
        # What was bought says more than that it was set aside, which it no longer is.
        what = t("movement.bought", service=t(SERVICE[move.service]), ending=move.reference[-4:])
    if move.client:
        # A reseller tells their sales apart by the client.
        client = truncate(move.client, 40)
        what = t("movement.sale", client=client) if move.kind == "hold" else t("movement.of", what=what, client=client)
    note = f" · {t.escaped(truncate(move.note, 40))}" if move.note and move.kind in ("credit", "debit") else ""
    return Safe(f"{t.short_moment(move.at)} · {sign} {t.short_money(abs(move.amount_xof))} · {what}{note}")


def how_to_pay_in(t: Voice, shop: ShopSettings, address: str, *, has_float: bool) -> Safe:
    """How money is added: the admins' own words, or ours. Where people pay for themselves, whoever may have money here
    tops it up, as whoever `has_float` may, and nobody else has anything to add; elsewhere an admin takes it, for the
    person's address.
    """
    own = pick(shop.pay_in, t.language)
    if own:
        return t.escaped(own)
    if shop.collecting is None or not shop.collecting.methods:
        return t("pay_in", address=address)
    return t("pay_in.topup" if has_float or shop.keeps_advances else "pay_in.at_purchase")


def takes_proofs(shop: ShopSettings) -> bool:
    """Whether money comes in by people who look whether it came: then customers show what they paid."""
    return shop.collecting is None and shop.keeps_advances


def contact(t: Voice, shop: ShopSettings, address: str) -> Safe:
    """Whom to write to about one's account: the admins' own words, or ours with the person's address. Never the text
    that says how to pay: whoever reads it must not think that money reopens an account.
    """
    own = pick(shop.contact, t.language)
    return t("blocked.contact", words=own) if own else t("blocked.contact_admin", address=address)
