"""All that can be set, and what it is where nothing is said."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr

from bot.channels.adapter import ChannelAdapter
from bot.domain.catalog import SERVICES, Bounds, Catalog
from bot.domain.hours import Hours
from bot.domain.quote import MAX_AMOUNT_XOF
from bot.errors import SettingsError
from bot.setting_types import BaseUrl, HeaderSecret
from bot.settings.collecting import CollectingSettings
from bot.settings.database_url import is_postgres, secrets_of, shown
from bot.settings.prices import Prices
from bot.settings.values import (
    Addresses,
    DatabaseUrl,
    GroupChat,
    HoursOfDay,
    LanguageTexts,
    LongSecret,
    LowerCase,
    UpperCase,
)


class Settings(CollectingSettings):
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
    # A password may stand in it.
    database_url: DatabaseUrl = Field(default="sqlite:///data/taal.db", repr=False)

    # Who may do what. Without `secret_key` the program makes one and keeps it in `secret_key_file`; over PostgreSQL,
    # where several processes must have the same, it makes none.
    admins: Addresses = ()
    secret_key: LongSecret | None = None
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
    # A group in which alerts are read, too; nobody is obeyed there.
    alert_chat: GroupChat | None = None
    # How far an owner may go from a telephone.
    fee_most_percent: int = Field(default=10, ge=0, le=100)
    fee_most_xof: int = Field(default=2_000, ge=0, le=MAX_AMOUNT_XOF)
    commission_most_percent: int = Field(default=2, ge=0, le=100)
    commission_most_fee_percent: int = Field(default=80, ge=0, le=100)
    credit_limit_most_xof: int = Field(default=1_000_000, ge=0, le=MAX_AMOUNT_XOF)
    # From here on a move of money takes a second admin; unset: from 100 000 F on, where there are two owners.
    approval_above_xof: int | None = Field(default=None, ge=1, le=MAX_AMOUNT_XOF)
    # How long an account whose telephone was lost waits before it goes to another address.
    move_wait_hours: int = Field(default=24, ge=1, le=168)
    # Read from a variable for each language: PAY_IN_TEXT_FR.
    pay_in_text: LanguageTexts = Field(default_factory=dict)
    contact_text: LanguageTexts = Field(default_factory=dict)
    # When a person answers, and what people read who write at another time.
    contact_hours: HoursOfDay = Hours(480, 1200)
    contact_closed_text: LanguageTexts = Field(default_factory=dict)

    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], UpperCase] = "INFO"

    @property
    def is_shared(self) -> bool:
        """Whether several processes may serve from the database: it is a PostgreSQL."""
        return is_postgres(self.database_url)

    @property
    def database_path(self) -> Path:
        """The file that `database_url` names. Raises SettingsError when it names none."""
        if self.is_shared:
            raise SettingsError([f"DATABASE_URL: {self.database_name} is a PostgreSQL and no file"])
        return Path(shown(self.database_url))

    @property
    def database_name(self) -> str:
        """What people call the database: its file, or its address without a password."""
        return shown(self.database_url)

    @property
    def secret_key_path(self) -> Path | None:
        """The file of the secret key: beside the database, unless it was named. None where there is no such place."""
        if self.secret_key_file:
            return Path(self.secret_key_file)
        return None if self.is_shared else self.database_path.with_name("secret.key")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in clear, for the one reader that has to know them all: the log, which masks them."""
        values = (
            *(value for channel in self.channels for _, value in channel),
            self.dexchange_api_key,
            self.dexpay_api_key,
            self.dexpay_api_secret,
            self.dexpay_webhook_secret,
            self.secret_key,
        )
        secrets = (value.get_secret_value() for value in values if isinstance(value, SecretStr))
        return (*secrets, *secrets_of(self.database_url))

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
