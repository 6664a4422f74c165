"""Buying: whose meter, how much, the quote and its Confirm. Pure."""

from functools import partial

from msgspec.structs import replace

from bot.dialogue.context import Answer, Context, Deciding, Reply, State
from bot.dialogue.flow import AfterGuard, Anywhere, Command, Flow, MenuButton, Reader, Typed
from bot.dialogue.flows.purchase import all_bills, amounts, bills, lookup, quote, resuming, shortcuts
from bot.dialogue.pending import (
    AllBills,
    BeingLookedUp,
    ConfirmBills,
    ConfirmQuote,
    MeterKnown,
    MeterShown,
    NumberGiven,
    NumberWanted,
    Readings,
)
from bot.dialogue.tasks import InquiryAnswered, InquiryLimited
from bot.domain.catalog import SERVICES, Service, ServiceName
from bot.domain.outbound import Choice
from bot.i18n import Safe
from bot.notices.layout import free
from bot.notices.orders import EMBLEM, SERVICE
from bot.store import Script


def _stay(ctx: Context, _: str) -> Answer:
    """“Change” where the amount is what is asked for already: Back would forget the meter."""
    return Reply(Safe(""))


def _other_meter(ctx: Context, _: str) -> Deciding:
    """“It is not my meter”: which other one? The amount is kept."""
    return lookup.ask_reference(ctx)


def _keep(ctx: Context, _: str) -> Deciding:
    """“Save this meter” in the middle of a purchase: the one that is spoken of, not that of an earlier order."""
    ctx.session = replace(ctx.session, looked_up=lookup.looked_up(ctx, ctx.pending(MeterShown).inquiry))
    return ctx.flows.follow(ctx, "keep")


def _not_yet(ctx: Context, _: str) -> Answer:
    """“Buy” at a quote is no yes, and “how much” is on it: the person is reminded of the quote."""
    return Reply(ctx.t("quote.not_yet"))


def _change(ctx: Context, _: str) -> Answer | Deciding:
    """“Change” at a quote: back to what was chosen last."""
    return _amount_bill_or_reference(ctx)


def _amount_bill_or_reference(ctx: Context) -> Answer | Deciding:
    """Back from a quote: to what was chosen last."""
    if lookup.sold(ctx).prepaid:
        return amounts.ask_amount(ctx)
    several = len(ctx.pending(MeterKnown).inquiry.bills) > 1
    return bills.ask_bill(ctx) if several else lookup.ask_reference(ctx)


def _service(name: ServiceName, ctx: Context) -> Choice:
    """A service in the menu."""
    return free(f"{EMBLEM[name]} {ctx.t.label(SERVICE[name])}", "buy", name)


def _command(at: int, service: Service) -> Command:
    """The command of a service; they are the first of the lists, in the catalog's order."""
    name = service.name
    return Command(name, partial(shortcuts.named, name), about=f"command.{name}", order=10 + at, near=False)


def _bare(ctx: Context, typed: Typed) -> Script[Answer | None]:
    return (yield from shortcuts.bare(ctx, typed.text))


FLOW = Flow(
    name="purchase",
    inquire=lookup.inquire,
    order_line=shortcuts.order_line,
    back_to_quote=quote.back_to_quote,
    after_guard={
        ConfirmQuote: AfterGuard(quote.confirm_guarded, quote.back_from_guard),
        ConfirmBills: AfterGuard(all_bills.confirm_guarded, all_bills.back_from_guard),
    },
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
            lookup.ask_reference,
            "unclear.reference",
            {"use": lookup.use},
            shortcuts.read_reference,
            buying=True,
            pending=NumberWanted,
        ),
        "unusual": State(
            lookup.ask_unusual,
            "unclear.reference",
            {"asis": lookup.as_it_is},
            shortcuts.read_reference,
            back=lookup.ask_reference,
            buying=True,
            pending=NumberGiven,
            words={"other_meter": _other_meter},
        ),
        "inquiring": State(
            lookup.ask_inquiring,
            "unclear.inquiring",
            {"retry": lookup.retry},
            shortcuts.read_reference,
            back=lookup.ask_reference,
            buying=True,
            pending=BeingLookedUp,
        ),
        "unanswered": State(
            lookup.ask_retry,
            "unclear.unanswered",
            {"retry": lookup.retry},
            shortcuts.read_reference,
            back=lookup.ask_reference,
            buying=True,
            pending=NumberGiven,
        ),
        "amount": State(
            amounts.ask_amount,
            "unclear.amount",
            {"amount": amounts.amount},
            shortcuts.read_amount,
            figures=True,
            back=lookup.ask_reference,
            buying=True,
            pending=MeterKnown,
            words={"change": _stay, "buy": _stay, "other_meter": _other_meter, "save": _keep},
        ),
        "bill": State(
            bills.ask_bill,
            "unclear.bill",
            {"bill": bills.take_bill, "all": all_bills.take_all},
            all_bills.read_bill,
            back=lookup.ask_reference,
            buying=True,
            pending=MeterKnown,
            words={"other_meter": _other_meter, "save": _keep},
        ),
        "bills": State(
            all_bills.ask_all,
            "unclear.quote",
            {"confirm": all_bills.confirm},
            amounts.read_other,
            back=all_bills.ask_one_bill,
            buying=True,
            pending=AllBills,
            words={
                "change": all_bills.ask_one_bill,
                "thanks": quote.thanks,
                "buy": _not_yet,
                "prices": _not_yet,
                "other_meter": _other_meter,
                "save": _keep,
            },
        ),
        "quote": State(
            quote.ask_quote,
            "unclear.quote",
            {"confirm": quote.confirm, "twice": quote.confirm_twice, "check": quote.check, "retry": quote.check},
            shortcuts.read_quote,
            figures=True,
            back=_amount_bill_or_reference,
            buying=True,
            pending=MeterKnown,
            words={
                "change": _change,
                "thanks": quote.thanks,
                "buy": _not_yet,
                "prices": _not_yet,
                "other_meter": _other_meter,
                "save": _keep,
            },
        ),
    },
    commands=tuple(_command(at, service) for at, service in enumerate(SERVICES)),
    buttons=(
        Anywhere("buy", lookup.buy),
        Anywhere("keep_number", lookup.begin_keeping),
        Anywhere("where", lookup.where),
        Anywhere("resume", resuming.resume),
    ),
    readers=(Reader("bare", _bare),),
    old_buttons={"confirm": quote.old_confirm, "twice": quote.old_confirm},
    menu=tuple(MenuButton(*service.menu, partial(_service, service.name)) for service in SERVICES),
    answers={InquiryAnswered: amounts.answered, InquiryLimited: amounts.limited},
)
