"""The page on which a simulated payer pays: a few forms, in French and English, without a script. Pure."""

from html import escape

MEDIA_TYPE = "text/html; charset=utf-8"

_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; form-action 'self'">
<title>Paiement simulé</title></head>
<body><h1>{title}</h1>{body}</body></html>
"""
_CHOICES = (("pay", "Payer · Pay"), ("refuse", "Refuser · Refuse"), ("cancel", "Annuler · Cancel"))


def payment(amount_xof: int, external_id: str, status: str) -> bytes:
    """What a payer sees of a collection: what is asked, how it stands, and what they may do."""
    forms = "".join(
        f'<form method="post" action="/pay/{escape(external_id)}"><button name="choice" value="{value}">{label}'
        "</button></form>"
        for value, label in _CHOICES
    )
    title = f"{amount_xof:,} F CFA".replace(",", "\u202f")
    body = f"<p>Argent fictif · Play money</p><p>{escape(status)}</p>{forms}"
    return _PAGE.format(title=title, body=body).encode()


def missing() -> bytes:
    """For an address that leads to nothing."""
    return _PAGE.format(title="404", body="<p>Ce paiement n’existe pas · No such payment</p>").encode()
