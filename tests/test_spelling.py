"""Names that are no settings: what is refused, what is named, and what is none of our business."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app.channels import load_settings as load
from bot.app.channels import noted_settings as noted
from bot.app.channels import variables
from bot.errors import SettingsError
from bot.spelling import nearest, unknown

KNOWN = frozenset(variables())


def problems(dotenv: str, tmp_path: Path, env: dict[str, str] | None = None) -> tuple[list[str], list[str]]:
    """What is refused and what is named, of a `.env` and an environment."""
    file = tmp_path / ".env"
    file.write_text(dotenv)
    refused: list[str] = []
    try:
        load(env or {}, file)
    except SettingsError as error:
        refused = error.problems
    return refused, noted(env or {}, file)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("PUBLIC_ULR", "PUBLIC_URL"),
        ("FEES_WOYOFAL", "FEE_WOYOFAL"),
        ("TELEGRAM_BOTTOKEN", "TELEGRAM_BOT_TOKEN"),
        ("ADMIN", "ADMINS"),
        ("public_url", "PUBLIC_URL"),
        ("LIMIT_SENEAU", "LIMITS_SENEAU"),
        ("COMISSION_SENELEC", "COMMISSION_SENELEC"),
        ("DEXCHANGE_APIKEY", "DEXCHANGE_API_KEY"),
    ],
)
def test_a_misspelt_setting_in_the_file_is_refused_with_the_nearest_known_one(
    written: str, meant: str, tmp_path: Path
) -> None:
    refused, named = problems(f"{written}=3%\nPORT=1\n", tmp_path)
    assert refused == [f"{written} in .env is no setting: did you mean {meant}?"]
    assert not named


def test_every_other_name_in_the_file_is_named(tmp_path: Path) -> None:
    refused, named = problems("FEE_ORANGE=1%\nTZ=Africa/Dakar\nALONE\n", tmp_path)
    assert [line.split()[0] for line in refused] == ["FEE_ORANGE"]
    assert [line.split()[0] for line in named] == ["ALONE", "TZ"]


def test_in_the_environment_money_is_refused_the_rest_named_and_others_left_alone(tmp_path: Path) -> None:
    env = {
        "FEES_WOYOFAL": "3%",
        "DEFAULT_CREDIT_LIMIT": "5",
        "PUBLIC_ULR": "https://x.example",
        "TELEGRAM_CHAT": "5",
        "PATH": "/bin",
        "HOSTNAME": "web-1",
        "HOME": "/root",
        "PORTS": "1",
        "TELEGRAM_BOT_API_SERVICE_HOST": "10.0.0.1",
        "TELEGRAM_BOT_API_PORT_8081_TCP": "tcp://10.0.0.1:8081",
        "TAAL_PORT": "tcp://10.0.0.1:80",
        "SECRET_KEY_BASE": "rails",
    }
    refused, named = problems("", tmp_path, env)
    assert [line.split()[0] for line in refused] == ["DEFAULT_CREDIT_LIMIT", "FEES_WOYOFAL"]
    assert [line.split()[0] for line in named] == ["PUBLIC_ULR", "TELEGRAM_CHAT"]


def test_no_value_is_quoted(tmp_path: Path) -> None:
    refused, named = problems("TELEGRAM_BOTTOKEN=12345:very-secret\nELSEWHERE=very-secret\n", tmp_path)
    assert "very-secret" not in str(refused + named)


def test_a_name_stands_in_one_list_and_once(tmp_path: Path) -> None:
    """Compose hands the same file on as environment."""
    refused, named = problems("FEES_WOYOFAL=1\nPUBLIC_ULR=1\n", tmp_path, {"FEES_WOYOFAL": "1", "PUBLIC_ULR": "1"})
    assert len(refused) == 2
    assert not named


@given(st.sampled_from(sorted(name for name in KNOWN if len(name) >= 8)), st.data())
def test_one_slip_in_a_name_is_always_found_out(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    slip = data.draw(st.sampled_from(("drop", "double", "swap")))
    wrong = {
        "drop": name[:at] + name[at + 1 :],
        "double": name[: at + 1] + name[at:],
        "swap": name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    }[slip]
    if wrong not in KNOWN:
        assert nearest(wrong, KNOWN) is not None
        assert unknown(".env", [wrong], [], KNOWN).refused
