"""The lists of commands: what a channel is told at start, and what `/help` names to whoever may use it. Pure.

Everybody's commands are listed here, because they are only ever other ways to what the menu offers. A reseller's and an
admin's are listed by their tables: a command stands on the list with the words that its row gives it (`about`), and
for those who may use it.
"""

from typing import Final

from bot.dialogue.permissions import RANK, Who, may
from bot.dialogue.restricted import COMMANDS
from bot.dialogue.session import Person
from bot.domain.model import Language, Role
from bot.i18n import LANGUAGES, Voice, Words

_EVERYBODY: Final[tuple[tuple[str, str], ...]] = (
    ("woyofal", "command.woyofal"),
    ("senelec", "command.senelec"),
    ("seneau", "command.seneau"),
    ("code", "command.code"),
    ("history", "command.history"),
    ("meters", "command.meters"),
    ("balance", "command.balance"),
    ("link", "command.link"),
    ("language", "command.language"),
    ("cancel", "command.cancel"),
    ("help", "command.help"),
    ("id", "command.id"),
)


def standing(person: Person) -> str:
    """What a person's list of commands depends on; empty for a customer, whose list is everybody's."""
    if person.role is None and person.reseller is None:
        return ""
    reseller = "reseller" if person.reseller is not None else ""
    # A list that has grown is told anew.
    return f"{person.role or ''}+{reseller}+{len(COMMANDS)}"


def shown(words: Words, role: Role | None, reseller: bool) -> dict[str, list[tuple[str, str]]]:
    """The commands for the chat of one person, per language: everybody's, then those that are his besides."""
    listed = commands(words)
    for language, own in listed.items():
        if reseller:
            own += reseller_commands(words)[language]
        if role is not None:
            own += admin_commands(words, role)[language]
    return {str(language): own for language, own in listed.items()}


def commands(words: Words) -> dict[Language, list[tuple[str, str]]]:
    """The commands to register with a channel for everybody, per language, with their descriptions."""
    return {language: [(name, words[language].label(key)) for name, key in _EVERYBODY] for language in LANGUAGES}


def admin_commands(words: Words, role: Role) -> dict[Language, list[tuple[str, str]]]:
    """The commands that an admin of this role has besides, to be registered after everybody's for his chats."""
    return {language: _listed(words[language], _open_to(role)) for language in LANGUAGES}


def reseller_commands(words: Words) -> dict[Language, list[tuple[str, str]]]:
    """The commands that a reseller has besides, to be registered after everybody's for his chats."""
    return {language: _listed(words[language], frozenset({"reseller"})) for language in LANGUAGES}


def commands_for(t: Voice, person: Person) -> list[tuple[str, str]]:
    """The commands besides everybody's that this person may use, with their descriptions."""
    return [
        (name, t.label(command.about))
        for name, command in COMMANDS.items()
        if command.about and may(person, command.who)
    ]


def _open_to(role: Role) -> frozenset[Who]:
    return frozenset(known for known, rank in RANK.items() if rank <= RANK[role])


def _listed(t: Voice, whose: frozenset[Who]) -> list[tuple[str, str]]:
    return [
        (name, t.label(command.about)) for name, command in COMMANDS.items() if command.about and command.who in whose
    ]
