"""The private servers of the tests, started for real."""

import os
from pathlib import Path

import psycopg2
import pytest

from tools.servers import NotUp, Postgres, Redis
from tools.services import scratch, subfolder


@pytest.fixture
def redis_server():
    with scratch() as folder:
        server = Redis(Path(os.environ["REDIS_SERVER"]), subfolder(folder))
        server.create()
        yield server
        server.stop()


def test_a_server_at_a_port_of_another_one_is_not_taken_for_ours(redis_server):
    second = Redis(redis_server.program, redis_server.folder, redis_server.port, redis_server.password)
    with pytest.raises(NotUp, match="in use"):
        second.start()
    assert second.process is None
    assert redis_server.process.poll() is None


def test_postgres_comes_up_again_with_its_data_after_a_crash():
    with scratch() as folder:
        server = Postgres(Path(os.environ["PG_BIN"]), subfolder(folder), durable=True)
        server.create()
        server.query("CREATE TABLE kept AS SELECT 42 AS answer")
        server.kill()
        server.start()
        rows = server.query("SELECT answer FROM kept")
        server.stop()
    assert rows == [(42,)]


def test_the_role_of_the_program_may_not_create_databases_nor_read_past_row_level_security():
    with psycopg2.connect(os.environ["TEST_APP_DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolcreatedb, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False)
    connection.close()
