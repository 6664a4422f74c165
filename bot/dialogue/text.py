"""What a typed text means. Pure.

A text is tried, in this order, as: a command; one of the choices last offered (its number or its label); a command of
admins without its slash; what the state asks for; a purchase in one line; a word that is understood anywhere; a bare
number or a meter's name. The first that fits is followed. A text that fits nothing is answered with what can be done
here, and the question again: every text has an answer.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue import codes
from bot.dialogue.buttons import anywhere, go_back, leave, press
from bot.dialogue.commanding import run_command, spoken_command
from bot.dialogue.context import Answer, Context, Deciding, Reply, State
from bot.dialogue.flow import Typed
from bot.dialogue.menu import home_row, menu, menu_rows
from bot.dialogue.parsing import openers, vocabulary
from bot.dialogue.parsing.services import parse_service
from bot.dialogue.pending import CodeWanted, Purchase
from bot.dialogue.session import Transition
from bot.dialogue.under_way import under_way
from bot.domain.catalog import Service
from bot.domain.inbound import Text
from bot.domain.outbound import Choice
from bot.domain.text import fold, has_figures
from bot.notices.layout import act_named, offers, paragraphs

# Nobody orders with a longer text.
MAX_TYPED_CHARACTERS = 600
# A word does what the first choice on offer with one of these acts does.
_CHOOSES: Final[dict[str, tuple[str, ...]]] = {
    "confirm": ("confirm", "do", "forget", "check", "asis", "usual"),
    "twice": ("twice",),
    "cancel": ("cancel",),
    "stop": ("cancel",),
    "back": ("back",),
    "change": ("back",),
    "retry": ("retry", "check", "ask"),
    "rename": ("rename",),
    "delete": ("delete", "forget"),
    "again": ("again", "usual"),
    "save": ("save",),
}
# Choices that act at once, which only a clear yes picks.
_YES: Final = frozenset({"confirm", "twice", "do", "forget"})
# Of their labels a part says too little: "vendre" begins another sale, "vendre 50" is not "Vendre · 50 750 F".
_WHOLE: Final = frozenset({"confirm", "twice"})
_ONLY_CHOSEN: Final = frozenset({"confirm", "twice", "change", "other_meter", "retry", "rename", "delete"})
# So many texts in a row that are not understood are too many.
TIMES_MISUNDERSTOOD: Final = 2
# Kind words leave nothing.
_KIND: Final = frozenset({"hello", "thanks", "language"})
# What interrupts even a state that takes nearly any text.
_URGENT: Final = frozenset({"cancel", "stop", "back", "menu"})


def understand(ctx: Context, event: Text, left: bool) -> Deciding:
    """What a typed text leads to; `left` says that the session was left for long before."""
    text = event.text.strip()
    state = ctx.flows.state_of(ctx.session)
    typed = fold(text)
    said = Typed(text, typed, state)
    if (listed := (yield from ctx.flows.read("first", ctx, said))) is not None:
        return listed
    if len(text) > max(MAX_TYPED_CHARACTERS, state.most_characters):
        return Reply(ctx.t("unclear.long"), menu_rows(ctx))
    if text.startswith("/"):
        leave(ctx, text[1:])
        here = ctx.flows.state_of(ctx.session)
        run = run_command(ctx, text, lambda word: _act_of(word, here), lambda: _unclear(ctx, here))
        return (yield from _done(run))
    chosen = _choice(ctx, typed, state)
    if chosen is not None and _says_yes(chosen) and vocabulary.is_question(text):
        chosen = None
    # A word is what it says before it is nearly what a button says.
    if chosen is not None and _is_slip(typed, chosen) and vocabulary.exact(typed) is not None:
        chosen = None
    # What is a letter away from a button may be a client's name to the letter.
    slip = chosen is not None and _is_slip(typed, chosen)
    if slip and (sold := (yield from ctx.flows.read("name", ctx, said))) is not None:
        return sold
    if chosen is not None:
        _, act, argument = chosen.data.split(".", 2)
        return (yield from _done(press(ctx, act, argument)))
    if (spoken := spoken_command(ctx, text, state)) is not None:
        return (yield from _done(spoken))
    if state.read_only and (yield from codes.is_meant(ctx, text)):
        return (yield from ctx.flows.read("code", ctx, said)) or (yield from _done(_unclear(ctx, state, text)))
    if (own := _own_words(ctx, typed, state)) is not None:
        return (yield from _done(own))
    if (sold := (yield from ctx.flows.read("name", ctx, said))) is not None:
        return sold
    # Where nearly anything may be meant, a typing slip is not read as a word.
    word = vocabulary.VOCABULARY.get(typed) if state.free_text else vocabulary.word(text) or openers.word(text)
    if state.parse_text is not None and (word is None or (state.free_text and word.name not in _URGENT)):
        if not state.free_text and (line := parse_service(ctx.shop.catalog, text)) is not None and line[1]:
            return (yield from ctx.flows.order_line(ctx, *line))
        if (other := _other_service(ctx, text, state)) is not None:
            return (yield from ctx.flows.order_line(ctx, *other))
        answer = state.parse_text(ctx, text)
        if not isinstance(answer, Transition | Reply | None):
            answer = yield from answer
        if answer is not None:
            return answer
    if (line := parse_service(ctx.shop.catalog, text)) is not None:
        return (yield from ctx.flows.order_line(ctx, *line))
    if word is not None and (answer := _word(ctx, word, left)) is not None:
        return (yield from _done(answer))
    if state.read_only:
        answer = yield from ctx.flows.read("bare", ctx, said)
        if answer is not None:
            return answer
    return (yield from _done(_unclear(ctx, state, text)))


def _other_service(ctx: Context, text: str, state: State) -> tuple[Service, str] | None:
    """Another service than the one that is being bought, wherever a text names it, and what it says besides."""
    pending = ctx.session.pending
    if state.free_text or not isinstance(pending, Purchase):
        return None
    opening = openers.read(ctx.shop.catalog, text)
    if opening is None or opening.service is None or opening.service.name == pending.service:
        return None
    return opening.service, opening.rest


def _own_words(ctx: Context, typed: str, state: State) -> Answer | Deciding | None:
    """What a word asks for that only some people have."""
    handler = None if state.free_text or typed not in ctx.flows.words else anywhere(ctx, ctx.flows.words[typed])
    return None if handler is None else handler(ctx, "")


def _done(answer: Answer | Deciding) -> Deciding:
    if isinstance(answer, Transition | Reply):
        return answer
    return (yield from answer)


def _unclear(ctx: Context, state: State, text: str | None = None) -> Deciding:
    """Not understood: how it stands with what the person waits for, then what can be done here. Somebody new is
    welcomed instead. Where it is the second text in a row, or an insult, a person is offered.
    """
    if not ctx.session.greeted and state.read_only:
        return (yield from _done(ctx.flows.buttons["start"].run(ctx, "")))
    twin = offers(ctx.session.choices, "twice")
    # Figures in the middle of something are a slip of what is asked for, and no question.
    slip = text is not None and not state.read_only and has_figures(text)
    # Here the question itself is about what is under way.
    told = twin or isinstance(ctx.session.pending, CodeWanted)
    waits = None if slip or told else (yield from under_way(ctx))
    standing, rows = (None, menu_rows(ctx)) if waits is None else (waits[0], (*waits[1], home_row(ctx)))
    ways = offers(ctx.session.choices, "pay") and not offers(ctx.session.choices, "confirm")
    unclear = ctx.t("twin.word" if twin else "unclear.way" if ways else state.unclear)
    if state.read_only and waits is not None:
        unclear = ctx.t("under_way.else")
    times = ctx.misunderstood + 1
    ctx.session = replace(ctx.session, misunderstood=times)
    if text is None or (times < TIMES_MISUNDERSTOOD and not vocabulary.is_insult(text)):
        return Reply(paragraphs(standing, unclear), rows)
    # Who is not understood again, or is angry, needs a person.
    return Reply(paragraphs(standing, ctx.t("unclear.again"), unclear, ctx.t("contact.offer")), rows)


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
        if len(typed) > 2 and label.startswith(typed + " ") and act_named(choice) not in _WHOLE
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
    here = ctx.flows.state_of(ctx.session)
    if (own := here.words.get(word.name)) is not None:
        return own(ctx, word.argument)
    wanted = _CHOOSES.get(word.name, ())
    for choice in ctx.session.choices:
        _, act, argument = choice.data.split(".", 2)
        if act in wanted:
            return press(ctx, act, argument)
    if word.name == "buy" and not here.read_only and not (word.argument and here.buying):
        # It leaves nothing that is going on.
        return None
    if word.name == "confirm" and offers(ctx.session.choices, "twice"):
        return Reply(ctx.t("twin.word"))
    if word.name == "back":
        return go_back(ctx)
    if word.name == "confirm" and (left or ctx.warned_of_delay) and ctx.session.quote is not None:
        return ctx.flows.old_buttons["confirm"](ctx, ctx.session.quote.id)
    if word.name == "confirm" and ctx.warned_of_delay:
        return menu(ctx)
    if word.name == "retry" and here.read_only:
        return ctx.flows.buttons["check_or_again"].run(ctx, "")
    if word.name in _ONLY_CHOSEN:
        return None
    handler = anywhere(ctx, _act_of(word, here))
    if handler is None:
        return None
    if word.name not in _KIND:
        leave(ctx, word.name)
    return handler(ctx, word.argument)


def _act_of(word: vocabulary.Act, state: State) -> str:
    """What a word does here: “stop” only leaves what is going on, where anything is."""
    return "cancel" if word.name == "stop" and not state.read_only else word.name
