"""A person to talk to: the customer asks, the bot steps back for that chat, admins answer from a queue. Pure."""

from bot.dialogue.admin_pending import OneConversation
from bot.dialogue.context import State
from bot.dialogue.flow import Anywhere, Command, Flow, HelpLine, Reader
from bot.dialogue.flows.contact import answering, asking, inbox, writing
from bot.dialogue.pending import Asking

FLOW = Flow(
    name="contact",
    states={
        "contact": State(
            asking.ask_what,
            "contact.unclear",
            parse_text=asking.read_words,
            free_text=True,
            numbers_are_items=True,
            most_characters=asking.MAX_CHARACTERS,
            pending=Asking,
        ),
        "inbox": State(inbox.inbox, "unclear.inbox", read_only=True, permission="support"),
        "conversation": State(
            inbox.ask_conversation,
            "unclear.inbox",
            read_only=True,
            back=inbox.inbox,
            permission="support",
            pending=OneConversation,
        ),
        "answering": State(
            answering.ask_answer,
            "contact.unclear",
            parse_text=answering.read_answer,
            free_text=True,
            numbers_are_items=True,
            most_characters=asking.MAX_CHARACTERS,
            back=inbox.ask_conversation,
            permission="support",
            pending=OneConversation,
        ),
    },
    commands=(
        Command("contact", asking.contact_line, about="command.contact", order=105),
        Command("inbox", inbox.inbox, "support", "command.inbox", 350, HelpLine("help.reading", 5), takes_text=False),
        Command(
            "answer",
            answering.answer_line,
            "support",
            "command.answer",
            351,
            HelpLine("help.orders", 50),
            as_typed=True,
            example="12",
        ),
        Command("done", answering.done_line, "support", "command.done", 352, HelpLine("help.orders", 60), example="12"),
    ),
    buttons=(
        Anywhere("contact", asking.contact),
        Anywhere("inbox", inbox.inbox, "support"),
        Anywhere("talk", inbox.conversation, "support"),
        Anywhere("answer", answering.answer, "support"),
        Anywhere("write", writing.write_to, "support"),
        Anywhere("talktake", answering.take_over, "support"),
        Anywhere("talkdone", answering.done_line, "support"),
    ),
    readers=(Reader("first", asking.listen), Reader("bare", asking.asked_in_passing)),
)
