"""Lists of sales, typed or sent as a file. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Button, Command, Flow, HelpLine
from bot.dialogue.reseller import batch, batch_buy, batch_line, batch_view, files
from bot.dialogue.tasks import BatchChecked, TableRead

FLOW = Flow(
    name="batches",
    states={
        "batch_reading": State(files.ask_reading, "unclear.batch", permission="reseller"),
        "batch_check": State(
            batch_view.ask_current,
            "unclear.batch",
            {"cancel": batch_buy.drop},
            batch_line.read_line,
            numbers_are_items=True,
            permission="reseller",
        ),
        "batch": State(
            batch_view.ask_current,
            "unclear.batch",
            {"do": batch_buy.buy, "twice": batch_buy.buy_twice, "check": batch_buy.check, "cancel": batch_buy.drop},
            batch_line.read_line,
            numbers_are_items=True,
            permission="reseller",
        ),
        "batch_view": State(
            batch_view.ask_current,
            "unclear.idle",
            {},
            batch_line.read_line,
            read_only=True,
            numbers_are_items=True,
            permission="reseller",
        ),
    },
    commands=(Command("batch", batch.overview, "reseller", "command.batch", 230, HelpLine("help.selling", 30)),),
    buttons=(
        Button("batch", batch.read_only, "reseller"),
        Button("batchstop", batch_buy.stop, "reseller"),
        Button("batchdrop", batch_buy.drop, "reseller"),
        Button("batchfile", batch_line.file, "reseller"),
    ),
    words=dict.fromkeys(("batch", "batches", "lot", "lots", "vente en lot", "liste", "listes", "lists"), "batch"),
    answers={BatchChecked: batch_view.checked, TableRead: files.table_read},
)
