"""A reseller's client as questions and buttons name them, whichever flow asks. Pure."""

from bot.dialogue.context import Context, Deciding
from bot.dialogue.menu import home_row, menu
from bot.dialogue.parsing import vocabulary
from bot.domain.text import fold
from bot.i18n import Safe
from bot.notices.layout import Rows, lines
from bot.repositories import clients
from bot.repositories.clients import Client, ClientPage
from bot.store import Script

# No client's id is longer.
MAX_ID_DIGITS = 15
MAX_PICKED_FROM = 8
# Among so many who share some letters somebody is looked for.
MAX_CLOSE = 50
CLOSE_CHARACTERS = 3
# What is searched for travels in a button, which takes 64 bytes.
MAX_SEARCH_BYTES = 36


def own_client(ctx: Context, argument: str) -> Script[Client | None]:
    """The client of that id in the book of whoever sells here."""
    is_id = argument.isdecimal() and len(argument) <= MAX_ID_DIGITS
    return (yield from clients.load(ctx.unit.buyer, int(argument))) if is_id else None


def label(client: Client) -> str:
    """A client as a button."""
    named = f"{client.name} ({client.nickname})" if client.nickname else client.name
    return f"{named} · {client.meters[0].reference}" if client.meters else named


def begins(typed: list[str], words: list[str]) -> bool:
    """Whether each of some typed words begins a word, one after the other."""
    left = iter(words)
    return all(any(word.startswith(one) for word in left) for one in typed)


def called(ctx: Context, name: str) -> Script[ClientPage]:
    """The clients in whom a name is found. Those whose own words it begins, in order, come alone: `fatou d` is Fatou
    Diop, and not every Fatou with a D somewhere.
    """
    page = yield from clients.search(ctx.unit.buyer, name, MAX_PICKED_FROM)
    if page.more:
        page = yield from clients.search(ctx.unit.buyer, name, MAX_CLOSE)
    begun = tuple(one for one in page.clients if begins(name.split(), fold(f"{one.name} {one.nickname}").split()))
    found = begun or page.clients
    return ClientPage(found[:MAX_PICKED_FROM], page.more or len(found) > MAX_PICKED_FROM)


def ask_which(ctx: Context, state: str, name: str, *about: Safe | None) -> Deciding:
    """Several clients are called so: who is meant? `about` says what it is for."""
    t, page = ctx.t, (yield from called(ctx, name))
    if not page.clients:
        return menu(ctx)
    rows: Rows = tuple((ctx.choice(label(one), "client", str(one.id)),) for one in page.clients)
    text = lines(
        t("sale.whom", name=name) if len(page.clients) > 1 else t("sale.whom_close"),
        *about,
        t("sale.narrower") if page.more else None,
    )
    return ctx.ask(state, text, (*rows, (ctx.button("button.cancel", "cancel"),)))


def exact_or_all(found: tuple[Client, ...], name: str) -> tuple[Client, ...]:
    """The one of several clients who is called exactly that; else all of them."""
    exact = tuple(one for one in found if name in (fold(one.name), fold(one.nickname)))
    return exact if len(exact) == 1 else found


def similar_name(ctx: Context, name: str) -> Script[str]:
    """What to look for instead of a mistyped name; empty when nobody is called like it."""
    page = yield from clients.search(ctx.unit.buyer, name[:CLOSE_CHARACTERS], MAX_CLOSE)
    close = [
        one
        for one in page.clients
        if any(
            vocabulary.alike(typed, word)
            for typed in (name, *name.split())
            for word in (fold(one.name), *fold(f"{one.name} {one.nickname}").split())
        )
    ]
    return "" if not close else fold(close[0].name) if len(close) == 1 else name[:CLOSE_CHARACTERS]


def add_how(ctx: Context) -> Safe:
    """How somebody comes into the book; of one that is not theirs, a seller reads whose it is."""
    return ctx.t("clients.add_shop" if ctx.at_counter else "clients.add_how")


def add_rows(ctx: Context, name: str) -> Rows:
    """The way to add somebody, by the name that was looked for if it can be one."""
    if ctx.at_counter:
        # The book is the shop's.
        return (home_row(ctx),)
    fits = name if len(name.encode()) <= MAX_SEARCH_BYTES else ""
    return ((ctx.link("button.client_add", "addclient", fits),), home_row(ctx))
