"""What admins have changed of the shop. Pure."""

from bot.store import Script


def set_rule(name: str, value: str | None) -> Script[None]:
    """Change one of the shop's rules (`shop.under_rules` knows their names); None: as the settings say."""
    if value is None:
        yield "rule_drop", {"name": name}
    else:
        yield "rule_set", {"name": name, "value": value}


def rules_now() -> Script[tuple[tuple[str, str], ...]]:
    """What admins have changed, by name."""
    return tuple((str(row["name"]), str(row["value"])) for row in (yield "rules", {}))
