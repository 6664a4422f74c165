"""Figures for people: sales and orders, counted and summed. Pure."""

from collections.abc import Callable
from typing import Any, Final

from bot.dialogue.effects import Effect
from bot.dialogue.looks import Look
from bot.store import Script
from bot.store.scripts.desk import Desk
from bot.store.scripts.doing import Doing

ANSWERS: Final[dict[type[Look], Callable[[Any, str, Desk], Script[Any]]]] = {}
DEEDS: Final[dict[type[Effect], Callable[[Doing, Any], Script[None]]]] = {}
