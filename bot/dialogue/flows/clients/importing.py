"""A client book that comes as a file: read, shown whole, confirmed once. Pure.

What was read waits in the store, never in a message: the Confirm looks at the book as it is then, and takes what waits,
so that a second Confirm finds nothing.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows.clients.entry import MAX_CLIENTS, MAX_METERS
from bot.dialogue.flows.clients.import_rows import MAX_ROWS, Added, Plan, RefusedRow, Why, plan, read_rows
from bot.dialogue.menu import home_row
from bot.dialogue.pending import FetchedFile
from bot.dialogue.sale_pending import BookSent
from bot.dialogue.session import Transition
from bot.dialogue.tasks import MAX_FETCHED_BYTES, BookRead, Fetch
from bot.domain.inbound import Document
from bot.i18n import Safe
from bot.notices.layout import Rows, lines, paragraphs, truncate
from bot.repositories import book_imports, clients
from bot.repositories.clients import Client
from bot.store import Script

# Fetching and reading a file never takes so long.
LOST_SECONDS: Final = 60
MAX_NAME_CHARACTERS: Final = 60
MAX_REFUSED_SHOWN: Final = 10
MAX_NEW_SHOWN: Final = 5
_PLACES: Final = frozenset({"book_file", "book_reading", "book_check"})
_PROBLEM: Final[dict[str, str]] = {
    "gone": "file.gone",
    "too_large": "file.too_large",
    "encrypted": "file.encrypted",
    "too_heavy": "file.too_heavy",
    "busy": "file.busy",
}
_WHY: Final[dict[Why, str]] = {
    "name": "import.why.name",
    "phone": "import.why.phone",
    "number": "import.why.number",
    "service": "import.why.service",
    "length": "import.why.length",
    "too_many": "import.why.too_many",
    "book_full": "import.why.book_full",
    "meters_full": "import.why.meters_full",
}


def begin(ctx: Context, _: str = "") -> Answer:
    """`/importclients`: how the file is written; it is awaited now."""
    ctx.session = replace(ctx.afresh(), greeted=True)
    return ask_file(ctx)


def ask_file(ctx: Context) -> Answer:
    """The file of a client book, please."""
    return ctx.ask("book_file", ctx.t("import.how", most=MAX_ROWS), ((ctx.button("button.cancel", "cancel"),),))


def received(ctx: Context, event: Document) -> Answer | None:
    """A file was sent where a client book is awaited; None: elsewhere."""
    if ctx.person.reseller is None or ctx.session.state not in _PLACES:
        return None
    if event.size_bytes > MAX_FETCHED_BYTES:
        return Reply(ctx.t("file.too_large"), (home_row(ctx),))
    ctx.after_commit(Fetch(event.ref, event.name, is_book=True))
    # The result comes in a moment and needs no message before it.
    ctx.session = replace(
        ctx.afresh(),
        state="book_reading",
        step=ctx.step,
        pending=FetchedFile(truncate(event.name, MAX_NAME_CHARACTERS), ctx.now),
        updated_at=ctx.now,
        greeted=True,
    )
    return ctx.nothing()


def ask_reading(ctx: Context) -> Answer:
    """A client book is being read and somebody asks; one that was lost must be sent again."""
    file = ctx.pending(FetchedFile)
    if 0 <= ctx.now - file.sent_at <= LOST_SECONDS * 1000:
        rows: Rows = ((ctx.button("button.cancel", "cancel"),),)
        return ctx.ask("book_reading", ctx.t("file.reading", name=file.name), rows)
    ctx.prefix = ctx.t("file.lost", name=file.name)
    return begin(ctx)


def book_read(ctx: Context, event: BookRead) -> Answer | Deciding:
    """A client book was read, or could not be. Whoever began something else meanwhile keeps it, and sends it again."""
    file = ctx.awaits(FetchedFile) if ctx.session.state == "book_reading" else None
    if file is None:
        return ctx.nothing()
    if event.problem:
        problem = "too_many_rows" if event.problem == "too_many_rows" else ""
        ctx.prefix = ctx.t(
            "import.too_many" if problem else _PROBLEM.get(event.problem, "import.not_a_table"), most=MAX_ROWS
        )
        return begin(ctx)
    return _check(ctx, file.name, event.rows)


def _check(ctx: Context, name: str, rows: tuple[tuple[str, ...], ...]) -> Deciding:
    good, refused = read_rows(ctx, rows)
    import_id = ctx.person.fresh[0]
    yield from book_imports.keep(ctx.customer, import_id, good, ctx.now)
    ctx.session = replace(ctx.afresh(), pending=BookSent(import_id, name), greeted=True)
    return (yield from _question(ctx, refused))


def ask_check(ctx: Context) -> Deciding:
    """What a client book in a file does to this one: right?"""
    return (yield from _question(ctx, ()))


def _question(ctx: Context, refused: tuple[RefusedRow, ...]) -> Deciding:
    t, sent = ctx.t, ctx.pending(BookSent)
    planned = yield from _planned(ctx, sent.import_id)
    changed = planned.new + planned.completed
    some = [one.row.name for one in planned.added if one.client is None][:MAX_NEW_SHOWN]
    more = planned.new - len(some)
    names = ", ".join(truncate(name, 30) for name in some) + (f" … +{more}" if more else "")
    text = paragraphs(
        t("import.title", name=sent.name),
        lines(
            t.plural("import.new", planned.new, names=names) if planned.new else None,
            t.plural("import.completed", planned.completed) if planned.completed else None,
            t.plural("import.unchanged", planned.unchanged) if planned.unchanged else None,
        )
        or None,
        _refused(ctx, (*refused, *planned.refused)),
        None if changed else t("import.nothing"),
    )
    if not changed:
        yield from book_imports.drop(ctx.customer)
        return ctx.ask(IDLE, text, ((ctx.link("button.clients", "clients"), *home_row(ctx)),), base=ctx.afresh())
    label = t.label("button.import_do", count=changed)
    return ctx.ask(
        "book_check", text, ((ctx.choice(label, "do", sent.import_id),), (ctx.button("button.cancel", "cancel"),))
    )


def _refused(ctx: Context, refused: tuple[RefusedRow, ...]) -> Safe | None:
    """The lines that are not taken in, each with its reason."""
    if not refused:
        return None
    t, shown = ctx.t, refused[:MAX_REFUSED_SHOWN]
    rest = len(refused) - len(shown)
    return lines(
        t.plural("import.refused", len(refused)),
        *(t("import.line", number=one.number, written=one.written, why=t(_WHY[one.why])) for one in shown),
        t("import.more", count=rest) if rest else None,
    )


def _planned(ctx: Context, import_id: str) -> Script[Plan]:
    rows = yield from book_imports.waiting(ctx.customer, import_id)
    book = (yield from book_imports.whole_book(ctx.customer)) if rows else ()
    return plan(book, rows, MAX_CLIENTS, MAX_METERS)


def confirm(ctx: Context, import_id: str) -> Deciding:
    """Take them into the book, as it is now."""
    planned = yield from _planned(ctx, import_id)
    yield from book_imports.drop(ctx.customer)
    for one in planned.added:
        yield from _take_in(ctx, one)
    return _done(ctx, planned)


def _take_in(ctx: Context, one: Added) -> Script[None]:
    meters = tuple((row.service, row.reference) for row in one.meters if row.service is not None)
    if one.client is None:
        new = Client(0, one.row.name, one.row.nickname, one.phone)
        yield from clients.add_whole(ctx.customer, new, ctx.now, meters)
        return
    for service, reference in meters:
        yield from clients.add_meter(ctx.customer, one.client.id, service, reference, "")
    if one.phone:
        yield from clients.set_phone(ctx.customer, one.client.id, one.phone)


def _done(ctx: Context, planned: Plan) -> Transition:
    t = ctx.t
    taken = planned.new + planned.completed
    text = t.plural("import.done", taken) if taken else t("import.gone")
    return ctx.ask(
        IDLE, text, ((ctx.link("button.clients", "clients"), *home_row(ctx)),), base=ctx.afresh(), greeted=True
    )
