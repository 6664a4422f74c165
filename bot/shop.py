"""What the dialogue knows of the shop it speaks for: the same for everybody, prepared once. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from bot.channels.abilities import ChannelAbilities
from bot.domain.catalog import Bounds, Catalog, Commission, FeeRule, ServiceName
from bot.domain.collecting import Abilities, Advances, Method, Way
from bot.domain.hours import Hours
from bot.domain.people import Address, Language
from bot.i18n import LANGUAGES, Words

# A link lives so long, and with it what was quoted.
COLLECTION_MS = 1_800_000


class CollectingTerms(Struct, frozen=True):
    """How customers pay for themselves. `methods` are the ways that the operator switched on, in the order in which
    they are offered; `fee` is what is asked of the payer on top, the others are what the provider keeps of a payment
    and of a pay-back where its answers do not tell.

    An advance may be up to `advance_most_xof`, and no more than `advance_month_xof` of them come in within 30 days.
    A pay-back of up to `auto_most_xof` goes by itself; a larger one waits for an admin.
    """

    collector: str
    abilities: Abilities
    methods: tuple[Method, ...]
    fee: FeeRule = FeeRule()
    provider_fee: FeeRule = FeeRule()
    pay_back_fee: FeeRule = FeeRule()
    advance_most_xof: int = 200_000
    advance_month_xof: int = 1_000_000
    auto_most_xof: int = 50_000

    def way(self, method: Method) -> Way | None:
        """How a way to pay goes; None for one that is not switched on."""
        return self.abilities.way(method) if method in self.methods else None


class ShopSettings(Struct, frozen=True):
    """What is sold and how long things last.

    `pay_in` is the admin's text, per language, that tells how money is added, `help_text` the one that explains the
    bot, `contact` the one that tells whom to write to, `closed` what people read who write outside of `contact_hours`,
    when nobody answers; without them the catalogs' own are used. `maintenance` names the
    services that are not sold at the moment, each with the admin's word on it (or an empty one). A quote may be
    confirmed for `quote_seconds`, a session left for `session_seconds` starts afresh, and the same purchase within
    `twin_seconds` earns a warning. A message that was under way for longer than `stale_seconds`, or than a quote lives,
    does nothing. A move of money of `approval_xof` or more needs a second person, within `approval_seconds`; where it
    is None, that holds from `approval_default_xof` on and only where there are two owners. `bounds` is how far a rule
    or a limit may be changed from a telephone. Where a telephone was lost, an account goes to another address after
    `move_wait_hours`. `alert_chat` is a group that reads alerts, too. Below `float_alert_xof` at the provider the
    admins are alerted.
    `channels` is what the channels that are plugged in can do. Without `collecting` nobody can pay by themselves;
    `advances` says whether customers may have money here, None where nothing was said.
    """

    words: Words
    catalog: Catalog = Catalog()
    pay_in: Mapping[Language, str] = field(default_factory=dict)
    quote_seconds: int = 600
    session_seconds: int = 1800
    twin_seconds: int = 600
    stale_seconds: int = 600
    help_text: Mapping[Language, str] = field(default_factory=dict)
    contact: Mapping[Language, str] = field(default_factory=dict)
    closed: Mapping[Language, str] = field(default_factory=dict)
    contact_hours: Hours = Hours(480, 1200)
    maintenance: Mapping[ServiceName, str] = field(default_factory=dict)
    approval_xof: int | None = None
    approval_default_xof: int = 100_000
    bounds: Bounds = Bounds()
    approval_seconds: int = 1800
    move_wait_hours: int = 24
    alert_chat: Address | None = None
    float_alert_xof: int = 100_000
    channels: ChannelAbilities = field(default_factory=dict)
    collecting: CollectingTerms | None = None
    advances: Advances | None = None

    @property
    def keeps_advances(self) -> bool:
        """Whether customers may have money here. What a reseller has is a trade account, and stays in any case."""
        return (self.advances or ("allowed" if self.collecting is None else "none")) == "allowed"


# What admins may change from their phone, by the name under which the store keeps it: the operator's notation of
# `fee:<service>` and `commission:<service>`, the word on `maintenance:<service>`, and `text:<what>:<language>`, of
# what is pay_in, help, contact or closed. `advances` is what an installation had before customers could pay for
# themselves; what the operator says goes before it.
Rules = tuple[tuple[str, str], ...]


def under_rules(shop: ShopSettings, rules: Rules) -> ShopSettings:
    """The shop as it is now: as it was set up, with what the admins have changed since."""
    values = dict(rules)
    services = []
    for service in shop.catalog:
        fee, commission = values.get(f"fee:{service.name}"), values.get(f"commission:{service.name}")
        services.append(
            replace(
                service,
                fee=service.fee if fee is None else FeeRule.parse(fee),
                commission=service.commission if commission is None else Commission.parse(commission),
            )
        )
    return replace(
        shop,
        catalog=Catalog(tuple(services)),
        pay_in={**shop.pay_in, **_texts(values, "pay_in")},
        help_text={**shop.help_text, **_texts(values, "help")},
        contact={**shop.contact, **_texts(values, "contact")},
        closed={**shop.closed, **_texts(values, "closed")},
        maintenance={
            service.name: values[key] for service in services if (key := f"maintenance:{service.name}") in values
        },
        advances=shop.advances or ("allowed" if values.get("advances") == "allowed" else None),
    )


def _texts(values: Mapping[str, str], what: str) -> dict[Language, str]:
    return {language: values[key] for language in LANGUAGES if (key := f"text:{what}:{language}") in values}


def is_prepaid(service: str) -> bool:
    """Whether a service hands out recharge codes; that is the service's nature and no setting."""
    return service in _PREPAID


_PREPAID: frozenset[Any] = frozenset(service.name for service in Catalog() if service.prepaid)
