"""An admin credits or debits somebody, and asks for the float. Pure."""

from collections.abc import Generator
from typing import Any

from bot.dialogue import read
from bot.dialogue.admin.acting_looks import LookStanding, Standing
from bot.dialogue.admin.alerts import float_lines
from bot.dialogue.admin.drafts import Draft, address_in, ask, begin, done, whose
from bot.dialogue.admin.effects import Audit
from bot.dialogue.admin.watch_looks import FloatNow, KeepFloat, LookFloat
from bot.dialogue.effects import AskFloat, FloatAnswered, MoveMoney, Say
from bot.dialogue.here import Answer, Aside, Deciding, Here, brief, lines, paragraphs
from bot.dialogue.looks import Balance, Look, LookBalance
from bot.model import MAX_AMOUNT_XOF, Address, Float, Outbound


def credit(here: Here, rest: str) -> Deciding:
    """`/credit ADDRESS AMOUNT reason`."""
    return (yield from _move(here, rest, 1))


def debit(here: Here, rest: str) -> Deciding:
    """`/debit ADDRESS AMOUNT reason`."""
    return (yield from _move(here, rest, -1))


def _move(here: Here, rest: str, sign: int) -> Deciding:
    """Read the command and ask for a Confirm that shows the balance before and after."""
    address_text, _, tail = rest.partition(" ")
    amount_text, why = amount_and_why(tail)
    amount_xof, address = read.amount(amount_text), address_in(address_text)
    if address is None or amount_xof is None or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return Aside(here.t("admin.move.usage"))
    draft = begin(here, f"move {here.speaker.fresh[0]} {address} {sign * amount_xof}", why)
    return (yield from MOVE.put(here, draft))


def amount_and_why(text: str) -> tuple[str, str]:
    """The leading words that are part of an amount (`5 000 F`), and the reason after them."""
    words = text.split()
    taken = 0
    while taken < len(words) and read.is_figure(words[taken], first=taken == 0):
        taken += 1
    return " ".join(words[:taken]), " ".join(words[taken:])


def _read(draft: str) -> tuple[str, Address, int]:
    # A session may still hold a draft of an older version, in which a note followed.
    _, key, address, amount, *_ = draft.split(" ")
    return key, Address.parse(address), int(amount)


def _problem(here: Here, address: Address, amount_xof: int, balance: Balance) -> Generator[Look, Any, Aside | None]:
    """Why money cannot be taken from somebody; None when it can, and always when it is given."""
    t = here.t
    if amount_xof > 0:
        return None
    standing: Standing = yield LookStanding(address)
    if standing.frozen:
        return Aside(t("admin.debit.frozen", address=str(address)))
    if balance.available_xof < -amount_xof:
        return Aside(t("admin.debit.too_much", address=str(address), balance=t.money(max(0, balance.available_xof))))
    return None


def ask_move(here: Here, draft: str) -> Deciding:
    """What the move would do to the balance."""
    t = here.t
    _, address, amount_xof = _read(draft)
    balance: Balance = yield LookBalance(address)
    if (problem := (yield from _problem(here, address, amount_xof, balance))) is not None:
        return problem
    key = "admin.credit.ask" if amount_xof > 0 else "admin.debit.ask"
    text = lines(
        t(key, amount=t.money(abs(amount_xof)), address=str(address)),
        t("admin.move.before", balance=t.money(balance.available_xof)),
        t("admin.move.after", balance=t.money(balance.available_xof + amount_xof)),
        t("admin.move.seen"),
    )
    return ask(here, text, draft, must=True)


def do_move(here: Here, draft: str) -> Deciding:
    """Move it, and tell whose money it is."""
    t, why = here.t, here.session.why
    key, address, amount_xof = _read(draft)
    balance: Balance = yield LookBalance(address)
    if (problem := (yield from _problem(here, address, amount_xof, balance))) is not None:
        return problem
    after_xof = balance.available_xof + amount_xof
    told = "credited" if amount_xof > 0 else "debited"
    # The customer's language is not known here: French, then English.
    both = paragraphs(
        *(
            voice(
                "money.credited" if told == "credited" else "money.debited",
                amount=voice.money(abs(amount_xof)),
                balance=voice.money(after_xof),
            )
            for voice in here.shop.words.values()
        )
    )
    here.effects += (
        Audit("credit" if amount_xof > 0 else "debit", str(address), why, abs(amount_xof)),
        MoveMoney(f"admin:{key}", address, amount_xof, why),
        Say(Outbound(both, keep=True), address),
    )
    text = t(
        "admin.credit.done" if amount_xof > 0 else "admin.debit.done",
        amount=t.money(abs(amount_xof)),
        address=str(address),
        balance=t.money(after_xof),
    )
    return done(here, text)


def moved(here: Here, draft: str) -> Generator[Look, Any, int]:
    """How much a draft moves."""
    yield from ()
    return abs(_read(draft)[2])


def ask_float(here: Here, _: str = "") -> Answer:
    """`/float`: the operator's money at the provider; the answer comes as an event."""
    here.effects += (AskFloat(),)
    return Aside(here.t("admin.float.asked"), apart=True)


def float_answered(here: Here, event: FloatAnswered) -> Deciding:
    """The provider told its balance, or did not; what is remembered is told either way."""
    t, answer = here.t, event.answer
    if isinstance(answer, Float):
        here.effects += (KeepFloat(answer.balance_xof),)
        known: FloatNow = yield LookFloat(here.speaker.now, answer.balance_xof)
        return Aside(
            lines(t("admin.float", balance=t.money(answer.balance_xof)), float_lines(t, known, fresh=True)), apart=True
        )
    known = yield LookFloat(here.speaker.now)
    text = t("admin.float.unavailable", cause=brief(answer.cause, 200))
    return Aside(paragraphs(text, float_lines(t, known, fresh=False)), apart=True)


MOVE = Draft(
    ask_move,
    do_move,
    "owner",
    whose(2),
    "sum",
    "what goes to or comes from a customer is money of the operator's",
    moved,
)
