"""Long polling: how updates come when there is no public address.

Telegram forgets an update when a later getUpdates names a higher offset. So the offset moves past an update only after
`hear` has returned for it, and past nothing that stands behind an update that failed. One batch at a time is handled:
the updates of one chat one after another, different chats side by side. When `hear` fails, the rest of that chat waits
with it, the other chats go on, and after a pause the batch is asked for again; those that were handled are remembered
and skipped. Telegram gives at most a hundred updates from the offset on, so what waits here is bounded.

`StoreError` means that the store will recover, and is waited out for as long as it takes. Any other exception is a
fault of ours that the same update would meet again: after a few tries it is set aside, loudly, so that one update
cannot stop all the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Raw, Struct
from msgspec.json import Decoder, Encoder

from bot.channels.telegram.answers import Reply, description, outcome, pause_seconds
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.commands import ALLOWED_UPDATES
from bot.channels.telegram.parse import Malformed, ParsedUpdate, parse
from bot.domain.inbound import Inbound
from bot.errors import StoreError

BATCH = 100
TRIES = 5
# So many times in a row that somebody else polls is a change of turns; more is a program that should not be there.
BRIEF_CONFLICTS = 3

Hear: TypeAlias = Callable[[Inbound], Awaitable[object]]
"""Returns when the inbound is stored; raises `StoreBusy` when it could not be."""

log = logging.getLogger(__name__)


class _GetUpdates(Struct):
    offset: int
    timeout: int
    limit: int
    allowed_updates: tuple[str, ...]


class _Updates(Struct):
    result: list[Raw]


_encode = Encoder().encode
_updates = Decoder(_Updates)


class Poller:
    """Asks Telegram for updates and hands them to `hear`, until it is stopped.

    `wait_seconds` is how long Telegram keeps a call open that has no update to give (at most 50 by documentation).
    """

    def __init__(
        self,
        channel: TelegramChannel,
        hear: Hear,
        *,
        wait_seconds: int = 25,
        pause_seconds: float = 1.0,
        longest_pause_seconds: float = 30.0,
    ) -> None:
        self._channel = channel
        self._hear = hear
        self._wait_seconds = wait_seconds
        self._pause_seconds = pause_seconds
        self._longest_pause_seconds = longest_pause_seconds
        self._offset = 0
        self._handled: set[int] = set()
        self._tries: dict[int, int] = {}
        self._stopping = asyncio.Event()
        self._answers: set[asyncio.Task[bool]] = set()
        self._webhook_removed = False
        self._conflicts = 0

    def stop(self) -> None:
        """End `run` soon: an open getUpdates is dropped, what is being handled is handled to its end."""
        self._stopping.set()

    async def run(self) -> None:
        """Poll until `stop` is called or the task is cancelled; neither loses an update."""
        pause = self._pause_seconds
        try:
            while not self._stopping.is_set():
                reply = await self._unless_stopped(self._ask())
                if reply is None:
                    break
                if outcome(reply) == "ok":
                    self._conflicts = 0
                    all_handled = await self._batch(reply)
                    if all_handled:
                        pause = self._pause_seconds
                        continue
                    await self._wait(pause)
                elif await self._unexpected(reply):
                    await self._wait(pause_seconds(reply, pause))
                pause = min(pause * 2, self._longest_pause_seconds)
        finally:
            for task in self._answers:
                task.cancel()

    async def _ask(self) -> Reply:
        body = _encode(_GetUpdates(self._offset, self._wait_seconds, BATCH, ALLOWED_UPDATES))
        return await self._channel.api.call("getUpdates", body, total_seconds=self._wait_seconds + 10.0)

    async def _unexpected(self, reply: Reply) -> bool:
        """Telegram gave no updates. Answers whether to wait before the next call."""
        of_a_webhook = "webhook" in description(reply).lower()
        if reply.status == 409 and of_a_webhook and not self._webhook_removed:
            # A webhook of an earlier life takes the updates. Only once: if it comes back, somebody else sets it.
            self._webhook_removed = True
            from bot.channels.telegram.registration import remove_webhook

            problem = await remove_webhook(self._channel.bot)
            log.warning("a webhook took the updates; %s", problem or "it was removed, and polling begins")
            return problem is not None
        if reply.status == 409 and not of_a_webhook and self._conflicts < BRIEF_CONFLICTS:
            # Another process of ours ends its turn, or begins it.
            self._conflicts += 1
            log.info("somebody else polls Telegram at this moment")
        elif outcome(reply) != "credentials":
            log.warning("no updates from Telegram: %s", reply.error or description(reply) or reply.status)
        return True

    async def _batch(self, reply: Reply) -> bool:
        """Hear every update of an answer and move the offset. Answers whether nothing was left over."""
        try:
            raws = _updates.decode(reply.body).result
        except (ValueError, RecursionError):
            log.warning("no updates from Telegram: an answer that cannot be read")
            return False
        chats: dict[str, list[ParsedUpdate]] = {}
        ids: list[int] = []
        for raw in raws:
            update = parse(raw, self._channel.username)
            if update.update_id is None:
                # Without a number it cannot be told apart, nor be acknowledged but by a later one.
                log.warning("an update without a number was set aside")
                continue
            ids.append(update.update_id)
            if update.update_id in self._handled:
                continue
            if isinstance(update, Malformed):
                log.warning("update %d was set aside: %s", update.update_id, update.reason)
                self._handled.add(update.update_id)
            elif update.inbound is None:
                self._done(update)
            else:
                chats.setdefault(update.inbound.address.id, []).append(update)
        if chats:
            await asyncio.gather(*(self._chat(updates) for updates in chats.values()))
        for update_id in sorted(ids):
            if update_id not in self._handled:
                return False
            self._handled.discard(update_id)
            self._offset = update_id + 1
        return bool(ids) or not raws

    async def _chat(self, updates: list[ParsedUpdate]) -> None:
        for update in updates:
            if self._stopping.is_set() or not await self._one(update):
                return

    async def _one(self, update: ParsedUpdate) -> bool:
        if update.inbound is not None:
            try:
                await self._hear(update.inbound)
            except StoreError as error:
                log.warning("update %d was not stored: %s", update.update_id, type(error).__name__)
                return False
            except Exception as error:
                # Not swallowed: logged by its type (its text may hold a code), tried again, and then set aside.
                tries = self._tries[update.update_id] = self._tries.get(update.update_id, 0) + 1
                log.error("update %d failed, try %d: %s", update.update_id, tries, type(error).__name__)
                if tries < TRIES:
                    return False
        self._done(update)
        return True

    def _done(self, update: ParsedUpdate) -> None:
        self._tries.pop(update.update_id, None)
        self._handled.add(update.update_id)
        if update.tap_id is not None:
            # Beside the chat's other updates: a slow answer must not keep them waiting.
            task = asyncio.create_task(self._channel.answer_tap(update.tap_id))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _unless_stopped(self, call: Awaitable[Reply]) -> Reply | None:
        """The answer to `call`, or None as soon as we are to stop."""
        asking = asyncio.ensure_future(call)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((asking, stopping), return_when=asyncio.FIRST_COMPLETED)
            return asking.result() if asking.done() else None
        finally:
            asking.cancel()
            stopping.cancel()

    async def _wait(self, seconds: float) -> None:
        """Sleep, but no longer than until `stop`.

        Not with `asyncio.wait_for`: on Python 3.11 it loses a cancellation that comes together with what it waits for.
        """
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((stopping,), timeout=seconds)
        finally:
            stopping.cancel()
