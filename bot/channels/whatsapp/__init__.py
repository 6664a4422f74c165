"""WhatsApp: what the Cloud API says becomes inbounds and reports, what we say becomes messages of the Cloud API.

The thinking is pure and holds no connection: `parse` reads one webhook, `signature` proves where it comes from,
`webhook` joins the two; `style` and `render` write the messages for one outbound, `templates` those for a closed
window; `answers` says what an error means; `window` and `pace` know when a person may be written to. What touches the
network is thin: `http` (our HTTP client behind httpx's face), `api` (pywa, which sends) and `channel` (send).

Three things are particular to WhatsApp. A message that was taken may still fail: the truth comes later, as a status. A
person may be written to freely for 24 hours after they wrote; later only an approved template will do. And nothing that
was sent can be changed, so that what replaces a message is simply sent below it.

This file imports nothing, so that the pure rooms load without the network's libraries.
"""
