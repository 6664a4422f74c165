"""Buying: whose meter, how much, the quote and its Confirm. Pure."""

from functools import partial

from bot.dialogue import buy, meter_lookup, quote, shortcuts
from bot.dialogue.context import Answer, Context, Deciding, Reply, State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton, Reader, Typed
from bot.dialogue.pending import Readings
from bot.dialogue.tasks import InquiryAnswered, InquiryLimited
from bot.domain.model import Choice, ServiceName
from bot.i18n import Safe
from bot.notices.layout import free
from bot.notices.orders import EMBLEM, SERVICE
from bot.store import Script


def _stay(ctx: Context, _: str) -> Answer:
    """“Change” where the amount is what is asked for already: Back would forget the meter."""
    return Reply(Safe(""))


def _change(ctx: Context, _: str) -> Answer | Deciding:
    """“Change” at a quote: back to what was chosen last."""
    return _amount_bill_or_reference(ctx)


def _amount_bill_or_reference(ctx: Context) -> Answer | Deciding:
    """Back from a quote: to what was chosen last."""
    if meter_lookup.sold(ctx).prepaid:
        return buy.ask_amount(ctx)
    inquiry = ctx.session.inquiry
    return buy.ask_bill(ctx) if inquiry is not None and len(inquiry.bills) > 1 else meter_lookup.ask_reference(ctx)


def _service(name: ServiceName, ctx: Context) -> Choice:
    """A service in the menu."""
    return free(f"{EMBLEM[name]} {ctx.t.label(SERVICE[name])}", "buy", name)


def _bare(ctx: Context, typed: Typed) -> Script[Answer | None]:
    return (yield from shortcuts.bare(ctx, typed.text))


FLOW = Flow(
    name="purchase",
    inquire=meter_lookup.inquire,
    states={
        "which": State(
            shortcuts.ask_which,
            "unclear.which",
            {"read": shortcuts.picked},
            shortcuts.read_which,
            buying=True,
            pending=Readings,
        ),
        "reference": State(
            meter_lookup.ask_reference,
            "unclear.reference",
            {"use": meter_lookup.use},
            shortcuts.read_reference,
            buying=True,
        ),
        "unusual": State(
            meter_lookup.ask_unusual,
            "unclear.reference",
            {"asis": meter_lookup.as_it_is},
            shortcuts.read_reference,
            back=meter_lookup.ask_reference,
            buying=True,
        ),
        "inquiring": State(
            meter_lookup.ask_inquiring,
            "unclear.inquiring",
            {"retry": meter_lookup.retry},
            shortcuts.read_reference,
            back=meter_lookup.ask_reference,
            buying=True,
        ),
        "unanswered": State(
            meter_lookup.ask_retry,
            "unclear.unanswered",
            {"retry": meter_lookup.retry},
            shortcuts.read_reference,
            back=meter_lookup.ask_reference,
            buying=True,
        ),
        "amount": State(
            buy.ask_amount,
            "unclear.amount",
            {"amount": buy.amount},
            buy.read_amount,
            figures=True,
            back=meter_lookup.ask_reference,
            buying=True,
            words={"change": _stay},
        ),
        "bill": State(
            buy.ask_bill,
            "unclear.bill",
            {"bill": buy.take_bill},
            buy.read_other,
            back=meter_lookup.ask_reference,
            buying=True,
        ),
        "quote": State(
            quote.ask_quote,
            "unclear.quote",
            {"confirm": quote.confirm, "twice": quote.confirm_twice, "check": quote.check, "retry": quote.check},
            buy.read_quote,
            figures=True,
            back=_amount_bill_or_reference,
            buying=True,
            words={"change": _change, "thanks": quote.thanks},
        ),
    },
    commands=(
        Command("woyofal", partial(shortcuts.named, "woyofal"), about="command.woyofal", order=10, near=False),
        Command("senelec", partial(shortcuts.named, "senelec"), about="command.senelec", order=20, near=False),
        Command("seneau", partial(shortcuts.named, "seneau"), about="command.seneau", order=30, near=False),
    ),
    buttons=(Anywhere("buy", meter_lookup.buy),),
    readers=(Reader("bare", _bare),),
    old_buttons={"confirm": quote.old_confirm, "twice": quote.old_confirm},
    menu=(
        MenuButton(30, 10, partial(_service, "woyofal")),
        MenuButton(40, 10, partial(_service, "senelec")),
        MenuButton(40, 20, partial(_service, "seneau")),
    ),
    answers={InquiryAnswered: buy.answered, InquiryLimited: buy.limited},
)
