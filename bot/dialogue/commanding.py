"""A command that was typed: by its name or another word for it, with a slash or, to an admin, without. Pure.

Theory of operation. A command is there for whoever may use it. Where they may not, a typed text means what it would if
there were no such command, so that nobody can find out what there is; an admin, who knows that there are others, is
told whose it is, or what they may have meant. Words for the commands of admins stand in the word lists (`commands`).
Without a slash one is a command only where nothing is asked, and where it is no word of customers: an admin buys, too.
What only reads leaves an act that waits for its Confirm, as with a slash: it neither is its reason nor puts it again.
"""

from collections.abc import Callable
from typing import Final

from bot import languages
from bot.dialogue.acts.naming import with_chats, with_ending
from bot.dialogue.buttons import anywhere, leave
from bot.dialogue.context import Answer, Context, Deciding, Reply, State
from bot.dialogue.flow import Command
from bot.dialogue.menu import reply_beside
from bot.dialogue.parsing import vocabulary
from bot.dialogue.parsing.services import parse_service
from bot.dialogue.permissions import RANK, may
from bot.dialogue.session import Transition
from bot.domain.text import fold, has_figures
from bot.i18n import Voice
from bot.notices.layout import truncate

# Other words for commands, folded.
WORDS: Final = languages.command_words()
# What admins below it read of a command.
_RESERVED: Final[dict[str, str]] = {"operator": "command.reserved.operator", "owner": "command.reserved.owner"}
MAX_NAME_CHARACTERS: Final = 30
MIN_BEGINNING_CHARACTERS: Final = 3
MOST_MEANT: Final = 3


def is_of_admins(command: Command) -> bool:
    """Whether a command is for admins."""
    return command.permission in RANK


def usage_of(t: Voice, command: Command) -> tuple[str, str]:
    """What may follow a command, what need not in brackets; and what it does."""
    usage, _, what = t.label(command.about).rpartition(" — ")
    return usage, what


def command_named(ctx: Context, name: str) -> Command | None:
    """The command that a name or another word means; None where the person has no such command."""
    folded = fold(name)
    for known in (name.lower(), folded, WORDS.get(folded, "")):
        command = ctx.flows.commands.get(known)
        if command is not None and command.is_in(ctx.shop) and may(ctx.person, command.permission):
            # Customers have words of their own for theirs.
            return command if is_of_admins(command) or known == name.lower() else None
    return None


def run_command(
    ctx: Context, text: str, act_of: Callable[[vocabulary.Act], str], unclear: Callable[[], Deciding]
) -> Answer | Deciding:
    """What a text with a slash leads to. `act_of` says what a word asks for here, `unclear` is the answer to one that
    means nothing.
    """
    name, *more = text[1:].split(None, 1) or [""]
    name, rest = name.partition("@")[0].lower(), "".join(more)
    if (command := command_named(ctx, name)) is not None:
        return _start(ctx, command, rest)
    if (reserved := _reserved(ctx, ctx.flows.commands.get(name))) is not None:
        return reserved
    if (line := parse_service(ctx.shop.catalog, f"{name} {rest}")) is not None:
        return ctx.flows.order_line(ctx, *line)
    # Everybody's words stand alone; what follows one would be for a command.
    word = vocabulary.VOCABULARY.get(fold(name))
    if word is not None and (word.name == "help" or not rest):
        handler = anywhere(ctx, act_of(word))
        if handler is not None:
            return handler(ctx, rest if word.name == "help" else word.argument)
    if (reserved := _reserved(ctx, ctx.flows.commands.get(WORDS.get(fold(name), "")))) is not None:
        return reserved
    near = [command for command in _theirs(ctx) if command.near and vocabulary.alike(name, command.name)]
    if len(near) == 1:
        return _start(ctx, near[0], rest)
    return unclear() if ctx.person.role is None or not name else _unknown(ctx, name)


def spoken_command(ctx: Context, text: str, state: State) -> Answer | Deciding | None:
    """What an admin's text without a slash asks for as a command; None where it is none."""
    if ctx.person.role is None or not (state.read_only or state.left) or vocabulary.is_question(text):
        return None
    first, _, rest = text.strip().partition(" ")
    folded, rest = fold(first), rest.strip()
    word = vocabulary.VOCABULARY.get(folded)
    if word is not None and word.name == "help" and rest:
        # Of help with anything else there is only one.
        handler = None if command_named(ctx, rest.lstrip("/")) is None else anywhere(ctx, "help")
        if handler is None:
            return None
        leave(ctx, "help")
        return handler(ctx, rest)
    if folded not in WORDS or word is not None or vocabulary.exact(fold(text)) is not None:
        return None
    command = ctx.flows.commands[WORDS[folded]]
    if not command.is_in(ctx.shop):
        return None
    # A sentence that only begins so is none: what acts is about a number. Alone it is one where nothing need follow.
    usage, _ = usage_of(ctx.t, command)
    is_whole = command.long_reading or has_figures(rest) if rest else usage[:1] in ("", "[")
    if not is_whole or (state.left and (rest or not command.long_reading)):
        # What follows an act that waits is its reason, unless it plainly asks to read something.
        return None
    leave(ctx, command.name)
    return _reserved(ctx, command) or _start(ctx, command, rest)


def _start(ctx: Context, command: Command, rest: str) -> Answer | Deciding:
    """Run a command that the person may use."""
    if is_of_admins(command) and (":" in rest or command.whom is not None):
        return _start_named(ctx, command, rest)
    return command.run(ctx, rest if command.takes_text else "")


def _start_named(ctx: Context, command: Command, rest: str) -> Deciding:
    """Run an admin's command with the chats of the people whom it names."""
    named = rest if command.as_typed or ":" not in rest else (yield from with_chats(ctx, rest))
    whole = (yield from with_ending(ctx, command.name, command.whom, named)) if isinstance(named, str) else named
    if not isinstance(whole, str):
        return whole
    answer = command.run(ctx, whole if command.takes_text else "")
    return answer if isinstance(answer, Transition | Reply) else (yield from answer)


def _theirs(ctx: Context) -> list[Command]:
    """The commands that the person may use here."""
    commands = ctx.flows.commands.values()
    return [each for each in commands if each.is_in(ctx.shop) and may(ctx.person, each.permission)]


def _reserved(ctx: Context, command: Command | None) -> Reply | None:
    """That a command is for admins above the one who speaks; None where it is not, and to everybody else."""
    if command is None or ctx.person.role is None or not is_of_admins(command) or not command.is_in(ctx.shop):
        return None
    if may(ctx.person, command.permission):
        return None
    return reply_beside(ctx, ctx.t(_RESERVED[command.permission], name=command.name))


def _unknown(ctx: Context, name: str) -> Reply:
    """There is no such command: those of the admin's that may have been meant."""
    t, folded = ctx.t, fold(name)
    theirs = [each.name for each in _theirs(ctx) if is_of_admins(each)]
    words = [*((each, each) for each in theirs), *((word, of) for word, of in WORDS.items() if of in theirs)]
    near = [of for word, of in words if vocabulary.alike(folded, word)]
    begun = [of for word, of in words if len(folded) >= MIN_BEGINNING_CHARACTERS and word.startswith(folded)]
    typed = truncate(name, MAX_NAME_CHARACTERS)
    if not (meant := [f"/{each}" for each in dict.fromkeys((*near, *begun))][:MOST_MEANT]):
        return reply_beside(ctx, t("command.unknown", name=typed))
    text = t("command.unknown_meant", name=typed, names=", ".join(meant))
    return reply_beside(ctx, text)
