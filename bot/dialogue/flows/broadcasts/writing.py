"""`/broadcast`: an operator writes to many people. Pure.

They write the text in French and in English (or the same for everybody, or one language only, and then the people of
the other get nothing), choose who gets it, see it as it will be read, and confirm.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.admin_pending import Announcement
from bot.dialogue.context import Answer, Context, Deciding, Reply
from bot.dialogue.flows.broadcasts.audience import ask_audience
from bot.dialogue.flows.broadcasts.sending import busy, end
from bot.domain.text import fold
from bot.i18n import Safe
from bot.languages import answers
from bot.repositories import broadcasts

MAX_CHARACTERS = 3000
SAME = "="
SKIP = "-"
_STOP: Final = answers("stop_broadcast")


def broadcast(ctx: Context, rest: str) -> Deciding:
    """`/broadcast`, `/broadcast stop`."""
    running = yield from broadcasts.under_way()
    if fold(rest) in _STOP:
        return (yield from end(ctx, running))
    if running is not None:
        return busy(ctx, running)
    ctx.session = replace(ctx.afresh(), pending=Announcement())
    return ask_french(ctx)


def ask_french(ctx: Context) -> Answer:
    """The text in French."""
    rows = ((ctx.button("button.skip", "skip"), ctx.button("button.cancel", "cancel")),)
    return ctx.ask("broadcast_fr", ctx.t("broadcast.ask_fr"), rows)


def _is_long(text: str) -> bool:
    """Whether a text is too long for a message, once it is escaped."""
    return len(Safe.escape(text)) > MAX_CHARACTERS


def read_french(ctx: Context, text: str) -> Answer:
    """The text in French, or `-` for none."""
    if _is_long(text):
        return Reply(ctx.t("broadcast.long", most=MAX_CHARACTERS))
    ctx.session = replace(ctx.session, pending=Announcement(fr="" if text == SKIP else text))
    return ask_english(ctx)


def skip_french(ctx: Context, _: str = "") -> Answer:
    """Nothing in French."""
    return read_french(ctx, SKIP)


def ask_english(ctx: Context) -> Answer:
    """The text in English."""
    same = (ctx.button("button.same_text", "same"),) if ctx.pending(Announcement).fr else ()
    rows = ((*same, ctx.button("button.skip", "skip")), (ctx.button("button.back", "back"),))
    return ctx.ask("broadcast_en", ctx.t("broadcast.ask_en" if same else "broadcast.ask_en_only"), rows)


def read_english(ctx: Context, text: str) -> Answer:
    """The text in English, `=` for the same as in French, or `-` for none."""
    if _is_long(text):
        return Reply(ctx.t("broadcast.long", most=MAX_CHARACTERS))
    texts = ctx.pending(Announcement)
    texts = replace(texts, en=texts.fr if text == SAME else "" if text == SKIP else text)
    if not (texts.fr or texts.en):
        ctx.prefix = ctx.t("broadcast.nothing")
        return ask_french(ctx)
    ctx.session = replace(ctx.session, pending=texts)
    return ask_audience(ctx)


def skip_english(ctx: Context, _: str = "") -> Answer:
    """Nothing in English."""
    return read_english(ctx, SKIP)


def same_english(ctx: Context, _: str = "") -> Answer:
    """The same text for everybody."""
    return read_english(ctx, SAME)
