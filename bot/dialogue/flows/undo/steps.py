"""Whoever did an act, or an owner, undoes it within minutes. Pure.

Theory of operation. An act is undone by the acts that were kept with it (`acts.undoing`), each asked about and done as
its kind does, and written to the audit log under the undone act's name: what has bounds keeps them, whoever is told of
it is told of this. Nothing is undone in part: all of them are tried out first. So a credit comes back whole or, where
some of it is spent, not at all, and a setting only while it is as the act left it.

Undoing takes no less than doing: the role of the act, from whoever asks; a second person where the act had one, or
where what undoes it takes one. What it moves counts like any other move towards what one admin may do alone. Money that
leaves the shop by it waits for a second person where any credit would; money that comes back waits for nobody on
account of its sum, for every minute is one in which a stranger spends it.
"""

from bot.dialogue.acts.kinds import ActKind, AnyKind, Two, ask, begin, done, kind_of
from bot.dialogue.acts.second import CLOCK_SLACK_MS
from bot.dialogue.acts.staging import Played, play, separate_context, staged
from bot.dialogue.acts.undoing import UNDO_MS
from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.menu import reply_beside
from bot.dialogue.permissions import RANK
from bot.domain.acts import Act, MoveMoney, UndoAct
from bot.domain.people import Address
from bot.i18n import Safe, Voice
from bot.notices.layout import paragraphs, truncate
from bot.repositories import undos
from bot.repositories.accounts import language_of
from bot.repositories.acts import Touched
from bot.repositories.undos import ActUndo
from bot.store import Script
from bot.transactions.acts import interest_of
from bot.transactions.people import standing_at

MAX_NAMED_CHARACTERS = 80


def undo(ctx: Context, undo_id: str) -> Deciding:
    """The button: the act that was kept under an id."""
    kept = yield from undos.load(undo_id)
    if kept is None:
        return reply_beside(ctx, ctx.t("undo.none"))
    return (yield from _begin(ctx, kept))


def undo_last(ctx: Context, _: str = "") -> Deciding:
    """`/undo`: the last act of the speaker that may still be undone."""
    for kept in (yield from undos.since(ctx.now - UNDO_MS)):
        if kept.by_address == ctx.unit.address:
            return (yield from _begin(ctx, kept))
    return reply_beside(ctx, ctx.t("undo.nothing"))


def _begin(ctx: Context, kept: ActUndo) -> Deciding:
    if kept.undone_at is None and not -CLOCK_SLACK_MS <= ctx.now - kept.done_at < UNDO_MS:
        return reply_beside(ctx, ctx.t("undo.too_late", moment=ctx.t.moment(kept.done_at)))
    touched = Touched() if kept.act is None else kind_of(ctx, kept.act).touches(kept.act)
    return (yield from begin(ctx, UndoAct(kept.id, touched.address, touched.rule), kept.why or kept.what))


def _undoable(ctx: Context, undo_id: str) -> Script[tuple[ActUndo, Act] | Reply]:
    """What is undone; or why it cannot be, by whoever asks for it."""
    t = ctx.t
    kept = yield from undos.load(undo_id)
    if kept is None or kept.act is None or not kept.inverse:
        return reply_beside(ctx, t("undo.none"))
    kind = kind_of(ctx, kept.act)
    if not (yield from _may(ctx, kept, kind)):
        return reply_beside(ctx, t("undo.not_yours"))
    if kept.undone_at is not None:
        return reply_beside(ctx, t("undo.already", moment=t.moment(kept.undone_at), by=kept.undone_by or ""))
    later = yield from _later(ctx, kept)
    return (kept, kept.act) if later is None else later


def _later(ctx: Context, kept: ActUndo) -> Script[Reply | None]:
    """That somebody has changed since what an act set."""
    t, sets = ctx.t, _sets(ctx, kept)
    for other in (yield from undos.since(kept.done_at)):
        if sets & _sets(ctx, other):
            return reply_beside(ctx, t("undo.changed_by", by=str(other.by_address), moment=t.moment(other.done_at)))
    undoing = None if kept.act is None else kind_of(ctx, kept.act).undoing
    if undoing is None or (yield from undoing.value(ctx, kept.act)) == kept.left_as:
        return None
    return reply_beside(ctx, t("undo.changed"))


def _sets(ctx: Context, kept: ActUndo) -> frozenset[str]:
    undoing = None if kept.act is None else kind_of(ctx, kept.act).undoing
    return frozenset() if undoing is None else undoing.sets(kept.act)


def _may(ctx: Context, kept: ActUndo, kind: AnyKind) -> Script[bool]:
    """Whether whoever asks for it still has the role of the act, and did it themselves or is an owner."""
    by, role = Address.parse(ctx.by), ctx.person.role
    if ctx.by != ctx.person.address:
        role = (yield from standing_at(by, ctx.unit.installation)).role
    if role is None or RANK[role] < RANK[kind.who]:
        return False
    return role == "owner" or (yield from interest_of(by, Touched(address=kept.by_address))) == "own"


def _tried(ctx: Context, kept: ActUndo, *, asked: bool) -> Script[tuple[Played, ...]]:
    """What each of the acts that undo it would come to: its question, or its doing."""
    played = []
    for inverse in kept.inverse:
        stage = staged(ctx, ctx.session.language)
        stage.by, stage.second, stage.undoes = ctx.by, ctx.second, kept.what
        kind = kind_of(ctx, inverse)
        played.append((yield from play(stage, kind.ask if asked else kind.do, inverse, kept.why or kept.what)))
    return tuple(played)


def ask_undo(ctx: Context, act: UndoAct, why: str) -> Deciding:
    """What is undone, and what that changes."""
    t = ctx.t
    undoable = yield from _undoable(ctx, act.undo_id)
    if isinstance(undoable, Reply):
        return undoable
    kept, done_act = undoable
    questions = yield from _tried(ctx, kept, asked=True)
    for played in questions:
        if not played.question:
            return reply_beside(ctx, paragraphs(t("undo.cannot", what=_named(t, done_act)), played.text))
    asked = t("undo.ask", what=_named(t, done_act), moment=t.short_moment(kept.done_at), by=str(kept.by_address))
    text = paragraphs(asked, *(played.text for played in questions))
    return ask(ctx, text, act, why, label="button.undo_yes", leave="button.undo_no")


def do_undo(ctx: Context, act: UndoAct, why: str) -> Deciding:
    """Undo it, once, and tell whoever did it."""
    t = ctx.t
    undoable = yield from _undoable(ctx, act.undo_id)
    if isinstance(undoable, Reply):
        return undoable
    kept, done_act = undoable
    for played in (yield from _tried(ctx, kept, asked=False)):
        if not played.acted:
            return reply_beside(ctx, paragraphs(t("undo.cannot", what=_named(t, done_act)), played.text))
    # It leaves its state first: where somebody was quicker, the rest does not happen.
    yield from ctx.write(undos.end(kept.id, ctx.by, ctx.now))
    said = []
    for inverse in kept.inverse:
        stage = separate_context(ctx, ctx.session.language)
        stage.staged, stage.by, stage.second, stage.undoes = ctx.staged, ctx.by, ctx.second, kept.what
        played = yield from play(stage, kind_of(ctx, inverse).do, inverse, why)
        ctx.acted = stage.acted
        said.append(played.text)
    if str(kept.by_address) not in (ctx.by, ctx.person.address):
        language = yield from language_of(str(kept.by_address))
        what = _named(ctx.shop.words[language], done_act)
        yield from ctx.tell_news(kept.by_address, language, "undo.yours", by=ctx.by, what=what)
    return done(ctx, paragraphs(t("undo.done", what=_named(t, done_act)), *said))


def _named(t: Voice, act: Act) -> Safe:
    """An act in a few words."""
    if isinstance(act, MoveMoney):
        key = "undo.credit" if act.amount_xof > 0 else "undo.debit"
        return t(key, amount=t.money(abs(act.amount_xof)), address=str(act.address))
    return Safe(f"<code>/{t.escaped(truncate(act.command, MAX_NAMED_CHARACTERS))}</code>")


def _two(ctx: Context, act: UndoAct) -> Script[Two | None]:
    """A second person where what undoes it takes one, or where the act had one."""
    kept = yield from undos.load(act.undo_id)
    if kept is None or kept.act is None:
        return None
    for inverse in kept.inverse:
        kind = kind_of(ctx, inverse)
        two = None if kind.two is None else (yield from kind.two(ctx, inverse))
        if two is not None:
            return Two(two.key, two.self_approval, two.words, two.who or kind.who)
    return Two("admin.two.undo", "wait", who=kind_of(ctx, kept.act).who) if kept.second else None


def _leaves_xof(ctx: Context, act: UndoAct) -> Script[int]:
    """How much leaves the shop by it: a debit that is given back, a limit that is as high again."""
    kept = yield from undos.load(act.undo_id)
    sum_xof = 0
    for inverse in () if kept is None else kept.inverse:
        moves = kind_of(ctx, inverse).moves
        if moves is not None and not (isinstance(inverse, MoveMoney) and inverse.amount_xof < 0):
            sum_xof += yield from moves(ctx, inverse)
    return sum_xof


UNDO = ActKind(
    ask=ask_undo,
    do=do_undo,
    who="operator",
    touches=lambda act: Touched(address=act.address, rule=act.rule),
    counts="sum and two",
    because="it is for whoever did the act, or an owner; what leaves the shop by it counts, and it takes two where the "
    "act or its opposite does",
    moves=_leaves_xof,
    two=_two,
    own_words=("word.undo",),
)
