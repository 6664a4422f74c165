"""The Confirm of whatever an admin asked for, and the reason that he types instead. Pure."""

from collections.abc import Generator
from typing import Any

from msgspec.structs import replace

from bot.dialogue import vocabulary
from bot.dialogue.admin import approval
from bot.dialogue.admin.acts import draft_of
from bot.dialogue.admin.drafts import Draft, done, is_anothers_word, is_own_word, own_word, reason
from bot.dialogue.here import Answer, Aside, Deciding, Here
from bot.dialogue.looks import Look
from bot.dialogue.menus import menu


def ask_confirm(here: Here) -> Deciding:
    """The question again, from what is in the books now."""
    found = draft_of(here)
    return menu(here) if found is None else (yield from found[0].put(here, found[1]))


def do(here: Here, _: str = "") -> Deciding:
    """Confirmed. Whoever is no admin any more decides nothing."""
    found = draft_of(here)
    if found is None:
        return menu(here)
    answer = yield from _decide(here, *found)
    # The books do not allow it any more: there is no question left to put again.
    return done(here, answer.text) if isinstance(answer, Aside) else answer


def _decide(here: Here, kind: Draft, draft: str) -> Deciding:
    amount_xof = 0 if kind.moves is None else (yield from kind.moves(here, draft))
    if amount_xof and not here.session.why:
        return (yield from kind.ask(here, draft))
    if (own := (yield from kind.own_affair(here, draft))) is not None:
        return own
    if (two := (yield from approval.needed(here, kind, draft, amount_xof))) is not None:
        return (yield from approval.keep(here, kind, draft, amount_xof, two))
    return (yield from kind.carry_out(here, draft))


def read_why(here: Here, text: str) -> Generator[Look, Any, Answer | None]:
    """The reason, typed; the question is put again with it. Or the word that confirms the act."""
    typed, draft = vocabulary.fold(text), here.session.draft or ""
    if is_own_word(here, draft, typed) and not vocabulary.is_question(text):
        return (yield from do(here))
    if (key := own_word(draft)) is not None and is_anothers_word(here, typed):
        return Aside(here.t("admin.own_word_needed", word=here.t(key)))
    # A word that means something anywhere is no reason.
    if (word := vocabulary.exact(typed)) is None:
        here.session = replace(here.session, why=reason(text))
        return (yield from ask_confirm(here))
    if word.name not in ("confirm", "thanks") or vocabulary.is_question(text):
        return None
    if key is None:
        # “OK, thanks” is no yes.
        return (yield from do(here)) if word.name == "confirm" and typed in vocabulary.VOCABULARY else None
    return Aside(here.t("admin.own_word_needed", word=here.t(key)))
