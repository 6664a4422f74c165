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

from bot.app import Demonstration, Part
from bot.domain.people import Language
from bot.languages import DEFAULT, pick

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


async def demo(language: Language, part: Part = "customer") -> int:
    """Play until the input ends; answers the exit status."""
    show = await Demonstration.open(language, FUNDS_XOF[part], part)
    show.by_hand = sys.stdin is not None and sys.stdin.isatty()
    print(pick(WELCOME, language) or WELCOME[DEFAULT])
    sys.stdout.flush()
    at_keyboard, lines = show.by_hand, 0
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
