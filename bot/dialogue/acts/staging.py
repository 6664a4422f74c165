"""An act tried out, or done for somebody else: in a session of its own, in some language. Pure."""

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from bot.dialogue.context import Context, Deciding, Reply
from bot.dialogue.pending import AwaitingConfirm
from bot.dialogue.session import Session
from bot.domain.acts import Act
from bot.domain.people import Language
from bot.i18n import Safe
from bot.store import Script

# The `ask` or the `do` of an act, which takes the act's own type.
Run: TypeAlias = Callable[[Context, Any, str], Deciding]


class Played(Struct, frozen=True):
    """What an act's `ask` or `do` comes to: its words, whether it asked for a Confirm, and whether it was done, or
    could be.
    """

    text: Safe
    question: bool
    acted: bool


def separate_context(ctx: Context, language: Language) -> Context:
    """A session of its own in which an act is asked about or done, in some language."""
    return Context(Session(language=language), ctx.person, ctx.shop, ctx.unit, ctx.flows)


def staged(ctx: Context, language: Language) -> Context:
    """The same, in which nothing is written and nobody is told."""
    stage = separate_context(ctx, language)
    stage.staged = True
    return stage


def play(stage: Context, run: Run, act: Act, why: str) -> Script[Played]:
    """Let an act be asked about or done."""
    answer = yield from run(stage, act, why)
    if isinstance(answer, Reply):
        return Played(answer.text, False, bool(stage.acted))
    question = isinstance(answer.session.pending, AwaitingConfirm)
    return Played(Safe(answer.messages[-1].text), question, bool(stage.acted))
