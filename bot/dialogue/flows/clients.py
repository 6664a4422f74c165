"""A reseller's client book, and clients' consents. Pure."""

from bot.dialogue.context import State
from bot.dialogue.flow import Button, Command, Flow, HelpLine
from bot.dialogue.reseller import changes, client_entry, clients, consent, forward, sale

FLOW = Flow(
    name="clients",
    states={
        "clients": State(
            clients.ask_clients, "unclear.idle", {}, clients.read_search, read_only=True, permission="reseller"
        ),
        "client": State(
            clients.ask_client,
            "unclear.idle",
            {},
            sale.read_sell,
            figures=True,
            read_only=True,
            back=clients.ask_clients,
            permission="reseller",
        ),
        "client_name": State(
            client_entry.ask_name, "unclear.client_name", {}, client_entry.read_name, True, permission="reseller"
        ),
        "client_keep": State(
            client_entry.ask_keep,
            "unclear.client_name",
            {"holder": client_entry.keep_holder},
            client_entry.read_keep,
            True,
            permission="reseller",
        ),
        "client_number": State(
            client_entry.ask_number,
            "unclear.reference",
            {"of": client_entry.of_service, "bare": client_entry.without_number, "drop": client_entry.drop},
            client_entry.read_number,
            True,
            permission="reseller",
        ),
        "client_rename": State(
            changes.ask_rename,
            "unclear.client_name",
            {},
            changes.read_rename,
            True,
            back=clients.ask_client,
            permission="reseller",
        ),
        "client_phone": State(
            changes.ask_phone,
            "unclear.client_name",
            {"bare": changes.no_phone},
            changes.read_phone,
            True,
            back=clients.ask_client,
            permission="reseller",
        ),
        "client_forget": State(
            changes.ask_forget,
            "unclear.yes_no",
            {"forget": changes.forgotten},
            back=clients.ask_client,
            permission="reseller",
        ),
        # A client of a reseller is asked here: nobody who must be one.
        "consent": State(consent.ask_consent, "unclear.yes_no", {"do": consent.agree, "cancel": consent.decline}),
    },
    commands=(
        Command("clients", clients.find, "reseller", "command.clients", 210, HelpLine("help.selling", 10)),
        Command("client", clients.find, "reseller"),
        Command("addclient", client_entry.add_line, "reseller", "command.addclient", 220, HelpLine("help.selling", 20)),
    ),
    buttons=(
        Button("stop", consent.stop),
        Button("clients", clients.clients, "reseller"),
        Button("client", clients.client, "reseller"),
        Button("addclient", client_entry.add, "reseller"),
        Button("keepclient", client_entry.keep, "reseller"),
        Button("clientmeters", client_entry.meters, "reseller"),
        Button("renameclient", changes.rename, "reseller"),
        Button("phoneclient", changes.phone, "reseller"),
        Button("forgetclient", changes.forget, "reseller"),
        Button("invite", consent.invite, "reseller"),
        Button("uninvite", consent.uninvite, "reseller"),
        Button("forward", forward.forward_again, "reseller"),
    ),
    words=dict.fromkeys(("clients", "mes clients", "my clients", "client", "carnet", "clientele"), "clients"),
)
