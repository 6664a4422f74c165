"""How the simulated provider behaves, as data: the last two digits of the meter or reference choose the mood. Pure.

Seconds count from the moment a payment is accepted and are multiplied by the simulator's `pace`. A number that is not
in the table is in the mood of `DEFAULT`: the payment succeeds at once.
"""

from typing import Literal, TypeAlias

from msgspec import Struct

# What an attempt to pay meets before anything is accepted.
TurnedAway: TypeAlias = Literal["400", "401", "403", "409", "429", "500", "lost"]


class WebhookPlan(Struct, frozen=True):
    """A webhook: when, what it claims (None: it has no status word), and whether it brings the code, none, or a wrong
    one.
    """

    after_seconds: float
    status: str | None = "SUCCESS"
    code: Literal["right", "none", "wrong"] = "right"


class Mood(Struct, frozen=True):
    """One behaviour.

    `turned_away` is what the first attempts of an order meet; with `for_ever` the last of it is what all others meet.
    `steps` are the statuses of an accepted payment over time; `answered` replaces the status in the answer to the pay
    call, `answer` its form. The code is shown once `code_after_seconds` have passed (None: by a webhook alone), and of
    several only the first until `more_after_seconds` have. `number` is what a look-up names instead of the reference.
    """

    about: str
    turned_away: tuple[TurnedAway, ...] = ()
    for_ever: bool = False
    steps: tuple[tuple[float, str], ...] = ((0, "SUCCESS"),)
    answered: str | None = None
    answer: Literal["given", "lost", "500", "html", "shouted"] = "given"
    answer_after_seconds: float = 0
    webhooks: tuple[WebhookPlan, ...] = ()
    codes: int = 1
    code_after_seconds: float | None = 0
    more_after_seconds: float = 0
    number: str | None = None
    fee_basis_points: int = 100
    inquiry: Literal["known", "unknown", "unavailable"] = "known"
    bills: int = 1


_SOON = ((0, "PROCESSING"), (3, "SUCCESS"))
# After a pay call's usual time-out of 30 seconds, and before a person loses patience.
_LATE = (WebhookPlan(35),)

DEFAULT = Mood("paid at once, with the code")

MOODS: dict[str, Mood] = {
    "00": Mood("no bill is owed (Senelec, SenEau); Woyofal: paid at once", bills=0),
    "01": Mood("PROCESSING; the code by webhook after 3 s", steps=_SOON, webhooks=(WebhookPlan(3),)),
    "02": Mood(
        "PROCESSING and never a webhook; a look-up has the code after 8 s", steps=((0, "PROCESSING"), (8, "SUCCESS"))
    ),
    "03": Mood("three codes to type in order", codes=3),
    "04": Mood("unknown meter or reference", inquiry="unknown", turned_away=("400",), for_ever=True),
    "05": Mood("500 to the first attempt, which was not accepted; then paid at once", turned_away=("500",)),
    "06": Mood(
        "accepted, but the answer never comes; webhook after 35 s, 409 meanwhile", answer="lost", webhooks=_LATE
    ),
    "07": Mood("the first attempt is lost on its way; then paid at once", turned_away=("lost",)),
    "08": Mood("SUCCESS without a code; a look-up has it after 8 s", code_after_seconds=8),
    "09": Mood("409 to every attempt", turned_away=("409",), for_ever=True),
    "10": Mood("403 under maintenance, twice; then paid at once", turned_away=("403", "403")),
    "11": Mood("PROCESSING; the same webhook five times", steps=_SOON, webhooks=(WebhookPlan(3),) * 5),
    "12": Mood("400: the operator's float is not enough", turned_away=("400",), for_ever=True),
    "13": Mood("FAILED at once", steps=((0, "FAILED"),)),
    "14": Mood(
        "FAILED at once, SUCCESS after 5 s by webhook",
        steps=((0, "FAILED"), (5, "SUCCESS")),
        webhooks=(WebhookPlan(5),),
    ),
    "15": Mood("slow: paid, but answered after 8 s", answer_after_seconds=8),
    "16": Mood("paid at once, answered flat, in capitals, with numbers as strings", answer="shouted"),
    "17": Mood(
        "the webhook comes before the answer, which says PROCESSING",
        answered="PROCESSING",
        answer_after_seconds=1,
        webhooks=(WebhookPlan(0),),
    ),
    "18": Mood("paid at once with a fee of 3 % instead of 1 %", fee_basis_points=300),
    "19": Mood("429 to the first attempt; then paid at once", turned_away=("429",)),
    "20": Mood("401 to the first attempt; then paid at once", turned_away=("401",)),
    "21": Mood("accepted, but answered with 500; webhook after 35 s, 409 meanwhile", answer="500", webhooks=_LATE),
    "22": Mood("three bills are owed (Senelec, SenEau); Woyofal: paid at once", bills=3),
    "23": Mood(
        "PROCESSING, then FAILED by webhook after 3 s",
        steps=((0, "PROCESSING"), (3, "FAILED")),
        webhooks=(WebhookPlan(3, "FAILED", "none"),),
    ),
    "24": Mood(
        "a webhook lies: SUCCESS with a wrong code after 2 s, while a look-up says PROCESSING for 30 s",
        steps=((0, "PROCESSING"), (30, "SUCCESS")),
        webhooks=(WebhookPlan(2, code="wrong"),),
    ),
    "25": Mood(
        "a status word never seen before, SUCCESS after 5 s by webhook",
        steps=((0, "ACCEPTED"), (5, "SUCCESS")),
        webhooks=(WebhookPlan(5),),
    ),
    "26": Mood("the inquiry is out of order; nothing can be bought", inquiry="unavailable"),
    "27": Mood(
        "PROCESSING; the code by webhook alone after 3 s, a look-up never has it",
        steps=_SOON,
        webhooks=(WebhookPlan(3),),
        code_after_seconds=None,
    ),
    "28": Mood("PROCESSING for ever", steps=((0, "PROCESSING"),)),
    "29": Mood(
        "accepted, but answered with a web page; webhook after 35 s, 409 meanwhile", answer="html", webhooks=_LATE
    ),
    "30": Mood(
        "PROCESSING; a webhook without a status word has the code after 3 s, a look-up never",
        steps=_SOON,
        webhooks=(WebhookPlan(3, None),),
        code_after_seconds=None,
    ),
    "31": Mood(
        "paid at once with one code; after 3 s a webhook brings a second one, and a look-up has both",
        webhooks=(WebhookPlan(3),),
        codes=2,
        more_after_seconds=3,
    ),
    "32": Mood(
        "PROCESSING; a look-up has the code after 3 s, and names a telephone where others name the meter",
        steps=_SOON,
        number="221770000000",
    ),
}


def mood_of(reference: str) -> Mood:
    """The mood that a meter number or reference puts the provider in."""
    return MOODS.get(reference[-2:], DEFAULT)
