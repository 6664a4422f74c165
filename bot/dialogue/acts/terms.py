"""What commissions earn by examples, and the most that they may give, for whoever changes one. Pure."""

from typing import Final

from bot.dialogue.context import Context
from bot.dialogue.parsing.services import parse_service
from bot.domain.catalog import Commission, FeeRule, Service
from bot.i18n import Safe, Voice
from bot.notices.layout import lines

# The sales that a change of fees is shown by.
EXAMPLES_XOF: Final = (1_000, 5_000, 20_000)
# The sale that a commission is told by.
SAID_XOF: Final = 5_000
# Typed for what the settings or the shop say.
DEFAULT: Final = "default"


def service_in(ctx: Context, word: str) -> Service | None:
    """The service that one word names."""
    line = parse_service(ctx.shop.catalog, word) if word else None
    # Where more follows the name, the word does not name only the service.
    return None if line is None or line[1] else line[0]


def examples_of(service: Service) -> tuple[int, ...]:
    """Some amounts that are sold."""
    fit = tuple(xof for xof in EXAMPLES_XOF if service.minimum_xof <= xof <= service.maximum_xof)
    return fit or (service.minimum_xof,)


def most_commission(ctx: Context) -> Commission:
    """The most that a commission may give."""
    return Commission(ctx.shop.bounds.commission_basis_points, ctx.shop.bounds.commission_fee_basis_points)


def _said_xof(service: Service) -> int:
    """The sale by which a rule is told."""
    return min(max(SAID_XOF, service.minimum_xof), service.maximum_xof)


def fee_words(t: Voice, service: Service, rule: FeeRule) -> Safe:
    """A fee as a shop-keeper says it: the parts that it has, and what it comes to for a sale."""
    terms = [t("fee.percent", percent=t.percent(rule.basis_points))] if rule.basis_points else []
    terms += [t.short_money(rule.fixed_xof)] if rule.fixed_xof else []
    parts = [Safe(" + ".join(terms))] if terms else []
    parts += [t("fee.at_least", amount=t.short_money(rule.minimum_xof))] if rule.minimum_xof else []
    parts += [t("fee.at_most", amount=t.short_money(rule.maximum_xof))] if rule.maximum_xof and parts else []
    if not parts:
        return t("fee.none")
    amount_xof = _said_xof(service)
    fee = t.short_money(rule.fee_xof(amount_xof))
    return t("fee.words", said=Safe(", ".join(parts)), fee=fee, amount=t.short_money(amount_xof))


def commission_words(t: Voice, service: Service, rule: Commission) -> Safe:
    """A commission as a shop-keeper says it: the parts that it has, and what a sale earns by it."""
    amount_xof = _said_xof(service)
    earned = t.money(rule.commission_xof(amount_xof, service.fee.fee_xof(amount_xof)))
    parts = [
        t(key, percent=t.percent(points))
        for key, points in (
            ("commission.of_fee", rule.fee_basis_points),
            ("commission.of_amount", rule.amount_basis_points),
        )
        if points
    ]
    if not parts:
        return t("commission.none")
    said = parts[0] if len(parts) == 1 else t("commission.both", one=parts[0], other=parts[1])
    return t("commission.words", said=said, earned=earned, amount=t.money(amount_xof))


def commission_examples(ctx: Context, service: Service, before: Commission, after: Commission) -> Safe:
    """What some sales earn a reseller, before and after."""
    t, examples = ctx.t, []
    for xof in examples_of(service):
        fee_xof = service.fee.fee_xof(xof)
        earned, earns = before.commission_xof(xof, fee_xof), after.commission_xof(xof, fee_xof)
        examples.append(
            t("admin.commission.example", amount=t.money(xof), before=t.money(earned), after=t.money(earns))
        )
    return lines(*examples)


def commission_warning(ctx: Context, service: Service, rule: Commission) -> Safe | None:
    """That a commission exceeds what the fee leaves after the provider's, with the first example that shows it."""
    t = ctx.t
    for xof in examples_of(service):
        fee_xof = service.fee.fee_xof(xof)
        left_xof, given_xof = fee_xof - service.provider_fee.fee_xof(xof), rule.commission_xof(xof, fee_xof)
        if given_xof > left_xof:
            return t(
                "admin.commission.loses", amount=t.money(xof), given=t.money(given_xof), left=t.money(max(0, left_xof))
            )
    return None
