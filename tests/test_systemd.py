"""The units for systemd: valid, and true to what the program is."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from bot.app.channels import variables
from bot.errors import Exit
from tests.deployment import OPERATIONS, ROOT, SECRET, highest_memory_mib, longest_stop_seconds, mib, run

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
ANALYZE = Path(shutil.which("systemd-analyze") or "systemd-analyze")
by_systemd = pytest.mark.skipif(not ANALYZE.is_absolute(), reason="systemd is not to be had here")

# What may stand in each section: the names that the units use, to be added to with a look at systemd's own pages. It is
# for where systemd is not to be had; where it is, it reads the units itself.
KNOWN = {
    "Unit": "Description After Wants",
    "Service": """Type User Group EnvironmentFile Environment StateDirectory StateDirectoryMode WorkingDirectory UMask
        ExecStart Restart RestartSec RestartPreventExitStatus KillMode TimeoutStopSec OOMPolicy MemoryMax MemorySwapMax
        TasksMax NoNewPrivileges CapabilityBoundingSet AmbientCapabilities ProtectSystem ProtectHome PrivateTmp
        PrivateDevices PrivateUsers ProtectClock ProtectControlGroups ProtectHostname ProtectKernelLogs
        ProtectKernelModules ProtectKernelTunables ProtectProc RemoveIPC RestrictAddressFamilies RestrictNamespaces
        RestrictRealtime RestrictSUIDSGID LockPersonality MemoryDenyWriteExecute SystemCallArchitectures
        SystemCallFilter SystemCallErrorNumber""",
    "Install": "WantedBy",
}


def sections(unit: Path) -> dict[str, list[tuple[str, str]]]:
    """The settings of each section, in their order: one may stand there more than once."""
    read: dict[str, list[tuple[str, str]]] = {}
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            here = read.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals, line
            here.append((name, value))
    return read


def verified(folder: Path, text: str, name: str) -> str:
    """What systemd has to say of a unit whose program is where it says."""
    (folder / name).write_text(text.replace("/opt/taal/bin/python", sys.executable))
    status, said = run(ANALYZE, "verify", "--man=no", folder / name)
    return said if status == 0 else f"{status}: {said}"


@by_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_has_nothing_to_say_of_the_units(unit: Path, tmp_path: Path) -> None:
    assert verified(tmp_path, unit.read_text(), unit.name) == ""
    status, said = run(ANALYZE, "security", "--offline=true", "--threshold=20", "--no-pager", unit)
    assert status == 0, said


@by_systemd
def test_systemd_has_nothing_to_say_of_the_units_for_backups(tmp_path: Path) -> None:
    blocks = re.findall(r"```ini\n(.*?)```", OPERATIONS.read_text(), re.DOTALL)
    names = re.findall(r"`/etc/systemd/system/(taal-backup\.\w+)`", OPERATIONS.read_text())
    assert len(blocks) == len(names) == 2
    for name, block in zip(names, blocks, strict=True):
        assert verified(tmp_path, block, name) == ""


def test_a_backup_is_made_of_the_database_that_is_served() -> None:
    (service,) = [block for block in OPERATIONS.read_text().split("```ini\n") if "ExecStart=" in block]
    served = dict(sections(UNITS[0])["Service"])
    for name in ("User", "EnvironmentFile", "Environment"):
        assert f"{name}={served[name]}\n" in service
    (state,) = re.findall(r"sqlite:///(/\S+)/", served["Environment"])
    assert state in re.findall(r"ReadWritePaths=(.*)", service)[0].split()


@by_systemd
def test_what_systemd_would_ignore_is_found(tmp_path: Path) -> None:
    text = UNITS[0].read_text()
    assert "NoNewPrivilege'" in verified(tmp_path, text.replace("NoNewPrivileges=", "NoNewPrivilege="), "taal.service")
    assert "time value" in verified(tmp_path, text.replace("StopSec=", "StopSec=about "), "taal.service")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_says_only_what_systemd_knows_and_nothing_twice(unit: Path) -> None:
    read = sections(unit)
    assert read.keys() == KNOWN.keys()
    for section, settings in read.items():
        names = [name for name, _ in settings]
        assert set(names) <= set(KNOWN[section].split())
        assert len(names) == len(set(names))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_gives_the_program_what_it_needs(unit: Path) -> None:
    service = dict(sections(unit)["Service"])
    assert service["ExecStart"].endswith(" -m bot")
    assert int(service["TimeoutStopSec"]) > longest_stop_seconds()
    assert mib(service["MemoryMax"]) > highest_memory_mib()
    # It tells nobody that it is ready, and a document that costs too much memory takes no bot with it.
    assert (service["Type"], service["OOMPolicy"], service["MemorySwapMax"]) == ("exec", "continue", "0")
    set_here = [assignment.partition("=")[0] for assignment in service["Environment"].split()]
    assert set(set_here) <= set(variables())
    assert not [name for name in set_here if SECRET.search(name) and name != "DATABASE_URL"]
    hopeless = {int(status) for status in service["RestartPreventExitStatus"].split()}
    assert hopeless == {2, int(Exit.DATABASE), int(Exit.SETTINGS)}


def test_the_units_differ_in_their_database_and_their_port_alone() -> None:
    one, many = (dict(sections(unit)["Service"]) for unit in UNITS)
    assert {name for name in one | many if one.get(name) != many.get(name)} == {
        "Environment",
        "StateDirectory",
        "StateDirectoryMode",
        "WorkingDirectory",
    }
    assert many["Environment"] == "PORT=%i"
    state = f"/var/lib/{one['StateDirectory']}"
    assert re.fullmatch(rf"DATABASE_URL=sqlite:///{state}/\w+\.db", one["Environment"])
