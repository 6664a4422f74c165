"""The approved templates: all that may be said once the window is closed. Pure.

An operator registers these texts at Meta, in the category *utility*, word for word: two names, each in every language
that has a `whatsapp.toml` beside its catalog. People of another language get the texts on which it falls back. The
first parameter is the purchase in a few words; a template of codes has the codes as its second. The button under them
writes "menu" for the person, which opens the window; what was kept for them then follows by itself.

A template may be called differently; its name in the settings may also carry Meta's code for the language, as in
`my_code:en_US`, where that is not plain `en` or `fr`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

from msgspec import Struct

from bot import languages
from bot.domain.outbound import Brief
from bot.domain.people import Language
from bot.languages import DEFAULT

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


class _Declared(Struct, frozen=True, forbid_unknown_fields=True):
    """One text in a language's `whatsapp.toml`."""

    name: str
    body: str
    button: str
    examples: tuple[str, ...]


def _declared() -> dict[tuple[Kind, Language], Template]:
    files = {
        language: languages.read_toml(folder / "whatsapp.toml", dict[Kind, _Declared]) or {}
        for language, folder in languages.FOLDERS.items()
    }
    return {
        (kind, language): Template(one.name, language, one.body, one.button, one.examples)
        for kind in get_args(Kind)
        for language, file in files.items()
        if (one := file.get(kind)) is not None
    }


TEMPLATES: Final = _declared()
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
    language = next(code for code in (*languages.chain(brief.language), DEFAULT) if (kind, code) in DEFAULT_NAMES)
    name, _, code = names.get((kind, language), DEFAULT_NAMES[kind, language]).partition(":")
    parameters = [_parameter(brief.about)] + ([joined] if kind == "codes" else [])
    return {
        "name": name,
        "language": {"code": code or language},
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
