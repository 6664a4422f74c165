"""An admin changes what customers pay beside the amount, and what resellers earn. Pure.

A change holds from the next event on: the shop is read with every one. A quote that was shown keeps its price.
"""

from msgspec.structs import replace

from bot.dialogue.acts.audit_log import audit, with_reason
from bot.dialogue.acts.kinds import ActKind, Undoing, ask, begin, done
from bot.dialogue.acts.second import where_two_are
from bot.dialogue.acts.terms import (
    DEFAULT,
    commission_examples,
    commission_warning,
    commission_words,
    examples_of,
    fee_words,
    most_commission,
    service_in,
)
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.acts import SetCommission, SetFee
from bot.domain.catalog import Commission, FeeRule, Service
from bot.errors import ModelError
from bot.i18n import Safe
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories.acts import Touched
from bot.repositories.rules import rules_now, set_rule
from bot.store import Script


def fee(ctx: Context, rest: str) -> Deciding:
    """`/fee SERVICE RULE`: what customers pay beside the amount; `default` for that of the settings."""
    return (yield from _priced(ctx, SetFee, rest))


def commission(ctx: Context, rest: str) -> Deciding:
    """`/commission SERVICE RULE`: what resellers earn who have no terms of their own."""
    return (yield from _priced(ctx, SetCommission, rest))


def _priced(ctx: Context, act: type[SetFee | SetCommission], rest: str) -> Deciding:
    word, _, rule = rest.strip().partition(" ")
    service, rule = service_in(ctx, word), " ".join(rule.lower().split())
    if service is None or not _is_rule(act, rule):
        return Reply(ctx.t("admin.fee.usage" if act is SetFee else "admin.commission.usage"))
    return (yield from begin(ctx, act(service.name, None if rule == DEFAULT else rule)))


def _is_rule(act: type[SetFee | SetCommission], rule: str) -> bool:
    try:
        FeeRule.parse(rule) if act is SetFee else Commission.parse(rule)
    except ModelError:
        return rule == DEFAULT
    return True


def _set_up(ctx: Context, act: SetFee | SetCommission) -> Service:
    """The service as it stands in the settings."""
    return ctx.unit.installation.shop.catalog[act.service]


def _beyond(ctx: Context, act: SetFee | SetCommission) -> Reply | None:
    """That a rule goes further than the settings let anybody go from a telephone; theirs is always within."""
    t, bounds = ctx.t, ctx.shop.bounds
    if act.rule is None:
        return None
    if isinstance(act, SetFee):
        percent = f"{bounds.fee_basis_points / 100:g}"
        allowed = bounds.allow_fee(FeeRule.parse(act.rule))
        return None if allowed else Reply(t("admin.fee.beyond", percent=percent, most=t.money(bounds.fee_xof)))
    allowed = bounds.allow_commission(Commission.parse(act.rule))
    return None if allowed else Reply(t("admin.commission.beyond", most=str(most_commission(ctx))))


def ask_fee(ctx: Context, act: SetFee, why: str) -> Deciding:
    """Some quotes before and after, and whether the provider's fee is covered."""
    yield from ()
    if (beyond := _beyond(ctx, act)) is not None:
        return beyond
    t, service = ctx.t, ctx.shop.catalog[act.service]
    after = _set_up(ctx, act).fee if act.rule is None else FeeRule.parse(act.rule)
    quotes = (
        t(
            "admin.fee.example",
            amount=t.money(xof),
            before=t.money(service.fee.fee_xof(xof)),
            after=t.money(after.fee_xof(xof)),
        )
        for xof in examples_of(service)
    )
    loses = any(after.fee_xof(xof) < service.provider_fee.fee_xof(xof) for xof in examples_of(service))
    text = paragraphs(
        t(
            "admin.fee.ask",
            service=t(SERVICE[service.name]),
            before=fee_words(t, service, service.fee),
            after=_in_words(ctx, act),
        ),
        lines(*quotes),
        t("admin.fee.loses") if loses else None,
        t("admin.rule.at_once"),
    )
    return ask(ctx, text, act, why)


def ask_commission(ctx: Context, act: SetCommission, why: str) -> Deciding:
    """Some sales before and after, and whether the fee covers it."""
    yield from ()
    if (beyond := _beyond(ctx, act)) is not None:
        return beyond
    t, service = ctx.t, ctx.shop.catalog[act.service]
    after = _set_up(ctx, act).commission if act.rule is None else Commission.parse(act.rule)
    text = paragraphs(
        t(
            "admin.commission.ask",
            service=t(SERVICE[service.name]),
            before=commission_words(t, service, service.commission),
            after=_in_words(ctx, act),
        ),
        commission_examples(ctx, service, service.commission, after),
        commission_warning(ctx, service, after),
        t("admin.commission.whose"),
    )
    return ask(ctx, text, act, why)


def do_priced(ctx: Context, act: SetFee | SetCommission, why: str) -> Deciding:
    """Change the rule."""
    if (beyond := _beyond(ctx, act)) is not None:
        return beyond
    t, rule, name = ctx.t, act.rule or DEFAULT, _rule_name(act)
    yield from audit(ctx, name, act.service, with_reason(rule, why))
    yield from ctx.write(set_rule(f"{name}:{act.service}", act.rule))
    key = "admin.fee.done" if isinstance(act, SetFee) else "admin.commission.done"
    return done(ctx, t(key, service=t(SERVICE[act.service]), rule=_in_words(ctx, act)))


def _in_words(ctx: Context, act: SetFee | SetCommission) -> Safe:
    """The rule as it would be; that of the settings is named as such."""
    t, service = ctx.t, ctx.shop.catalog[act.service]
    if isinstance(act, SetFee):
        said = fee_words(t, service, _set_up(ctx, act).fee if act.rule is None else FeeRule.parse(act.rule))
    else:
        rule = _set_up(ctx, act).commission if act.rule is None else Commission.parse(act.rule)
        said = commission_words(t, service, rule)
    return t("admin.rule.settings", rule=said) if act.rule is None else said


def _rule_name(act: SetFee | SetCommission) -> str:
    return "fee" if isinstance(act, SetFee) else "commission"


def _rule(act: SetFee | SetCommission) -> Touched:
    """A change of fees or commissions is the affair of those who earn by it."""
    return Touched(rule=f"{_rule_name(act)}:{act.service}")


def _before(_: Context, act: SetFee | SetCommission) -> Script[tuple[SetFee | SetCommission, ...]]:
    rules = dict((yield from rules_now()))
    return (replace(act, rule=rules.get(f"{_rule_name(act)}:{act.service}")),)


def _now(_: Context, act: SetFee | SetCommission) -> Script[str]:
    rules = dict((yield from rules_now()))
    return str(rules.get(f"{_rule_name(act)}:{act.service}"))


def _sets(act: SetFee | SetCommission) -> frozenset[str]:
    return frozenset({f"{_rule_name(act)}:{act.service}"})


FEE: ActKind[SetFee] = ActKind(
    ask=ask_fee,
    do=do_priced,
    who="owner",
    touches=_rule,
    counts="two",
    because="it makes money move with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
    undoing=Undoing(inverse=_before, value=_now, sets=_sets),
)
COMMISSION: ActKind[SetCommission] = ActKind(
    ask=ask_commission,
    do=do_priced,
    who="owner",
    touches=_rule,
    counts="two",
    because="it gives resellers money with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
    undoing=Undoing(inverse=_before, value=_now, sets=_sets),
)
