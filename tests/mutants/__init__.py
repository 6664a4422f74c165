"""Bugs that are planted on purpose, one at a time, to see that somebody notices: the simulation or a test."""
