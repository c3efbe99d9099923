"""What a probe and Prometheus are told, and what they are not."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from tests.edge import Edge, serving
from tests.process import METER
from tests.world import PHONE, World


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house) as made:
        yield made


async def test_whoever_asks_by_whatever_name_is_told_that_the_line_lives(edge: Edge) -> None:
    for path, word in (("/healthz", "ok"), ("/readyz", "ready")):
        answer = await edge.http.get(path, headers={"Host": "10.0.0.7:8000"})
        assert (answer.status_code, answer.text) == (200, word)
        assert (await edge.http.head(path)).status_code == 200


async def test_a_database_of_another_version_is_not_ready_and_says_no_more(
    world: World, edge: Edge
) -> None:
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("UPDATE alembic_version SET version_num = 'canary'"))
    answer = await edge.http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready")
    assert (await edge.http.get("/healthz")).status_code == 200


async def test_a_database_that_was_never_migrated_is_not_ready(world: World, edge: Edge) -> None:
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("DROP TABLE alembic_version"))
    answer = await edge.http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "not ready")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_is_gone_is_not_ready_and_ready_when_it_is_back(
    world: World, edge: Edge, database_url: str, postgres: str
) -> None:
    import asyncpg

    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres)
    try:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        assert (await edge.http.get("/readyz")).status_code == 503
        assert (await edge.text("hej")).status_code == 503
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    finally:
        await connection.close()
    assert (await edge.http.get("/readyz")).status_code == 200
    assert (await edge.text("hej")).status_code == 200


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer wrong", METER, f"Basic {METER}", "é"]
)
async def test_without_its_token_the_meter_does_not_exist(
    edge: Edge, authorization: str | None
) -> None:
    headers = {} if authorization is None else {b"authorization": authorization.encode()}
    answer = await edge.http.get("/metrics", headers=headers)
    assert (answer.status_code, answer.text) == (404, "")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE"])
async def test_asked_in_another_way_the_meter_does_not_exist_either(
    edge: Edge, method: str
) -> None:
    answer = await edge.http.request(method, "/metrics")
    assert (answer.status_code, answer.text) == (404, "")
    assert "allow" not in answer.headers


async def test_with_no_token_set_nobody_reads_the_meter(world: World) -> None:
    async with serving(world.house, metrics_token="") as edge:
        for given in ("Bearer", f"Bearer {METER}", ""):
            answer = await edge.http.get("/metrics", headers={"Authorization": given})
            assert answer.status_code == 404


async def test_with_its_token_the_meter_counts_and_names_nobody(edge: Edge) -> None:
    await edge.text("canary")
    await edge.post("/webhooks/twilio/message", {"Body": "canary"}, signature="x")
    answer = await edge.http.get("/metrics", headers={"Authorization": f"Bearer {METER}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "utvag_messages_received_total 1.0" in answer.text
    assert 'utvag_webhooks_refused_total{why="signature"} 1.0' in answer.text
    assert "canary" not in answer.text
    assert PHONE.lstrip("+") not in answer.text
