"""Puts the languages into the wheel: each `locales/**/*.po` with the `.mo` made from it, and the lists beside them
(`*.toml`), as `bot/locales/...`.

The compiled files are made while the wheel is built and kept nowhere else, so that they cannot be stale; from a
checkout the program reads the `.po` files themselves.
"""

import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface):  # type: ignore[type-arg]  # Its parameter is of no use to a hook.
    """Hatchling's `custom` build hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the catalogs; an editable install (`version` is then "editable") reads the sources instead."""
        if version == "editable":
            return
        locales = Path(self.root) / "locales"
        self._compiled = tempfile.TemporaryDirectory(prefix="taal-locales-")
        for source in sorted(locales.rglob("*.po")):
            target = Path(self._compiled.name) / source.relative_to(locales).with_suffix(".mo")
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as words, target.open("wb") as compiled:
                write_mo(compiled, read_po(words, locale=None, abort_invalid=True))
            for path, base in ((source, locales), (target, Path(self._compiled.name))):
                build_data["force_include"][str(path)] = f"bot/locales/{path.relative_to(base).as_posix()}"

        for listed in sorted(locales.rglob("*.toml")):
            build_data["force_include"][str(listed)] = f"bot/locales/{listed.relative_to(locales).as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Let the compiled files go."""
        if version != "editable":
            self._compiled.cleanup()
