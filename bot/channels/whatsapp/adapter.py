"""WhatsApp's settings, and the channel that is made of them."""

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, Field, SecretStr

from bot.channels.abilities import Abilities
from bot.channels.adapter import ChannelAdapter, Finding, OpenChannel, Place
from bot.channels.whatsapp.abilities import ABILITIES
from bot.setting_types import BaseUrl, HeaderSecret

if TYPE_CHECKING:
    from bot.channels.whatsapp.channel import WhatsAppChannel


def _meta_id(text: str) -> str:
    if not re.fullmatch(r"\d{1,32}", text):
        raise ValueError("must be the digits that Meta shows as the id")
    return text


def _template(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]{1,512}(:[a-zA-Z]{2,3}(_[a-zA-Z]{2,4})?)?", text):
        raise ValueError("must be a template's name, with Meta's language code if it needs one, such as my_code:en_US")
    return text


MetaId = Annotated[str, AfterValidator(_meta_id)]
Template = Annotated[str, AfterValidator(_template)]


class WhatsAppAdapter(ChannelAdapter):
    """Receives at a webhook alone. Without the app's secret nothing that comes in is believed, without the verify token
    nobody is greeted.
    """

    channel: ClassVar[str] = "whatsapp"
    abilities: ClassVar[Abilities] = ABILITIES
    key: ClassVar[str] = "access_token"
    begin: ClassVar[str] = "WHATSAPP_ACCESS_TOKEN is missing: Meta shows it beside the number"

    access_token: HeaderSecret | None = None
    phone_number_id: MetaId | None = None
    app_secret: SecretStr | None = None
    verify_token: SecretStr | None = None
    account_id: MetaId | None = None
    api_url: BaseUrl = "https://graph.facebook.com"
    rate_per_second: int = Field(default=80, ge=1, le=10_000)
    template_code_fr: Template = "taal_code"
    template_code_en: Template = "taal_code"
    template_news_fr: Template = "taal_news"
    template_news_en: Template = "taal_news"

    @classmethod
    def missing(cls, given: Collection[str]) -> Iterable[str]:
        if cls.is_begun(given) and "WHATSAPP_PHONE_NUMBER_ID" not in given:
            yield "WHATSAPP_PHONE_NUMBER_ID is missing: Meta shows it beside the access token"

    def open(self, place: Place) -> OpenChannel:
        from bot.channels.whatsapp.webhook import WhatsAppEndpoint

        channel = self._channel()
        endpoint = WhatsAppEndpoint(
            self.phone_number_id or "",
            app_secret=_clear(self.app_secret),
            verify_token=_clear(self.verify_token),
            window=channel.window,
        )
        return OpenChannel(channel, endpoint)

    async def check(self, public_url: str | None) -> list[Finding]:
        findings: list[tuple[bool, str]] = []
        if self.app_secret is None:
            findings.append((False, "WHATSAPP_APP_SECRET is missing: nothing that comes in would be believed"))
        if self.verify_token is None:
            findings.append((False, "WHATSAPP_VERIFY_TOKEN is missing: Meta could not set the webhook"))
        if public_url is None:
            findings.append((False, "PUBLIC_URL is missing: WhatsApp has no polling, Meta must reach us"))
        channel = self._channel()
        try:
            findings += await channel.check()
        finally:
            await channel.aclose()
        return [("whatsapp", well, words) for well, words in findings]

    def _channel(self) -> "WhatsAppChannel":
        from bot.channels.whatsapp.channel import WhatsAppChannel

        return WhatsAppChannel(
            _clear(self.access_token),
            self.phone_number_id or "",
            api_url=self.api_url,
            account_id=self.account_id,
            rate_per_second=float(self.rate_per_second),
            templates={
                ("codes", "fr"): self.template_code_fr,
                ("codes", "en"): self.template_code_en,
                ("news", "fr"): self.template_news_fr,
                ("news", "en"): self.template_news_en,
            },
        )


def _clear(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
