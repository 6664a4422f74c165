"""What is typed where it does not belong is recognised for what it is, and a neighbour learns nothing by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.parsing.mistaken import is_like_phone, parse_phone_typed, pasted_codes
from bot.domain.inbound import Text
from bot.domain.people import Address
from tests.dialogue_world import AWA, World
from tests.test_coach import CODE, bought, orders, said, ways

NEIGHBOUR = Address("telegram", "999")
KEYS = ("11112222333344445555", "66667777888899990000", CODE)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (CODE, (CODE,)),
        ("9070 0724 8661 8937 4516", (CODE,)),
        ("9070-0724-8661-8937-4516", (CODE,)),
        ("mon code : 9070 0724 8661 8937 4516 svp", (CODE,)),
        ("９０７０ 0724 8661 8937 4516", (CODE,)),
        ("".join(KEYS), KEYS),
        ("1. 1111 2222 3333 4444 5555\n2. 6666 7777 8888 9999 0000\n3. 9070 0724 8661 8937 4516", KEYS),
        ("", ()),
        ("14123456789 5000", ()),
        ("14123456789 14123456788", ()),
        # A list of amounts, and figures of other lengths that make twenty together.
        ("1000 2000 3000 4000 5000", ()),
        ("907007248661 89374516", ()),
        (CODE + "1", ()),
        (CODE * 4, ()),
    ],
)
def test_codes_are_known_by_their_figures(text: str, codes: tuple[str, ...]) -> None:
    assert pasted_codes(text) == codes


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+221 77 123 45 67", "771234567"),
        ("+221771234567", "771234567"),
        ("00221 77 123 45 67", "771234567"),
        ("77 123 45 67 5000", "771234567"),
        ("771234567 5 000 F", "771234567"),
        ("221771234567 5000", "771234567"),
        # Nine or twelve digits alone may be a bill's number, eleven are a meter's.
        ("771234567", None),
        ("221771234567", None),
        ("77 123 456 789", None),
        ("77123456789 5000", None),
        ("77 123 45 67 89", None),
        ("771234567 50", None),
        ("+33 6 12 34 56 78", None),
        ("appelle +221 77 123 45 67", None),
    ],
)
def test_a_telephone_number_is_known_where_it_can_be_nothing_else(text: str, number: str | None) -> None:
    assert parse_phone_typed(text) == number


@given(st.text("0123456789 .-+", max_size=24))
def test_no_meter_of_eleven_digits_is_taken_for_either(text: str) -> None:
    if sum(c.isdecimal() for c in text) == 11:
        assert parse_phone_typed(text) is None
        assert pasted_codes(text) == ()


def test_digits_like_a_telephones() -> None:
    assert is_like_phone("771234567")
    assert is_like_phone("221701234567")
    assert not is_like_phone("741234567")
    assert not is_like_phone("14771234567")


def test_a_neighbour_reads_the_same_of_a_code_that_somebody_has_and_of_one_that_nobody_has() -> None:
    world = bought(World())
    world.fund(20_000, NEIGHBOUR)
    world.say("/start", NEIGHBOUR)
    answers = []
    for code in (CODE, CODE[:-1] + "7"):
        world.say(code, NEIGHBOUR)
        answers.append((said(world, NEIGHBOUR), ways(world, NEIGHBOUR)))
    assert answers[0] == answers[1]
    assert "14123456789" not in answers[0][0]
    world.say(CODE)
    assert said(world).startswith("C’est votre code du 24/11")
    assert CODE not in said(world)


def test_one_of_several_codes_is_known_as_ones_own() -> None:
    world = bought(World(), KEYS)
    world.say(KEYS[1])
    assert said(world).startswith("C’est votre code")


@pytest.mark.parametrize("begun", ["woyofal", "seneau", "senelec", "woyofal 14123456789", "woyofal 14123456789 2000"])
def test_a_code_in_the_middle_of_a_purchase_is_no_number_of_it(begun: str) -> None:
    world = bought(World())
    before = orders(world)
    world.say(begun)
    state = world.sessions[AWA].state
    for text in (CODE, "9070 0724 8661 8937 4517", "+221 77 123 45 67", "combien de kWh"):
        if state == "reference" or not text.startswith("+"):
            world.hear(AWA, Text(text))
            assert world.sessions[AWA].state == state, text
    assert orders(world) == before


@pytest.mark.parametrize("words", [CODE, f"mon code {CODE}", "combien de kWh"])
def test_who_writes_to_a_person_is_not_interrupted(words: str) -> None:
    world = bought(World())
    world.say("contact")
    world.say(words)
    assert world.store.one("SELECT count(*) FROM conversation") == 1
