"""What a flow declares of itself. Pure.

Theory of operation. A *flow* is one thing that people can do here, whole: its states, its commands and buttons, its
words, whom they are for, and what it contributes to others. Each flow is a package of `flows` that declares one `FLOW`,
and `flows` itself lists them. The router, the menu, `/help`, the lists of commands, the documentation and the tests of
permissions ask the `Registry` of that list and nothing else, and no flow imports another.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

from bot.dialogue.acts.kinds import AnyKind
from bot.dialogue.context import Answer, Context, Deciding, Handler, State
from bot.dialogue.parsing.lines import Line
from bot.dialogue.pending import Guarded, MeterKnown
from bot.dialogue.permissions import Permission
from bot.dialogue.session import Transition
from bot.dialogue.tasks import Answered
from bot.domain.acts import Act
from bot.domain.catalog import Service, ServiceName
from bot.domain.inbound import Document
from bot.domain.inquiry import Inquiry
from bot.domain.order import Order
from bot.domain.outbound import Button
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices.layout import Rows
from bot.repositories.accounts import Account
from bot.repositories.money import Balance
from bot.shop import ShopSettings
from bot.store import Script

# An answer's own type is the one under which it is registered.
AnswerHandler: TypeAlias = Callable[[Context, Any], Answer | Deciding]


class HelpLine(Struct, frozen=True):
    """Where `/help` names a command: in the group whose title is `group`, at the place `order`."""

    group: str
    order: int


class Command(Struct, frozen=True):
    """A slash command and whom it is for.

    `about` is the catalogs' key of its line in the lists of commands, where it stands at the place `order`; an empty
    one keeps it off the lists. One that does not `take_text` ignores what follows it. A `near` one is also meant by
    whoever misses a letter of it. The text after an `as_typed` one stays as it is; in the text after others, names
    become the chats that they lead to (`acts.naming`). A `long_reading` one only reads, and may have much to read: it
    is answered beside the transactions (`readings`). Where the shop is not one of those of `where`, there is no such
    command; `listed` says in which of these it stands on the list of a customer, or of a reseller (True), None for all.
    `whom` is which of the words after an admin's command names a person: the end of their address will do. `example`
    is what may follow its name, in figures and names that need no translation.
    """

    name: str
    run: Handler
    permission: Permission = "customer"
    about: str = ""
    order: int = 0
    help: HelpLine | None = None
    takes_text: bool = True
    near: bool = True
    as_typed: bool = False
    long_reading: bool = False
    where: Callable[[ShopSettings], bool] | None = None
    listed: Callable[[ShopSettings, bool], bool] | None = None
    whom: int | None = None
    example: str = ""

    def is_in(self, shop: ShopSettings) -> bool:
        """Whether a shop has this command."""
        return self.where is None or self.where(shop)


class Anywhere(Struct, frozen=True):
    """What a button does that is valid anywhere, and whom it is for. Words that ask for it lead to it too. A
    `long_reading` one is as such a command.
    """

    name: str
    run: Handler
    permission: Permission = "customer"
    long_reading: bool = False


class Typed(Struct, frozen=True):
    """A text as it was typed, folded, and the state in which it was; `service` is what a line names besides."""

    text: str
    folded: str
    state: State
    service: ServiceName | None = None


class QuoteTerms(Struct, frozen=True):
    """What a quote says besides the price: what it earns the buyer, in francs, and for which client of theirs it is."""

    commission_xof: int = 0
    client_id: int | None = None
    client: str = ""


class WaysToPay(Struct, frozen=True):
    """How a quote can be paid for at once: what is said of it, and a button for each way."""

    text: Safe
    rows: Rows


# When a flow reads a text: `first`, before anything else; a `code` where nothing was asked; a `name`, before the words
# that everybody uses; a `line` that begins or ends with a service; `bare`, where nothing was asked and nothing else was
# understood; `unknown`, where a purchase names what nobody knows.
Stage: TypeAlias = Literal["first", "code", "name", "line", "bare", "unknown"]
TextReader: TypeAlias = Callable[[Context, Typed], Script[Answer | None]]


class Reader(Struct, frozen=True):
    """What a flow makes of a text that may be meant for it; None: it is not."""

    stage: Stage
    read: TextReader


class MenuButton(Struct, frozen=True):
    """A button of the menu: in which of its rows, and at which place in it. `make` gives None where it is not shown.

    Where it is shown, the menu leaves out the buttons of the flow that it stands `instead_of`.
    """

    row: int
    place: int
    make: Callable[[Context], Button | None]
    instead_of: str = ""


class NotJoined(Struct, frozen=True):
    """The catalogs' keys of why an account is not given into another: `here`, to its own people, and `there`, to those
    of the other.
    """

    here: str
    there: str


class AfterGuard(Struct, frozen=True):
    """What a guarded act is to its flow: how it goes on once nothing stands in its way any more, where Back leads, and
    the catalogs' key of the question for the PIN.
    """

    go_on: Callable[[Context, Any], Answer | Deciding]  # of the kind under which it is declared
    back: Callable[[Context, Any], Answer | Deciding]
    question: str = "pin.ask"


class Flow(Struct, frozen=True, kw_only=True):
    """One thing that people can do, whole.

    `words` are folded texts that ask for one of its buttons: for people who may not use it they are words like any
    other. `answers` says what an answer to a task leads to. `readers` read what is typed, `document` takes a file that
    is sent, `interrupts` says of a folded text that it is never too early. `old_buttons` are those of its buttons that
    still mean something when their question is over. `menu` and `help_text` are what it adds to the menu and to
    `/help`. `acts` are what admins ask for here and confirm.

    The rest are hooks, by which another flow reaches it. `inquire` begins a purchase whose meter is known: its service,
    its number, the amount if there is one, and whether it is sold on credit. `order_line` begins one with what was
    typed behind the name of a service. `list_line` reads a text that is one line of a list: its number and its amount.
    `quote_terms` is what a quote says besides, of an inquiry, an amount and a fee. `spending_limit_xof` is the most
    that a person may still spend today, on what earns so much commission; None for no limit. `quote_lapsed` says of a
    quote that it is void before its time. `order_rows` are more buttons of an order, and `order_note` says more of one.
    `balance_lines` says more about a balance. `stop` ends what comes to a person unasked, None where nothing does.
    `not_joined` says why an account is not given into another, None where it may be. `guard` asks for what must be
    known before so many francs leave, or, without an amount, before anything else that is guarded; None: nothing stands
    in the way. `after_guard` says how each kind of guarded act goes on. `ways_to_pay` is how a quote can be paid for at
    once, None where it cannot, and `back_to_quote` puts the quote of a purchase again. `cancels` is what “cancel” means
    where nothing is going on, and `unpaid` what waits for a payment, with its buttons. `picture` takes a photo, of
    which the channel gives a name; None: it is not meant. `has_float` says of a person that what they have here is a
    trade account: it has no bounds, and is what they buy by.
    """

    name: str
    states: Mapping[str, State] = field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    buttons: tuple[Anywhere, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[type[Answered], AnswerHandler] = field(default_factory=dict)
    readers: tuple[Reader, ...] = ()
    document: Callable[[Context, Document], Answer | Deciding | None] | None = None
    interrupts: Callable[[Context, str], bool] | None = None
    old_buttons: Mapping[str, Handler] = field(default_factory=dict)
    menu: tuple[MenuButton, ...] = ()
    help_text: Callable[[Context], Safe | None] | None = None
    acts: Mapping[type[Act], AnyKind] = field(default_factory=dict)
    inquire: Callable[[Context, ServiceName, str, int | None, bool], Transition] | None = None
    order_line: Callable[[Context, Service, str], Deciding] | None = None
    list_line: Callable[[Context, str], Line | None] | None = None
    quote_terms: Callable[[Context, Inquiry, int, int], Script[QuoteTerms | None]] | None = None
    spending_limit_xof: Callable[[Context, int], Script[int | None]] | None = None
    quote_lapsed: Callable[[Context, Quote], bool] | None = None
    order_rows: Callable[[Context, Order], Rows] | None = None
    order_note: Callable[[Context, Order], Script[Safe | None]] | None = None
    balance_lines: Callable[[Context, Balance], Script[Safe | None]] | None = None
    stop: Callable[[Context], Script[Answer | None]] | None = None
    not_joined: Callable[[Account], NotJoined | None] | None = None
    guard: Callable[[Context, int | None, Guarded], Answer | None] | None = None
    after_guard: Mapping[type[Guarded], AfterGuard] = field(default_factory=dict)
    ways_to_pay: Callable[[Context, Quote], Script[WaysToPay | None]] | None = None
    back_to_quote: Callable[[Context, MeterKnown], Deciding] | None = None
    cancels: Callable[[Context], Script[Answer | None]] | None = None
    unpaid: Callable[[Context], Script[tuple[tuple[Safe, Rows], ...]]] | None = None
    has_float: Callable[[Context], bool] | None = None
    picture: Callable[[Context, str], Answer | None] | None = None
