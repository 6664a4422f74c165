"""The lists of commands: those that a channel gets at start, and those that `/help` names to the people who may use
them. Pure.

A command stands on the lists with the words that its flow gives it (`about`), for those who may use it.
"""

from collections.abc import Iterable, Mapping

from bot.dialogue.flow import Command
from bot.dialogue.permissions import RANK, Permission, may
from bot.dialogue.session import Person
from bot.domain.people import Language, Role
from bot.i18n import LANGUAGES, Voice, Words
from bot.shop import ShopSettings

Commands = Mapping[str, Command]


def standing(person: Person, commands: Commands) -> str:
    """What a person's list of commands depends on; empty for a customer, whose list is everybody's."""
    if person.role is None and person.reseller is None:
        return ""
    reseller = "reseller" if person.reseller is not None else ""
    # A list that has grown is shown anew.
    return f"{person.role or ''}+{reseller}+{sum(_stands_on_lists(each) for each in commands.values())}"


def shown(words: Words, commands: Commands, role: Role | None, reseller: bool) -> dict[str, list[tuple[str, str]]]:
    """The commands for the chat of one person, per language: everybody's, then those that are theirs besides."""
    permissions: list[Permission] = ["customer"]
    if reseller:
        permissions.append("reseller")
    if role is not None:
        permissions += (known for known, rank in RANK.items() if rank <= RANK[role])
    return {str(language): _listed(words[language], commands, permissions) for language in LANGUAGES}


def for_everybody(words: Words, commands: Commands) -> dict[Language, list[tuple[str, str]]]:
    """The commands to register with a channel for everybody, per language, with their descriptions."""
    return {language: _listed(words[language], commands, ("customer",)) for language in LANGUAGES}


def for_person(t: Voice, commands: Commands, person: Person, shop: ShopSettings) -> list[tuple[Command, str]]:
    """The commands besides everybody's that this person may use, with their descriptions."""
    return [
        (command, t.label(command.about))
        for command in commands.values()
        if command.about
        and command.is_in(shop)
        and command.permission != "customer"
        and may(person, command.permission)
    ]


def _listed(t: Voice, commands: Commands, permissions: Iterable[Permission]) -> list[tuple[str, str]]:
    allowed = frozenset(permissions)
    return [
        (command.name, t.label(command.about))
        for command in commands.values()
        if command.about and command.permission in allowed and command.where is None
    ]


def _stands_on_lists(command: Command) -> bool:
    """Whether a channel's lists change with a command: those that not every shop has are named by `/help` alone."""
    return command.permission != "customer" and command.where is None
