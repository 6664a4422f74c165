"""Everything that the operator may set, read once from the environment and from a `.env` file.

The environment wins over the file, and an empty value counts as none. Every problem is found before anything is said:
`load` raises one SettingsError that names each variable and what it should hold, never what a secret holds, and each
that is misspelt (`bot.spelling` says which). Secrets are `SecretStr`, so that no repr, log or traceback shows one.

This room stands above the rooms that it fills and below `app`, which hands their parts to them: it has to know what a
fee and an address are, and nobody but `app` and the commands around it may ask it for anything.

`model` is all that can be set, `prices` the same for each service, `values` how a value is written, `database_url` how
the database's address is; `loading` reads it.
"""

from bot.settings.loading import Need, load, noted, variables
from bot.settings.model import Settings
from bot.settings.values import SECRET_KEY_MINIMUM_CHARACTERS

__all__ = ["SECRET_KEY_MINIMUM_CHARACTERS", "Need", "Settings", "load", "noted", "variables"]
