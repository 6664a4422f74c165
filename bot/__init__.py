"""Taal: buy prepaid electricity and pay bills in a chat."""

__version__ = "0.1.0"
