"""Reading the settings: variables become fields, and every problem is told at once."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from dotenv import dotenv_values
from pydantic import ValidationError

from bot.channels.adapter import ChannelAdapter
from bot.domain.catalog import SERVICES
from bot.errors import SettingsError
from bot.languages import LANGUAGES
from bot.settings.database_url import is_postgres
from bot.settings.model import Settings
from bot.settings.prices import Prices
from bot.spelling import Unknown, unknown

Need = Literal["channel", "provider"]
Channels: TypeAlias = Sequence[type[ChannelAdapter]]

_BY_LANGUAGE = ("pay_in_text", "contact_text", "contact_closed_text")
# Variable to the field, and to the language of it where it has a text for each.
_FIELDS: dict[str, tuple[str, ...]] = {
    "_".join(path).upper(): path
    for name in Settings.model_fields
    if name not in ("channels", "prices")
    for path in ([(name, code) for code in LANGUAGES] if name in _BY_LANGUAGE else [(name,)])
}


def variables(channels: Channels = ()) -> tuple[str, ...]:
    """The names of all variables."""
    return (
        *(variable for channel in channels for variable in channel.variables().values()),
        *(variable for service in SERVICES for variable in Prices.variables(service).values()),
        *_FIELDS,
    )


def load(
    env: Mapping[str, str] | None = None,
    dotenv: Path | None = Path(".env"),
    *,
    needs: tuple[Need, ...] = (),
    channels: Channels = (),
) -> Settings:
    """Read the settings from `env` (the process's environment when None) over the file `dotenv` (none when None).

    `needs` says what the command cannot do without: "channel" asks for one of `channels`, "provider" for an API key
    unless the simulator provides. Raises SettingsError with every problem, one line each.
    """
    written, env = _read(dotenv), os.environ if env is None else env
    given = {name: value.strip() for name, value in {**written, **env}.items() if value.strip()}
    present: dict[str, Any] = {}
    for variable, (name, *language) in _FIELDS.items():
        if variable in given:
            if language:
                present.setdefault(name, {})[language[0]] = given[variable]
            else:
                present[name] = given[variable]
    invalid: list[str] = []
    adapters = []
    for channel in channels:
        of_channel = {name: given[variable] for name, variable in channel.variables().items() if variable in given}
        try:
            adapters.append(channel.model_validate(of_channel))
        except ValidationError as error:
            invalid += _in_words(error, channel.variables())
    prices = []
    for service in SERVICES:
        names = Prices.variables(service)
        of_service = {name: given[variable] for name, variable in names.items() if variable in given}
        try:
            prices.append(Prices.model_validate({**dict(Prices.usual(service)), **of_service}))
        except ValidationError as error:
            invalid += _in_words(error, names)
            prices.append(Prices.usual(service))
    try:
        settings = Settings.model_validate({**present, "channels": adapters, "prices": tuple(prices)})
    except ValidationError as error:
        invalid += _in_words(error, {".".join(path): variable for variable, path in _FIELDS.items()})
    problems = [
        *_no_channel(given, needs, channels),
        *(missing for channel in channels for missing in channel.missing(given)),
        *_missing(present, needs),
        *_unknown(dotenv, written, env, channels).refused,
    ]
    if invalid or problems:
        # Not "from error": pydantic's own text quotes what it was given.
        raise SettingsError([*invalid, *problems]) from None
    return settings


def noted(
    env: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env"), *, channels: Channels = ()
) -> list[str]:
    """Names that are no settings and may have been meant as such, for a warning. `load` has refused the worst."""
    return _unknown(dotenv, _read(dotenv), os.environ if env is None else env, channels).noted


def _unknown(dotenv: Path | None, written: Mapping[str, str], env: Mapping[str, str], channels: Channels) -> Unknown:
    families = [channel.channel for channel in channels]
    return unknown(dotenv.name if dotenv is not None else "", written, env, frozenset(variables(channels)), families)


def _read(dotenv: Path | None) -> dict[str, str]:
    if dotenv is None or not dotenv.is_file():
        return {}
    try:
        # No interpolation: a `$` in a secret is a `$`.
        values = dotenv_values(dotenv, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{dotenv} cannot be read: {type(error).__name__}"]) from error
    return {name: value or "" for name, value in values.items()}


def _no_channel(given: Mapping[str, str], needs: tuple[Need, ...], channels: Channels) -> Iterable[str]:
    if "channel" in needs and channels and not any(channel.is_begun(given) for channel in channels):
        others = " or ".join(channel.abilities.label for channel in channels[1:])
        yield f"{channels[0].begin}{f' (or set up {others}, see the README)' if others else ''}"


def _missing(present: Mapping[str, str], needs: tuple[Need, ...]) -> Iterable[str]:
    simulated = present.get("provider", "").lower() == "simulator"
    if "provider" in needs and not simulated and "dexchange_api_key" not in present:
        yield "DEXCHANGE_API_KEY is missing: set it, or set PROVIDER=simulator to try the bot without one"
    yield from _missing_to_collect(present, needs)
    has_key = "secret_key" in present or "secret_key_file" in present
    if "channel" in needs and is_postgres(present.get("database_url", "")) and not has_key:
        yield (
            "SECRET_KEY is missing: over PostgreSQL none is made, for every process that serves from the database needs"
            " the same; set it, or name its file in SECRET_KEY_FILE (`openssl rand -hex 32` makes one)"
        )


def _missing_to_collect(present: Mapping[str, str], needs: tuple[Need, ...]) -> Iterable[str]:
    name = present.get("collect_with", "").lower()
    if "provider" not in needs or name in ("", "simulator"):
        return
    if name == "dexpay":
        for field in ("dexpay_api_key", "dexpay_api_secret"):
            if field not in present:
                yield f"{field.upper()} is missing: COLLECT_WITH=dexpay needs it"
    elif "dexchange_api_key" not in present:
        yield f"DEXCHANGE_API_KEY is missing: COLLECT_WITH={name} needs it"
    if "public_url" not in present:
        yield f"PUBLIC_URL is missing: COLLECT_WITH={name} sends the payer's browser and its webhooks there"


def _in_words(error: ValidationError, variables: Mapping[str, str]) -> Iterable[str]:
    for detail in error.errors(include_url=False, include_input=False):
        context = detail.get("ctx", {})
        match detail["type"]:
            case "value_error":
                words = str(context["error"])
            case "int_parsing" | "int_from_float" | "int_type":
                words = "must be a whole number"
            case "greater_than_equal":
                words = f"must be at least {context['ge']}"
            case "less_than_equal":
                words = f"must be at most {context['le']}"
            case "literal_error":
                words = f"must be {context['expected']}"
            case "string_too_long":
                words = f"must have at most {context['max_length']} characters"
            case _:
                words = "cannot be read"
        name = ".".join(map(str, detail["loc"][:2]))
        yield f"{variables.get(name) or variables[str(detail['loc'][0])]} {words}"
