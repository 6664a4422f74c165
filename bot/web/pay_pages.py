"""The pages on which a payer's browser lands after paying, or after not paying. Pure.

They know nobody and prove nothing: whoever opens one is sent back to the conversation, where the truth is told. Each
says it in every language, one below the other, needs no script and asks nobody for anything more.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

from bot.i18n import Words

DONE: Final = "/pay/done"
FAILED: Final = "/pay/failed"

_STYLE: Final = (
    "body{margin:0;background:#fff7e6;color:#1f2933;font:18px/1.5 system-ui,sans-serif}"
    "main{max-width:30rem;margin:0 auto;padding:2rem 1.25rem}"
    "section{background:#fff;border-radius:12px;padding:1.25rem;margin:0 0 1rem}"
    "h1{font-size:1.35rem;line-height:1.25;margin:0 0 .5rem}p{margin:.5rem 0 0}"
)
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "public, max-age=3600",
}


def pages(words: Words) -> dict[str, bytes]:
    """The pages by their paths, as bytes of HTML."""
    return {
        DONE: _page(words, "pay.done.title", "pay.done.text"),
        FAILED: _page(words, "pay.failed.title", "pay.failed.text"),
    }


def _page(words: Words, heading: str, text: str) -> bytes:
    sections = "".join(
        f'<section lang="{escape(language)}"><h1>{t(heading)}</h1><p>{t(text)}</p></section>'
        for language, t in words.items()
    )
    title = escape(" · ".join(str(t("pay.page")) for t in words.values()))
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main>{sections}</main></body></html>"
    ).encode()
