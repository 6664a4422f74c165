"""What a list of sales says for itself: how far its check is, how far its purchases are, and what became of it. Pure.

The words on progress take the place of one message, again and again; the summary at the end is a message of its own,
kept for a reseller who cannot be reached, with the file that tells every line.
"""

from collections.abc import Callable
from typing import Final

from bot.domain.order import Order
from bot.domain.outbound import Attachment, Brief, Choice, Outbound
from bot.domain.people import Language
from bot.domain.text import fold
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, TURNS, Rows, free, lines, paragraphs, truncate
from bot.notices.orders import EMBLEM, STATE
from bot.repositories.batches import Batch, Entry, Fault, Tally
from bot.repositories.money import Balance

# How many lines a message shows; the file has them all.
MAX_LISTED_LINES = 10
FORMAT: Final = "xlsx"
_BAR_PIECES = 12
# Words of names that begin with the same letters may be the same name.
_ALIKE_LETTERS = 3
FAULT: Final[dict[Fault, str]] = {
    "no_meter": "batch.fault.no_meter",
    "length": "batch.fault.length",
    "rounded": "batch.fault.rounded",
    "no_amount": "batch.fault.no_amount",
    "bad_amount": "batch.fault.bad_amount",
    "too_small": "batch.fault.too_small",
    "too_large": "batch.fault.too_large",
    "unclear": "batch.fault.unclear",
    "service": "batch.fault.service",
    "repeats": "batch.fault.repeats",
    "unknown": "batch.fault.unknown",
    "unasked": "batch.fault.unasked",
    "nobody": "batch.fault.nobody",
    "no_number": "batch.fault.no_number",
    "ambiguous": "batch.fault.ambiguous",
    "nothing_due": "batch.fault.nothing_due",
    "several_bills": "batch.fault.several_bills",
    "other_amount": "batch.fault.other_amount",
}


def result_file(batch_id: str, language: Language) -> Attachment:
    """The file that tells every line of a batch."""
    return Attachment("batch", language, (batch_id, FORMAT))


def name_of(t: Voice, name: str, made_at: int) -> Safe:
    """A list as its owner knows it: by its file, or by when they sent it."""
    moment = t.short_moment(made_at)
    return t("batch.named", name=truncate(name, 40), moment=moment) if name else t("batch.unnamed", moment=moment)


def fault(t: Voice, code: Fault, repeats: int | None = None) -> Safe:
    """What is wrong with a line."""
    return t(FAULT[code], line=repeats or 0)


def fault_line(t: Voice, entry: Entry) -> Safe:
    """A line that cannot be bought: as it was written, and why."""
    return t(
        "batch.fault_line",
        line=entry.number,
        written=truncate(entry.written, 60),
        fault=fault(t, entry.fault, entry.repeats),
    )


def good_line(t: Voice, entry: Entry) -> Safe:
    """A line that can be bought: for whom it was written down, whose meter it is, and for how much.

    The holder is what keeps people from paying for somebody else's meter. A name that says the same is left out.
    """
    name = "" if entry.holder and fold(entry.name) == fold(entry.holder) else entry.name
    parts = (truncate(name, 24), entry.reference, truncate(entry.holder, 30), t.short_money(entry.amount_xof))
    emblem = "" if entry.service == "woyofal" else f"{EMBLEM[entry.service]} "
    what = Safe(emblem + " · ".join(t.escaped(part) for part in parts if part))
    return t("batch.good_line", line=entry.number, what=what)


def strangers(t: Voice, entries: list[Entry]) -> Safe | None:
    """The lines of nobody in the book whose written name has nothing in common with the holder's."""
    numbers = [entry.number for entry in entries if entry.client_id is None and _differ(entry.name, entry.holder)]
    if not numbers:
        return None
    shown = ", ".join(map(str, numbers[:MAX_LISTED_LINES])) + (" …" if len(numbers) > MAX_LISTED_LINES else "")
    return t.plural("batch.strangers", len(numbers), lines=shown)


def _differ(name: str, holder: str) -> bool:
    """Whether no word of one name begins like a word of the other."""
    written, held = ({word[:_ALIKE_LETTERS] for word in fold(one).split()} for one in (name, holder))
    return bool(written) and bool(held) and written.isdisjoint(held)


def some_lines(t: Voice, say: Callable[[Voice, Entry], Safe], entries: list[Entry], most: int) -> Safe:
    """The first of some lines, and how many more there are."""
    return lines(*(say(t, entry) for entry in entries[:most]), _and_more(t, len(entries) - most))


def checking(t: Voice, batch: Batch) -> Safe:
    """The check is under way: how many meters were asked about."""
    return paragraphs(
        t.plural("batch.received", batch.lines),
        t("batch.checking", done=batch.asked - batch.unchecked, all=batch.asked),
        t("batch.nothing_bought"),
    )


def progress(t: Voice, batch: Batch, tally: Tally) -> Safe:
    """How far the purchases are."""
    title = "batch.ended" if tally.has_ended else "batch.stopping" if batch.stopped_at is not None else "batch.running"
    done = tally.lines - tally.waiting.lines - tally.under_way.lines
    filled = _BAR_PIECES * done // max(1, tally.lines)
    going = tally.waiting.lines + tally.under_way.lines
    return paragraphs(
        lines(
            t(title, name=name_of(t, batch.name, batch.made_at)),
            Safe("▓" * filled + "░" * (_BAR_PIECES - filled)),
        ),
        lines(
            t.plural("batch.tally.bought", tally.bought.lines, all=tally.lines),
            t.plural("batch.tally.refused", tally.refused.lines) if tally.refused.lines else None,
            t.plural("batch.tally.stopped", tally.stopped.lines) if tally.stopped.lines else None,
            t.plural("batch.tally.checked", tally.checked.lines) if tally.checked.lines else None,
            t.plural("batch.tally.going", going) if going else None,
        ),
    )


def progress_rows(t: Voice, batch: Batch, tally: Tally) -> Rows:
    """The buttons under it: stop, while there is something to stop."""
    if tally.waiting.lines and batch.stopped_at is None:
        return ((free(t.label("button.batch_stop"), "batchstop", batch.id, STAYS),),)
    return ()


def progress_outbound(t: Voice, batch: Batch, tally: Tally) -> Outbound:
    """The next word on progress, in the place of the last."""
    return Outbound(
        progress(t, batch, tally),
        progress_rows(t, batch, tally),
        replaces=batch.message_ref,
        progress=True,
        batch_id=batch.id,
    )


def checking_outbound(t: Voice, batch: Batch) -> Outbound:
    """The next word on the check, in the place of the last."""
    rows: Rows = ((free(t.label("button.batch_drop"), "batchdrop", batch.id, TURNS),),)
    return Outbound(checking(t, batch), rows, replaces=batch.message_ref, progress=True, batch_id=batch.id)


def result(t: Voice, batch: Batch, tally: Tally, unbought: tuple[Order, ...], balance: Balance | None) -> Safe:
    """What became of a list: what was bought, what was not and where its money is, what is still being checked."""
    bought, back, stopped = tally.bought, tally.refused, tally.stopped
    # A line that is being checked may be on its way again.
    checked = tally.checked.lines + tally.under_way.lines
    checked_xof = tally.checked.total_xof + tally.under_way.total_xof
    named = unbought[:MAX_LISTED_LINES]
    return paragraphs(
        t(
            "batch.result.stopped" if batch.stopped_at is not None else "batch.result.title",
            name=name_of(t, batch.name, batch.made_at),
        ),
        lines(
            t.plural("batch.tally.bought", bought.lines, all=tally.lines),
            t.plural("batch.result.refused", back.lines, total=t.money(back.total_xof)) if back.lines else None,
            t.plural("batch.result.stopped_lines", stopped.lines, total=t.money(stopped.total_xof))
            if stopped.lines
            else None,
            t.plural("batch.result.checked", checked, total=t.money(checked_xof)) if checked else None,
        ),
        lines(*(unbought_line(t, order) for order in named), _and_more(t, back.lines + checked - len(named)))
        if named
        else None,
        lines(
            t("batch.result.amount", amount=t.money(bought.amount_xof)),
            t("batch.result.price", price=t.money(bought.price_xof)),
            t("batch.result.commission", commission=t.money(bought.commission_xof)),
            t("batch.result.spent", total=t.money(bought.total_xof)),
            None if balance is None else t("detail.balance", balance=t.money(balance.available_xof)),
        )
        if bought.lines
        else None,
    )


def summary(t: Voice, batch: Batch, tally: Tally, unbought: tuple[Order, ...], balance: Balance | None) -> Outbound:
    """The same as the message at the end, with its file."""
    text = paragraphs(
        result(t, batch, tally, unbought, balance),
        t("batch.result.later") if tally.checked.lines else None,
        t("batch.result.file"),
    )
    see = free(t.label("button.batch_see"), "batch", batch.id, STAYS)
    rows: Rows = ((*messages_button(t, batch, tally), see),)
    brief = Brief("news", t.language, truncate(t.label("batch.brief", bought=tally.bought.lines, all=tally.lines), 60))
    typed = t("batch.result.typed") if tally.bought.lines else Safe("")
    file = result_file(batch.id, t.language)
    return Outbound(text, rows, durable=True, brief=brief, attachment=file, typed=typed)


def messages_button(t: Voice, batch: Batch, tally: Tally) -> tuple[Choice, ...]:
    """The way to the messages for the clients, where there are any."""
    if not tally.bought.lines:
        return ()
    return (free(t.label("button.batch_messages"), "batchmessages", batch.id, STAYS),)


def unbought_line(t: Voice, order: Order) -> Safe:
    """A line that was not bought, or is being checked."""
    who = order.client or order.holder or order.reference
    return t(
        "batch.unbought_line",
        line=order.line,
        who=truncate(who, 40),
        amount=t.short_money(order.amount_xof),
        state=t(STATE[order.state]),
    )


def _and_more(t: Voice, many: int) -> Safe | None:
    return t.plural("batch.and_more", many) if many > 0 else None


def line_news(t: Voice, order: Order, name: str, made_at: int) -> Safe:
    """What stands above the news of one line that come after the summary of its list."""
    title = t("batch.line_of", line=order.line, name=name_of(t, name, made_at))
    return lines(title, t("batch.line_client", client=truncate(order.client, 40)) if order.client else None)
