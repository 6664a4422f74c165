"""What the Cloud API can tell of a set-up: to an operator by the doctor, and to ourselves which number we have."""

import re
from collections.abc import Mapping
from typing import Any

from bot.channels.whatsapp.answers import Failure, reason, trouble
from bot.channels.whatsapp.api import Answer, CloudApi
from bot.channels.whatsapp.templates import DEFAULT_NAMES, TEMPLATES, Names

_FIELDS = "display_phone_number,verified_name,quality_rating,webhook_configuration"


async def check(
    api: CloudApi, phone_number_id: str, account_id: str | None = None, names: Names = DEFAULT_NAMES
) -> list[tuple[bool, str]]:
    """One line for each thing that could be asked; templates and subscription only when the account's id is known."""
    findings: list[tuple[bool, str]] = []
    answer = await api.get(f"/{phone_number_id}?fields={_FIELDS}")
    if not isinstance(answer, Answer):
        return [(False, _why(answer, phone_number_id))]
    value = answer.value
    quality = str(value.get("quality_rating", "UNKNOWN"))
    name, number = value.get("verified_name", "without a name"), value.get("display_phone_number", "unknown")
    findings.append((quality != "RED", f"number: {number}, {name}, quality {quality}"))
    findings.append(_webhook(value.get("webhook_configuration")))
    if account_id is None:
        return findings
    answer = await api.get(f"/{account_id}/subscribed_apps")
    if not isinstance(answer, Answer):
        findings.append((False, f"subscription: WhatsApp did not tell: {reason(answer)}"))
    else:
        apps = answer.value.get("data") or []
        findings.append((bool(apps), f"subscription: {len(apps)} app(s) hear the account"))
    findings.append(await _templates(api, account_id, names))
    return findings


def _why(failure: Failure, phone_number_id: str) -> str:
    """What the first call met: nobody there, somebody who does not know us, or a trouble that passes."""
    why = reason(failure)
    if failure.error.startswith("unreadable"):
        return f"number: who answers is not WhatsApp ({why}): check WHATSAPP_API_URL and what stands between"
    match trouble(failure):
        case "network":
            return f"WhatsApp cannot be reached ({failure.error}): check this machine's network and WHATSAPP_API_URL"
        case "credentials":
            return (
                f"WhatsApp answers and refuses the token ({why}): make WHATSAPP_ACCESS_TOKEN anew, of a system user,"
                " that does not expire, with whatsapp_business_messaging and whatsapp_business_management"
            )
        case "account" | "format":
            return (
                f"WhatsApp answers, and this token has no number {phone_number_id} ({why}): check"
                " WHATSAPP_PHONE_NUMBER_ID, that it is registered, and that the account is not locked"
            )
        case _:
            return f"number: WhatsApp answers with a trouble ({why}): ask again in a minute"


async def own_number(api: CloudApi, phone_number_id: str) -> str | None:
    """The digits that people dial to write to us; None where they are not told."""
    answer = await api.get(f"/{phone_number_id}?fields=display_phone_number")
    shown = answer.value.get("display_phone_number") if isinstance(answer, Answer) else None
    digits = re.sub("[^0-9]", "", shown) if isinstance(shown, str) else ""
    return digits if 7 <= len(digits) <= 15 else None


def _webhook(configuration: Any) -> tuple[bool, str]:
    addresses = [str(address) for address in configuration.values()] if isinstance(configuration, Mapping) else []
    if not addresses:
        return True, "webhook: WhatsApp did not tell where it is"
    return any(address.endswith("/webhooks/whatsapp") for address in addresses), f"webhook: {', '.join(addresses)}"


async def _templates(api: CloudApi, account_id: str, names: Names) -> tuple[bool, str]:
    answer = await api.get(f"/{account_id}/message_templates?fields=name,language,status&limit=250")
    if not isinstance(answer, Answer):
        return False, f"templates: WhatsApp did not tell: {reason(answer)}"
    approved = {
        (item.get("name"), item.get("language"))
        for item in answer.value.get("data") or []
        if item.get("status") == "APPROVED"
    }
    missing = []
    for key in TEMPLATES:
        name, _, code = names[key].partition(":")
        if (name, code or key[1]) not in approved:
            missing.append(f"{name} ({code or key[1]})")
    return not missing, "templates: " + (f"not approved: {', '.join(missing)}" if missing else "all approved")
