"""The commands: `python -m bot [demo | doctor | migrate | backup | restore | move | simulator]`, and without a word:
serve.
"""

import argparse
import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from bot.errors import CannotStart, Exit, SettingsError, StoreBusy

T = TypeVar("T")

STATUSES = """\
exit status:
  0   done; of serve: stopped as asked, and what was in flight came home
  1   something that was looked at is not well
  2   the command line is wrong
  65  the database file is damaged, or newer than this program
  71  this machine does not give what is needed: a folder, a port, room on the disk
  73  the file that was to be made is there already
  75  busy: another process serves from the database or holds it locked
  78  a setting is missing, wrong or misspelt
  79  stopped before everything in flight had come home: a second signal, or it took too long
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit status, one of `Exit`."""
    return _one_line(lambda: _command(arguments))


def _command(arguments: list[str] | None) -> int:
    from bot.languages import DEFAULT, LANGUAGES

    parser = argparse.ArgumentParser(
        prog="taal",
        description="Buy Woyofal electricity and pay bills in a chat.",
        epilog=STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve Telegram, webhooks and workers in one process (the default)")
    demo = commands.add_parser("demo", help="a conversation in this terminal, with a simulated provider")
    demo.add_argument("--language", choices=LANGUAGES, default=DEFAULT, help="the language to begin in")
    demo.add_argument(
        "--as",
        dest="part",
        choices=("customer", "reseller", "admin"),
        help="who you are in it (default: a customer); beside another demonstration at a keyboard, you meet in it",
    )
    commands.add_parser("doctor", help="check settings, database, Telegram, provider and webhook")
    commands.add_parser("migrate", help="bring the database's schema up to date")
    copied = commands.add_parser("backup", help="copy the database while it is in use, and check the copy")
    copied.add_argument("to", type=Path, metavar="TO", help="a file that is not there yet, or a folder")
    back = commands.add_parser("restore", help="put a backup in the place of the database, which nobody may serve")
    back.add_argument("source", type=Path, metavar="FROM", help="a file that `backup` made")
    moved = commands.add_parser("move", help="carry everything over to another, empty database, and compare")
    moved.add_argument("--to", required=True, metavar="URL", help="where to, as in DATABASE_URL")
    simulator = commands.add_parser("simulator", help="a provider with moods, over HTTP")
    simulator.add_argument("--host", default="127.0.0.1")
    simulator.add_argument("--port", type=int, default=8090)
    simulator.add_argument("--pace", type=float, default=1.0, help="1 is lifelike, 0.1 ten times as fast")
    chosen = parser.parse_args(arguments)
    _end_on_sigterm()
    # Each command imports what it needs: the demo must start in about a second.
    match chosen.command:
        case "demo":
            from bot.demo import demo as play

            return _run(play(chosen.language, chosen.part))
        case "doctor":
            from bot.doctor import examine

            return _run(examine())
        case "migrate":
            return _one_line(_migrate)
        case "backup":
            return _one_line(lambda: _backup(chosen.to))
        case "restore":
            return _one_line(lambda: _restore(chosen.source))
        case "move":
            return _one_line(lambda: _move(chosen.to))
        case "simulator":
            from bot.app import simulate

            return _one_line(lambda: _run(simulate(chosen.host, chosen.port, chosen.pace)))
        case _:
            return _one_line(_serve)


def _end_on_sigterm() -> None:
    """Tidy up when SIGTERM comes before there is anything to bring home, and end even as the first process of a
    container, which the kernel lets ignore what it has no handler for. `serve` takes the signal over once it serves.
    """

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(Exit.CUT_SHORT)

    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _one_line(command: Callable[[], int]) -> int:
    """Run a command; what keeps it from starting is said in a line each, without a traceback."""
    try:
        return command()
    except SettingsError as error:
        return _refused(error, Exit.SETTINGS)
    except CannotStart as error:
        return _refused(error, error.status)
    except StoreBusy as error:
        return _refused(error, Exit.BUSY)


def _refused(error: Exception, status: Exit) -> int:
    print(error, file=sys.stderr)
    if status is Exit.SETTINGS:
        print("`python -m bot doctor` says more, `python -m bot demo` needs no settings.", file=sys.stderr)
    return status


def _serve() -> int:
    # What a start makes lives as long as the process; `app.serve` turns the collector on again.
    gc.disable()
    from bot import app, logs

    settings = app.load_settings(needs=("channel", "provider"))
    logs.configure(settings.log_level, secrets=settings.secrets)
    for words in app.noted_settings():
        logs.get_logger("app").warning("unknown setting", problem=words)
    _run(app.serve(settings))
    return Exit.WELL


def _migrate() -> int:
    from bot.app import load_settings, migrate

    applied = _run(migrate(load_settings()))
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return Exit.WELL


def _backup(to: Path) -> int:
    from bot.app import backup, load_settings

    settings = load_settings()
    if settings.is_shared:
        from bot.app.moving import backup_postgres

        file, contents = _run(backup_postgres(settings.database_url, to))
    else:
        file, contents = backup(settings, to)
    if contents.problems:
        print(f"no backup was made, the database is not well: {'; '.join(contents.problems)}", file=sys.stderr)
        return Exit.FAILED
    print(f"{file}: {contents}")
    return Exit.WELL


def _restore(source: Path) -> int:
    from bot.app import load_settings, restore

    settings = load_settings()
    before: Path | str | None
    if settings.is_shared:
        from bot.app.moving import restore_postgres

        contents, before = _run(restore_postgres(settings.database_url, source))
    else:
        contents, before = restore(settings, source)
    if contents.problems:
        print(f"nothing was restored, {source} is not well: {'; '.join(contents.problems)}", file=sys.stderr)
        return Exit.FAILED
    print(f"{settings.database_name}: {contents}")
    if before is not None:
        print(f"the database of before is kept as {before}")
    print("what happened after the backup is missing: read docs/operations.md, After a restore, before you serve")
    return Exit.WELL


def _move(to: str) -> int:
    from bot.app import load_settings
    from bot.app.moving import move, report
    from bot.settings.database_url import checked

    settings = load_settings()
    try:
        url = checked(to)
    except ValueError as error:
        raise CannotStart(f"--to {error}", Exit.USAGE) from None
    print(report(settings, url, _run(move(settings, url))))
    return Exit.WELL


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on the fastest loop there is."""
    try:
        import uvloop
    except ImportError:  # There is none for Windows.
        runner = asyncio.Runner()
    else:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with runner:
        return runner.run(work)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
