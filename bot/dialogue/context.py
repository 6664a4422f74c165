"""Where a step stands while it decides: the session, who speaks, and how a question is put. Pure.

A *question* is a message with choices and the state in which its answer is awaited. Each new question has the next
number, which its buttons carry (`17.amount.5000`), so that a button of an older question is recognised. What is always
valid carries no number but a mark: `~` where the answer may take the message's place (a menu, a list), `-` where the
message must stay (a code, a receipt, news of an order).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from bot.channels.abilities import Abilities
from bot.dialogue.pending import Pending
from bot.dialogue.permissions import Permission
from bot.dialogue.session import Person, Session, Transition, told_lag_ms
from bot.dialogue.tasks import Task
from bot.domain.order import Order
from bot.domain.outbound import Choice, Outbound
from bot.domain.people import Address, Language
from bot.domain.text import has_figures
from bot.i18n import Safe
from bot.notices.accounts import news
from bot.notices.layout import MAX_LABEL_CHARACTERS, TURNS, Rows, fit, free, paragraphs, truncate
from bot.repositories import own_orders
from bot.repositories.money import Balance, balance_of
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.outbound import tell_somebody
from bot.transactions.unit import Unit

if TYPE_CHECKING:
    from bot.dialogue.registry import Registry


P = TypeVar("P")


class Reply(Struct, frozen=True):
    """A reply that keeps the question: the person keeps their place, and the question is put again below it.

    Where no question stands it is read with `rows`. `separate` makes it a message of its own, above the question;
    `no_question` means that no question follows.
    """

    text: Safe
    rows: Rows = ()
    separate: bool = False
    no_question: bool = False


Answer: TypeAlias = Transition | Reply
Deciding: TypeAlias = Script[Answer]
# The function that handles a tap or a word; its second argument is the act's. One that needs no statement returns at
# once.
Handler: TypeAlias = Callable[["Context", str], Answer | Deciding]
# The function that handles a typed text where the state awaits one; None: not understood.
Reader: TypeAlias = Callable[["Context", str], Answer | Script[Answer | None] | None]
Asker: TypeAlias = Callable[["Context"], Answer | Deciding]


class State(Struct, frozen=True):
    """One place in the dialogue.

    `ask` puts its question again. `buttons` says what each of its buttons does. `parse_text` takes what is typed;
    `free_text` says that nearly anything typed is meant for it (a nickname), `figures` that an amount may be. `back` is
    where Back leads; None: to the menu. `unclear` is the reply to a text that was not understood here. What is typed
    where it is `secret` is never repeated to anybody, as far as it `hides` it. `most_characters` lets a text be longer
    than usual. `numbers_are_items` says that a number typed here is that of something shown, and never a button's. A
    `read_only` state asks nothing, it only shows: it is not shown again after something else was said, and a bare
    number typed here begins a purchase. One that is `left` ends with any other command: what it asks must not be
    answered by a yes that is meant for something newer. A person who loses its `permission` has left it. Leaving one
    that is `buying` means that nothing was paid. One that `guards` asks for what must be known before something else
    goes on. `words` says what words of the vocabulary mean here. `pending` is the kind of thing that its question is
    about; without one nobody can be here.
    """

    ask: Asker
    unclear: str
    buttons: Mapping[str, Handler] = field(default_factory=dict)
    parse_text: Reader | None = None
    free_text: bool = False
    figures: bool = False
    read_only: bool = False
    secret: bool = False
    hides: Callable[[str], bool] = has_figures
    most_characters: int = 0
    numbers_are_items: bool = False
    left: bool = False
    back: Asker | None = None
    permission: Permission = "customer"
    buying: bool = False
    guards: bool = False
    pending: type[Pending] | None = None
    words: Mapping[str, Handler] = field(default_factory=dict)


IDLE = "idle"


class Context:
    """One step's standing. `prefix` is said before the next question, in the same message; `warned_of_delay` says that
    the person answers the question whether they are still there, `misunderstood` how many texts in a row were not
    understood before this one. `staged` is a rehearsal: nothing is written and nobody is asked, for only the words are
    wanted. `by` is the person whose act it is: the one who speaks, or the one for whom
    they approve it; then `second` is who approves. `acted` is what the audit log calls the act that was done, or would
    be (`staged`), and `undo_id` the id by which it can be undone. `undoes` is the name there of an act that is being
    undone. `about` is what whoever an act touches is called.
    """

    __slots__ = (
        "about",
        "acted",
        "asked",
        "by",
        "flows",
        "messages",
        "misunderstood",
        "person",
        "prefix",
        "replaces",
        "second",
        "session",
        "shop",
        "staged",
        "step",
        "t",
        "tasks",
        "undo_id",
        "undoes",
        "unit",
        "warned_of_delay",
    )

    def __init__(self, session: Session, person: Person, shop: ShopSettings, unit: Unit, flows: "Registry") -> None:
        self.warned_of_delay = session.warned_of_delay
        self.asked = (session.step, session.asked_at)
        self.misunderstood = session.misunderstood
        lag_ms = told_lag_ms(session, person, shop.session_seconds)
        self.session = replace(session, warned_of_delay=False, misunderstood=0, lag_ms=lag_ms)
        self.person = person
        self.shop = shop
        self.unit = unit
        self.flows = flows
        self.t = shop.words[session.language]
        self.step = session.step + 1
        self.prefix: Safe | None = None
        self.about: Safe | None = None
        self.replaces: str | None = None
        self.staged = False
        self.by = person.address
        self.second = ""
        self.acted = ""
        self.undo_id = ""
        self.undoes = ""
        self.messages: tuple[Outbound, ...] = ()
        self.tasks: tuple[Task, ...] = ()

    @property
    def customer(self) -> str:
        """The account that the person who speaks acts for."""
        return self.person.customer

    @property
    def channel(self) -> Abilities:
        """What the person's channel can do."""
        name = Address.parse(self.person.address).channel
        return self.shop.channels.get(name, Abilities(name, commands=True))

    @property
    def at_counter(self) -> bool:
        """Whether the person sells for somebody's shop: then they read nothing of its money but what clients pay."""
        return self.person.selling is not None

    def balance(self) -> Script[Balance]:
        """What the account of the person who speaks has."""
        return balance_of(self.customer, self.default_limit_xof)

    def own_order(self, order_id: str) -> Script[Order | None]:
        """The person's own order of that id."""
        return own_orders.own(self.person.whose, order_id)

    @property
    def default_limit_xof(self) -> int:
        """How far below zero whoever has no limit of their own may go."""
        return self.unit.installation.default_credit_limit_xof

    @property
    def now(self) -> int:
        """The time of this step, in milliseconds."""
        return self.person.now

    def pending(self, kind: type[P]) -> P:
        """What the question is about; the router lets nobody in without it."""
        pending = self.session.pending
        if not isinstance(pending, kind):
            raise TypeError(f"{self.session.state} without {kind.__name__}")
        return pending

    def awaits(self, kind: type[P]) -> P | None:
        """The same for an answer that we asked for; None: the person is at something else by now."""
        pending = self.session.pending
        is_asked = self.flows.state_of(self.session).pending is kind
        return pending if is_asked and isinstance(pending, kind) else None

    def again(self, prefix: Safe | None) -> None:
        """The next question is the current one, put again after `prefix`: the buttons of both messages are good."""
        self.prefix = prefix
        self.step = self.session.step

    def choice(self, label: str, action: str, argument: str = "") -> Choice:
        """A button for the question that is being put."""
        return Choice(truncate(label, MAX_LABEL_CHARACTERS), f"{self.step}.{action}.{argument}")

    def button(self, key: str, action: str, argument: str = "") -> Choice:
        """The same, labelled by a message of the catalogs."""
        return self.choice(self.t.label(key), action, argument)

    def link(self, key: str, action: str, argument: str = "", mark: str = TURNS) -> Choice:
        """A button that is valid at any time, labelled by a message of the catalogs."""
        return free(self.t.label(key), action, argument, mark)

    def link_to(self, key: str, action: str, number: int) -> Choice:
        """The same, with a number for argument."""
        return self.link(key, action, str(number))

    def afresh(self) -> Session:
        """The session with nearly everything forgotten (`Session.afresh`)."""
        return self.session.afresh()

    def ask(
        self,
        state: str,
        text: Safe,
        rows: Rows = (),
        *,
        base: Session | None = None,
        batch_id: str | None = None,
        collection_id: str | None = None,
        **gathered: Any,
    ) -> Transition:
        """Put a question: say it, remember its choices and what was gathered. With a `batch_id` the message is the one
        that tells that batch's progress from now on, with a `collection_id` what becomes of that collection.
        """
        text = paragraphs(self.prefix, text, self.flows.left_out(self, rows))
        session = replace(
            self.session if base is None else base,
            state=state,
            step=self.step,
            choices=tuple(button for row in rows for button in row if isinstance(button, Choice)),
            updated_at=self.person.now,
            asked_at=self._shown_at(),
            **gathered,
        )
        question = Outbound(fit(text), rows, replaces=self.replaces, batch_id=batch_id, collection_id=collection_id)
        return Transition(session, (*self.messages, question), self.tasks)

    def _shown_at(self) -> int:
        """When the question is shown, by the channel's clock; one that is put again was shown the first time."""
        now = self.person.now - (self.session.lag_ms or 0)
        step, asked_at = self.asked
        return min(now, asked_at) if self.step == step and asked_at else now

    def say(self, text: Safe, rows: Rows = ()) -> Transition:
        """Say something that is no question: the person stays where they are."""
        session = replace(self.session, updated_at=self.person.now)
        return Transition(session, (*self.messages, Outbound(fit(text), rows, replaces=self.replaces)), self.tasks)

    def send(self, outbound: Outbound) -> None:
        """Say something to the person before whatever this step ends with."""
        self.messages += (outbound,)

    def after_commit(self, task: Task) -> None:
        """Have something done that must wait for the commit."""
        self.tasks += (task,)

    def tell(self, address: Address, outbound: Outbound) -> Script[None]:
        """Say something to somebody else; nothing where nobody is asked (`staged`)."""
        if not self.staged:
            yield from tell_somebody(self.unit, address, outbound)

    def tell_news(self, address: Address, language: Language, key: str, /, **arguments: str) -> Script[None]:
        """The same, by a message of the catalogs and in their language, with a way to the menu."""
        t = self.shop.words[language]
        yield from self.tell(address, news(t, t(key, **arguments)))

    def write(self, script: Script[None]) -> Script[None]:
        """Write what was decided; nothing where nobody is asked (`staged`)."""
        if not self.staged:
            yield from script

    def nothing(self) -> Transition:
        """Stay silent and change nothing."""
        return self.become(self.session)

    def become(self, session: Session) -> Transition:
        """End the step with this session, and with what was said and asked for until now."""
        return Transition(session, self.messages, self.tasks)
