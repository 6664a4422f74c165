"""Customers pay for themselves: the ways to pay, what is waited for, money that stands here. Pure."""

from bot.dialogue.context import Context, State
from bot.dialogue.flow import Anywhere, Command, Flow, MenuButton, Reader
from bot.dialogue.flows.payments import code, offering, own_money, payer, waiting
from bot.dialogue.pending import CodeWanted, PayerWanted, TopUp
from bot.dialogue.tasks import CodeAnswered
from bot.i18n import Safe
from bot.notices.layout import lines
from bot.shop import ShopSettings


def _collects(shop: ShopSettings) -> bool:
    return shop.collecting is not None


def _help(ctx: Context) -> Safe | None:
    """How to pay, for who may."""
    if ctx.at_counter or not _collects(ctx.shop):
        return None
    return lines(ctx.t("help.paying"), own_money.worded(ctx, "help.topup") if own_money.may_top_up(ctx) else None)


def _has_money_here(shop: ShopSettings, has_float: bool) -> bool:
    return has_float or shop.keeps_advances


FLOW = Flow(
    name="payments",
    states={
        "payer": State(
            payer.ask_payer,
            "unclear.payer",
            {"known": payer.take_known},
            payer.read_payer,
            back=payer.back,
            buying=True,
            numbers_are_items=False,
            pending=PayerWanted,
        ),
        "payer_code": State(
            code.ask_code,
            "unclear.payer_code",
            parse_text=code.read_code,
            secret=True,
            hides=code.is_code,
            numbers_are_items=True,
            pending=CodeWanted,
            words={"cancel": waiting.call_off_wanted, "stop": waiting.call_off_wanted},
        ),
        "topup": State(
            own_money.ask_topup,
            "unclear.topup",
            {"sum": own_money.picked_sum, "by": own_money.by},
            own_money.read_sum,
            figures=True,
            buying=True,
            pending=TopUp,
        ),
        "refund_me": State(own_money.ask_back, "unclear.yes_no", {"do": own_money.do_back}, left=True),
    },
    commands=(
        Command(
            "topup",
            own_money.topup,
            "private",
            about="command.topup",
            order=72,
            where=_collects,
            listed=_has_money_here,
        ),
        Command(
            "refundme",
            own_money.back_asked,
            "private",
            about="command.refundme",
            order=74,
            takes_text=False,
            near=False,
            where=_collects,
            listed=_has_money_here,
        ),
    ),
    buttons=(
        Anywhere("pay", offering.pay, "private"),
        Anywhere("paid", waiting.paid, "private"),
        Anywhere("uncollect", waiting.call_off, "private"),
        Anywhere("payagain", waiting.again, "private"),
        Anywhere("paycode", code.wanted, "private"),
        Anywhere("topup", own_money.topup, "private"),
    ),
    old_buttons={"pay": offering.old_pay},
    readers=(
        Reader("first", waiting.read_paid),
        Reader("first", own_money.read_back),
        Reader("first", offering.read_way),
        Reader("first", code.read_anywhere),
    ),
    answers={CodeAnswered: code.answered},
    menu=(MenuButton(50, 30, own_money.menu_button),),
    help_text=_help,
    ways_to_pay=offering.for_quote,
    cancels=waiting.cancel_newest,
    unpaid=waiting.unpaid,
)
