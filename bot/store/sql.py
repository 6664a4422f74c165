"""Named statements and numbered migrations, read from their files.

The `.sql` files of the repositories hold blocks that begin with `-- name: some_name`. Migrations are `NNNN_words.sql`
and are applied in the order of their numbers.
"""

import re
from functools import cache
from importlib.resources import files


@cache
def statements() -> dict[str, str]:
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
        texts[name.strip()] = "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
    return texts


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """Every migration as (number, name, SQL), in order."""
    folder = files("bot.store") / "migrations"
    names = sorted(item.name for item in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", item.name))
    return tuple((int(name[:4]), name.removesuffix(".sql"), (folder / name).read_text("utf-8")) for name in names)
