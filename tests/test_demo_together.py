"""Demonstrations that see each other: a customer's, and an admin's or a reseller's in the terminal beside it."""

import asyncio
import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app.demo_meeting import Meeting
from tests.demo_process import Keyboard

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder() -> Iterator[str]:
    """A short one: the path of a socket has an end."""
    with tempfile.TemporaryDirectory(prefix="demo") as made:
        yield made


async def test_what_an_admin_credits_a_customer_buys_with_and_both_write_to_each_other(folder: str):
    async with Keyboard(folder=folder) as customer:
        await customer.reads("/start")
        place = Path(folder, "taal-demo")
        async with Keyboard("--as", "admin", folder=folder) as admin:
            await admin.reads("vous êtes terminal:admin (admin) dans celle d’à côté, avec terminal:demo (client)")
            assert place.stat().st_mode & 0o777 == 0o700
            await customer.reads("terminal:admin (admin) est là")
            customer.types("/start")
            await customer.reads("[1]")
            # Credit → purchase.
            admin.types("/credit terminal:demo 5000 essai")
            await admin.reads("Créditer 5 000 F CFA à terminal:demo")
            await admin.reads("[1]")
            admin.types("1")
            await customer.reads("5 000 F CFA")
            customer.types("w 14123456789 2000")
            await customer.reads("2 050 F")
            customer.types("oui")
            await customer.reads("Voici votre code Woyofal")
            # Somebody to talk to, at whatever hour this runs.
            customer.types("/contact")
            await customer.reads("N’écrivez jamais votre PIN")
            customer.types("le compteur refuse")
            await customer.reads("C’est transmis")
            admin.types("/answer 1 je regarde")
            await customer.reads("Une personne vous répond :\nje regarde")
            # Each has a conversation of their own.
            assert "/credit" not in customer.printed
            assert "Voici votre code" not in admin.printed
            admin.types("/quit")
            assert await admin.ended() == 0
        await customer.reads("terminal:admin (admin) est parti")
        customer.types("/quit")
        assert await customer.ended() == 0
        assert not place.exists(), "nothing stays behind"


async def test_a_second_admin_approves_and_whoever_is_first_takes_all_others_along(folder: str):
    async with Keyboard("--as", "admin", "--language", "en", folder=folder) as first:
        await first.reads("/start")
        async with (
            Keyboard("--as", "admin", "--language", "en", folder=folder) as second,
            Keyboard("--as", "reseller", "--language", "en", folder=folder) as reseller,
        ):
            await second.reads("you are terminal:admin (admin)")
            await reseller.reads("you are terminal:reseller (reseller)")
            for each in (second, reseller):
                each.types("/start")
                await each.reads("[1]")
            first.types("/credit terminal:reseller 150000 a try")
            await first.reads("[1]")
            first.types("1")
            await second.reads("/approve")
            assert "150,000" not in reseller.printed
            second.types(re.findall(r"/approve \w+", second.printed)[-1])
            await reseller.reads("150,000 F")
            first.types("/quit")
            assert await first.ended() == 0
            for each in (second, reseller):
                await each.reads("The demonstration beside is over")
                assert await each.ended() == 0


async def test_whoever_names_no_part_is_alone_and_a_dead_one_is_taken_over(folder: str):
    async with Keyboard(folder=folder) as dead:
        await dead.reads("/start")
        async with Keyboard(folder=folder) as alone:
            await alone.reads("/start")
            assert "à côté" not in alone.printed
        dead.kill()
        await dead.ended()
    assert Path(folder, "taal-demo", "socket").exists(), "it was killed"
    async with Keyboard("--as", "admin", folder=folder) as admin:
        await admin.reads("/start")
        async with Keyboard("--as", "customer", folder=folder) as customer:
            await customer.reads("vous êtes terminal:customer (client) dans celle d’à côté, avec terminal:demo (admin)")
            customer.types("/start")
            await customer.reads("[1]")


async def test_whoever_is_no_demonstration_disturbs_nobody(folder: str):
    async with Keyboard(folder=folder) as customer:
        await customer.reads("/start")
        for said in (b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b'{"part":"owner","language":"fr"}\n', b"x" * 2_000_000):
            reader, writer = await asyncio.open_unix_connection(f"{folder}/taal-demo/socket")
            writer.write(said)
            writer.write_eof()
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
        customer.types("/start")
        await customer.reads("[1]")
        assert "est là" not in customer.printed


@pytest.mark.parametrize("laid", ["others may look", "somebody else's", "a link", "a file"])
def test_nobody_meets_where_somebody_else_may_come(laid: str, folder: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
    place = Path(folder, "taal-demo")
    if laid == "a link":
        Path(folder, "theirs").mkdir(0o700)
        place.symlink_to("theirs")
    elif laid == "a file":
        place.write_text("")
    else:
        place.mkdir(0o700)
        if laid == "others may look":
            place.chmod(0o750)
        else:
            monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert Meeting.enter() is None


def test_where_no_folder_can_be_made_one_is_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/nowhere")
    assert Meeting.enter() is None
