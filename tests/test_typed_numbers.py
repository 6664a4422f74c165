"""The number that was typed is the number that is asked about: digits are never glued into another meter's."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot.dialogue.parsing.lines import Line, parse_line
from bot.dialogue.parsing.references import parse_reference
from bot.dialogue.pending import MeterKnown
from bot.domain.catalog import SENEAU, SENELEC, WOYOFAL, Catalog, ServiceName
from bot.domain.inquiry import InquiryAnswer, InquiryUnavailable
from bot.domain.people import Address
from bot.gateway.simulator import Simulator
from bot.i18n import NBSP
from tests import test_trade_transcripts as trade
from tests import test_transcripts as talk
from tests.dialogue_world import ADMIN, AWA, World
from tests.trade_world import PEOPLE, RESELLER, Town

METER = "14123456789"
CATALOG = Catalog()


@dataclass
class Asked(World):
    """A world that knows what its provider was asked about."""

    numbers: list[str] = field(default_factory=list)

    def provider(self, service: ServiceName, reference: str) -> InquiryAnswer:
        self.numbers.append(reference)
        return super().provider(service, reference)


@dataclass
class AskedTown(Town):
    """The same for a town."""

    numbers: list[str] = field(default_factory=list)

    def provider(self, service: ServiceName, reference: str) -> InquiryAnswer:
        self.numbers.append(reference)
        return super().provider(service, reference)


@pytest.fixture
def world() -> Asked:
    world = Asked()
    world.fund(50_000)
    return world


def last_text(world: World) -> str:
    return world.last().text.replace(NBSP, " ")


def state(world: World) -> str:
    return world.sessions[AWA].state


# What was typed in the review, word for word.


@pytest.mark.parametrize(
    "text",
    [
        f"2000 {METER}",
        f"{METER} 2000",
        f"woyofal {METER} pour 2000",
        f"woyofal {METER} 2000 merci d'avance",
        f"woyofal 2000 pour le {METER} svp",
        f"Woyofal: {METER} / 2000F",
        f"woyofal {METER}/2000F",
        "14-1234-567-89 2000",
        "14 1234 567 89 2 000",
        f"{METER} 2,000.00",
        f"{METER} pour 2 personnes, 2k",
        f"je veux 2000 de courant pour {METER}",
    ],
)
def test_a_meter_and_an_amount_in_either_order_whatever_stands_between(world: Asked, text: str) -> None:
    world.say(text)
    assert world.numbers == [METER]
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert (quote.reference, quote.amount_xof) == (METER, 2_000)


@pytest.mark.parametrize("text", ["5000", "5,000", "5,000.00", "5.000 F", "5k", "woyofal 5000", "5000 F"])
@pytest.mark.parametrize("asked_first", [True, False])
def test_an_amount_is_never_a_meter(world: Asked, text: str, asked_first: bool) -> None:
    if asked_first:
        world.say("woyofal")
    world.say(text)
    assert not world.numbers
    assert state(world) == "reference"
    assert "5 000 F CFA" in last_text(world)
    world.say(METER)
    assert world.numbers == [METER]
    assert world.sessions[AWA].quote is not None


def test_an_amount_that_is_typed_while_the_meter_is_looked_up_is_kept(world: Asked) -> None:
    world.holding = True
    world.say(METER)
    world.say("5000")
    assert state(world) == "inquiring"
    world.holding = False
    world.answer_held()
    assert state(world) == "quote"
    world.say("woyofal")
    world.next_answer = InquiryUnavailable("busy")
    world.say(METER)
    world.say("3000")
    assert state(world) == "unanswered"
    world.say("réessayer")
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert quote.amount_xof == 3_000
    world.say("woyofal")
    world.say("50")
    assert state(world) == "reference"
    assert "plus petit" in last_text(world)
    world.say("600000 F")
    assert state(world) == "reference"
    assert "plus gros" in last_text(world)
    world.say("senelec")
    world.say("5k")
    assert "trouvé de numéro" in last_text(world), "a bill imposes its amount"


def test_an_unusual_length_is_asked_about_before_the_provider_is(world: Asked) -> None:
    world.say("woyofal 1412345678 pour 5000")
    assert not world.numbers
    assert "Il manque 1 chiffre" in last_text(world)
    assert "10 au lieu de 11" in last_text(world)
    world.say("14123456789")
    assert world.numbers == [METER]
    quote = world.sessions[AWA].quote
    assert quote is not None
    assert quote.amount_xof == 5_000, "the amount was kept"
    world.say("senelec 12345")
    assert "5 au lieu de 9 à 12" in last_text(world)
    world.say("retour")
    assert state(world) == "reference"
    world.say("141234567890123")
    assert "3 chiffres de trop" in last_text(world)
    world.say("oui")
    assert world.numbers == [METER, "141234567890123"]


def test_a_known_meter_of_an_unusual_length_is_not_asked_about_again(world: Asked) -> None:
    world.say("woyofal 1412345678 5000")
    world.say("oui")
    world.say("oui")
    world.outcome(talk.outcome_of(["delivered", "12345678901234567890"]))
    world.say("woyofal 1412345678 3000")
    assert world.numbers == ["1412345678"] * 2


def test_several_ways_to_read_are_put_to_the_person(world: Asked) -> None:
    world.say("1234567 2000")
    assert (state(world), world.numbers) == ("which", [])
    world.say("14123456789 14555666777")
    assert (state(world), world.numbers) == ("which", [])
    world.say("3000")
    assert (state(world), world.numbers) == ("which", [])
    world.say("2")
    assert world.numbers == ["14555666777"]
    world.say("/menu")
    world.say("210278816")
    world.say("5000")
    assert (state(world), world.numbers) == ("unusual", ["14555666777"])
    world.say("210278816")
    world.say(METER)
    assert world.numbers == ["14555666777", METER]


def test_a_number_at_another_meters_page_is_that_number(world: Asked) -> None:
    world.save_meter("14555666777", "Ets NDIAYE & Fils", "maison")
    world.say("mes compteurs")
    world.say("1")
    assert state(world) == "meter"
    world.say(f"{METER} 2000")
    assert world.numbers == [METER]
    world.say("mes compteurs")
    world.say("1")
    world.say("99999999")
    assert world.numbers == [METER], "eight figures are no amount"


def test_a_service_that_is_named_behind_the_number_is_meant(world: Asked) -> None:
    world.say("210278816 senelec")
    assert world.numbers == ["210278816"]
    known = world.sessions[AWA].pending
    assert isinstance(known, MeterKnown)
    assert known.service == "senelec"


def test_a_number_at_a_bills_quote_is_another_bills(world: Asked) -> None:
    world.say("senelec 210278816")
    world.say("310000003")
    assert world.numbers == ["210278816", "310000003"]
    assert state(world) == "bill"
    world.say("le 450123999 plutôt")
    assert world.numbers[2:] == ["450123999"]


def test_several_references_and_an_amount_that_fits_none(world: Asked) -> None:
    world.say("senelec 210278816 310000003")
    assert state(world) == "which"
    world.say("5000")
    assert (state(world), world.numbers) == ("reference", [])


def test_words_that_name_a_service_without_a_number(world: Asked) -> None:
    world.say("coupure de courant")
    assert not world.numbers
    assert "pas compris" in last_text(world) or "Bienvenue" in last_text(world)
    world.say("du courant")
    assert (state(world), world.numbers) == ("reference", [])


def test_an_amount_alone_while_nothing_is_sold(world: Asked) -> None:
    world.under(maintenance={"woyofal": "Jusqu’à midi."})
    world.say("5000")
    assert "Jusqu’à midi" in last_text(world)
    assert state(world) == "idle"


def test_in_a_list_a_number_of_an_unusual_length_is_at_fault_until_it_was_sold_to() -> None:
    town = AskedTown()
    trade.happen(town, "reseller Chez Awa")
    town.fund(50_000)
    listed = f"{METER};2000;Awa\n1412345678;2000;Modou"
    town.say(listed)
    assert "longueur inhabituelle" in town.last().text
    assert town.numbers == [METER]
    town.say("annuler")
    town.say("1412345678 2000")
    town.say("oui")
    assert town.numbers == [METER, "1412345678"]
    town.say("oui")
    town.pay_all()
    town.now += 700_000
    town.say(listed)
    assert "longueur inhabituelle" not in town.last().text


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("5000 14 1234 567 89", [Line(METER, 5_000)]),
        ("14 1234 567 89 050", [Line("141234567", 89_050), Line(METER)]),
        ("14 123 456 789 5000 5000", [Line(METER), Line("78950005000")]),
        ("123456 10000", [Line("12345610000"), Line("123456", 10_000)]),
        (f"{METER} 2000 3000", [Line(METER)]),
        (f"{METER} 2000 f 3000", [Line(METER, 2_000)]),
        (f"{METER} 50", [Line(METER, 50)]),
        (f"{METER} {METER} 2000", [Line(METER, 2_000)]),
        (f"{METER}o 2000", [Line(METER, 2_000)]),
        (f"{METER} mille", [Line(METER, 1_000)]),
        ("9070 0724 8661 8937 4516", []),
        ("600000", [Line("600000")]),
        ("600000 F", [Line("", 600_000)]),
        ("maison2 5000", [Line("", 5_000, "maison2")]),
        ("1412345678 5000 3000", [Line("1412345678")]),
        ("5 000 2000", []),
    ],
)
def test_ways_to_read_a_line(text: str, readings: list[Line]) -> None:
    assert list(parse_line(text, WOYOFAL)) == readings


@pytest.mark.parametrize(
    ("text", "references"),
    [
        (f"2000 {METER}", [METER]),
        ("15000 210 278 816", ["210278816"]),
        ("2102 78816 150", ["210278816150"]),
        ("210278816 14123456789", ["210278816", METER]),
        ("1234567890123 5000", ["1234567890123"]),
    ],
)
def test_ways_to_read_a_bills_reference(text: str, references: list[str]) -> None:
    assert [one.reference for one in parse_line(text, SENELEC)] == references


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("450123 15000", ["450123", "15000"]),
        ("450123 15000 f", ["450123"]),
        ("450 123", ["450123"]),
        (f"12345 {METER}", [METER]),
    ],
)
def test_ways_to_read_a_reference_of_any_length(text: str, references: list[str]) -> None:
    assert [one.reference for one in parse_line(text, SENEAU)] == references


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        (f"2000 {METER}", METER),
        (f"{METER} 14555666777", None),
        ("12345678 87654321", None),
        ("c'est 12345678 pour 87654321", None),
        ("5 000 F", None),
        ("5,000", None),
    ],
)
def test_a_number_alone(text: str, reference: str | None) -> None:
    assert parse_reference(text) == reference


# Any text, anywhere.

WORDS = st.sampled_from(
    ("w", "woyofal", "senelec", "seneau", "sen eau", "pour", "le", "compteur", "svp", "merci", "fatou", "awa", "oui")
)
FIGURES = st.one_of(
    st.integers(1, 10**7).map(str),
    st.text("0123456789", min_size=1, max_size=20),
    st.sampled_from(("5000", "5 000 F", "5,000", "5,000.00", "2k", "2 mille", "1.5k", "2000f", "5 OOO")),
)
NUMBERS = st.text("0123456789", min_size=11, max_size=11)
MARKS = st.sampled_from((" ", " ", " ", ", ", " / ", "/", "-", " : ", "; ", "\n", "."))
ONE_RUN = re.compile(r"(?<!\d)\d{11}(?!\d)")


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, str]:
    """A text with exactly one run of eleven digits, and that run."""
    parts = draw(st.lists(st.one_of(WORDS, FIGURES), max_size=4))
    number = draw(NUMBERS)
    parts.insert(draw(st.integers(0, len(parts))), number)
    text = parts[0] + "".join(draw(MARKS) + part for part in parts[1:])
    assume(ONE_RUN.findall(text) == [number])
    return text, number


def lines_of(folder: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Every beginning of every script: what was done so far."""
    scripts = []
    for path in sorted((folder / "fr").glob("*.txt")):
        script = [
            line
            for line in path.read_text("utf-8").splitlines()
            if line.startswith("* ") or re.match(r"[a-z]*> ", line)
        ]
        scripts += [(path.stem, tuple(script[:at])) for at in range(len(script) + 1)]
    return scripts


@given(st.sampled_from(lines_of(talk.FOLDER)), texts(), st.sampled_from((AWA, ADMIN)))
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_text_with_one_meter_number_asks_about_another(
    begun: tuple[str, tuple[str, ...]], typed: tuple[str, str], who: Address
) -> None:
    world = Asked()
    for line in begun[1]:
        talk.happen(world, line[2:]) if line.startswith("* ") else talk.do(world, line)
        world.now += 5_000
    world.next_answer, world.holding = None, False
    world.numbers.clear()
    world.say(typed[0], who)
    assert set(world.numbers) <= {typed[1]}, begun


@given(
    st.sampled_from([one for one in lines_of(trade.FOLDER) if not one[0].startswith(("watch", "acts", "figures"))]),
    texts(),
    st.sampled_from((RESELLER, RESELLER, PEOPLE["client"])),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_nor_does_a_resellers(begun: tuple[str, tuple[str, ...]], typed: tuple[str, str], who: Address) -> None:
    town = AskedTown()
    for line in begun[1]:
        if line.startswith("* "):
            trade.happen(town, line[2:])
        else:
            match = trade._LINE.match(line)
            assert match is not None
            trade.do(town, match[1], match[2])
        town.now += 5_000
    town.next_answer = None
    town.numbers.clear()
    town.say(typed[0], who)
    assert set(town.numbers) <= {typed[1]}, begun


# The simulated provider hid all of this: it knew a holder for any number.


@pytest.mark.parametrize(
    ("service", "reference", "exists"),
    [
        ("WOYOFAL_SN_BILL", METER, True),
        ("WOYOFAL_SN_BILL", "1412345678", False),
        ("WOYOFAL_SN_BILL", f"2000{METER}", False),
        ("SENELEC_SN_BILL", "210278816", True),
        ("SENELEC_SN_BILL", "21027881", False),
        ("SENEAU_SN_BILL", "4501", True),
        ("SENEAU_SN_BILL", "450", False),
    ],
)
def test_only_numbers_of_the_usual_length_exist(service: str, reference: str, exists: bool) -> None:
    asked = f'{{"serviceCode": "{service}", "reference_client": "{reference}"}}'.encode()
    answer = Simulator().handle("POST", "/api/v1/billing/inquiry", asked, 0)
    assert answer.status == (200 if exists else 404)
    odd = Simulator(any_length=True).handle("POST", "/api/v1/billing/inquiry", asked, 0)
    assert odd.status == (200 if len(reference) >= 4 else 404)
