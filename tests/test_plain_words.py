"""What happened to an order is told to admins in words; what the program calls it stays in the store."""

from typing import get_args

import pytest

from bot.channels.markup import plain
from bot.domain import ledger
from bot.domain.order import AlertKind
from bot.languages import LANGUAGES
from bot.notices.causes import cause
from bot.notices.order_news import why
from bot.notices.orders import STATE
from bot.notices.trail import books_line, trail_line
from bot.repositories.orders import TrailLine
from tests.dialogue_world import START, WORDS

STATES = {str(state): key for state, key in STATE.items()}
FR = WORDS["fr"]


def read(what: str, state: str = "unknown", detail: str = "") -> str:
    """A line of a journal, without its moment."""
    line = plain(trail_line(FR, TrailLine(START, what, state, detail), STATES)).replace("\u00a0", " ")
    return line.partition(" · ")[2]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (
            ("confirmed", "waiting", "batch 7KQ4M2XR9BTZ"),
            "commande confirmée → en attente d’envoi (liste 7KQ4M2XR9BTZ)",
        ),
        (
            ("pay: Unknown", "unknown", "unknown ReadTimeout; contradiction strange_answer"),
            "la réponse au paiement → en cours de vérification (sort d’un paiement inconnu : pas de réponse à temps; "
            "le fournisseur se contredit : la vérification répond d’une façon inconnue)",
        ),
        (
            ("pay: NotSent", "waiting", "unreachable"),
            "la réponse au paiement → en attente d’envoi (le fournisseur est injoignable)",
        ),
        (("look_up: Delivered", "delivered", "token_awaited"), "la vérification → réussi (payé, mais sans code)"),
        (("admin telegram:1: refund", "delivered", "5075"), "remboursement par telegram:1 → réussi (5 075 F CFA)"),
        (("admin telegram:1", "unknown", "Delivered"), "décision de telegram:1 → en cours de vérification"),
        (
            ("set aside", "stuck", "KeyError"),
            "traitement impossible → attend une personne (une erreur du programme (KeyError))",
        ),
        (("bought", "paid", "7KQ4M2XR9BTZ"), "l’achat est fait → paid (7KQ4-M2XR-9BTZ)"),
        (("customer: cancel", "cancelled", "customer"), "annulée par le client → annulé (annulé par le client)"),
        # What is not known here is shown as it stands.
        (("a new thing <b>", "a new state", "its own words"), "a new thing <b> → a new state (its own words)"),
    ],
)
def test_a_line_of_a_journal_in_words(line: tuple[str, str, str], wanted: str) -> None:
    assert read(*line) == wanted


@pytest.mark.parametrize(
    ("named", "wanted"),
    [
        ("ReadTimeout", "pas de réponse à temps"),
        ("timeout", "pas de réponse à temps"),
        ("RemoteProtocolError", "la liaison avec le fournisseur s’est coupée"),
        ("KeyError", "une erreur du programme (KeyError)"),
        ("HTTP 502 bad gateway", "le fournisseur répond par une erreur (502)"),
        ("interrupted", "le programme s’est arrêté pendant l’appel"),
        ("Compteur bloqué & fermé", "Compteur bloqué & fermé"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_a_cause_in_words(named: str, wanted: str) -> None:
    assert plain(cause(FR, named)) == wanted


def test_an_alert_about_what_could_not_be_worked_on_names_it() -> None:
    assert plain(why(FR, "stuck", "7KQ4M2XR9BTZ: KeyError")).replace("\u00a0", " ") == (
        "7KQ4M2XR9BTZ : une erreur du programme (KeyError)"
    )
    assert plain(why(FR, "unknown", "a: b")) == "a: b"


def test_every_alert_has_words_in_a_journal() -> None:
    for kind in get_args(AlertKind):
        for language in LANGUAGES:
            line = TrailLine(START, "look_up: Unknown", "unknown", kind)
            assert f"({kind}" not in trail_line(WORDS[language], line, STATES)


def test_the_books_are_told_in_words() -> None:
    accounts = [value for name, value in vars(ledger).items() if name.isupper() and isinstance(value, str)]
    assert len(accounts) > 8
    for language in LANGUAGES:
        for account in accounts:
            told = plain(books_line(WORDS[language], account, -5))
            assert account not in told
            assert "−" in told
    assert (
        plain(books_line(FR, "customer:telegram:1001", 3_050))
        == "Solde de telegram:1001\u00a0: +\u00a03\u00a0050\u00a0F\u00a0CFA"
    )
    assert "<b>" in plain(books_line(FR, "<b>", 1))
