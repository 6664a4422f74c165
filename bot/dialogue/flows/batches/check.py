"""The check of a list, put as a question: its faults, whose the meters are, what it costs and earns, and whether the
money is there. Pure.

What is shown here is never stored: prices, the balance and the day's limit are looked at whenever the question is put,
and once more at its Confirm.
"""

from typing import Final

from msgspec.structs import replace

from bot.dialogue.blocked import purchase_blocked
from bot.dialogue.context import IDLE, Context, Deciding
from bot.dialogue.flows.batches.names import book_of
from bot.dialogue.menu import home_row, menu
from bot.dialogue.pending import ShownBatch
from bot.dialogue.session import Transition
from bot.domain.outbound import MAX_TEXT_CHARACTERS
from bot.domain.quote import Quote
from bot.i18n import Safe
from bot.notices import batches as notices
from bot.notices.layout import STAYS, Rows, free, lines, paragraphs, truncate
from bot.notices.own_account import how_to_pay_in
from bot.repositories import batch_progress, batches, clients
from bot.repositories.batches import Batch, Entry, Subtotal
from bot.repositories.money import Balance
from bot.shop import is_prepaid
from bot.store import Script
from bot.transactions import selling

# For so long after a list was sent its bills are believed to be what is due.
BILLS_GOOD_MS = 3_600_000
# How many clients a line is picked from.
MAX_PICKED_FROM = 6
# How many lines at fault and how many good ones are shown, from the most to the fewest: what stands below them, the
# money and what to do, must fit as well. The file has them all.
_SHOWN: Final = (
    (notices.MAX_LISTED_LINES, notices.MAX_LISTED_LINES),
    (5, notices.MAX_LISTED_LINES),
    (5, 5),
    (2, 2),
    (1, 1),
)


def question(ctx: Context, batch: Batch) -> Deciding:
    """Put the question: what can be bought and what cannot, for how much, and whether the money is there."""
    t = ctx.t
    entries = yield from entries_of(ctx, batch)
    if (closed := blocked(ctx, entries)) is not None:
        return closed
    if is_out_of_date(ctx, batch, entries):
        yield from batches.drop(ctx.customer, batch.id)
        return ctx.ask(IDLE, t("batch.bills_old"), (home_row(ctx),), base=ctx.afresh(), greeted=True)
    faulty = [entry for entry in entries if entry.fault]
    good = [entry for entry in entries if not entry.fault]
    file = free(t.label("button.batch_file"), "batchfile", batch.id, STAYS)
    top = lines(
        t("batch.checked", name=notices.name_of(t, batch.name, batch.made_at)),
        t.plural("batch.checked.good", len(good), all=batch.lines),
        t.plural("batch.checked.faulty", len(faulty)) if faulty else None,
    )
    asked, which = yield from _which(ctx, batch, entries)
    if not good and asked is None:
        yield from batches.drop(ctx.customer, batch.id)
        text = _fitting(ctx, top, faulty, good, t("batch.none_good"))
        return ctx.ask(IDLE, text, ((file, *home_row(ctx)),), base=ctx.afresh(), greeted=True)
    last = (file, ctx.button("button.cancel", "cancel"))
    if not good:
        text = _fitting(ctx, top, faulty, good, asked)
        return _asked(ctx, batch, text, (*which, last))
    twins = yield from twins_of(ctx, batch)
    whole = subtotal_of(quotes_of(ctx, batch, entries))
    balance, missing_xof, over_xof = yield from lacking(ctx, whole.total_xof)
    if missing_xof or over_xof:
        money = _not_enough(ctx, balance, missing_xof, over_xof)
        first = ctx.button("button.check_again", "check", batch.id)
    else:
        money = t("quote.balance_after", balance=t.money(balance.available_xof - whole.total_xof))
        label = t.label("button.batch_buy", good=len(good), all=batch.lines)
        # As with a single purchase: what is bought already is not bought again by a plain yes.
        first = ctx.choice(label, "twice" if twins else "do", f"{batch.id}.{whole.total_xof}")
        if twins:
            money = paragraphs(money, t("twin.how"))
    warning = None
    if twins:
        minutes = ctx.shop.twin_seconds // 60
        warning = t.plural("batch.twins", len(twins), lines=_numbers(twins), minutes=minutes)
    strangers = notices.strangers(t, good)
    text = _fitting(ctx, top, faulty, good, strangers, warning, _sums(ctx, whole), money, asked)
    return _asked(ctx, batch, text, (*which, (first,), last))


def entries_of(ctx: Context, batch: Batch) -> Script[tuple[Entry, ...]]:
    """The lines of a list; a bill that is larger than may be paid here is at fault."""
    entries = yield from batches.entries_of(ctx.customer, batch.id)
    return tuple(
        replace(entry, fault="too_large")
        if not entry.fault and entry.amount_xof > ctx.shop.catalog[entry.service].maximum_xof
        else entry
        for entry in entries
    )


def blocked(ctx: Context, entries: tuple[Entry, ...]) -> Transition | None:
    """Why nothing of this can be bought now; None: it can."""
    services = {entry.service for entry in entries if not entry.fault} or {"woyofal"}
    answers = (purchase_blocked(ctx, service) for service in sorted(services))
    return next((answer for answer in answers if answer is not None), None)


def is_out_of_date(ctx: Context, batch: Batch, entries: tuple[Entry, ...]) -> bool:
    """Whether there are bills among the lines of which nobody knows any more what is due."""
    bills = any(entry.reference_facture is not None for entry in entries if not entry.fault)
    return bills and ctx.now - batch.made_at > BILLS_GOOD_MS


def _asked(ctx: Context, batch: Batch, text: Safe, rows: Rows) -> Transition:
    return ctx.ask("batch", text, rows, base=ctx.afresh(), pending=ShownBatch(batch.id), greeted=True)


def _which(ctx: Context, batch: Batch, entries: tuple[Entry, ...]) -> Script[tuple[Safe | None, Rows]]:
    """The first line whose name may mean several clients or meters, and a button for each."""
    unsaid = [entry for entry in entries if entry.fault == "ambiguous"]
    if not unsaid:
        return None, ()
    book = yield from book_of(ctx)
    for entry in unsaid:
        found = [one for one in book.find(entry.name) if one.reference and one.service == entry.service]
        if found:
            rows: Rows = tuple(
                (ctx.choice(f"{one.name} · {one.reference}", "who", f"{batch.id}.{entry.number}.{one.meter_id}"),)
                for one in found[:MAX_PICKED_FROM]
            )
            written = truncate(entry.written, 60)
            more = ctx.t("sale.narrower") if len(found) > MAX_PICKED_FROM else None
            return lines(ctx.t("batch.which", line=entry.number, written=written), more), rows
    return None, ()


def pick(ctx: Context, argument: str) -> Deciding:
    """The client whom a line means."""
    batch_id, number, meter_id = argument.split(".")
    batch = yield from batches.load_batch(batch_id, ctx.customer)
    entries = yield from batches.entries_of(ctx.customer, batch_id)
    entry = next((one for one in entries if str(one.number) == number), None)
    sold = "" if entry is None else entry.service
    book = [one for one in (yield from clients.booked_meters(ctx.customer)) if one.service == sold]
    meter = next((one for one in book if one.reference and str(one.meter_id) == meter_id), None)
    if batch is None or batch.state != "ready" or entry is None or meter is None:
        return menu(ctx) if batch is None else (yield from question(ctx, batch))
    is_bill = not is_prepaid(entry.service)
    same = [
        one for one in entries if (one.service, one.reference) == (meter.service, meter.reference) and not one.fault
    ]
    again = next((one.number for one in same if is_bill or one.amount_xof == entry.amount_xof), None)
    holder = meter.holder or next((one.holder for one in same), "")
    picked = replace(
        entry,
        reference=meter.reference,
        name=meter.name,
        holder=holder,
        client_id=meter.client_id,
        fault="" if again is None else "repeats",
        repeats=again,
    )
    # What is due on a bill is asked for whoever it is.
    asked_at = ctx.now if (is_bill or not holder) and again is None else None
    yield from batch_progress.pick(ctx.customer, batch.id, picked, asked_at)
    if asked_at is None:
        return (yield from question(ctx, batch))
    checked = yield from batches.load_batch(batch_id, ctx.customer)
    return menu(ctx) if checked is None else asked_about(ctx, checked)


def asked_about(ctx: Context, batch: Batch) -> Transition:
    """The check is under way."""
    rows: Rows = ((ctx.button("button.batch_drop", "cancel"),),)
    text, pending = notices.checking(ctx.t, batch), ShownBatch(batch.id)
    return ctx.ask("batch_check", text, rows, base=ctx.afresh(), batch_id=batch.id, pending=pending, greeted=True)


def twins_of(ctx: Context, batch: Batch) -> Script[tuple[int, ...]]:
    """The lines that are bought already, or were a moment ago."""
    return batches.twins_of(ctx.customer, batch.id, ctx.now - ctx.shop.twin_seconds * 1000)


def _fitting(ctx: Context, top: Safe, faulty: list[Entry], good: list[Entry], *below: Safe | None) -> Safe:
    """The whole text, with as many of the lines as leave room for what stands below them."""
    room = MAX_TEXT_CHARACTERS - (len(ctx.prefix) + 2 if ctx.prefix else 0)
    text = top
    for most_faulty, most_good in _SHOWN:
        text = paragraphs(
            top,
            notices.some_lines(ctx.t, notices.fault_line, faulty, most_faulty),
            notices.some_lines(ctx.t, notices.good_line, good, most_good),
            *below,
        )
        if len(text) <= room:
            break
    return text


def _sums(ctx: Context, whole: Subtotal) -> Safe:
    t = ctx.t
    return lines(
        t("batch.sum.amount", amount=t.money(whole.amount_xof)),
        t("batch.sum.fee", fee=t.money(whole.price_xof - whole.amount_xof)),
        t("batch.sum.price", price=t.money(whole.price_xof)),
        t("batch.sum.commission", commission=t.money(whole.commission_xof)),
        t("batch.sum.total", total=t.money(whole.total_xof)),
    )


def _not_enough(ctx: Context, balance: Balance, missing_xof: int, over_xof: int) -> Safe:
    """What is missing in the balance, how far it is beyond the day's limit, and what to do."""
    t = ctx.t
    return paragraphs(
        t("quote.missing", balance=t.money(balance.spendable_xof), missing=t.money(missing_xof))
        if missing_xof
        else None,
        t("batch.over_limit", over=t.money(over_xof)) if over_xof else None,
        how_to_pay_in(ctx.t, ctx.shop, ctx.person.address, has_float=ctx.flows.has_float(ctx)) if missing_xof else None,
    )


def _numbers(numbers: tuple[int, ...]) -> str:
    shown = ", ".join(str(number) for number in numbers[: notices.MAX_LISTED_LINES])
    return f"{shown} …" if len(numbers) > notices.MAX_LISTED_LINES else shown


def quotes_of(ctx: Context, batch: Batch, entries: tuple[Entry, ...]) -> tuple[Quote, ...]:
    """What the lines without a fault cost and earn now."""
    now, terms = ctx.person.now, ctx.person.reseller
    quotes = []
    for entry in entries:
        if entry.fault:
            continue
        sold = ctx.shop.catalog[entry.service]
        fee_xof = sold.fee.fee_xof(entry.amount_xof)
        quotes.append(
            Quote(
                id=entry.order_id,
                service=entry.service,
                reference=entry.reference,
                holder=entry.holder,
                amount_xof=entry.amount_xof,
                fee_xof=fee_xof,
                created_at=now,
                expires_at=now,
                reference_facture=entry.reference_facture,
                due_on=entry.due_on,
                commission_xof=selling.commission_xof(terms, sold, entry.amount_xof, fee_xof),
                client_id=entry.client_id,
                client=entry.name,
                batch_id=batch.id,
                line=entry.number,
            )
        )
    return tuple(quotes)


def subtotal_of(quotes: tuple[Quote, ...]) -> Subtotal:
    """What quotes come to together."""
    return Subtotal(
        len(quotes),
        sum(quote.amount_xof for quote in quotes),
        sum(quote.price_xof for quote in quotes),
        sum(quote.total_xof for quote in quotes),
        sum(quote.commission_xof for quote in quotes),
    )


def lacking(ctx: Context, total_xof: int) -> Script[tuple[Balance, int, int]]:
    """The balance, and what is missing in it and in what is left of the day's limit (0: nothing)."""
    balance = yield from ctx.balance()
    left_xof = yield from selling.day_left_xof(ctx.customer, ctx.person.reseller, ctx.now)
    over_xof = 0 if left_xof is None else max(0, total_xof - left_xof)
    return balance, max(0, total_xof - balance.spendable_xof), over_xof
