"""The bench: what a dialogue costs, how long a person waits, and what three kills under load leave behind.

The bot runs as it does in production, as a process of its own with its database on disk, alone on one core. Telegram,
WhatsApp, the provider and all the customers live in this process, on the other cores; they are lean, so that it is the
bot that is measured, with one channel after the other. Everything goes over loopback.
`python -m bench --help` names the options.
"""
