"""What a reseller finds on top of the main menu. Pure."""

from bot.dialogue.here import Here, Rows


def reseller_rows(here: Here) -> Rows:
    """His rows of the main menu; none for anybody else."""
    if here.speaker.reseller is None:
        return ()
    return (
        (here.link("menu.clients", "clients"), here.link("menu.batch", "batch")),
        (here.link("menu.day", "day"),),
    )
