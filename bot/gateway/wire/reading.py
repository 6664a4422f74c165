"""Reading what the provider wrote, whatever its form. Pure.

The provider's pages, its SDK and its plugins disagree on names (`Status`, `STATUS`, `status`), on nesting (flat, or
under `transaction`, `data`, ...) and on types (numbers as strings). This module turns a body into a `Document` that is
asked for a field by one plain name; it raises nothing, whatever the bytes. A value that is there and cannot be read
counts as absent: it is better not to know an amount than to believe a wrong one.

A `Document` has a *subject*, the object that speaks of the payment, and its *envelopes*. A status is believed only
where the subject bears it: an envelope that says "success" says that a request was served, not that a bill was paid.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from bot.domain.catalog import split_tokens
from bot.domain.quote import MAX_AMOUNT_XOF

Layer: TypeAlias = dict[str, list[Any]]

# Bodies beyond this are not read: the largest honest answer, a list of bills, has a few kilobytes.
MAX_BODY_BYTES = 256 * 1024
# So much of one that could not be understood is kept.
MAX_KEPT_BYTES = 2_000
MAX_TOKENS = 12
MAX_TOKEN_CHARACTERS = 64
MAX_WORD_CHARACTERS = 128
MAX_MESSAGE_CHARACTERS = 300

# From the surest to the vaguest: `transaction` is documented, the others are what envelopes are usually called.
_WRAPPERS = ("transaction", "data", "result", "response", "payload")
_DEPTH = 4
# The provider has some dozens of names, and a name of anybody else's is not kept for long.
PLAIN_NAMES = 256
_MAX_RAW_CHARACTERS = 1000
_TOKEN_NAMES = ("token", "tokens")
_WHOLE = re.compile(r"(-?)(\d+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+)(?:\.0{1,2})?")
# Eight digits or more, also in groups: a recharge code, a meter number or a person's number.
_NUMBER = re.compile(r"\d(?:[\s.\-]?\d){7,}")
# How a refusal reads that means the account's list of addresses that may ask, and not the key; of folded text.
NOT_AUTHORIZED = re.compile(
    r"not (?:been )?authori[sz]ed|non autorise|pas autorise|white ?-?list|allow ?-?list|liste blanche"
    r"|\bip\b.{0,40}(?:not allowed|denied|blocked|refus|interdit|bloqu)"
)

_decode = msgspec.json.decode


class Document:
    """One readable answer: a JSON object, seen as its subject and its envelopes, the subject first."""

    __slots__ = ("layers",)

    def __init__(self, body: dict[str, Any]) -> None:
        self.layers = _layers(body)

    @property
    def subject(self) -> Layer:
        return self.layers[0]

    def values(self, *names: str) -> list[Any]:
        """Every value that bears one of the names: the subject's before its envelopes', earlier names first."""
        return [value for layer in self.layers for name in names if name in layer for value in layer[name]]

    def word(self, *names: str) -> str | None:
        """The first text or whole number of one of the names, as a text of at most 128 characters."""
        for value in self.values(*names):
            if text := word(value):
                return text
        return None

    def amount_xof(self, *names: str) -> int | None:
        """The first readable amount, not negative."""
        for value in self.values(*names):
            if (amount := whole(value)) is not None and amount >= 0:
                return amount
        return None

    def balance_xof(self, *names: str) -> int | None:
        """The first readable balance; an account may be overdrawn."""
        for value in self.values(*names):
            if (amount := whole(value)) is not None:
                return amount
        return None

    def statuses(self) -> frozenset[str]:
        """The status words of the subject, in capitals. A status that is no text (an HTTP code, say) is none."""
        words = (word(value) for value in self.subject.get("status", ()) if isinstance(value, str))
        return frozenset(text.upper() for text in words if text)

    def says(self, name: str, truth: bool) -> bool:
        """Whether any layer has a `name` that means `truth`."""
        return any(flag(value) is truth for value in self.values(name))

    def tokens(self) -> tuple[str, ...]:
        """The recharge codes, wherever the subject or an envelope holds a field called `token`; see `read_tokens`."""
        tokens = next(filter(None, map(read_tokens, self.values(*_TOKEN_NAMES))), ())
        return tokens or next(filter(None, map(read_tokens, _deep_tokens(self.subject))), ())

    def message(self) -> str | None:
        """The provider's own words, for logs and admins: one line without long numbers. A list is joined."""
        for value in self.values("message", "error"):
            texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
            if joined := public_text("; ".join(texts)):
                return joined
        return None

    def code(self) -> str | None:
        """The provider's error code (`INVALID_AMOUNT`), in capitals."""
        code = self.word("code", "errorcode")
        return None if code is None else code.upper()


def read(body: bytes) -> Document | None:
    """The document that a body holds; None when it is no JSON object, too large, too deep or not UTF-8."""
    if len(body) > MAX_BODY_BYTES:
        return None
    try:
        value = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return Document(value) if isinstance(value, dict) else None


def beginning(body: bytes) -> str:
    """The beginning of a body that could not be read, to be kept as it came. It may hold a recharge code."""
    return body[:MAX_KEPT_BYTES].decode("utf-8", "replace")


@lru_cache(PLAIN_NAMES)
def plain_name(name: str) -> str:
    """A field's name without case, underscores and dashes: `TRANSACTION_ID` and `transactionId` are one."""
    return name.replace("_", "").replace("-", "").lower()


def layer_of(value: dict[str, Any]) -> Layer:
    """An object with plain names. Names that differ only in case keep all their values, in the order they came."""
    layer: Layer = {}
    for name, item in value.items():
        plain = plain_name(name)
        if plain in layer:
            layer[plain].append(item)
        else:
            layer[plain] = [item]
    return layer


def _layers(body: dict[str, Any]) -> list[Layer]:
    """The object and what it wraps, innermost first. What calls itself the transaction is not looked into."""
    layers = [layer_of(body)]
    while len(layers) < _DEPTH:
        for name in _WRAPPERS:
            if name in layers[0] and (inner := _wrapped(layers[0], name)):
                layers.insert(0, layer_of(inner))
                break
        else:
            break
        if name == "transaction":
            break
    return layers


def _wrapped(layer: Layer, name: str) -> dict[str, Any] | None:
    """The object under a name; a list of one object counts as that object."""
    for value in layer.get(name, ()):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            return value
    return None


def _deep_tokens(layer: Layer, depth: int = 0) -> Iterator[Any]:
    """Values called `token` in objects that the subject holds: where a look-up carries one is documented nowhere."""
    for values in layer.values():
        for value in values:
            if isinstance(value, dict) and depth < _DEPTH:
                inner = layer_of(value)
                for name in _TOKEN_NAMES:
                    yield from inner.get(name, ())
                yield from _deep_tokens(inner, depth + 1)


def word(value: Any) -> str | None:
    """A short text or a whole number as a text without blanks around it; None for anything else and for nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if 0 < len(text) <= MAX_WORD_CHARACTERS and text.isprintable() else None


def whole(value: Any) -> int | None:
    """A whole number of francs: `5000`, `5000.0`, `"5000"`, `"5 000"`, `"5000.00"`; None for anything else.

    `"5.000"` and `"5,000"` mean five or five thousand according to who wrote them: they are not read.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    elif isinstance(value, str) and len(value) < 40 and (match := _WHOLE.fullmatch(value.strip())):
        value = int(match[1] + re.sub(r"\D", "", match[2]))
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_AMOUNT_XOF:
        return None
    return value


def flag(value: Any) -> bool | None:
    """A truth value, also written as a text or a number; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
            value.strip().lower()
        )
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def read_tokens(value: Any) -> tuple[str, ...]:
    """The recharge codes in the value of a `token` field: a text, a whole number, or a list of them or of objects.

    A meter's keypad has digits only: what holds no digit ("null", "pending") is no code. Nor is a text longer than any
    code, for no channel could carry it.
    """
    tokens: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            item = next((inner for name, inner in item.items() if plain_name(name) in _TOKEN_NAMES), None)
        if isinstance(item, int) and not isinstance(item, bool):
            item = str(item)
        if isinstance(item, str) and len(item) <= _MAX_RAW_CHARACTERS:
            tokens.extend(token for token in split_tokens(item) if _is_token(token))
    return tuple(dict.fromkeys(tokens))[:MAX_TOKENS]


def _is_token(token: str) -> bool:
    return len(token) <= MAX_TOKEN_CHARACTERS and token.isprintable() and re.search(r"[0-9]", token) is not None


def public_text(text: str) -> str:
    """A text of the provider as a log may show it and a database keep it: one line, bounded, without NUL, every long
    number left out.
    """
    line = " ".join(text[:_MAX_RAW_CHARACTERS].replace("\0", " ").split())
    return _NUMBER.sub("[number]", line)[:MAX_MESSAGE_CHARACTERS]


def folded(text: str) -> str:
    """A text without case and accents, to look for words in it."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
