"""What was sent before a question was shown cannot answer it. Pure.

Theory of operation. A message counts as said when its person sent it, not when it came in: channels keep messages
through an outage and bring them all at once. So every question remembers when it was first shown (`asked_at`), and a
text that was sent before that is no answer to it: no yes to a quote, no amount, no pick of a number in a list. People
are warned once for all messages that were held up together (`warned_of_delay`): what they sent before they could read
the warning is ignored. A quote that was made anew is another question. A message older than a quote's life does nothing
at all.

Both times must come from one clock. The channel's is known by what it stamps on every text, in whole seconds, and ours
may be some seconds off. The difference between the two for a text that came at once is the clocks' own (`lag_ms`): the
least of a session's is taken, for only delay adds to it, and it is subtracted from the time at which we show a
question. What came later than `PROMPT_SECONDS` says nothing of the clocks. A stamp counts as the end of its second, so
that an answer in the second of its question is never refused.

    wrongly refused: nothing, while ours is no more than about three seconds ahead, or any time behind
    wrongly taken:   what was sent in the second before the question was shown; and, where every message of a session
                     was held up by less than `PROMPT_SECONDS`, what was sent too early by as much

In some channels a tap has no time of its own (its message's is that of the question), and needs none: it can only be
made once the question is there, its number says which question it was made for, and a channel keeps it for minutes.
Where a tap is stamped like a text, it is too old like one.

A clock of ours that is further ahead than that refuses honest answers for as long as it is ahead. It pays nothing, but
somebody must set it: `Clocks` tells.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.context import IDLE, Answer, Context, Reply
from bot.dialogue.menu import menu_rows
from bot.dialogue.session import PROMPT_SECONDS, Person, Session
from bot.notices.layout import truncate
from bot.shop import ShopSettings

# How much of a message that came late is quoted, so that the person knows which one it was.
MAX_QUOTED_CHARACTERS = 40
# Among so many messages at least one came at once.
COMPARED_MESSAGES: Final = 100


def is_stale(person: Person, shop: ShopSettings) -> bool:
    """Whether a message was under way for longer than a quote lives."""
    life_seconds = min(shop.stale_seconds, shop.quote_seconds)
    return person.sent_at is not None and person.now - person.sent_at > life_seconds * 1000


def is_early(session: Session, person: Person) -> bool:
    """Whether a message was sent before the question that stands was shown."""
    return _is_sent_before(person, session.asked_at)


def is_before(ctx: Context, moment: int) -> bool:
    """Whether a message was sent before a moment of our own clock, at which something was asked elsewhere."""
    return _is_sent_before(ctx.person, moment - (ctx.session.lag_ms or 0))


def _is_sent_before(person: Person, moment: int) -> bool:
    sent_at = person.sent_at
    if sent_at is None:
        return False
    return (sent_at if sent_at % 1000 else sent_at + 999) < moment


def came_before(ctx: Context, quoted: str) -> Reply:
    """The reply to a text that was sent before the question, which is put again."""
    ctx.session = replace(ctx.session, warned_of_delay=True)
    return Reply(ctx.t("late.text", text=truncate(" ".join(quoted.split()), MAX_QUOTED_CHARACTERS)))


def still_there(ctx: Context, text: str | None, left: bool) -> Answer:
    """A message that was under way for long does nothing: whoever sent it may want something else by now.

    Of several that come in a row, the first is answered and the others are ignored until something fresh is said: they
    were held up together, and one question is enough.
    """
    if ctx.warned_of_delay and not left:
        ctx.session = replace(ctx.session, warned_of_delay=True)
        return ctx.nothing()
    quoted = None if text is None else truncate(" ".join(text.split()), MAX_QUOTED_CHARACTERS)
    asked = ctx.t("still_there", text=quoted) if quoted else ctx.t("still_there.button")
    return ctx.ask(IDLE, asked, menu_rows(ctx), base=ctx.afresh(), greeted=True, warned_of_delay=True)


class Clocks:
    """Whether our clock and a channel's go together, from when people's messages were sent and came in."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}

    def compare(self, channel: str, lag_ms: int) -> int | None:
        """One more message. By how many seconds ours is ahead, once enough agree that it is too many; else None."""
        count, least = self._seen.get(channel, (0, lag_ms))
        count, least = count + 1, min(least, lag_ms)
        if count < COMPARED_MESSAGES:
            self._seen[channel] = (count, least)
            return None
        self._seen.pop(channel, None)
        return None if abs(least) <= PROMPT_SECONDS * 1000 else least // 1000
