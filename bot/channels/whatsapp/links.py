"""The button that opens a page, in WhatsApp's notation. Pure."""

from typing import Any

from bot.channels.whatsapp.style import neutral, one_line
from bot.domain.outbound import OpenUrl


def link_action(title: str, url: str) -> dict[str, Any]:
    """The action of an interactive message that opens a page."""
    return {"name": "cta_url", "parameters": {"display_text": title or url[:20], "url": url}}


def link_line(link: OpenUrl) -> str:
    """The same as a line of text, where there is no button for it. The address stays letter for letter."""
    return f"{neutral(one_line(link.label))}: {link.url}"
