"""What all flows make together, by what is looked for: one registry of what each declares. Pure."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, get_args

from msgspec.structs import replace

from bot.dialogue.acts.kinds import AnyKind
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Handler, Reply, State
from bot.dialogue.flow import (
    AfterGuard,
    AnswerHandler,
    Anywhere,
    Command,
    Flow,
    NotJoined,
    QuoteTerms,
    Stage,
    TextReader,
    Typed,
    WaysToPay,
)
from bot.dialogue.parsing.lines import Line
from bot.dialogue.pending import Guarded, MeterKnown
from bot.dialogue.readings import answered, deferred
from bot.dialogue.session import Session, Transition
from bot.dialogue.tasks import Answered, ReadingAnswered
from bot.domain.acts import Act
from bot.domain.catalog import Service, ServiceName
from bot.domain.inbound import Document
from bot.domain.inquiry import Inquiry
from bot.domain.order import Order
from bot.domain.outbound import Choice
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices.layout import Rows, spoken
from bot.repositories.accounts import Account
from bot.repositories.money import Balance
from bot.store import Script

# What the button for the menu bears where all of it is wanted.
WHOLE: Final = "all"


class Registry:
    """Every flow, by what is looked for. Raises ValueError where two flows declare the same thing, or where one
    names another that is not there.
    """

    def __init__(self, flows: Iterable[Flow]) -> None:
        self.flows: Final = tuple(flows)
        self.states: Final[Mapping[str, State]] = _merged("state", (flow.states.items() for flow in self.flows))
        listed: dict[str, Command] = _merged(
            "command", (((each.name, each) for each in flow.commands) for flow in self.flows)
        )
        # In the order in which the lists name them.
        listed = dict(sorted(listed.items(), key=lambda item: item[1].order))
        buttons: dict[str, Anywhere] = _merged(
            "button", (((each.name, each) for each in flow.buttons) for flow in self.flows)
        )
        # What only reads and may have much to read: commands (`/name`) and buttons.
        self.readings: Final[Mapping[str, Command | Anywhere]] = {
            f"/{name}": command for name, command in listed.items() if command.long_reading
        } | {name: button for name, button in buttons.items() if button.long_reading}
        self.commands: Final = {
            name: replace(command, run=deferred(f"/{name}")) if command.long_reading else command
            for name, command in listed.items()
        }
        self.buttons: Final[Mapping[str, Anywhere]] = {
            name: replace(button, run=deferred(name)) if button.long_reading else button
            for name, button in buttons.items()
        }
        self.words: Final[Mapping[str, str]] = _merged("word", (flow.words.items() for flow in self.flows))
        self.answers: Final[Mapping[type[Answered], AnswerHandler]] = _merged(
            "answer", ({ReadingAnswered: answered}.items(), *(flow.answers.items() for flow in self.flows))
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
        menu = [(flow.name, each) for flow in self.flows for each in flow.menu]
        self._menu: Final = sorted(menu, key=lambda named: (named[1].row, named[1].place))
        if unknown := {each.instead_of for _, each in menu} - {"", *(flow.name for flow in self.flows)}:
            raise ValueError(f"the menu leaves out what no flow is: {', '.join(sorted(unknown))}")

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

    def picture(self, ctx: Context, ref: str) -> Answer | Deciding | None:
        """What the first flow that takes a photo makes of it; None: nobody takes it."""
        answers = (flow.picture(ctx, ref) for flow in self.flows if flow.picture is not None)
        return next((answer for answer in answers if answer is not None), None)

    def interrupts(self, ctx: Context, folded: str) -> bool:
        """Whether a folded text is never too early, since it ends what runs."""
        return any(flow.interrupts(ctx, folded) for flow in self.flows if flow.interrupts is not None)

    def menu_rows(self, ctx: Context) -> Rows:
        """The menu, as the person sees it."""
        made = [(name, each, button) for name, each in self._menu if (button := each.make(ctx)) is not None]
        left_out = {each.instead_of for _, each, _ in made}
        shown = ((each.row, button) for name, each, button in made if name not in left_out)
        return tuple(tuple(button for _, button in row) for _, row in groupby(shown, key=itemgetter(0)))

    def whole_menu(self, ctx: Context) -> Choice:
        """The way to the menu from a part of it."""
        return ctx.link("button.whole_menu", "menu", WHOLE)

    def left_out(self, ctx: Context, rows: Rows) -> Safe | None:
        """What of the menu has no button among some that lead to all of it: in words, for it can be typed. None for
        buttons that are no part of a menu.
        """
        if ctx.channel.buttons is None:
            return None
        shown = {button.data for row in rows for button in row if isinstance(button, Choice)}
        if self.whole_menu(ctx).data not in shown:
            return None
        buttons = [button for row in self.menu_rows(ctx) for button in row if isinstance(button, Choice)]
        named = ", ".join(spoken(button.label) for button in buttons if button.data not in shown)
        return ctx.t("menu.left_out", named=named) if named else None

    def help_texts(self, ctx: Context) -> list[Safe]:
        """What flows add to the help of a person."""
        texts = (flow.help_text(ctx) for flow in self.flows if flow.help_text is not None)
        return [text for text in texts if text is not None]

    def follow(self, ctx: Context, button: str, argument: str = "") -> Deciding:
        """What a button that is valid anywhere does: the way from one flow into another."""
        answer = self.buttons[button].run(ctx, argument)
        return answer if isinstance(answer, Transition | Reply) else (yield from answer)

    def inquire(
        self,
        ctx: Context,
        service: ServiceName,
        reference: str,
        amount_xof: int | None = None,
        *,
        on_credit: bool = False,
    ) -> Transition:
        """Begin a purchase whose meter is known."""
        (begin,) = (flow.inquire for flow in self.flows if flow.inquire is not None)
        return begin(ctx, service, reference, amount_xof, on_credit)

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

    def spending_limit_xof(self, ctx: Context, commission_xof: int = 0) -> Script[int | None]:
        """The most that the person may still spend today on what earns so much, in francs; None for no limit."""
        limits_xof: list[int] = []
        for ask in (flow.spending_limit_xof for flow in self.flows if flow.spending_limit_xof is not None):
            if (limit_xof := (yield from ask(ctx, commission_xof))) is not None:
                limits_xof.append(limit_xof)
        return min(limits_xof, default=None)

    def quote_lapsed(self, ctx: Context, quote: Quote) -> bool:
        """Whether a quote is void before its time."""
        return any(flow.quote_lapsed(ctx, quote) for flow in self.flows if flow.quote_lapsed is not None)

    def order_rows(self, ctx: Context, order: Order) -> Rows:
        """More buttons of an order."""
        return tuple(row for flow in self.flows if flow.order_rows is not None for row in flow.order_rows(ctx, order))

    def order_notes(self, ctx: Context, order: Order) -> Script[list[Safe]]:
        """What flows say about an order."""
        asks = (flow.order_note for flow in self.flows if flow.order_note is not None)
        return _said(ask(ctx, order) for ask in asks)

    def balance_lines(self, ctx: Context, balance: Balance) -> Script[list[Safe]]:
        """What flows say about the balance of a person."""
        asks = (flow.balance_lines for flow in self.flows if flow.balance_lines is not None)
        return _said(ask(ctx, balance) for ask in asks)

    def stop(self, ctx: Context) -> Script[Answer | None]:
        """End what comes to the person unasked, first things first; None where nothing does."""
        for end in (flow.stop for flow in self.flows if flow.stop is not None):
            if (answer := (yield from end(ctx))) is not None:
                return answer
        return None

    def not_joined(self, account: Account) -> NotJoined | None:
        """Why an account is not given into another; None: it may be."""
        reasons = (flow.not_joined(account) for flow in self.flows if flow.not_joined is not None)
        return next((reason for reason in reasons if reason is not None), None)

    def guard(self, ctx: Context, amount_xof: int | None, what: Guarded) -> Answer | None:
        """Ask for what must be known first; None: nothing stands in the way. Else their next message, after which
        what was asked for goes on by itself.
        """
        (ask,) = (flow.guard for flow in self.flows if flow.guard is not None)
        return ask(ctx, amount_xof, what)

    def ways_to_pay(self, ctx: Context, quote: Quote) -> Script[WaysToPay | None]:
        """How a quote can be paid for at once; None where it cannot."""
        (ask,) = (flow.ways_to_pay for flow in self.flows if flow.ways_to_pay is not None)
        return (yield from ask(ctx, quote))

    def back_to_quote(self, ctx: Context, purchase: MeterKnown) -> Deciding:
        """Put the quote of a purchase again."""
        (ask,) = (flow.back_to_quote for flow in self.flows if flow.back_to_quote is not None)
        return (yield from ask(ctx, purchase))

    def cancels(self, ctx: Context) -> Script[Answer | None]:
        """What “cancel” means where nothing is going on; None: nothing."""
        (end,) = (flow.cancels for flow in self.flows if flow.cancels is not None)
        return (yield from end(ctx))

    def unpaid(self, ctx: Context) -> Script[tuple[tuple[Safe, Rows], ...]]:
        """What waits for a payment of the person's, with its buttons."""
        (ask,) = (flow.unpaid for flow in self.flows if flow.unpaid is not None)
        return (yield from ask(ctx))

    def has_float(self, ctx: Context) -> bool:
        """Whether what the person has here is a trade account."""
        return any(flow.has_float(ctx) for flow in self.flows if flow.has_float is not None)


def _said(asked: Iterable[Script[Safe | None]]) -> Script[list[Safe]]:
    """What each has to say, one after another; None for nothing."""
    texts: list[Safe] = []
    for each in asked:
        if (text := (yield from each)) is not None:
            texts.append(text)
    return texts


def _merged(kind: str, parts: Iterable[Iterable[tuple[Any, Any]]]) -> dict[Any, Any]:  # of any kind of thing
    merged: dict[Any, Any] = {}
    for part in parts:
        for name, thing in part:
            if name in merged:
                raise ValueError(f"two flows declare the {kind} {name}")
            merged[name] = thing
    return merged
