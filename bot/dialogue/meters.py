"""Saved meters: kept after a purchase under a name of the person's own, bought for again, renamed, forgotten. Pure."""

from collections.abc import Generator
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.effects import DeleteMeter, RenameMeter, SaveMeter
from bot.dialogue.here import IDLE, Answer, Aside, Deciding, Here, Rows, brief, free, lines, own_order, paragraphs
from bot.dialogue.looks import Look, LookMeters, SavedMeter
from bot.dialogue.menus import home_row, menu_rows
from bot.dialogue.mine import newest_order
from bot.dialogue.orders import EMBLEM, REFERENCE, SERVICE
from bot.dialogue.shop import is_prepaid
from bot.dialogue.whose import inquire, is_usual
from bot.i18n import Safe
from bot.order import Order

MAX_METERS_SHOWN = 20
MAX_NICKNAME_CHARACTERS = 30
_SUGGESTED: Final = ("nickname.home", "nickname.shop", "nickname.family")


def meters(here: Here, _: str = "") -> Deciding:
    """The saved meters."""
    t = here.t
    saved: tuple[SavedMeter, ...] = (yield LookMeters())[:MAX_METERS_SHOWN]
    if not saved:
        return Aside(t("meters.none"), menu_rows(here))
    listed = lines(*(f"{at}. {_named(here, meter)}" for at, meter in enumerate(saved, 1)))
    rows: Rows = tuple(
        (free(f"{EMBLEM[meter.service]} {meter.nickname} · {meter.reference}", "meter", str(meter.id)),)
        for meter in saved
    )
    text = paragraphs(t("meters.title"), listed, t("meters.pick", nickname=saved[0].nickname))
    return here.ask("meters", text, (*rows, home_row(here, "~")), base=here.afresh())


def _named(here: Here, meter: SavedMeter) -> Safe:
    return here.t(
        "meters.line",
        nickname=meter.nickname,
        service=here.t(SERVICE[meter.service]),
        reference=meter.reference,
    )


def find_meter(meter_id: int | None) -> Generator[Look, Any, SavedMeter | None]:
    """One of the person's own meters."""
    saved: tuple[SavedMeter, ...] = yield LookMeters()
    return next((meter for meter in saved if meter.id == meter_id), None)


def meter(here: Here, meter_id: str) -> Deciding:
    """One saved meter: buy for it, rename it, forget it."""
    found = yield from find_meter(int(meter_id) if meter_id.isdecimal() else None)
    if found is None:
        return (yield from meters(here))
    t, service = here.t, here.shop.catalog[found.service]
    rows: Rows = ()
    if service.prepaid:
        buttons = [here.choice(t.short_money(amount), "buy", str(amount)) for amount in service.suggestions_xof]
        rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    more = here.button("button.other_amount" if service.prepaid else "button.see_bills", "buy")
    text = paragraphs(
        lines(
            f"{EMBLEM[found.service]} <b>{t.escaped(found.nickname)}</b>",
            t(REFERENCE[found.service], reference=found.reference),
            t("detail.holder", holder=brief(found.holder)) if found.holder else None,
        ),
        t("meter.amount" if service.prepaid else "meter.bills"),
    )
    manage = (here.button("button.rename", "rename"), here.button("button.delete", "delete"))
    back = here.link("button.meters", "meters")
    return here.ask(
        "meter", text, (*rows, (more,), manage, (back, *home_row(here))), base=here.afresh(), meter_id=found.id
    )


def ask_meter(here: Here) -> Deciding:
    """The meter that was shown last."""
    return (yield from meter(here, str(here.session.meter_id)))


def buy_for(here: Here, amount: str) -> Deciding:
    """Buy for the saved meter, with an amount or without."""
    found = yield from find_meter(here.session.meter_id)
    if found is None:
        return (yield from meters(here))
    return inquire(here, found.service, found.reference, int(amount) if amount.isdecimal() else None)


def read_buy_for(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """An amount typed at a saved meter; a number is another meter's."""
    woyofal = here.shop.catalog.woyofal
    other = [one for one in read.line(text, woyofal) if one.reference and is_usual(woyofal, one.reference)]
    if len(other) == 1:
        return inquire(here, woyofal.name, other[0].reference, other[0].amount_xof)
    typed = read.amount(text)
    found = yield from find_meter(here.session.meter_id)
    if typed is None or len(str(typed)) > read.MAX_AMOUNT_DIGITS or found is None or not is_prepaid(found.service):
        return None
    return inquire(here, found.service, found.reference, typed)


def save(here: Here, order_id: str = "") -> Deciding:
    """Keep the meter of an order, under a name that is asked for."""
    order: Order | None
    if order_id:
        order = yield from own_order(order_id)
    else:
        order = yield from newest_order()
    if order is None:
        return Aside(here.t("save.none"), menu_rows(here))
    saved: tuple[SavedMeter, ...] = yield LookMeters(order.service)
    for known in saved:
        if known.reference == order.reference:
            return Aside(here.t("save.already", nickname=known.nickname), (home_row(here),))
    here.session = replace(here.afresh(), order_id=order.id)
    return (yield from ask_nickname(here))


def ask_nickname(here: Here) -> Deciding:
    """Which name for the meter?"""
    t = here.t
    order = yield from own_order(here.session.order_id or "")
    if order is None:
        return (yield from meters(here))
    offered = tuple(here.choice(t.label(key), "name", t.label(key)) for key in _SUGGESTED)
    text = t("nickname.ask", reference=order.reference)
    return here.ask("nickname", text, (offered, (here.button("button.cancel", "cancel"),)))


def clean_nickname(text: str) -> str | None:
    """A name as people may give it: short, one line, with something to read in it."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text[:200]).split())
    return name if 0 < len(name) <= MAX_NICKNAME_CHARACTERS and any(c.isalnum() for c in name) else None


def read_nickname(here: Here, text: str) -> Deciding:
    """A name was picked or typed."""
    name = clean_nickname(text)
    if name is None:
        here.again(here.t("nickname.bad", most=MAX_NICKNAME_CHARACTERS))
        return (yield from ask_nickname(here))
    order = yield from own_order(here.session.order_id or "")
    if order is None:
        return (yield from meters(here))
    here.effects += (SaveMeter(order.service, order.reference, order.holder, name),)
    key = "nickname.saved" if is_prepaid(order.service) else "nickname.saved_bill"
    text = here.t(key, nickname=name, reference=order.reference)
    return here.ask(IDLE, text, (home_row(here),), base=here.afresh())


def rename(here: Here, _: str = "") -> Deciding:
    """Ask for another name."""
    found = yield from find_meter(here.session.meter_id)
    if found is None:
        return (yield from meters(here))
    text = here.t("rename.ask", nickname=found.nickname)
    rows = ((here.button("button.back", "back"), here.button("button.cancel", "cancel")),)
    return here.ask("rename", text, rows)


def ask_rename(here: Here) -> Deciding:
    """Which other name for the meter?"""
    return (yield from rename(here))


def read_rename(here: Here, text: str) -> Deciding:
    """The other name was typed."""
    name = clean_nickname(text)
    if name is None:
        here.again(here.t("nickname.bad", most=MAX_NICKNAME_CHARACTERS))
        return (yield from rename(here))
    found = yield from find_meter(here.session.meter_id)
    if found is None:
        return (yield from meters(here))
    here.effects += (RenameMeter(found.id, name),)
    text = here.t("rename.done", nickname=name, reference=found.reference)
    return here.ask(IDLE, text, ((here.link("button.meters", "meters"), *home_row(here)),), base=here.afresh())


def delete(here: Here, _: str = "") -> Deciding:
    """Really forget it?"""
    found = yield from find_meter(here.session.meter_id)
    if found is None:
        return (yield from meters(here))
    text = here.t("delete.ask", nickname=found.nickname, reference=found.reference)
    rows = ((here.button("button.delete_yes", "forget"), here.button("button.back", "back")),)
    return here.ask("forget", text, rows)


def ask_delete(here: Here) -> Deciding:
    """Really forget the meter?"""
    return (yield from delete(here))


def forget(here: Here, _: str = "") -> Deciding:
    """Forget it."""
    found = yield from find_meter(here.session.meter_id)
    if found is None:
        return (yield from meters(here))
    here.effects += (DeleteMeter(found.id),)
    text = here.t("delete.done", nickname=found.nickname)
    return here.ask(IDLE, text, ((here.link("button.meters", "meters"), *home_row(here)),), base=here.afresh())
