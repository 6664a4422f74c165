"""The terminal channel: what it prints, and reading lines from whatever stands at the other end."""

import asyncio
import io
import os
import pty
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.terminal import TerminalChannel, inbound_of
from bot.domain.inbound import Document, Inbound, Text
from bot.domain.outbound import Choice, Copy, File, Outbound, SendRefused, Sent
from bot.domain.people import Address

pytestmark = pytest.mark.anyio

ME = Address("terminal", "local")
CODE = Outbound(
    "<b>Votre code</b>\n<code>1234 5678</code>",
    ((Choice("Menu", "m"), Copy("Copier", "12345678")), (Choice("Aide", "h"),)),
)


class Screen(io.StringIO):
    """Output that claims to be a tty."""

    def isatty(self) -> bool:
        return True


class Silent(io.StringIO):
    """Output whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


async def listen(channel: TerminalChannel, descriptor: int) -> list[str]:
    async with asyncio.timeout(10):
        return [line async for line in channel.lines(descriptor)]


class Pipe:
    """A pipe whose ends are closed once: a number that was closed soon names something else."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        self._open = {self.reader, self._writer}

    def write(self, data: bytes) -> None:
        os.write(self._writer, data)

    def end(self) -> None:
        self._close(self._writer)

    def close(self) -> None:
        for descriptor in (self._writer, self.reader):
            self._close(descriptor)

    def _close(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._open.remove(descriptor)
            os.close(descriptor)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


async def test_through_a_pipe_it_is_bare_and_numbers_what_can_be_chosen():
    out = io.StringIO()
    assert await TerminalChannel(out).send(ME, CODE) == Sent()
    assert out.getvalue() == "Votre code\n1234 5678\n[1] Menu\n[copy] Copier: 12345678\n[2] Aide\n\n"


async def test_on_a_screen_it_has_style():
    out = Screen()
    assert await TerminalChannel(out).send(ME, CODE) == Sent()
    shown = out.getvalue()
    assert "\x1b[1mVotre code\x1b[0m" in shown
    assert "1234 5678" in shown
    assert "[1] Menu" in shown


async def test_on_a_screen_lines_end_at_80():
    out = Screen()
    await TerminalChannel(out).send(ME, Outbound("mot " * 100))
    assert max(len(line) for line in out.getvalue().splitlines()) <= 80


async def test_nobody_can_move_the_cursor_by_their_name():
    evil = Outbound("Titulaire : \x1b]0;pwned\x07Fall\r\x9b2J", ((Choice("a\x1b[2Jb", "x"),),))
    for out in (io.StringIO(), Screen()):
        await TerminalChannel(out).send(ME, evil)
        assert "pwnedFall2J" in out.getvalue()
        assert "\x1b]" not in out.getvalue()
        assert "\x1b[2J" not in out.getvalue()
        assert "\r" not in out.getvalue()


async def test_nobody_at_the_other_end_is_a_value():
    assert await TerminalChannel(Silent()).send(ME, CODE) == SendRefused("BrokenPipeError", unreachable=True)


async def test_lines_of_a_pipe_are_trimmed_echoed_and_end(pipe: Pipe):
    out = io.StringIO()
    pipe.write("/start\n\n  Woyofal 14 1234 \r\né".encode()[:-1])
    pipe.write("é".encode()[1:] + b" \xff")
    pipe.end()
    assert await listen(TerminalChannel(out), pipe.reader) == ["/start", "Woyofal 14 1234", "é \ufffd"]
    assert out.getvalue() == "› /start\n› Woyofal 14 1234\n› é \ufffd\n"


async def test_a_line_comes_while_the_pipe_stays_open(pipe: Pipe):
    lines = TerminalChannel(io.StringIO()).lines(pipe.reader)
    pipe.write(b"un\n")
    assert await asyncio.wait_for(anext(lines), 5) == "un"
    pipe.write(b"deux\n")
    assert await asyncio.wait_for(anext(lines), 5) == "deux"
    pipe.end()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(lines), 5)


@pytest.mark.parametrize("word", ["/quit", "/QUIT", "/exit"])
async def test_quit_ends(pipe: Pipe, word: str):
    pipe.write(f"bonjour\n{word}\nencore\n".encode())
    pipe.end()
    assert await listen(TerminalChannel(io.StringIO()), pipe.reader) == ["bonjour"]


async def test_lines_of_a_file_and_of_nothing(tmp_path: Path):
    file = tmp_path / "lines"
    file.write_text("un\ndeux")
    for path, expected in ((str(file), ["un", "deux"]), (os.devnull, [])):
        descriptor = os.open(path, os.O_RDONLY)
        assert await listen(TerminalChannel(io.StringIO()), descriptor) == expected
        os.close(descriptor)


async def test_a_descriptor_that_is_closed_is_the_end():
    pipe = Pipe()
    pipe.close()
    assert await listen(TerminalChannel(io.StringIO()), pipe.reader) == []


async def test_no_standard_input_is_the_end(monkeypatch: pytest.MonkeyPatch):
    channel = TerminalChannel(io.StringIO())
    for nothing in (None, io.StringIO("x")):
        monkeypatch.setattr(sys, "stdin", nothing)
        assert [line async for line in channel.lines()] == []


async def test_at_a_tty_there_is_a_prompt_and_news_keep_it():
    master, slave = pty.openpty()
    out = Screen()
    channel = TerminalChannel(out, colour=False)
    lines = channel.lines(slave)
    waiting = asyncio.ensure_future(anext(lines))
    async with asyncio.timeout(5):
        while not out.getvalue():
            await asyncio.sleep(0)
    assert out.getvalue() == "› "
    await channel.send(ME, Outbound("Des nouvelles."))
    assert out.getvalue() == "› \r\x1b[KDes nouvelles.\n\n› "
    before = time.time() * 1000 - 1
    os.write(master, b"5000\n")
    line = await asyncio.wait_for(waiting, 5)
    assert line == "5000"
    # What is typed ahead of a question is known by its time.
    inbound = inbound_of(line, "terminal:line:1", address=ME)
    assert inbound.sent_at is not None
    assert before <= inbound.sent_at <= time.time() * 1000
    assert type(inbound.event) is Text
    assert type(inbound.event.text) is str
    # What is typed is on the screen already; what comes now stands below it.
    await channel.send(ME, Outbound("Merci."))
    assert out.getvalue().endswith("› Merci.\n\n")
    os.write(master, b"\x04")
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(lines), 5)
    os.close(master)
    os.close(slave)


async def test_a_pipe_does_not_tell_when_a_line_was_typed():
    reader, writer = os.pipe()
    os.write(writer, b"5000\n")
    os.close(writer)
    lines = [line async for line in TerminalChannel(io.StringIO()).lines(reader)]
    assert [line.typed_at for line in lines] == [None]
    os.close(reader)


def test_a_line_is_a_text():
    assert inbound_of("2", "terminal:1:7", address=ME, language="en") == Inbound("terminal:1:7", ME, Text("2"), "en")


# Files.

CSV = File("relevé.csv", "text/csv", b"14123456789;5000\r\n")


async def test_a_file_is_written_and_its_path_is_told_under_the_words(tmp_path: Path):
    out = io.StringIO()
    channel = TerminalChannel(out, folder=tmp_path / "made" / "here")
    for _ in range(2):
        assert await channel.send(ME, Outbound("Vos ventes.", ((Choice("Menu", "m"),),)), CSV) == Sent()
    folder = tmp_path / "made" / "here"
    assert out.getvalue() == "".join(
        f"Vos ventes.\n[file] {folder / name}\n[1] Menu\n\n" for name in ("relevé.csv", "relevé-2.csv")
    )
    assert (folder / "relevé.csv").read_bytes() == (folder / "relevé-2.csv").read_bytes() == CSV.content


async def test_by_default_files_are_kept_from_others_in_a_folder_that_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    channel = TerminalChannel(io.StringIO())
    assert list(tmp_path.iterdir()) == []
    for _ in range(2):
        await channel.send(ME, Outbound("Vos ventes."), CSV)
    (folder,) = tmp_path.iterdir()
    assert folder.name.startswith("taal-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list(folder.iterdir())) == 2


async def test_a_path_stays_in_one_line_on_a_screen(tmp_path: Path):
    out = Screen()
    folder = tmp_path / ("long" * 40)
    await TerminalChannel(out, folder=folder).send(ME, Outbound("Vos ventes."), CSV)
    assert f"[file] {folder / CSV.name}" in out.getvalue()


async def test_a_file_that_cannot_be_written_leaves_the_words(tmp_path: Path):
    out = io.StringIO()
    (tmp_path / "taken").write_bytes(b"")
    assert await TerminalChannel(out, folder=tmp_path / "taken").send(ME, Outbound("Vos ventes."), CSV) == Sent()
    assert out.getvalue() == "Vos ventes.\n[file] relevé.csv: File exists\n\n"


def test_a_line_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "mes clients.csv"
    path.write_bytes(CSV.content)
    expected = Inbound("terminal:1:7", ME, Document(str(path), "mes clients.csv", "text/csv", 18), "en")
    assert inbound_of(f"/file {path}", "terminal:1:7", address=ME, language="en") == expected
    assert inbound_of(f" /FILE   {path} ", "terminal:1:7", address=ME, language="en") == expected
    monkeypatch.setenv("HOME", str(tmp_path))
    assert inbound_of("/file ~/mes clients.csv", "terminal:1:7", address=ME, language="en") == expected


@pytest.mark.parametrize("line", ["/file", "/file  ", "/filet x.csv", "file x.csv"])
def test_a_line_that_names_no_file_is_a_text(line: str):
    assert inbound_of(line, "k", address=ME).event == Text(line)


@pytest.mark.parametrize("path", ["/no/such/thing", "a\0b"])
def test_a_file_that_is_not_there_is_one_all_the_same(path: str):
    event = inbound_of(f"/file {path}", "k", address=ME).event
    assert isinstance(event, Document)
    assert (event.ref, event.size_bytes) == (path, 0)


async def test_only_a_file_that_ends_is_read(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").write_bytes(b"")
    channel = TerminalChannel(io.StringIO())
    async with asyncio.timeout(5):
        for path in ("/dev/zero", str(tmp_path / "pipe"), str(tmp_path), str(tmp_path / "no")):
            assert await channel.fetch(path, 1000) is None
    assert await channel.fetch(str(tmp_path / "empty"), 0) == b""


def test_a_pipe_loads_neither_rich_nor_telegram_and_python_ends_while_a_line_is_awaited():
    program = """
import asyncio, sys
from bot.channels.terminal import TerminalChannel
from bot.domain.outbound import Outbound
from bot.domain.people import Address
async def main():
    channel = TerminalChannel()
    lines = channel.lines()
    print(await anext(lines))
    await channel.send(Address("terminal", "local"), Outbound("<b>Bonjour</b>"))
    waiting = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    waiting.cancel()
asyncio.run(main())
print(sorted({"rich", "telegram", "aiohttp"} & set(sys.modules)))
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("un\n")
        process.stdin.flush()
        assert process.stdout.read() == "› un\nun\nBonjour\n\n[]\n"
        assert process.wait(10) == 0
