"""Who collects for this operator, and under which terms."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.app.calls import observe_call
from bot.collections import Addresses, Collecting
from bot.collectors import Collector
from bot.collectors.wire import dexchange, dexpay
from bot.domain.collecting import Abilities
from bot.errors import SettingsError
from bot.gateway import Gateway
from bot.gateway.wire.calls import headers as dexchange_headers
from bot.lean_imports import without
from bot.settings import Settings
from bot.shop import CollectingTerms
from bot.web import collection_url, pay_pages

_ABILITIES: Final[Mapping[str, Abilities]] = {
    "dexchange_link": dexchange.LINK,
    "dexchange_push": dexchange.PUSH,
    "dexpay": dexpay.ABILITIES,
    "simulator": dexpay.ABILITIES,
}
# The simulator's calls never leave this process.
NOWHERE: Final = "http://simulator.invalid"


def terms_of(settings: Settings) -> CollectingTerms | None:
    """How customers pay for themselves; None where they do not. Raises SettingsError where a way to pay is named that
    whoever collects does not have.
    """
    if settings.collect_with is None:
        return None
    abilities = _ABILITIES[settings.collect_with]
    there = tuple(way.method for way in abilities.ways)
    if strange := [method for method in settings.ways_to_pay if method not in there]:
        raise SettingsError(
            [f"WAYS_TO_PAY: {settings.collect_with} has {', '.join(there)}, and not {', '.join(strange)}"]
        )
    return CollectingTerms(
        settings.collect_with,
        abilities,
        settings.ways_to_pay or there,
        settings.collection_fee,
        settings.provider_fee_collection,
        settings.provider_fee_pay_back,
        settings.advance_most_xof,
        settings.advance_month_most_xof,
        settings.pay_back_auto_most_xof,
    )


def demo_terms() -> CollectingTerms:
    """How the demonstration's customer pays."""
    return CollectingTerms("simulator", _ABILITIES["simulator"], ("wave", "orange_money"))


def addresses_of(public_url: str | None, secret_key: bytes) -> Callable[[str], Addresses]:
    """Where webhooks about a collection or a pay-back go, and where the payer's browser lands."""
    root = NOWHERE if public_url is None else public_url
    return lambda id_: Addresses(
        collection_url(root, id_, secret_key), f"{root}{pay_pages.DONE}", f"{root}{pay_pages.FAILED}"
    )


def collector_of(settings: Settings, gateway: Gateway | None = None) -> Collector | None:
    """Who collects, by the settings; None where nobody does. A simulated one collects into the simulated `gateway`'s
    float.
    """
    if settings.collect_with is None:
        return None
    with without("click", "pygments", "rich"):
        return _collector(settings, gateway)


def _collector(settings: Settings, gateway: Gateway | None) -> Collector:
    from bot.collectors.caller import Caller

    match settings.collect_with:
        case "simulator":
            return simulated(gateway)
        case "dexpay":
            from bot.collectors.dexpay import Dexpay

            if settings.dexpay_api_key is None or settings.dexpay_api_secret is None:
                raise SettingsError(["DEXPAY_API_KEY and DEXPAY_API_SECRET are missing"])
            secret = settings.dexpay_api_secret.get_secret_value()
            own = settings.dexpay_webhook_secret
            secrets = (secret,) if own is None else (own.get_secret_value(), secret)
            sent = dexpay.headers(settings.dexpay_api_key.get_secret_value(), secret)
            return Dexpay(Caller(settings.dexpay_api_url, sent, observe=observe_call), secrets)
        case name:
            from bot.collectors.dexchange_link import DexchangeLink
            from bot.collectors.dexchange_push import DexchangePush

            if settings.dexchange_api_key is None:
                raise SettingsError(["DEXCHANGE_API_KEY is missing"])
            sent = dexchange_headers(settings.dexchange_api_key.get_secret_value())
            caller = Caller(settings.dexchange_api_url, sent, observe=observe_call)
            return DexchangeLink(caller) if name == "dexchange_link" else DexchangePush(caller)


def simulated(gateway: Gateway | None) -> Collector:
    """Somebody in this process who collects play money."""
    from bot.collectors.simulator import CollectingSimulator, SimulatedCollector
    from bot.gateway.simulator import SimulatorGateway

    brain = gateway.simulator if isinstance(gateway, SimulatorGateway) else None
    return SimulatedCollector(
        brain if isinstance(brain, CollectingSimulator) else CollectingSimulator(), observe=observe_call
    )


def listen_to(collector: Collector | None, collecting: Collecting | None) -> None:
    """A simulator in this process brings its webhooks by hand."""
    from bot.collectors.simulator import SimulatedCollector

    async def webhook(id_: str, headers: Mapping[str, str], body: bytes) -> None:
        if collecting is not None:
            await collecting.webhook_claim(id_, headers, body)

    if isinstance(collector, SimulatedCollector):
        collector.on_collected = webhook
