"""The terminal of the demonstration: it says below a link how to pay, and knows the words that stand for the page."""

from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from bot.channels.terminal import TerminalChannel
from bot.domain.outbound import File, Outbound, SendResult
from bot.domain.people import Address, Language
from bot.languages import DEFAULT, pick

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
    `by_hand`.
    """

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.pages: str | None = None
        self.by_hand = False
        self._language = language

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        """Print one message."""
        if self.by_hand and self.pages is not None and self.pages in outbound.text:
            outbound = replace(outbound, text=f"{outbound.text}\n\n{self._words(_HOW)}")
        return await super().send(address, outbound, file)

    async def say_nothing_waits(self, address: Address) -> None:
        """Say that there is nothing to be paid."""
        await super().send(address, Outbound(self._words(_NOTHING)))

    def _words(self, texts: dict[Language, str]) -> str:
        return pick(texts, self._language) or texts[DEFAULT]
