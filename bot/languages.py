"""Which languages there are, and what people type in each of them.

A language is a folder of `locales/`: its catalog (`LC_MESSAGES/taal.po`, read by `bot.i18n`) and its word list
(`words.toml`). The lists are read once, at import, and everybody may type the words of every language, whatever
language is set. Where two lists claim a word for different things, the first language keeps it: French comes first, the
others follow by their codes.

A code comes from outside in two ways, from what a channel says of a person and from what somebody types: both are
looked up by `known`. What is stored may name a language that has been taken away since: it is spoken to in French.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from bot.domain.people import Language
from bot.domain.text import fold
from bot.errors import SettingsError

DEFAULT: Final[Language] = "fr"
DOMAIN: Final = "taal"
# The wheel's catalogs lie in the package, a checkout's beside it.
ROOTS: Final = (Path(__file__).parent / "locales", Path(__file__).parent.parent / "locales")

T = TypeVar("T")
Lists = Mapping[str, tuple[str, ...]]


class WordList(Struct, frozen=True, forbid_unknown_fields=True):
    """A language's `words.toml`. `name` stands on the button by which the language is chosen, written in that language.

    `fallback` is the language whose messages stand in for those that the catalog lacks; a language without one has all.
    `acts` are the words that are understood anywhere, by what they ask for (`confirm`, or `language fr`); `answers`
    those that answer one question or follow one command. `periods`, `months` (by number) and `dates` name days;
    `thousands` and `units` stand behind an amount, `numbers` (by value) are said instead of figures, `services` name
    what is sold, `columns` head a list. `commands` are
    what admins call their commands besides their names.
    """

    name: str
    fallback: Language | None = None
    acts: Lists = {}
    answers: Lists = {}
    services: Lists = {}
    thousands: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    numbers: Lists = {}
    periods: Lists = {}
    months: Lists = {}
    dates: Lists = {}
    columns: Lists = {}
    commands: Lists = {}


def folders(*roots: Path) -> dict[Language, Path]:
    """The folder of each language that has a catalog in one of `roots`; of two folders the first."""
    by_code: dict[Language, Path] = {}
    for root in roots or ROOTS:
        for file in sorted(root.glob(f"*/LC_MESSAGES/{DOMAIN}.[mp]o")):
            by_code.setdefault(file.parent.parent.name, file.parent.parent)
    return {code: by_code[code] for code in sorted(by_code, key=lambda code: (code != DEFAULT, code))}


def read_toml(file: Path, kind: type[T]) -> T | None:
    """A language's file; None where it has none. Raises SettingsError when it is damaged."""
    try:
        return msgspec.toml.decode(file.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, OSError) as error:
        raise SettingsError([f"{file} is damaged ({error})"]) from error


def read(*roots: Path) -> dict[Language, WordList]:
    """The word list of each language. Raises SettingsError when one is damaged."""
    return {
        code: read_toml(folder / "words.toml", WordList) or WordList(code) for code, folder in folders(*roots).items()
    }


FOLDERS: Final = folders()
LISTS: Final = read()
LANGUAGES: Final[tuple[Language, ...]] = tuple(LISTS)


def known(code: str) -> Language | None:
    """The language that a code names, as channels write them: `wo`, `en-GB`, `FR_sn`; None for one that we lack."""
    plain = code.strip().lower().replace("_", "-").partition("-")[0]
    return plain if plain in LISTS else None


@cache
def chain(language: Language) -> tuple[Language, ...]:
    """A language and those whose texts stand in for it, in turn."""
    return chain_in(LISTS, language)


def chain_in(lists: Mapping[Language, WordList], language: Language) -> tuple[Language, ...]:
    """The same among the languages of `lists`; the chain of one that is not there is that of the default."""
    if language not in lists:
        return (DEFAULT,)
    followed = [language]
    while (after := lists[followed[-1]].fallback) is not None and after in lists and after not in followed:
        followed.append(after)
    return tuple(followed)


def pick(texts: Mapping[Language, T], language: Language) -> T | None:
    """The text for a language, or the one that stands in for it."""
    return next((texts[code] for code in chain(language) if code in texts), None)


def acts() -> dict[str, str]:
    """Every word that is understood anywhere, folded, and what it asks for; those of one thing stand together."""
    meanings = meanings_of(each.acts for each in LISTS.values())
    order = {act: at for at, act in enumerate(dict.fromkeys(act for each in LISTS.values() for act in each.acts))}
    return dict(sorted(meanings.items(), key=lambda item: order[item[1]]))


def meanings_of(lists: Iterable[Lists]) -> dict[str, str]:
    """Word, folded, to what it means; the first list that has a word keeps it."""
    meanings: dict[str, str] = {}
    for each in lists:
        for meaning, words in each.items():
            for word in words:
                meanings.setdefault(fold(word), meaning)
    return meanings


def command_words() -> dict[str, str]:
    """Every other word for a command, folded, and the command's name."""
    return meanings_of(each.commands for each in LISTS.values())


@cache
def spelled_words(language: Language) -> dict[str, str]:
    """The other words for commands in a language, as they are written, and the commands' names."""
    listed = LISTS.get(language)
    return {} if listed is None else {word: name for name, words in listed.commands.items() for word in words}


def service_words(service: str) -> tuple[str, ...]:
    """What people call a service in some language, besides the names that it has in all."""
    return tuple(word for each in LISTS.values() for word in each.services.get(service, ()))


def answers(name: str) -> frozenset[str]:
    """The words, folded, that answer one question or follow one command, in every language."""
    return frozenset(fold(word) for each in LISTS.values() for word in each.answers.get(name, ()))


def is_answer(folded: str) -> bool:
    """Whether a folded text answers some question, in any language."""
    return any(folded in answers(name) for each in LISTS.values() for name in each.answers)


def date_words(name: str) -> frozenset[str]:
    """The words, folded, that stand around dates: `on`, `between` or `since`."""
    return frozenset(fold(word) for each in LISTS.values() for word in each.dates.get(name, ()))


def number_words() -> dict[str, int]:
    """The words, folded, that are said instead of figures, in every language, with their values."""
    return {word: int(value) for word, value in meanings_of(each.numbers for each in LISTS.values()).items()}
