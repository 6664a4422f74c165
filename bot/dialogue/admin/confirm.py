"""The Confirm of whatever an admin asked for, and the reason that he types instead. Pure."""

from msgspec.structs import replace

from bot.dialogue import vocabulary
from bot.dialogue.admin import approval
from bot.dialogue.admin.acts import draft_of
from bot.dialogue.admin.drafts import Draft, done, is_anothers_word, is_own_word, own_word, reason
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.menus import menu
from bot.domain.text import fold
from bot.store import Script


def ask_confirm(ctx: Context) -> Deciding:
    """The question again, from what is in the books now."""
    found = draft_of(ctx)
    return menu(ctx) if found is None else (yield from found[0].put(ctx, found[1]))


def do(ctx: Context, _: str = "") -> Deciding:
    """Confirmed. Whoever is no admin any more decides nothing."""
    found = draft_of(ctx)
    if found is None:
        return menu(ctx)
    answer = yield from _decide(ctx, *found)
    # The books do not allow it any more: there is no question left to put again.
    return done(ctx, answer.text) if isinstance(answer, Reply) else answer


def _decide(ctx: Context, kind: Draft, draft: str) -> Deciding:
    amount_xof = 0 if kind.moves is None else (yield from kind.moves(ctx, draft))
    if amount_xof and not ctx.session.why:
        return (yield from kind.ask(ctx, draft))
    if (own := (yield from kind.own_affair(ctx, draft))) is not None:
        return own
    if (two := (yield from approval.needed(ctx, kind, draft, amount_xof))) is not None:
        return (yield from approval.keep(ctx, kind, draft, amount_xof, two))
    return (yield from kind.carry_out(ctx, draft))


def read_why(ctx: Context, text: str) -> Script[Answer | None]:
    """The reason, typed; the question is put again with it. Or the word that confirms the act."""
    typed, draft = fold(text), ctx.session.draft or ""
    if is_own_word(ctx, draft, typed) and not vocabulary.is_question(text):
        return (yield from do(ctx))
    if (key := own_word(draft)) is not None and is_anothers_word(ctx, typed):
        return Reply(ctx.t("admin.own_word_needed", word=ctx.t(key)))
    # A word that means something anywhere is no reason.
    if (word := vocabulary.exact(typed)) is None:
        ctx.session = replace(ctx.session, why=reason(text))
        return (yield from ask_confirm(ctx))
    if word.name not in ("confirm", "thanks") or vocabulary.is_question(text):
        return None
    if key is None:
        # “OK, thanks” is no yes.
        return (yield from do(ctx)) if word.name == "confirm" and typed in vocabulary.VOCABULARY else None
    return Reply(ctx.t("admin.own_word_needed", word=ctx.t(key)))
