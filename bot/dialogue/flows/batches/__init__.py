"""Lists of sales, typed or sent as a file. Pure."""

from bot.dialogue.context import Answer, Context, Deciding, State
from bot.dialogue.flow import AfterGuard, Anywhere, Command, Flow, HelpLine, MenuButton, Reader, Typed
from bot.dialogue.flows.batches import check, confirm, files, intake, line, lines, messages, view
from bot.dialogue.parsing.lines import Line
from bot.dialogue.pending import BuyBatch, FetchedFile, ShownBatch
from bot.dialogue.tasks import BatchChecked, TableRead
from bot.domain.inbound import Document
from bot.store import Script


def _lines(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """Several lines at once, where nothing else of several lines is awaited."""
    state = typed.state
    free = not (state.free_text or state.secret or state.most_characters)
    return (yield from intake.typed(ctx, typed.text, typed.folded, free))


def _document(ctx: Context, document: Document) -> Answer | Deciding | None:
    return files.received(ctx, document) if ctx.person.reseller is not None else None


def _list_line(ctx: Context, text: str) -> Line | None:
    """A list of one line is a sale."""
    line = None if ctx.person.reseller is None else lines.single(text, ctx.shop.catalog.woyofal)
    return None if line is None else Line(line.reference, line.amount_xof)


FLOW = Flow(
    name="batches",
    list_line=_list_line,
    after_guard={BuyBatch: AfterGuard(confirm.buy_guarded, confirm.back_from_guard)},
    states={
        "batch_reading": State(files.ask_reading, "unclear.batch", permission="reseller", pending=FetchedFile),
        "batch_check": State(
            view.ask_current,
            "unclear.batch",
            {"cancel": confirm.drop_current},
            line.read_line,
            numbers_are_items=True,
            permission="reseller",
            pending=ShownBatch,
        ),
        "batch": State(
            view.ask_current,
            "unclear.batch",
            {
                "do": confirm.buy,
                "twice": confirm.buy_twice,
                "check": confirm.check,
                "who": check.pick,
                "cancel": confirm.drop_current,
            },
            line.read_line,
            numbers_are_items=True,
            permission="reseller",
            pending=ShownBatch,
        ),
        "batch_view": State(
            view.ask_current,
            "unclear.idle",
            {},
            line.read_line,
            read_only=True,
            numbers_are_items=True,
            permission="reseller",
            pending=ShownBatch,
        ),
    },
    commands=(Command("batch", intake.overview, "reseller", "command.batch", 230, HelpLine("help.selling", 30)),),
    buttons=(
        Anywhere("batch", intake.read_only, "reseller"),
        Anywhere("batchstop", confirm.stop, "reseller"),
        Anywhere("batchdrop", confirm.drop, "reseller"),
        Anywhere("batchfile", line.file, "reseller"),
        Anywhere("batchmessages", messages.messages, "reseller"),
    ),
    menu=(
        MenuButton(10, 20, lambda ctx: ctx.link("menu.batch", "batch") if ctx.person.reseller is not None else None),
    ),
    readers=(Reader("first", _lines),),
    document=_document,
    interrupts=intake.stops,
    words={
        **dict.fromkeys(("batch", "batches", "lot", "lots", "vente en lot", "liste", "listes", "lists"), "batch"),
        **dict.fromkeys(("messages", "les messages", "the messages"), "batchmessages"),
    },
    answers={BatchChecked: view.checked, TableRead: files.table_read},
)
