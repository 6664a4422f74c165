"""Saved meters: kept after a purchase under a name of the person's own, bought for again, renamed, forgotten. Pure."""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.parsing import vocabulary
from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS, parse_amount
from bot.dialogue.parsing.lines import parse_line
from bot.dialogue.parsing.services import named_service
from bot.dialogue.pending import MeterToSave, OneMeter
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, REFERENCE, SERVICE
from bot.repositories import meters as saved_meters
from bot.repositories.meters import SavedMeter
from bot.shop import is_prepaid
from bot.store import Script

MAX_METERS_SHOWN = 20
MAX_NICKNAME_CHARACTERS = 30
_SUGGESTED: Final = ("nickname.home", "nickname.shop", "nickname.family")


def meters(ctx: Context, _: str = "") -> Deciding:
    """The saved meters."""
    t = ctx.t
    saved = (yield from saved_meters.saved_by(ctx.customer))[:MAX_METERS_SHOWN]
    if not saved:
        return Reply(t("meters.none"), menu_rows(ctx))
    listed = lines(*(Safe(f"{at}. {_named(ctx, meter)}") for at, meter in enumerate(saved, 1)))
    rows: Rows = tuple(
        (free(f"{EMBLEM[meter.service]} {meter.nickname} · {meter.reference}", "meter", str(meter.id)),)
        for meter in saved
    )
    text = paragraphs(t("meters.title"), listed, t("meters.pick", nickname=saved[0].nickname))
    return ctx.ask("meters", text, (*rows, home_row(ctx, "~")), base=ctx.afresh())


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
    order = yield from ctx.order_meant(order_id)
    if order is None:
        return Reply(ctx.t("save.none"), menu_rows(ctx))
    saved = yield from saved_meters.saved_by(ctx.customer, order.service)
    for known in saved:
        if known.reference == order.reference:
            return Reply(ctx.t("save.already", nickname=known.nickname), (home_row(ctx),))
    ctx.session = replace(ctx.afresh(), pending=MeterToSave(order.id))
    return (yield from ask_nickname(ctx))


def ask_nickname(ctx: Context) -> Deciding:
    """Which name for the meter?"""
    t = ctx.t
    order = yield from ctx.own_order(ctx.pending(MeterToSave).order_id)
    if order is None:
        return (yield from meters(ctx))
    offered = tuple(ctx.choice(t.label(key), "name", t.label(key)) for key in _SUGGESTED)
    text = t("nickname.ask", reference=order.reference)
    return ctx.ask("nickname", text, (offered, (ctx.button("button.cancel", "cancel"),)))


def clean_nickname(text: str) -> str | None:
    """A name as people may give it: short, one line, with something to read in it."""
    name = " ".join("".join(c if c.isprintable() else " " for c in text[:200]).split())
    return name if 0 < len(name) <= MAX_NICKNAME_CHARACTERS and any(c.isalnum() for c in name) else None


def _refused(ctx: Context, text: str) -> tuple[str, Safe | None]:
    """A name as it is kept, and why it cannot be: it is none, or a word that means something here already."""
    name = clean_nickname(text)
    if name is None:
        return "", ctx.t("nickname.bad", most=MAX_NICKNAME_CHARACTERS)
    typed = fold(name)
    service = named_service(ctx.shop.catalog, typed)
    taken = (
        vocabulary.exact(typed) is not None
        or typed in ctx.flows.words
        or typed in ctx.flows.commands
        or (service is not None and not service[1])
        or parse_amount(name) is not None
    )
    return name, ctx.t("nickname.taken", nickname=name) if taken else None


def read_nickname(ctx: Context, text: str) -> Deciding:
    """A name was picked or typed."""
    name, reason = _refused(ctx, text)
    if reason is not None:
        ctx.again(reason)
        return (yield from ask_nickname(ctx))
    order = yield from ctx.own_order(ctx.pending(MeterToSave).order_id)
    if order is None:
        return (yield from meters(ctx))
    yield from saved_meters.save(ctx.customer, order.service, order.reference, order.holder, name, ctx.now)
    key = "nickname.saved" if is_prepaid(order.service) else "nickname.saved_bill"
    text = ctx.t(key, nickname=name, reference=order.reference)
    return ctx.ask(IDLE, text, (home_row(ctx),), base=ctx.afresh())


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
    name, reason = _refused(ctx, text)
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
