"""How a page looks that a payer's browser opens: ours after paying, and the one on which a simulated payer pays. Pure.

A page is one small file. It has no script and asks nobody for anything more: no picture, no font, no style from
elsewhere. The policy that goes with it holds a browser to that, and lets no other site show it in a frame.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Final, Literal, TypeAlias

MEDIA_TYPE: Final = "text/html; charset=utf-8"

Emblem: TypeAlias = Literal["talk", "done", "stop"]

_STYLE: Final = (
    "*{box-sizing:border-box}"
    "body{margin:0;background:#f3f1ec;color:#1c2b2a;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    "-webkit-text-size-adjust:100%}"
    "header{background:#0b4f47;color:#fff;padding:14px 20px 60px;font-weight:600;font-size:17px}"
    "header div{max-width:448px;margin:0 auto;display:flex;align-items:center;gap:10px}"
    "header svg{width:26px;height:26px;flex:none}"
    "header span{margin-left:auto;background:#ffc145;color:#3a2a00;border-radius:99px;padding:2px 10px;font-size:12px}"
    "main{max-width:480px;margin:-44px auto 0;padding:0 16px 24px}"
    "section{background:#fff;border-radius:16px;padding:22px 20px;margin:0 0 12px;"
    "box-shadow:0 1px 2px rgba(20,40,38,.12),0 6px 20px rgba(20,40,38,.07)}"
    "section+section{box-shadow:none;background:none;padding:10px 20px;color:#4a5a58}"
    ".emblem{display:block;width:52px;height:52px;margin:0 0 14px}"
    "h1,h2{line-height:1.25;margin:0 0 8px;overflow-wrap:anywhere}h1{font-size:22px}h2{font-size:16px}"
    "p{margin:0 0 14px}p:last-child{margin:0}.small{font-size:13px;color:#5b6a68}"
    ".sum{font-size:clamp(22px,8vw,32px);font-weight:700;line-height:1.2;margin:0 0 4px}"
    ".button{display:block;width:100%;margin:10px 0 0;padding:13px 16px;min-height:52px;border:2px solid #0b6b5f;"
    "border-radius:12px;background:#0b6b5f;color:#fff;font-family:inherit;font-size:17px;font-weight:600;line-height:1.35;text-align:center;"
    "text-decoration:none;cursor:pointer;-webkit-appearance:none}"
    ".button.other{background:#fff;color:#0b6b5f;border-color:#b9c9c6}"
    ".button.plain{background:none;border-color:transparent;color:#4a5a58;margin:2px 0 -8px;padding:9px}"
    ".button:focus-visible{outline:3px solid #ffc145;outline-offset:2px}"
    "a{color:#0b6b5f}form{margin:16px 0 0}"
)
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

_BULB: Final = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="12" fill="#ffc145"/>'
    '<path d="M13.4 4.5 6.8 13h4.4l-.8 6.5 6.8-9h-4.5z" fill="#0b4f47"/></svg>'
)
_DRAWN: Final[dict[Emblem, tuple[str, str, str]]] = {
    "talk": ("#e3f1ee", "#0b6b5f", "M15 17h22v15H26l-7 6v-6h-4zM20.5 22.5h11M20.5 27h7"),
    "done": ("#e3f1ee", "#0b6b5f", "M16 27l7 7 14-15"),
    "stop": ("#fdf0d5", "#8a5a00", "M26 16v13M26 35v.5"),
}


def headers(*, form: bool = False) -> dict[str, str]:
    """What goes with a page; `form` lets it send its own forms back to where it came from. Nobody keeps a copy: the
    address may name a payment.
    """
    forms = "'self'" if form else "'none'"
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none';"
        f" form-action {forms}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def emblem(name: Emblem) -> str:
    """A drawing that stands for what the page says."""
    ground, ink, path = _DRAWN[name]
    return (
        f'<svg class="emblem" viewBox="0 0 52 52" aria-hidden="true"><circle cx="26" cy="26" r="26" fill="{ground}"/>'
        f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/>'
        "</svg>"
    )


def page(title: str, name: str, main: str, *, language: str = "fr", ribbon: str = "") -> bytes:
    """A page, of HTML: `name` stands at its head with `ribbon` beside it, `main` is its sections."""
    beside = f"<span>{ribbon}</span>" if ribbon else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="color-scheme" content="light">'
        '<meta name="theme-color" content="#0b4f47"><meta name="format-detection" content="telephone=no">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><header><div>{_BULB}{name}{beside}</div></header><main>{main}</main></body></html>"
    ).encode()
