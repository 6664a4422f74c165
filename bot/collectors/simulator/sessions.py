"""What the simulated collectors keep: collections and pay-backs, and how they stand at a time. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct, field

from bot.collectors.simulator.moods import Hook, Mood, Paying

Kind: TypeAlias = Literal["link", "push", "session"]


class Paid(Struct, frozen=True):
    """A payment that was made, at a time in milliseconds."""

    id: str
    at: int
    amount_xof: int
    number: str


class Session(Struct):
    """A collection. `page_path` is where a payer pays, `landing_urls` where they go on when it was paid, and when not.
    `decided` is what they chose on the page, and when: from then on nothing happens by itself any more.
    """

    id: str
    external_id: str
    kind: Kind
    amount_xof: int
    number: str
    callback_url: str | None
    custom_data: str
    created_at: int
    mood: Mood
    pace: float
    by_hand: bool = False
    about: str = ""
    page_path: str = ""
    landing_urls: tuple[str | None, str | None] = (None, None)
    decided: list[tuple[int, str]] = field(default_factory=list)
    credited: int = 0
    ended_at: int | None = None

    @property
    def fee_xof(self) -> int:
        """What the provider keeps of the sum that was asked for: 1 %."""
        return -(-self.amount_xof // 100)

    def payments(self, now: int) -> tuple[Paid, ...]:
        """The payments that were made until `now`."""
        plans = [] if self.by_hand else [(self.at(plan.after_seconds), plan) for plan in self.mood.paying]
        if self.decided:
            plans = [(at, plan) for at, plan in plans if at <= self.decided[0][0]]
        if self.kind == "push":
            # A push is one transaction: it cannot be paid twice.
            plans = plans[:1]
        plans += [(at, Paying(0)) for at, choice in self.decided if choice == "pay"]
        return tuple(
            Paid(f"{self.id}-{place}", at, self.amount_xof + plan.more_xof, self._payer(plan))
            for place, (at, plan) in enumerate(plans)
            if at <= now and (self.ended_at is None or at < self.ended_at)
        )

    def shown(self, now: int) -> tuple[Paid, ...]:
        """The payments that a look-up tells."""
        return self.payments(now - int(self.mood.shown_after_seconds * self.pace * 1000))

    def status(self, now: int) -> str:
        """The status word of a collection that nobody has paid."""
        for at, choice in self.decided:
            if choice != "pay" and at <= now:
                return "FAILED" if choice == "refuse" else "CANCELLED"
        if self.ended_at is not None and self.ended_at <= now:
            return "CANCELLED"
        if not self.by_hand and self.mood.ends is not None and self.at(self.mood.ends[0]) <= now:
            return self.mood.ends[1]
        return self.mood.word or "PENDING"

    def at(self, seconds: float) -> int:
        """When so many seconds of the mood have passed."""
        return self.created_at + int(seconds * self.pace * 1000)

    def hooks(self) -> tuple[Hook, ...]:
        """The webhooks that are planned."""
        return () if self.by_hand else self.mood.hooks

    def _payer(self, plan: Paying) -> str:
        number = self.number or "770000000"
        return "780000099" if plan.other_number else number


class PaidOut(Struct):
    """A pay-back that was taken."""

    id: str
    external_id: str
    amount_xof: int
    number: str
    created_at: int
    mood: Mood
    pace: float

    @property
    def fee_xof(self) -> int:
        """What the provider keeps: half a percent."""
        return -(-self.amount_xof // 200)

    def status(self, now: int) -> str:
        """The status word."""
        reached = [
            word for after, word in self.mood.back_steps if self.created_at + int(after * self.pace * 1000) <= now
        ]
        return reached[-1]
