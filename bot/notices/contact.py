"""What people read of a conversation with a person: the customer, and those who answer. Pure.

An answer is news like any other: it is kept for whoever cannot be reached, and where only templates may be sent, they
are told that there is one.
"""

from typing import Final

from bot.domain.hiding import says_pin
from bot.domain.outbound import Brief, Choice, Outbound
from bot.i18n import Safe, Voice
from bot.notices.layout import STAYS, Rows, fit, free, lines, menu_button, paragraphs, truncate
from bot.notices.person_names import about, beside
from bot.repositories.conversations import Conversation
from bot.repositories.person_names import Called

# Conversations that are named one by one, each with a button.
MOST_NAMED: Final = 3
MAX_SHOWN_CHARACTERS: Final = 1200
MAX_PREVIEW_CHARACTERS: Final = 80


def contact_button(t: Voice, order_id: str = "") -> Choice:
    """The way to a person; `order_id` is what it is about."""
    return free(t.label("button.contact"), "contact", order_id, STAYS)


def quoted(t: Voice, words: str) -> Safe:
    """What somebody else wrote, marked line by line: none of it can be taken for a word of ours."""
    shown = truncate(words, MAX_SHOWN_CHARACTERS).split("\n")
    return t.escaped("\n".join(f"› {line}" for line in shown if line.strip()))


def answer(t: Voice, words: str) -> Outbound:
    """What a person answered."""
    text = paragraphs(
        lines(t("contact.answer"), t.escaped(truncate(words, MAX_SHOWN_CHARACTERS))),
        t("contact.never_pin") if says_pin(words) else None,
    )
    rows: Rows = ((free(t.label("button.reply"), "contact", "", STAYS), menu_button(t)),)
    return Outbound(fit(text), rows, durable=True, brief=_brief(t, "brief.contact"))


def ended(t: Voice) -> Outbound:
    """The person has finished: the bot is back."""
    return Outbound(
        t("contact.ended"), ((contact_button(t), menu_button(t)),), durable=True, brief=_brief(t, "brief.contact")
    )


def customer_wrote(t: Voice, conversation: Conversation, called: Called, words: str) -> Outbound:
    """What the customer wrote, to whoever answers them; `called` is what they are called."""
    text = lines(
        Safe(t("inbox.wrote", number=conversation.id, address=conversation.address) + beside(t, called)),
        quoted(t, words),
    )
    return Outbound(fit(text), conversation_rows(t, conversation.id), durable=True, brief=_brief(t, "brief.inbox"))


def waiting(t: Voice, untold: tuple[Conversation, ...], called: Called, words: str) -> Outbound:
    """Who waits for an answer, to all who could give one; `words` are those of one who waits alone, `called` what they
    are called.
    """
    first = untold[0]
    since = t.short_moment(first.waiting_at or first.updated_at)
    if len(untold) == 1:
        text = lines(
            t("inbox.one_waits", number=first.id, address=first.address, since=since),
            about(t, called),
            quoted(t, words),
        )
        return Outbound(fit(text), conversation_rows(t, first.id), durable=True, brief=_brief(t, "brief.inbox"))
    named = tuple((talk_button(t, one),) for one in untold[:MOST_NAMED])
    rows: Rows = (*named, (free(t.label("button.inbox"), "inbox", "", STAYS),))
    text = t.plural("inbox.many_wait", len(untold), since=since)
    return Outbound(text, rows, durable=True, brief=_brief(t, "brief.inbox"))


def taken_over(t: Voice, conversation: Conversation, by: str) -> Outbound:
    """Somebody else answers from now on, to who did until now."""
    text = t("inbox.taken_over", number=conversation.id, address=conversation.address, by=by)
    return Outbound(text, ((free(t.label("button.inbox"), "inbox", "", STAYS),),), durable=True)


def talk_button(t: Voice, conversation: Conversation) -> Choice:
    """The way to one conversation."""
    label = t.label("button.talk", number=conversation.id, address=truncate(conversation.address.id, 12))
    return free(label, "talk", str(conversation.id), STAYS)


def conversation_rows(t: Voice, number: int) -> Rows:
    """What can be done with one conversation."""
    return (
        (
            free(t.label("button.answer"), "answer", str(number), STAYS),
            free(t.label("button.talk_done"), "talkdone", str(number), STAYS),
        ),
        (free(t.label("button.inbox"), "inbox", "", STAYS),),
    )


def hours(t: Voice, first_ms: int, last_ms: int) -> Safe:
    """From when until when somebody answers."""
    return (
        t("contact.always")
        if first_ms == last_ms
        else t("contact.hours", first=t.clock(first_ms), last=t.clock(last_ms))
    )


def _brief(t: Voice, about: str) -> Brief:
    return Brief("news", t.language, t.label(about))
