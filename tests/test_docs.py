"""The README is true: its tables are what the code says, its links lead somewhere, its commands exist.

`pytest tests/test_docs.py --regenerate` writes the tables anew.
"""

import re
import runpy
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pytest

from bot import metrics
from bot.__main__ import STATUSES
from bot.app.channels import variables
from bot.app.demo_terminal import CHOICES
from bot.channels.whatsapp.api import API_VERSION
from bot.channels.whatsapp.templates import TEMPLATES
from bot.dialogue import commands
from bot.dialogue.flows import REGISTRY
from bot.documents import pictures
from bot.domain.catalog import Catalog, ServiceName
from bot.errors import Exit
from bot.gateway.simulator import DEFAULT, MOODS
from bot.gateway.wire import balance_call, inquiry_call, look_up_call, pay_call
from bot.i18n import load
from bot.shop import ShopSettings
from tests import collections_page, order_page
from tests.deployment import COMPOSE, longest_stop_seconds

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
MOST_LINES = 300
OPERATIONS = ROOT / "docs" / "operations.md"
GOING_LIVE = ROOT / "docs" / "going-live.md"


def moods() -> str:
    rows = [f"| {digits} | {mood.about} |" for digits, mood in MOODS.items()]
    return "\n".join(["| ends in | what happens |", "|---|---|", *rows, f"| anything else | {DEFAULT.about} |"])


def test_the_table_of_moods_is_the_simulators(request: pytest.FixtureRequest) -> None:
    text = README.read_text("utf-8")
    wanted = f"<!-- moods -->\n{moods()}\n<!-- /moods -->"
    if request.config.getoption("--regenerate"):
        README.write_text(re.sub(r"<!-- moods -->.*<!-- /moods -->", lambda _: wanted, text, flags=re.DOTALL), "utf-8")
        return
    assert wanted in text, "run pytest tests/test_docs.py --regenerate"


def templates() -> str:
    rows = [
        f"| `{each.name}` | {each.language} | {each.body} | {each.button} | {' · '.join(each.examples)} |"
        for each in TEMPLATES.values()
    ]
    return "\n".join(["| name | language | body | button | examples |", "|---|---|---|---|---|", *rows])


def test_the_templates_are_those_that_are_sent(request: pytest.FixtureRequest) -> None:
    text = README.read_text("utf-8")
    wanted = f"<!-- templates -->\n{templates()}\n<!-- /templates -->"
    if request.config.getoption("--regenerate"):
        between = r"<!-- templates -->.*<!-- /templates -->"
        README.write_text(re.sub(between, lambda _: wanted, text, flags=re.DOTALL), "utf-8")
        return
    assert wanted in text, "run pytest tests/test_docs.py --regenerate"


def test_the_picture_shows_todays_conversation(request: pytest.FixtureRequest) -> None:
    module = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    drawn = module["draw"](module["TRANSCRIPT"].read_text("utf-8"))
    if request.config.getoption("--regenerate"):
        module["PICTURE"].write_text(drawn, "utf-8")
    assert module["PICTURE"].read_text("utf-8") == drawn, "run pytest tests/test_docs.py --regenerate"


def test_the_drawings_are_those_of_their_script_and_small(request: pytest.FixtureRequest) -> None:
    script = runpy.run_path(str(ROOT / "docs" / "drawings.py"))
    assert set(script["DRAWN"]) == pictures.DRAWN
    for name, drawn in script["DRAWN"].items():
        kept = pictures.DRAWINGS / f"{name}.png"
        if request.config.getoption("--regenerate"):
            kept.write_bytes(drawn())
        assert kept.read_bytes() == drawn(), "run pytest tests/test_docs.py --regenerate"
        assert kept.stat().st_size <= 20_000


def test_the_orders_page_is_printed_from_the_table(request: pytest.FixtureRequest) -> None:
    printed = order_page.printed()
    if request.config.getoption("--regenerate"):
        order_page.PAGE.write_text(printed, "utf-8")
    assert order_page.PAGE.read_text("utf-8") == printed, "run pytest tests/test_docs.py --regenerate"


def test_the_page_of_collections_is_printed_from_the_tables(request: pytest.FixtureRequest) -> None:
    printed = collections_page.printed()
    if request.config.getoption("--regenerate"):
        collections_page.PAGE.write_text(printed, "utf-8")
    assert collections_page.PAGE.read_text("utf-8") == printed, "run pytest tests/test_docs.py --regenerate"


def test_every_link_inside_the_project_leads_somewhere() -> None:
    for page in (
        README,
        OPERATIONS,
        GOING_LIVE,
        order_page.PAGE,
        collections_page.PAGE,
        ROOT / "CHANGELOG.md",
        *(ROOT / "docs" / "decisions").glob("*.md"),
    ):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} points at {target}"


def test_every_chapter_that_is_pointed_at_is_there() -> None:
    pages = (README, OPERATIONS, GOING_LIVE)
    chapters = {
        page.resolve(): {
            re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
            for title in re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
        }
        for page in pages
    }
    pointed = 0
    for page in pages:
        for target, chapter in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text("utf-8")):
            there = (page.parent / target).resolve() if target else page
            if there in chapters:
                assert chapter in chapters[there], f"{page.name} points at {target}#{chapter}"
                pointed += 1
    assert pointed > 40


def metric_rows() -> str:
    kinds = {"counter": "_total", "gauge": "", "histogram": ""}
    rows = [
        f"| `{metric.name}{kinds[metric.type]}` | {metric.type} | {labels_of(metric.name)} | {metric.documentation} |"
        for metric in metrics.registry.collect()
        if metric.name.startswith("taal_")
    ]
    return "\n".join(["| name | kind | labels | what it counts |", "|---|---|---|---|", *sorted(rows)])


def labels_of(name: str) -> str:
    # The registry tells nobody which labels there will be.
    labels = getattr(metrics.registry._names_to_collectors[name], "_labelnames", ())
    return ", ".join(f"`{label}`" for label in labels) or "–"


def test_the_table_of_metrics_is_what_is_counted(request: pytest.FixtureRequest) -> None:
    text = OPERATIONS.read_text("utf-8")
    begin, end = "<!-- metrics: `pytest tests/test_docs.py --regenerate` writes this part -->\n", "\n<!-- /metrics -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end.strip())
    wanted = f"{before}{begin}{metric_rows()}{end}{after}"
    if request.config.getoption("--regenerate"):
        OPERATIONS.write_text(wanted, "utf-8")
        return
    assert text == wanted, "run pytest tests/test_docs.py --regenerate"


def test_the_version_of_the_graph_api_is_the_one_that_is_spoken() -> None:
    assert f"<!-- graph -->{API_VERSION}<!-- /graph -->" in GOING_LIVE.read_text("utf-8")


class Asked(NamedTuple):
    """A payment."""

    id: str = "T1"
    service: ServiceName = "woyofal"
    reference: str = "14123456789"
    amount_xof: int = 1000
    reference_facture: str | None = None


def test_the_calls_that_the_key_must_allow_are_those_that_are_made() -> None:
    made = inquiry_call("woyofal", "1"), pay_call(Asked(), None), look_up_call("{id}"), balance_call()
    named = re.findall(r"^ +\| `((?:GET|POST) \S+)` \|", GOING_LIVE.read_text("utf-8"), re.MULTILINE)
    assert named == [f"{call.method} /api/v1{unquote(call.path)}" for call in made]


def test_the_picture_of_the_house_is_todays_and_no_arrow_runs_up(request: pytest.FixtureRequest) -> None:
    house = runpy.run_path(str(ROOT / "docs" / "house.py"))
    rows, arrows = house["floors"](), house["arrows"]()
    assert {room for row in rows for room in row} == {room for room, _ in house["modules"]()}, "a room is missing"
    assert house["upward"](rows, arrows) == []
    text = README.read_text("utf-8")
    before, _, rest = text.partition(house["BEGIN"])
    _, _, after = rest.partition(house["END"])
    written = f"{before}{house['table'](rows)}{after}"
    drawn = house["draw"](rows, arrows)
    if request.config.getoption("--regenerate"):
        README.write_text(written, "utf-8")
        house["PICTURE"].write_text(drawn, "utf-8")
    assert README.read_text("utf-8") == written
    assert house["PICTURE"].read_text("utf-8") == drawn


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    lines = {str(path): path.read_text("utf-8").count("\n") for path in (ROOT / "bot").rglob("*.py")}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}, "part it where its subject parts"


def test_the_tour_leads_to_what_is_there() -> None:
    text = (ROOT / "docs" / "tour.md").read_text("utf-8")
    stops = re.findall(r"\[`([\w.]+)`\]\(\.\./(bot/[\w/]+\.py)\)", text)
    assert len(stops) >= 10
    for name, path in stops:
        code = (ROOT / path).read_text("utf-8")
        last = name.rpartition(".")[2]
        assert re.search(rf"\b(?:def|class) {last}\b|^{last}\b|^FLOW\b", code, re.MULTILINE), (name, path)


def test_every_command_and_variable_that_is_named_exists() -> None:
    text = "".join(page.read_text("utf-8") for page in (README, OPERATIONS, GOING_LIVE))
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
    known = {*variables(), *re.findall(r"\$\{(\w+)", COMPOSE.read_text("utf-8")), "HOST:PORT", "COMPOSE_PROFILES"}
    known |= {service.code for service in Catalog()}
    for name in re.findall(r"`([A-Z][A-Z_]{3,})(?:=[^`]*)?`", text):
        assert name in known, name


def test_every_exit_status_is_in_the_pages_and_in_the_help() -> None:
    statuses = {str(int(status)) for status in Exit}
    assert set(re.findall(r"^\| (\d+) \|", OPERATIONS.read_text("utf-8"), re.MULTILINE)) == statuses
    assert set(re.findall(r"^  (\d+) ", STATUSES, re.MULTILINE)) == statuses


def test_supervisors_wait_longer_than_a_stop_may_take() -> None:
    words = r"(?:terminationGracePeriodSeconds: |is below )(\d+)"
    graces = re.findall(words, OPERATIONS.read_text("utf-8"))
    assert len(graces) == 2
    assert all(int(grace) > longest_stop_seconds() for grace in graces)


def test_every_chat_command_that_is_named_exists_and_every_one_of_resellers_and_admins_is_named() -> None:
    named = set(re.findall(r"`/([a-z]+)", README.read_text("utf-8")))
    elsewhere = set(re.findall(r"`/([a-z]+)(?= |`)", GOING_LIVE.read_text("utf-8")))
    everybody = {name for name, _ in commands(ShopSettings(load()))["en"]} | {"start", "unlink"}
    paths = {"healthz", "readyz", "metrics", "webhooks"}
    of_the_demonstration = {word.removeprefix("/") for word in CHOICES}
    assert named | elsewhere <= everybody | set(REGISTRY.commands) | paths | of_the_demonstration
    assert {name for name, each in REGISTRY.commands.items() if each.about and each.permission != "customer"} <= named


def test_every_decision_has_its_date_and_its_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [page.name[:4] for page in pages]
    assert numbers == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text("utf-8")
        assert re.search(r"^\d{4}-\d{2}-\d{2} · ", text, re.MULTILINE), page.name
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text, f"{page.name} lacks {part}"


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text("utf-8"))
    assert len(named) > 50
    assert not [name for name in named if not (ROOT / "tests" / f"{name}.py").is_file()]
