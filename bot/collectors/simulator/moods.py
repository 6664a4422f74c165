"""How the simulated payer, and the provider between us, behave: as data. Pure.

The last two digits of the payer's number choose the mood, or the last two of a sum whose last three lie between 901 and
999: 5,907 F is paid twice. Anything else is in the mood of `DEFAULT`. Seconds count from the create and are multiplied
by the simulator's `pace`. A payer of Wizall pays when their code, 123456, is handed on.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

TurnedAway: TypeAlias = Literal["401", "403", "429", "500", "lost"]


class Paying(Struct, frozen=True):
    """One payment: when, how much more than was asked, and whether from the number that was given."""

    after_seconds: float
    more_xof: int = 0
    other_number: bool = False


class Hook(Struct, frozen=True):
    """A webhook: when, and what it claims."""

    after_seconds: float
    status: str = "SUCCESS"
    forged: bool = False


class Mood(Struct, frozen=True):
    """One behaviour. `ends` is the status that a collection which nobody has paid has from when on; a look-up tells of
    a payment `shown_after_seconds` later. `answer` is what becomes of the answer to the first create that was taken.
    The fields that begin with `back_` are about a pay-back.
    """

    about: str
    turned_away: tuple[TurnedAway, ...] = ()
    answer: Literal["given", "lost", "409"] = "given"
    paying: tuple[Paying, ...] = (Paying(3),)
    ends: tuple[float, str] | None = None
    hooks: tuple[Hook, ...] = (Hook(3),)
    shown_after_seconds: float = 0
    word: str | None = None
    back_turned_away: tuple[Literal["float", "number", "lost"], ...] = ()
    back_for_ever: bool = False
    back_answer: Literal["given", "lost", "503"] = "given"
    back_steps: tuple[tuple[float, str], ...] = ((0, "SUCCESS"),)


DEFAULT = Mood("paid after 3 s, with a webhook")

MOODS: dict[str, Mood] = {
    "01": Mood("paid at once", paying=(Paying(0),), hooks=(Hook(0.1),)),
    "02": Mood("slow: paid after 40 s", paying=(Paying(40),), hooks=(Hook(40),)),
    "03": Mood("refused after 3 s", paying=(), ends=(3, "FAILED"), hooks=(Hook(3, "FAILED"),)),
    "04": Mood("cancelled after 3 s", paying=(), ends=(3, "CANCELLED"), hooks=(Hook(3, "CANCELLED"),)),
    "05": Mood("nobody pays; it expires after 20 s", paying=(), ends=(20, "EXPIRED"), hooks=()),
    "06": Mood("expires after 20 s and is paid after 60 s", paying=(Paying(60),), ends=(20, "EXPIRED"),
               hooks=(Hook(60),)),
    "07": Mood("paid twice", paying=(Paying(3), Paying(5)), hooks=(Hook(3), Hook(5))),
    "08": Mood("100 F too little is paid", paying=(Paying(3, -100),)),
    "09": Mood("500 F too much is paid", paying=(Paying(3, 500),)),
    "10": Mood("another telephone pays", paying=(Paying(3, 0, True),)),
    "11": Mood("a webhook after 3 s; a look-up tells the payment a minute later", shown_after_seconds=60),
    "12": Mood("no webhook: a look-up alone tells the payment", hooks=()),
    "13": Mood("a forged webhook says that it was paid, and nobody pays", paying=(), hooks=(Hook(2, forged=True),)),
    "14": Mood("the answer to the create is lost; paid after 10 s", answer="lost", paying=(Paying(10),),
               hooks=(Hook(10),)),
    "15": Mood("the first create is lost on its way; then paid after 3 s", turned_away=("lost",)),
    "16": Mood("created, and answered with a 409", answer="409"),
    "17": Mood("500 to the first create, which did nothing", turned_away=("500",)),
    "18": Mood("the first create is not authorized", turned_away=("403",)),
    "19": Mood("429 to the first create", turned_away=("429",)),
    "20": Mood("a status word never seen before, for ever", word="ACCEPTED", paying=(), hooks=()),
    "21": Mood("the same webhook five times", hooks=(Hook(3),) * 5),
    "22": Mood("pay-back: the answer is lost; it was taken, and is done after 5 s", back_answer="lost",
               back_steps=((0, "PROCESSING"), (5, "SUCCESS"))),
    "23": Mood("pay-back: the first call is lost on its way", back_turned_away=("lost",)),
    "24": Mood("pay-back: FAILED", back_steps=((0, "FAILED"),)),
    "25": Mood("pay-back: the float is too low, twice", back_turned_away=("float", "float")),
    "26": Mood("pay-back: PROCESSING for 20 s", back_steps=((0, "PROCESSING"), (20, "SUCCESS"))),
    "27": Mood("pay-back: 503, and it was taken", back_answer="503"),
    "28": Mood("pay-back: the number is refused", back_turned_away=("number",), back_for_ever=True),
    "29": Mood("the first create is refused for the key", turned_away=("401",)),
}  # fmt: skip


def mood_of(amount_xof: int, number: str | None) -> Mood:
    """The mood that a sum, or a payer's number, puts the simulator in."""
    if amount_xof % 1000 > 900:
        return MOODS.get(f"{amount_xof % 100:02d}", DEFAULT)
    return DEFAULT if number is None else MOODS.get(number[-2:], DEFAULT)
