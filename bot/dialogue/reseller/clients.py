"""A reseller's client book: the list, the search, and one client's page. Pure.

Everybody is found by any part of his name, nickname, phone or meter number. The buttons of a page name its client, so
that they are good whenever they are pressed. What changes the book is the next room (`book`).
"""

from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.looks import look
from bot.dialogue.menus import home_row
from bot.dialogue.reseller.looks import LookBook, LookClient, LookClientAt, LookClients, LookConsent, LookLastSale
from bot.domain.order import Order
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, SERVICE
from bot.repositories.clients import Client, ClientPage, Consent
from bot.store import Script

PAGE_SIZE = 6
# What is looked for travels in a button, which takes 64 bytes.
MAX_SOUGHT_BYTES = 36


def sought(text: str) -> str:
    """What a text looks for: folded; figures that stand apart are one number."""
    typed = fold(text)
    if typed.replace(" ", "").isdecimal():
        typed = typed.replace(" ", "")
    return typed.encode()[:MAX_SOUGHT_BYTES].decode("utf-8", "ignore").strip()


def clients(ctx: Context, argument: str = "") -> Deciding:
    """The clients, those sold to last first. A button's argument is how many to skip, and what is looked for."""
    first, _, text = argument.partition(" ")
    skip = int(first) if first.isdecimal() and len(first) < 5 else 0
    return (yield from _list(ctx, text, skip))


def find(ctx: Context, rest: str = "") -> Deciding:
    """`/clients`, `/client NAME`: all of them, or those in whom it is found."""
    return (yield from _list(ctx, sought(rest), 0))


def _list(ctx: Context, text: str, skip: int) -> Deciding:
    t = ctx.t
    page: ClientPage = yield from look(LookClients(text, skip, PAGE_SIZE))
    if not page.clients:
        return none_found(ctx, text)
    if text and not skip and not page.more and len(page.clients) == 1:
        return (yield from show(ctx, page.clients[0]))
    many: int = yield from look(LookBook())
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
    last = (ctx.link("button.client_add", "addclient"), *home_row(ctx, "~"))
    example = next((one for one in page.clients if takes_amount(ctx, one)), page.clients[0])
    text = paragraphs(title, listed, t("clients.how", name=truncate(example.name, 40)))
    return ctx.ask(
        "clients", text, (*rows, *((paging,) if paging else ()), last), base=ctx.afresh(), skip=skip, greeted=True
    )


def ask_clients(ctx: Context) -> Deciding:
    """The book."""
    return (yield from _list(ctx, "", ctx.session.skip))


def none_found(ctx: Context, text: str) -> Answer:
    """Nobody in the book, or nobody by that name: how to add somebody."""
    t = ctx.t
    said = t("clients.none_found", text=text) if text else t("clients.none")
    return Reply(paragraphs(said, t("clients.add_how")), add_rows(ctx, ""))


def add_rows(ctx: Context, name: str) -> Rows:
    """The way to add somebody, by the name that was looked for if it can be one."""
    fits = name if len(name.encode()) <= MAX_SOUGHT_BYTES else ""
    return ((ctx.link("button.client_add", "addclient", fits),), home_row(ctx))


def read_search(ctx: Context, text: str) -> Script[Answer | None]:
    """A part of a phone or meter number was typed at the book."""
    typed = sought(text)
    if not typed.isdecimal() or len(typed) < 3:
        return None
    page: ClientPage = yield from look(LookClients(typed, 0, 1))
    return (yield from _list(ctx, typed, 0)) if page.clients else None


def label(client: Client) -> str:
    """A client as a button."""
    named = f"{client.name} ({client.nickname})" if client.nickname else client.name
    return f"{named} · {client.meters[0].reference}" if client.meters else named


def _line(t: Voice, number: int, client: Client) -> Safe:
    where = " · ".join(f"{EMBLEM[meter.service]} {meter.reference}" for meter in client.meters[:3])
    return Safe(
        f"{number}. <b>{t.escaped(truncate(client.name, 40))}</b>{_nickname(t, client)}" + (where and f" · {where}")
    )


def _nickname(t: Voice, client: Client) -> str:
    return f" ({t.escaped(client.nickname)})" if client.nickname else ""


# One client.


def client(ctx: Context, argument: str = "") -> Deciding:
    """One client's page, by his number, or by his meter as `woyofal:14123456789`."""
    found: Client | None
    service, at, reference = argument.partition(":")
    if at:
        known = next((one.name for one in ctx.shop.catalog if one.name == service), None)
        found = None if known is None else (yield from look(LookClientAt(known, reference)))
    else:
        found = yield from his(argument)
    return (yield from gone(ctx)) if found is None else (yield from show(ctx, found))


def his(argument: str) -> Script[Client | None]:
    """The speaker's client of that number."""
    found: Client | None = (
        (yield from look(LookClient(int(argument)))) if argument.isdecimal() and len(argument) < 16 else None
    )
    return found


def gone(ctx: Context) -> Deciding:
    """The client is not in the book any more: the book."""
    ctx.lead = ctx.t("client.gone")
    page: ClientPage = yield from look(LookClients())
    return (yield from _list(ctx, "", 0)) if page.clients else Reply(ctx.lead, (home_row(ctx),))


def ask_client(ctx: Context) -> Deciding:
    """The client who was shown last."""
    return (yield from client(ctx, str(ctx.session.client_id)))


def show(ctx: Context, found: Client) -> Deciding:
    """His page: what is known of him, what he bought last, what can be done."""
    t, me = ctx.t, str(found.id)
    last: Order | None = yield from look(LookLastSale(found.id))
    consent: Consent | None = yield from look(LookConsent(found.id))
    text = paragraphs(
        lines(
            Safe(f"👤 <b>{t.escaped(truncate(found.name, 40))}</b>{_nickname(t, found)}"),
            t("client.phone", phone=grouped_phone(found.phone)) if found.phone else None,
            *(meter_line(t, meter.service, meter.reference, meter.holder) for meter in found.meters),
            None if found.meters else t("client.no_meter"),
        ),
        lines(
            None if last is None else t("client.last", what=_sale(t, last), moment=t.short_moment(last.confirmed_at)),
            consent_line(t, consent),
        ),
        t("client.how") if takes_amount(ctx, found) else None,
    )
    rows: Rows = ()
    if last is not None:
        rows += ((free(t.label("button.sell_again", what=_sale(t, last)), "again", last.id),),)
    if found.meters:
        rows += ((ctx.link("button.sell", "sell", me), ctx.link("button.client_meters", "clientmeters", me)),)
    else:
        rows += ((ctx.link("button.client_meter_add", "clientmeters", me),),)
    live = consent is not None and not consent.revoked
    rows += (
        (ctx.link("button.rename", "renameclient", me), ctx.link("button.client_phone", "phoneclient", me)),
        (
            ctx.link("button.direct_end", "uninvite", me, STAYS)
            if live
            else ctx.link("button.direct", "invite", me, STAYS),
        ),
        (ctx.link("button.client_forget", "forgetclient", me), ctx.link("button.clients", "clients")),
        home_row(ctx, "~"),
    )
    return ctx.ask("client", text, rows, base=ctx.afresh(), client_id=found.id, greeted=True)


def takes_amount(ctx: Context, one: Client) -> bool:
    """Whether an amount can be sold to him; a bill imposes its own."""
    return any(ctx.shop.catalog[meter.service].prepaid for meter in one.meters)


def _sale(t: Voice, order: Order) -> str:
    return f"{EMBLEM[order.service]} {t.short_money(order.amount_xof)} · …{order.reference[-4:]}"


def meter_line(t: Voice, service: str, reference: str, holder: str) -> Safe:
    """One meter of a client."""
    held = f" · {truncate(holder, 40)}" if holder else ""
    return Safe(f"{EMBLEM[service]} {t(SERVICE[service])} · {t.escaped(reference + held)}")  # type: ignore[index]


def consent_line(t: Voice, consent: Consent | None) -> Safe | None:
    """Where his codes go."""
    if consent is None:
        return None
    return t("client.direct_ended") if consent.revoked else t("client.direct", moment=t.short_moment(consent.agreed_at))


def grouped_phone(phone: str) -> str:
    """A phone number as people read it: one of Senegal is `77 123 45 67`."""
    return f"{phone[:2]} {phone[2:5]} {phone[5:7]} {phone[7:]}" if len(phone) == 9 else f"+{phone}"
