"""The PostgreSQL of the tests: it is there without anything of the system, and each database is empty."""

from tests.postgres_server import PostgresServer


def test_each_database_is_empty_and_its_own(postgres: PostgresServer) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    assert first != second
    postgres.psql("CREATE TABLE thing (one INTEGER)", first)
    assert postgres.psql("SELECT count(*) FROM thing", first).strip() == "0"
    assert postgres.psql("SELECT to_regclass('thing') IS NULL", second).strip() == "t"


def test_it_does_not_run_as_root(postgres: PostgresServer) -> None:
    assert (postgres.folder / "data" / "postmaster.pid").stat().st_uid != 0
    assert postgres.psql("SHOW listen_addresses").strip() == ""
