"""Named statements and numbered migrations, read from their files.

The `.sql` files of the repositories hold blocks that begin with `-- name: some_name`. Migrations are `NNNN_words.sql`
and are applied in the order of their numbers.

One text serves every database. Where there can be none, `-- only sqlite:` and `-- only postgres:` begin what is for one
of them alone, up to the next such line, `-- all:` or the next name.
"""

import re
from functools import cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

Dialect: TypeAlias = Literal["sqlite", "postgres"]

_SECTION: Final = re.compile(r"-- (?:only (sqlite|postgres)|all):\s*")


def spoken(dialect: Dialect, text: str) -> str:
    """What of a text is for a database of this kind."""
    lines, is_ours = [], True
    for line in text.splitlines():
        section = _SECTION.fullmatch(line)
        if section is not None:
            is_ours = section[1] in (None, dialect)
        elif is_ours:
            lines.append(line)
    return "\n".join(lines)


@cache
def statements(dialect: Dialect = "sqlite") -> dict[str, str]:
    """Every named statement; raises ValueError when a name stands twice."""
    folder = files("bot.repositories")
    text = "\n".join(
        item.read_text("utf-8") for item in sorted(folder.iterdir(), key=str) if item.name.endswith(".sql")
    )
    texts: dict[str, str] = {}
    for block in re.split(r"^-- name:", text, flags=re.MULTILINE)[1:]:
        name, _, body = block.partition("\n")
        if name.strip() in texts:
            raise ValueError(f"statement {name.strip()} stands twice")
        # Comments are for the reader; the driver's statement cache is keyed by the text that is left.
        lines = (line for line in spoken(dialect, body).splitlines() if not line.startswith("--"))
        texts[name.strip()] = "\n".join(lines).strip()
    return texts


@cache
def migrations(dialect: Dialect = "sqlite") -> tuple[tuple[int, str, str], ...]:
    """Every migration as (number, name, SQL), in order."""
    folder = files("bot.store") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", item.name))
    return tuple(
        (int(name[:4]), name.removesuffix(".sql"), spoken(dialect, (folder / name).read_text("utf-8")))
        for name in names
    )
