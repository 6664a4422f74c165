"""The demonstration's payment page: on this machine alone, for whoever has its address, and once."""

import contextlib
import io
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest

from bot.app import Demonstration
from bot.i18n import NBSP
from tests.demo_process import LINK, TO_THE_LINK, Keyboard
from tests.running import ROOT, eventually

pytestmark = pytest.mark.anyio


class Played:
    """The demonstration in this process: what is printed, and a browser."""

    def __init__(self, show: Demonstration, browser: httpx.AsyncClient, out: io.StringIO) -> None:
        self.show = show
        self.browser = browser
        self._out = out

    @property
    def printed(self) -> str:
        return self._out.getvalue().replace(NBSP, " ")

    async def reads(self, words: str) -> None:
        await eventually(lambda: words in self.printed, lambda: f"{words!r} in:\n{self.printed}")

    async def link(self) -> str:
        for line, answer in TO_THE_LINK.items():
            await self.show.say(line)
            await self.reads(answer)
        await eventually(lambda: LINK.search(self.printed), lambda: f"a link in:\n{self.printed}")
        return str(LINK.findall(self.printed)[-1])


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        show = await Demonstration.open("fr", 0)
    show.by_hand = True
    async with httpx.AsyncClient() as browser:
        yield Played(show, browser, out)
    await show.close()


async def test_who_has_the_address_pays_once(played: Played):
    link = await played.link()
    page = await played.browser.get(link)
    assert page.status_code == 200
    assert "2\u00a0050\u00a0F\u00a0CFA" in page.text
    assert re.findall('name="choice" value="(.*?)"', page.text) == ["pay", "refuse", "cancel"]
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "aucun paiement" not in played.printed
    answer = await played.browser.post(link, data={"choice": "pay"})
    assert (answer.status_code, answer.headers["location"]) == (303, urlsplit(link).path)
    again = await played.browser.post(link, data={"choice": "pay"}, follow_redirects=True)
    assert "C’est payé" in again.text
    assert "<form" not in again.text
    (back,) = re.findall('<a class="button" href="(.*?)"', again.text)
    assert (await played.browser.get(back, headers={"accept-language": "en"})).text.count("Thank you") == 2
    await played.reads("2 050 F CFA reçus par Wave, merci")
    await played.reads("Voici votre code Woyofal")
    assert "deux fois" not in played.printed


async def test_who_has_it_not_pays_nothing(played: Played):
    link = await played.link()
    root, _, id_, proof = link.rsplit("/", 3)
    other = "0" * len(proof)
    wrong = [f"{root}/pay/{id_}", f"{root}/pay/{id_}/", f"{root}/pay/{id_}/{other}", f"{link}0", link[:-1]]
    wrong += [f"{root}/pay/{id_}/é", f"{root}/pay//{proof}", f"{link}/"]
    # Nor is anything else of the simulator or of the bot to be had there.
    wrong += [f"{root}{path}" for path in ("/", "/_sim/audit", "/api/v1/transaction/init", "/metrics", "/readyz")]
    for address in wrong:
        for answer in (
            await played.browser.get(address),
            await played.browser.post(address, data={"choice": "pay"}),
        ):
            assert answer.status_code == 404, address
            assert "2\u00a0050" not in answer.text
            assert proof not in answer.text
    assert (await played.browser.post(link, content=b"choice=pay" + b"y" * 5000)).status_code == 413
    for nonsense in (b"", b"choice=", b"choice=paid", b"\xff\x00"):
        assert (await played.browser.post(link, content=nonsense)).status_code == 303
    assert 'value="pay"' in (await played.browser.get(f"{link}?choice=pay")).text
    assert await played.show.awaited() == 0, "it waits for the payer, and for nothing else"


async def test_only_this_machine_reaches_it(played: Played):
    address = urlsplit(await played.link())
    assert address.hostname == "127.0.0.1"
    (bound,) = played.show._page._sockets  # type: ignore[union-attr]  # a customer's
    assert bound.getsockname()[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", address.port or 0), 5):
        pass


async def test_two_demonstrations_have_other_addresses():
    """Of the same collection as well: its proof is of a key that lives as long as the demonstration."""
    shows = [await Demonstration.open("fr", 0) for _ in range(2)]
    keys = {show._payer.collecting._page_key for show in shows if show._payer is not None}
    assert len(keys) == 2
    for show in shows:
        await show.close()


async def test_words_stand_for_the_page(played: Played):
    await played.show.say("/pay")
    assert "aucun paiement n’est attendu" in played.printed
    await played.link()
    assert "ouvrez ce lien dans votre navigateur, ou tapez /pay" in played.printed
    await played.show.say("/REFUSER")
    await played.reads("n’a pas abouti")
    await played.show.say("/pay")
    assert played.printed.count("aucun paiement n’est attendu") == 2


async def test_somebody_at_a_keyboard_pays_by_hand():
    async with Keyboard("--language", "en") as demo:
        link = await demo.to_the_link()
        assert "open this link in your browser, or type /pay" in demo.printed
        async with httpx.AsyncClient() as browser:
            answer = await browser.post(link, data={"choice": "refuse"}, follow_redirects=True)
        assert "Payment refused" in answer.text
        await demo.reads("did not go through")


def test_without_a_keyboard_it_plays_from_hello_to_the_code():
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    start, *_, wave, pay, code, history = re.split(r"(?m)^› ", ran.stdout.replace(NBSP, " "))[1:]
    assert start.startswith("/start\n")
    assert LINK.search(wave)
    assert pay.startswith("/pay\n✅ 2 050 F CFA reçus par Wave, merci")
    assert "Voici votre code Woyofal" in pay
    assert re.search(r"\d{4}( \d{4}){4}", code)
    assert "réussi" in history
    assert ran.stderr == ""
