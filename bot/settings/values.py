"""How a value is written: a fee, limits, addresses, a secret. What is not written so is refused in words."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from bot.domain.catalog import Commission, FeeRule
from bot.domain.hours import Hours
from bot.domain.people import Address, Language
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.errors import ModelError
from bot.settings.database_url import checked

SECRET_KEY_MINIMUM_CHARACTERS = 32


def _long_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SECRET_KEY_MINIMUM_CHARACTERS:
        raise ValueError(
            f"must have at least {SECRET_KEY_MINIMUM_CHARACTERS} characters; leave it out to have one made and kept"
        )
    return secret


def _addresses(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    addresses: list[Address] = []
    unreadable: list[str] = []
    for text in filter(None, (part.strip() for part in value.split(","))):
        try:
            addresses.append(Address.parse(text))
        except ModelError:
            unreadable.append(repr(text))
    if unreadable:
        raise ValueError(f"must list addresses such as telegram:123456, and these are none: {', '.join(unreadable)}")
    return tuple(dict.fromkeys(addresses))


def _fee(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return FeeRule.parse(value)
    except ModelError as error:
        raise ValueError(f"must be a fee such as `1.5% + 50, min 100, max 2000`: {error}") from error


def _commission(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Commission.parse(value)
    except ModelError as error:
        raise ValueError(f"must be a commission such as `0.5% + 20% fee`: {error}") from error


def _limits(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d{1,10})\s*-\s*(\d{1,10})\s*", value)
    if match is None or not 0 < int(match[1]) <= int(match[2]) <= MAX_AMOUNT_XOF:
        raise ValueError(f"must be the smallest and the largest amount, such as 1000-500000 (at most {MAX_AMOUNT_XOF})")
    return int(match[1]), int(match[2])


def _hours(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return Hours.parse(value)
    except ModelError as error:
        raise ValueError(str(error)) from error


def _group(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(?:telegram:)?(-[0-9]{1,20})\s*", value)
    if match is None:
        raise ValueError("must be the id of a Telegram group, such as telegram:-1001234567890: it begins with a minus")
    return Address("telegram", match[1])


DatabaseUrl = Annotated[str, AfterValidator(checked)]
Addresses = Annotated[tuple[Address, ...], BeforeValidator(_addresses)]
LongSecret = Annotated[SecretStr, AfterValidator(_long_secret)]
Fee = Annotated[FeeRule, BeforeValidator(_fee)]
ResellersCommission = Annotated[Commission, BeforeValidator(_commission)]
LimitsXof = Annotated[tuple[int, int], BeforeValidator(_limits)]
HoursOfDay = Annotated[Hours, BeforeValidator(_hours)]
GroupChat = Annotated[Address, BeforeValidator(_group)]
LanguageTexts = dict[Language, Annotated[str, Field(max_length=1000)]]
UpperCase = BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value)
LowerCase = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)
