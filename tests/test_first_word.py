"""Nothing that is done for a person chooses their language: the first thing that they say does."""

from collections.abc import Iterator

import pytest

from bot.domain.inbound import Inbound, Text
from bot.domain.people import Address, Language
from bot.i18n import NBSP, load
from tests.identity_world import OWNER, City

AWA = Address("telegram", "700011122")


@pytest.fixture
def city() -> Iterator[City]:
    city = City()
    city.types(OWNER, "/start")
    yield city
    city.store.close()


def says(city: City, text: str, profile: Language, key: str = "first") -> str:
    city.hear(Inbound(key, AWA, Text(text), profile, sent_at=city.now))
    return city.last(AWA)


def owner(city: City, text: str) -> None:
    city.types(OWNER, text)
    city.taps(OWNER, "Confirmer")


@pytest.mark.parametrize("profile", ["fr", "en"])
@pytest.mark.parametrize("act", ["/credit {} 500 nouveau Wave", "/admin add {} support"])
def test_whoever_was_credited_first_is_spoken_to_in_their_own_language(city: City, act: str, profile: Language) -> None:
    owner(city, act.format(AWA))
    assert says(city, "/balance", profile).startswith({"fr": "💰 Solde", "en": "💰 Balance"}[profile])
    # What they chose stays, whatever their telephone says.
    says(city, "/language fr", profile, "second")
    assert says(city, "/balance", "en", "third").startswith("💰 Solde")


def test_until_then_notices_are_in_both_languages(city: City) -> None:
    owner(city, f"/credit {AWA} 500 nouveau Wave")
    owner(city, f"/freeze {AWA} doute")
    for language in ("fr", "en"):
        first = load()[language]("blocked.frozen").partition("\n")[0].replace(NBSP, " ")
        assert first in city.last(AWA), language
    says(city, "/start", "en")
    owner(city, f"/unfreeze {AWA} vu")
    assert load()["fr"]("unfrozen").partition("\n")[0].replace(NBSP, " ") not in city.last(AWA)


def test_whoever_could_not_be_understood_by_us_keeps_their_language(city: City) -> None:
    """The session is made anew after an update that could not be handled."""
    from bot.engine import events

    says(city, "/language en", "fr")
    for _ in range(events.MAX_TRIES):
        city.store.run(events.failed, city.installation, "poison", AWA, "ValueError", city.now)
    assert says(city, "/balance", "fr", "after").startswith("💰 Balance")
