"""The demonstration: the whole bot in one terminal, with a simulated provider and a customer who pays by Wave; or,
asked for, with a reseller or the owner, who have money.

No account, no network, no file: the store is in memory, provider and collector in this process, time runs a little
faster there. At a keyboard it is a chat, and the customer pays by hand: on the page that the link opens in a browser on
this machine, or by typing /pay. Through a pipe it reads lines, waits after each until everything has been said, and
somebody pays after a moment. With no input at all it plays a sample conversation, in which the customer pays, the
purchase is processed for a while, and its code comes later.
"""

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from bot import logs
from bot.app import Demonstration, Part
from bot.domain.people import Language
from bot.languages import DEFAULT, pick

if TYPE_CHECKING:
    from bot.app.demo_meeting import Meeting

FUNDS_XOF: dict[Part, int] = {"customer": 0, "reseller": 200_000, "admin": 50_000}
QUIET_SECONDS = 0.05
ANSWER_SECONDS = 15.0
ORDER_SECONDS = 90.0

SAMPLE: dict[Part, dict[Language, tuple[str, ...]]] = {
    "customer": {
        "fr": ("/start", "1", "14 1234 567 01", "2000", "wave", "/pay", "/code", "/history"),
        "en": ("/start", "1", "14 1234 567 01", "2000", "wave", "/pay", "/code", "/history"),
    },
    "reseller": {
        "fr": ("/start", "/addclient Fatou Ndiaye; 14123456789", "fatou 5000", "oui", "/day", "/balance"),
        "en": ("/start", "/addclient Fatou Ndiaye; 14123456789", "fatou 5000", "yes", "/day", "/balance"),
    },
    "admin": {
        "fr": ("/help", "w 14123456789 5000", "oui", "/today", "/float", "/audit"),
        "en": ("/help", "w 14123456789 5000", "yes", "/today", "/float", "/audit"),
    },
}
WELCOME: dict[Language, str] = {
    "fr": "Démonstration : argent fictif, prestataire simulé. Tapez /start pour commencer, /quit pour sortir.\n",
    "en": "Demonstration: play money, simulated provider. Type /start to begin, /quit to leave.\n",
}
TOGETHER: dict[Language, str] = {
    "fr": "Dans un autre terminal, --as admin ou --as reseller vous fait vous rencontrer.\n",
    "en": "In another terminal, --as admin or --as reseller lets the two of you meet.\n",
}


async def demo(language: Language, part: Part | None = None) -> int:
    """Play until the input ends; answers the exit status. Whoever names a `part` at a keyboard plays it beside somebody
    who plays already, where there is one; a customer otherwise, or the part alone.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        return await _play(language, part or "customer")
    from bot.app.demo_meeting import Meeting

    meeting = Meeting.enter()
    if meeting is None:
        return await _play(language, part or "customer", at_keyboard=True)
    try:
        if not meeting.is_first and part is not None:
            from bot.app.demo_guest import play_beside

            if await play_beside(meeting, part, language):
                return 0
        return await _play(language, part or "customer", meeting if meeting.is_first else None, at_keyboard=True)
    finally:
        meeting.close()


async def _play(language: Language, part: Part, meeting: "Meeting | None" = None, *, at_keyboard: bool = False) -> int:
    """Play the whole bot; others may come to the `meeting`."""
    logs.configure("ERROR", stream=sys.stderr)
    show = await Demonstration.open(language, FUNDS_XOF[part], part, together=meeting is not None)
    show.by_hand = at_keyboard
    guests, may_come = None, False
    if meeting is not None:
        from bot.app.demo_meeting import Guests

        guests = Guests(show, part, FUNDS_XOF.__getitem__)
        may_come = await guests.open(meeting)
    print(pick(WELCOME, language) or WELCOME[DEFAULT])
    if may_come:
        print(pick(TOGETHER, language) or TOGETHER[DEFAULT])
    sys.stdout.flush()
    lines = 0
    try:
        async for line in show.terminal.lines():
            lines += 1
            await show.say(line)
            if not at_keyboard:
                await _settled(show, line)
        if not lines and not at_keyboard:
            show.by_hand = True
            for sample in pick(SAMPLE[part], language) or SAMPLE[part][DEFAULT]:
                show.terminal.echo(sample)
                await show.say(sample)
                await _settled(show, sample)
    finally:
        if guests is not None:
            await guests.aclose()
        await show.close()
    return 0


async def _settled(show: Demonstration, line: str) -> None:
    """Wait until the answer is out; after the last word of a purchase, until it was paid and its order has ended."""
    until = time.monotonic() + ANSWER_SECONDS
    longest = time.monotonic() + ORDER_SECONDS
    while time.monotonic() < until:
        await asyncio.sleep(QUIET_SECONDS)
        if not show.taal.idle:
            continue
        if not await show.awaited():
            return
        until = longest
