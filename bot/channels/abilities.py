"""What a channel can do, as a value that it declares: rooms above ask this value and never the channel's name. Pure."""

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct


class Abilities(Struct, frozen=True):
    """What one channel is and can do.

    `label` is its name as people write it. `ids_are_numbers` says that people are called there by their telephone
    number: it is typed as one dials it, and no log shows it whole. `reply_window_seconds` is how long after somebody
    last wrote they may be told what they did not ask for; None where there is no limit. `buttons` is how many stand
    below a message before they become a list, and `list_rows` how many one list shows; None where there is no limit.
    `commands` says that people can tap commands (`/code`); elsewhere they are told words. `edits` says that a message
    can take another's place, `erases` that a person's own message can be taken away, `confirms` that the channel
    reports later whether a message arrived, and `holds` that every message is a new one and costs something while
    people see that we are at work: a word on progress may wait a moment for what comes next.
    """

    label: str
    ids_are_numbers: bool = False
    reply_window_seconds: int | None = None
    buttons: int | None = None
    list_rows: int | None = None
    commands: bool = False
    edits: bool = False
    erases: bool = False
    confirms: bool = False
    holds: bool = False


ChannelAbilities: TypeAlias = Mapping[str, Abilities]
"""The channels of an installation, by the name that stands in an address."""


def label_of(channels: ChannelAbilities, name: str) -> str:
    """What people call a channel; one that is not plugged in any more goes by the name in its addresses."""
    abilities = channels.get(name)
    return name if abilities is None else abilities.label
