"""What a flow declares of itself, and what the registry makes of all of them. Pure.

Theory of operation. A *flow* is one thing that people can do here, whole: its states, its commands and buttons, its
words, whom they are for, and what it contributes to others. Each flow is a package of `flows` that declares one `FLOW`;
`registry` lists them. The router, the menu, `/help`, the lists of commands, the documentation and the tests of
permissions read the registry and nothing else, and no flow imports another.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct, field

from bot.dialogue.acts.kinds import AnyKind
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Handler, Reply, State
from bot.dialogue.parsing.lines import Line
from bot.dialogue.pending import Guarded
from bot.dialogue.permissions import Permission
from bot.dialogue.session import Session, Transition
from bot.dialogue.tasks import Answered
from bot.domain.acts import Act
from bot.domain.catalog import Service
from bot.domain.model import Button, Document, Inquiry, Quote, ServiceName
from bot.domain.order import Order
from bot.i18n import Safe
from bot.notices.layout import Rows
from bot.repositories.money import Balance
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
    whoever misses a letter of it. What follows an `as_typed` one stays as it is, where others
    are given the chats to which the names in it lead (`acts.naming`).
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


class Anywhere(Struct, frozen=True):
    """What a button does that is valid anywhere, and whom it is for. Words that ask for it lead to it too."""

    name: str
    run: Handler
    permission: Permission = "customer"


class Typed(Struct, frozen=True):
    """A text as it was typed, folded, and the state in which it was; `service` is what a line names besides."""

    text: str
    folded: str
    state: State
    service: ServiceName | None = None


class QuoteTerms(Struct, frozen=True):
    """What a quote says besides the price: what it earns who buys, in francs, and for whom of theirs it is."""

    commission_xof: int = 0
    client_id: int | None = None
    client: str = ""


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
    """A button of the menu: in which of its rows, and at which place in it. `make` gives None where it is not shown."""

    row: int
    place: int
    make: Callable[[Context], Button | None]


class AfterGuard(Struct, frozen=True):
    """What a guarded act is to its flow: how it goes on once nothing stands in its way any more, where Back leads, and
    the catalogs' key of the question for the PIN.
    """

    go_on: Callable[[Context, Any], Answer | Deciding]  # of the kind under which it is declared
    back: Callable[[Context, Any], Answer | Deciding]
    question: str = "pin.ask"


class Flow(Struct, frozen=True, kw_only=True):
    """One thing that people can do, whole.

    `words` are folded texts that ask for one of its buttons: to whoever may not use it they are words like any other.
    `answers` says what an answer to a task leads to. `readers` read what is typed, `document` takes a file that is
    sent, `interrupts` says of a folded text that it is never too early. `old_buttons` are those of its buttons that
    still mean something when their question is over. `menu` and `help_text` are what it adds to the menu and to
    `/help`. `acts` are what admins ask for here and confirm.

    The rest are hooks, by which another flow reaches it. `inquire` begins a purchase whose meter is known: its service,
    its number, and the amount if there is one. `order_line` begins one with what was typed behind the name of a
    service. `list_line` reads a text that is one line of a list: its number and its amount. `quote_terms` is what a
    quote says besides, of an inquiry, an amount and a fee. `spending_limit_xof` is the most that a person may still
    spend today, None for no limit. `quote_lapsed` says of a quote that it is void before its time. `order_rows` are
    more buttons of an order. `balance_lines` says more about a balance. `stop` ends what comes to a person unasked,
    None where nothing does. `guard` asks for what must be known before so many francs leave, or, without an amount,
    before anything else that is guarded; None: nothing stands in the way. `after_guard` says how each kind of guarded
    act goes on.
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
    inquire: Callable[[Context, ServiceName, str, int | None], Transition] | None = None
    order_line: Callable[[Context, Service, str], Deciding] | None = None
    list_line: Callable[[Context, str], Line | None] | None = None
    quote_terms: Callable[[Context, Inquiry, int, int], Script[QuoteTerms | None]] | None = None
    spending_limit_xof: Callable[[Context], Script[int | None]] | None = None
    quote_lapsed: Callable[[Context, Quote], bool] | None = None
    order_rows: Callable[[Context, Order], Rows] | None = None
    balance_lines: Callable[[Context, Balance], Script[Safe | None]] | None = None
    stop: Callable[[Context], Script[Answer | None]] | None = None
    guard: Callable[[Context, int | None, Guarded], Answer | None] | None = None
    after_guard: Mapping[type[Guarded], AfterGuard] = field(default_factory=dict)


class Registry:
    """Every flow, by what is looked for. Raises ValueError where two flows declare the same thing."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self.flows: Final = tuple(flows)
        self.states: Final[Mapping[str, State]] = _merged("state", (flow.states.items() for flow in self.flows))
        listed: dict[str, Command] = _merged(
            "command", (((each.name, each) for each in flow.commands) for flow in self.flows)
        )
        # In the order in which the lists name them.
        self.commands: Final = dict(sorted(listed.items(), key=lambda item: item[1].order))
        self.buttons: Final[Mapping[str, Anywhere]] = _merged(
            "button", (((each.name, each) for each in flow.buttons) for flow in self.flows)
        )
        self.words: Final[Mapping[str, str]] = _merged("word", (flow.words.items() for flow in self.flows))
        self.answers: Final[Mapping[type[Answered], AnswerHandler]] = _merged(
            "answer", (flow.answers.items() for flow in self.flows)
        )
        self.acts: Final[Mapping[type[Act], AnyKind]] = _merged("act", (flow.acts.items() for flow in self.flows))
        self.old_buttons: Final[Mapping[str, Handler]] = _merged(
            "old button", (flow.old_buttons.items() for flow in self.flows)
        )
        self.after_guard: Final[Mapping[type[Guarded], AfterGuard]] = _merged(
            "guarded act", (flow.after_guard.items() for flow in self.flows)
        )
        self._readers: Final[Mapping[Stage, tuple[TextReader, ...]]] = {
            stage: tuple(each.read for flow in self.flows for each in flow.readers if each.stage == stage)
            for stage in get_args(Stage)
        }
        menu = sorted((each for flow in self.flows for each in flow.menu), key=lambda each: (each.row, each.place))
        self._menu: Final = tuple(tuple(row) for _, row in groupby(menu, key=lambda each: each.row))

    def state_of(self, session: Session) -> State:
        """Where a person stands; a place that is no more is the menu."""
        return self.states.get(session.state, self.states[IDLE])

    def read(self, stage: Stage, ctx: Context, typed: Typed) -> Script[Answer | None]:
        """What the first flow that a text is meant for makes of it; None: it is meant for none."""
        for read in self._readers[stage]:
            if (answer := (yield from read(ctx, typed))) is not None:
                return answer
        return None

    def document(self, ctx: Context, document: Document) -> Answer | Deciding | None:
        """What the first flow that takes a file makes of it; None: nobody takes it."""
        answers = (flow.document(ctx, document) for flow in self.flows if flow.document is not None)
        return next((answer for answer in answers if answer is not None), None)

    def interrupts(self, ctx: Context, folded: str) -> bool:
        """Whether a folded text is never too early, since it ends what runs."""
        return any(flow.interrupts(ctx, folded) for flow in self.flows if flow.interrupts is not None)

    def menu_rows(self, ctx: Context) -> Rows:
        """The menu, as the person sees it."""
        rows = (tuple(button for each in row if (button := each.make(ctx)) is not None) for row in self._menu)
        return tuple(row for row in rows if row)

    def help_texts(self, ctx: Context) -> list[Safe]:
        """What flows add to the help of a person."""
        texts = (flow.help_text(ctx) for flow in self.flows if flow.help_text is not None)
        return [text for text in texts if text is not None]

    def follow(self, ctx: Context, button: str, argument: str = "") -> Deciding:
        """What a button that is valid anywhere does: the way from one flow into another."""
        answer = self.buttons[button].run(ctx, argument)
        return answer if isinstance(answer, Transition | Reply) else (yield from answer)

    def inquire(self, ctx: Context, service: ServiceName, reference: str, amount_xof: int | None = None) -> Transition:
        """Begin a purchase whose meter is known."""
        (begin,) = (flow.inquire for flow in self.flows if flow.inquire is not None)
        return begin(ctx, service, reference, amount_xof)

    def order_line(self, ctx: Context, service: Service, rest: str) -> Deciding:
        """Begin a purchase with what was typed behind the name of its service."""
        (begin,) = (flow.order_line for flow in self.flows if flow.order_line is not None)
        return begin(ctx, service, rest)

    def list_line(self, ctx: Context, text: str) -> Line | None:
        """A text that is one line of a list, to whoever writes such; None for any other."""
        lines = (flow.list_line(ctx, text) for flow in self.flows if flow.list_line is not None)
        return next((line for line in lines if line is not None), None)

    def quote_terms(self, ctx: Context, inquiry: Inquiry, amount_xof: int, fee_xof: int) -> Script[QuoteTerms]:
        """What a quote says besides the price; nothing for most people."""
        for ask in (flow.quote_terms for flow in self.flows if flow.quote_terms is not None):
            if (terms := (yield from ask(ctx, inquiry, amount_xof, fee_xof))) is not None:
                return terms
        return QuoteTerms()

    def spending_limit_xof(self, ctx: Context) -> Script[int | None]:
        """The most that the person may still spend today, in francs; None for no limit."""
        limits_xof: list[int] = []
        for ask in (flow.spending_limit_xof for flow in self.flows if flow.spending_limit_xof is not None):
            if (limit_xof := (yield from ask(ctx))) is not None:
                limits_xof.append(limit_xof)
        return min(limits_xof, default=None)

    def quote_lapsed(self, ctx: Context, quote: Quote) -> bool:
        """Whether a quote is void before its time."""
        return any(flow.quote_lapsed(ctx, quote) for flow in self.flows if flow.quote_lapsed is not None)

    def order_rows(self, ctx: Context, order: Order) -> Rows:
        """More buttons of an order."""
        return tuple(row for flow in self.flows if flow.order_rows is not None for row in flow.order_rows(ctx, order))

    def balance_lines(self, ctx: Context, balance: Balance) -> Script[list[Safe]]:
        """What flows say about the balance of a person."""
        texts: list[Safe] = []
        for ask in (flow.balance_lines for flow in self.flows if flow.balance_lines is not None):
            if (text := (yield from ask(ctx, balance))) is not None:
                texts.append(text)
        return texts

    def stop(self, ctx: Context) -> Script[Answer | None]:
        """End what comes to the person unasked, first things first; None where nothing does."""
        for end in (flow.stop for flow in self.flows if flow.stop is not None):
            if (answer := (yield from end(ctx))) is not None:
                return answer
        return None

    def guard(self, ctx: Context, amount_xof: int | None, what: Guarded) -> Answer | None:
        """Ask for what must be known first; None: nothing stands in the way. Else their next message, after which
        what was asked for goes on by itself.
        """
        (ask,) = (flow.guard for flow in self.flows if flow.guard is not None)
        return ask(ctx, amount_xof, what)


def _merged(kind: str, parts: Iterable[Iterable[tuple[Any, Any]]]) -> dict[Any, Any]:  # of any kind of thing
    merged: dict[Any, Any] = {}
    for part in parts:
        for name, thing in part:
            if name in merged:
                raise ValueError(f"two flows declare the {kind} {name}")
            merged[name] = thing
    return merged
