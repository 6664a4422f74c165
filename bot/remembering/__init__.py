"""The scripts: what is remembered together, one transaction each. Pure: no I/O, no clock, no randomness."""
