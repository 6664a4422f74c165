"""What only an admin may type. Others who try read the ordinary "not understood". Pure.

Every move asks for a Confirm that says what it will do. What was asked is kept as text in the session's `draft` and is
decided again, from what is then in the books, when the Confirm comes. The key of a move of money is made when it is
asked for, so that two Confirms of one question are one move.
"""

from collections.abc import Callable
from typing import Final

from bot.catalog import split_tokens
from bot.dialogue import read
from bot.dialogue.effects import AskFloat, AskOrder, FloatAnswered, MoveMoney, Resolve, Say
from bot.dialogue.here import IDLE, STAYS, Answer, Aside, Deciding, Here, Rows, brief, free, lines, paragraphs
from bot.dialogue.looks import Balance, LookBalance, LookOrder, LookStuck, LookTrail, Trail, TrailLine
from bot.dialogue.menus import home_row, menu
from bot.dialogue.orders import STATE, money_line, next_line, order_number, receipt
from bot.errors import ModelError
from bot.i18n import Safe
from bot.model import MAX_AMOUNT_XOF, Address, Delivered, Float, Outbound, Outcome, Refused
from bot.order import Order, apply

# An order that has been open for so long deserves an admin's look.
STUCK_AFTER_SECONDS = 900
MAX_TRAIL_LINES = 20


# Money.


def credit(here: Here, rest: str) -> Deciding:
    """`/credit ADDRESS AMOUNT [note]`."""
    return (yield from _move(here, rest, 1))


def debit(here: Here, rest: str) -> Deciding:
    """`/debit ADDRESS AMOUNT [note]`."""
    return (yield from _move(here, rest, -1))


def _move(here: Here, rest: str, sign: int) -> Deciding:
    """Read the command and ask for a Confirm that shows the balance before and after."""
    address_text, _, tail = rest.partition(" ")
    amount_text, note = _amount_and_note(tail)
    amount_xof = read.amount(amount_text)
    try:
        address = Address.parse(address_text)
    except ModelError:
        address = None
    if address is None or amount_xof is None or not 0 < amount_xof <= MAX_AMOUNT_XOF:
        return Aside(here.t("admin.move.usage"))
    draft = f"move {here.speaker.fresh[0]} {address} {sign * amount_xof} {note[:200]}"
    return (yield from _ask_move(here, draft))


def _amount_and_note(text: str) -> tuple[str, str]:
    """The leading words that are part of an amount (`5 000 F`), and the note after them."""
    words = text.split()
    taken = 0
    while taken < len(words) and read.is_figure(words[taken], first=taken == 0):
        taken += 1
    return " ".join(words[:taken]), " ".join(words[taken:])


def _ask_move(here: Here, draft: str) -> Deciding:
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
    rows: Rows = ((here.button("button.admin_confirm", "do"), here.button("button.cancel", "cancel")),)
    return here.ask("admin_confirm", text, rows, base=here.afresh(), draft=draft)


def _do_move(here: Here, draft: str) -> Deciding:
    t = here.t
    _, key, address_text, amount_text, note = draft.split(" ", 4)
    address, amount_xof = Address.parse(address_text), int(amount_text)
    balance: Balance = yield LookBalance(address)
    if amount_xof < 0 and balance.available_xof < -amount_xof:
        return (yield from _ask_move(here, draft))
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


# Orders.


def inspect(here: Here, rest: str) -> Deciding:
    """`/order ID`: everything about one order, without its codes."""
    t = here.t
    wanted = read.order_id(rest)
    order: Order | None = None
    if wanted is not None:
        order = yield LookOrder(wanted, anyone=True)
    if order is None:
        return Aside(t("admin.order.none"))
    trail: Trail | None = yield LookTrail(order.id)
    moves = trail.movements if trail is not None else ()
    past = trail.lines[-MAX_TRAIL_LINES:] if trail is not None else ()
    text = paragraphs(
        receipt(t, order),
        lines(
            t("admin.order.owner", address=str(order.address)),
            t("detail.state", state=f"{t(STATE[order.state])} ({order.state})"),
            t("admin.order.reason", reason=brief(order.reason, 100)) if order.reason else None,
            money_line(t, order),
            next_line(t, order, here.speaker.now),
            t.plural("admin.order.codes", len(order.tokens), endings=_endings(order.tokens)) if order.tokens else None,
            t(
                "admin.order.provider",
                transaction=brief(order.facts.transaction_id or "—", 60),
                attempts=order.pay_attempts,
                replays=order.replays,
                polls=order.polls,
            ),
            t("admin.order.message", message=brief(order.facts.message, 200)) if order.facts.message else None,
        ),
        lines(t("admin.order.trail"), *(_trail_line(here, line) for line in past)) if past else None,
        lines(t("admin.order.books"), *(f"{t.escaped(account)} {t.money(amount)}" for account, amount in moves))
        if moves
        else None,
        None if order.is_final else t("admin.order.resolve", id=order.id),
    )
    rows: Rows = ((free(t.label("button.check_now"), "askany", order.id, STAYS),),) if not order.is_final else ()
    return Aside(text, (*rows, home_row(here)), apart=True)


def _trail_line(here: Here, line: TrailLine) -> str:
    more = f" ({brief(line.detail, 80)})" if line.detail else ""
    return f"{here.t.short_moment(line.at)} · {here.t.escaped(f'{line.what} → {line.state}{more}')}"


def _endings(tokens: tuple[str, ...]) -> str:
    return ", ".join(f"…{token[-4:]}" for token in tokens)


def ask_any(here: Here, order_id: str) -> Deciding:
    """Ask the provider about an order now."""
    order: Order | None = yield LookOrder(order_id, anyone=True)
    if order is None:
        return Aside(here.t("admin.order.none"))
    here.effects += (AskOrder(order.id),)
    return Aside(here.t("admin.asked", order=order_number(order.id)), apart=True)


def stuck(here: Here, _: str = "") -> Deciding:
    """`/stuck`: the orders that need a person."""
    t, now = here.t, here.speaker.now
    found: tuple[Order, ...] = yield LookStuck(now - STUCK_AFTER_SECONDS * 1000)
    if not found:
        return Aside(t("admin.stuck.none"))
    listed = (
        t(
            "admin.stuck.line",
            order=order_number(order.id),
            id=order.id,
            total=t.money(order.total_xof),
            moment=t.moment(order.confirmed_at),
            state=f"{t(STATE[order.state])} ({order.state})",
        )
        for order in found
    )
    rows: Rows = tuple((free(order_number(order.id), "inspect", order.id, STAYS),) for order in found)
    return Aside(paragraphs(t("admin.stuck.title"), *listed), rows, apart=True)


def resolve(here: Here, rest: str) -> Deciding:
    """`/resolve ID delivered CODE… | refused`."""
    words = rest.split()
    wanted = read.order_id(words[0]) if words else None
    verdict = words[1].lower() if len(words) > 1 else ""
    tokens = split_tokens(rest.partition(words[1])[2]) if verdict == "delivered" else ()
    if wanted is None or verdict not in ("delivered", "refused") or (verdict == "refused" and len(words) > 2):
        return Aside(here.t("admin.resolve.usage"))
    order: Order | None = yield LookOrder(wanted, anyone=True)
    if order is None:
        return Aside(here.t("admin.order.none"))
    return (yield from _ask_resolve(here, f"resolve {order.id} {verdict} {','.join(tokens)}"))


def _outcome(draft: str) -> tuple[str, Outcome]:
    _, order_id, verdict, tokens = draft.split(" ", 3)
    if verdict == "refused":
        return order_id, Refused("admin")
    return order_id, Delivered(split_tokens(tokens))


def _ask_resolve(here: Here, draft: str) -> Deciding:
    """What the decision would do is found by doing it, in the pure."""
    t, now = here.t, here.speaker.now
    order_id, outcome = _outcome(draft)
    order: Order | None = yield LookOrder(order_id, anyone=True)
    if order is None:
        return Aside(t("admin.order.none"))
    service = here.shop.catalog[order.service]
    tokens = outcome.tokens if isinstance(outcome, Delivered) else ()
    if isinstance(outcome, Delivered) and service.prepaid and not tokens:
        return Aside(t("admin.resolve.no_code"))
    owner: Balance = yield LookBalance(customer=order.customer)
    applied = apply(order, outcome, source="admin", service=service, now=now, available_xof=owner.spendable_xof)
    if not applied.moved:
        return Aside(t("admin.resolve.impossible", order=order_number(order.id), state=t(STATE[order.state])))
    text = paragraphs(
        t("admin.resolve.ask", order=order_number(order.id)),
        lines(receipt(t, order), t("admin.order.owner", address=str(order.address))),
        lines(
            t("admin.resolve.moves", before=t(STATE[order.state]), after=t(STATE[applied.order.state])),
            money_line(t, applied.order),
            t.plural("admin.order.codes", len(tokens), endings=_endings(tokens)) if tokens else None,
            _odd_lengths(here, tokens),
            t("admin.resolve.told"),
        ),
    )
    rows: Rows = ((here.button("button.admin_confirm", "do"), here.button("button.cancel", "cancel")),)
    return here.ask("admin_confirm", text, rows, base=here.afresh(), draft=draft)


def _odd_lengths(here: Here, tokens: tuple[str, ...]) -> Safe | None:
    if all(len(token) == 20 and token.isdecimal() for token in tokens):
        return None
    return here.t("admin.resolve.odd_code")


def _do_resolve(here: Here, draft: str) -> Deciding:
    order_id, outcome = _outcome(draft)
    order: Order | None = yield LookOrder(order_id, anyone=True)
    if order is None:
        return Aside(here.t("admin.order.none"))
    here.effects += (Resolve(order.id, outcome),)
    text = here.t("admin.resolve.done", order=order_number(order.id), id=order.id)
    return here.ask(IDLE, text, (home_row(here),), base=here.afresh())


# The Confirm of both.


def ask_confirm(here: Here) -> Deciding:
    """The question again, from what is in the books now."""
    draft = here.session.draft
    if draft is None:
        return menu(here)
    return (yield from _ask_move(here, draft) if draft.startswith("move ") else _ask_resolve(here, draft))


def do(here: Here, _: str = "") -> Deciding:
    """Confirmed. Whoever is no admin any more decides nothing."""
    draft = here.session.draft
    if draft is None or not here.speaker.admin:
        return menu(here)
    return (yield from _do_move(here, draft) if draft.startswith("move ") else _do_resolve(here, draft))


# The float.


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


COMMANDS: Final[dict[str, Callable[[Here, str], Answer | Deciding]]] = {
    "credit": credit,
    "debit": debit,
    "order": inspect,
    "stuck": stuck,
    "resolve": resolve,
    "float": ask_float,
}
