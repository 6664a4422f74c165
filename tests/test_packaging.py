"""What ships: pins, the wheel, the image, the example settings and the commands. Each fails when it has gone stale."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.app.channels import CHANNELS, load_settings, variables
from bot.domain.catalog import SERVICES
from bot.languages import LANGUAGES, LISTS
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
HADOLINT = Path(sys.executable).with_name("hadolint")


LOCKED = ("requirements.txt", "requirements-dev.txt", "requirements-build.txt")


def pins(name: str) -> dict[str, str]:
    """Package → version, of every requirement of a requirements file; each carries hashes."""
    versions = {}
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / name).read_text()).replace(" \\\n", "")
    for line in text.splitlines():
        match = re.fullmatch(
            r"([a-z0-9-]+)(\[[a-z,]+\])?==([0-9][0-9a-z.]*)( ; [a-z_]+ [^@\\]+?)?((    --hash=sha256:[0-9a-f]{64})+)",
            line,
        )
        assert match, f"{name}: not an exact pin with hashes: {line!r}"
        versions[match[1]] = match[3]
    assert versions
    return versions


def declared(requirements: list[str]) -> dict[str, str]:
    versions = {}
    for requirement in requirements:
        match = re.match(r"([a-z0-9-]+)==([0-9a-z.]+)( ;|$)", requirement)
        assert match, f"not an exact pin: {requirement!r}"
        versions[match[1]] = match[2]
    return versions


def test_every_requirement_is_an_exact_pin_without_an_address() -> None:
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert runtime.items() <= dev.items(), "the tests run on what is shipped"
    wanted = declared(PROJECT["project"]["dependencies"])
    assert wanted.items() <= runtime.items()
    tools = declared(PROJECT["project"]["optional-dependencies"]["dev"])
    assert (wanted | tools).items() <= dev.items()
    build = declared(PROJECT["build-system"]["requires"])
    assert build.items() <= dev.items()
    assert build.items() <= pins("requirements-build.txt").items() <= dev.items()


def test_what_is_installed_is_what_was_locked() -> None:
    """Every install of a locked file checks its hashes, and nothing that is not locked is fetched beside it."""
    for name, wanted in (("Makefile", 2), ("Dockerfile", 2)):
        commands = re.split(r"&&|\n", (ROOT / name).read_text().replace("\\\n", " "))
        # The one that locks is fetched by whoever locks, by its version.
        installs = [each for each in commands if re.search(r"(?i)pip\)? (install|wheel)", each) and "uv==" not in each]
        locked = [command for command in installs if "--require-hashes" in command]
        assert len(locked) == wanted
        for command in installs:
            if command not in locked:
                assert "--no-deps" in command, f"{name}: {command}"
                assert "--no-build-isolation" in command or ".whl" in command, f"{name}: {command}"


@pytest.mark.parametrize("name", ["pyproject.toml", *LOCKED, "Makefile", "Dockerfile", ".ci/run"])
def test_nothing_that_installs_names_an_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|pypi\.|://(?!127\.0\.0\.1)(?!/)", text)


def test_what_the_program_imports_is_what_it_declares() -> None:
    distributions = packages_distributions()
    imported: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"bot", "__future__"}
    needed = {distributions[name][0].lower().replace("_", "-") for name in foreign}
    # uvicorn finds these two by name.
    assert needed | {"httptools", "uvloop"} == set(declared(PROJECT["project"]["dependencies"]))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout without a build environment of its own, so without a network."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert built.returncode == 0, built.stderr
    (path,) = target.glob("taal-*-py3-none-any.whl")
    return zipfile.ZipFile(path)


def test_the_wheel_carries_everything_that_the_package_reads(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    kept = [path for path in (ROOT / "bot").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.relative_to(ROOT).as_posix() for path in kept} <= names
    assert any(name.endswith(".sql") for name in names)
    assert {
        "bot/documents/fonts/DejaVuSans.ttf",
        "bot/documents/fonts/DejaVuSans-Bold.ttf",
        "bot/documents/fonts/LICENSE",
    } <= names
    catalogs = list((ROOT / "locales").rglob("*.po"))
    assert catalogs
    for catalog in catalogs:
        inside = "bot/" + catalog.relative_to(ROOT).as_posix()
        assert {inside, inside.removesuffix(".po") + ".mo"} <= names
    lists = list((ROOT / "locales").rglob("*.toml"))
    assert {each.name for each in lists} == {"words.toml", "whatsapp.toml"}
    assert {"bot/" + each.relative_to(ROOT).as_posix() for each in lists} <= names
    assert not [name for name in names if name.startswith(("tests/", "docs/", ".", "locales/"))]


def test_the_wheel_says_the_words_of_this_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The installed package finds its compiled catalogs: it has no checkout to fall back on."""
    wheel.extractall(tmp_path)
    for source in tmp_path.rglob("*.po"):
        source.unlink()
    script = "import sys; sys.path.insert(0, sys.argv[1]); from bot import i18n; i18n.load(); print(i18n.__file__)"
    command = [sys.executable, "-I", "-c", script, str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(tmp_path))


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined."""
    text = re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text())
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def test_the_image_is_small_pinned_and_not_root() -> None:
    lines = instructions()
    bases = [rest for word, rest in lines if word == "FROM"]
    assert len(bases) == 2, "what builds is left behind"
    for base in bases:
        assert re.match(r"python:3\.11\.\d+-slim-[a-z]+( AS [a-z]+)?$", base), base
    last = lines[[word for word, _ in lines].index("FROM", 1) :]
    users = [rest for word, rest in last if word == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}
    words = [word for word, _ in last]
    assert {"HEALTHCHECK", "STOPSIGNAL", "EXPOSE", "VOLUME", "ENTRYPOINT"} <= set(words)
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not [
        rest for word, rest in lines if word == "ADD" or ("pip install" in rest and "--no-cache-dir" not in rest)
    ]
    entrypoint = dict(last)["ENTRYPOINT"]
    assert entrypoint.startswith("["), "a shell in between would swallow the signal that asks for a drain"
    copied = " ".join(rest for word, rest in lines if word == "COPY")
    assert ".env" not in copied


@pytest.mark.skipif(not HADOLINT.exists(), reason="there is no wheel of the linter for this machine")
def test_the_linter_of_dockerfiles_has_nothing_to_say() -> None:
    ran = subprocess.run([HADOLINT, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")


UNSET = Settings(channels=tuple(channel() for channel in CHANNELS))
BY_LANGUAGE = [("pay_in_text", UNSET.pay_in_text), ("contact_text", UNSET.contact_text)]
BY_LANGUAGE += [("contact_closed_text", UNSET.contact_closed_text)]


def example_lines() -> list[str]:
    """The assignments in `.env.example`, those that are commented out too."""
    text = (ROOT / ".env.example").read_text()
    return [line.removeprefix("#") for line in text.splitlines() if re.match(r"#?[A-Z0-9_]+=", line)]


def test_the_example_names_every_setting_once_and_nothing_else() -> None:
    # A language that falls back on another needs no texts of the operator's own.
    optional = tuple(f"_{code.upper()}" for code, listed in LISTS.items() if listed.fallback is not None)
    names = [line.partition("=")[0] for line in example_lines()]
    assert sorted(names) == sorted(variable for variable in variables() if not variable.endswith(optional))


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "all").write_text("\n".join(example_lines()))
    assert load_settings({}, tmp_path / "all") == UNSET
    defaults = {variable: getattr(of, name) for of in UNSET.channels for name, variable in of.variables().items()}
    for service, prices in zip(SERVICES, UNSET.prices, strict=True):
        defaults |= {variable: getattr(prices, name) for name, variable in prices.variables(service).items()}
    defaults |= {name.upper(): value for name, value in UNSET}
    defaults |= {f"{name}_{code}".upper(): texts.get(code) for name, texts in BY_LANGUAGE for code in LANGUAGES}
    for name, shown in dotenv_values(tmp_path / "all").items():
        default = defaults[name]
        assert bool(shown) == (default not in (None, ())), f"{name} shows {shown!r}, its default is {default!r}"


def test_the_example_is_one_that_starts_nothing_by_itself() -> None:
    assert load_settings({}, ROOT / ".env.example") == UNSET


def test_secrets_stay_out_of_the_repository_and_of_the_image() -> None:
    assert "/.env" in (ROOT / ".gitignore").read_text().splitlines()
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert not [line for line in ignored if line.startswith("!") and ".env" in line]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    "target", ["demo", "run", "test", "check", "pages", "format", "bench", "growth", "lock", "clean"]
)
def test_the_commands_are_there(target: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL"}}
    command = ["make", "--dry-run", target, f"VENV={tmp_path}/venv", f"PYTHON={sys.executable}"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    if target != "clean":
        assert "--requirement requirements" in ran.stdout, "a command makes what it stands on"


def test_the_check_of_a_clean_checkout_runs_the_tests() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text()
