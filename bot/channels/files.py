"""Names of files, made harmless once for every channel. Pure.

A name may hold what a person wrote. It goes into the head of a form, onto a screen and into a folder, and must end
nothing, move nothing and lead nowhere. Its end stays, because that says what kind of file it is.
"""

import re

MAX_FILE_NAME_CHARACTERS = 120

_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f/\\"]')


def file_name(name: str) -> str:
    """`name` without signs that a form, a screen or a path gives a meaning to; never empty."""
    return _NOT_IN_A_NAME.sub("_", name)[-MAX_FILE_NAME_CHARACTERS:].lstrip(".") or "file"
