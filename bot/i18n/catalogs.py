"""Catalogs: a language's messages, as translators left them."""

from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from bot.domain.people import Language
from bot.errors import SettingsError
from bot.languages import DOMAIN


def messages_of(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """A catalog's messages: msgid → its one form, or its plural forms in order."""
    found: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        key = message.id[0] if isinstance(message.id, tuple | list) else message.id
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if key:
            found[str(key)] = tuple(str(form) for form in forms)
    return found


def read_catalog(folder: Path, language: Language) -> Catalog:
    """The catalog in a folder, compiled or not. Raises SettingsError when it is damaged."""
    compiled = folder / "LC_MESSAGES" / f"{DOMAIN}.mo"
    try:
        if compiled.is_file():
            with compiled.open("rb") as file:
                return read_mo(file)
        with compiled.with_suffix(".po").open("rb") as file:
            return read_po(file, locale=language, abort_invalid=True)
    except (ValueError, OSError) as error:
        raise SettingsError([f"the {language} messages are damaged ({error}): install the package again"]) from error
