"""What is asked of the store about broadcasts. Pure values."""

from bot.dialogue.looks import Look


class LookAudience(Look, frozen=True):
    """→ tuple[Listeners, ...] of an audience at `now`, a language each."""

    audience: str
    now: int


class LookBroadcast(Look, frozen=True):
    """→ Broadcast | None: the one that is under way."""
