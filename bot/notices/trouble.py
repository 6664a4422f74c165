"""What a person reads whose message was not handled, or whose answer must wait. Pure."""

from bot.domain.outbound import Outbound
from bot.domain.people import Language
from bot.i18n import Words
from bot.notices.contact import contact_button
from bot.notices.layout import menu_button


def apology(words: Words, language: Language) -> Outbound:
    """What a person reads when handling their message failed: their money is safe, and what to do."""
    t = words[language]
    return Outbound(t("apology"), ((contact_button(t), menu_button(t)),))


def flooded(words: Words, language: Language, until: int) -> Outbound:
    """More messages than anybody writes: they are not read any more until then."""
    t = words[language]
    return Outbound(t("flooded", clock=t.clock(until)))


def busy(words: Words, language: Language) -> Outbound:
    """What a person reads when the provider's budget makes them wait for an answer."""
    return Outbound(words[language]("busy"))
