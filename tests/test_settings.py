"""The settings: defaults, what each variable takes, every problem at once, and no secret in sight."""

from pathlib import Path

import pytest

from bot.app.adapters import shop_of
from bot.app.channels import CHANNELS
from bot.app.channels import load_settings as load
from bot.channels.telegram.adapter import TelegramAdapter
from bot.domain.catalog import SENEAU, Catalog, Commission, FeeRule
from bot.domain.people import Address
from bot.errors import SettingsError
from bot.settings import Need, Settings

BOT_TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
API_KEY = "dx-live-4f9a1c"
SECRET_KEY = "k" * 32
SECRETS = {"TELEGRAM_BOT_TOKEN": BOT_TOKEN, "DEXCHANGE_API_KEY": API_KEY, "SECRET_KEY": SECRET_KEY}


def problems_of(env: dict[str, str], needs: tuple[Need, ...] = ()) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(env, None, needs=needs)
    return caught.value.problems


def test_nothing_set_is_enough_to_try_the_bot() -> None:
    settings = load({}, None)
    assert settings.catalog() == Catalog()
    assert settings.database_path == Path("data/taal.db")
    assert (settings.host, settings.port, settings.admins, settings.secret_key) == ("127.0.0.1", 8080, (), None)


def test_everything_set() -> None:
    settings = load(
        {
            **SECRETS,
            "TELEGRAM_API_URL": "http://127.0.0.1:8081/",
            "DEXCHANGE_RATE_PER_MINUTE": " 60 ",
            "PUBLIC_URL": "https://bot.example.org/taal/",
            "PORT": "0",
            "DATABASE_URL": "sqlite:////var/lib/taal/taal.db",
            "ADMINS": "telegram:1, telegram:2,,telegram:1",
            "PROVIDER": "Simulator",
            "FEE_WOYOFAL": "2% + 100, max 1000",
            "PROVIDER_FEE_SENELEC": "0",
            "COMMISSION_WOYOFAL": "0.25% + 10 % fee",
            "LIMITS_WOYOFAL": "1500 - 9000",
            "PAY_IN_TEXT_FR": "Écrivez à la caisse.",
            "ALERT_CHAT": " -1001234567890",
            "CONTACT_TEXT_EN": "Call Modou.",
            "LOG_LEVEL": "debug",
        },
        None,
        needs=("channel", "provider"),
    )
    assert str(settings.alert_chat) == "telegram:-1001234567890"
    telegram = settings.channels[0]
    assert isinstance(telegram, TelegramAdapter)
    assert telegram.bot_token is not None
    assert telegram.bot_token.get_secret_value() == BOT_TOKEN
    assert telegram.api_url == "http://127.0.0.1:8081"
    assert settings.dexchange_rate_per_minute == 60
    assert settings.public_url == "https://bot.example.org/taal"
    assert settings.port == 0
    assert settings.database_path == Path("/var/lib/taal/taal.db")
    assert settings.admins == (Address("telegram", "1"), Address("telegram", "2"))
    assert (settings.provider, settings.log_level) == ("simulator", "DEBUG")
    assert settings.pay_in_text == {"fr": "Écrivez à la caisse."}
    assert shop_of(settings).contact == {"en": "Call Modou."}
    assert shop_of(settings).pay_in == {"fr": "Écrivez à la caisse."}
    catalog = settings.catalog()
    assert catalog.woyofal.fee == FeeRule(basis_points=200, fixed_xof=100, maximum_xof=1000)
    assert (catalog.woyofal.minimum_xof, catalog.woyofal.maximum_xof) == (1500, 9000)
    assert catalog.woyofal.suggestions_xof == (2_000, 5_000), "no button offers what would be refused"
    assert catalog["senelec"].provider_fee == FeeRule()
    assert catalog.woyofal.commission == Commission(25, 1_000)
    assert catalog["seneau"] == SENEAU
    assert set(settings.secrets) == set(SECRETS.values())


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TELEGRAM_BOT_TOKEN", "no-colon", "@BotFather"),
        ("DEXCHANGE_API_KEY", "two words", "copy it again"),
        ("COMMISSION_SENEAU", "half", "such as `0.5% + 20% fee`"),
        ("SECRET_KEY", "short", "at least 32 characters"),
        ("PUBLIC_URL", "http://bot.example.org", "https://"),
        ("PUBLIC_URL", "bot.example.org", "must be a URL"),
        ("PUBLIC_URL", "https://bot.example.org/?a=b", "without ?"),
        ("PUBLIC_URL", "https://bot.example.org:port", "must be a URL"),
        ("PUBLIC_URL", "https://me:pw@bot.example.org", "password"),
        ("TELEGRAM_API_URL", "http://10.0.0.7", "https://"),
        ("DEXCHANGE_API_URL", "ftp://example.org", "must be a URL"),
        ("PORT", "http", "a whole number"),
        ("PORT", "8080.5", "a whole number"),
        ("PORT", "65536", "at most 65535"),
        ("DEXCHANGE_RATE_PER_MINUTE", "0", "at least 1"),
        ("DATABASE_URL", "taal.db", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///", "sqlite:///"),
        ("DATABASE_URL", "postgresql+asyncpg://db/taal", "postgresql://user"),
        ("DATABASE_URL", "postgresql://taal:hush@hush@db/taal", "%40"),
        ("DATABASE_URL", "postgresql://taal:hu/sh@db/taal", "%2F"),
        ("DATABASE_URL", "postgresql://taal:hu#sh@db/taal", "%23"),
        ("DATABASE_URL", "postgresql://taal:hush@db:port/taal", "%3A"),
        ("DATABASE_URL", "postgresql://taal:hush@[db/taal", "cannot be read"),
        ("DATABASE_URL", "postgresql://taal:hush@db/taal?hush", "cannot be read"),
        ("DATABASE_URL", "postgresql://taal:hush@db", "must name the database"),
        ("DATABASE_URL", "postgresql://db/taal?target_session_attrs=standby", "lead to the primary"),
        ("ADMINS", "telegram:1,123,whats app:2", "'123', 'whats app:2'"),
        ("PROVIDER", "wave", "'dexchange' or 'simulator'"),
        ("FEE_SENEAU", "a little", "1.5% + 50"),
        ("FEE_SENEAU", "min 5", "1.5% + 50"),
        ("PROVIDER_FEE_WOYOFAL", "1%, min 10, max 5", "1.5% + 50"),
        ("LIMITS_SENEAU", "500-100", "smallest and the largest"),
        ("LIMITS_SENEAU", "0-100", "smallest and the largest"),
        ("LIMITS_WOYOFAL", "1 000", "smallest and the largest"),
        ("DEFAULT_CREDIT_LIMIT_XOF", "-1", "at least 0"),
        ("APPROVAL_ABOVE_XOF", "0", "at least 1"),
        ("QUOTE_MINUTES", "61", "at most 60"),
        ("MOVE_WAIT_HOURS", "0", "at least 1"),
        ("ALERT_CHAT", "telegram:1", "the id of a Telegram group"),
        ("ALERT_CHAT", "whatsapp:-1", "the id of a Telegram group"),
        ("PAY_IN_TEXT_EN", "x" * 1001, "at most 1000 characters"),
        ("LOG_LEVEL", "loud", "'DEBUG'"),
    ],
)
def test_a_wrong_value_is_named_in_plain_words(variable: str, value: str, words: str) -> None:
    (problem,) = problems_of({variable: value})
    assert problem.startswith(f"{variable} ")
    assert words in problem
    assert "hush" not in problem


KEY = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("url", "name", "secrets"),
    [
        ("postgresql://db/taal", "postgresql://db/taal", ()),
        ("postgres://taal@[::1]:6432/taal", "postgres://taal@[::1]:6432/taal", ()),
        ("postgresql://taal:p%40ssword@db/taal", "postgresql://taal@db/taal", ("p%40ssword", "p@ssword")),
        (
            "postgresql://taal@/taal?host=/run/pg&password=a+password&sslpassword=another",
            "postgresql://taal@/run/pg/taal",
            ("a+password", "another", "a password"),
        ),
        ("postgresql://db?dbname=taal", "postgresql://db/taal", ()),
    ],
)
def test_a_postgresql_is_named_without_its_password(url: str, name: str, secrets: tuple[str, ...]) -> None:
    settings = load({"DATABASE_URL": url, "SECRET_KEY": KEY}, None)
    assert settings.is_shared
    assert settings.database_url == url
    assert settings.database_name == name
    assert settings.secrets == (KEY, *secrets)
    assert not any(secret in repr(settings) or secret in name for secret in (KEY, *secrets))
    with pytest.raises(SettingsError, match="no file") as refused:
        _ = settings.database_path
    assert not any(secret in str(refused.value) for secret in secrets)


@pytest.mark.parametrize("hosts", ["taal:pw@one:5432,two:5433/taal", "/taal?host=one,two"])
def test_of_several_hosts_the_one_that_takes_writes_is_meant(hosts: str) -> None:
    settings = load({"DATABASE_URL": f"postgresql://{hosts}"}, None)
    assert "target_session_attrs=read-write" in settings.database_url
    assert "one" in settings.database_name
    assert "two" in settings.database_name
    of_their_own = f"{settings.database_url.replace('read-write', 'primary')}"
    assert load({"DATABASE_URL": of_their_own}, None).database_url == of_their_own


def test_whoever_serves_from_a_postgresql_says_which_key_all_have() -> None:
    env = {"DATABASE_URL": "postgresql://db/taal", "PROVIDER": "simulator"}
    env["TELEGRAM_BOT_TOKEN"] = BOT_TOKEN
    (problem,) = problems_of(env, needs=("channel", "provider"))
    assert "every process that serves from the database needs the same" in problem
    for named in ({"SECRET_KEY": KEY}, {"SECRET_KEY_FILE": "/run/secrets/key"}):
        load(env | named, None, needs=("channel", "provider"))
    assert load(env, None).secret_key_path is None, "migrating takes no key"
    assert load(env | {"SECRET_KEY_FILE": "/run/secrets/key"}, None).secret_key_path == Path("/run/secrets/key")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_http_is_taken_for_this_machine(host: str) -> None:
    assert load({"PUBLIC_URL": f"http://{host}:8080/"}, None).public_url == f"http://{host}:8080"


def test_all_problems_are_named_at_once_and_on_lines_of_their_own() -> None:
    env = {"PORT": "x", "ADMINS": "me", "LOG_LEVEL": "loud", "FEE_WOYOFAL": "?"}
    problems = problems_of(env, needs=("channel", "provider"))
    named = sorted(problem.split()[0] for problem in problems)
    assert named == sorted([*env, "TELEGRAM_BOT_TOKEN", "DEXCHANGE_API_KEY"])
    assert not any("\n" in problem for problem in problems)


def test_what_a_command_needs() -> None:
    assert [line.split()[0] for line in problems_of({}, needs=("channel",))] == ["TELEGRAM_BOT_TOKEN"]
    assert [line.split()[0] for line in problems_of({"TELEGRAM_BOT_TOKEN": " "}, needs=("channel",))] == [
        "TELEGRAM_BOT_TOKEN"
    ]
    assert [line.split()[0] for line in problems_of({}, needs=("provider",))] == ["DEXCHANGE_API_KEY"]
    load({"PROVIDER": "simulator"}, None, needs=("provider",))


@pytest.mark.parametrize("variable", sorted(SECRETS))
def test_no_secret_is_shown_by_a_repr_or_by_a_problem(variable: str) -> None:
    settings = load(SECRETS, None)
    assert SECRETS[variable] not in f"{settings!r} {settings} {settings.model_dump()}"
    wrong = f"wrong {SECRETS[variable][:20]}"
    with pytest.raises(SettingsError) as caught:
        load({variable: wrong}, None)
    assert wrong not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__, "a traceback would quote what was given"


def test_the_environment_wins_over_the_file_and_an_empty_value_is_none(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text('PORT=1111\nHOST="0.0.0.0"\nLOG_LEVEL=\nDEXCHANGE_API_KEY=a$b${HOME}c\nSOMETHING_ELSE=1\n')
    settings = load({"PORT": "2222"}, dotenv)
    assert (settings.port, settings.host, settings.log_level) == (2222, "0.0.0.0", "INFO")
    assert settings.dexchange_api_key is not None
    assert settings.dexchange_api_key.get_secret_value() == "a$b${HOME}c"
    assert load({"PORT": ""}, dotenv).port == Settings().port


def test_a_file_that_is_not_text_is_a_problem_and_a_missing_one_is_not(tmp_path: Path) -> None:
    assert load({}, tmp_path / "none") == Settings(channels=tuple(channel() for channel in CHANNELS))
    dotenv = tmp_path / ".env"
    dotenv.write_bytes(b"HOST=\xff\xfe\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        load({}, dotenv)


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4321")
    assert load(dotenv=None).port == 4321


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load({}, None).port = 1
