"""A sale: for a client by any part of their name, in one line or a few taps, to the ordinary inquiry and quote. Pure.

`fatou 5000`, `fatou senelec`, `5000 fatou`, `fatou`: a name with what is to be bought for them. Several clients, or
several meters of one, are put to the reseller, who picks. Whose client a meter is, the quote finds by the meter itself:
whatever way led to it, the same meter is the same client's.
"""

from msgspec.structs import replace

from bot.dialogue.clients import (
    MAX_SEARCH_BYTES,
    add_how,
    add_rows,
    ask_which,
    called,
    exact_or_all,
    own_client,
    similar_name,
)
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flows.sales.requests import SaleRequest, parse_sale, sells_several
from bot.dialogue.menu import home_row
from bot.dialogue.parsing import openers
from bot.dialogue.parsing.amounts import MAX_AMOUNT_DIGITS
from bot.dialogue.parsing.debts import ON_CREDIT, names_meter
from bot.dialogue.sale_pending import SaleToClient, SaleToName
from bot.domain.catalog import ServiceName
from bot.domain.text import fold
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM
from bot.repositories import clients as book
from bot.repositories.clients import Client, ClientMeter
from bot.store import Script


def read_line(
    ctx: Context, text: str, service: ServiceName | None = None, *, whole: bool = False
) -> Script[Answer | None]:
    """A line that names a client of the reseller who speaks; None: it does not, or nobody sells here. With `whole`, a
    bare name is no line.
    """
    request = None if ctx.person.terms is None or names_meter(text) else parse_sale(ctx.shop.catalog, text)
    if request is None or (whole and _is_bare(request)):
        return None
    name = fold(request.name)
    page = yield from called(ctx, name)
    candidates = exact_or_all(page.clients, name)
    request = request._replace(service=request.service or service)
    if not candidates and sells_several(request):
        # The last amount must not become that of the first name.
        return Reply(ctx.t("sale.several"), (home_row(ctx),))
    if not candidates:
        # A bare name may mean anything; where something is to be sold, a mistyped name is worth a question. What was
        # paid or is owed is no sale.
        is_sale = not _is_bare(request) and not openers.says_not(text)
        close = "" if not is_sale else (yield from similar_name(ctx, name))
        if not close:
            # Nobody sells for cash what was to be on credit.
            return unknown_client(ctx, text) if request.on_credit else None
        request = request._replace(name=close)
    if len(candidates) != 1:
        name = fold(request.name).encode()[:MAX_SEARCH_BYTES].decode("utf-8", "ignore")
        whom = SaleToName(name, request.amount_xof, request.service, request.on_credit)
        ctx.session = replace(ctx.afresh(), pending=whom, greeted=True)
        return (yield from ask_whom(ctx))
    if _is_bare(request):
        return (yield from _page_of(ctx, candidates[0]))
    return _sell_to(ctx, candidates[0], request)


def _is_bare(request: SaleRequest | SaleToName) -> bool:
    """Whether nothing but a name was said."""
    return request.amount_xof is None and request.service is None and not request.on_credit


def unknown_client(ctx: Context, text: str) -> Answer | None:
    """A line that is a sale to somebody unknown; None where it is no sale, or nobody sells here."""
    request = None if ctx.person.terms is None or names_meter(text) else parse_sale(ctx.shop.catalog, text)
    if request is None or _is_bare(request) or openers.says_not(text):
        return None
    t = ctx.t
    return Reply(
        paragraphs(t("sale.nobody", name=truncate(request.name, 40)), add_how(ctx)), add_rows(ctx, request.name)
    )


# Whom?


def ask_whom(ctx: Context) -> Deciding:
    """Several clients by that name: which one?"""
    t, request = ctx.t, ctx.pending(SaleToName)
    what = None if request.amount_xof is None else t("sale.what", amount=t.money(request.amount_xof))
    on_credit = t("sale.on_credit") if request.on_credit else None
    return (yield from ask_which(ctx, "sale_whom", request.name, what, on_credit))


def choose_client(ctx: Context, argument: str) -> Deciding:
    """The client who was meant."""
    client, request = (yield from own_client(ctx, argument)), ctx.pending(SaleToName)
    if client is None:
        return (yield from _gone(ctx))
    if _is_bare(request):
        return (yield from _page_of(ctx, client))
    return _sell_to(ctx, client, request)


def read_whom(ctx: Context, text: str) -> Script[Answer | None]:
    """More of a name was typed; what was to be sold stays."""
    request, more = ctx.pending(SaleToName), parse_sale(ctx.shop.catalog, text)
    if more is None:
        return None
    amount = request.amount_xof if more.amount_xof is None else more.amount_xof
    later = next(iter(ON_CREDIT)) if request.on_credit or more.on_credit else ""
    line = f"{more.name} {amount or ''} {later}".strip()
    return (yield from read_line(ctx, line, more.service or request.service))


def _page_of(ctx: Context, client: Client) -> Deciding:
    return ctx.flows.follow(ctx, "client", str(client.id))


def _gone(ctx: Context) -> Deciding:
    """The client, or their meter, is not in the book any more."""
    return ctx.flows.follow(ctx, "client")


# For which meter?


def sell(ctx: Context, argument: str) -> Deciding:
    """Sell to a client, from their page; a second figure of the argument is the amount."""
    client_id, _, figure = argument.partition(" ")
    client = yield from own_client(ctx, client_id)
    amount_xof = int(figure) if figure.isdecimal() and len(figure) <= MAX_AMOUNT_DIGITS else None
    return (yield from _gone(ctx)) if client is None else _sell_to(ctx, client, SaleRequest(client.name, amount_xof))


def _sell_to(ctx: Context, client: Client, request: SaleRequest | SaleToName) -> Answer:
    """Straight to the inquiry where the meter is clear; an amount is for what is prepaid."""
    amount_xof, service = request.amount_xof, request.service
    meters = _meters_for(client, service)
    if amount_xof is not None and service is None:
        meters = [one for one in meters if ctx.shop.catalog[one.service].prepaid] or meters
    if len(meters) == 1:
        return _inquire(ctx, meters[0], amount_xof, on_credit=request.on_credit)
    sale = SaleToClient(client.id, amount_xof, service, request.on_credit)
    ctx.session = replace(ctx.afresh(), pending=sale, greeted=True)
    if meters:
        return _ask_meter(ctx, client, meters)
    rows: Rows = ((ctx.link("button.clients", "clients"),),)
    if not ctx.at_counter:
        rows = ((ctx.link("button.client_meter_add", "clientmeters", str(client.id)),), *rows)
    return Reply(ctx.t("sale.no_meter", name=truncate(client.name, 40)), rows)


def _meters_for(client: Client, service: ServiceName | None) -> list[ClientMeter]:
    return [meter for meter in client.meters if service in (None, meter.service)]


def _inquire(ctx: Context, meter: ClientMeter, amount_xof: int | None, *, on_credit: bool) -> Answer:
    prepaid = ctx.shop.catalog[meter.service].prepaid
    return ctx.flows.inquire(ctx, meter.service, meter.reference, amount_xof if prepaid else None, on_credit=on_credit)


def ask_meter(ctx: Context) -> Deciding:
    """A client with several meters: which one?"""
    request = ctx.pending(SaleToClient)
    client = yield from book.load(ctx.unit.buyer, request.client_id)
    meters = [] if client is None else _meters_for(client, request.service)
    if client is None or not meters:
        return (yield from _gone(ctx))
    return _ask_meter(ctx, client, meters)


def _ask_meter(ctx: Context, client: Client, meters: list[ClientMeter]) -> Answer:
    t, sale = ctx.t, ctx.pending(SaleToClient)
    rows: Rows = tuple(
        (
            ctx.choice(
                f"{EMBLEM[one.service]} {one.reference}" + (f" · {one.holder}" if one.holder else ""),
                "meter",
                str(one.id),
            ),
        )
        for one in meters
    )
    text = lines(
        t("sale.meter", name=truncate(client.name, 40)),
        t("sale.what", amount=t.money(sale.amount_xof)) if sale.amount_xof is not None else None,
        t("sale.on_credit") if sale.on_credit else None,
    )
    return ctx.ask("sale_meter", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def choose_meter(ctx: Context, argument: str) -> Deciding:
    """The meter that was meant."""
    request = ctx.pending(SaleToClient)
    client = yield from book.load(ctx.unit.buyer, request.client_id)
    for meter in () if client is None else client.meters:
        if str(meter.id) == argument:
            return _inquire(ctx, meter, request.amount_xof, on_credit=request.on_credit)
    return (yield from _gone(ctx))
