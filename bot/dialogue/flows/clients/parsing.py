"""What people type of a client: a name, a phone number, a meter number. Pure."""

import re
from typing import Final, NamedTuple

from bot.dialogue.context import Context
from bot.dialogue.parsing.references import parse_reference
from bot.dialogue.parsing.services import parse_service
from bot.domain.catalog import ServiceName
from bot.domain.text import printable_line

MAX_NAME_CHARACTERS = 40


_NOT_DIGIT: Final = re.compile(r"\D")


class ClientName(NamedTuple):
    """What somebody is called."""

    name: str
    nickname: str = ""


def clean_name(text: str) -> ClientName | None:
    """A name as people may give it, with a nickname in brackets; None for a text that no search could find."""
    line = printable_line(text[:300])
    name, bracket, nickname = line.partition("(")
    in_brackets = bool(bracket) and bool(name.strip()) and line.endswith(")")
    named = ClientName(name.strip(), nickname[:-1].strip()) if in_brackets else ClientName(line)
    if line.islower():
        named = ClientName(*(part.title() for part in named))
    if max(map(len, named)) > MAX_NAME_CHARACTERS or not any(c.isalpha() for c in named.name) or "|" in line:
        return None
    return named


def parse_phone(text: str) -> str | None:
    """A phone number's digits, without Senegal's own prefix; None where the text is no phone number."""
    digits = _NOT_DIGIT.sub("", text)
    if any(c.isalpha() for c in text) or not digits.isascii():
        return None
    digits = digits.removeprefix("00")
    digits = digits.removeprefix("221") if len(digits) == 12 else digits
    return digits if 7 <= len(digits) <= 15 else None


def parse_number(ctx: Context, text: str) -> tuple[ServiceName | None, str] | None:
    """A meter number or a reference, and its service as far as it is named or can be seen."""
    line = parse_service(ctx.shop.catalog, text)
    digits = parse_reference(text if line is None else line[1])
    if digits is None:
        return None
    if line is not None:
        return line[0].name, digits
    return ("woyofal" if len(digits) == ctx.shop.catalog.woyofal.usual_digits[1] else None), digits
