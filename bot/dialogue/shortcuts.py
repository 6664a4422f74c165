"""What is typed without being asked for: a whole purchase in one line, a bare number, the name of a saved meter. Pure.

Digits come with spaces anywhere, so one text may be read in several ways. One reading is followed; several are put to
the person, who picks.
"""

from collections.abc import Generator
from typing import Any

from msgspec.structs import replace

from bot.catalog import Service
from bot.dialogue import read, vocabulary
from bot.dialogue.barred import barred
from bot.dialogue.here import Answer, Aside, Deciding, Here, Rows, lines
from bot.dialogue.looks import Look, LookMeters, SavedMeter
from bot.dialogue.menus import menu, menu_rows
from bot.dialogue.mine import open_order
from bot.dialogue.orders import EMBLEM, SERVICE
from bot.dialogue.reseller import sale
from bot.dialogue.reseller.lines import single
from bot.dialogue.whose import ask_first, ask_inquiring, ask_reference, ask_retry, buy, inquire, sold

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
        if found is None:
            found = sale.nobody(here, f"{rest} {service.name}")
        if found is not None:
            return found
    numbered = [(service, one.reference, one.amount_xof) for one in readings if one.reference]
    if numbered:
        return (yield from _one_of(here, numbered))
    amount_xof = readings[0].amount_xof if readings else None
    if amount_xof is not None and service.prepaid:
        return (yield from _amount_first(here, service, amount_xof))
    here.lead = here.t("line.unclear")
    return (yield from buy(here, service.name))


def read_reference(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """A number was typed where one is awaited; an amount with it, or alone, is understood too."""
    service, session = sold(here), here.session
    readings = read.line(text, service)
    preset = session.amount_xof
    found = [
        (service, one.reference, preset if one.amount_xof is None else one.amount_xof)
        for one in readings
        if one.reference
    ]
    if found:
        return (yield from _one_of(here, found))
    amount_xof = readings[0].amount_xof if readings and not readings[0].name else read.amount(text)
    if amount_xof is None or not service.prepaid or len(str(amount_xof)) > read.MAX_AMOUNT_DIGITS:
        return None
    t = here.t
    if amount_xof < service.minimum_xof:
        return Aside(t("amount.too_small", smallest=t.money(service.minimum_xof)))
    if amount_xof > service.maximum_xof:
        return Aside(t("amount.too_large", largest=t.money(service.maximum_xof)))
    # The amount is known now; what is asked for still is the number, or the answer to it.
    here.session = replace(session, service=service.name, amount_xof=amount_xof)
    if session.state == "inquiring":
        return ask_inquiring(here)
    return ask_retry(here) if session.state == "unanswered" else (yield from ask_reference(here))


def bare(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """Something typed where nothing was asked: a number, an order's id, the name of a saved meter. None: none of it."""
    if not vocabulary.fold(text):
        return None
    woyofal = here.shop.catalog.woyofal
    if (said := read.said_service(here.shop.catalog, text)) is not None:
        numbered = [one for one in read.line(text, said) if one.reference]
        if numbered:
            return (yield from _one_of(here, [(said, one.reference, one.amount_xof) for one in numbered]))
    if here.speaker.reseller is not None and (one := single(text, woyofal)) is not None:
        # A list of one line is a sale.
        return (yield from _one_of(here, [(woyofal, one.reference, one.amount_xof)]))
    readings = read.line(text, woyofal)
    if readings and readings[0].name:
        found = yield from _by_name(here, readings[0], None)
        identity = read.order_id(text)
        if found is None and identity is not None and _is_grouped_as_an_order(text):
            return (yield from open_order(here, identity))
        return sale.nobody(here, text) if found is None else found
    numbered = [one for one in readings if one.reference]
    amount_xof = readings[0].amount_xof if readings else read.amount(text)
    if not numbered and amount_xof is not None and len(str(amount_xof)) <= read.MAX_AMOUNT_DIGITS:
        return (yield from _amount_first(here, woyofal, amount_xof))
    low, high = woyofal.usual_digits
    plain = [one for one in numbered if one.amount_xof is None and not low <= len(one.reference) <= high]
    if plain and len(numbered) == 1:
        amount_xof = read.amount(text)
        if amount_xof is not None and len(str(amount_xof)) <= read.MAX_AMOUNT_DIGITS:
            return (yield from _amount_first(here, woyofal, amount_xof))
        return (yield from _one_of(here, [(service, plain[0].reference, None) for service in here.shop.catalog]))
    found_lines = [(woyofal, one.reference, one.amount_xof) for one in numbered]
    return (yield from _one_of(here, found_lines)) if found_lines else None


def _is_grouped_as_an_order(text: str) -> bool:
    """Whether a text is in one piece of twelve, or in three of four; `boutique 2000` is somebody's meter."""
    return [len(part) for part in text.replace("-", " ").split()] in ([12], [4, 4, 4])


def _amount_first(here: Here, service: Service, amount_xof: int) -> Deciding:
    """Somebody says how much before saying for whom."""
    if (outside := _outside(here, service, amount_xof)) is not None:
        return outside
    if (closed := barred(here, service.name)) is not None:
        return closed
    here.session = replace(here.afresh(), service=service.name, amount_xof=amount_xof, greeted=True)
    return (yield from ask_reference(here))


def _outside(here: Here, service: Service, amount_xof: int) -> Answer | None:
    """An amount that nobody may buy for; None for one within the limits."""
    t = here.t
    if service.minimum_xof <= amount_xof <= service.maximum_xof:
        return None
    limits = {"smallest": t.money(service.minimum_xof), "largest": t.money(service.maximum_xof)}
    return Aside(t("amount.stray", **limits), menu_rows(here))


def _by_name(here: Here, line: read.Line, service: Service | None) -> Generator[Look, Any, Answer | None]:
    """`maison 5000`: a saved meter by its nickname."""
    saved: tuple[SavedMeter, ...] = yield LookMeters(None if service is None else service.name)
    for meter in saved:
        if vocabulary.alike(line.name, vocabulary.fold(meter.nickname)):
            prepaid = here.shop.catalog[meter.service].prepaid
            return inquire(here, meter.service, meter.reference, line.amount_xof if prepaid else None)
    return None


def _one_of(here: Here, readings: list[Reading]) -> Deciding:
    if len(readings) == 1:
        service, reference, amount = readings[0]
        return (yield from ask_first(here, service, reference, amount))
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


def picked(here: Here, reading: str) -> Deciding:
    """The reading that was meant."""
    name, reference, amount = reading.split(":")
    service = next(one for one in here.shop.catalog if one.name == name)
    return (yield from ask_first(here, service, reference, int(amount) if amount else None))


def read_which(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """Another number was typed, or the amount for the ones that were read."""
    readings = read.line(text, here.shop.catalog.woyofal)
    amount_xof = readings[0].amount_xof if len(readings) == 1 and not readings[0].reference else None
    if amount_xof is not None and _outside(here, here.shop.catalog.woyofal, amount_xof) is None:
        split = [reading.split(":") for reading in (here.session.draft or "").split("|") if reading]
        numbers = [(here.shop.catalog.woyofal, number, amount_xof) for name, number, _ in split if name == "woyofal"]
        if numbers:
            return (yield from _one_of(here, list(dict.fromkeys(numbers))))
    return (yield from read_reference(here, text))
