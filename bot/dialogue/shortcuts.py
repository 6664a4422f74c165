"""What is typed without being asked for: a whole purchase in one line, a bare number, the name of a saved meter. Pure.

Digits come with spaces anywhere, so one text may be read in several ways. One reading is followed; several are put to
the person, who picks.
"""

from collections.abc import Generator
from typing import Any

from msgspec.structs import replace

from bot.catalog import Service
from bot.dialogue import read, vocabulary
from bot.dialogue.here import Answer, Aside, Deciding, Here, Rows, lines
from bot.dialogue.looks import Look, LookMeters, SavedMeter
from bot.dialogue.menus import menu, menu_rows
from bot.dialogue.mine import open_order
from bot.dialogue.orders import EMBLEM, SERVICE
from bot.dialogue.reseller import sale
from bot.dialogue.reseller.lines import single
from bot.dialogue.whose import ask_reference, buy, inquire, sold

# Up to so many digits a bare number is an amount, beyond it is somebody's meter.
MAX_AMOUNT_DIGITS = 7
MAX_READINGS = 4

Reading = tuple[Service, str, int | None]


def order_line(here: Here, service: Service, rest: str) -> Deciding:
    """`woyofal 14 1234 567 89 5000`: straight to the quote, by way of the inquiry."""
    if not rest:
        return (yield from buy(here, service.name))
    readings = read.line(rest, service)
    if readings and readings[0].name:
        found = yield from sale.typed(here, rest, service.name)
        if found is None:
            found = yield from _by_name(here, readings[0], service)
        if found is not None:
            return found
        digits = read.reference(rest)
        if digits is None and (stranger := sale.nobody(here, f"{rest} {service.name}")) is not None:
            return stranger
        readings = () if digits is None else (read.Line(digits),)
    if not readings:
        here.lead = here.t("line.unclear")
        return (yield from buy(here, service.name))
    return _one_of(here, [(service, one.reference, one.amount_xof) for one in readings])


def read_reference(here: Here, text: str) -> Answer | None:
    """A number was typed where one was asked for; an amount after it is understood too."""
    service = sold(here)
    readings = read.line(vocabulary.fold(text), service)
    if not readings or readings[0].name:
        digits = read.reference(text)
        readings = () if digits is None else (read.Line(digits),)
    preset = here.session.amount_xof
    found = [(service, one.reference, preset if one.amount_xof is None else one.amount_xof) for one in readings]
    return _one_of(here, found) if found else None


def bare(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """Something typed where nothing was asked: a number, an order's id, the name of a saved meter. None: none of it."""
    typed = vocabulary.fold(text)
    if not typed:
        return None
    woyofal = here.shop.catalog.woyofal
    if here.speaker.reseller is not None and (one := single(text, woyofal)) is not None:
        # A list of one line is a sale.
        return inquire(here, woyofal.name, one.reference, one.amount_xof)
    readings = read.line(typed, woyofal)
    if readings and readings[0].name:
        found = yield from _by_name(here, readings[0], None)
        identity = read.order_id(text)
        if found is None and identity is not None and _is_grouped_as_an_order(text):
            return (yield from open_order(here, identity))
        return sale.nobody(here, text) if found is None else found
    amount, digits = read.amount(text), read.reference(text)
    if amount is not None and len(str(amount)) <= MAX_AMOUNT_DIGITS:
        return (yield from _amount_first(here, amount))
    plain = not readings or (len(readings) == 1 and readings[0].amount_xof is None)
    if digits is not None and plain and len(digits) != woyofal.usual_digits[1]:
        return _one_of(here, [(service, digits, None) for service in here.shop.catalog])
    return _one_of(here, [(woyofal, one.reference, one.amount_xof) for one in readings]) if readings else None


def _is_grouped_as_an_order(text: str) -> bool:
    """Whether a text is in one piece of twelve, or in three of four; `boutique 2000` is somebody's meter."""
    return [len(part) for part in text.replace("-", " ").split()] in ([12], [4, 4, 4])


def _amount_first(here: Here, amount_xof: int) -> Deciding:
    """Somebody says how much before saying for whom."""
    t, woyofal = here.t, here.shop.catalog.woyofal
    if not woyofal.minimum_xof <= amount_xof <= woyofal.maximum_xof:
        limits = {"smallest": t.money(woyofal.minimum_xof), "largest": t.money(woyofal.maximum_xof)}
        return Aside(t("amount.stray", **limits), menu_rows(here))
    here.session = replace(here.afresh(), service="woyofal", amount_xof=amount_xof, greeted=True)
    return (yield from ask_reference(here))


def _by_name(here: Here, line: read.Line, service: Service | None) -> Generator[Look, Any, Answer | None]:
    """`maison 5000`: a saved meter by its nickname."""
    saved: tuple[SavedMeter, ...] = yield LookMeters(None if service is None else service.name)
    for meter in saved:
        if vocabulary.alike(line.name, vocabulary.fold(meter.nickname)):
            prepaid = here.shop.catalog[meter.service].prepaid
            return inquire(here, meter.service, meter.reference, line.amount_xof if prepaid else None)
    return None


def _one_of(here: Here, readings: list[Reading]) -> Answer:
    if len(readings) == 1:
        service, reference, amount = readings[0]
        return inquire(here, service.name, reference, amount)
    draft = "|".join(f"{service.name}:{reference}:{amount or ''}" for service, reference, amount in readings)
    here.session = replace(here.afresh(), draft=draft, greeted=True)
    return ask_which(here)


def ask_which(here: Here) -> Answer:
    """Several ways to read a number: which one is meant?"""
    t = here.t
    if not here.session.draft:
        return menu(here)
    rows: Rows = ()
    for reading in here.session.draft.split("|")[:MAX_READINGS]:
        name, reference, amount = reading.split(":")
        service = next(one for one in here.shop.catalog if one.name == name)
        what = f"{EMBLEM[service.name]} {t.label(SERVICE[service.name])} · {reference}"
        label = f"{what} · {t.short_money(int(amount))}" if amount else what
        rows += ((here.choice(label, "read", reading),),)
    return here.ask("which", lines(t("which.ask")), (*rows, (here.button("button.cancel", "cancel"),)))


def picked(here: Here, reading: str) -> Answer:
    """The reading that was meant."""
    name, reference, amount = reading.split(":")
    service = next(one for one in here.shop.catalog if one.name == name)
    return inquire(here, service.name, reference, int(amount) if amount else None)
