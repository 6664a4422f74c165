"""A sale: for a client by any part of their name, in one line or a few taps, to the ordinary inquiry and quote. Pure.

`fatou 5000`, `fatou senelec`, `5000 fatou`, `fatou`: a name with what is to be bought for them. Several clients, or
several meters of one, are put to the reseller, who picks. Whose client a meter is, the quote finds by the meter itself:
whatever way led to it, the same meter is the same client's.
"""

from typing import Final, NamedTuple

from msgspec.structs import replace

from bot.dialogue import read, vocabulary
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menus import menu
from bot.dialogue.meter_lookup import inquire
from bot.dialogue.reseller.clients import (
    MAX_SEARCH_BYTES,
    add_rows,
    label,
    no_such_client,
    own_client,
    session_client,
    show,
)
from bot.domain.catalog import Catalog, Service
from bot.domain.model import ServiceName
from bot.domain.text import fold
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM
from bot.repositories import clients as book
from bot.repositories.clients import Client, ClientMeter
from bot.store import Script

MAX_PICKED_FROM = 8
# A slip of the finger is looked for among so many who share the first letters.
MAX_CLOSE = 50
CLOSE_CHARACTERS = 3
# `1 000 000 f cfa`: no amount has more words, and a long line is not tried from each of its own.
MAX_AMOUNT_WORDS = 6
# Shorter words that name a service may be initials.
MIN_SERVICE_CHARACTERS = 3
_POLITE: Final = frozenset({"svp", "stp", "please", "pls", "merci"})


class SaleRequest(NamedTuple):
    """What a line asks for: a client by `name`, an amount, a service; whatever of it was said."""

    name: str
    amount_xof: int | None = None
    service: ServiceName | None = None


def parse_sale(catalog: Catalog, text: str) -> SaleRequest | None:
    """What a line asks for; None where nothing in it can be somebody's name."""
    words = text.split()
    while words and fold(words[-1]) in _POLITE:
        words.pop()
    words, amount = _amount_off(words)
    words, service = _service_off(words, catalog)
    if amount is None:
        words, amount = _amount_off(words)
    name = " ".join(words)
    folded = fold(name)
    if len(folded) < 2 or not any(c.isalpha() for c in folded):
        return None
    return SaleRequest(name, amount, None if service is None else service.name)


def _amount_off(words: list[str]) -> tuple[list[str], int | None]:
    """The amount that stands at the end of a line, as long as it may be, or at its beginning; and the words left."""
    for at in range(max(0, len(words) - MAX_AMOUNT_WORDS), len(words)):
        if (amount := _amount(words[at:])) is not None:
            return words[:at], amount
    for to in range(min(len(words) - 1, MAX_AMOUNT_WORDS), 0, -1):
        if (amount := _amount(words[:to])) is not None:
            return words[to:], amount
    return words, None


def _amount(words: list[str]) -> int | None:
    """The amount that words are, every one of them."""
    figures = words[0][0].isdecimal() and all(read.is_figure(word, first=at == 0) for at, word in enumerate(words))
    amount = read.amount(" ".join(words)) if figures else None
    return amount if amount is not None and len(str(amount)) < read.MIN_NUMBER_DIGITS else None


def _service_off(words: list[str], catalog: Catalog) -> tuple[list[str], Service | None]:
    """The service that is named at the end of a line, and the words before it."""
    for count in (2, 1):
        said = fold(" ".join(words[-count:]))
        if len(words) > count and len(said) >= MIN_SERVICE_CHARACTERS:
            for service in catalog:
                if said in {fold(word) for word in (service.name, *service.words)}:
                    return words[:-count], service
    return words, None


def read_line(
    ctx: Context, text: str, service: ServiceName | None = None, *, whole: bool = False
) -> Script[Answer | None]:
    """A line that names a client of the reseller who speaks; None: it does not, or nobody sells here. Where `whole` is
    asked for, a name alone is no line.
    """
    request = None if ctx.person.reseller is None or _has_meter(text) else parse_sale(ctx.shop.catalog, text)
    if request is None or (whole and request.amount_xof is None and request.service is None):
        return None
    name = fold(request.name)
    page = yield from book.search(ctx.customer, name, MAX_PICKED_FROM)
    candidates = _exact_or_all(page.clients, name)
    request = request._replace(service=request.service or service)
    if not candidates:
        # A name alone may be anything; where something is to be sold, a slip of the finger is worth a question.
        close = "" if request.amount_xof is None and request.service is None else (yield from _similar_name(ctx, name))
        if not close:
            return None
        request = request._replace(name=close)
    if len(candidates) != 1:
        ctx.session = replace(ctx.afresh(), draft=_draft_of(request), greeted=True)
        return (yield from ask_whom(ctx))
    if request.amount_xof is None and request.service is None:
        return (yield from show(ctx, candidates[0]))
    return _sell_to(ctx, candidates[0], request)


def _has_meter(text: str) -> bool:
    """Whether a meter's number stands in a text: then its words are no client's name."""
    return any(len(run) >= read.MIN_NUMBER_DIGITS for run in read.figures(text).runs)


def _similar_name(ctx: Context, name: str) -> Script[str]:
    """What to look for instead of a mistyped name; empty when nobody is called like it."""
    page = yield from book.search(ctx.customer, name[:CLOSE_CHARACTERS], MAX_CLOSE)
    close = [
        one
        for one in page.clients
        if any(
            vocabulary.alike(said, word)
            for said in (name, *name.split())
            for word in (fold(one.name), *fold(f"{one.name} {one.nickname}").split())
        )
    ]
    return "" if not close else fold(close[0].name) if len(close) == 1 else name[:CLOSE_CHARACTERS]


def _exact_or_all(clients: tuple[Client, ...], name: str) -> tuple[Client, ...]:
    """Of several in whom a name is found, the one who is called exactly that."""
    exact = tuple(one for one in clients if name in (fold(one.name), fold(one.nickname)))
    return exact if len(exact) == 1 else clients


def unknown_client(ctx: Context, text: str) -> Answer | None:
    """A line that is a sale to somebody unknown; None where it is no sale, or nobody sells here."""
    request = None if ctx.person.reseller is None or _has_meter(text) else parse_sale(ctx.shop.catalog, text)
    if request is None or (request.amount_xof is None and request.service is None):
        return None
    t = ctx.t
    return Reply(
        paragraphs(t("sale.nobody", name=truncate(request.name, 40)), t("clients.add_how")), add_rows(ctx, request.name)
    )


# Whom?


def _draft_of(request: SaleRequest) -> str:
    name = fold(request.name).encode()[:MAX_SEARCH_BYTES].decode("utf-8", "ignore")
    return f"{request.amount_xof or ''}:{request.service or ''}:{name}"


def _request_of(ctx: Context) -> SaleRequest:
    """What was asked for before it had to be asked for whom, or for which meter."""
    amount, _, rest = (ctx.session.draft or "::").partition(":")
    service, _, name = rest.partition(":")
    known = next((one.name for one in ctx.shop.catalog if one.name == service), None)
    return SaleRequest(name, int(amount) if amount else None, known)


def ask_whom(ctx: Context) -> Deciding:
    """Several clients by that name: which one?"""
    t, request = ctx.t, _request_of(ctx)
    page = yield from book.search(ctx.customer, request.name, MAX_PICKED_FROM)
    if not page.clients:
        return menu(ctx)
    rows: Rows = tuple((ctx.choice(label(one), "client", str(one.id)),) for one in page.clients)
    text = lines(
        t("sale.whom", name=request.name) if len(page.clients) > 1 else t("sale.whom_close"),
        t("sale.what", amount=t.money(request.amount_xof)) if request.amount_xof is not None else None,
        t("sale.narrower") if page.more else None,
    )
    return ctx.ask("sale_whom", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def choose_client(ctx: Context, argument: str) -> Deciding:
    """The client who was meant."""
    client, request = (yield from own_client(ctx, argument)), _request_of(ctx)
    if client is None:
        return (yield from no_such_client(ctx))
    if request.amount_xof is None and request.service is None:
        return (yield from show(ctx, client))
    return _sell_to(ctx, client, request)


def read_whom(ctx: Context, text: str) -> Script[Answer | None]:
    """More of a name was typed; what was to be sold stays."""
    request, more = _request_of(ctx), parse_sale(ctx.shop.catalog, text)
    if more is None:
        return None
    amount = request.amount_xof if more.amount_xof is None else more.amount_xof
    line = f"{more.name} {amount or ''}".strip()
    return (yield from read_line(ctx, line, more.service or request.service))


# For which meter?


def sell(ctx: Context, argument: str) -> Deciding:
    """Sell to a client, from their page."""
    client = yield from own_client(ctx, argument)
    return (yield from no_such_client(ctx)) if client is None else _sell_to(ctx, client, SaleRequest(""))


def read_sell(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount typed at a client's page."""
    amount = _amount(text.split())
    client = yield from session_client(ctx)
    return None if amount is None or client is None else _sell_to(ctx, client, SaleRequest("", amount))


def _sell_to(ctx: Context, client: Client, request: SaleRequest) -> Answer:
    """Straight to the inquiry where the meter is clear; an amount is for what is prepaid."""
    meters = [one for one in client.meters if request.service in (None, one.service)]
    if request.amount_xof is not None and request.service is None:
        meters = [one for one in meters if ctx.shop.catalog[one.service].prepaid] or meters
    if len(meters) == 1:
        return _inquire(ctx, meters[0], request.amount_xof)
    ctx.session = replace(ctx.afresh(), draft=_draft_of(request), client_id=client.id, greeted=True)
    if meters:
        return _ask_meter(ctx, client, meters)
    return Reply(
        ctx.t("sale.no_meter", name=truncate(client.name, 40)),
        (
            (ctx.link("button.client_meter_add", "clientmeters", str(client.id)),),
            (ctx.link("button.clients", "clients"),),
        ),
    )


def _inquire(ctx: Context, meter: ClientMeter, amount_xof: int | None) -> Answer:
    prepaid = ctx.shop.catalog[meter.service].prepaid
    return inquire(ctx, meter.service, meter.reference, amount_xof if prepaid else None)


def ask_meter(ctx: Context) -> Deciding:
    """A client with several meters: which one?"""
    client, request = (yield from session_client(ctx)), _request_of(ctx)
    meters = [] if client is None else [one for one in client.meters if request.service in (None, one.service)]
    return (yield from no_such_client(ctx)) if client is None or not meters else _ask_meter(ctx, client, meters)


def _ask_meter(ctx: Context, client: Client, meters: list[ClientMeter]) -> Answer:
    t, request = ctx.t, _request_of(ctx)
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
        t("sale.what", amount=t.money(request.amount_xof)) if request.amount_xof is not None else None,
    )
    return ctx.ask("sale_meter", text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def choose_meter(ctx: Context, argument: str) -> Deciding:
    """The meter that was meant."""
    client, request = (yield from session_client(ctx)), _request_of(ctx)
    for meter in () if client is None else client.meters:
        if str(meter.id) == argument:
            return _inquire(ctx, meter, request.amount_xof)
    return (yield from no_such_client(ctx))
