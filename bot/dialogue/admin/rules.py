"""An admin changes what the shop asks, pays and says, and what is not sold for a while. Pure.

A change holds from the next event on: the shop is read with every one. A quote that was shown keeps its price.
"""

from collections.abc import Generator
from typing import Any, Final

from bot.catalog import Commission, FeeRule, Service
from bot.dialogue import read
from bot.dialogue.admin.acting_looks import LookSetUp, Touched
from bot.dialogue.admin.broadcast_effects import TellBack
from bot.dialogue.admin.drafts import Draft, Two, ask, begin, done, nobody
from bot.dialogue.admin.effects import Audit, SetRule
from bot.dialogue.admin.second import names_a_way_to_pay, not_for_operators, tell_owners, where_two_are
from bot.dialogue.here import Aside, Deciding, Here, lines, paragraphs
from bot.dialogue.looks import Look
from bot.dialogue.orders import SERVICE
from bot.dialogue.shop import Shop
from bot.errors import ModelError
from bot.i18n import LANGUAGES, Safe
from bot.model import ServiceName

# The sales that a change of fees is shown by.
EXAMPLES_XOF: Final = (1_000, 5_000, 20_000)
DEFAULT = "default"
MAX_WORD_CHARACTERS = 300
_TEXTS: Final[dict[str, str]] = {
    "payin": "pay_in",
    "pay_in": "pay_in",
    "pay-in": "pay_in",
    "help": "help",
    "contact": "contact",
}
_ALL: Final = frozenset({"all", "tout", "tous", "everything"})


def service_in(here: Here, word: str) -> Service | None:
    """The service that one word names."""
    found = read.service(here.shop.catalog, word) if word else None
    return None if found is None or found[1] else found[0]


def examples_of(service: Service) -> tuple[int, ...]:
    """Some amounts that are sold."""
    fit = tuple(xof for xof in EXAMPLES_XOF if service.minimum_xof <= xof <= service.maximum_xof)
    return fit or (service.minimum_xof,)


# Fees and commissions.


def fee(here: Here, rest: str) -> Deciding:
    """`/fee SERVICE RULE`: what customers pay beside the amount; `default` for that of the settings."""
    return (yield from _priced(here, "fee", rest))


def commission(here: Here, rest: str) -> Deciding:
    """`/commission SERVICE RULE`: what resellers earn who have no terms of their own."""
    return (yield from _priced(here, "commission", rest))


def _priced(here: Here, verb: str, rest: str) -> Deciding:
    word, _, rule = rest.strip().partition(" ")
    service, rule = service_in(here, word), " ".join(rule.lower().split())
    if service is None or not _is_rule(verb, rule):
        return Aside(here.t("admin.fee.usage" if verb == "fee" else "admin.commission.usage"))
    draft = begin(here, f"{verb} {service.name} {rule}")
    return (yield from (FEE if verb == "fee" else COMMISSION).put(here, draft))


def _is_rule(verb: str, rule: str) -> bool:
    try:
        FeeRule.parse(rule) if verb == "fee" else Commission.parse(rule)
    except ModelError:
        return rule == DEFAULT
    return True


def _read(here: Here, draft: str) -> Generator[Look, Any, tuple[Service, Service, str]]:
    """The service as it is set up, as it is sold now, and the rule of a draft."""
    _, name, rule = draft.split(" ", 2)
    set_up: Shop = yield LookSetUp()
    services = {service.name: service for service in here.shop.catalog}
    sold = next(service for key, service in services.items() if key == name)
    return set_up.catalog[sold.name], sold, rule


def _beyond(here: Here, draft: str) -> Aside | None:
    """That a rule goes further than the settings let anybody go from a telephone; theirs is always within."""
    verb, _, rule = draft.split(" ", 2)
    t, bounds = here.t, here.shop.bounds
    if rule == DEFAULT:
        return None
    if verb == "fee":
        percent = f"{bounds.fee_basis_points / 100:g}"
        allowed = bounds.allow_fee(FeeRule.parse(rule))
        return None if allowed else Aside(t("admin.fee.beyond", percent=percent, most=t.money(bounds.fee_xof)))
    allowed = bounds.allow_commission(Commission.parse(rule))
    return None if allowed else Aside(t("admin.commission.beyond", most=str(most_commission(here))))


def most_commission(here: Here) -> Commission:
    """The most that a commission may give."""
    return Commission(here.shop.bounds.commission_basis_points, here.shop.bounds.commission_fee_basis_points)


def ask_fee(here: Here, draft: str) -> Deciding:
    """Some quotes before and after, and whether the provider's fee is covered."""
    if (beyond := _beyond(here, draft)) is not None:
        return beyond
    t = here.t
    set_up, service, rule = yield from _read(here, draft)
    after = set_up.fee if rule == DEFAULT else FeeRule.parse(rule)
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
        t("admin.fee.ask", service=t(SERVICE[service.name]), rule=rule),
        lines(*quotes),
        t("admin.fee.loses") if loses else None,
        t("admin.rule.at_once"),
    )
    return ask(here, text, draft)


def ask_commission(here: Here, draft: str) -> Deciding:
    """Some sales before and after, and whether the fee covers it."""
    if (beyond := _beyond(here, draft)) is not None:
        return beyond
    t = here.t
    set_up, service, rule = yield from _read(here, draft)
    after = set_up.commission if rule == DEFAULT else Commission.parse(rule)
    text = paragraphs(
        t("admin.commission.ask", service=t(SERVICE[service.name]), rule=rule),
        commission_examples(here, service, service.commission, after),
        commission_warning(here, service, after),
        t("admin.commission.whose"),
    )
    return ask(here, text, draft)


def commission_examples(here: Here, service: Service, before: Commission, after: Commission) -> Safe:
    """What some sales earn a reseller, before and after."""
    t, told = here.t, []
    for xof in examples_of(service):
        fee_xof = service.fee.fee_xof(xof)
        earned, earns = before.commission_xof(xof, fee_xof), after.commission_xof(xof, fee_xof)
        told.append(t("admin.commission.example", amount=t.money(xof), before=t.money(earned), after=t.money(earns)))
    return lines(*told)


def commission_warning(here: Here, service: Service, rule: Commission) -> Safe | None:
    """That a commission exceeds what the fee leaves after the provider's, with the first example that shows it."""
    t = here.t
    for xof in examples_of(service):
        fee_xof = service.fee.fee_xof(xof)
        left_xof, given_xof = fee_xof - service.provider_fee.fee_xof(xof), rule.commission_xof(xof, fee_xof)
        if given_xof > left_xof:
            return t(
                "admin.commission.loses", amount=t.money(xof), given=t.money(given_xof), left=t.money(max(0, left_xof))
            )
    return None


def do_priced(here: Here, draft: str) -> Deciding:
    """Change the rule."""
    if (beyond := _beyond(here, draft)) is not None:
        return beyond
    verb = draft.partition(" ")[0]
    _, service, rule = yield from _read(here, draft)
    here.effects += (
        Audit(verb, service.name, _said(here, rule)),
        SetRule(f"{verb}:{service.name}", None if rule == DEFAULT else rule),
    )
    t = here.t
    key = "admin.fee.done" if verb == "fee" else "admin.commission.done"
    return done(here, t(key, service=t(SERVICE[service.name]), rule=rule))


def _said(here: Here, what: str) -> str:
    """What a rule was changed to, and why."""
    return f"{what} · {here.session.why}" if here.session.why else what


# Not sold for a while.


def maintenance(here: Here, rest: str) -> Deciding:
    """`/maintenance on|off [service] [text for customers]`; without a service all of them."""
    verdict, _, tail = rest.strip().partition(" ")
    verdict = verdict.lower()
    if verdict not in ("on", "off"):
        return (yield from _maintenance_now(here))
    word, _, more = tail.strip().partition(" ")
    service = service_in(here, word)
    if service is None and word.lower() not in _ALL:
        more = tail.strip()
    names = [each.name for each in here.shop.catalog] if service is None else [service.name]
    draft = f"maintenance {verdict} {','.join(names)} {more.strip()[:MAX_WORD_CHARACTERS]}"
    return (yield from MAINTENANCE.put(here, begin(here, draft)))


def _maintenance_now(here: Here) -> Deciding:
    """What is not sold now, and how it is said."""
    yield from ()
    t, closed = here.t, here.shop.maintenance
    listed = (
        t("admin.maintenance.word", service=t(SERVICE[name]), word=word) if word else f"🛠 {t(SERVICE[name])}"
        for name, word in closed.items()
    )
    return Aside(
        paragraphs(lines(*listed) if closed else t("admin.maintenance.none"), t("admin.maintenance.usage")), apart=True
    )


def _closing(here: Here, draft: str) -> tuple[bool, tuple[ServiceName, ...], str]:
    """Whether a draft closes, which services, and the word on it. What is open already is not opened."""
    _, verdict, names, word = draft.split(" ", 3)
    closes, closed = verdict == "on", here.shop.maintenance
    services = tuple(
        service.name
        for service in here.shop.catalog
        if service.name in names.split(",") and (closes or service.name in closed)
    )
    return closes, services, word


def _services(here: Here, services: tuple[ServiceName, ...]) -> str:
    return ", ".join(here.t.label(SERVICE[name]) for name in services)


def ask_maintenance(here: Here, draft: str) -> Deciding:
    """What customers would read."""
    yield from ()
    t = here.t
    closes, services, word = _closing(here, draft)
    if not services:
        return Aside(t("admin.maintenance.already"))
    if (owners := not_for_operators(here, word)) is not None:
        return owners
    text = paragraphs(
        t("admin.maintenance.ask_on" if closes else "admin.maintenance.ask_off", services=_services(here, services)),
        t("admin.maintenance.what_on") if closes else None,
        t("admin.maintenance.says", text=word) if closes and word else None,
    )
    return ask(here, text, draft)


def do_maintenance(here: Here, draft: str) -> Deciding:
    """Close or open."""
    t = here.t
    closes, services, word = _closing(here, draft)
    if not services:
        return Aside(t("admin.maintenance.already"))
    if (owners := not_for_operators(here, word)) is not None:
        return owners
    if names_a_way_to_pay(word):
        by = here.by
        here.effects += yield from tell_owners(here, lambda voice: voice("admin.text.sent", by=by, words=word))
    why = _said(here, word) if closes and word else here.session.why
    here.effects += (Audit("maintenance on" if closes else "maintenance off", ",".join(services), why),)
    here.effects += tuple(SetRule(f"maintenance:{name}", word if closes else None) for name in services)
    if not closes:
        came_back(here, services)
    key = "admin.maintenance.done_on" if closes else "admin.maintenance.done_off"
    return done(here, t(key, services=_services(here, services)))


def came_back(here: Here, services: tuple[ServiceName, ...]) -> None:
    """Services are sold again: whoever wanted to hear of it is told (adds effects to `here`)."""
    here.effects += tuple(TellBack(f"{here.speaker.fresh[0]}-{name}", name) for name in services)


# What the shop says.


def text(here: Here, rest: str) -> Deciding:
    """`/text payin|help|contact fr|en TEXT`; `default` for ours."""
    what, language, words = (*rest.split(None, 2), "", "", "")[:3]
    name, language, words = _TEXTS.get(what.lower()), language.lower(), words.strip()
    if name is None or language not in LANGUAGES or not words:
        return Aside(here.t("admin.text.usage"))
    draft = f"text {name} {language} {DEFAULT if words.lower() == DEFAULT else words}"
    return (yield from TEXT.put(here, begin(here, draft)))


def ask_text(here: Here, draft: str) -> Deciding:
    """How it will look, and how it looks."""
    yield from ()
    t = here.t
    _, name, language, words = draft.split(" ", 3)
    named = {"what": t(_WHAT[name]), "language": t(_LANGUAGE[language])}
    before = t("admin.text.before", words=_said_now(here, name, language) or t("admin.text.original"))
    if words == DEFAULT:
        return ask(here, paragraphs(t("admin.text.ask_default", **named), before), draft)
    return ask(here, paragraphs(t("admin.text.ask", **named), t.escaped(words), before, t("admin.text.at_once")), draft)


def _said_now(here: Here, name: str, language: str) -> str:
    """The text as it is; empty for the catalogs' own."""
    texts = {"pay_in": here.shop.pay_in, "help": here.shop.help_text, "contact": here.shop.contact}[name]
    return texts.get(language, "")  # type: ignore[call-overload, no-any-return]  # Language is a Literal of these.


def do_text(here: Here, draft: str) -> Deciding:
    """Say it so from now on."""
    t = here.t
    _, name, language, words = draft.split(" ", 3)
    here.effects += (
        Audit("text", f"{name}:{language}", _said(here, words)),
        SetRule(f"text:{name}:{language}", None if words == DEFAULT else words),
    )
    # Whoever says where to pay can have the money: all owners see what it was and what it is.
    before, by = _said_now(here, name, language), here.by
    here.effects += yield from tell_owners(
        here,
        lambda voice: paragraphs(
            voice("admin.text.told", by=by, what=voice(_WHAT[name]), language=voice(_LANGUAGE[language])),
            voice("admin.text.before", words=before or voice("admin.text.original")),
            voice("admin.text.after", words=voice("admin.text.original") if words == DEFAULT else words),
        ),
    )
    return done(here, t("admin.text.done", what=t(_WHAT[name]), language=t(_LANGUAGE[language])))


_WHAT: Final[dict[str, str]] = {"pay_in": "text.pay_in", "help": "text.help", "contact": "text.contact"}
_LANGUAGE: Final[dict[str, str]] = {"fr": "text.fr", "en": "text.en"}


def _rule(draft: str) -> Touched:
    """A change of fees or commissions is the affair of those who earn by it."""
    return Touched(rule=":".join(draft.split(" ")[:2]))


def _where_to_pay(here: Here, _: str) -> Generator[Look, Any, Two | None]:
    """What customers read of whom to pay and whom to write to."""
    yield from ()
    return Two("admin.two.text", "now")


FEE = Draft(
    ask_fee,
    do_priced,
    "owner",
    _rule,
    "two",
    "it makes money move with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
)
COMMISSION = Draft(
    ask_commission,
    do_priced,
    "owner",
    _rule,
    "two",
    "it gives resellers money with every sale: within bounds, and by two",
    two=where_two_are("admin.two.terms"),
)
MAINTENANCE = Draft(
    ask_maintenance,
    do_maintenance,
    "operator",
    nobody,
    "no",
    "while nothing is sold, nothing moves; a word that names a number or a page is an owner's",
)
TEXT = Draft(
    ask_text,
    do_text,
    "owner",
    nobody,
    "two",
    "who says where to pay can have the money: by two where there is another owner, and all owners read both texts",
    two=_where_to_pay,
)
