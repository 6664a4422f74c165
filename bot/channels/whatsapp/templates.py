"""The approved templates: all that may be said once the window is closed. Pure.

An operator registers these four texts at Meta, in the category *utility*, word for word: two names, each in two
languages. The first parameter is the purchase in a few words; a template of codes has the codes as its second. The
button under them writes "menu" for the person, which opens the window; what was kept for him then follows by itself.

A template may be called differently; its name in the settings may also carry Meta's code for the language, as in
`my_code:en_US`, where that is not plain `en` or `fr`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import Struct

from bot.domain.model import Brief, Language

MAX_BODY_CHARACTERS = 1024
MAX_ABOUT_CHARACTERS = 120
MAX_CODES_CHARACTERS = 600

Kind: TypeAlias = Literal["codes", "news"]
Names: TypeAlias = Mapping[tuple[Kind, Language], str]
"""What the templates are called at Meta: `{("codes", "fr"): "taal_code", …}`."""

# Understood by the dialogue in either language, whatever the button's label says.
BUTTON_WORD = "menu"


class Template(Struct, frozen=True):
    """One text as it is registered; `examples` stand for the parameters when Meta reviews it."""

    name: str
    language: Language
    body: str
    button: str
    examples: tuple[str, ...]

    @property
    def parameters(self) -> int:
        return len(self.examples)


TEMPLATES: Final[dict[tuple[Kind, Language], Template]] = {
    ("codes", "fr"): Template(
        "taal_code",
        "fr",
        "Votre recharge est payée : {{1}}. Code à taper sur le compteur, puis Entrée : {{2}}. "
        "Répondez à ce message pour recevoir le reçu.",
        "Recevoir le reçu",
        ("Woyofal 5 000 F, compteur 14123456789", "1234 5678 9012 3456 7890"),
    ),
    ("codes", "en"): Template(
        "taal_code",
        "en",
        "Your recharge is paid: {{1}}. Code to type on the meter, then Enter: {{2}}. "
        "Reply to this message to get the receipt.",
        "Get the receipt",
        ("Woyofal 5,000 F, meter 14123456789", "1234 5678 9012 3456 7890"),
    ),
    ("news", "fr"): Template(
        "taal_news",
        "fr",
        "Il y a du nouveau pour votre achat : {{1}}. Répondez à ce message pour le lire.",
        "Lire la suite",
        ("Facture Senelec 18 450 F",),
    ),
    ("news", "en"): Template(
        "taal_news",
        "en",
        "There is news of your purchase: {{1}}. Reply to this message to read it.",
        "Read the news",
        ("Senelec bill 18,450 F",),
    ),
}
DEFAULT_NAMES: Final[Names] = {key: template.name for key, template in TEMPLATES.items()}

_SPACE = re.compile(r"\s+")


def grouped(code: str) -> str:
    """A code in groups of four; one that is not all digits as it came."""
    if not (code.isascii() and code.isdigit()):
        return code
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def template(brief: Brief, names: Names = DEFAULT_NAMES) -> dict[str, Any]:
    """The `template` object of a message that says `brief`.

    Codes that are too many for a parameter are announced as news: the person writes, and gets them all.
    """
    codes = [grouped(code) for code in brief.codes]
    joined = codes[0] if len(codes) == 1 else " · ".join(f"{number}) {code}" for number, code in enumerate(codes, 1))
    kind: Kind = "codes" if brief.kind == "codes" and codes and len(joined) <= MAX_CODES_CHARACTERS else "news"
    name, _, code = names.get((kind, brief.language), DEFAULT_NAMES[kind, brief.language]).partition(":")
    parameters = [_parameter(brief.about)] + ([joined] if kind == "codes" else [])
    return {
        "name": name,
        "language": {"code": code or brief.language},
        "components": [
            {"type": "body", "parameters": [{"type": "text", "text": text} for text in parameters]},
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": "0",
                "parameters": [{"type": "payload", "payload": BUTTON_WORD}],
            },
        ],
    }


def _parameter(text: str) -> str:
    """A parameter takes no line breaks and may not be empty (documented)."""
    return _SPACE.sub(" ", text).strip()[:MAX_ABOUT_CHARACTERS] or "…"
