"""What people type of a meter that refuses a code, and while they stand before it. Pure."""

import re
from collections.abc import Mapping
from typing import Final

from bot.dialogue.context import Answer, Context, Reply
from bot.dialogue.flow import Typed
from bot.dialogue.flows.coach import steps
from bot.dialogue.help_pending import Coached
from bot.dialogue.parsing import vocabulary
from bot.languages import answers
from bot.repositories import own_orders
from bot.store import Script


def _phrases(name: str) -> re.Pattern[str]:
    """Any of the phrases of a list, in the middle of a longer text."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(answers(name))))})\b")


# What a meter shows, by the words for it; the first that is found counts.
_SHOWN: Final[Mapping[str, re.Pattern[str]]] = {
    shown: _phrases(f"shows_{shown}") for shown in ("used", "old", "lock", "rejected")
}
_REFUSED: Final = _phrases("code_refused")
_METER: Final = _phrases("names_code")
_WORKS: Final = answers("code_works")
_FAILS: Final = answers("code_fails")
_TRYING: Final = _phrases("code_trying")
_YES: Final = answers("yes_it_is")


def said_at_meter(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """What is said to a step: it works, it does not, or what the meter shows now. None: something else."""
    known = ctx.session.pending
    if not isinstance(known, Coached) or ctx.flows.state_of(ctx.session).pending is not Coached:
        return None
    order = yield from steps.readable(ctx, known.order_id)
    if order is None:
        return None
    said, path = typed.folded, steps.path_of(order, known.shown) if known.shown else ()
    same_meter = known.at < len(path) and path[known.at] == "meter"
    if said in _WORKS or (path and not same_meter and said in _YES):
        return steps.works(ctx)
    if path and said in (_YES if same_meter else _FAILS):
        return steps.coach(ctx, order, known.shown, known.at + 1)
    if same_meter and said in _FAILS:
        return (yield from steps.elsewhere(ctx, order.id))
    if (shown := _shown(said)) is not None and shown != known.shown:
        return steps.coach(ctx, order, shown, 0)
    word = vocabulary.exact(said)
    if _TRYING.search(said) or (word is not None and word.name == "confirm"):
        return Reply(ctx.t("coach.take_time"), no_question=True)
    return None


def said_in_passing(ctx: Context, typed: Typed) -> Script[Answer | None]:
    """A longer text, or a meter's own word, that says that a code was refused; None for any other."""
    said = typed.folded
    is_said = _REFUSED.search(said) is not None
    word = vocabulary.exact(said)
    is_another = word is not None and word.name == "other_meter" and _METER.search(said) is not None
    shown = "rejected" if is_another else _shown(said)
    if not is_said and not is_another and (shown is None or not _is_shown(said, shown)):
        return None
    order = yield from steps.newest(ctx)
    if order is not None:
        return steps.coach(ctx, order, shown or "", 0)
    if not is_said or not (_METER.search(said) or (yield from own_orders.open_of(ctx.person.whose))):
        # Whoever has no code here means something else.
        return None
    return (yield from steps.refused(ctx))


def _shown(said: str) -> str | None:
    return next((shown for shown, words in _SHOWN.items() if words.search(said)), None)


def _is_shown(said: str, shown: str) -> bool:
    """Whether a whole text is what a meter shows: `error 30`."""
    return _SHOWN[shown].fullmatch(" ".join(part for part in said.split() if not part.isdecimal())) is not None
