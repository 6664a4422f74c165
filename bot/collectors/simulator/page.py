"""The page on which a simulated payer pays: one form, in French and English, without a script. Pure.

Its address carries a proof that nobody can guess (`path_of`), and whoever has it may choose once: what is paid,
refused or cancelled shows no form any more.
"""

import hmac
from collections.abc import Mapping
from html import escape
from typing import Final

from bot.collectors.simulator.sessions import Session
from bot.gateway.simulator.answers import Answer
from bot.payer_page import MEDIA_TYPE, Emblem, emblem, headers, page

CHOICES: Final = {"pay": "SUCCESS", "refuse": "FAILED", "cancel": "CANCELLED"}
HEADERS: Final = tuple(headers(form=True).items())

_BUTTONS: Final = (
    ("pay", "button", "Payer", "Pay"),
    ("refuse", "button other", "Refuser", "Refuse"),
    ("cancel", "button plain", "Annuler", "Cancel"),
)
# What is said of a collection that has ended.
_ENDED: Final[dict[str, tuple[Emblem, str, str]]] = {
    "SUCCESS": ("done", "C’est payé", "Paid"),
    "FAILED": ("stop", "Paiement refusé", "Payment refused"),
    "CANCELLED": ("stop", "Paiement annulé", "Payment cancelled"),
    "EXPIRED": ("stop", "Ce lien a expiré", "This link has expired"),
}
_ABOVE: Final = "/pay/"
_MOST_ABOUT_CHARACTERS: Final = 120
_NO_MONEY: Final = (
    '<section><p class="small">Démonstration : aucun argent ne bouge.<br>'
    '<span lang="en">A demonstration: no money moves.</span></p></section>'
)


def path_of(external_id: str, key: bytes) -> str:
    """Where the page of a collection is."""
    proof = hmac.digest(key, b"payment page, 1:" + external_id.encode(), "sha256").hex()[:32]
    return f"{_ABOVE}{external_id}/{proof}"


def external_id_of(path: str) -> str:
    """Whose page a path leads to, if it is right."""
    return path.removeprefix(_ABOVE).partition("/")[0]


def landing_urls(asked: Mapping[str, object]) -> tuple[str | None, str | None]:
    """Where a payer's browser goes on when it was paid, and when not, as a create tells it."""
    done, failed = asked.get("success_url", asked.get("successUrl")), asked.get("failure_url", asked.get("failureUrl"))
    return _landing(done), _landing(failed)


def _landing(url: object) -> str | None:
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else None


def visit(session: Session | None, method: str, path: str, body: bytes, now: int) -> tuple[Answer, str | None]:
    """Answer a payer's browser, and what they chose. Whoever has chosen is led back to see what became of it, so that
    to load the page again chooses nothing again.
    """
    if session is None or not hmac.compare_digest(session.page_path.encode(), path.encode()):
        return Answer(404, missing(), media_type=MEDIA_TYPE, headers=HEADERS), None
    if method == "POST":
        choice = body.decode("ascii", "replace").removeprefix("choice=")
        back = (*HEADERS, ("Location", session.page_path))
        may = choice in CHOICES and may_choose(session, now)
        return Answer(303, b"", media_type=MEDIA_TYPE, headers=back), choice if may else None
    status = _status(session, now)
    made = payment(session.amount_xof, session.about, status, session.landing_urls[status != "SUCCESS"])
    return Answer(200, made, media_type=MEDIA_TYPE, headers=HEADERS), None


def may_choose(session: Session, now: int) -> bool:
    """Whether a collection still waits for its payer."""
    return _status(session, now) not in _ENDED


def _status(session: Session, now: int) -> str:
    return "SUCCESS" if session.payments(now) else session.status(now)


def payment(amount_xof: int, about: str, status: str, back_url: str | None) -> bytes:
    """What a payer sees of a collection: what is asked, and what they may do or what became of it. `back_url` leads to
    whoever asked for the money.
    """
    amount = f"{amount_xof:,}\u00a0F\u00a0CFA".replace(",", "\u00a0")
    ended = _ENDED.get(status)
    to_pay = 'À payer · <span lang="en">To pay</span>' if ended is None else 'Montant · <span lang="en">Amount</span>'
    said = (
        f'<p class="small">{to_pay}</p><p class="sum">{amount}</p>'
        f'<p class="small">{escape(about[:_MOST_ABOUT_CHARACTERS])}</p>'
    )
    if ended is None:
        buttons = "".join(
            f'<button class="{style}" name="choice" value="{value}">{french} · <span lang="en">{english}</span>'
            "</button>"
            for value, style, french, english in _BUTTONS
        )
        return _page(amount, f'<section>{said}<form method="post">{buttons}</form></section>')
    drawn, french, english = ended
    back = ""
    if back_url is not None:
        back = f'<a class="button" href="{escape(back_url)}">Continuer · <span lang="en">Continue</span></a>'
    told = f'{emblem(drawn)}<h1>{french} · <span lang="en">{english}</span></h1>'
    return _page(amount, f"<section>{told}{said}{back}</section>")


def missing() -> bytes:
    """For an address that leads to nothing."""
    told = f'{emblem("stop")}<h1>Ce paiement n’existe pas</h1><p lang="en">There is no such payment.</p>'
    return _page("404", f"<section>{told}</section>")


def _page(title: str, main: str) -> bytes:
    return page(f"{title} · Paiement simulé", "Paiement simulé", main + _NO_MONEY, ribbon="Argent fictif")
