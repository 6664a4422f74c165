"""Sessions that an earlier version kept: each is read, or its owner starts again and is told so. Nothing moves."""

import json
from pathlib import Path
from typing import get_args

import pytest
from msgspec import DecodeError

from bot.dialogue.flows import REGISTRY
from bot.dialogue.pending import Pending
from bot.dialogue.session import read_session
from bot.domain.inbound import Tap
from tests.trade_world import RESELLER, Town
from tests.units import PENDING
from tests.world_books import ADMIN, AWA, START, WORDS

# Every kind of question that was kept as a text with a grammar of its own, or in fields that many questions shared, as
# that version wrote it.
OLD = json.loads(Path(__file__).with_name("old_sessions.json").read_text("utf-8"))
RESTARTED = {str(WORDS[language]("restarted")) for language in ("fr", "en")}


@pytest.mark.parametrize(
    "body", OLD, ids=[f"{json.loads(body).get('state', 'idle')}-{at}" for at, body in enumerate(OLD)]
)
@pytest.mark.parametrize("word", ["oui", "1", "annuler"])
def test_whoever_was_in_the_middle_of_something_goes_on_or_starts_again(body: str, word: str) -> None:
    town = Town()
    state = REGISTRY.states.get(json.loads(body).get("state", "idle"))
    permission = "customer" if state is None else state.permission
    who = {"customer": AWA, "reseller": RESELLER}.get(permission, ADMIN)
    town.meet(who)
    old = json.loads(body) | {"updated_at": town.now, "asked_at": town.now - 60_000}
    old.pop("lag_ms", None)
    town.store.connection.execute("UPDATE session SET body = ? WHERE address = ?", (json.dumps(old), str(who)))
    before = town.store.rows("SELECT * FROM entry")
    town.say(word, who)
    assert town.store.rows("SELECT * FROM entry") == before
    assert town.store.rows("SELECT * FROM orders") == []
    # Whoever cancels reads that there is nothing to cancel.
    restarted = any(town.last(who).text.startswith(text) for text in RESTARTED)
    assert word == "annuler" or restarted == (state is None or state.pending is not None)


def test_the_confirm_of_a_quote_that_was_kept_otherwise_is_offered_anew() -> None:
    town = Town()
    town.meet(AWA)
    old = next(session for session in map(json.loads, OLD) if session.get("state") == "quote")
    old["quote"] |= {"created_at": town.now, "expires_at": town.now + 600_000}
    body = json.dumps(old | {"updated_at": town.now, "asked_at": town.now})
    town.store.connection.execute("UPDATE session SET body = ? WHERE address = ?", (body, str(AWA)))
    town.hear(AWA, Tap(f"{old['step']}.confirm.{old['quote']['id']}"))
    session = town.sessions[AWA]
    assert session.state == "quote"
    assert session.quote is not None
    assert session.quote.reference == old["quote"]["reference"]
    assert town.store.rows("SELECT * FROM orders") == []


def test_an_impossible_value_loses_the_place_and_nothing_else() -> None:
    town = Town()
    town.meet(AWA)
    body = {
        "language": "en",
        "state": "which",
        "step": 7,
        "updated_at": START,
        "greeted": True,
        "pending": {"type": "x"},
    }
    town.store.connection.execute("UPDATE session SET body = ? WHERE address = ?", (json.dumps(body), str(AWA)))
    town.say("1", AWA)
    assert any(town.last(AWA).text.startswith(text) for text in RESTARTED)
    town.say("balance", AWA)
    assert not any(town.last(AWA).text.startswith(text) for text in RESTARTED)


def test_what_is_no_session_is_an_error() -> None:
    with pytest.raises(DecodeError):
        read_session("{")


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(PENDING) == set(get_args(Pending) or (Pending,))
