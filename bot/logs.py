"""The log: one line per event, JSON when a machine reads it and readable on a terminal.

Everything goes through one chain, the standard library's loggers too: name the level and the time, render an exception
(never with local variables), mask, write. Masking is the *last* defence. Callers leave recharge codes out and pass
meter numbers through `masked`; what the chain masks all the same is

- the program's own secrets, wherever they stand (`configure` is told them);
- what looks like a recharge code (16 digits or more, also in groups), a bearer token or a bot's token;
- the value of every field whose name says that it is a secret.

Only plain values are written as they are. Of any other object its `str` is written, masked, so that a struct that grows
a secret field does not begin to leak it.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TextIO, cast

import msgspec

from bot.domain.people import Address
from bot.lean_imports import without

with without("rich"):
    import structlog
    from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

MASK = "•••"

# Channels whose ids are not a person's telephone number.
_opaque_channels: set[str] = set()

# Below WARNING these libraries print URLs, and some URLs carry a bot's token.
_TALKATIVE = ("aiohttp", "httpcore", "httpx", "telegram", "uvicorn", "asyncio", "aiosqlite")

_SECRET_NAME = re.compile(
    r"secret|token|password|authorization|cookie|(?:api|access|private|signing)_?key", re.IGNORECASE
)

# The groups of a code may be parted by spaces of any kind, or by dashes when each group has four digits: a UUID has
# only three such groups in a row. The borders keep ids made of letters and digits whole.
_LOOKS_SECRET = (
    r"(?<![0-9A-Za-z])(?:\d[ .\u00a0\u202f]?){15,}\d(?![0-9A-Za-z])",
    r"(?<!\d)\d{4}(?:-\d{4}){3,}(?!\d)",
    r"\d{20,}",
    r"\d{6,}:[A-Za-z0-9_-]{30,}",
    r"(?i:bearer)\s+[!-~]+",
)
_SMALLEST_CODE = 10**15
_SHORTEST_SECRET = 6


def masked(reference: str) -> str:
    """A meter number or customer reference as a log may show it: its last four digits, when it has more than those."""
    return f"…{reference[-4:]}" if len(reference) > 4 else "…"


def show_whole(channels: Iterable[str]) -> None:
    """From now on the ids of these channels are shown whole: they are nobody's telephone number."""
    _opaque_channels.update(channels)


def masked_address(address: Address) -> str:
    """An address as a log may show it: whole when the channel's ids are opaque, else without most of the number."""
    return str(address) if address.channel in _opaque_channels else f"{address.channel}:{masked(address.id)}"


def masked_key(key: str) -> str:
    """An inbound's key as a log may show it. Where ids are numbers, a message's own id may hold the number in another
    writing: only its end, which tells them apart, is shown.
    """
    channel, _, rest = key.partition(":")
    return key if channel in _opaque_channels or len(rest) <= 12 else f"{channel}:…{rest[-8:]}"


def get_logger(room: str) -> FilteringBoundLogger:
    """The logger of a room; to be made once, at the top of its module."""
    return cast(FilteringBoundLogger, structlog.get_logger(room=room))


class Sparing:
    """How often a line may be written that a stranger can cause: `most` of a kind in any window of `seconds`.

    The first of the next window says how many were left out, so that a flood is seen and does not fill the disk.
    """

    def __init__(self, most: int = 20, seconds: float = 60.0, ticks: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._ticks = ticks
        # By kind: when its window ends, and how many were asked for in it.
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, kind: str) -> int | None:
        """None when the line must be left out; else how many were left out in the last window. Kinds are few."""
        now = self._ticks()
        ends_at, asked = self._windows.get(kind, (0.0, 0))
        if now >= ends_at:
            self._windows[kind] = (now + self._seconds, 1)
            return max(0, asked - self._most)
        self._windows[kind] = (ends_at, asked + 1)
        return 0 if asked < self._most else None


class Redactor:
    """The processor that masks. `secrets` are the values that may never be written, whatever they look like; one that
    is shorter than any real secret is left out, for masking it would tear up the rest of the log.
    """

    def __init__(self, secrets: Collection[str] = ()) -> None:
        self._secrets = set(secrets)
        self.learn()

    def learn(self, *secrets: str) -> None:
        """From now on these are masked, too."""
        self._secrets.update(secrets)
        known = [
            re.escape(each) for each in sorted(self._secrets, key=len, reverse=True) if len(each) >= _SHORTEST_SECRET
        ]
        self._pattern = re.compile("|".join((*known, *_LOOKS_SECRET)))

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {name: self._field(name, value) for name, value in event.items()}

    def text(self, text: str) -> str:
        """`text` with everything that may be a secret masked."""
        return self._pattern.sub(MASK, text)

    def _field(self, name: str, value: object) -> object:
        if _SECRET_NAME.search(name) and not isinstance(value, bool | int | float | None):
            return MASK
        return self._value(value)

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self._pattern.sub(MASK, value)
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if -_SMALLEST_CODE < value < _SMALLEST_CODE else MASK
        if isinstance(value, bytes):
            return self.text(value.decode(errors="replace"))
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._field(str(name), item) for name, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(item) for item in value]
        return self.text(str(value))


_redactor = Redactor()


def mask(secret: str) -> None:
    """A secret that was learnt after `configure`: it may never be written."""
    _redactor.learn(secret)


class _Routed(logging.Handler):
    """Sends the standard library's records down the same chain. Their own level was checked when they were made."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger = structlog.get_logger(room=record.name)
            logger.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)
        except Exception:  # A broken record may not take the caller down; logging's own hook reports it on stderr.
            self.handleError(record)


def _json(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    return msgspec.json.encode(event)


def configure(level: str = "INFO", *, secrets: Collection[str] = (), stream: TextIO | None = None) -> None:
    """Set the log up for this process: to stdout, or to `stream`; on a terminal for people, else as JSON lines.

    To be called once, before the first line is logged: a logger that was used keeps what it was set up with.
    """
    global _redactor
    stream = stream or sys.stdout
    _redactor = Redactor(secrets)
    readable = stream.isatty()
    chain: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if readable else "iso", utc=not readable, key="at"),
        structlog.processors.format_exc_info,
        _redactor,
    ]
    if readable:
        chain.append(structlog.dev.ConsoleRenderer(timestamp_key="at"))
    else:
        chain.append(_json)
    structlog.configure(
        processors=chain,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_factory(stream, readable),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Routed()], level=level, force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.captureWarnings(True)


def _factory(stream: TextIO, readable: bool) -> Any:
    """JSON goes out as bytes, past the text layer: that saves an encoding and a lock a line."""
    if readable:
        return structlog.WriteLoggerFactory(file=stream)
    return structlog.BytesLoggerFactory(file=stream.buffer)
