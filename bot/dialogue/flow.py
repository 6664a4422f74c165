"""What a flow declares of itself, and what the registry makes of all of them. Pure.

Theory of operation. A *flow* is one thing that people can do here, whole: its states, its commands and buttons, its
words, whom they are for, and what it contributes to others. Each flow is a package of `flows` that declares one `FLOW`;
`registry` lists them. The router, the menu, `/help`, the lists of commands, the documentation and the tests of
permissions read the registry and nothing else, and no flow imports another.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from bot.dialogue.context import Answer, Context, Deciding, Handler, State
from bot.dialogue.permissions import Permission
from bot.dialogue.tasks import Answered

# An answer's own type is the one under which it is registered.
AnswerHandler: TypeAlias = Callable[[Context, Any], Answer | Deciding]


class HelpLine(Struct, frozen=True):
    """Where `/help` names a command: in the group whose title is `group`, at the place `order`."""

    group: str
    order: int


class Command(Struct, frozen=True):
    """A slash command and whom it is for.

    `about` is the catalogs' key of its line in the lists of commands, where it stands at the place `order`; an empty
    one keeps it off the lists. One that does not `take_text` ignores what follows it. A `near` one is also meant by
    whoever misses a letter of it.
    """

    name: str
    run: Handler
    permission: Permission = "customer"
    about: str = ""
    order: int = 0
    help: HelpLine | None = None
    takes_text: bool = True
    near: bool = True


class Button(Struct, frozen=True):
    """What a button does that is valid anywhere, and whom it is for. Words that ask for it lead to it too."""

    name: str
    run: Handler
    permission: Permission = "customer"


class Flow(Struct, frozen=True, kw_only=True):
    """One thing that people can do, whole.

    `words` are folded texts that ask for one of its buttons: to whoever may not use it they are words like any other.
    `answers` says what an answer to a task leads to.
    """

    name: str
    states: Mapping[str, State] = field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    buttons: tuple[Button, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[type[Answered], AnswerHandler] = field(default_factory=dict)


class Registry:
    """Every flow, by what is looked for. Raises ValueError where two flows declare the same thing."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        self.flows: Final = tuple(flows)
        self.states: Final[Mapping[str, State]] = _merged("state", (flow.states.items() for flow in self.flows))
        listed: dict[str, Command] = _merged(
            "command", (((each.name, each) for each in flow.commands) for flow in self.flows)
        )
        # In the order in which the lists name them.
        self.commands: Final = dict(sorted(listed.items(), key=lambda item: item[1].order))
        self.buttons: Final[Mapping[str, Button]] = _merged(
            "button", (((each.name, each) for each in flow.buttons) for flow in self.flows)
        )
        self.words: Final[Mapping[str, str]] = _merged("word", (flow.words.items() for flow in self.flows))
        self.answers: Final[Mapping[type[Answered], AnswerHandler]] = _merged(
            "answer", (flow.answers.items() for flow in self.flows)
        )


def _merged(kind: str, parts: Iterable[Iterable[tuple[Any, Any]]]) -> dict[Any, Any]:  # of any kind of thing
    merged: dict[Any, Any] = {}
    for part in parts:
        for name, thing in part:
            if name in merged:
                raise ValueError(f"two flows declare the {kind} {name}")
            merged[name] = thing
    return merged
