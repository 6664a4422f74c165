"""What a person is called, as admins read it: always beside their address, and told apart by who chose it. Pure."""

from typing import Final

from bot.i18n import Safe, Voice
from bot.notices.layout import truncate
from bot.repositories.person_names import Called

MAX_SHOP_CHARACTERS: Final = 40


def names(t: Voice, called: Called) -> Safe | None:
    """The names of a person: what admins noted and call the shop, then what they call themselves; None where nothing
    is known.
    """
    parts = [t("person.noted", name=called.noted)] if called.noted else []
    parts += [t("person.shop", shop=truncate(called.shop, MAX_SHOP_CHARACTERS))] if called.shop else []
    if called.given and called.given != called.noted:
        parts.append(t("person.given", name=called.given))
    return Safe(" · ".join(parts)) if parts else None


def person_line(t: Voice, called: Called) -> Safe:
    """A person in a list: their address, and their names."""
    known = names(t, called)
    line = t("find.person", address=str(called.address))
    return line if known is None else Safe(f"{line} · {known}")


def about(t: Voice, called: Called) -> Safe | None:
    """Whom a question is about, where they have a name."""
    return None if names(t, called) is None else person_line(t, called)


def beside(t: Voice, called: Called) -> Safe:
    """The names behind an address that stands in a line already; empty for none."""
    known = names(t, called)
    return Safe("") if known is None else Safe(f" · {known}")


def label(called: Called) -> str:
    """A button for one person among several: the id first, which tells them apart however short it is cut."""
    name = called.noted or called.shop or called.given
    return f"👤 {called.address.id} · {name}" if name else f"👤 {called.address.id}"
