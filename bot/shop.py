"""What the dialogue knows of the shop it speaks for: the same for everybody, prepared once. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from bot.channels.abilities import ChannelAbilities
from bot.domain.catalog import Bounds, Catalog, Commission, FeeRule, ServiceName
from bot.domain.people import Language
from bot.i18n import LANGUAGES, Words


class ShopSettings(Struct, frozen=True):
    """What is sold and how long things last.

    `pay_in` is the admin's text, per language, that tells how money is added, `help_text` the one that explains the
    bot, `contact` the one that tells whom to write to; without them the catalogs' own are used. `maintenance` names the
    services that are not sold at the moment, each with the admin's word on it (or an empty one). A quote may be
    confirmed for `quote_seconds`, a session left for `session_seconds` starts afresh, and the same purchase within
    `twin_seconds` earns a warning. A message that was under way for longer than `stale_seconds`, or than a quote lives,
    does nothing. A move of money of `approval_xof` or more needs a second person, within `approval_seconds`; where it
    is None, that holds from `approval_default_xof` on and only where there are two owners. `bounds` is how far a rule
    or a limit may be changed from a telephone. Below `float_alert_xof` at the provider the admins are alerted.
    `channels` is what the channels that are plugged in can do.
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
    maintenance: Mapping[ServiceName, str] = field(default_factory=dict)
    approval_xof: int | None = None
    approval_default_xof: int = 100_000
    bounds: Bounds = Bounds()
    approval_seconds: int = 1800
    float_alert_xof: int = 100_000
    channels: ChannelAbilities = field(default_factory=dict)


# What admins may change from their phone, by the name under which the store keeps it: the operator's notation of
# `fee:<service>` and `commission:<service>`, the word on `maintenance:<service>`, and `text:<what>:<language>`, of
# what is pay_in, help or contact.
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
        maintenance={
            service.name: values[key] for service in services if (key := f"maintenance:{service.name}") in values
        },
    )


def _texts(values: Mapping[str, str], what: str) -> dict[Language, str]:
    return {language: values[key] for language in LANGUAGES if (key := f"text:{what}:{language}") in values}


def is_prepaid(service: str) -> bool:
    """Whether a service hands out recharge codes; that is the service's nature and no setting."""
    return service in _PREPAID


_PREPAID: frozenset[Any] = frozenset(service.name for service in Catalog() if service.prepaid)
