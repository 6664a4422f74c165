"""A reseller's client book. Pure."""

from bot.dialogue.context import Context, State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, MenuButton, NotJoined, Reader
from bot.dialogue.flows.clients import book, changes, entry, importing, sold
from bot.dialogue.pending import ClientNumber, FetchedFile, MeterSoldTo, OneClient
from bot.dialogue.sale_pending import BookSent
from bot.dialogue.tasks import BookRead
from bot.domain.outbound import Choice
from bot.repositories.accounts import Account


def _in_the_menu(ctx: Context) -> Choice | None:
    # A reseller's meters are their clients'; and a list has ten rows in the narrowest channel.
    return None if ctx.person.terms is None else ctx.link("menu.clients", "clients")


def _not_joined(account: Account) -> NotJoined | None:
    # Its terms stand with it.
    return NotJoined("link.reseller", "link.reseller_there") if account.reseller else None


FLOW = Flow(
    name="clients",
    states={
        "clients": State(book.clients, "unclear.idle", {}, book.read_search, read_only=True, permission="seller"),
        "client": State(
            book.ask_client,
            "unclear.idle",
            {},
            book.read_amount,
            figures=True,
            read_only=True,
            back=book.clients,
            permission="seller",
            pending=OneClient,
        ),
        "client_name": State(entry.ask_name, "unclear.client_name", {}, entry.read_name, True, permission="reseller"),
        "client_keep": State(
            entry.ask_keep,
            "unclear.client_name",
            {"holder": entry.keep_holder},
            entry.read_keep,
            True,
            permission="reseller",
            pending=MeterSoldTo,
        ),
        "client_number": State(
            entry.ask_number,
            "unclear.reference",
            {"of": entry.choose_service, "bare": entry.without_number, "drop": entry.drop_meter},
            entry.read_number,
            True,
            permission="reseller",
            pending=ClientNumber,
        ),
        "client_rename": State(
            changes.ask_rename,
            "unclear.client_name",
            {},
            changes.read_rename,
            True,
            back=book.ask_client,
            permission="reseller",
            pending=OneClient,
        ),
        "client_phone": State(
            changes.ask_phone,
            "unclear.client_name",
            {"bare": changes.no_phone},
            changes.read_phone,
            True,
            back=book.ask_client,
            permission="reseller",
            pending=OneClient,
        ),
        "book_file": State(importing.ask_file, "unclear.book_file", left=True, permission="reseller"),
        "book_reading": State(importing.ask_reading, "unclear.book_file", permission="reseller", pending=FetchedFile),
        "book_check": State(
            importing.ask_check,
            "unclear.yes_no",
            {"do": importing.confirm},
            left=True,
            permission="reseller",
            pending=BookSent,
        ),
        "client_forget": State(
            changes.ask_forget,
            "unclear.yes_no",
            {"forget": changes.confirm_forget},
            back=book.ask_client,
            permission="reseller",
            pending=OneClient,
        ),
    },
    commands=(
        Command("clients", book.find, "seller", "command.clients", 210, HelpLine("help.selling", 10)),
        Command("client", book.find, "seller"),
        Command("importclients", importing.begin, "reseller"),
        Command("addclient", entry.add_line, "reseller", "command.addclient", 220, HelpLine("help.selling", 20)),
    ),
    menu=(MenuButton(10, 10, _in_the_menu, instead_of="meters"),),
    not_joined=_not_joined,
    help_text=lambda ctx: ctx.t("help.reseller") if ctx.person.reseller is not None else None,
    buttons=(
        Anywhere("clients", book.clients, "seller"),
        Anywhere("client", book.client, "seller"),
        Anywhere("clientcard", book.card, "reseller"),
        Anywhere("addclient", entry.add, "reseller"),
        Anywhere("keepclient", entry.keep_meter, "reseller"),
        Anywhere("clientmeters", entry.meters, "reseller"),
        Anywhere("renameclient", changes.rename, "reseller"),
        Anywhere("phoneclient", changes.phone, "reseller"),
        Anywhere("forgetclient", changes.forget, "reseller"),
        Anywhere("importclients", importing.begin, "reseller"),
        Anywhere("clientcodes", sold.codes, "seller"),
        Anywhere("clientsales", sold.history, "reseller"),
    ),
    readers=(Reader("name", sold.read_codes),),
    document=importing.received,
    answers={BookRead: importing.book_read},
    words=dict.fromkeys(
        (
            *("importer", "importer mes clients", "importer des clients", "importer un fichier", "importer mon carnet"),
            *("importer le carnet", "import", "import clients", "import my clients", "import my book", "import a file"),
        ),
        "importclients",
    )
    | dict.fromkeys(
        (
            *("clients", "mes clients", "my clients", "client", "carnet", "clientele"),
            *("vendre", "vends", "vente", "je veux vendre", "je voudrais vendre", "nouvelle vente", "client suivant"),
            *("sell", "i want to sell", "new sale", "next client"),
        ),
        "clients",
    ),
)
