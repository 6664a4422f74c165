"""Who is meant: the contacts of a batch beside what a message or a status says. Pure.

Whatever names a person tells all that it names them by.
"""

from msgspec import Raw

from bot.channels.whatsapp.parse.payload import Contact, Profile, decode_contact
from bot.channels.whatsapp.people import KINDS, identities
from bot.domain.people import Identity
from bot.domain.person_names import clean_name


def read_contacts(raw: list[Raw]) -> list[Contact]:
    """The people that a batch tells of. One that cannot be read is told of by the messages that need it."""
    contacts = []
    for item in raw:
        try:
            contacts.append(decode_contact(item))
        except (ValueError, RecursionError):
            contacts.append(Contact())
    return contacts


def also_known_as(named: tuple[Identity, ...], contacts: list[Contact]) -> tuple[Identity, ...]:
    """All that a batch names a person by: what the message says, and the contact that is the same person."""
    for contact in contacts:
        profile = contact.profile or Profile()
        names = identities(contact.wa_id, contact.user_id, profile.username)
        # One contact is told along for each person of the batch: when there is only one, they wrote all of it.
        if (not named and len(contacts) == 1) or set(names) & set(named):
            both = {identity.kind: identity for identity in (*names, *named)}
            return tuple(both[kind] for kind in KINDS if kind in both)
    return named


def given_name(named: tuple[Identity, ...], contacts: list[Contact]) -> str:
    """What a person calls themselves in their profile; empty where a batch does not tell whose profile is whose."""
    for contact in contacts:
        profile = contact.profile or Profile()
        if profile.name and set(identities(contact.wa_id, contact.user_id, profile.username)) & set(named):
            return clean_name(profile.name)
    return ""
