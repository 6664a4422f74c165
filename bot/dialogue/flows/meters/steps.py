"""Saved meters: kept under a name of the person's own, with a purchase or without, bought for again, renamed,
forgotten. Pure.

Only a number whose holder was shown is kept: that of an order, or the one that was looked up last.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing import vocabulary
from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS, parse_amount
from bot.dialogue.parsing.lines import parse_line
from bot.dialogue.parsing.services import named_service
from bot.dialogue.pending import MeterToSave, OneMeter
from bot.domain.outbound import Choice
from bot.domain.text import fold, printable_line
from bot.i18n import Safe
from bot.languages import is_answer
from bot.notices.layout import Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, REFERENCE, SERVICE
from bot.repositories import meters as saved_meters
from bot.repositories import own_orders
from bot.repositories.meters import SavedMeter
from bot.shop import is_prepaid
from bot.store import Script

MAX_METERS = 20
MAX_NICKNAME_CHARACTERS = 30
_SUGGESTED: Final = ("nickname.home", "nickname.shop", "nickname.family")


def meters(ctx: Context, _: str = "") -> Deciding:
    """The saved meters."""
    t = ctx.t
    saved = (yield from saved_meters.saved_by(ctx.customer))[:MAX_METERS]
    if not saved:
        return Reply(t("meters.none"), (_add_row(ctx), home_row(ctx)))
    listed = lines(*(Safe(f"{at}. {_named(ctx, meter)}") for at, meter in enumerate(saved, 1)))
    rows: Rows = tuple(
        (free(f"{EMBLEM[meter.service]} {meter.nickname} · {meter.reference}", "meter", str(meter.id)),)
        for meter in saved
    )
    text = paragraphs(t("meters.title"), listed, t("meters.pick", nickname=saved[0].nickname))
    return ctx.ask("meters", text, (*rows, _add_row(ctx), home_row(ctx, "~")), base=ctx.afresh())


def _add_row(ctx: Context) -> tuple[Choice, ...]:
    return (ctx.link("button.add_meter", "add_meter"),)


def add_meter(ctx: Context, _: str = "") -> Deciding:
    """Keep a number without buying for it: for which service?"""
    if (full := (yield from _full(ctx))) is not None:
        return full
    t = ctx.t
    rows = tuple(
        (free(f"{EMBLEM[service.name]} {t.label(SERVICE[service.name])}", "keep_number", service.name),)
        for service in ctx.shop.catalog
    )
    return ctx.ask(IDLE, t("meters.add"), (*rows, home_row(ctx)), base=ctx.afresh())


def _full(ctx: Context) -> Script[Answer | None]:
    """That no more are kept, where so many are."""
    if len((yield from saved_meters.saved_by(ctx.customer))) < MAX_METERS:
        return None
    rows = ((ctx.link("button.meters", "meters"), *home_row(ctx)),)
    return ctx.ask(IDLE, ctx.t("meters.full", most=MAX_METERS), rows, base=ctx.afresh())


def _named(ctx: Context, meter: SavedMeter) -> Safe:
    return ctx.t(
        "meters.line",
        nickname=meter.nickname,
        service=ctx.t(SERVICE[meter.service]),
        reference=meter.reference,
    )


def find_meter(ctx: Context, meter_id: int | None) -> Script[SavedMeter | None]:
    """One of the person's own meters."""
    saved = yield from saved_meters.saved_by(ctx.customer)
    return next((meter for meter in saved if meter.id == meter_id), None)


def meter(ctx: Context, meter_id: str) -> Deciding:
    """One saved meter: buy for it, rename it, forget it."""
    chosen = yield from find_meter(ctx, int(meter_id) if meter_id.isdecimal() else None)
    if chosen is None:
        return (yield from meters(ctx))
    t, service = ctx.t, ctx.shop.catalog[chosen.service]
    rows: Rows = ()
    if service.prepaid:
        buttons = [ctx.choice(t.short_money(amount), "buy", str(amount)) for amount in service.suggestions_xof]
        rows = tuple(tuple(buttons[at : at + 3]) for at in range(0, len(buttons), 3))
    more = ctx.button("button.other_amount" if service.prepaid else "button.see_bills", "buy")
    text = paragraphs(
        lines(
            Safe(f"{EMBLEM[chosen.service]} <b>{t.escaped(chosen.nickname)}</b>"),
            t(REFERENCE[chosen.service], reference=chosen.reference),
            t("detail.holder", holder=truncate(chosen.holder)) if chosen.holder else None,
        ),
        t("meter.amount" if service.prepaid else "meter.bills"),
    )
    manage = (ctx.button("button.rename", "rename"), ctx.button("button.delete", "delete"))
    back = ctx.link("button.meters", "meters")
    return ctx.ask(
        "meter", text, (*rows, (more,), manage, (back, *home_row(ctx))), base=ctx.afresh(), pending=OneMeter(chosen.id)
    )


def ask_meter(ctx: Context) -> Deciding:
    """The meter that was shown last."""
    return (yield from meter(ctx, str(ctx.pending(OneMeter).meter_id)))


def buy_for(ctx: Context, amount: str) -> Deciding:
    """Buy for the saved meter, with an amount or without."""
    chosen = yield from find_meter(ctx, ctx.pending(OneMeter).meter_id)
    if chosen is None:
        return (yield from meters(ctx))
    return ctx.flows.inquire(ctx, chosen.service, chosen.reference, int(amount) if amount.isdecimal() else None)


def read_buy_for(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount typed at a saved meter; a number is another meter's."""
    woyofal = ctx.shop.catalog.woyofal
    other = [one for one in parse_line(text, woyofal) if one.reference and woyofal.is_usual(one.reference)]
    if len(other) == 1:
        return ctx.flows.inquire(ctx, woyofal.name, other[0].reference, other[0].amount_xof)
    typed = parse_amount(text)
    chosen = yield from find_meter(ctx, ctx.pending(OneMeter).meter_id)
    if typed is None or len(str(typed)) > MAX_AMOUNT_DIGITS or chosen is None or not is_prepaid(chosen.service):
        return None
    return ctx.flows.inquire(ctx, chosen.service, chosen.reference, typed)


def save(ctx: Context, order_id: str = "") -> Deciding:
    """Keep the meter of an order, under a name that is asked for."""
    order = yield from own_orders.meant(ctx.person.whose, order_id)
    if order is None:
        return Reply(ctx.t("save.none"), menu_rows(ctx))
    return (yield from _keep(ctx, MeterToSave(order.service, order.reference, order.holder)))


def keep(ctx: Context, _: str = "") -> Deciding:
    """Keep the meter that was looked up last, without buying for it."""
    seen = ctx.session.looked_up
    if seen is None:
        return Reply(ctx.t("save.none"), menu_rows(ctx))
    return (yield from _keep(ctx, MeterToSave(seen.service, seen.reference, seen.holder)))


def _keep(ctx: Context, what: MeterToSave) -> Deciding:
    """Ask for its name, unless it has one already, or no more are kept."""
    saved = yield from saved_meters.saved_by(ctx.customer, what.service)
    for known in saved:
        if known.reference == what.reference:
            text = ctx.t("save.already", nickname=known.nickname)
            return ctx.ask(IDLE, text, ((_buy_button(ctx, known), *home_row(ctx)),), base=ctx.afresh())
    if (full := (yield from _full(ctx))) is not None:
        return full
    ctx.session = replace(ctx.afresh(), pending=what)
    return ask_nickname(ctx)


def _buy_button(ctx: Context, meter: SavedMeter) -> Choice:
    return ctx.link_to("button.top_up" if is_prepaid(meter.service) else "button.see_bills", "meter", meter.id)


def ask_nickname(ctx: Context) -> Answer:
    """Which name for the meter?"""
    t, what = ctx.t, ctx.pending(MeterToSave)
    offered = tuple(ctx.choice(t.label(key), "name", t.label(key)) for key in _SUGGESTED)
    text = lines(
        t("detail.holder", holder=truncate(what.holder)) if what.holder else None,
        t("nickname.ask", reference=what.reference),
    )
    return ctx.ask("nickname", text, (offered, (ctx.button("button.cancel", "cancel"),)))


def clean_nickname(text: str) -> str | None:
    """A name as people may give it: short, one line, with something to read in it."""
    name = printable_line(text[:200])
    return name if 0 < len(name) <= MAX_NICKNAME_CHARACTERS and any(c.isalnum() for c in name) else None


def _refused(ctx: Context, text: str, meter_id: int | None = None) -> Script[tuple[str, Safe | None]]:
    """A name as it is kept, and why it cannot be: it is none, a word that means something here already, or that of
    another meter than the one of that id.
    """
    name = clean_nickname(text)
    if name is None:
        return "", ctx.t("nickname.bad", most=MAX_NICKNAME_CHARACTERS)
    typed = fold(name)
    service = named_service(ctx.shop.catalog, typed)
    taken = (
        vocabulary.exact(typed) is not None
        or typed in ctx.flows.words
        or typed in ctx.flows.commands
        or is_answer(typed)
        or (service is not None and not service[1])
        or parse_amount(name) is not None
    )
    if taken:
        return name, ctx.t("nickname.taken", nickname=name)
    for meter in (yield from saved_meters.saved_by(ctx.customer)):
        if meter.id != meter_id and fold(meter.nickname) == typed:
            return name, ctx.t("nickname.used", nickname=meter.nickname, reference=meter.reference)
    return name, None


def read_nickname(ctx: Context, text: str) -> Deciding:
    """A name was picked or typed."""
    name, reason = yield from _refused(ctx, text)
    if reason is not None:
        ctx.again(reason)
        return ask_nickname(ctx)
    what = ctx.pending(MeterToSave)
    yield from saved_meters.save(ctx.customer, what.service, what.reference, what.holder, name, ctx.now)
    key = "nickname.saved" if is_prepaid(what.service) else "nickname.saved_bill"
    text = ctx.t(key, nickname=name, reference=what.reference)
    kept = yield from saved_meters.saved_by(ctx.customer, what.service)
    buy = tuple(_buy_button(ctx, meter) for meter in kept if meter.reference == what.reference)
    return ctx.ask(IDLE, text, ((*buy, *home_row(ctx)),), base=ctx.afresh())


def rename(ctx: Context, _: str = "") -> Deciding:
    """Ask for another name."""
    chosen = yield from find_meter(ctx, ctx.pending(OneMeter).meter_id)
    if chosen is None:
        return (yield from meters(ctx))
    text = ctx.t("rename.ask", nickname=chosen.nickname)
    rows = ((ctx.button("button.back", "back"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("rename", text, rows)


def ask_rename(ctx: Context) -> Deciding:
    """Which other name for the meter?"""
    return (yield from rename(ctx))


def read_rename(ctx: Context, text: str) -> Deciding:
    """The other name was typed."""
    name, reason = yield from _refused(ctx, text, ctx.pending(OneMeter).meter_id)
    if reason is not None:
        ctx.again(reason)
        return (yield from rename(ctx))
    chosen = yield from find_meter(ctx, ctx.pending(OneMeter).meter_id)
    if chosen is None:
        return (yield from meters(ctx))
    yield from saved_meters.rename(ctx.customer, chosen.id, name)
    text = ctx.t("rename.done", nickname=name, reference=chosen.reference)
    return ctx.ask(IDLE, text, ((ctx.link("button.meters", "meters"), *home_row(ctx)),), base=ctx.afresh())


def delete(ctx: Context, _: str = "") -> Deciding:
    """Really forget it?"""
    chosen = yield from find_meter(ctx, ctx.pending(OneMeter).meter_id)
    if chosen is None:
        return (yield from meters(ctx))
    text = ctx.t("delete.ask", nickname=chosen.nickname, reference=chosen.reference)
    rows = ((ctx.button("button.delete_yes", "forget"), ctx.button("button.back", "back")),)
    return ctx.ask("forget", text, rows)


def ask_delete(ctx: Context) -> Deciding:
    """Really forget the meter?"""
    return (yield from delete(ctx))


def forget(ctx: Context, _: str = "") -> Deciding:
    """Forget it."""
    chosen = yield from find_meter(ctx, ctx.pending(OneMeter).meter_id)
    if chosen is None:
        return (yield from meters(ctx))
    yield from saved_meters.delete(ctx.customer, chosen.id)
    text = ctx.t("delete.done", nickname=chosen.nickname)
    return ctx.ask(IDLE, text, ((ctx.link("button.meters", "meters"), *home_row(ctx)),), base=ctx.afresh())
