"""The app: the only place that knows which adapter is plugged in. It builds the rooms, starts and stops them.

Theory of operation. `Taal` is one running bot: a store, a gateway, channels, and the three workers between them
(engine, outbox, settlement). `serve` puts a web server and what polls around it. One process serves everything in one
loop.

Starting: the database is brought up to date; a process that finds itself alone with its SQLite file (it holds a lock on
it) takes over every lease that a dead one left, and of several over a PostgreSQL the living do (`bot.replicas`).
Stopping: SIGTERM ends the intake first, then what is in flight is given a few seconds to come home; whatever does not
is left in the database for the next start, where nothing is lost. The whole of it is bounded, and a second signal ends
it at once (`stopping`).
"""

from bot.app.adapters import channels_of, demo_shop, gateway_of, open_store, shop_of, sole_user
from bot.app.backup import backup, restore
from bot.app.channels import load_settings, noted_settings
from bot.app.checks import (
    advances_words,
    check_channels,
    check_collecting,
    check_folder,
    check_port,
    check_provider,
    count_owners,
    ledger_of,
    readable_by_others,
    wrong_balances,
)
from bot.app.demonstration import DEMO_ADDRESS, Demonstration, Part
from bot.app.running import Taal, assemble, wall_clock
from bot.app.secret_key import secret_key_of
from bot.app.serving import migrate, serve, simulate

__all__ = [
    "DEMO_ADDRESS",
    "Demonstration",
    "Part",
    "Taal",
    "advances_words",
    "assemble",
    "backup",
    "channels_of",
    "check_channels",
    "check_collecting",
    "check_folder",
    "check_port",
    "check_provider",
    "count_owners",
    "demo_shop",
    "gateway_of",
    "ledger_of",
    "load_settings",
    "migrate",
    "noted_settings",
    "open_store",
    "readable_by_others",
    "restore",
    "secret_key_of",
    "serve",
    "shop_of",
    "simulate",
    "sole_user",
    "wall_clock",
    "wrong_balances",
]
