"""The store: what is remembered. One transaction is one *script*.

A script is a generator with no I/O of its own: it yields `(statement name, parameters)` and is sent the rows. It is
written once, reads top to bottom, and is tested without a database. A store runs it: everything the script asked is
kept, or nothing is. Statements are named SQL in the files of the repositories, one text for every store, parameters as
`:name`.

The contract, checked by one test over every store:

- `run(script, *args)` runs the script in one serializable transaction and answers with what it returned, after the
  commit is durable. Whatever the script raises undoes the script alone and is raised to the caller.
- `ride(script, *args)` is for what is in no hurry: the same, but the script shares a transaction that is begun for
  another one within a moment, and runs before whatever came later. `ride_each(script, item)` is for many of one kind:
  one run of the script is given all the items that wait then, and answers for each of them.
- `read(script, *args)` is for a script that only reads and may take long. It sees one state of the database, that after
  the last commit or a later one, and nobody's transaction waits for it. A statement of it that writes raises; one that
  takes far too long is broken off and raises StoreBusy.
- `StoreBusy` is raised when the database is locked, full, read-only or away; nothing was kept; run it again later. Over
  a network the answer to a commit can be lost and the database stay away: then it says that nobody knows, and whoever
  runs the script again relies on the key of what it writes (an update, an order, a version, a transfer).
- What is wrong with one statement (a key that is there already) is raised inside the script, where it was yielded.
- `StoreConflict` raised by a script makes the store run it again, a few times.
- A script may be run more than once for one call, so it must not touch anything but its statements.

Over a network each statement is a message there and back, while everybody else waits. So a script says what it knows:
it yields `Asks` for several statements of which none depends on another's answer or effect (`bot.store.together` makes
them of scripts), and `Each` for one statement with many values. A store may send these in one message; the answers are
the same as if they had been asked one after another, but that what is wrong with one is raised for all.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Item = TypeVar("Item")
P = ParamSpec("P")


class Row(Protocol):
    """A row of an answer; its columns are read by name, or all together: it yields their values in the order of its
    `keys`.
    """

    def __getitem__(self, column: str, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...  # A column may hold any value.

    def keys(self) -> Iterable[str]: ...


Rows: TypeAlias = Sequence[Row]
Parameters: TypeAlias = Mapping[str, "str | int | None"]
Ask: TypeAlias = tuple[str, Parameters]


class Each:
    """One statement for each of many values, in their order; its answer is the rows of all, one after another."""

    __slots__ = ("name", "values")

    def __init__(self, name: str, values: Sequence[Parameters]) -> None:
        self.name = name
        self.values = values


class Asks:
    """Several asks that do not depend on each other. The script is sent nothing; a store puts the rows of each into
    `answers`, in the order of the asks.
    """

    __slots__ = ("answers", "asks")

    def __init__(self, asks: Sequence[Ask | Each]) -> None:
        self.asks = asks
        self.answers: Sequence[Rows] = ()


Script: TypeAlias = Generator[Ask | Asks | Each, Rows, T]


class Pending(Protocol[T_co]):
    """An answer that is on its way, as a future holds it."""

    def __await__(self) -> Generator[Any, None, T_co]: ...  # What an event loop is told is its own affair.

    def add_done_callback(self, done: Callable[[Any], object], /) -> None: ...  # Called with this.

    def done(self) -> bool: ...

    def cancelled(self) -> bool: ...

    def exception(self) -> BaseException | None: ...

    def result(self) -> T_co: ...


class ReadingStore(Protocol):
    """What is enough for whoever only reads."""

    async def read(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a script that only reads beside the transactions. Raises StoreBusy, and whatever the script raises."""
        ...


class Store(ReadingStore, Protocol):
    """A durable store. Safe for concurrent use within one process."""

    async def run(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a script as one transaction; see the module for what is promised."""
        ...

    def ride(self, script: Callable[P, Script[T]], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        """Run a script soon, with the next transaction; StoreConflict is the caller's to handle."""
        ...

    def ride_each(self, script: Callable[[Sequence[Item]], Script[Sequence[T]]], item: Item, /) -> Pending[T]:
        """The same for one of many items: the script answers for each that it is given, in their order."""
        ...

    async def migrate(self) -> list[str]:
        """Bring the schema up to date under a lock and name the migrations that were applied.

        Raises CannotStart when that cannot be done, or when a newer program has changed the schema already.
        """
        ...

    async def pending(self) -> list[str]:
        """The migrations that have not been applied yet."""
        ...

    @property
    def trouble(self) -> str:
        """Why the last write that was tried was not kept; empty when it was, or when none was tried. Costs nothing."""
        ...

    async def aclose(self) -> None:
        """Finish what waits and close."""
        ...
