"""A world for the dialogue whose every channel shows three buttons and no commands, as WhatsApp does."""

from msgspec.structs import replace

from bot.channels.whatsapp.abilities import BUTTONS, LIST_ROWS
from bot.domain.people import Address
from bot.engine.event_result import EventResult
from bot.notices.layout import spoken
from tests.dialogue_world import AWA, World
from tests.trade_world import Town

__all__ = ["NarrowTown", "NarrowWorld"]

# What leads to the rest of a client's buttons.
_MORE = "⚙️"


class NarrowWorld(World):
    """Whoever looks for a button that is not there presses the one that leads to it, or types what it says."""

    def __post_init__(self) -> None:
        super().__post_init__()
        channels = self.shop.channels.items()
        narrow = {
            name: replace(of, buttons=BUTTONS, list_rows=LIST_ROWS, commands=False, holds=True, edits=False)
            for name, of in channels
        }
        self.under(channels=narrow)

    def tap(self, label: str, address: Address = AWA, *, gone: bool = False, sent_at: int | None = None) -> EventResult:
        """Press the newest button with that label."""
        if (pressed := self._pressed(label, address, gone, sent_at)) is not None:
            return pressed
        if self._pressed(_MORE, address, False, None) is None:
            return self.say(spoken(label), address, sent_at)
        return super().tap(label, address, gone=gone, sent_at=sent_at)

    def _pressed(self, label: str, address: Address, gone: bool, sent_at: int | None) -> EventResult | None:
        try:
            return super().tap(label, address, gone=gone, sent_at=sent_at)
        except AssertionError as error:
            if not str(error).startswith("no button"):
                raise
            return None


class NarrowTown(NarrowWorld, Town):
    """The same of a town."""
