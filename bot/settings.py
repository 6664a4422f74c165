"""Everything that the operator may set, read once from the environment and from a `.env` file.

The environment wins over the file, and an empty value counts as none. Every problem is found before anything is said:
`load` raises one SettingsError that names each variable and what it should hold, never what a secret holds, and each
that is misspelt (`bot.spelling` says which). Secrets are `SecretStr`, so that no repr, log or traceback shows one.

This room stands above the rooms that it fills and below `app`, which hands their parts to them: it has to know what a
fee and an address are, and nobody but `app` and the commands around it may ask it for anything.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from bot.channels.adapter import ChannelAdapter
from bot.domain.catalog import SERVICES, Bounds, Catalog, Commission, FeeRule, Service
from bot.domain.model import MAX_AMOUNT_XOF, Address, Language
from bot.errors import ModelError, SettingsError
from bot.languages import LANGUAGES
from bot.setting_types import BaseUrl, HeaderSecret
from bot.spelling import Unknown, unknown

Need = Literal["channel", "provider"]
Channels: TypeAlias = Sequence[type[ChannelAdapter]]

SECRET_KEY_MINIMUM_CHARACTERS = 32


def _long_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SECRET_KEY_MINIMUM_CHARACTERS:
        raise ValueError(
            f"must have at least {SECRET_KEY_MINIMUM_CHARACTERS} characters; leave it out to have one made and kept"
        )
    return secret


def _database_url(text: str) -> str:
    scheme, separator, path = text.partition(":///")
    if separator and scheme == "sqlite" and path:
        return text
    if re.match(r"postgres(ql)?\b", text):
        raise ValueError("PostgreSQL is not there yet: use sqlite:///path/to/taal.db")
    raise ValueError("must be sqlite:///relative/path.db or sqlite:////absolute/path.db")


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


Fee = Annotated[FeeRule, BeforeValidator(_fee)]
ResellersCommission = Annotated[Commission, BeforeValidator(_commission)]
LimitsXof = Annotated[tuple[int, int], BeforeValidator(_limits)]
LanguageTexts = dict[Language, Annotated[str, Field(max_length=1000)]]
UpperCase = BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value)
LowerCase = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class Prices(BaseModel):
    """What the operator set for one service: what is asked of the customer, what the provider asks of us, what a
    reseller earns, and between which amounts it is sold. A field is read from the variable of the same name in
    capitals, with the service's name behind it: `FEE_WOYOFAL`.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    fee: Fee
    provider_fee: Fee
    commission: ResellersCommission
    limits: LimitsXof

    @classmethod
    def usual(cls, service: Service) -> "Prices":
        """Those that the catalog names."""
        return cls(
            fee=service.fee,
            provider_fee=service.provider_fee,
            commission=service.commission,
            limits=(service.minimum_xof, service.maximum_xof),
        )

    @classmethod
    def variables(cls, service: Service) -> dict[str, str]:
        """The names of a service's variables, by field."""
        return {name: f"{name}_{service.name}".upper() for name in cls.model_fields}

    def of(self, service: Service) -> Service:
        """The service at these prices; no suggestion lies outside its limits."""
        smallest, largest = self.limits
        return msgspec.structs.replace(
            service,
            fee=self.fee,
            provider_fee=self.provider_fee,
            commission=self.commission,
            minimum_xof=smallest,
            maximum_xof=largest,
            suggestions_xof=tuple(amount for amount in service.suggestions_xof if smallest <= amount <= largest),
        )


class Settings(BaseModel):
    """What the operator set. A field is read from the variable of the same name in capitals, but for the channels and
    the prices, whose fields have variables of their own.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, str_strip_whitespace=True)

    # Where people are: every channel that the program knows, set up or not.
    channels: tuple[ChannelAdapter, ...] = ()

    # Who delivers. The provider's limit is a request count in any 60 seconds.
    provider: Annotated[Literal["dexchange", "simulator"], LowerCase] = "dexchange"
    dexchange_api_key: HeaderSecret | None = None
    dexchange_api_url: BaseUrl = "https://api-m.dexchange.sn"
    dexchange_rate_per_minute: int = Field(default=100, ge=1, le=100_000)
    # How long a pay call is waited for, also by a process that was asked to stop. Its lease is longer: 90 seconds.
    pay_timeout_seconds: int = Field(default=60, ge=1, le=70)

    # Where we are. Without `public_url` channels are polled that can be, and the provider has nowhere to send webhooks.
    public_url: BaseUrl | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    database_url: Annotated[str, AfterValidator(_database_url)] = "sqlite:///data/taal.db"

    # Who may do what. Without `secret_key` the program makes one and keeps it in `secret_key_file`.
    admins: Annotated[tuple[Address, ...], BeforeValidator(_addresses)] = ()
    secret_key: Annotated[SecretStr, AfterValidator(_long_secret)] | None = None
    secret_key_file: str | None = None

    # One for each service, in the catalog's order.
    prices: tuple[Prices, ...] = tuple(Prices.usual(service) for service in SERVICES)
    default_credit_limit_xof: int = Field(default=0, ge=0, le=MAX_AMOUNT_XOF)
    quote_minutes: int = Field(default=10, ge=1, le=60)
    # What one person may do: look up numbers within ten minutes (resellers and admins more; lists are not counted), and
    # write. Nobody who writes by hand meets the last one.
    inquiries_per_10_minutes: int = Field(default=30, ge=5, le=10_000)
    inquiries_per_10_minutes_reseller: int = Field(default=200, ge=5, le=10_000)
    messages_per_minute: int = Field(default=60, ge=20, le=100_000)
    # Below so much at the provider the admins are alerted.
    float_alert_xof: int = Field(default=100_000, ge=0, le=MAX_AMOUNT_XOF)
    # How far an owner may go from a telephone.
    fee_most_percent: int = Field(default=10, ge=0, le=100)
    fee_most_xof: int = Field(default=2_000, ge=0, le=MAX_AMOUNT_XOF)
    commission_most_percent: int = Field(default=2, ge=0, le=100)
    commission_most_fee_percent: int = Field(default=80, ge=0, le=100)
    credit_limit_most_xof: int = Field(default=1_000_000, ge=0, le=MAX_AMOUNT_XOF)
    # From here on a move of money takes a second admin; unset: from 100 000 F on, where there are two owners.
    approval_above_xof: int | None = Field(default=None, ge=1, le=MAX_AMOUNT_XOF)
    # Read from a variable for each language: PAY_IN_TEXT_FR.
    pay_in_text: LanguageTexts = {}
    contact_text: LanguageTexts = {}

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], UpperCase] = "INFO"

    @property
    def database_path(self) -> Path:
        """The file that `database_url` names."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def secret_key_path(self) -> Path:
        """The file of the secret key: beside the database, unless it was named."""
        return Path(self.secret_key_file) if self.secret_key_file else self.database_path.with_name("secret.key")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in clear, for the one reader that has to know them all: the log, which masks them."""
        values = (
            *(value for channel in self.channels for _, value in channel),
            self.dexchange_api_key,
            self.secret_key,
        )
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))

    def catalog(self) -> Catalog:
        """The services with this operator's fees, commissions and limits; no suggestion lies outside them."""
        return Catalog(tuple(prices.of(service) for service, prices in zip(SERVICES, self.prices, strict=True)))

    def bounds(self) -> Bounds:
        """How far fees, commissions and limits may be changed from a telephone."""
        return Bounds(
            self.fee_most_percent * 100,
            self.fee_most_xof,
            self.commission_most_percent * 100,
            self.commission_most_fee_percent * 100,
            self.credit_limit_most_xof,
        )


_BY_LANGUAGE = ("pay_in_text", "contact_text")
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
