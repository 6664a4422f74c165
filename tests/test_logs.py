"""The log: JSON for machines, lines for people, one chain for every library, and nothing secret in it."""

import io
import json
import logging
import time
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from bot import logs
from bot.domain.outcome import Delivered
from bot.domain.people import Address
from bot.logs import MASK, Redactor, masked, masked_address

CODE = "12345678901234567890"
BOT_TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
API_KEY = "dx-live-4f9a1c"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Other tests find the log as it was."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**before)
    logging.root.handlers[:], logging.root.level = handlers, level
    logging.captureWarnings(False)


class Written:
    """A stream that is no terminal, and the lines that went to it."""

    def __init__(self, level: str = "INFO", secrets: tuple[str, ...] = ()) -> None:
        self.stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        logs.configure(level, secrets=secrets, stream=self.stream)

    @property
    def text(self) -> str:
        buffer = self.stream.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


def test_a_line_is_json_with_level_time_and_room() -> None:
    written = Written()
    logs.get_logger("engine").info("heard", update="telegram:update:815", took_ms=3.5, new=True, order=None)
    (line,) = written.lines
    assert str(line.pop("at")).endswith("Z")
    assert line == {
        "event": "heard",
        "level": "info",
        "room": "engine",
        "update": "telegram:update:815",
        "took_ms": 3.5,
        "new": True,
        "order": None,
    }


def test_below_the_level_nothing_is_written() -> None:
    written = Written("WARNING")
    logs.get_logger("engine").info("heard")
    logging.getLogger("anything").info("heard")
    assert written.lines == []


def test_a_terminal_gets_a_readable_line() -> None:
    stream = Terminal()
    logs.configure(stream=stream)
    logs.get_logger("engine").warning("slow", took_ms=90, note=f"code {CODE}")
    assert "slow" in stream.getvalue()
    assert "{" not in stream.getvalue()
    assert CODE not in stream.getvalue()
    assert MASK in stream.getvalue()


def test_the_standard_library_goes_through_the_same_chain() -> None:
    written = Written(secrets=(API_KEY,))
    logging.getLogger("some.library").error("%s failed with %s", "GET", API_KEY)
    (line,) = written.lines
    assert line["event"] == f"GET failed with {MASK}"
    assert (line["level"], line["room"]) == ("error", "some.library")


@pytest.mark.parametrize("library", ["httpx", "httpcore.http11", "telegram.ext", "uvicorn.access", "aiohttp.access"])
def test_libraries_that_print_urls_are_quiet(library: str) -> None:
    written = Written("DEBUG")
    logging.getLogger(library).info("POST https://api.example.org/bot%s/sendMessage", BOT_TOKEN)
    assert written.lines == []


def test_a_record_that_cannot_be_rendered_takes_nobody_down(capsys: pytest.CaptureFixture[str]) -> None:
    written = Written()
    logging.getLogger("some.library").error("%d", "not a number")
    assert written.lines == []
    assert "not a number" in capsys.readouterr().err


def test_an_exception_is_told_without_locals_and_masked() -> None:
    written = Written(secrets=(API_KEY,))

    def pay(holder: str) -> None:
        raise ValueError(f"{CODE} {API_KEY}")

    someone = "Aminata " + "Diop"
    try:
        pay(someone)
    except ValueError:
        logs.get_logger("gateway").exception("pay failed")
    (line,) = written.lines
    assert "in pay" in str(line["exception"])
    assert "ValueError" in str(line["exception"])
    for private in (CODE, API_KEY, someone):
        assert private not in written.text


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        "1234567890123456",
        f"code:{CODE}!",
        f"x{CODE}y",
        "1234 5678 9012 3456 7890",
        "1234\u00a05678\u00a09012\u00a03456\u00a07890",
        "1234\u202f5678\u202f9012\u202f3456",
        "1234-5678-9012-3456-7890",
        "1234.5678.9012.3456.7890",
        CODE * 3,
        f"https://api.example.org/bot{BOT_TOKEN}/getMe",
        BOT_TOKEN,
        "Authorization: Bearer abc.DEF-123",
        f"key={API_KEY}",
    ],
)
def test_what_looks_secret_is_masked_wherever_it_stands(text: str) -> None:
    redactor = Redactor((API_KEY,))
    event = redactor(None, "info", {"event": text, "deep": {"list": [text, {"x": (text,)}]}, "bytes": text.encode()})
    flat = json.dumps(event, ensure_ascii=False)
    assert MASK in flat
    for secret in (text, CODE, "5678", BOT_TOKEN, "abc.DEF", API_KEY):
        assert secret not in flat


def test_a_number_as_long_as_a_code_and_a_field_with_a_telling_name_are_masked() -> None:
    event = Redactor()(
        None,
        "info",
        {
            "event": "x",
            "number": int(CODE),
            "api_key": "short",
            "X-Telegram-Bot-Api-Secret-Token": "s",
            "headers": {"Authorization": "Basic eA==", "accept": "json"},
            "tokens": ["1"],
        },
    )
    assert event == {
        "event": "x",
        "number": MASK,
        "api_key": MASK,
        "X-Telegram-Bot-Api-Secret-Token": MASK,
        "headers": {"Authorization": MASK, "accept": "json"},
        "tokens": MASK,
    }


def test_of_an_object_its_text_is_written_masked() -> None:
    written = Written()
    logs.get_logger("x").info("y", address=Address("telegram", "42"), outcome=Delivered(tokens=(CODE,)))
    assert written.lines[0]["address"] == "telegram:42"
    assert CODE not in written.text


def test_what_people_need_to_read_is_left_alone() -> None:
    event = {
        "event": "moved",
        "order": "0190a3b4-1234-7890-8123-123456789012",
        "short": "01j9zq4x7m2k8v5n3c6b",
        "update": "telegram:update:815815815",
        "address": "telegram:5123456789",
        "created_at": 1_795_000_000_000,
        "tokens": 3,
        "amount_xof": 500_000,
        "path": "/webhooks/telegram",
        "at": "2026-11-24T08:00:00.123456Z",
    }
    assert Redactor()(None, "info", dict(event)) == event


def test_a_secret_too_short_to_be_one_does_not_tear_up_the_log() -> None:
    assert Redactor(("e", ""))(None, "info", {"event": "heard"}) == {"event": "heard"}


@given(st.text(max_size=40), st.text("0123456789", min_size=20, max_size=60), st.text(max_size=40))
def test_no_code_survives_in_any_surroundings(before: str, code: str, after: str) -> None:
    assert code not in Redactor().text(before + code + after)


def test_numbers_of_meters_and_people() -> None:
    assert masked("14123456789") == "…6789"
    assert masked("6789") == "…"
    assert masked("") == "…"
    logs.show_whole(["telegram"])
    assert masked_address(Address("telegram", "123456")) == "telegram:123456"
    assert masked_address(Address("whatsapp", "221771234567")) == "whatsapp:…4567"


def best_seconds_per_call(call: Callable[[], None], calls: int = 500, rounds: int = 7) -> float:
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, time.perf_counter() - started)
    return best / calls


def test_a_line_is_cheap_and_one_below_the_level_is_nearly_free() -> None:
    written = Written("INFO")
    logger = logs.get_logger("engine")
    fields = {"update": "telegram:update:815", "order": "01j9zq4x7m2k8v5n3c6b", "state": "paid", "took_ms": 3}
    # Many times what a quiet machine needs, so that only a change of kind fails here, and no machine that is busy.
    assert best_seconds_per_call(lambda: logger.info("moved", **fields)) < 400e-6
    assert best_seconds_per_call(lambda: logger.debug("moved", **fields)) < 30e-6
    assert len(written.lines) == 7 * 500


def test_a_line_that_strangers_cause_is_written_so_often_and_no_more() -> None:
    now = 100.0
    sparing = logs.Sparing(most=2, seconds=60, ticks=lambda: now)
    assert [sparing.take("refused") for _ in range(4)] == [0, 0, None, None]
    assert sparing.take("another") == 0
    now = 159.9
    assert sparing.take("refused") is None
    now = 160.0
    assert [sparing.take("refused") for _ in range(3)] == [3, 0, None]
    now = 1_000.0
    assert sparing.take("another") == 0
