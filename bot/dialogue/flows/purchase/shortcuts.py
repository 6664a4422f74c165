"""What is typed without being asked for: a whole purchase in one line, a bare number, the name of a saved meter. Pure.

Digits come with spaces anywhere, so one text may be read in several ways. One reading is followed; several are put to
the person, who picks.
"""

from msgspec.structs import replace

from bot.dialogue import pending
from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flow import Stage, Typed
from bot.dialogue.flows.purchase import amounts
from bot.dialogue.flows.purchase.lookup import (
    ask_first,
    ask_inquiring,
    ask_reference,
    ask_retry,
    begin,
    buy,
    inquire,
    read_where,
)
from bot.dialogue.menu import menu_rows
from bot.dialogue.parsing import openers, vocabulary
from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS, parse_amount
from bot.dialogue.parsing.lines import Line, parse_line
from bot.dialogue.parsing.mistaken import is_like_phone, parse_phone_typed
from bot.dialogue.parsing.openers import Opening
from bot.dialogue.parsing.references import parse_order_id
from bot.dialogue.parsing.services import said_service
from bot.dialogue.pending import BeingLookedUp, NumberWanted, Purchase, Readings
from bot.domain.catalog import Service, ServiceName
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, lines
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories import meters
from bot.store import Script

MAX_READINGS = 4

Reading = tuple[Service, str, int | None]


def named(service: ServiceName, ctx: Context, text: str) -> Answer | Deciding:
    """`/woyofal …`: a purchase in one line, or the beginning of one."""
    return order_line(ctx, ctx.shop.catalog[service], text)


def order_line(ctx: Context, service: Service, rest: str) -> Deciding:
    """`woyofal 14 1234 567 89 5000`: straight to the quote, by way of the inquiry."""
    if not rest:
        return (yield from buy(ctx, service.name))
    readings = parse_line(rest, service)
    if readings and readings[0].name:
        answer = yield from _read(ctx, "line", rest, service.name)
        if answer is None:
            answer = yield from _by_name(ctx, readings[0], service)
        opening = openers.read(ctx.shop.catalog, rest) if answer is None else None
        if opening is not None and opening.service in (None, service) and opening.rest != rest:
            return (yield from order_line(ctx, service, opening.rest))
        if answer is None:
            answer = yield from _read(ctx, "unknown", f"{rest} {service.name}")
        if answer is not None:
            return answer
    numbered = [(service, one.reference, one.amount_xof) for one in readings if one.reference]
    if numbered:
        return (yield from _one_of(ctx, numbered))
    amount_xof = readings[0].amount_xof if readings else None
    if amount_xof is not None and service.prepaid:
        return (yield from _amount_first(ctx, service, amount_xof))
    ctx.prefix = ctx.t("line.unclear")
    return (yield from buy(ctx, service.name))


def _read(ctx: Context, stage: Stage, text: str, service: ServiceName | None = None) -> Script[Answer | None]:
    """What other flows make of a line that names somebody."""
    typed = Typed(text, fold(text), ctx.flows.state_of(ctx.session), service)
    return (yield from ctx.flows.read(stage, ctx, typed))


def read_reference(ctx: Context, text: str) -> Script[Answer | None]:
    """A number was typed where one is awaited; an amount beside it, or a bare amount, is understood too. Whoever asks
    where it is, is told.
    """
    if (told := read_where(ctx, text) or _phone(ctx, text)) is not None:
        return told
    if (named := (yield from read_named(ctx, text))) is not None:
        return named
    return (yield from _read_number(ctx, text, ctx.pending(Purchase)))


def read_named(ctx: Context, text: str) -> Script[Answer | None]:
    """In the middle of a purchase a saved meter's name was typed: that one is meant, with what was said or asked for
    before.
    """
    purchase = ctx.pending(Purchase)
    readings = parse_line(text, ctx.shop.catalog[purchase.service])
    if not readings or not readings[0].name:
        return None
    amount_xof = purchase.amount_xof if readings[0].amount_xof is None else readings[0].amount_xof
    return (yield from _by_name(ctx, readings[0]._replace(amount_xof=amount_xof), None))


def read_amount(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount was typed, or another meter's number or name."""
    named = yield from read_named(ctx, text)
    return (yield from amounts.read_amount(ctx, text)) if named is None else named


def read_quote(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount typed at the quote changes it, a saved meter's name begins anew; a bill's amount is not the person's to
    choose.
    """
    named = yield from read_named(ctx, text)
    return (yield from amounts.read_quote(ctx, text)) if named is None else named


def _read_number(ctx: Context, text: str, purchase: Purchase) -> Script[Answer | None]:
    service = ctx.shop.catalog[purchase.service]
    readings = parse_line(text, service)
    preset = purchase.amount_xof
    numbered = [
        (service, one.reference, preset if one.amount_xof is None else one.amount_xof)
        for one in readings
        if one.reference
    ]
    if purchase.keeps:
        kept = numbered[0] if len(numbered) == 1 else None
        return None if kept is None else (yield from ask_first(ctx, service, kept[1], keeps=True))
    if numbered:
        return (yield from _one_of(ctx, numbered))
    amount_xof = readings[0].amount_xof if readings and not readings[0].name else parse_amount(text)
    if amount_xof is None or not service.prepaid or len(str(amount_xof)) > MAX_AMOUNT_DIGITS:
        return None
    t = ctx.t
    if amount_xof < service.minimum_xof:
        return Reply(t("amount.too_small", smallest=t.money(service.minimum_xof)))
    if amount_xof > service.maximum_xof:
        return Reply(t("amount.too_large", largest=t.money(service.maximum_xof)))
    # The amount is known now; the number, or its look-up, is still missing.
    ctx.session = replace(ctx.session, pending=replace(purchase, amount_xof=amount_xof))
    if isinstance(purchase, BeingLookedUp):
        return ask_inquiring(ctx)
    return ask_retry(ctx) if ctx.session.state == "unanswered" else (yield from ask_reference(ctx))


def bare(ctx: Context, text: str) -> Script[Answer | None]:
    """Something typed where nothing was asked: a number, an order's id, the name of a saved meter. None: none of it."""
    if not fold(text):
        return None
    if (phone := _phone(ctx, text)) is not None:
        return phone
    woyofal = ctx.shop.catalog.woyofal
    opening = openers.read(ctx.shop.catalog, text)
    said = said_service(ctx.shop.catalog, text) if opening is None else opening.service
    if said is not None:
        numbered = [one for one in parse_line(text, said) if one.reference]
        if numbered:
            return (yield from _one_of(ctx, [(said, one.reference, one.amount_xof) for one in numbered]))
    if (one := ctx.flows.list_line(ctx, text)) is not None:
        return (yield from _one_of(ctx, [(woyofal, one.reference, one.amount_xof)]))
    readings = parse_line(text, woyofal)
    if readings and readings[0].name:
        answer = yield from _by_name(ctx, readings[0], None)
        if answer is None and opening is not None:
            return (yield from _opened(ctx, opening))
        identity = parse_order_id(text)
        if answer is None and identity is not None and _is_grouped_as_an_order(text):
            return (yield from ctx.flows.follow(ctx, "order", identity))
        return (yield from _read(ctx, "unknown", text)) if answer is None else answer
    numbered = [one for one in readings if one.reference]
    amount_xof = readings[0].amount_xof if readings else parse_amount(text)
    if not numbered and amount_xof is not None and len(str(amount_xof)) <= MAX_AMOUNT_DIGITS:
        return (yield from _amount_first(ctx, woyofal, amount_xof))
    low, high = woyofal.usual_digits
    plain = [one for one in numbered if one.amount_xof is None and not low <= len(one.reference) <= high]
    if plain and len(numbered) == 1:
        amount_xof = parse_amount(text)
        if amount_xof is not None and len(str(amount_xof)) <= MAX_AMOUNT_DIGITS:
            return (yield from _amount_first(ctx, woyofal, amount_xof))
        is_bill = opening is not None and opening.is_bill
        services = [service for service in ctx.shop.catalog if not (is_bill and service.prepaid)]
        return (yield from _one_of(ctx, [(service, plain[0].reference, None) for service in services]))
    sales = [(woyofal, one.reference, one.amount_xof) for one in numbered]
    return (yield from _one_of(ctx, sales)) if sales else None


def _phone(ctx: Context, text: str) -> Answer | None:
    """What is surely a telephone number is nobody's meter."""
    number = parse_phone_typed(text)
    return None if number is None else Reply(ctx.t("phone.is_one", number=number), menu_rows(ctx))


def _opened(ctx: Context, opening: Opening) -> Script[Answer | None]:
    """`je voudrais recharger mon woyofal de 5000 svp`: what is asked for, without the words around it."""
    service, rest = opening.service, opening.rest
    if service is not None and rest and not opening.verb and not any(c.isdecimal() for c in rest):
        # "coupure de courant": something is said of a service, unless it is a meter that is called so.
        named = parse_line(rest, service)
        return (yield from _by_name(ctx, named[0], service)) if named else None
    if service is not None:
        return (yield from order_line(ctx, service, rest))
    if not rest and not opening.verb:
        return None
    if not rest:
        woyofal = ctx.shop.catalog.woyofal.name
        return (yield from ctx.flows.follow(ctx, "buy", woyofal if opening.verb == "top_up" else ""))
    said = Typed(rest, fold(rest), ctx.flows.state_of(ctx.session))
    client = yield from ctx.flows.read("name", ctx, said)
    return (yield from bare(ctx, rest)) if client is None else client


def _is_grouped_as_an_order(text: str) -> bool:
    """Whether a text is in one piece of twelve, or in three of four; `boutique 2000` is somebody's meter."""
    return [len(part) for part in text.replace("-", " ").split()] in ([12], [4, 4, 4])


def _amount_first(ctx: Context, service: Service, amount_xof: int) -> Deciding:
    """Somebody says how much before saying for whom."""
    if (outside := _outside(ctx, service, amount_xof)) is not None:
        return outside
    if (closed := purchase_blocked(ctx, service.name)) is not None:
        return closed
    return (yield from begin(ctx, service.name, amount_xof))


def _outside(ctx: Context, service: Service, amount_xof: int) -> Answer | None:
    """An amount that nobody may buy for; None for one within the limits."""
    t = ctx.t
    if service.minimum_xof <= amount_xof <= service.maximum_xof:
        return None
    limits = {"smallest": t.money(service.minimum_xof), "largest": t.money(service.maximum_xof)}
    return Reply(t("amount.stray", **limits), menu_rows(ctx))


def _by_name(ctx: Context, line: Line, service: Service | None) -> Script[Answer | None]:
    """`maison 5000`: a saved meter by its nickname, whatever fillers stand around it."""
    saved = yield from meters.saved_by(ctx.customer, None if service is None else service.name)
    names = {line.name, openers.bare(line.name)}
    for meter in saved:
        known = {fold(meter.nickname), openers.bare(meter.nickname)}
        if any(one and other and vocabulary.alike(one, other) for one in names for other in known):
            prepaid = ctx.shop.catalog[meter.service].prepaid
            return inquire(ctx, meter.service, meter.reference, line.amount_xof if prepaid else None)
    return None


def _one_of(ctx: Context, readings: list[Reading]) -> Deciding:
    if len(readings) == 1:
        service, reference, amount = readings[0]
        return (yield from ask_first(ctx, service, reference, amount))
    kept = tuple(pending.Reading(service.name, reference, amount) for service, reference, amount in readings)
    ctx.session = replace(ctx.afresh(), pending=Readings(kept), greeted=True)
    return ask_which(ctx)


def ask_which(ctx: Context) -> Answer:
    """Several ways to read a number: which one is meant?"""
    t = ctx.t
    rows: Rows = ()
    for at, reading in enumerate(ctx.pending(Readings).readings[:MAX_READINGS]):
        what = f"{EMBLEM[reading.service]} {t.label(SERVICE[reading.service])} · {reading.reference}"
        label = what if reading.amount_xof is None else f"{what} · {t.short_money(reading.amount_xof)}"
        rows += ((ctx.choice(label, "read", str(at)),),)
    return ctx.ask("which", _which(ctx), (*rows, (ctx.button("button.cancel", "cancel"),)))


def _which(ctx: Context) -> Safe:
    """What is asked about several readings: two meters are bought for one after the other."""
    t, woyofal = ctx.t, ctx.shop.catalog.woyofal
    readings = ctx.pending(Readings).readings
    numbers = dict.fromkeys(one.reference for one in readings)
    if len(numbers) > 1 and all(one.service == woyofal.name and woyofal.is_usual(one.reference) for one in readings):
        return t("which.meters")
    number = readings[0].reference
    if len(numbers) > 1 or woyofal.is_usual(number):
        return t("which.ask")
    digits = t("which.digits", digits=len(number), usual=woyofal.usual_digits[1])
    return lines(t("phone.maybe") if is_like_phone(number) else digits, t("which.ask"))


def picked(ctx: Context, at: str) -> Deciding:
    """The reading that was meant."""
    reading = ctx.pending(Readings).readings[int(at)]
    return (yield from ask_first(ctx, ctx.shop.catalog[reading.service], reading.reference, reading.amount_xof))


def read_which(ctx: Context, text: str) -> Script[Answer | None]:
    """Another number was typed, or the amount for the ones that were read."""
    readings = parse_line(text, ctx.shop.catalog.woyofal)
    amount_xof = readings[0].amount_xof if len(readings) == 1 and not readings[0].reference else None
    if amount_xof is not None and _outside(ctx, ctx.shop.catalog.woyofal, amount_xof) is None:
        woyofal = ctx.shop.catalog.woyofal
        known = ctx.pending(Readings).readings
        numbers = [(woyofal, each.reference, amount_xof) for each in known if each.service == woyofal.name]
        if numbers:
            return (yield from _one_of(ctx, list(dict.fromkeys(numbers))))
    return (yield from _read_number(ctx, text, NumberWanted(service="woyofal")))
