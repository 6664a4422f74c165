"""A reseller's client book, and clients' consents. Pure."""

from bot.dialogue.context import Answer, Context, State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, MenuButton, Reader, Typed
from bot.dialogue.link_code import is_code, is_nickname
from bot.dialogue.reseller import changes, client_entry, clients, consent, forward, sale
from bot.store import Script


def _code(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A code that was typed where nothing was asked, unless one of the person's meters is called so."""
    if not (typed.state.read_only and is_code(typed.text)) or (yield from is_nickname(ctx, typed.folded)):
        return None
    return (yield from consent.enter(ctx, typed.text))


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
            {"of": client_entry.choose_service, "bare": client_entry.without_number, "drop": client_entry.drop_meter},
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
            {"forget": changes.confirm_forget},
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
    menu=(
        MenuButton(
            10, 10, lambda ctx: ctx.link("menu.clients", "clients") if ctx.person.reseller is not None else None
        ),
    ),
    help_text=lambda ctx: ctx.t("help.reseller") if ctx.person.reseller is not None else None,
    readers=(Reader("code", _code),),
    buttons=(
        Anywhere("stop", consent.stop),
        Anywhere("clients", clients.clients, "reseller"),
        Anywhere("client", clients.client, "reseller"),
        Anywhere("addclient", client_entry.add, "reseller"),
        Anywhere("keepclient", client_entry.keep_meter, "reseller"),
        Anywhere("clientmeters", client_entry.meters, "reseller"),
        Anywhere("renameclient", changes.rename, "reseller"),
        Anywhere("phoneclient", changes.phone, "reseller"),
        Anywhere("forgetclient", changes.forget, "reseller"),
        Anywhere("invite", consent.invite, "reseller"),
        Anywhere("uninvite", consent.uninvite, "reseller"),
        Anywhere("forward", forward.forward_again, "reseller"),
    ),
    words=dict.fromkeys(("clients", "mes clients", "my clients", "client", "carnet", "clientele"), "clients"),
)
