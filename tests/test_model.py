"""The shared values check themselves, and survive being stored."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.encoding import decoder, encode
from bot.domain.outbound import MAX_TEXT_CHARACTERS, MAX_URL_CHARACTERS, Choice, Copy, OpenUrl, Outbound, can_be_opened
from bot.domain.outcome import ProviderDetails, WebhookClaim
from bot.domain.people import Address
from bot.domain.quote import MAX_AMOUNT_XOF, Quote
from bot.errors import ModelError


def test_an_address_is_read_as_it_is_written():
    assert Address.parse("telegram:123456") == Address("telegram", "123456")
    assert str(Address("telegram", "123456")) == "telegram:123456"
    assert Address.parse("  Telegram:123456 ") == Address("telegram", "123456")
    # A channel's own ids may hold a colon.
    assert Address.parse("whatsapp:SN:77") == Address("whatsapp", "SN:77")


@pytest.mark.parametrize(
    "text", ["", "123456", ":1", "telegram:", "t:1", "tele gram:1", "telegram:1 2", "télé:1", "telegram:" + "1" * 129]
)
def test_what_is_no_address(text):
    with pytest.raises(ModelError):
        Address.parse(text)


@given(st.from_regex(r"[a-z]{2,20}", fullmatch=True), st.from_regex(r"(?!\+)[!-~]{1,128}", fullmatch=True))
def test_every_address_comes_back(channel, identity):
    address = Address(channel, identity)
    assert Address.parse(str(address)) == address
    assert decoder(Address).decode(encode(address)) == address


def test_a_button_carries_at_most_64_bytes():
    assert Choice("x", "d" * 64).data
    Choice("x", "é" * 32)
    for label, data in (("x", "d" * 65), ("x", "é" * 33), ("", "d")):
        with pytest.raises(ModelError):
            Choice(label, data)


def test_a_copy_button_carries_1_to_256_characters():
    assert Copy("x", "é" * 256).text
    for label, text in (("x", ""), ("x", "1" * 257), ("", "1")):
        with pytest.raises(ModelError) as raised:
            Copy(label, text)
        # The text is a recharge code: no error may carry it.
        assert "1" * 20 not in str(raised.value)


def test_a_button_opens_https_alone_and_no_error_tells_where():
    good = "https://pay.example.sn:8443/c/wv_1?amount=5150&cur=XOF#top"
    longest = "https://x.sn/".ljust(MAX_URL_CHARACTERS, "a")
    assert all(map(can_be_opened, (good, longest, "https://x.sn", "https://x.sn?a=%20")))
    assert OpenUrl("Payer", good).url == good
    bad = (
        "",
        "http://x.sn/",
        "wave://x",
        "https://",
        "https:///x",
        "https://x.sn/a b",
        'https://x.sn/"',
        longest + "a",
    )
    for url in (*bad, "https://x.sn/<b>", "https://x.sn/\n", "https://é.sn/", "javascript:alert(1)", " https://x.sn"):
        with pytest.raises(ModelError) as raised:
            OpenUrl("Payer", url)
        assert not url or url not in str(raised.value)
    with pytest.raises(ModelError):
        OpenUrl("", good)


def test_a_message_has_1_to_4096_characters():
    assert Outbound("x" * MAX_TEXT_CHARACTERS).text
    for text in ("", "x" * (MAX_TEXT_CHARACTERS + 1)):
        with pytest.raises(ModelError):
            Outbound(text)


@pytest.mark.parametrize(("amount_xof", "fee_xof"), [(0, 0), (-1, 0), (MAX_AMOUNT_XOF + 1, 0), (1, -1)])
def test_a_quote_is_over_an_amount(amount_xof, fee_xof):
    with pytest.raises(ModelError):
        Quote("Q", "woyofal", "1", "AWA", amount_xof, fee_xof, 0, 1)


@pytest.mark.parametrize("commission_xof", [-1, 5_076])
def test_a_commission_is_a_part_of_the_price(commission_xof):
    with pytest.raises(ModelError):
        Quote("Q", "woyofal", "1", "AWA", 5_000, 75, 0, 1, commission_xof=commission_xof)


def test_a_quotes_total():
    sale = Quote("Q", "woyofal", "1", "AWA", 5_000, 75, 0, 1, commission_xof=15)
    assert (sale.price_xof, sale.total_xof) == (5_075, 5_060)
    assert Quote("Q", "woyofal", "1", "AWA", 5_000, 75, 0, 1).total_xof == 5_075
    assert Quote("Q", "woyofal", "1", "AWA", MAX_AMOUNT_XOF, 0, 0, 1).total_xof == MAX_AMOUNT_XOF


def test_values_survive_being_stored():
    outbound = Outbound("<b>é</b>", ((Choice("a", "b"), Copy("c", "1")),), "7", True)
    assert decoder(Outbound).decode(encode(outbound)) == outbound
    webhook_claim = WebhookClaim("success", ("1",), "O", "O", ProviderDetails("T", amount_xof=5))
    assert decoder(WebhookClaim).decode(encode(webhook_claim)) == webhook_claim
    # A limit holds for what is read back too.
    with pytest.raises(msgspec.ValidationError):
        decoder(Outbound).decode(b'{"text":""}')
