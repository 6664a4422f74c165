"""What is not everybody's: the commands and the buttons of resellers and admins, gathered from their rooms. Pure.

An act or a command that somebody may not use is to him one that does not exist.
"""

from typing import Final

from bot.dialogue.admin import table as admin
from bot.dialogue.permissions import Command
from bot.dialogue.reseller import table as reseller

RESTRICTED: Final[dict[str, Command]] = {**reseller.RESTRICTED, **admin.RESTRICTED}
COMMANDS: Final[dict[str, Command]] = {**reseller.COMMANDS, **admin.COMMANDS}
