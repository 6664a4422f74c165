"""One step of the dialogue: an event and a session in, the next session and effects out. Pure.

Theory of operation. A tap names its act outright. A text is tried, in this order, as: a command; one of the choices
last offered (its number or its label); what the state asks for; a purchase in one line; a word that is understood
anywhere; a bare number or a meter's name. The first that fits is followed. What fits nothing is answered with what
can be done here, and the question again: no text is met with silence.

A session that was left for long is forgotten before the event is looked at, except its language and its last quote. A
message that was under way for long is not looked at at all: it can confirm nothing, start no payment and move no money,
and the person is asked whether they are still there. A text that was sent before the question was shown is no answer
to it (see `late`).
"""

from typing import Final, Literal

from msgspec.structs import replace

from bot.dialogue import codes, listing, read, vocabulary
from bot.dialogue.admin.naming import run_named
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Handler, Reply, State
from bot.dialogue.effects import Say
from bot.dialogue.flow import Typed
from bot.dialogue.flows.purchase.shortcuts import order_line
from bot.dialogue.late import came_before, is_early, is_stale
from bot.dialogue.menus import menu, menu_rows, start, still_there, unreadable
from bot.dialogue.permissions import may
from bot.dialogue.registry import REGISTRY
from bot.dialogue.session import Person, Session, Transition
from bot.dialogue.tasks import Answered, EraseOwn, Event, ShowCommands
from bot.domain.model import Choice, Document, Outbound, Tap, Text, Unreadable
from bot.domain.text import fold
from bot.notices.layout import STAYS, TURNS, act_named, fit, offers
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.unit import Unit

# Longer texts are nobody's order.
MAX_TYPED_CHARACTERS = 600
# What a word asks for is done by the first choice on offer that carries one of these acts.
_CHOOSES: Final[dict[str, tuple[str, ...]]] = {
    "confirm": ("confirm", "do", "forget", "check", "asis"),
    "twice": ("twice",),
    "cancel": ("cancel",),
    "stop": ("cancel",),
    "back": ("back",),
    "change": ("back",),
    "retry": ("retry", "check", "ask"),
    "rename": ("rename",),
    "delete": ("delete", "forget"),
    "again": ("again",),
    "save": ("save",),
}
# Choices that act at once, which only a clear yes picks.
_YES: Final = frozenset({"confirm", "twice", "do", "forget"})
_ONLY_CHOSEN: Final = frozenset({"confirm", "twice", "change", "retry", "rename", "delete"})
# What interrupts even a state that takes nearly any text.
_URGENT: Final = frozenset({"cancel", "stop", "back", "menu"})


def step(session: Session, event: Event, person: Person, shop: ShopSettings, unit: Unit) -> Script[Transition]:
    """Decide what an event means for a session.

    Yields looks and is sent their answers; returns the session as it is now and what is to happen. Changes nothing by
    itself and knows no clock but `speaker.now`.
    """
    transition = yield from _decided(session, event, person, shop, unit)
    standing = listing.standing(person, REGISTRY.commands)
    if standing == session.commands == transition.session.commands:
        return transition
    decided = replace(transition.session, commands=standing)
    if standing == session.commands:
        return Transition(decided, transition.effects)
    # Whoever has become an admin or a reseller, or is one no more, has other commands from his next word on.
    return Transition(decided, (*transition.effects, ShowCommands(person.role, person.reseller is not None)))


def _decided(session: Session, event: Event, person: Person, shop: ShopSettings, unit: Unit) -> Script[Transition]:
    ctx = Context(session, person, shop, unit, REGISTRY)
    if lost := _is_lost(session, person):
        ctx.session = ctx.afresh()
    if lost == "place":
        ctx.lead = ctx.t("restarted")
    if isinstance(event, Answered):
        # An answer that we asked for is no word of theirs: what was told of their late messages stays told.
        ctx.session = replace(ctx.session, hailed=session.hailed)
        return (yield from _settled(ctx, REGISTRY.answers[type(event)](ctx, event)))
    left = person.now - session.updated_at > shop.session_seconds * 1000
    late = isinstance(event, Text | Tap | Document) and is_stale(person, shop)
    early = not (late or left) and isinstance(event, Text) and is_early(session, person)
    hidden = bool(left or late or early or lost) and isinstance(event, Text) and _is_secret(session, event.text)
    if hidden:
        # What was asked as a secret and comes too late is neither said back nor taken for anything else.
        ctx.effects += (EraseOwn(),)
    if late:
        quoted = "•••" if hidden else event.text if isinstance(event, Text) else None
        return (yield from _settled(ctx, still_there(ctx, quoted, left)))
    if early and isinstance(event, Text) and not _stands_alone(ctx, event.text):
        if ctx.hailed:
            # It was held up together with what was told already.
            ctx.session = replace(ctx.session, hailed=True)
            return ctx.nothing()
        if not REGISTRY.state_of(session).read_only:
            return (yield from _settled(ctx, came_before(ctx, "•••" if hidden else event.text)))
        # A list or a menu that was not there yet cannot be picked from; what was said may mean something by itself.
        ctx.session = replace(ctx.session, choices=())
    if left:
        ctx.session = ctx.afresh()
    if hidden:
        return (yield from _settled(ctx, Reply(ctx.t("pin.too_late"), menu_rows(ctx))))
    if isinstance(event, Tap):
        return (yield from _settled(ctx, _tap(ctx, event.data, left)))
    if isinstance(event, Document):
        return (yield from _settled(ctx, REGISTRY.document(ctx, event) or unreadable(ctx, "document")))
    if isinstance(event, Unreadable):
        return (yield from _settled(ctx, unreadable(ctx, event.kind)))
    return (yield from _settled(ctx, _text(ctx, event, left)))


def _is_lost(session: Session, person: Person) -> Literal["", "permission", "place"]:
    """Whether the place in the dialogue is one that the person may not be in any more (they are no reseller, no admin),
    or one that this version of the program does not know as it was kept.
    """
    state = REGISTRY.states.get(session.state)
    if state is None or (state.pending is not None and not isinstance(session.pending, state.pending)):
        return "place"
    return "" if may(person, state.permission) else "permission"


def _is_secret(session: Session, text: str) -> bool:
    """Whether a text may hold what a secret question asked for."""
    state = REGISTRY.states.get(session.state)
    return state is not None and state.secret and any(c.isdecimal() for c in text) and not text.startswith("/")


def _stands_alone(ctx: Context, text: str) -> bool:
    """Whether a text answers no question: a command, or the word that stops what runs."""
    return text.startswith("/") or REGISTRY.interrupts(ctx, fold(text))


def _settled(ctx: Context, answer: Answer | Deciding) -> Script[Transition]:
    """Carry an answer to its end: an aside is followed by the question that stands."""
    if not isinstance(answer, Transition | Reply):
        answer = yield from answer
    if isinstance(answer, Transition):
        return answer
    if answer.no_question:
        return ctx.say(answer.text, answer.rows)
    state = REGISTRY.states.get(ctx.session.state)
    if state is None or state.read_only:
        return ctx.ask(IDLE, answer.text, answer.rows)
    ctx.again(None if answer.separate else answer.text)
    if answer.separate:
        ctx.effects += (Say(Outbound(fit(answer.text), answer.rows)),)
    question = state.ask(ctx)
    if not isinstance(question, Transition | Reply):
        question = yield from question
    if isinstance(question, Transition):
        return question
    # The question can no longer be put (its meter is gone, say).
    return ctx.ask(IDLE, question.text, question.rows, base=ctx.afresh())


def _handler(ctx: Context, act: str) -> Handler | None:
    """What an act does where the person stands."""
    state = REGISTRY.states.get(ctx.session.state)
    if state is not None and act in state.buttons:
        return state.buttons[act]
    return _anywhere(ctx, act)


def _anywhere(ctx: Context, act: str) -> Handler | None:
    """What a button does that is valid anywhere; None for whoever may not use it."""
    button = REGISTRY.buttons.get(act)
    return button.run if button is not None and may(ctx.person, button.permission) else None


def _tap(ctx: Context, data: str, left: bool) -> Answer | Deciding:
    mark, _, named = data.partition(".")
    act, _, argument = named.partition(".")
    if mark in (TURNS, STAYS):
        ctx.replaces = ctx.person.message_ref if mark == TURNS else None
        handler = _anywhere(ctx, act)
        if handler is not None:
            _leave(ctx, act)
        return _over(ctx) if handler is None else handler(ctx, argument)
    if not left and any(choice.data == data for choice in ctx.session.choices):
        ctx.replaces = ctx.person.message_ref
        return _act(ctx, act, argument)
    return REGISTRY.old_buttons[act](ctx, argument) if act in REGISTRY.old_buttons else _over(ctx)


def _leave(ctx: Context, command: str) -> None:
    """A command, or a button that is valid anywhere, leaves an act that waits for its Confirm, and says so."""
    state = REGISTRY.states.get(ctx.session.state)
    if state is not None and state.left and command.partition(" ")[0] != "cancel":
        ctx.session = ctx.afresh()
        ctx.lead = ctx.t("admin.left")


def _over(ctx: Context) -> Answer:
    return Reply(ctx.t("step_over"), menu_rows(ctx))


def _act(ctx: Context, act: str, argument: str) -> Answer | Deciding:
    if act == "back":
        return _back(ctx)
    handler = _handler(ctx, act)
    return _over(ctx) if handler is None else handler(ctx, argument)


def _back(ctx: Context) -> Answer | Deciding:
    leads = REGISTRY.state_of(ctx.session).back
    return menu(ctx) if leads is None else leads(ctx)


def _text(ctx: Context, event: Text, left: bool) -> Deciding:
    text = event.text.strip()
    state = REGISTRY.state_of(ctx.session)
    typed = fold(text)
    said = Typed(text, typed, state)
    if (listed := (yield from REGISTRY.read("first", ctx, said))) is not None:
        return listed
    if len(text) > max(MAX_TYPED_CHARACTERS, state.most_characters):
        return Reply(ctx.t("unclear.long"), menu_rows(ctx))
    if text.startswith("/"):
        _leave(ctx, text[1:])
        return (yield from _done(_command(ctx, text, REGISTRY.state_of(ctx.session))))
    chosen = _choice(ctx, typed, state)
    if chosen is not None and _says_yes(chosen) and vocabulary.is_question(text):
        chosen = None
    # A word is what it says before it is nearly what a button says.
    if chosen is not None and _is_slip(typed, chosen) and vocabulary.exact(typed) is not None:
        chosen = None
    # What is a letter away from a button may be a client's name to the letter.
    slip = chosen is not None and _is_slip(typed, chosen)
    if slip and (sold := (yield from REGISTRY.read("name", ctx, said))) is not None:
        return sold
    if chosen is not None:
        _, act, argument = chosen.data.split(".", 2)
        return (yield from _done(_act(ctx, act, argument)))
    if state.read_only and (yield from codes.is_meant(ctx, text)):
        # Linking takes whatever code nobody else does.
        coded = yield from REGISTRY.read("code", ctx, said)
        if coded is not None:
            return coded
    if (own := _own_words(ctx, typed, state)) is not None:
        return (yield from _done(own))
    if (sold := (yield from REGISTRY.read("name", ctx, said))) is not None:
        return sold
    # Where nearly anything may be meant, a slip of the finger is no reason to read a word in it.
    word = vocabulary.VOCABULARY.get(typed) if state.free_text else vocabulary.word(text)
    if state.parse_text is not None and (word is None or (state.free_text and word.name not in _URGENT)):
        if not state.free_text and (line := read.service(ctx.shop.catalog, text)) is not None and line[1]:
            return (yield from order_line(ctx, *line))
        found = state.parse_text(ctx, text)
        if not isinstance(found, Transition | Reply | None):
            found = yield from found
        if found is not None:
            return found
    if (line := read.service(ctx.shop.catalog, text)) is not None:
        return (yield from order_line(ctx, *line))
    if word is not None:
        answer = _word(ctx, word, left)
        if answer is not None:
            return (yield from _done(answer))
    elif state.read_only:
        found = yield from REGISTRY.read("bare", ctx, said)
        if found is not None:
            return found
    return _unclear(ctx, state)


def _own_words(ctx: Context, typed: str, state: State) -> Answer | Deciding | None:
    """What a word asks for that only some people have."""
    handler = None if state.free_text or typed not in REGISTRY.words else _anywhere(ctx, REGISTRY.words[typed])
    return None if handler is None else handler(ctx, "")


def _done(answer: Answer | Deciding) -> Deciding:
    if isinstance(answer, Transition | Reply):
        return answer
    return (yield from answer)


def _unclear(ctx: Context, state: State) -> Answer:
    """Not understood: what can be done here. Somebody new is welcomed instead."""
    if not ctx.session.greeted and state.read_only:
        return start(ctx)
    twin = offers(ctx.session.choices, "twice")
    return Reply(ctx.t("twin.word" if twin else state.unclear), menu_rows(ctx))


def _command(ctx: Context, text: str, state: State) -> Answer | Deciding:
    name, *more = text[1:].split(None, 1) or [""]
    name, rest = name.partition("@")[0].lower(), "".join(more)
    if (command := REGISTRY.commands.get(name)) is not None:
        if not may(ctx.person, command.permission):
            return _unclear(ctx, state)
        if command.permission != "customer" and ":" in rest:
            return run_named(ctx, name, command, rest)
        return command.run(ctx, rest if command.takes_text else "")
    if (line := read.service(ctx.shop.catalog, f"{name} {rest}")) is not None:
        return order_line(ctx, *line)
    if (word := vocabulary.VOCABULARY.get(fold(name))) is not None and word.name in REGISTRY.buttons:
        return REGISTRY.buttons[_act_of(word, state)].run(ctx, word.argument)
    near = [known for known in _commands_of(ctx) if vocabulary.alike(name, known)]
    return _command(ctx, f"/{near[0]} {rest}", state) if len(near) == 1 else _unclear(ctx, state)


def _commands_of(ctx: Context) -> list[str]:
    """The commands that the person may mean by a name that is nearly theirs."""
    return [name for name, command in REGISTRY.commands.items() if command.near and may(ctx.person, command.permission)]


def _choice(ctx: Context, typed: str, state: State) -> Choice | None:
    """The choice whose number or label was typed."""
    choices = ctx.session.choices
    if not typed or not choices:
        return None
    if typed.isdecimal():
        if len(typed) > 2 or not 1 <= (number := int(typed)) <= len(choices):
            return None
        if state.numbers_are_items:
            return None
        # Where an amount is awaited, a figure that can be one is one.
        if state.figures and number >= ctx.shop.catalog.woyofal.minimum_xof:
            return None
        return choices[number - 1]
    labels = [(fold(choice.label), choice) for choice in choices]
    for label, choice in labels:
        if label == typed:
            return choice
    if state.free_text:
        return None
    begun = [
        choice
        for label, choice in labels
        if len(typed) > 2 and label.startswith(typed + " ") and act_named(choice) != "twice"
    ]
    if len(begun) == 1:
        return begun[0]
    if any(c.isdecimal() for c in typed):
        return None
    near = (choice for label, choice in labels if vocabulary.alike(typed, label))
    return next((choice for choice in near if not _says_yes(choice) or typed.startswith("confi")), None)


def _says_yes(choice: Choice) -> bool:
    return act_named(choice) in _YES


def _is_slip(typed: str, chosen: Choice) -> bool:
    """Whether a choice was found by what its label nearly says."""
    return not typed.isdecimal() and not fold(chosen.label).startswith(typed)


def _word(ctx: Context, word: vocabulary.Act, left: bool) -> Answer | Deciding | None:
    """A word that is understood anywhere; None where it means nothing here."""
    if (own := REGISTRY.state_of(ctx.session).words.get(word.name)) is not None:
        return own(ctx, word.argument)
    wanted = _CHOOSES.get(word.name, ())
    for choice in ctx.session.choices:
        _, act, argument = choice.data.split(".", 2)
        if act in wanted:
            return _act(ctx, act, argument)
    if word.name == "confirm" and offers(ctx.session.choices, "twice"):
        return Reply(ctx.t("twin.word"))
    if word.name == "back":
        return _back(ctx)
    if word.name == "confirm" and (left or ctx.hailed) and ctx.session.quote is not None:
        return REGISTRY.old_buttons["confirm"](ctx, ctx.session.quote.id)
    if word.name == "confirm" and ctx.hailed:
        return menu(ctx)
    if word.name == "retry" and REGISTRY.state_of(ctx.session).read_only:
        return REGISTRY.buttons["again"].run(ctx, "")
    if word.name in _ONLY_CHOSEN:
        return None
    return REGISTRY.buttons[_act_of(word, REGISTRY.state_of(ctx.session))].run(ctx, word.argument)


def _act_of(word: vocabulary.Act, state: State) -> str:
    """What a word does here: “stop” only leaves what is going on, where anything is."""
    return "cancel" if word.name == "stop" and not state.read_only else word.name
