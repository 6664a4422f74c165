"""What is sold: fees, references and recharge codes as people and providers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError

from bot.domain.catalog import (
    SERVICES,
    Catalog,
    Commission,
    FeeRule,
    Service,
    ServiceName,
    digits_of,
    same_reference,
    split_tokens,
)
from bot.domain.encoding import decoder
from bot.errors import ModelError

rules = st.builds(
    lambda basis_points, fixed, minimum, above: FeeRule(
        basis_points, fixed, minimum, None if above is None else minimum + above
    ),
    st.integers(0, 10_000),
    st.integers(0, 5_000),
    st.integers(0, 5_000),
    st.none() | st.integers(0, 100_000),
)
A, B, C = "11112222333344445555", "66667777888899990000", "01234567890123456789"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0", FeeRule()),
        ("50", FeeRule(fixed_xof=50)),
        ("1.5%", FeeRule(150)),
        ("1.5 %", FeeRule(150)),
        ("1.05%", FeeRule(105)),
        ("2%", FeeRule(200)),
        ("100%", FeeRule(10_000)),
        ("1.5% + 50, min 100, max 2000", FeeRule(150, 50, 100, 2_000)),
        ("50+1.5%", FeeRule(150, 50)),
        ("1%,max 500", FeeRule(100, maximum_xof=500)),
    ],
)
def test_the_operators_notation(text, rule):
    assert FeeRule.parse(text) == rule
    assert FeeRule.parse(str(rule)) == rule


@pytest.mark.parametrize(
    "text",
    [
        "",
        "free",
        "-1",
        "1.5",
        "1.555%",
        "1%+2%",
        "50+50",
        "101%",
        "1%, least 5",
        "1%, min",
        "1%, min 10, max 5",
        "1% +",
        "1,5%",
    ],
)
def test_what_is_no_fee_is_named(text):
    with pytest.raises(ModelError):
        FeeRule.parse(text)


@pytest.mark.parametrize(
    "bad", [{"basis_points": -1}, {"fixed_xof": -1}, {"minimum_xof": -1}, {"basis_points": 10_001}]
)
def test_a_rule_has_no_negative_part_and_takes_at_most_everything(bad):
    with pytest.raises(ModelError):
        FeeRule(**bad)


def test_fees_are_rounded_up_to_a_whole_franc():
    assert FeeRule(150).fee_xof(1_000) == 15
    assert FeeRule(150).fee_xof(1_001) == 16
    assert FeeRule(1).fee_xof(1) == 1
    assert FeeRule(0).fee_xof(1) == 0
    assert FeeRule(150, minimum_xof=50).fee_xof(1_000) == 50
    assert FeeRule(150, 50, maximum_xof=60).fee_xof(1_000) == 60


@given(rules, st.integers(1, 10**9))
def test_a_fee_is_whole_and_within_its_bounds(rule, amount_xof):
    fee_xof = rule.fee_xof(amount_xof)
    assert type(fee_xof) is int
    assert fee_xof >= rule.minimum_xof
    assert rule.maximum_xof is None or fee_xof <= rule.maximum_xof
    exact_hundredths = amount_xof * rule.basis_points + rule.fixed_xof * 10_000
    if rule.minimum_xof < fee_xof and (rule.maximum_xof is None or fee_xof < rule.maximum_xof):
        assert 0 <= fee_xof * 10_000 - exact_hundredths < 10_000


@given(rules, st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_larger_amount_never_has_a_smaller_fee(rule, amount_xof, more_xof):
    assert rule.fee_xof(amount_xof) <= rule.fee_xof(amount_xof + more_xof)


def test_a_service_must_sell_something():
    with pytest.raises(ModelError):
        Service("woyofal", "X", "💡", (30, 10), True, (1, 2), (), minimum_xof=10, maximum_xof=9)
    with pytest.raises(ModelError):
        Service("woyofal", "X", "💡", (30, 10), True, (1, 2), (), minimum_xof=0)


def test_the_catalog_holds_each_service_under_its_name():
    catalog = Catalog()
    assert [catalog[service.name] for service in catalog] == list(catalog) == list(SERVICES)
    assert len({service.code for service in catalog}) == len({service.menu for service in catalog}) == len(SERVICES)
    assert all(
        low in range(service.minimum_xof, service.maximum_xof) for service in catalog for low in service.suggestions_xof
    )
    words = [word for service in catalog for word in service.words]
    assert len(set(words)) == len(words)


def test_the_name_of_no_service_is_an_error_where_it_comes_in():
    with pytest.raises(KeyError):
        Catalog()["gas"]
    for service in SERVICES:
        assert decoder(ServiceName).decode(f'"{service.name}"') == service.name
    with pytest.raises(ValidationError):
        decoder(ServiceName).decode('"gas"')


@pytest.mark.parametrize(
    "typed", ["14 1234 567 89", "14.1234.567.89", "14-1234-567-89", "14_1234/56789", "14\u00a01234\u202f56789"]
)
def test_people_type_a_meter_number_in_pieces(typed):
    assert digits_of(typed) == "14123456789"


def test_what_is_no_separator_stays():
    assert digits_of("14x") == "14x"


def test_the_provider_pads_references():
    assert same_reference("210278816", "000210278816")
    assert same_reference("0", "")
    assert not same_reference("210278816", "2102788160")


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("", ()),
        ("  \n ", ()),
        (A, (A,)),
        (f" {A}\n", (A,)),
        (A + B, (A, B)),
        (A + B + C, (A, B, C)),
        (f"{A},{B},{C}", (A, B, C)),
        (f"{A}; {B} | {C}", (A, B, C)),
        (f"{A} {B} {C}", (A, B, C)),
        (f"{A}-{B}-{C}", (A, B, C)),
        (f"{A}\n{B}\n{C}", (A, B, C)),
        ("1111 2222 3333 4444 5555", (A,)),
        ("1111-2222-3333-4444-5555", (A,)),
        ("1111.2222.3333.4444.5555", (A,)),
        ("1111 2222 3333 4444 5555, 6666 7777 8888 9999 0000", (A, B)),
        ("1111 2222 3333 4444 5555 6666 7777 8888 9999 0000", (A, B)),
        (f"{A}{B} {C}", (A, B, C)),
        # The documented example has 16 digits.
        ("1234567890123456", ("1234567890123456",)),
        ("1234 5678 9012 3456", ("1234567890123456",)),
        ("1234567890123456 6543210987654321", ("1234567890123456", "6543210987654321")),
        # What is none of these is kept as it came: a customer paid for it.
        ("ABCD-1234", ("ABCD-1234",)),
        ("***", ("***",)),
        ("---", ("---",)),
        ("12345", ("12345",)),
        (f"{A},,{B},", (A, B)),
        (f"{A} / CODE X", (A, "CODE X")),
    ],
)
def test_recharge_codes(raw, tokens):
    assert split_tokens(raw) == tokens


@given(st.text(alphabet="0123456789 -.,;|\n/abcé", max_size=120))
def test_no_digit_that_was_paid_for_is_lost(raw):
    kept = "".join(split_tokens(raw))
    assert [c for c in kept if c.isdigit()] == [c for c in raw if c.isdigit()]
    assert all(token.strip() for token in split_tokens(raw))


@given(
    st.lists(st.text("0123456789", min_size=20, max_size=20), min_size=1, max_size=3),
    st.sampled_from(["", ",", " ", "\n", " - "]),
)
def test_codes_of_twenty_digits_come_out_as_they_went_in(codes, between):
    assert split_tokens(between.join(codes)) == tuple(codes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", Commission()),
        ("0.5%", Commission(50)),
        ("20% fee", Commission(0, 2_000)),
        ("1 % + 12,5 % frais", Commission(100, 1_250)),
        ("30% fee + 0.25%", Commission(25, 3_000)),
    ],
)
def test_commissions_are_read_as_they_are_written(text: str, expected: Commission) -> None:
    assert Commission.parse(text) == expected
    assert Commission.parse(str(expected)) == expected


@pytest.mark.parametrize("text", ["", "5", "101%", "1% + 2%", "1% fee + 2% fee", "-1%", "1% + 50", "1.234%"])
def test_what_is_no_commission(text: str) -> None:
    with pytest.raises(ModelError):
        Commission.parse(text)


@given(st.integers(1, 1_000_000), st.integers(0, 20_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_commission_is_whole_and_never_more_than_the_price(amount_xof, fee_xof, of_amount, of_fee) -> None:
    earned_xof = Commission(of_amount, of_fee).commission_xof(amount_xof, fee_xof)
    assert 0 <= earned_xof <= amount_xof + fee_xof
    assert earned_xof * 10_000 <= amount_xof * of_amount + fee_xof * of_fee < (earned_xof + 1) * 10_000
