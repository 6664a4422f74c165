"""The commands: `python -m bot [demo | doctor | migrate | simulator]`, and without a word: serve."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit status: 0 well, 1 something is wrong, 2 it was asked wrongly."""
    parser = argparse.ArgumentParser(prog="taal", description="Buy Woyofal electricity and pay bills in a chat.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve Telegram, webhooks and workers in one process (the default)")
    demo = commands.add_parser("demo", help="a conversation in this terminal, with a simulated provider")
    demo.add_argument("--language", choices=("fr", "en"), default="fr", help="the language to begin in")
    demo.add_argument(
        "--as",
        dest="part",
        choices=("customer", "reseller", "admin"),
        default="customer",
        help="who you are in it (default: a customer)",
    )
    commands.add_parser("doctor", help="check settings, database, Telegram, provider and webhook")
    commands.add_parser("migrate", help="bring the database's schema up to date")
    simulator = commands.add_parser("simulator", help="a provider with moods, over HTTP")
    simulator.add_argument("--host", default="127.0.0.1")
    simulator.add_argument("--port", type=int, default=8090)
    simulator.add_argument("--pace", type=float, default=1.0, help="1 is lifelike, 0.1 ten times as fast")
    chosen = parser.parse_args(arguments)
    # Each command imports what it needs: the demo must start in about a second.
    match chosen.command:
        case "demo":
            from bot.demo import demo as play

            return _run(play(chosen.language, chosen.part))
        case "doctor":
            from bot.doctor import examine

            return _run(examine())
        case "migrate":
            return _migrate()
        case "simulator":
            from bot.app import simulate

            return _run(simulate(chosen.host, chosen.port, chosen.pace))
        case _:
            return _serve()


def _serve() -> int:
    from bot import app, logs
    from bot.errors import SettingsError, StoreBusy
    from bot.settings import load

    try:
        settings = load(needs=("channel", "provider"))
        logs.configure(settings.log_level, secrets=settings.secrets)
        _run(app.serve(settings))
    except (SettingsError, StoreBusy) as error:
        print(error, file=sys.stderr)
        print("`python -m bot doctor` says more, `python -m bot demo` needs no settings.", file=sys.stderr)
        return 1
    return 0


def _migrate() -> int:
    from bot.app import migrate
    from bot.errors import SettingsError, StoreBusy
    from bot.settings import load

    try:
        applied = _run(migrate(load()))
    except (SettingsError, StoreBusy) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


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
