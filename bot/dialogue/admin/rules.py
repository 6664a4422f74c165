"""An admin changes what the shop asks, pays and says, and what is not sold for a while. Pure.

A change holds from the next event on: the shop is read with every one. A quote that was shown keeps its price.
"""

from typing import Final

from bot.dialogue.acts.audit_log import audit
from bot.dialogue.acts.commissions import (
    DEFAULT,
    commission_examples,
    commission_warning,
    examples_of,
    most_commission,
    service_in,
)
from bot.dialogue.acts.kinds import ActKind, Two, ask, begin, done, nobody
from bot.dialogue.acts.second import names_a_way_to_pay, not_for_operators, tell_owners, where_two_are
from bot.dialogue.context import Context, Deciding, Reply
from bot.domain.acts import Act, SetCommission, SetFee, SetMaintenance, SetText, TextName
from bot.domain.catalog import Commission, FeeRule, Service
from bot.domain.model import Language, ServiceName
from bot.domain.text import fold
from bot.errors import ModelError
from bot.i18n import LANGUAGES, Safe, Voice
from bot.languages import LISTS, answers
from bot.notices.layout import lines, paragraphs
from bot.notices.orders import SERVICE
from bot.repositories.acts import Touched
from bot.repositories.rules import set_rule
from bot.store import Script
from bot.transactions import broadcasts

MAX_WORD_CHARACTERS = 300
_TEXTS: Final[dict[str, TextName]] = {
    "payin": "pay_in",
    "pay_in": "pay_in",
    "pay-in": "pay_in",
    "help": "help",
    "contact": "contact",
}
_ALL: Final = answers("all")


# Fees and commissions.


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
        t("admin.fee.ask", service=t(SERVICE[service.name]), rule=act.rule or DEFAULT),
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
        t("admin.commission.ask", service=t(SERVICE[service.name]), rule=act.rule or DEFAULT),
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
    yield from audit(ctx, name, act.service, _with_reason(rule, why))
    yield from ctx.write(set_rule(f"{name}:{act.service}", act.rule))
    key = "admin.fee.done" if isinstance(act, SetFee) else "admin.commission.done"
    return done(ctx, t(key, service=t(SERVICE[act.service]), rule=rule))


def _rule_name(act: SetFee | SetCommission) -> str:
    return "fee" if isinstance(act, SetFee) else "commission"


def _with_reason(what: str, why: str) -> str:
    """What a rule was changed to, and why."""
    return f"{what} · {why}" if why else what


# Not sold for a while.


def maintenance(ctx: Context, rest: str) -> Deciding:
    """`/maintenance on|off [service] [text for customers]`; without a service all of them."""
    verdict, _, tail = rest.strip().partition(" ")
    verdict = verdict.lower()
    if verdict not in ("on", "off"):
        return (yield from _maintenance_now(ctx))
    word, _, more = tail.strip().partition(" ")
    service = service_in(ctx, word)
    if service is None and fold(word) not in _ALL:
        more = tail.strip()
    names = tuple(each.name for each in ctx.shop.catalog) if service is None else (service.name,)
    return (yield from begin(ctx, SetMaintenance(verdict == "on", names, more.strip()[:MAX_WORD_CHARACTERS])))


def _maintenance_now(ctx: Context) -> Deciding:
    """What is not sold now, and how it is said."""
    yield from ()
    t, closed = ctx.t, ctx.shop.maintenance
    listed = (
        t("admin.maintenance.word", service=t(SERVICE[name]), word=word) if word else Safe(f"🛠 {t(SERVICE[name])}")
        for name, word in closed.items()
    )
    return Reply(
        paragraphs(lines(*listed) if closed else t("admin.maintenance.none"), t("admin.maintenance.usage")),
        separate=True,
    )


def _changed(ctx: Context, act: SetMaintenance) -> tuple[ServiceName, ...]:
    """The services that an act closes or opens. What is open already is not opened."""
    return tuple(name for name in act.services if act.on or name in ctx.shop.maintenance)


def _services(ctx: Context, services: tuple[ServiceName, ...]) -> str:
    return ", ".join(ctx.t.label(SERVICE[name]) for name in services)


def ask_maintenance(ctx: Context, act: SetMaintenance, why: str) -> Deciding:
    """What customers would read."""
    yield from ()
    t, services = ctx.t, _changed(ctx, act)
    if not services:
        return Reply(t("admin.maintenance.already"))
    if (owners := not_for_operators(ctx, act.text)) is not None:
        return owners
    text = paragraphs(
        t("admin.maintenance.ask_on" if act.on else "admin.maintenance.ask_off", services=_services(ctx, services)),
        t("admin.maintenance.what_on") if act.on else None,
        t("admin.maintenance.says", text=act.text) if act.on and act.text else None,
    )
    return ask(ctx, text, act, why)


def do_maintenance(ctx: Context, act: SetMaintenance, why: str) -> Deciding:
    """Close or open."""
    t, services = ctx.t, _changed(ctx, act)
    if not services:
        return Reply(t("admin.maintenance.already"))
    if (owners := not_for_operators(ctx, act.text)) is not None:
        return owners
    if names_a_way_to_pay(act.text):
        by = ctx.by
        yield from tell_owners(ctx, lambda voice: voice("admin.text.sent", by=by, words=act.text))
    why = _with_reason(act.text, why) if act.on and act.text else why
    yield from audit(ctx, "maintenance on" if act.on else "maintenance off", ",".join(services), why)
    for name in services:
        yield from ctx.write(set_rule(f"maintenance:{name}", act.text if act.on else None))
    if not act.on:
        yield from came_back(ctx, services)
    key = "admin.maintenance.done_on" if act.on else "admin.maintenance.done_off"
    return done(ctx, t(key, services=_services(ctx, services)))


def came_back(ctx: Context, services: tuple[ServiceName, ...]) -> Script[None]:
    """Services are sold again: whoever wanted to hear of it is told."""
    for name in services:
        yield from ctx.write(broadcasts.tell_back(ctx.unit, f"{ctx.person.fresh[0]}-{name}", name))


# What the shop says.


def text(ctx: Context, rest: str) -> Deciding:
    """`/text payin|help|contact fr|en TEXT`; `default` for ours."""
    what, typed_language, words = (*rest.split(None, 2), "", "", "")[:3]
    name, words = _TEXTS.get(what.lower()), words.strip()
    language = next((each for each in LANGUAGES if each == typed_language.lower()), None)
    if name is None or language is None or not words:
        return Reply(ctx.t("admin.text.usage"))
    return (yield from begin(ctx, SetText(name, language, None if words.lower() == DEFAULT else words)))


def ask_text(ctx: Context, act: SetText, why: str) -> Deciding:
    """How it will look, and how it looks."""
    yield from ()
    t = ctx.t
    named = {"what": t(_WHAT[act.name]), "language": _language(t, act.language)}
    before = t("admin.text.before", words=_text_now(ctx, act) or t("admin.text.original"))
    if act.text is None:
        return ask(ctx, paragraphs(t("admin.text.ask_default", **named), before), act, why)
    text = paragraphs(t("admin.text.ask", **named), t.escaped(act.text), before, t("admin.text.at_once"))
    return ask(ctx, text, act, why)


def _text_now(ctx: Context, act: SetText) -> str:
    """The text as it is; empty for the catalogs' own."""
    texts = {"pay_in": ctx.shop.pay_in, "help": ctx.shop.help_text, "contact": ctx.shop.contact}[act.name]
    return texts.get(act.language, "")


def do_text(ctx: Context, act: SetText, why: str) -> Deciding:
    """Say it so from now on."""
    t = ctx.t
    yield from audit(ctx, "text", f"{act.name}:{act.language}", _with_reason(act.text or DEFAULT, why))
    yield from ctx.write(set_rule(f"text:{act.name}:{act.language}", act.text))
    # Whoever says where to pay can have the money: all owners see what it was and what it is.
    before, by = _text_now(ctx, act), ctx.by
    yield from tell_owners(
        ctx,
        lambda voice: paragraphs(
            voice("admin.text.told", by=by, what=voice(_WHAT[act.name]), language=_language(voice, act.language)),
            voice("admin.text.before", words=before or voice("admin.text.original")),
            voice("admin.text.after", words=act.text or voice("admin.text.original")),
        ),
    )
    return done(ctx, t("admin.text.done", what=t(_WHAT[act.name]), language=_language(t, act.language)))


_WHAT: Final[dict[TextName, str]] = {"pay_in": "text.pay_in", "help": "text.help", "contact": "text.contact"}
_LANGUAGE: Final[dict[Language, str]] = {"fr": "text.fr", "en": "text.en"}


def _language(t: Voice, language: Language) -> str:
    """`in French`; a language that the catalogs have no words for by its own name."""
    return t(_LANGUAGE[language]) if language in _LANGUAGE else LISTS[language].name


def _rule(act: SetFee | SetCommission) -> Touched:
    """A change of fees or commissions is the affair of those who earn by it."""
    return Touched(rule=f"{_rule_name(act)}:{act.service}")


def _where_to_pay(ctx: Context, _: Act) -> Script[Two | None]:
    """What customers read of whom to pay and whom to write to."""
    yield from ()
    return Two("admin.two.text", "now")


FEE = ActKind(
    ask=ask_fee,
    do=do_priced,
    who="owner",
    touches=_rule,
    counts="two",
    because="it makes money move with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
)
COMMISSION = ActKind(
    ask=ask_commission,
    do=do_priced,
    who="owner",
    touches=_rule,
    counts="two",
    because="it gives resellers money with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
)
MAINTENANCE = ActKind(
    ask=ask_maintenance,
    do=do_maintenance,
    who="operator",
    touches=nobody,
    counts="no",
    because="while nothing is sold, nothing moves; a word that names a number or a page is an owner's",
)
TEXT = ActKind(
    ask=ask_text,
    do=do_text,
    who="owner",
    touches=nobody,
    counts="two",
    because="who says where to pay can have the money: by two where there is another owner, and all owners read both "
    "texts",
    two=_where_to_pay,
)
