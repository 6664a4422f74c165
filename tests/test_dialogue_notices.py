"""The words that orders speak for themselves, and those for the admins."""

import re
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from bot.domain.catalog import WOYOFAL
from bot.domain.order import AlertKind, NoticeKind, Order, apply, begin, confirm
from bot.domain.outbound import Brief, Choice, Outbound
from bot.domain.outcome import Delivered, ProviderDetails
from bot.domain.people import Language
from bot.domain.quote import Quote
from bot.i18n import LANGUAGES
from bot.notices.order_news import _WHY, Retaken, alert, notice
from bot.notices.trouble import apology, busy
from bot.repositories.money import Balance
from tests.dialogue_world import AWA, START, WORDS, buttons, copies

CODE = "48213377901245560931"


def order(service: str = "woyofal", **changes: object) -> Order:
    quote = Quote("7KQ4M2XR9BTZ", service, "14123456789", "Awa <DIOP>", 5_000, 75, START, START + 600_000)
    return confirm(quote, AWA, str(AWA), "fr", START)[0]


def delivered(*tokens: str) -> Order:
    return apply(
        begin(order(), START), Delivered(tokens, ProviderDetails()), source="pay", service=WOYOFAL, now=START + 1_000
    ).order


@pytest.mark.parametrize("kind", get_args(NoticeKind))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", ["woyofal", "senelec", "seneau"])
def test_every_notice_is_kept_and_says_what_it_is_about(kind: NoticeKind, language: Language, service: str) -> None:
    for outbound in notice(order(service), kind, WORDS, now=START, language=language):
        assert outbound.durable
        assert outbound.replaces is None
        assert "6789" in outbound.text
        assert "<DIOP>" not in outbound.text
        assert all(b.data.startswith("-.") for row in outbound.rows for b in row if isinstance(b, Choice))


def test_the_code_message() -> None:
    (one,) = notice(delivered(CODE), "delivered", WORDS, now=START, balance=Balance(14_925))
    assert "<code>4821 3377 9012 4556 0931</code>" in one.text
    assert copies(one) == [CODE]
    assert "14\u00a0925" in one.text
    assert "⭐ Garder ce compteur" in buttons(one)
    (known,) = notice(delivered(CODE), "delivered", WORDS, now=START, saved=True)
    assert "⭐ Garder ce compteur" not in buttons(known)
    assert "Solde" not in known.text


def test_several_and_odd_codes() -> None:
    (three,) = notice(delivered(CODE, "1" * 20, "abc<1>"), "delivered", WORDS, now=START)
    assert copies(three) == [CODE, "1" * 20, "abc<1>"]
    assert "3. <code>abc&lt;1&gt;</code>" in three.text
    assert "📋 Copier le code 2" in buttons(three)


def test_the_language_is_the_persons_or_else_the_orders() -> None:
    assert "Being processed" in notice(order(), "processing", WORDS, now=START, language="en")[0].text
    assert "En cours" in notice(order(), "processing", WORDS, now=START)[0].text


@pytest.mark.parametrize("kind", get_args(AlertKind))
@pytest.mark.parametrize("language", LANGUAGES)
def test_alerts_say_what_to_do_and_show_no_code(kind: AlertKind, language: Language) -> None:
    message = alert(kind, delivered(CODE), "détail <x>", WORDS, language)
    assert "/order 7KQ4M2XR9BTZ" in message.text
    assert "&lt;x&gt;" in message.text
    assert CODE[:4] not in message.text
    assert message.durable
    bare = alert(kind, None, "", WORDS, language)
    assert bare.rows == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_small_words(language: Language) -> None:
    sorry = apology(WORDS, language)
    assert isinstance(sorry, Outbound)
    assert buttons(sorry)
    assert busy(WORDS, language).text.startswith("⏳")


@pytest.mark.parametrize(
    ("retaken", "fragment"),
    [
        (None, "Les 5 075 F CFA"),
        (Retaken(5_075), "Les 5 075 F CFA"),
        (Retaken(50), "Sur les 5 075 F CFA rendus, 50 F CFA"),
        (Retaken(0), "Rien n’a"),
        (Retaken(5_075, 5_175), "Les 5 175 F CFA qui allaient repartir"),
    ],
)
def test_a_late_success_tells_what_was_really_taken_again(retaken: Retaken | None, fragment: str) -> None:
    (message,) = notice(delivered(CODE), "late", WORDS, now=START, language="fr", retaken=retaken)
    assert fragment in message.text.replace("\u00a0", " ")


@pytest.mark.parametrize("kind", get_args(NoticeKind))
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("service", ["woyofal", "senelec", "seneau"])
def test_every_notice_has_a_brief_that_a_template_takes(kind: NoticeKind, language: Language, service: str) -> None:
    largest = replace(order(service), amount_xof=1_000_000_000)
    for one in (order(service), largest):
        for outbound in notice(one, kind, WORDS, now=START, language=language):
            assert outbound.brief is not None
            assert (outbound.brief.kind, outbound.brief.language) == ("news", language)
            assert_fits(outbound.brief)
            assert "…6789" in outbound.brief.about
            assert "14123456789" not in outbound.brief.about


def assert_fits(brief: Brief) -> None:
    assert 0 < len(brief.about) <= 60
    assert not re.search(r"[\n\t<>&]| {5}", brief.about)


@pytest.mark.parametrize("kind", ["delivered", "late"])
def test_codes_are_brief(kind: NoticeKind) -> None:
    (message,) = notice(delivered(CODE, "12AB"), kind, WORDS, now=START)
    assert message.brief == Brief(
        "codes", "fr", "Woyofal 5\u00a0000\u00a0F\u00a0CFA, compteur …6789", ("4821 3377 9012 4556 0931", "12AB")
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_alerts_have_a_brief(language: Language) -> None:
    for about in (delivered(CODE), None):
        brief = alert("stuck", about, "", WORDS, language).brief
        assert brief is not None
        assert (brief.kind, brief.codes) == ("news", ())
        assert_fits(brief)


@pytest.mark.parametrize(
    ("detail", "fragment"),
    [
        ("late_after:refused", "la commande était : refusé"),
        ("instead_of:9000:9900", "9 000 F CFA au lieu de 9 900 F CFA"),
        ("refused_after:look_up:failed:delivered", "la vérification dit « échec », la commande était : réussi"),
        ("processing_after:pay", "la réponse au paiement dit que"),
        ("replayed:ReadTimeout: <x>", "deuxième envoi : ReadTimeout: &lt;x&gt;"),
        ("unconfirmed:limbo", "(commande : limbo)"),
        ("late_after", "late_after"),
        ("ReadTimeout", "pas de réponse à temps"),
    ],
)
def test_what_the_order_room_says_in_codes_is_put_into_words(detail: str, fragment: str) -> None:
    text = alert("contradiction", None, detail, WORDS, "fr").text.replace("\u00a0", " ")
    assert text.endswith(f"Détail : {fragment}") or fragment in text
    assert ("_" in text) == (detail == "late_after")


def test_the_providers_own_words_are_no_codes() -> None:
    assert "two_codes" in alert("float", None, "two_codes", WORDS, "fr").text


def test_every_reason_of_the_order_room_has_its_words() -> None:
    """Each detail that is written in the order room is a code with words, or a cause of somebody else's."""
    room = Path(__file__).parent.parent / "bot" / "domain" / "order"
    written = re.findall(r'Alert\(\s*"\w+", f?"([^"]*)"', "".join(p.read_text("utf-8") for p in room.glob("*.py")))
    assert len(written) >= 12
    for detail in written:
        name, *arguments = detail.split(":")
        assert len(_WHY[name][1]) == len(arguments), detail
