"""The terminal: a conversation on one screen, or through a pipe.

Messages are printed with their buttons as numbered lines; a button is pressed by typing its number or its label, which
the dialogue understands by itself. So a line is a plain Text, and the terminal keeps only two words for itself:
`/quit`, and `/file PATH`, which sends a file. A file that comes is written into a folder, and the screen says where. On
a tty the texts have style and width; elsewhere they are bare, line for line, for another program to read.

`channel` prints, `render` says what; `lines` reads, and says what a line means.
"""

from bot.channels.terminal.channel import TerminalChannel
from bot.channels.terminal.lines import inbound_of

__all__ = ["TerminalChannel", "inbound_of"]
