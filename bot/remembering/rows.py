"""Rows into values and back. Pure."""
