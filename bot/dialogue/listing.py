"""The lists of commands: those that a channel gets at start, and those that `/help` names to the people who may use
them. Pure.

A command stands on the lists with the words that its flow gives it (`about`), for those who may use it, where the shop
has it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from bot.dialogue.flow import Command
from bot.dialogue.permissions import RANK, Permission, may
from bot.dialogue.session import Person
from bot.domain.people import Language, Role
from bot.i18n import LANGUAGES, Voice
from bot.shop import ShopSettings

Commands = Mapping[str, Command]
# What stands on everybody's list, though whoever sells for a shop has no use for some of it.
_EVERYBODYS: Final[tuple[Permission, ...]] = ("customer", "private")


def standing(person: Person, commands: Commands, shop: ShopSettings) -> str:
    """What a person's list of commands depends on; empty for a customer, whose list is everybody's."""
    if person.role is None and person.reseller is None:
        return ""
    reseller = "reseller" if person.reseller is not None else ""
    # A list that has grown is shown anew.
    return f"{person.role or ''}+{reseller}+{len(_theirs(commands, shop, person.role, bool(reseller)))}"


def shown(
    shop: ShopSettings, commands: Commands, role: Role | None, reseller: bool
) -> dict[str, list[tuple[str, str]]]:
    """The commands for the chat of one person, per language: everybody's, then those that are theirs besides."""
    theirs = _theirs(commands, shop, role, reseller)
    return {str(language): _described(shop.words[language], theirs) for language in LANGUAGES}


def for_everybody(shop: ShopSettings, commands: Commands) -> dict[Language, list[tuple[str, str]]]:
    """The commands to register with a channel for everybody, per language, with their descriptions."""
    theirs = _theirs(commands, shop, None, False)
    return {language: _described(shop.words[language], theirs) for language in LANGUAGES}


def for_person(t: Voice, commands: Commands, person: Person, shop: ShopSettings) -> list[tuple[Command, str]]:
    """The commands besides everybody's that this person may use, with their descriptions."""
    return [
        (command, t.label(command.about))
        for command in commands.values()
        if command.about
        and command.is_in(shop)
        and command.permission not in _EVERYBODYS
        and may(person, command.permission)
    ]


def _theirs(commands: Commands, shop: ShopSettings, role: Role | None, reseller: bool) -> list[Command]:
    """The commands that stand on the list of whoever has such a role, or is a reseller."""
    permissions: list[Permission] = list(_EVERYBODYS)
    if reseller:
        permissions += ("seller", "reseller")
    if role is not None:
        permissions += (known for known, rank in RANK.items() if rank <= RANK[role])
    return [
        command
        for command in commands.values()
        if command.about
        and command.permission in permissions
        and command.is_in(shop)
        and (command.listed is None or command.listed(shop, reseller))
    ]


def _described(t: Voice, commands: Iterable[Command]) -> list[tuple[str, str]]:
    return [(command.name, t.label(command.about)) for command in commands]
