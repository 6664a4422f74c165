"""What admins set going while they read. Pure."""

from bot.dialogue.effects import Effect


class Resend(Effect, frozen=True):
    """The latest news of an order goes to its owner again; whoever sends it sees no code."""

    order_id: str
