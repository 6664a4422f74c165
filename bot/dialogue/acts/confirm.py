"""The Confirm of whatever an admin asked for, and the reason that they type instead. Pure."""

from bot.dialogue.acts import approval, undoing
from bot.dialogue.acts.kinds import AnyKind, done, is_anothers_word, is_own_word, kind_of, reason
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menu import menu
from bot.dialogue.parsing import vocabulary
from bot.dialogue.pending import AwaitingConfirm
from bot.dialogue.permissions import may
from bot.domain.acts import Act
from bot.domain.text import fold
from bot.store import Script


def ask_confirm(ctx: Context) -> Deciding:
    """The question again, from what is in the books now."""
    awaiting = ctx.pending(AwaitingConfirm)
    return (yield from _put(ctx, awaiting.act, awaiting.why))


def _put(ctx: Context, act: Act, why: str) -> Deciding:
    kind = kind_of(ctx, act)
    return (yield from kind.put(ctx, act, why)) if may(ctx.person, kind.who) else menu(ctx)


def do(ctx: Context, _: str = "") -> Deciding:
    """The Confirm. A person who is no admin any more decides nothing."""
    awaiting = ctx.pending(AwaitingConfirm)
    kind = kind_of(ctx, awaiting.act)
    if not may(ctx.person, kind.who):
        return menu(ctx)
    answer = yield from _decide(ctx, kind, awaiting.act, awaiting.why)
    # The books do not allow it any more: there is no question left to put again.
    return done(ctx, answer.text) if isinstance(answer, Reply) else answer


def _decide(ctx: Context, kind: AnyKind, act: Act, why: str) -> Deciding:
    amount_xof = 0 if kind.moves is None else (yield from kind.moves(ctx, act))
    if amount_xof and not why:
        return (yield from kind.question(ctx, act, why))
    if (own := (yield from kind.own_affair(ctx, act))) is not None:
        return own
    if (two := (yield from approval.needed(ctx, kind, act, amount_xof))) is not None:
        return (yield from approval.request(ctx, kind, act, why, amount_xof, two))
    return (yield from undoing.carry_out(ctx, kind, act, why))


def read_why(ctx: Context, text: str) -> Script[Answer | None]:
    """The reason, typed; the question is put again with it. Or the word that confirms the act."""
    typed, act = fold(text), ctx.pending(AwaitingConfirm).act
    if is_own_word(ctx, act, typed) and not vocabulary.is_question(text):
        return (yield from do(ctx))
    if (key := kind_of(ctx, act).word(act)) is not None and is_anothers_word(ctx, typed):
        return Reply(ctx.t("admin.own_word_needed", word=ctx.t(key)))
    # A word that means something anywhere is no reason.
    if (word := vocabulary.exact(typed)) is None:
        return (yield from _put(ctx, act, reason(text)))
    if word.name not in ("confirm", "thanks") or vocabulary.is_question(text):
        return None
    if key is None:
        # “OK, thanks” is no yes.
        return (yield from do(ctx)) if word.name == "confirm" and typed in vocabulary.VOCABULARY else None
    return Reply(ctx.t("admin.own_word_needed", word=ctx.t(key)))
