"""Words: a key, arguments and a language become a text.

Catalogs are gettext files whose msgids are short dotted keys (`quote.title`); translators work on the `.po` files of
`locales/`, the wheel carries compiled `.mo` files, and Babel reads both and writes figures and dates. An event is
answered with about five messages, so everything is prepared once: a message is cut at its placeholders when the catalog
is loaded, a figure or a date is written once and kept.

A catalog whose language names a fallback (`bot.languages`) may lack messages: each is then taken from the fallback's
catalog, with that one's plural forms. The patterns of dates (`format.moment`) are messages too, in Babel's notation.

Messages are HTML: an argument is escaped unless it is `Safe`, that is, unless it came from here. `label` is for
buttons, which are plain text and escape nothing.

`catalogs` reads the messages of a language, `voice` says them, `formats` writes figures and dates, `html` escapes;
`words` is every language's voice.
"""

from bot.i18n.catalogs import messages_of
from bot.i18n.formats import NBSP
from bot.i18n.html import Safe
from bot.i18n.voice import Voice
from bot.i18n.words import Words, load
from bot.languages import DEFAULT, LANGUAGES

__all__ = ["DEFAULT", "LANGUAGES", "NBSP", "Safe", "Voice", "Words", "load", "messages_of"]
