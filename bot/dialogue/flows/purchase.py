"""Buying: whose meter, how much, the quote and its Confirm. Pure."""

from functools import partial

from bot.dialogue import buy, meter_lookup, quote, shortcuts
from bot.dialogue.context import Answer, Context, Deciding, State
from bot.dialogue.flow import Button, Command, Flow
from bot.dialogue.tasks import InquiryAnswered, InquiryLimited


def _amount_bill_or_reference(ctx: Context) -> Answer | Deciding:
    """Back from a quote: to what was chosen last."""
    if meter_lookup.sold(ctx).prepaid:
        return buy.ask_amount(ctx)
    inquiry = ctx.session.inquiry
    return buy.ask_bill(ctx) if inquiry is not None and len(inquiry.bills) > 1 else meter_lookup.ask_reference(ctx)


FLOW = Flow(
    name="purchase",
    states={
        "which": State(shortcuts.ask_which, "unclear.which", {"read": shortcuts.picked}, shortcuts.read_which),
        "reference": State(
            meter_lookup.ask_reference, "unclear.reference", {"use": meter_lookup.use}, shortcuts.read_reference
        ),
        "unusual": State(
            meter_lookup.ask_unusual,
            "unclear.reference",
            {"asis": meter_lookup.as_it_is},
            shortcuts.read_reference,
            back=meter_lookup.ask_reference,
        ),
        "inquiring": State(
            meter_lookup.ask_inquiring,
            "unclear.inquiring",
            {"retry": meter_lookup.retry},
            shortcuts.read_reference,
            back=meter_lookup.ask_reference,
        ),
        "unanswered": State(
            meter_lookup.ask_retry,
            "unclear.unanswered",
            {"retry": meter_lookup.retry},
            shortcuts.read_reference,
            back=meter_lookup.ask_reference,
        ),
        "amount": State(
            buy.ask_amount,
            "unclear.amount",
            {"amount": buy.amount},
            buy.read_amount,
            figures=True,
            back=meter_lookup.ask_reference,
        ),
        "bill": State(
            buy.ask_bill, "unclear.bill", {"bill": buy.take_bill}, buy.read_other, back=meter_lookup.ask_reference
        ),
        "quote": State(
            quote.ask_quote,
            "unclear.quote",
            {"confirm": quote.confirm, "twice": quote.confirm_twice, "check": quote.check, "retry": quote.check},
            buy.read_quote,
            figures=True,
            back=_amount_bill_or_reference,
        ),
    },
    commands=(
        Command("woyofal", partial(shortcuts.named, "woyofal"), about="command.woyofal", order=10, near=False),
        Command("senelec", partial(shortcuts.named, "senelec"), about="command.senelec", order=20, near=False),
        Command("seneau", partial(shortcuts.named, "seneau"), about="command.seneau", order=30, near=False),
    ),
    buttons=(Button("buy", meter_lookup.buy),),
    answers={InquiryAnswered: buy.answered, InquiryLimited: buy.limited},
)
