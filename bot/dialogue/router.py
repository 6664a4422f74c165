"""One step of the dialogue: an event and a session in, the next session and effects out. Pure.

Theory of operation. A tap names its act outright; `text` says what a typed text means. A text that means nothing here
is answered with what can be done, and the question again.

A session that was left for long is forgotten before the event is looked at, except its language and its last quote. A
message that was under way for long is not looked at at all: it can confirm nothing, start no payment and move no money,
and the person is asked whether they are still there. A text that was sent before the question was shown is no answer
to it (see `late`).
"""

from typing import Final, Literal

from msgspec.structs import replace

from bot.dialogue import listing
from bot.dialogue.buttons import anywhere, leave, out_of_date, press
from bot.dialogue.context import IDLE, Answer, Context, Deciding, Reply
from bot.dialogue.flows import REGISTRY
from bot.dialogue.late import came_before, is_early, is_stale, still_there
from bot.dialogue.menu import home_row, menu_rows
from bot.dialogue.permissions import may
from bot.dialogue.session import Person, Session, Transition
from bot.dialogue.talking import is_for_person
from bot.dialogue.tasks import Answered, AskReading, EraseOwn, Event, ReadingAnswered, ShowCommands
from bot.dialogue.text import understand
from bot.dialogue.under_way import under_way
from bot.domain.inbound import Document, Tap, Text, Unreadable
from bot.domain.outbound import Outbound
from bot.domain.text import fold
from bot.notices.layout import STAYS, TURNS, fit, paragraphs
from bot.shop import ShopSettings
from bot.store import Script
from bot.transactions.unit import Unit


def step(session: Session, event: Event, person: Person, shop: ShopSettings, unit: Unit) -> Script[Transition]:
    """Decide what an event means for a session.

    Returns the session as it is now and what is to happen. Knows no clock but `person.now`.
    """
    transition = yield from _decided(session, event, person, shop, unit)
    standing = listing.standing(person, REGISTRY.commands, shop)
    if standing == session.commands == transition.session.commands:
        return transition
    decided = replace(transition.session, commands=standing)
    if standing == session.commands:
        return replace(transition, session=decided)
    # A person who became an admin or a reseller, or stopped being one, has other commands from their next message on.
    tasks = (*transition.tasks, ShowCommands(person.role, person.reseller is not None, shop.keeps_advances))
    return replace(transition, session=decided, tasks=tasks)


def read(
    session: Session, asked: AskReading, person: Person, shop: ShopSettings, unit: Unit
) -> Script[ReadingAnswered]:
    """Where a reading leads from a session. Only reads: it is run beside the transactions."""
    ctx = Context(session, person, shop, unit, REGISTRY)
    ctx.prefix, ctx.replaces = asked.prefix, asked.replaces
    before = ctx.session
    reading = REGISTRY.readings[asked.name]
    if not may(person, reading.permission):
        # They lost their role since they asked.
        return ReadingAnswered(before, ctx.nothing())
    return ReadingAnswered(before, (yield from _settled(ctx, reading.run(ctx, asked.argument))))


def _decided(session: Session, event: Event, person: Person, shop: ShopSettings, unit: Unit) -> Script[Transition]:
    ctx = Context(session, person, shop, unit, REGISTRY)
    if lost := _is_lost(session, person):
        ctx.session = ctx.afresh()
    seller_id = 0 if person.selling is None else person.selling.id
    if ctx.session.seller_id != seller_id:
        # What was offered to them as somebody else is no offer any more.
        ctx.session = replace(ctx.afresh(), quote=None, seller_id=seller_id)
    if lost == "place":
        ctx.prefix = ctx.t("restarted")
    if isinstance(event, Answered):
        # An answer that we asked for is no message of the person: the warning about late messages still stands.
        ctx.session = replace(ctx.session, warned_of_delay=session.warned_of_delay)
        return (yield from _settled(ctx, REGISTRY.answers[type(event)](ctx, event)))
    left = person.now - session.updated_at > shop.session_seconds * 1000
    # What is for a person is not too late for them.
    talks = isinstance(event, Text) and is_for_person(session, event.text, REGISTRY.state_of(session))
    late = not talks and isinstance(event, Text | Tap | Document) and is_stale(person, shop)
    early = not (late or left or talks) and isinstance(event, Text) and is_early(session, person)
    hidden = bool(left or late or early or lost) and isinstance(event, Text) and _is_secret(session, event.text)
    if hidden:
        # A secret that comes too late is neither repeated nor taken for anything else.
        ctx.after_commit(EraseOwn())
    if late:
        quoted = "•••" if hidden else event.text if isinstance(event, Text) else None
        return (yield from _settled(ctx, still_there(ctx, quoted, left)))
    if early and isinstance(event, Text) and not _answers_nothing(ctx, event.text):
        if ctx.warned_of_delay:
            # It was held up together with what was answered already.
            ctx.session = replace(ctx.session, warned_of_delay=True)
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
        return (yield from _settled(ctx, REGISTRY.document(ctx, event) or _unreadable(ctx, "document")))
    if isinstance(event, Unreadable):
        taken = REGISTRY.picture(ctx, event.ref) if event.kind == "photo" and not ctx.session.talking else None
        return (yield from _settled(ctx, taken or _unreadable(ctx, event.kind)))
    return (yield from _settled(ctx, understand(ctx, event, left)))


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
    return state is not None and state.secret and state.hides(text)


def _answers_nothing(ctx: Context, text: str) -> bool:
    """Whether a text answers no question: a command, or the word that stops what runs."""
    return text.startswith("/") or REGISTRY.interrupts(ctx, fold(text))


def _settled(ctx: Context, answer: Answer | Deciding) -> Script[Transition]:
    """Turn an answer into a transition: a reply that keeps the question is followed by that question."""
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
        ctx.send(Outbound(fit(answer.text), answer.rows))
    question = state.ask(ctx)
    if not isinstance(question, Transition | Reply):
        question = yield from question
    if isinstance(question, Transition):
        return question
    # The question can no longer be put (its meter is gone, say).
    return ctx.ask(IDLE, question.text, question.rows, base=ctx.afresh())


def _tap(ctx: Context, data: str, left: bool) -> Answer | Deciding:
    mark, _, named = data.partition(".")
    act, _, argument = named.partition(".")
    if mark in (TURNS, STAYS):
        ctx.replaces = ctx.person.message_ref if mark == TURNS else None
        handler = anywhere(ctx, act)
        if handler is not None:
            leave(ctx, act)
        return out_of_date(ctx) if handler is None else handler(ctx, argument)
    if not left and any(choice.data == data for choice in ctx.session.choices):
        ctx.replaces = ctx.person.message_ref
        return press(ctx, act, argument)
    return REGISTRY.old_buttons[act](ctx, argument) if act in REGISTRY.old_buttons else out_of_date(ctx)


def _unreadable(ctx: Context, kind: str) -> Deciding:
    """A photo, a voice message, a group: how it stands with what the person waits for, and what to do instead."""
    if kind == "group":
        return Reply(ctx.t("unreadable.group"), no_question=True)
    if ctx.session.talking:
        return Reply(ctx.t("contact.unreadable"), no_question=True)
    waits = yield from under_way(ctx)
    standing, rows = (None, menu_rows(ctx)) if waits is None else (waits[0], (*waits[1], home_row(ctx)))
    return Reply(paragraphs(standing, ctx.t(_UNREADABLE.get(kind, "unreadable.other"))), rows)


_UNREADABLE: Final[dict[str, str]] = {
    "photo": "unreadable.photo",
    "document": "unreadable.photo",
    "voice": "unreadable.voice",
    "sticker": "unreadable.sticker",
    "location": "unreadable.location",
    "contact": "unreadable.contact",
    "edited": "unreadable.edited",
}
