"""An order as its owner reads it: its receipt, its codes, and one honest line about the money. Pure."""

from typing import Final

from bot.domain.catalog import SERVICES, ServiceName, same_reference
from bot.domain.order import HELD, Order, State
from bot.domain.order.states import is_sale
from bot.domain.outbound import Button, Choice, Copy
from bot.domain.quote import Quote
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, free, lines, truncate
from bot.shop import is_prepaid

SERVICE: Final[dict[ServiceName, str]] = {service.name: f"service.{service.name}" for service in SERVICES}
# What is due within this is due "in a moment".
SOON_MS = 60_000
DAY_MS = 86_400_000
EMBLEM: Final[dict[ServiceName, str]] = {service.name: service.emblem for service in SERVICES}
REFERENCE: Final[dict[ServiceName, str]] = {service.name: f"reference.{service.name}" for service in SERVICES}
STATE: Final[dict[State, str]] = {
    "waiting": "state.waiting",
    "sending": "state.sending",
    "processing": "state.processing",
    "token_awaited": "state.token_awaited",
    "unknown": "state.unknown",
    "delivered": "state.delivered",
    "refused": "state.refused",
    "cancelled": "state.cancelled",
}
NEXT: Final[dict[State, str]] = {
    "waiting": "next.waiting",
    "sending": "next.sending",
    "processing": "next.processing",
    "token_awaited": "next.token_awaited",
    "unknown": "next.unknown",
}
_MARK: Final[dict[State, str]] = {"delivered": "✅", "refused": "↩️", "cancelled": "↩️"}


def order_number(order_id: str) -> str:
    """An order's id as people read it: `7KQ4-M2XR-9BTZ`."""
    return "-".join(order_id[at : at + 4] for at in range(0, len(order_id), 4))


def grouped(token: str) -> str:
    """A recharge code in groups of four; one that is not all digits as it came."""
    return " ".join(token[at : at + 4] for at in range(0, len(token), 4)) if token.isdecimal() else token


def what_for(t: Voice, of: Order | Quote) -> Safe:
    """The lines that say what is bought for whom."""
    return lines(
        Safe(f"{EMBLEM[of.service]} <b>{t(SERVICE[of.service])}</b>"),
        t(REFERENCE[of.service], reference=of.reference),
        t("detail.holder", holder=truncate(of.holder)) if of.holder else None,
        t("detail.bill", bill=truncate(of.reference_facture, 40)) if of.reference_facture else None,
        t("detail.due", day=t.day(of.due_on)) if of.due_on else None,
    )


def bought(t: Voice, of: Order | Quote) -> Safe:
    """The same in as few lines as a small telephone needs: what is bought, for whom, and which bill."""
    return lines(
        Safe(f"{EMBLEM[of.service]} <b>{t(SERVICE[of.service])} · {t.money(of.amount_xof)}</b>"),
        t("detail.holder", holder=truncate(of.holder)) if of.holder else None,
        t(REFERENCE[of.service], reference=of.reference),
        _bill(t, of),
    )


def _bill(t: Voice, of: Order | Quote) -> Safe | None:
    if not of.reference_facture:
        return None
    bill = truncate(of.reference_facture, 40)
    if of.due_on is None:
        return t("detail.bill", bill=bill)
    return t("detail.bill_due", bill=bill, day=t.day(of.due_on))


def total(t: Voice, of: Order | Quote) -> Safe:
    """What is paid in all, and how much of it is the fee."""
    return t("detail.total_fee", total=t.money(of.total_xof), fee=t.short_money(of.fee_xof))


def counter_sums(t: Voice, of: Order | Quote) -> Safe:
    """What a seller of somebody's shop reads of a sale: whose it is, and what they hand over."""
    return lines(
        t("detail.client", client=truncate(of.client, 40)) if of.client else None,
        t("detail.price", price=t.money(of.price_xof)),
    )


def sums(t: Voice, of: Order | Quote) -> Safe:
    """Amount, fee and total; of a reseller's sale, what the client pays, what is earned and what leaves the balance."""
    if is_sale(of):
        return lines(
            t("detail.client", client=truncate(of.client, 40)) if of.client else None,
            t("detail.amount", amount=t.money(of.amount_xof)),
            t("detail.fee", fee=t.money(of.fee_xof)),
            t("detail.price", price=t.money(of.price_xof)),
            t("detail.commission", commission=t.money(of.commission_xof)),
            t("detail.leaves", total=t.money(of.total_xof)),
        )
    return lines(
        t("detail.amount", amount=t.money(of.amount_xof)),
        t("detail.fee", fee=t.money(of.fee_xof)),
        t("detail.total", total=t.money(of.total_xof)),
    )


def on_credit(t: Voice, quote: Quote) -> Safe | None:
    """That the client pays later; nothing where they pay at once."""
    if not quote.on_credit:
        return None
    return t("quote.on_credit", name=truncate(quote.client, 40), price=t.money(quote.price_xof))


def _separate_sums(t: Voice, order: Order) -> Safe:
    """The same as somebody reads it who is not its owner."""
    if not is_sale(order):
        return sums(t, order)
    return lines(
        t("detail.amount", amount=t.money(order.amount_xof)),
        t("detail.fee", fee=t.money(order.fee_xof)),
        t("admin.sale.client", client=truncate(order.client, 40)) if order.client else t("admin.sale.nobody"),
        t("admin.sale.price", price=t.money(order.price_xof)),
        t("admin.sale.commission", commission=t.money(order.commission_xof)),
        t("admin.sale.leaves", total=t.money(order.total_xof)),
    )


def receipt(t: Voice, order: Order, *, separate: bool = False, at_counter: bool = False) -> Safe:
    """Everything a receipt must tell, and the truth where the provider did something else than was confirmed.

    `separate` is as an admin reads it, who is not its owner, `at_counter` as a seller does whose shop it is not; a
    customer's own is as short as a small telephone needs.
    """
    moment, number = t.moment(order.confirmed_at), order_number(order.id)
    if at_counter:
        told = lines(bought(t, order), counter_sums(t, order), t("detail.dated", moment=moment, order=number))
    elif separate or is_sale(order):
        told = lines(
            what_for(t, order),
            _separate_sums(t, order) if separate else sums(t, order),
            t("detail.date", moment=moment),
            t("detail.order", order=number),
        )
    else:
        told = lines(bought(t, order), total(t, order), t("detail.dated", moment=moment, order=number))
    return lines(
        told,
        *differences(t, order),
        t("detail.refunded", refunded=t.money(order.refunded_xof)) if order.refunded_xof else None,
    )


def differences(t: Voice, order: Order) -> tuple[Safe, ...]:
    """What the provider did otherwise than was confirmed."""
    if order.state != "delivered":
        return ()
    differences: tuple[Safe, ...] = ()
    if order.paid_xof < order.amount_xof:
        back = t.money(order.amount_xof - order.paid_xof)
        differences += (t("differs.less", paid=t.money(order.paid_xof), back=back),)
    elif order.paid_xof > order.amount_xof:
        differences += (t("differs.more", paid=t.money(order.paid_xof), total=t.money(order.total_xof)),)
    settled = order.details.reference_facture
    if order.reference_facture and settled and not same_reference(order.reference_facture, settled):
        differences += (t("differs.bill", settled=truncate(settled, 40)),)
    return differences


def codes(t: Voice, order: Order) -> Safe:
    """The recharge codes and how to type them."""
    if len(order.tokens) == 1:
        return lines(Safe(f"<code>{t.escaped(grouped(order.tokens[0]))}</code>"), t("code.how"))
    numbered = (Safe(f"{at}. <code>{t.escaped(grouped(token))}</code>") for at, token in enumerate(order.tokens, 1))
    return lines(*numbered, t("code.how_many", count=len(order.tokens)))


def copies(t: Voice, order: Order) -> tuple[tuple[Button, ...], ...]:
    """A one-tap copy button for each code, with the bare digits."""
    if len(order.tokens) == 1:
        return ((Copy(t.label("button.copy"), order.tokens[0][:256]),),)
    return tuple(
        (Copy(t.label("button.copy_one", number=at), token[:256]),) for at, token in enumerate(order.tokens, 1)
    )


def code_rows(t: Voice, order: Order, *, saved: bool) -> Rows:
    """The buttons under a code message: copy, keep the meter, buy again, and help where the meter refuses it."""
    save = () if saved else (free(t.label("button.save_meter"), "save", order.id, STAYS),)
    again = free(t.label("button.again"), "again", order.id, STAYS)
    return (*copies(t, order), (*save, again), (refused_button(t, order),))


def next_button(t: Voice, order: Order) -> Choice:
    """The same meter once more, or the next bill of the same contract: a paid one is not bought again."""
    return free(t.label("button.again" if is_prepaid(order.service) else "button.next_bill"), "again", order.id, STAYS)


def follow_rows(t: Voice, order: Order) -> Rows:
    """The buttons under news of an order that is not final: call it back while that is possible, or see it."""
    see = free(t.label("button.see_order"), "order", order.id, STAYS)
    if order.state == "waiting":
        return ((free(t.label("button.recall"), "recall", order.id, STAYS), see),)
    return ((see,),)


def refused_button(t: Voice, order: Order) -> Choice:
    """The way to help at the meter that refuses a code."""
    return free(t.label("button.refused"), "refused", order.id, STAYS)


def money_line(t: Voice, order: Order, *, separate: bool = False) -> Safe:
    """Where the money is. `separate` is as an admin reads it: what came back may have gone on to who paid."""
    total = t.money(order.total_xof)
    if order.state == "delivered":
        spent = t.money(order.total_xof - max(0, order.amount_xof - order.paid_xof))
        if order.refunded_xof:
            return t("money.refunded", total=spent, refunded=t.money(order.refunded_xof))
        return t("money.spent", total=spent)
    if order.state == "token_awaited":
        return t("money.paid", total=total)
    if order.state in HELD:
        return t("money.held", total=total)
    return t("money.returned" if separate else "money.back", total=total)


def counter_line(t: Voice, order: Order) -> Safe:
    """What a seller of somebody's shop has to take in, or to hand back."""
    came_to_nothing = order.state in ("refused", "cancelled")
    return t("counter.back" if came_to_nothing else "detail.price", price=t.money(order.price_xof))


def next_line(t: Voice, order: Order, now: int) -> Safe | None:
    """What happens next, and when. None for an order that is final."""
    if order.state not in NEXT:
        return None
    if order.stuck_at is not None or (order.due_at is None and order.state != "sending"):
        return t("next.person")
    when = None
    if order.due_at is not None and order.due_at - now >= SOON_MS:
        today = order.due_at // DAY_MS == now // DAY_MS
        when = t("when.at", clock=t.clock(order.due_at)) if today else t("when.on", moment=t.short_moment(order.due_at))
    elif order.state not in ("waiting", "sending"):
        when = t("when.soon")
    return lines(t(NEXT[order.state]), when)


def _money_word(order: Order) -> str:
    if order.refunded_xof:
        return "money.word.refunded"
    if order.state in ("delivered", "token_awaited"):
        return "money.word.spent"
    return "money.word.held" if order.state in HELD else "money.word.back"


def list_line(t: Voice, number: int, order: Order) -> Safe:
    """One order in a list: what, when, its state and the money."""
    mark = _MARK.get(order.state, "⏳")
    what = f"{t(SERVICE[order.service])} {t.short_money(order.amount_xof)}"
    state, money = t(STATE[order.state]), t(_money_word(order))
    when = t.short_moment(order.confirmed_at)
    return Safe(f"{number}. {mark} <b>{what}</b> · {when}\n{t.escaped(order.reference)} · {state}, {money}")


def list_label(t: Voice, order: Order) -> str:
    """The same as a button."""
    return f"{_MARK.get(order.state, '⏳')} {short_label(t, order)}"


def short_label(t: Voice, order: Order) -> str:
    """What and when, as a button: a bill goes by its emblem, for small telephones have no room for more."""
    what = t.label(SERVICE[order.service]) if is_prepaid(order.service) else EMBLEM[order.service]
    return f"{what} {t.short_money(order.amount_xof)} · {t.short_moment(order.confirmed_at)}"
