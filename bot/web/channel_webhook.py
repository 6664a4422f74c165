"""What a channel's server posts: what people did, and what became of messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from starlette.types import Receive

from bot.bodies import Bodies
from bot.channels import Received, WebhookEndpoint
from bot.domain.inbound import Inbound
from bot.domain.outbound import Report
from bot.errors import StoreBusy, StoreError
from bot.web.answers import AGAIN, TAKEN, UNVERIFIED, Answer, Answering, log, warn_sparingly
from bot.web.reading import read, turned_away

# Above this a body is verified and parsed in a thread: that takes 10 ms a megabyte.
IN_A_THREAD_BYTES = 128 * 1024
# So many things that people did, or reports of messages, are handled together: they share one transaction.
PIECE = 32

_JSON = ((b"content-type", b"application/json"),)

T = TypeVar("T")

Hear = Callable[[Inbound], Awaitable[None]]
IsNews = Callable[[Report], bool]
TakeReports = Callable[[Sequence[Report]], Awaitable[None]]


class ChannelWebhook:
    """What is posted to one endpoint. `is_news` says whether a report changes anything, `report` takes those of a
    piece.
    """

    def __init__(
        self, endpoint: WebhookEndpoint, bodies: Bodies, hear: Hear, is_news: IsNews, report: TakeReports
    ) -> None:
        self._endpoint = endpoint
        self._bodies = bodies
        self._hear = hear
        self._is_news = is_news
        self._report = report

    async def take(self, headers: Mapping[str, str], receive: Receive) -> Answer:
        """Answer what is still to be read."""
        endpoint = self._endpoint
        proof = endpoint.proof(headers)
        if proof == "none":
            return self._refused()
        with self._bodies.body(endpoint.limit_bytes, proved=proof == "given") as body:
            if (trouble := await read(headers, receive, body)) is not None:
                return turned_away(endpoint.path, trouble)
            if len(body.content) <= IN_A_THREAD_BYTES:
                received = endpoint.handle(headers, body.content)
            else:
                received = await asyncio.to_thread(endpoint.handle, headers, body.content)
            if received is None:
                return self._refused()
            body.prove()
            self._note(received)
            return await self._remember(received)

    def take_whole(self, headers: Mapping[str, str], content: bytes) -> Answering:
        """Answer what has been read: at once where nothing has to be remembered."""
        if len(content) > min(self._endpoint.limit_bytes, IN_A_THREAD_BYTES):
            return None
        received = self._endpoint.handle(headers, content)
        if received is None:
            return self._refused()
        if not received.inbounds and not any(map(self._is_news, received.reports)):
            self._note(received)
            return _taken(received)
        if not self._bodies.hold(len(content)):
            return None
        self._note(received)
        return self._remember_held(received, len(content))

    async def _remember_held(self, received: Received, held_bytes: int) -> Answer:
        try:
            return await self._remember(received)
        finally:
            self._bodies.let_go(held_bytes)

    async def _remember(self, received: Received) -> Answer:
        try:
            await _by_the_piece(self._hear, received.inbounds)
            # After an outage they come by the thousand.
            for piece in _pieces(received.reports):
                await self._report(piece)
                if len(piece) < len(received.reports):
                    # Of thousands that change nothing, none waits for anything.
                    await asyncio.sleep(0)
        except StoreError as error:
            log.warning("update not remembered", path=self._endpoint.path, problem=type(error).__name__)
            return AGAIN
        return _taken(received)

    def _note(self, received: Received) -> None:
        self._endpoint.take_note(received)
        if received.problem:
            log.warning("update set aside", path=self._endpoint.path, problem=received.problem)

    def _refused(self) -> Answer:
        warn_sparingly("webhook refused", path=self._endpoint.path)
        return UNVERIFIED


def _taken(received: Received) -> Answer:
    return Answer(200, received.answer, _JSON) if received.answer else TAKEN


def _pieces(things: Sequence[T]) -> Iterator[tuple[T, ...]]:
    rest = iter(things)
    while piece := tuple(islice(rest, PIECE)):
        yield piece


async def _by_the_piece(take: Callable[[T], Awaitable[None]], things: Sequence[T]) -> None:
    """Take many things, some of them together, in their order; raises the StoreError of one that was not taken.

    One that cannot be handled keeps none of the others from being remembered. A busy database does: it is left alone.
    """
    if len(things) == 1:
        # Nearly always, and then without a task of its own.
        await take(things[0])
        return
    failure: StoreError | None = None
    for piece in _pieces(things):
        for result in await asyncio.gather(*map(take, piece), return_exceptions=True):
            if isinstance(result, StoreError):
                failure = result
            elif isinstance(result, BaseException):
                raise result
        if isinstance(failure, StoreBusy):
            break
    if failure is not None:
        raise failure
