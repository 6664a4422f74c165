"""Whatever strangers write can be kept by either database: without the character NUL, and however long it is."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from bot.channels.telegram import parse as telegram
from bot.channels.whatsapp.parse import batch as whatsapp
from bot.domain.encoding import encode, without_nul
from bot.gateway.wire.inquiry import MAX_HOLDER_CHARACTERS
from bot.gateway.wire.reading import MAX_TOKEN_CHARACTERS, MAX_TOKENS
from bot.repositories.auditing import dossiers
from tests.provider_samples import SAMPLES as PROVIDER
from tests.provider_samples import read_sample
from tests.sync_store import SyncStore
from tests.test_scripts import place
from tests.test_whatsapp_parse import NUMBER

SAMPLES = Path(__file__).parent / "samples"
# A digit, as every code has one, and what takes most bytes and cannot be made shorter.
LONG = "".join(chr(0x1F000 + n * 7 % 1_000) for n in range(MAX_TOKENS * MAX_TOKEN_CHARACTERS))


def samples(folder: str) -> list[Any]:
    return [pytest.param(path.read_bytes(), id=path.stem) for path in sorted((SAMPLES / folder).glob("*.json"))]


def with_nul(value: Any) -> Any:
    """The same JSON, with NUL in and around every text."""
    if isinstance(value, str):
        return "\0".join(["", *value, ""])
    if isinstance(value, dict):
        return {name: with_nul(each) for name, each in value.items()}
    return [with_nul(each) for each in value] if isinstance(value, list) else value


def spoilt(sample: bytes) -> bytes:
    return json.dumps(with_nul(json.loads(sample))).encode()


@given(st.text('\\u0\0"a\n', max_size=40))
def test_only_the_character_goes(text: str) -> None:
    assert msgspec.json.decode(without_nul(json.dumps({text: text}).encode())) == {
        text.replace("\0", ""): text.replace("\0", "")
    }


@pytest.mark.parametrize("sample", samples("telegram"))
def test_telegram_s_updates_are_read_as_without_it(sample: bytes) -> None:
    assert telegram.parse(spoilt(sample), "TaalBot") == telegram.parse(sample, "TaalBot")


@pytest.mark.parametrize("sample", samples("whatsapp"))
def test_whatsapp_s_webhooks_are_read_as_without_it(sample: bytes) -> None:
    assert whatsapp.parse(spoilt(sample), NUMBER) == whatsapp.parse(sample, NUMBER)


@pytest.mark.parametrize("name", [name for name, each in PROVIDER.items() if each.raw is None])
def test_nothing_that_the_provider_said_has_it(name: str) -> None:
    sample = PROVIDER[name]
    assert b"\\u0000" not in encode(read_sample(replace(sample, body=Raw(spoilt(sample.content)))))


@pytest.mark.twins
def test_the_longest_texts_of_the_provider_are_kept_and_found() -> None:
    store = SyncStore()
    tokens = [f"1{LONG[at : at + MAX_TOKEN_CHARACTERS - 1]}" for at in range(0, len(LONG), MAX_TOKEN_CHARACTERS)]
    written, orders = encode(tokens).decode(), [place(store), place(store)]
    assert len(written.encode()) > 2_704
    for order_id in orders:
        store.rows(
            "UPDATE orders SET tokens = :tokens, holder = :name, client = :name, state = 'delivered' WHERE id = :id",
            tokens=written,
            name=LONG[:MAX_HOLDER_CHARACTERS],
            id=order_id,
        )
    found = store.run(dossiers, tuple(orders))
    assert [dossier.twins for dossier in found] == [(orders[1],), (orders[0],)]
