"""Telegram: what the Bot API says becomes inbounds, what we say becomes Bot API calls.

The thinking is pure and holds no connection: `parse` reads one update, `render` writes the calls for one outbound,
`answers` says what the Bot API's answer to a call means, `secret` derives and checks the webhook's secret token. What
touches the network is thin: `http` (one client, and python-telegram-bot's transport over it), `api` (one
call), `channel` (send), `commands` (commands and webhook, at start) and `poll` (getUpdates when there is no webhook).

Updates are read by our own structs and messages are posted as bytes that we rendered, because that is what an update
costs: python-telegram-bot serves the calls that are made at start, where its care for every parameter is worth more
than speed. The bot's token is a part of every URL, so no URL, and no exception that could quote one, leaves `http`.

This file imports nothing, so that the pure rooms load without the network's libraries.
"""
