"""An admin credits or debits somebody, and asks for the float. Pure."""

from bot.dialogue import read
from bot.dialogue.admin.drafts import Draft, ask
from bot.dialogue.effects import AskFloat, FloatAnswered, MoveMoney, Say
from bot.dialogue.here import IDLE, Answer, Aside, Deciding, Here, brief, lines, paragraphs
from bot.dialogue.looks import Balance, LookBalance
from bot.dialogue.menus import home_row
from bot.errors import ModelError
from bot.model import MAX_AMOUNT_XOF, Address, Float, Outbound


def credit(here: Here, rest: str) -> Deciding:
    """`/credit ADDRESS AMOUNT [note]`."""
    return (yield from _move(here, rest, 1))


def debit(here: Here, rest: str) -> Deciding:
    """`/debit ADDRESS AMOUNT [note]`."""
    return (yield from _move(here, rest, -1))


def _move(here: Here, rest: str, sign: int) -> Deciding:
    """Read the command and ask for a Confirm that shows the balance before and after."""
    address_text, _, tail = rest.partition(" ")
    amount_text, note = amount_and_note(tail)
    amount_xof = read.amount(amount_text)
    try:
        address = Address.parse(address_text)
    except ModelError:
        address = None
    if address is None or amount_xof is None or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return Aside(here.t("admin.move.usage"))
    draft = f"move {here.speaker.fresh[0]} {address} {sign * amount_xof} {note[:200]}"
    return (yield from ask_move(here, draft))


def amount_and_note(text: str) -> tuple[str, str]:
    """The leading words that are part of an amount (`5 000 F`), and the note after them."""
    words = text.split()
    taken = 0
    while taken < len(words) and read.is_figure(words[taken], first=taken == 0):
        taken += 1
    return " ".join(words[:taken]), " ".join(words[taken:])


def ask_move(here: Here, draft: str) -> Deciding:
    """What the move would do to the balance."""
    t = here.t
    _, _, address_text, amount_text, note = draft.split(" ", 4)
    amount_xof = int(amount_text)
    balance: Balance = yield LookBalance(Address.parse(address_text))
    if amount_xof < 0 and balance.available_xof < -amount_xof:
        return Aside(t("admin.debit.too_much", address=address_text, balance=t.money(max(0, balance.available_xof))))
    key = "admin.credit.ask" if amount_xof > 0 else "admin.debit.ask"
    text = lines(
        t(key, amount=t.money(abs(amount_xof)), address=address_text),
        t("admin.move.note", note=note) if note else None,
        t("admin.move.before", balance=t.money(balance.available_xof)),
        t("admin.move.after", balance=t.money(balance.available_xof + amount_xof)),
    )
    return ask(here, text, draft)


def do_move(here: Here, draft: str) -> Deciding:
    """Move it, and tell whose money it is."""
    t = here.t
    _, key, address_text, amount_text, note = draft.split(" ", 4)
    address, amount_xof = Address.parse(address_text), int(amount_text)
    balance: Balance = yield LookBalance(address)
    if amount_xof < 0 and balance.available_xof < -amount_xof:
        return (yield from ask_move(here, draft))
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
        MoveMoney(f"admin:{key}", address, amount_xof, note),
        Say(Outbound(both, keep=True), address),
    )
    done = "admin.credit.done" if amount_xof > 0 else "admin.debit.done"
    text = t(done, amount=t.money(abs(amount_xof)), address=address_text, balance=t.money(after_xof))
    return here.ask(IDLE, text, (home_row(here),), base=here.afresh())


def ask_float(here: Here, _: str = "") -> Answer:
    """`/float`: the operator's money at the provider; the answer comes as an event."""
    here.effects += (AskFloat(),)
    return Aside(here.t("admin.float.asked"), apart=True)


def float_answered(here: Here, event: FloatAnswered) -> Answer:
    """The provider told its balance, or did not."""
    t, answer = here.t, event.answer
    if isinstance(answer, Float):
        return Aside(t("admin.float", balance=t.money(answer.balance_xof)), apart=True)
    return Aside(t("admin.float.unavailable", cause=brief(answer.cause, 200)), apart=True)


MOVE = Draft(ask_move, do_move, "owner")
