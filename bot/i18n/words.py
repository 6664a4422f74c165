"""Every language's voice, read from the catalogs that there are."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from bot import languages
from bot.domain.people import Language
from bot.errors import SettingsError
from bot.i18n.catalogs import read_catalog
from bot.i18n.voice import Voice
from bot.languages import DEFAULT


class Words(Mapping[Language, Voice]):
    """Every language's voice: `words["fr"]("quote.title")`. A language whose catalog has been taken away since it was
    chosen is spoken in the default one.
    """

    def __init__(self, voices: Mapping[Language, Voice]) -> None:
        self._voices = dict(voices)

    def __getitem__(self, language: Language) -> Voice:
        return self._voices.get(language) or self._voices[DEFAULT]

    def __iter__(self) -> Iterator[Language]:
        return iter(self._voices)

    def __len__(self) -> int:
        return len(self._voices)


def load(*roots: Path) -> Words:
    """Read every catalog of the wheel's `bot/locales` and the checkout's `locales`, or of `roots` when given.

    Raises SettingsError when a catalog is damaged, or that of the default language is found nowhere.
    """
    folders, lists = languages.folders(*roots), languages.read(*roots)
    if DEFAULT not in folders:
        raise SettingsError([f"the {DEFAULT} messages are missing: install the package again"])
    voices: dict[Language, Voice] = {}
    for language in folders:
        # Those that stand in for others come first.
        for code in reversed(languages.chain_in(lists, language)):
            if code not in voices:
                fallback = lists[code].fallback
                stands_in = voices.get(fallback) if fallback is not None else None
                try:
                    voices[code] = Voice(code, read_catalog(folders[code], code), stands_in)
                except KeyError as key:
                    raise SettingsError([f"the {code} messages lack {key}, its words.toml a fallback"]) from None
    return Words({language: voices[language] for language in folders})
