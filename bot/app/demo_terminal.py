"""The terminal of the demonstration: it says below a link how to pay, and knows the words that stand for the page."""

from typing import Final, Literal, TextIO, TypeAlias

from msgspec.structs import replace

from bot.channels.terminal import TerminalChannel
from bot.domain.outbound import File, Outbound, SendResult
from bot.domain.people import Address, Language
from bot.languages import DEFAULT, pick

NOBODY = Address("terminal", "nobody")
Choice: TypeAlias = Literal["pay", "refuse"]
# What the customer may type in place of opening the page.
CHOICES: Final[dict[str, Choice]] = {"/pay": "pay", "/payer": "pay", "/refuse": "refuse", "/refuser": "refuse"}

_HOW: Final[dict[Language, str]] = {
    "fr": "<i>Démonstration : ouvrez ce lien dans votre navigateur, ou tapez /pay ; /refuse pour refuser.</i>",
    "en": "<i>Demonstration: open this link in your browser, or type /pay; /refuse to refuse.</i>",
}
_NOTHING: Final[dict[Language, str]] = {
    "fr": "<i>Démonstration : aucun paiement n’est attendu.</i>",
    "en": "<i>Demonstration: no payment is waited for.</i>",
}


class DemoTerminal(TerminalChannel):
    """A terminal that explains the links to `pages`, the address under which they are, where the customer pays
    `by_hand`. What is for one of the `others` is printed on theirs.
    """

    def __init__(self, language: Language, out: TextIO | None = None, *, colour: bool | None = None) -> None:
        super().__init__(out, colour=colour)
        self.pages: str | None = None
        self.by_hand = False
        self.others: dict[Address, DemoTerminal] = {}
        self.language = language

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        """Print one message."""
        if (other := self.others.get(address)) is not None:
            return await other.send(address, outbound, file)
        if self.by_hand and self.pages is not None and self.pages in outbound.text:
            outbound = replace(outbound, text=f"{outbound.text}\n\n{self._words(_HOW)}")
        return await super().send(address, outbound, file)

    async def say_nothing_waits(self) -> None:
        """Say that there is nothing to be paid."""
        await self.note(self._words(_NOTHING))

    async def note(self, text: str) -> None:
        """Say something that is of the demonstration, and not of the bot."""
        await super().send(NOBODY, Outbound(text))

    def _words(self, texts: dict[Language, str]) -> str:
        return pick(texts, self.language) or texts[DEFAULT]
