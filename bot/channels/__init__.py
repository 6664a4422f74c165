"""The channels: where people are. A channel verifies and parses what comes in, renders and sends what goes out.

Nothing above a channel knows which one it is: what it can do is a value that it declares (`abilities`), and only the
app names its adapter.

The contract, checked by one test over every channel:

- `send` delivers one `Outbound` to one address and answers with a value: `Sent`, `SendLater` (with the channel's own
  pause when it names one) or `SendRefused`. It raises nothing that the network may cause, and does not retry.
- A send may reach the person twice (when we die before we note it), never zero times without our knowing.
- An `Outbound` that `replaces` a message edits it where the channel can; when the edit is refused it is sent anew.
- Every `Choice` that a channel cannot show as a button stays reachable by typing its label or its number.
- A `File` goes with its message: a picture is shown, anything else can be opened and kept. Where the text is too long
  for a caption, the file follows it as a message of its own.
- An `Outbound` that is `passing` is shown only by editing the message that it `replaces`; where that cannot be done it
  is `Sent` and nobody sees it.
- A code (`<code>` text, `Copy.text`) never appears in a log or in an exception's text.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from bot.channels.abilities import Abilities
from bot.domain.inbound import Inbound
from bot.domain.outbound import File, Outbound, Report, SendResult
from bot.domain.people import Address


class Received(Struct, frozen=True):
    """A webhook request that was verified and read: what people did, and the answer's body once that is remembered.

    `problem` says, without quoting anything, why a verified body held nothing that could be read. `reports` tell what
    became of messages that were sent before.
    """

    inbounds: tuple[Inbound, ...] = ()
    answer: bytes = b""
    problem: str = ""
    reports: tuple[Report, ...] = ()


Proof: TypeAlias = Literal["given", "in the body", "none"]
"""What a request's headers alone prove: that the channel's server sent it; that a signature of a body yet to be read
stands in them; or that it is none of ours.
"""


class WebhookEndpoint(Protocol):
    """Where a channel's own server reaches us: a path of ours, and how a request to it is verified and read.

    `limit_bytes` is the largest body that the channel's server sends.
    """

    path: str
    limit_bytes: int

    def proof(self, headers: Mapping[str, str]) -> Proof:
        """What the headers of a request prove, before its body is read."""
        ...

    def handle(self, headers: Mapping[str, str], body: bytes) -> Received | None:
        """Read one request; None when it cannot prove where it comes from. Raises nothing, whatever the bytes are, and
        changes nothing: a large one is read in a thread.
        """
        ...

    def take_note(self, received: Received) -> None:
        """Take note, in the loop, of what a verified request tells the channel itself."""
        ...

    def greet(self, query: Mapping[str, str]) -> bytes | None:
        """Answer a GET by which the channel's server makes sure that the path is ours; None when it proves nothing."""
        ...


class Channel(Protocol):
    """One way to reach people. Safe for concurrent use; calls for one address are made one after another."""

    name: str
    abilities: Abilities

    @property
    def link(self) -> str | None:
        """The https address that opens a conversation with us for anybody; None while it is not known, and where there
        is none.
        """
        ...

    async def send(self, address: Address, outbound: Outbound, file: File | None = None) -> SendResult:
        """Deliver one message, with a file if one goes with it."""
        ...

    async def fetch(self, ref: str, limit_bytes: int) -> bytes | None:
        """The content of a file that a person sent (`Document.ref`); None when it cannot be had or is larger. Raises
        nothing that the network may cause.
        """
        ...

    async def erase(self, address: Address, own_ref: str) -> None:
        """Take a person's own message away, where the channel can. Raises nothing."""
        ...

    async def show_commands(self, address: Address, commands: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Show a person these commands (by language: name and description), where the channel has a list of them in
        place of everybody's. Raises nothing.
        """
        ...

    async def working(self, address: Address, message_ref: str | None) -> None:
        """Show, where the channel can, that an answer to a message is being looked for. Raises nothing."""
        ...

    async def start(self) -> None:
        """Open connections, and tell the channel's server who we are. Raises nothing for a network that is down."""
        ...

    async def aclose(self) -> None:
        """Let go of every connection."""
        ...
