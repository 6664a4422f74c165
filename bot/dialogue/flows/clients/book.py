"""A reseller's client book: the list, the search, and one client's page. Pure.

Clients can be found by any part of their name, nickname, phone or meter number. The buttons of a page name its client,
so that they are good whenever they are pressed. What changes the book is in `entry` and `changes`.
"""

from bot.dialogue.clients import MAX_SEARCH_BYTES, add_how, add_rows, label, own_client
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import home_row
from bot.dialogue.parsing.amounts import amount_of
from bot.dialogue.parsing.number_words import in_figures
from bot.dialogue.pending import OneClient
from bot.domain.order import Order
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories import clients as book
from bot.repositories import consents, debts
from bot.repositories.clients import Client
from bot.repositories.consents import Consent
from bot.store import Script

PAGE_SIZE = 6


def search_text(text: str) -> str:
    """What a text searches for: folded; figures with spaces between them are one number."""
    typed = fold(text)
    if typed.replace(" ", "").isdecimal():
        typed = typed.replace(" ", "")
    return typed.encode()[:MAX_SEARCH_BYTES].decode("utf-8", "ignore").strip()


def clients(ctx: Context, argument: str = "") -> Deciding:
    """The clients, those sold to last first. A button's argument is how many to skip, and what is looked for."""
    first, _, text = argument.partition(" ")
    skip = int(first) if first.isdecimal() and len(first) < 5 else 0
    return (yield from _list(ctx, text, skip))


def find(ctx: Context, rest: str = "") -> Deciding:
    """`/clients`, `/client NAME`: all of them, or those whose data contain NAME."""
    return (yield from _list(ctx, search_text(rest), 0))


def _list(ctx: Context, text: str, skip: int) -> Deciding:
    t = ctx.t
    page = yield from book.search(ctx.unit.buyer, text, PAGE_SIZE, skip)
    if not page.clients:
        return none_found(ctx, text)
    if text and not skip and not page.more and len(page.clients) == 1:
        return (yield from show(ctx, page.clients[0]))
    many = yield from book.count_of(ctx.unit.buyer)
    rows: Rows = tuple((free(label(client), "client", str(client.id)),) for client in page.clients)
    paging = tuple(
        ctx.link(key, "clients", f"{to} {text}".strip())
        for key, to, there in (
            ("button.earlier", max(0, skip - PAGE_SIZE), skip > 0),
            ("button.later", skip + PAGE_SIZE, page.more),
        )
        if there
    )
    title = t("clients.found", text=text) if text else t.plural("clients.title", many)
    listed = lines(*(_line(t, at, client) for at, client in enumerate(page.clients, 1)))
    last = home_row(ctx, "~")
    if not ctx.at_counter:
        last = (ctx.link("button.client_add", "addclient"), *last)
    example = next((one for one in page.clients if takes_amount(ctx, one)), page.clients[0])
    text = paragraphs(title, listed, t("clients.how", name=truncate(example.name, 40)))
    return ctx.ask("clients", text, (*rows, *((paging,) if paging else ()), last), base=ctx.afresh(), greeted=True)


def none_found(ctx: Context, text: str) -> Answer:
    """Nobody in the book, or nobody by that name: how to add somebody."""
    t = ctx.t
    nobody = t("clients.none_found", text=text) if text else t("clients.none")
    return Reply(paragraphs(nobody, add_how(ctx)), add_rows(ctx, ""))


def read_search(ctx: Context, text: str) -> Script[Answer | None]:
    """A part of a phone or meter number was typed at the book."""
    digits = search_text(text)
    if not digits.isdecimal() or len(digits) < 3:
        return None
    page = yield from book.search(ctx.unit.buyer, digits, 1)
    return (yield from _list(ctx, digits, 0)) if page.clients else None


def _line(t: Voice, number: int, client: Client) -> Safe:
    where = " · ".join(f"{EMBLEM[meter.service]} {meter.reference}" for meter in client.meters[:3])
    return Safe(
        f"{number}. <b>{t.escaped(truncate(client.name, 40))}</b>{_nickname(t, client)}" + (where and f" · {where}")
    )


def _nickname(t: Voice, client: Client) -> str:
    return f" ({t.escaped(client.nickname)})" if client.nickname else ""


# One client.


def client(ctx: Context, argument: str = "") -> Deciding:
    """One client's page, by their id, or by their meter as `woyofal:14123456789`."""
    service, colon, reference = argument.partition(":")
    if colon:
        known = next((one.name for one in ctx.shop.catalog if one.name == service), None)
        owner = None if known is None else (yield from book.with_meter(ctx.unit.buyer, known, reference))
    else:
        owner = yield from own_client(ctx, argument)
    return (yield from no_such_client(ctx)) if owner is None else (yield from show(ctx, owner))


def no_such_client(ctx: Context) -> Deciding:
    """The client is not in the book any more: the book."""
    ctx.prefix = ctx.t("client.gone")
    many = yield from book.count_of(ctx.unit.buyer)
    return (yield from _list(ctx, "", 0)) if many else Reply(ctx.prefix, (home_row(ctx),))


def ask_client(ctx: Context) -> Deciding:
    """The client who was shown last."""
    return (yield from client(ctx, str(ctx.pending(OneClient).client_id)))


def read_amount(ctx: Context, text: str) -> Script[Answer | None]:
    """An amount was typed at a client's page: it is sold to them."""
    amount_xof = amount_of(in_figures(text).split())
    if amount_xof is None:
        return None
    return (yield from ctx.flows.follow(ctx, "sell", f"{ctx.pending(OneClient).client_id} {amount_xof}"))


def card(ctx: Context, argument: str = "") -> Deciding:
    """All that can be done with a client, by their id."""
    owner = yield from own_client(ctx, argument)
    return (yield from no_such_client(ctx) if owner is None else show(ctx, owner, whole=True))


def show(ctx: Context, client: Client, *, whole: bool = False) -> Deciding:
    """A client's page: what is known of them, what they bought last, what can be done. Where a channel shows few
    buttons they are for selling, and one leads to the rest, which makes the page `whole`.
    """
    if ctx.at_counter:
        return _show_at_counter(ctx, client)
    t, client_id = ctx.t, str(client.id)
    last = yield from book.last_sale_to(ctx.customer, client.id)
    consent = yield from consents.newest_of(ctx.customer, client.id)
    owed_xof = yield from debts.owed_by(client.id)
    text = paragraphs(
        lines(
            Safe(f"👤 <b>{t.escaped(truncate(client.name, 40))}</b>{_nickname(t, client)}"),
            t("client.phone", phone=grouped_phone(client.phone)) if client.phone else None,
            *(meter_line(t, meter.service, meter.reference, meter.holder) for meter in client.meters),
            None if client.meters else t("client.no_meter"),
        ),
        lines(
            t("client.owes", owed=t.money(owed_xof)) if owed_xof > 0 else None,
            None
            if last is None
            else t("client.last", what=_sale_words(t, last), moment=t.short_moment(last.confirmed_at)),
            consent_line(t, consent),
        ),
        t("client.how") if takes_amount(ctx, client) else None,
    )
    rows: Rows = ()
    if last is not None:
        rows += ((free(t.label("button.sell_again", what=_sale_words(t, last)), "again", last.id),),)
    if client.meters:
        rows += (
            (ctx.link("button.sell", "sell", client_id), ctx.link("button.client_meters", "clientmeters", client_id)),
        )
    else:
        rows += ((ctx.link("button.client_meter_add", "clientmeters", client_id),),)
    if last is not None:
        rows += ((ctx.link("button.client_sales", "clientsales", client_id, STAYS),),)
    if owed_xof > 0:
        rows += ((ctx.link("button.debt_page", "debt", client_id),),)
    live = consent is not None and not consent.revoked
    if ctx.channel.buttons is not None:
        selling = tuple(button for row in rows for button in row)
        near, further = selling[: ctx.channel.buttons - 1], selling[ctx.channel.buttons - 1 :]
        rows = (further,) if whole else (near, (ctx.link("button.client_card", "clientcard", client_id),))
    if ctx.channel.buttons is None or whole:
        rows += (
            (
                ctx.link("button.rename", "renameclient", client_id),
                ctx.link("button.client_phone", "phoneclient", client_id),
            ),
            (
                ctx.link("button.direct_end", "uninvite", client_id, STAYS)
                if live
                else ctx.link("button.direct", "invite", client_id, STAYS),
            ),
            (ctx.link("button.client_forget", "forgetclient", client_id), ctx.link("button.clients", "clients")),
            home_row(ctx, "~"),
        )
    return ctx.ask("client", text, rows, base=ctx.afresh(), pending=OneClient(client.id), greeted=True)


def _show_at_counter(ctx: Context, client: Client) -> Answer:
    """The same to a seller of the shop: what is needed to sell. Their phone and what others sold them is the shop's."""
    t, client_id = ctx.t, str(client.id)
    text = paragraphs(
        lines(
            Safe(f"👤 <b>{t.escaped(truncate(client.name, 40))}</b>{_nickname(t, client)}"),
            *(meter_line(t, meter.service, meter.reference, meter.holder) for meter in client.meters),
            None if client.meters else t("client.no_meter"),
        ),
        t("client.how") if takes_amount(ctx, client) else None,
    )
    rows: Rows = ((ctx.link("button.sell", "sell", client_id),),) if client.meters else ()
    rows += ((ctx.link("button.client_codes", "clientcodes", client_id),), (ctx.link("button.clients", "clients"),))
    rows += (home_row(ctx, "~"),)
    return ctx.ask("client", text, rows, base=ctx.afresh(), pending=OneClient(client.id), greeted=True)


def takes_amount(ctx: Context, one: Client) -> bool:
    """Whether an amount can be sold to them; a bill imposes its own."""
    return any(ctx.shop.catalog[meter.service].prepaid for meter in one.meters)


def _sale_words(t: Voice, order: Order) -> str:
    return f"{EMBLEM[order.service]} {t.short_money(order.amount_xof)} · …{order.reference[-4:]}"


def meter_line(t: Voice, service: str, reference: str, holder: str) -> Safe:
    """One meter of a client."""
    held = f" · {truncate(holder, 40)}" if holder else ""
    return Safe(f"{EMBLEM[service]} {t(SERVICE[service])} · {t.escaped(reference + held)}")


def consent_line(t: Voice, consent: Consent | None) -> Safe | None:
    """Where their codes go."""
    if consent is None:
        return None
    return t("client.direct_ended") if consent.revoked else t("client.direct", moment=t.short_moment(consent.agreed_at))


def grouped_phone(phone: str) -> str:
    """A phone number as people read it: one of Senegal is `77 123 45 67`."""
    return f"{phone[:2]} {phone[2:5]} {phone[5:7]} {phone[7:]}" if len(phone) == 9 else f"+{phone}"
