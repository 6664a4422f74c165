"""What is the person's own: balance, codes, orders and saved meters. Pure."""

from collections.abc import Generator
from typing import Any, Final

from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.effects import AskOrder, CancelOrder, DeleteMeter, RenameMeter, SaveMeter
from bot.dialogue.here import IDLE, STAYS, Answer, Aside, Deciding, Here, Rows, brief, free, lines, paragraphs
from bot.dialogue.looks import (
    Balance,
    Look,
    LookBalance,
    LookCodes,
    LookMeters,
    LookMovements,
    LookOpen,
    LookOrder,
    LookOrders,
    Movement,
    Page,
    SavedMeter,
)
from bot.dialogue.menus import home_row, menu_rows
from bot.dialogue.orders import (
    EMBLEM,
    REFERENCE,
    SERVICE,
    STATE,
    codes,
    copies,
    list_label,
    list_line,
    money_line,
    next_line,
    receipt,
)
from bot.dialogue.quote import pay_in
from bot.dialogue.session import Turn
from bot.dialogue.shop import is_prepaid
from bot.dialogue.whose import inquire
from bot.i18n import Safe
from bot.order import Order

PAGE_SIZE = 5
MAX_NICKNAME_CHARACTERS = 30
_MOVEMENT: Final[dict[str, str]] = {
    "credit": "movement.credit",
    "debit": "movement.debit",
    "hold": "movement.hold",
    "release": "movement.release",
    "spend": "movement.spend",
    "reopen": "movement.reopen",
}
_SUGGESTED: Final = ("nickname.home", "nickname.shop", "nickname.family")


# Money.


def balance(here: Here, _: str = "") -> Deciding:
    """What may be spent, what is held, the last movements."""
    t = here.t
    money: Balance = yield LookBalance()
    moves: tuple[Movement, ...] = yield LookMovements(5)
    text = paragraphs(
        lines(
            t("balance.available", balance=t.money(money.available_xof)),
            t("balance.held", held=t.money(money.held_xof)) if money.held_xof else None,
            t("balance.credit", limit=t.money(money.credit_limit_xof)) if money.credit_limit_xof else None,
        ),
        lines(t("balance.movements"), *(_movement(here, move) for move in moves)) if moves else None,
        None if money.spendable_xof > 0 else pay_in(here),
    )
    return Aside(text, (home_row(here, "~"),))


def _movement(here: Here, move: Movement) -> str:
    t = here.t
    sign = "+" if move.amount_xof > 0 else "−"
    what = t(_MOVEMENT.get(move.kind, "movement.other"))
    note = f" · {t.escaped(brief(move.note, 40))}" if move.note and move.kind in ("credit", "debit") else ""
    return f"{t.short_moment(move.at)} · {sign} {t.short_money(abs(move.amount_xof))} · {what}{note}"


# Codes.


def last_codes(here: Here, _: str = "") -> Deciding:
    """`/code`: the last codes again, for free, at any time; and what is still to come."""
    t = here.t
    paid: tuple[Order, ...] = yield LookCodes(4)
    coming = [order for order in (yield LookOpen()) if is_prepaid(order.service)]
    pending = tuple(
        t("code.pending", amount=t.money(order.amount_xof), reference=order.reference, state=t(STATE[order.state]))
        for order in coming
    )
    if not paid:
        rows: Rows = tuple((_see(here, order),) for order in coming)
        return Aside(paragraphs(t("code.none") if not coming else None, *pending), (*rows, home_row(here)))
    return _show_code(here, paid[0], paid[1:], pending)


def code(here: Here, order_id: str) -> Deciding:
    """The codes of one order again."""
    order: Order | None = yield LookOrder(order_id)
    if order is None or not order.tokens:
        return (yield from open_order(here, order_id))
    return _show_code(here, order, (), ())


def _show_code(here: Here, order: Order, others: tuple[Order, ...], pending: tuple[Safe, ...]) -> Answer:
    t = here.t
    text = paragraphs(
        t(
            "code.again",
            amount=t.money(order.amount_xof),
            reference=order.reference,
            holder=brief(order.holder),
            moment=t.moment(order.confirmed_at),
        ),
        codes(t, order),
        *pending,
    )
    older: Rows = tuple(
        (free(t.label("button.code_of", what=list_label(t, other)), "code", other.id, STAYS),) for other in others
    )
    here.replaces = None
    return Aside(text, (*copies(t, order), *older, home_row(here)), apart=True)


def _see(here: Here, order: Order) -> Any:
    return free(list_label(here.t, order), "order", order.id)


# Orders.


def history(here: Here, skip: str = "") -> Deciding:
    """Orders with their state and money, a page at a time."""
    t = here.t
    start = int(skip) if skip.isdecimal() and len(skip) < 7 else 0
    page: Page = yield LookOrders(start, PAGE_SIZE)
    if not page.orders:
        return Aside(t("history.none"), menu_rows(here))
    rows: Rows = tuple((_see(here, order),) for order in page.orders)
    paging = (
        *((here.link_to("button.newer", "history", max(0, start - PAGE_SIZE)),) if start else ()),
        *((here.link_to("button.older", "history", start + PAGE_SIZE),) if page.more else ()),
    )
    listed = "\n\n".join(list_line(t, number, order) for number, order in enumerate(page.orders, 1))
    text = paragraphs(t("history.title"), listed, t("history.open"))
    return here.ask(
        "history", text, (*rows, *((paging,) if paging else ()), home_row(here, "~")), base=here.afresh(), skip=start
    )


def ask_history(here: Here) -> Deciding:
    """The page that was shown last."""
    return (yield from history(here, str(here.session.skip)))


def open_order(here: Here, order_id: str) -> Deciding:
    """One order: its receipt, and one honest line: where the money is, what happens next and when."""
    t = here.t
    order: Order | None = yield LookOrder(order_id)
    if order is None:
        return Aside(t("order.none"), menu_rows(here))
    text = paragraphs(
        receipt(t, order),
        lines(
            t("detail.state", state=t(STATE[order.state])), money_line(t, order), next_line(t, order, here.speaker.now)
        ),
    )
    rows: Rows = ()
    if order.tokens:
        rows += ((here.link("button.code_again", "code", order.id, STAYS),),)
    if order.state == "waiting":
        rows += ((here.link("button.recall", "recall", order.id, STAYS),),)
    if not order.is_final:
        rows += ((here.link("button.check_now", "ask", order.id, STAYS),),)
    else:
        rows += ((here.link("button.again", "again", order.id, STAYS),),)
    back = here.link("button.history", "history", str(here.session.skip), STAYS)
    base = replace(here.afresh(), skip=here.session.skip)
    return here.ask("order", text, (*rows, (back, *home_row(here))), base=base, order_id=order.id)


def ask_open_order(here: Here) -> Deciding:
    """The order that was shown last."""
    return (yield from open_order(here, here.session.order_id or ""))


def last_order(here: Here, _: str = "") -> Deciding:
    """The newest order, for who asks for it in words."""
    page: Page = yield LookOrders(0, 1)
    return (
        (yield from open_order(here, page.orders[0].id))
        if page.orders
        else Aside(here.t("history.none"), menu_rows(here))
    )


def recall(here: Here, order_id: str = "") -> Deciding:
    """Call back an order that was not sent yet (in words: the newest); its own notice tells the rest."""
    if not order_id:
        waiting = [order for order in (yield LookOpen()) if order.state == "waiting"]
        order_id = waiting[0].id if waiting else ""
    order: Order | None = (yield LookOrder(order_id)) if order_id else None
    if order is not None and order.state == "waiting":
        here.effects += (CancelOrder(order.id),)
        return Turn(replace(here.session, updated_at=here.speaker.now), here.effects)
    if order is not None:
        here.lead = here.t("recall.too_late" if not order.is_final else "recall.final")
    return (yield from open_order(here, order_id))


def ask_now(here: Here, order_id: str) -> Deciding:
    """“Where is my code?”: the same question to the provider as a poll, now."""
    order: Order | None = yield LookOrder(order_id)
    if order is None or order.is_final:
        return (yield from open_order(here, order_id))
    here.effects += (AskOrder(order.id),)
    t = here.t
    text = lines(t("ask.now"), money_line(t, order))
    return Aside(text, ((here.link("button.see_order", "order", order.id, STAYS), *home_row(here)),))


def again(here: Here, order_id: str = "") -> Deciding:
    """The same meter and amount once more: looked up again, quoted again, confirmed again."""
    order: Order | None
    if order_id:
        order = yield LookOrder(order_id)
    else:
        page: Page = yield LookOrders(0, 1)
        order = page.orders[0] if page.orders else None
    if order is None:
        return Aside(here.t("order.none"), menu_rows(here))
    return inquire(here, order.service, order.reference, order.amount_xof if is_prepaid(order.service) else None)


# Meters.


def meters(here: Here, _: str = "") -> Deciding:
    """The saved meters."""
    t = here.t
    saved: tuple[SavedMeter, ...] = yield LookMeters()
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
    """An amount typed at a saved meter."""
    typed = read.amount(text)
    found = yield from find_meter(here.session.meter_id)
    if typed is None or found is None or not is_prepaid(found.service):
        return None
    return inquire(here, found.service, found.reference, typed)


def save(here: Here, order_id: str = "") -> Deciding:
    """Keep the meter of an order, under a name that is asked for."""
    order: Order | None
    if order_id:
        order = yield LookOrder(order_id)
    else:
        page: Page = yield LookOrders(0, 1)
        order = page.orders[0] if page.orders else None
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
    order: Order | None = yield LookOrder(here.session.order_id or "")
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
    order: Order | None = yield LookOrder(here.session.order_id or "")
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
    """The same question again."""
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
    """The same question again."""
    return (yield from delete(here))


def forget(here: Here, _: str = "") -> Deciding:
    """Forget it."""
    found = yield from find_meter(here.session.meter_id)
    if found is None:
        return (yield from meters(here))
    here.effects += (DeleteMeter(found.id),)
    text = here.t("delete.done", nickname=found.nickname)
    return here.ask(IDLE, text, ((here.link("button.meters", "meters"), *home_row(here)),), base=here.afresh())
