"""What is added to a client book: somebody new, in one line, step by step or after a sale; their meters. Pure.

A new client is gathered first (their name, then their number) and kept in one piece. A name that is in the book already
is that client: they get the meter, and nobody has two pages by accident.
"""

from typing import Any

from msgspec.structs import replace

from bot.dialogue.clients import own_client
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.clients.book import grouped_phone, meter_line, no_such_client
from bot.dialogue.flows.clients.parsing import MAX_NAME_CHARACTERS, ClientName, clean_name, parse_number, parse_phone
from bot.dialogue.menu import home_row, menu
from bot.dialogue.pending import ClientNumber, MeterSoldTo
from bot.domain.catalog import ServiceName
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, truncate
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories import clients as book
from bot.repositories.clients import Client
from bot.store import Script

MAX_CLIENTS = 2_000
MAX_METERS = 10
# At most so many clients whose names contain a text are looked at for one who is called exactly that.
MAX_NAMESAKES = 50


def namesake(ctx: Context, named: ClientName) -> Script[Client | None]:
    """The client who is called exactly that."""
    name = fold(named.name)
    page = yield from book.search(ctx.customer, name, MAX_NAMESAKES)
    return next((one for one in page.clients if fold(one.name) == name), None)


def _is_full(ctx: Context) -> Script[Answer | None]:
    many = yield from book.count_of(ctx.customer)
    return Reply(ctx.t("book.full", most=MAX_CLIENTS), (home_row(ctx),)) if many >= MAX_CLIENTS else None


# Somebody new.


def add(ctx: Context, name: str = "") -> Deciding:
    """Add somebody: by the name that was looked for, or by one that is asked for."""
    if (full := (yield from _is_full(ctx))) is not None:
        return full
    ctx.session = replace(ctx.afresh(), greeted=True)
    named = clean_name(name) if name else None
    return ask_name(ctx) if named is None else (yield from _take_name(ctx, named))


def add_line(ctx: Context, rest: str) -> Deciding:
    """`/addclient NAME; METER; PHONE`: all of it at once."""
    if not rest.strip():
        return (yield from add(ctx))
    if (full := (yield from _is_full(ctx))) is not None:
        return full
    name, line, phone, *more = (*(part.strip() for part in rest.split(";")), "", "")
    named, digits = clean_name(name), parse_phone(phone) if phone else ""
    number = parse_number(ctx, line) if line else None
    if named is None or digits is None or any(more) or (line and (number is None or number[0] is None)):
        return Reply(ctx.t("book.line"), (home_row(ctx),))
    service, reference = (None, "") if number is None else number
    return (yield from _save(ctx, named, digits, service, reference))


def ask_name(ctx: Context) -> Answer:
    """What is the new client called?"""
    rows: Rows = ((ctx.link("button.import", "importclients"),), (ctx.button("button.cancel", "cancel"),))
    return ctx.ask("client_name", ctx.t("book.name"), rows)


def read_name(ctx: Context, text: str) -> Deciding:
    """The name was typed, or everything at once."""
    if ";" in text:
        return (yield from add_line(ctx, text))
    named = clean_name(text)
    if named is None:
        ctx.again(ctx.t("book.name_bad", most=MAX_NAME_CHARACTERS))
        return ask_name(ctx)
    return (yield from _take_name(ctx, named))


def _take_name(ctx: Context, named: ClientName) -> Deciding:
    known = yield from namesake(ctx, named)
    if known is not None:
        ctx.prefix = ctx.t("book.known", name=known.name)
        return (yield from meters(ctx, str(known.id)))
    ctx.session = replace(ctx.session, pending=ClientNumber(named.name, named.nickname))
    return (yield from ask_number(ctx))


def _save(
    ctx: Context, named: ClientName, phone: str, service: ServiceName | None, reference: str, holder: str = ""
) -> Deciding:
    """Keep somebody with their number, unless they or the number are in the book."""
    t, known = ctx.t, (yield from namesake(ctx, named))
    other = None if service is None else (yield from book.with_meter(ctx.customer, service, reference))
    if other is not None:
        key = "book.meter_known" if known is not None and known.id == other.id else "book.meter_taken"
        return Reply(t(key, name=other.name, reference=reference), (_page_button(ctx, other), home_row(ctx)))
    if known is not None and service is None:
        return Reply(t("book.known", name=known.name), (_page_button(ctx, known), home_row(ctx)))
    if known is not None and len(known.meters) >= MAX_METERS:
        return Reply(t("book.meters_full", most=MAX_METERS), (_page_button(ctx, known), home_row(ctx)))
    client_id = known.id if known is not None else (yield from book.add(ctx.customer, *named, phone, ctx.now))
    if service is not None:
        yield from book.add_meter(ctx.customer, client_id, service, reference, holder)
    if known is not None and phone:
        yield from book.set_phone(ctx.customer, client_id, phone)
    name = truncate(named.name, MAX_NAME_CHARACTERS) if known is None else known.name
    text = lines(
        t("book.added" if known is None else "book.meter_added", name=name),
        None if service is None else meter_line(t, service, reference, holder),
        t("client.phone", phone=grouped_phone(phone)) if phone else None,
        None if service is None else t("book.sell", line=f"{name} {_sale_words(ctx, service)}"),
    )
    page = () if service is None else (ctx.link("button.client_see", "client", f"{service}:{reference}"),)
    rows: Rows = ((*page, ctx.link("button.clients", "clients")), home_row(ctx))
    return ctx.ask(IDLE, text, rows, base=ctx.afresh())


def _sale_words(ctx: Context, service: ServiceName) -> str:
    """What follows a name in a line that sells to them."""
    return "5000" if ctx.shop.catalog[service].prepaid else service


def _page_button(ctx: Context, one: Client) -> tuple[Any, ...]:
    return (ctx.link("button.client_see", "client", str(one.id)),)


# After a sale to a meter that is nobody's yet.


def keep_meter(ctx: Context, order_id: str) -> Deciding:
    """The meter of a sale shall be some client's."""
    order = yield from ctx.own_order(order_id)
    if order is None:
        return menu(ctx)
    ctx.session = replace(ctx.afresh(), pending=MeterSoldTo(order.id))
    return (yield from ask_keep(ctx))


def ask_keep(ctx: Context) -> Deciding:
    """Whose is the meter that was sold to?"""
    t, order = ctx.t, (yield from ctx.own_order(ctx.pending(MeterSoldTo).order_id))
    if order is None:
        return menu(ctx)
    holder = clean_name(truncate(order.holder, MAX_NAME_CHARACTERS))
    rows: Rows = () if holder is None else ((ctx.choice(holder.name, "holder", ""),),)
    text = t("book.keep", reference=order.reference)
    return ctx.ask("client_keep", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def keep_holder(ctx: Context, _: str = "") -> Deciding:
    """By the holder's name."""
    order = yield from ctx.own_order(ctx.pending(MeterSoldTo).order_id)
    return menu(ctx) if order is None else (yield from read_keep(ctx, truncate(order.holder, MAX_NAME_CHARACTERS)))


def read_keep(ctx: Context, text: str) -> Deciding:
    """Their name was picked or typed."""
    named, order = clean_name(text), (yield from ctx.own_order(ctx.pending(MeterSoldTo).order_id))
    if order is None:
        return menu(ctx)
    if named is None:
        ctx.again(ctx.t("book.name_bad", most=MAX_NAME_CHARACTERS))
        return (yield from ask_keep(ctx))
    if (full := (yield from _is_full(ctx))) is not None:
        return full
    ctx.session = ctx.afresh()
    return (yield from _save(ctx, named, "", order.service, order.reference, order.holder))


# Their numbers.


def meters(ctx: Context, argument: str) -> Deciding:
    """A client's meters: another one, or one less."""
    client = yield from own_client(ctx, argument)
    if client is None:
        return (yield from no_such_client(ctx))
    ctx.session = replace(ctx.afresh(), pending=ClientNumber(client.name, client.nickname, client.id))
    return (yield from ask_number(ctx))


def ask_number(ctx: Context) -> Deciding:
    """Which number do they have?"""
    t, client = ctx.t, (yield from _known_client(ctx))
    rows: Rows = ()
    if client is None:
        rows += ((ctx.button("button.client_no_meter", "bare"),),)
    else:
        rows += tuple(
            (ctx.choice(t.label("button.client_meter_drop", reference=one.reference), "drop", str(one.id)),)
            for one in client.meters
        )
    text = t("book.number", name=ctx.pending(ClientNumber).name)
    return ctx.ask("client_number", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def _known_client(ctx: Context) -> Script[Client | None]:
    """The client whose number is asked for, if they are in the book."""
    client_id = ctx.pending(ClientNumber).client_id
    return None if client_id is None else (yield from book.load(ctx.customer, client_id))


def _name(ctx: Context) -> ClientName:
    somebody = ctx.pending(ClientNumber)
    return ClientName(somebody.name, somebody.nickname)


def read_number(ctx: Context, text: str) -> Deciding:
    """The number was typed; of which service it is, is asked where it cannot be seen."""
    number = parse_number(ctx, text)
    if number is None:
        ctx.again(ctx.t("unclear.reference"))
        return (yield from ask_number(ctx))
    service, digits = number
    if service is not None:
        return (yield from choose_service(ctx, f"{service}:{digits}"))
    t = ctx.t
    rows: Rows = tuple(
        (ctx.choice(f"{EMBLEM[one.name]} {t.label(SERVICE[one.name])}", "of", f"{one.name}:{digits}"),)
        for one in ctx.shop.catalog
    )
    text = t("book.which_service", reference=digits)
    return ctx.ask("client_number", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def choose_service(ctx: Context, argument: str) -> Deciding:
    """Of this service."""
    name, _, reference = argument.partition(":")
    service = next(one.name for one in ctx.shop.catalog if one.name == name)
    return (yield from _save(ctx, _name(ctx), "", service, reference))


def without_number(ctx: Context, _: str = "") -> Deciding:
    """Without a number for now."""
    return (yield from _save(ctx, _name(ctx), "", None, ""))


def drop_meter(ctx: Context, argument: str) -> Deciding:
    """A meter is not the client's any more."""
    client = yield from _known_client(ctx)
    dropped = None if client is None else next((one for one in client.meters if str(one.id) == argument), None)
    if client is None or dropped is None:
        return (yield from no_such_client(ctx))
    yield from book.delete_meter(ctx.customer, dropped.id)
    return show_done(ctx, client, ctx.t("book.meter_dropped", name=client.name, reference=dropped.reference))


def show_done(ctx: Context, client: Client, text: Safe) -> Answer:
    """Something about a client is done."""
    rows: Rows = ((*_page_button(ctx, client), ctx.link("button.clients", "clients")), home_row(ctx))
    return ctx.ask(IDLE, text, rows, base=ctx.afresh())
