"""The resellers' part of the dialogue's table: states, buttons, commands, and what answers to their errands lead to.

`ANYWHERE` holds what their clients do.
"""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.context import Answer, Context, Deciding, Handler, State
from bot.dialogue.permissions import Command
from bot.dialogue.reseller import (
    batch,
    batch_buy,
    batch_line,
    batch_view,
    changes,
    client_entry,
    clients,
    consent,
    figures,
    files,
    forward,
    pin,
    pin_answers,
    pin_setting,
    sale,
)
from bot.dialogue.tasks import Answered, BatchChecked, PinAnswered, PinHashed, TableRead

STATES: Final[dict[str, State]] = {
    "clients": State(clients.ask_clients, "unclear.idle", {}, clients.read_search, read_only=True),
    "client": State(
        clients.ask_client, "unclear.idle", {}, sale.read_sell, figures=True, read_only=True, back=clients.ask_clients
    ),
    "client_name": State(client_entry.ask_name, "unclear.client_name", {}, client_entry.read_name, True),
    "client_keep": State(
        client_entry.ask_keep, "unclear.client_name", {"holder": client_entry.keep_holder}, client_entry.read_keep, True
    ),
    "client_number": State(
        client_entry.ask_number,
        "unclear.reference",
        {"of": client_entry.of_service, "bare": client_entry.without_number, "drop": client_entry.drop},
        client_entry.read_number,
        True,
    ),
    "client_rename": State(
        changes.ask_rename, "unclear.client_name", {}, changes.read_rename, True, back=clients.ask_client
    ),
    "client_phone": State(
        changes.ask_phone,
        "unclear.client_name",
        {"bare": changes.no_phone},
        changes.read_phone,
        True,
        back=clients.ask_client,
    ),
    "client_forget": State(
        changes.ask_forget, "unclear.yes_no", {"forget": changes.forgotten}, back=clients.ask_client
    ),
    "sale_whom": State(sale.ask_whom, "unclear.sale_whom", {"client": sale.picked}, sale.read_whom),
    "sale_meter": State(sale.ask_meter, "unclear.which", {"meter": sale.took}),
    "consent": State(consent.ask_consent, "unclear.yes_no", {"do": consent.agree, "cancel": consent.decline}),
    "batch_reading": State(files.ask_reading, "unclear.batch"),
    "batch_check": State(
        batch_view.ask_current,
        "unclear.batch",
        {"cancel": batch_buy.drop},
        batch_line.read_line,
        numbers_are_items=True,
    ),
    "batch": State(
        batch_view.ask_current,
        "unclear.batch",
        {"do": batch_buy.buy, "twice": batch_buy.buy_twice, "check": batch_buy.check, "cancel": batch_buy.drop},
        batch_line.read_line,
        numbers_are_items=True,
    ),
    "batch_view": State(
        batch_view.ask_current, "unclear.idle", {}, batch_line.read_line, read_only=True, numbers_are_items=True
    ),
    "pin": State(pin.ask_pin, "unclear.pin", {}, pin.read_pin, secret=True, back=pin_answers.back),
    "pin_menu": State(pin_setting.ask_menu, "unclear.idle", read_only=True),
    "pin_new": State(
        pin_setting.ask_new, "unclear.pin", {}, pin_setting.read_new, secret=True, back=pin_setting.ask_menu
    ),
    "pin_again": State(
        pin_setting.ask_again, "unclear.pin", {}, pin_setting.read_again, secret=True, back=pin_setting.ask_new
    ),
    "pin_above": State(
        pin_setting.ask_above,
        "unclear.amount",
        {"above": pin_setting.take_above},
        pin_setting.read_above,
        back=pin_setting.ask_menu,
    ),
}
ANYWHERE: Final[dict[str, Handler]] = {"stop": consent.stop}
RESTRICTED: Final[dict[str, Command]] = {
    "clients": Command(clients.clients, "reseller"),
    "client": Command(clients.client, "reseller"),
    "sell": Command(sale.sell, "reseller"),
    "addclient": Command(client_entry.add, "reseller"),
    "keepclient": Command(client_entry.keep, "reseller"),
    "clientmeters": Command(client_entry.meters, "reseller"),
    "renameclient": Command(changes.rename, "reseller"),
    "phoneclient": Command(changes.phone, "reseller"),
    "forgetclient": Command(changes.forget, "reseller"),
    "invite": Command(consent.invite, "reseller"),
    "uninvite": Command(consent.uninvite, "reseller"),
    "forward": Command(forward.forward_again, "reseller"),
    "batch": Command(batch.read_only, "reseller"),
    "batchstop": Command(batch_buy.stop, "reseller"),
    "batchdrop": Command(batch_buy.drop, "reseller"),
    "batchfile": Command(batch_line.file, "reseller"),
    "day": Command(figures.day, "reseller"),
    "month": Command(figures.month, "reseller"),
    "statement": Command(figures.statement, "reseller"),
    "chart": Command(figures.chart, "reseller"),
    "pin": Command(pin_setting.pin, "reseller"),
}
COMMANDS: Final[dict[str, Command]] = {
    "clients": Command(clients.find, "reseller", "command.clients"),
    "client": Command(clients.find, "reseller"),
    "addclient": Command(client_entry.add_line, "reseller", "command.addclient"),
    "batch": Command(batch.overview, "reseller", "command.batch"),
    "day": Command(figures.day, "reseller", "command.day"),
    "month": Command(figures.month, "reseller", "command.month"),
    "statement": Command(figures.statement, "reseller", "command.statement"),
    "chart": Command(figures.chart, "reseller", "command.chart"),
    "pin": Command(pin_setting.pin, "reseller", "command.pin"),
}
ANSWERED: Final[dict[type[Answered], Callable[[Context, Any], Answer | Deciding]]] = {
    BatchChecked: batch_view.checked,
    TableRead: files.table_read,
    PinAnswered: pin_answers.answered,
    PinHashed: pin_setting.hashed,
}
# Words that ask for a guarded button's act: to whoever may not use it they are words like any other.
WORDS: Final[dict[str, str]] = {
    **dict.fromkeys(("batch", "batches", "lot", "lots", "vente en lot", "liste", "listes", "lists"), "batch"),
    **dict.fromkeys(("clients", "mes clients", "my clients", "client", "carnet", "clientele"), "clients"),
}
