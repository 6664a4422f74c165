"""The engine: hear an event, let the dialogue decide inside one transaction, act after the commit."""

from bot.engine.engine import Engine, HandlingFailed, fresh_id

__all__ = ["Engine", "HandlingFailed", "fresh_id"]
