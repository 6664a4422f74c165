"""Scripts side by side, and scripts one statement after another.

`together` runs scripts that have nothing to do with each other in step: what each of them asks next is asked in one
message, where the store sends messages. They must not catch what is wrong with a statement, for it is raised for all.
`in_turn` is for who sends no messages: it makes of any script one that asks a single statement at a time.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeAlias, TypeVar, overload

from bot.store import Ask, Asks, Each, Row, Rows, Script, T

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

InTurn: TypeAlias = Generator[Ask, Rows, T]


@overload
def together(first: Script[A], second: Script[B], /) -> Script[tuple[A, B]]: ...


@overload
def together(first: Script[A], second: Script[B], third: Script[C], /) -> Script[tuple[A, B, C]]: ...


@overload
def together(
    first: Script[A], second: Script[B], third: Script[C], fourth: Script[D], /
) -> Script[tuple[A, B, C, D]]: ...


def together(*scripts: Script[Any]) -> Script[tuple[Any, ...]]:
    """What each script returns. What one of them raises ends them all."""
    # This is on the way of every word that anybody says: it is written to be quick.
    returned: list[Any] = [None] * len(scripts)
    running, answers = list(range(len(scripts))), [None] * len(scripts)
    try:
        while running:
            going, asked = [], []
            for at, rows in zip(running, answers, strict=True):
                try:
                    asked.append(scripts[at].send(rows))  # type: ignore[arg-type]  # None begins it.
                    going.append(at)
                except StopIteration as stop:
                    returned[at] = stop.value
            running = going
            if len(asked) > 1:
                answers = yield from _ask(asked)  # type: ignore[assignment]
            elif asked:
                answers = [(yield asked[0])]  # type: ignore[list-item]
    finally:
        for script in scripts:
            script.close()
    return tuple(returned)


def _ask(asked: Sequence[Ask | Asks | Each]) -> Script[Sequence[Rows]]:
    """The answers of what several scripts ask now."""
    if not any(isinstance(one, Asks) for one in asked):
        alone = Asks(asked)  # type: ignore[arg-type]
        yield alone
        return alone.answers
    whole = Asks([ask for one in asked for ask in (one.asks if isinstance(one, Asks) else (one,))])
    yield whole
    found = iter(whole.answers)
    answers: list[Rows] = []
    for one in asked:
        if isinstance(one, Asks):
            one.answers = [next(found) for _ in one.asks]
            answers.append(())
        else:
            answers.append(next(found))
    return answers


def in_turn(script: Script[T]) -> InTurn[T]:
    """The same script, asking one statement after another."""
    return relayed(script, _one_by_one)


def relayed(
    script: Script[T], answer: Callable[[Ask | Asks | Each], Generator[A, Rows, Rows]]
) -> Generator[A, Rows, T]:
    """A script whose every ask is answered by what `answer` returns for it; what that raises is raised where the script
    asked.
    """
    try:
        asked = next(script)
        while True:
            try:
                rows = yield from answer(asked)
            except Exception as error:
                # A script may know what to do about its own statement.
                asked = script.throw(error)
            else:
                asked = script.send(rows)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        script.close()


def _one_by_one(asked: Ask | Asks | Each) -> InTurn[Rows]:
    if isinstance(asked, Each):
        rows: list[Row] = []
        for parameters in asked.values:
            rows += yield asked.name, parameters
        return rows
    if isinstance(asked, Asks):
        answers: list[Rows] = []
        for ask in asked.asks:
            answers.append((yield from _one_by_one(ask)))
        asked.answers = answers
        return ()
    return (yield asked)


def nothing() -> Script[None]:
    """A script that asks nothing."""
    yield from ()
