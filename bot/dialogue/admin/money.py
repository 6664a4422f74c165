"""An admin credits or debits somebody, and asks for the float. Pure.

A credit is as good as gone once it is with the wrong person, so it is asked about where it may be a slip: an address
that nobody has takes the word `new`, the same move a moment after another takes a word of its own, a large sum is
written in words, and a payment's reference is used once.
"""

import re
from collections.abc import Generator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from bot.dialogue import read
from bot.dialogue.admin.acting_looks import (
    AuditLine,
    LookReference,
    LookSameMove,
    LookStanding,
    Standing,
    UsedReference,
)
from bot.dialogue.admin.alerts import float_lines
from bot.dialogue.admin.drafts import TWIN, Draft, address_in, ask, begin, done, whose
from bot.dialogue.admin.effects import Audit
from bot.dialogue.admin.in_words import IN_WORDS_FROM_XOF, MOST_XOF, in_words
from bot.dialogue.admin.second import only_owner
from bot.dialogue.admin.watch_looks import FloatNow, KeepFloat, LookFloat
from bot.dialogue.effects import AskFloat, FloatAnswered, MoveMoney, Say
from bot.dialogue.here import Answer, Aside, Deciding, Here, brief, lines, paragraphs
from bot.dialogue.looks import Balance, Look, LookBalance
from bot.dialogue.vocabulary import fold
from bot.i18n import Safe
from bot.model import MAX_AMOUNT_XOF, Address, Float, Outbound

NEW: Final = "new"
_NEW: Final = frozenset({"new", "nouveau", "nouvelle"})
# The payment's own number, as Wave or a receipt has it.
_REFERENCE: Final = re.compile(r"(?<!\S)r[ée]f\s*[:=]\s*([A-Za-z0-9][A-Za-z0-9._/-]{2,39})(?!\S)", re.IGNORECASE)


def credit(here: Here, rest: str) -> Deciding:
    """`/credit ADDRESS AMOUNT [new] [ref:REFERENCE] reason`."""
    return (yield from _move(here, rest, 1))


def debit(here: Here, rest: str) -> Deciding:
    """`/debit ADDRESS AMOUNT [ref:REFERENCE] reason`."""
    return (yield from _move(here, rest, -1))


def _move(here: Here, rest: str, sign: int) -> Deciding:
    """Read the command and ask for a Confirm that shows the balance before and after."""
    address_text, _, tail = rest.partition(" ")
    amount_text, why = amount_and_why(tail)
    amount_xof, address = read.amount(amount_text), address_in(address_text)
    if address is None or amount_xof is None or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return Aside(here.t("admin.move.usage"))
    standing: Standing = yield LookStanding(address)
    why, marks = _marks(why, known=standing.known)
    draft = f"move {here.speaker.fresh[0]} {address} {sign * amount_xof}{marks}"
    # A payment's own number is reason enough.
    return (yield from MOVE.put(here, begin(here, draft, why or _read(draft).reference)))


def _marks(why: str, *, known: bool) -> tuple[str, str]:
    """The reason, without what is said of the person (`new`) and of the payment (`ref:…`); and these for the draft."""
    first, _, rest = why.partition(" ")
    marks = ""
    if not known and fold(first) in _NEW:
        why, marks = rest, f" {NEW}"
    if (found := _REFERENCE.search(why)) is not None:
        marks += f" ref={found[1].upper()}"
        why = " ".join((why[: found.start()] + why[found.end() :]).split())
    return why, marks


def amount_and_why(text: str) -> tuple[str, str]:
    """The leading words that are part of an amount (`5 000 F`), and the reason after them."""
    words = text.split()
    taken = 0
    while taken < len(words) and read.is_figure(words[taken], first=taken == 0):
        taken += 1
    return " ".join(words[:taken]), " ".join(words[taken:])


class Move(Struct, frozen=True):
    """What a draft moves: to whom (negative: from whom), how much, whether they may be somebody new, whether it is
    known to repeat another move, and the payment's own reference.
    """

    key: str
    address: Address
    amount_xof: int
    new: bool = False
    twin: bool = False
    reference: str = ""

    @property
    def what(self) -> str:
        return "credit" if self.amount_xof > 0 else "debit"


def _read(draft: str) -> Move:
    # A session may still hold a draft of an older version, in which a note followed.
    _, key, address, amount, *marks = draft.split(" ")
    reference = next((mark[4:] for mark in marks if mark.startswith("ref=")), "")
    return Move(key, Address.parse(address), int(amount), NEW in marks, TWIN in marks, reference)


def _problem(here: Here, move: Move, balance: Balance) -> Generator[Look, Any, Aside | None]:
    """Why a move cannot be: nobody is there, a payment was counted before, or there is less than is to be taken."""
    t, address = here.t, str(move.address)
    standing: Standing = yield LookStanding(move.address)
    if not standing.known and not move.new:
        key = "admin.credit.stranger" if move.amount_xof > 0 else "admin.person.none"
        return Aside(t(key, address=address, amount=abs(move.amount_xof)))
    if move.reference:
        used: UsedReference | None = yield LookReference(move.reference)
        if used is not None:
            named = {"reference": used.reference, "moment": t.moment(used.at), "by": used.by, "address": used.address}
            return Aside(t("admin.move.reference_used", amount=t.money(abs(used.amount_xof)), **named))
    if move.amount_xof > 0:
        return None
    if standing.frozen:
        return Aside(t("admin.debit.frozen", address=address))
    if balance.available_xof < -move.amount_xof:
        return Aside(t("admin.debit.too_much", address=address, balance=t.money(max(0, balance.available_xof))))
    return None


def _twin(here: Here, move: Move) -> Generator[Look, Any, AuditLine | None]:
    """The same move for the same person a moment ago, whoever did it."""
    since = here.speaker.now - here.shop.twin_seconds * 1000
    found: AuditLine | None = yield LookSameMove(move.what, move.address, abs(move.amount_xof), since)
    return found


def sum_in_words(here: Here, amount_xof: int) -> Safe | None:
    """A large sum in words: a zero too many is read there."""
    if not IN_WORDS_FROM_XOF <= amount_xof <= MOST_XOF:
        return None
    return here.t("admin.in_words", words=in_words(amount_xof, here.session.language))


def ask_move(here: Here, draft: str) -> Deciding:
    """What the move would do to the balance."""
    t, move = here.t, _read(draft)
    balance: Balance = yield LookBalance(move.address)
    if (problem := (yield from _problem(here, move, balance))) is not None:
        return problem
    twin = yield from _twin(here, move)
    if twin is not None and not move.twin:
        draft, why = f"{draft} {TWIN}", here.session.why
        here.session = replace(here.session, draft=draft, why=why)
    key = "admin.credit.ask" if move.amount_xof > 0 else "admin.debit.ask"
    text = paragraphs(
        None if twin is None else t("admin.move.twin", clock=t.clock(twin.at), by=twin.address, why=twin.why),
        lines(
            t(key, amount=t.money(abs(move.amount_xof)), address=str(move.address)),
            sum_in_words(here, abs(move.amount_xof)),
            t("admin.move.new") if move.new else None,
            t("admin.move.reference", reference=move.reference) if move.reference else None,
            t("admin.move.before", balance=t.money(balance.available_xof)),
            t("admin.move.after", balance=t.money(balance.available_xof + move.amount_xof)),
            t("admin.move.seen"),
        ),
    )
    return ask(here, text, draft, must=True, label="button.admin_confirm" if twin is None else "button.admin_twice")


def do_move(here: Here, draft: str) -> Deciding:
    """Move it, and tell whose money it is."""
    t, move = here.t, _read(draft)
    balance: Balance = yield LookBalance(move.address)
    if (problem := (yield from _problem(here, move, balance))) is not None:
        return problem
    if not move.twin and (yield from _twin(here, move)) is not None:
        # Somebody was quicker with the same: it is asked about first.
        return (yield from ask_move(here, draft))
    why = " · ".join(dict.fromkeys(filter(None, (here.session.why, move.reference))))
    after_xof = balance.available_xof + move.amount_xof
    # The customer's language is not known here: French, then English.
    both = paragraphs(
        *(
            voice(
                "money.credited" if move.amount_xof > 0 else "money.debited",
                amount=voice.money(abs(move.amount_xof)),
                balance=voice.money(after_xof),
            )
            for voice in here.shop.words.values()
        )
    )
    here.effects += (
        Audit(move.what, str(move.address), why, abs(move.amount_xof)),
        MoveMoney(f"admin:{move.key}", move.address, move.amount_xof, why, move.reference),
        Say(Outbound(both, keep=True), move.address),
    )
    text = t(
        "admin.credit.done" if move.amount_xof > 0 else "admin.debit.done",
        amount=t.money(abs(move.amount_xof)),
        address=str(move.address),
        balance=t.money(after_xof),
    )
    return done(here, text)


def moved(here: Here, draft: str) -> Generator[Look, Any, int]:
    """How much a draft moves."""
    yield from ()
    return abs(_read(draft).amount_xof)


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
        told = lines(t("admin.float", balance=t.money(answer.balance_xof)), float_lines(t, known, fresh=True))
        return Aside(paragraphs(told, (yield from _alone(here))), apart=True)
    known = yield LookFloat(here.speaker.now)
    text = t("admin.float.unavailable", cause=brief(answer.cause, 200))
    return Aside(paragraphs(text, float_lines(t, known, fresh=False), (yield from _alone(here))), apart=True)


def _alone(here: Here) -> Generator[Look, Any, Safe | None]:
    """That one telephone can move everything, where that is so."""
    if here.shop.approval_xof is not None or not (yield from only_owner(here)):
        return None
    return here.t("admin.float.one_owner", limit=here.t.money(here.shop.approval_default_xof))


MOVE = Draft(
    ask_move,
    do_move,
    "owner",
    whose(2),
    "sum",
    "what goes to or comes from a customer is money of the operator's",
    moved,
)
