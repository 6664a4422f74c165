"""The store: scripts gather while connections are busy, and each caller is answered after its commit."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from typing import Final

import asyncpg

from bot.errors import CannotStart, Exit, StoreBusy
from bot.store import P, Script, T
from bot.store.gathering import GatheringStore, Job, Make, Result
from bot.store.postgres import transactions
from bot.store.postgres.commits import CommitKeys, CommitUnknown, commit
from bot.store.postgres.connections import (
    ANY,
    CONFLICTS,
    LOST,
    REFUSED,
    Connections,
    busy,
    is_away,
    leaves_the_connection_useless,
)
from bot.store.postgres.parameters import numbered_statements
from bot.store.postgres.reader import Reader
from bot.store.postgres.schema import migrate, refuse_newer
from bot.store.postgres.transactions import ScriptRaised
from bot.store.sql import migrations

BATCH_LIMIT: Final = 64
# How long scripts are run again after a conflict or a lost connection. A channel waits for its answer meanwhile.
AGAIN_SECONDS: Final = 4.0
PAUSE_SECONDS: Final = 0.005
# How long the end of a transaction is asked for whose answer was lost. Everybody else waits meanwhile.
ASK_SECONDS: Final = 5.0


class PostgresStore(GatheringStore):
    """A `bot.store.Store` in one PostgreSQL database."""

    def __init__(self, url: str, ask_seconds: float) -> None:
        super().__init__()
        # One: a second would only wait for its turn.
        self._writers = Connections(url, 1)
        self._reader = Reader(url)
        self._keys = CommitKeys(url, ask_seconds)
        self._batches: dict[asyncio.Task[None], list[Job]] = {}
        self._dispatch: asyncio.Handle | None = None
        self._to_answer: deque[tuple[Job, Result]] = deque()
        self._answering: asyncio.Handle | None = None
        self._trouble = ""
        self._is_away = False

    @classmethod
    async def open(cls, url: str, *, ask_seconds: float = ASK_SECONDS) -> "PostgresStore":
        """Try the database that a URL names; `ask_seconds` is how long the end of a transaction is asked for.

        Raises CannotStart when it is newer than this program or refuses us, and StoreBusy when it is away.
        """
        store = cls(url, ask_seconds)
        try:
            refuse_newer(await store._reader.schema())
        except asyncpg.ClientConfigurationError as error:
            raise CannotStart(f"DATABASE_URL: {error}", Exit.SETTINGS) from error
        except REFUSED as error:
            raise CannotStart(f"DATABASE_URL: {error}") from error
        except ANY as error:
            raise StoreBusy(f"DATABASE_URL: no PostgreSQL answers ({busy(error)})") from error
        return store

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._reader.read(script, *args, **kwargs)

    def _is_waited_for(self) -> None:
        """Whoever calls in the same turn of the loop goes with the same batches."""
        if self._dispatch is None:
            self._dispatch = asyncio.get_running_loop().call_soon(self._depart)

    def _depart(self) -> None:
        """Begin a batch of what waits, unless one is under way; what rides goes before the rest."""
        if self._dispatch is not None:
            self._dispatch.cancel()
            self._dispatch = None
        if (self._waiting or self._has_riders) and not self._batches:
            batch = self._board(BATCH_LIMIT)
            task = asyncio.create_task(self._serve(batch))
            self._batches[task] = batch
            task.add_done_callback(self._arrived)

    def _arrived(self, task: "asyncio.Task[None]") -> None:
        batch = self._batches.pop(task)
        if (error := task.exception()) is not None:  # A fault of this program: nobody waits for ever because of it.
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        self._depart()

    async def _serve(self, batch: list[Job]) -> None:
        makes = [make for make, _ in batch]
        try:
            results = await self._run_batch(makes)
        except StoreBusy as error:
            self._note(error)
            results = [(None, error)] * len(batch)
        self._to_answer.extend(zip(batch, results, strict=True))
        if self._answering is None:
            self._answer_next()

    def _answer_next(self) -> None:
        """One caller in each turn of the loop: what each of them does then is done while the server works for the next
        batch, whose messages would otherwise wait behind all of it.
        """
        self._answering = None
        if self._to_answer:
            job, result = self._to_answer.popleft()
            self._answer((job,), (result,))
            self._answering = asyncio.get_running_loop().call_soon(self._answer_next)

    def _note(self, error: StoreBusy) -> None:
        self._trouble = str(error)
        if is_away(error):
            # Those who came meanwhile have waited as long: each batch of them would wait anew.
            self._is_away = True
            waiting, self._waiting = self._waiting, []
            self._answer(waiting, [(None, error)] * len(waiting))

    async def _run_batch(self, makes: list[Make]) -> list[Result]:
        """Run all in one transaction, or each in its own when one of several raises. Raises StoreBusy."""
        try:
            return await self._keep(makes)
        except ScriptRaised as error:
            if len(makes) == 1:
                return [(None, error.raised)]
        results: list[Result] = []
        for make in makes:
            try:
                results += await self._keep([make])
            except ScriptRaised as error:
                results.append((None, error.raised))
            except StoreBusy as error:
                self._note(error)
                if is_away(error):
                    return results + [(None, error)] * (len(makes) - len(results))
                results.append((None, error))
        return results

    async def _keep(self, makes: list[Make]) -> list[Result]:
        """Run scripts in one transaction until it is committed; of a database that is away, ask once.

        Raises ScriptRaised and StoreBusy.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + (0.0 if self._is_away else AGAIN_SECONDS)
        tries = 0
        while True:
            tries += 1
            try:
                return await self._try(makes)
            except (*CONFLICTS, *LOST) as error:
                if isinstance(error, asyncpg.QueryCanceledError) or loop.time() >= until:
                    raise busy(error) from error
            except asyncpg.PostgresError as error:
                raise busy(error) from error
            # Two that met shall not meet again.
            await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * min(2**tries, 64)))  # noqa: S311  # No secret.

    async def _try(self, makes: list[Make]) -> list[Result]:
        """One attempt. Raises ScriptRaised, and what asyncpg raises when nothing was kept."""
        key = self._keys.new()
        connection = await self._writers.take()
        is_good = False
        try:
            made = await transactions.attempt(connection, numbered_statements(), makes)
            await commit(connection, key, wrote=made.wrote)
            is_good = True
        except CommitUnknown:
            connection.terminate()
        except Exception as error:
            is_good = not leaves_the_connection_useless(error)
            raise
        finally:
            self._writers.give_back(connection, is_good=is_good)
        if not is_good and not await self._keys.was_kept(key):
            raise asyncpg.ConnectionDoesNotExistError("the connection was lost before the transaction was committed")
        self._is_away = False
        if made.wrote:
            self._trouble = ""
            await self._keys.forget_old()
        return made.results

    @property
    def trouble(self) -> str:
        return self._trouble

    async def migrate(self) -> list[str]:
        try:
            connection = await self._writers.take()
            try:
                return await migrate(connection)
            finally:
                self._writers.give_back(connection, is_good=True)
        except (*CONFLICTS, *LOST, asyncpg.LockNotAvailableError) as error:
            raise busy(error) from error
        except asyncpg.PostgresError as error:
            raise CannotStart(f"DATABASE_URL: the schema cannot be brought up to date ({error})") from error

    async def pending(self) -> list[str]:
        try:
            done = await self._reader.schema()
        except ANY as error:
            raise busy(error) from error
        return [name for number, name, _ in migrations("postgres") if number > done]

    async def aclose(self) -> None:
        self._depart()
        while self._batches:
            await asyncio.wait(self._batches)
        while self._to_answer:
            job, result = self._to_answer.popleft()
            self._answer((job,), (result,))
        await self._reader.aclose()
        await self._writers.aclose()
