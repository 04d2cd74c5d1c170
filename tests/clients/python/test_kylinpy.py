"""kylinpy 2.8.4 without SQLAlchemy: what its users and Airflow call."""
import datetime
import math

import kylinpy
import pytest
import sqlalchemy
from kylinpy.client.exceptions import HTTPError
from kylinpy.exceptions import KylinCubeError, KylinQueryError
from kylinpy.kylindb import Connection

TIP = 2**63 - 1
UTF8 = "Z\u00fcrich \u6771\u4eac \"q\" 'a' ?"


@pytest.fixture(scope="module")
def kylin(world):
    return kylinpy.create_kylin(world.dsn)


@pytest.fixture()
def source(kylin, world):
    return kylin.get_datasource(world.cube)


def rows(world, sql):
    """Rows of Python values, as kylinpy's DB-API converts them."""
    cursor = Connection(host=world.host, port=world.port, username="ADMIN", password="KYLIN", project=world.project).cursor()
    cursor.execute(sql)
    return cursor.fetchall()


# -- who, what --------------------------------------------------------------------------------


def test_authentication(kylin):
    assert kylin.service.get_authentication()["username"] == "ADMIN"


def test_projects(kylin, world):
    project = {project["name"]: project for project in kylin.projects()}[world.project]
    assert {r["name"] for r in project["realizations"]} >= {world.cube, world.types_cube}
    assert f"DEFAULT.{world.table}" in project["tables"]


def test_cubes(kylin, world):
    assert set(kylin.list_datasources()) >= {world.cube, world.types_cube}


def test_schemas_and_tables(kylin, world):
    assert kylin.get_all_schemas() == ["DEFAULT"]
    assert kylin.get_all_tables() == ["EVERY_TYPE", world.table]
    assert kylin.get_all_tables(schema="DEFAULT") == ["EVERY_TYPE", world.table]
    assert kylin.get_all_tables(schema="NOPE") == []


def test_columns(kylin):
    found = {c.name: c.datatype for c in kylin.get_table_source("EVERY_TYPE", "DEFAULT").columns}
    expected = {
        "AT": "TIMESTAMP", "FLAG": "BOOLEAN", "NUMBER": "INTEGER", "BIG": "BIGINT", "RATIO": "DOUBLE", "PRICE": "DECIMAL",
        "WORD": "VARCHAR", "BORN": "DATE", "SEEN": "TIMESTAMP", "MINUTE_START": "TIMESTAMP", "DAY_START": "DATE",
    }
    assert {name: found.get(name, "").split("(")[0] for name in expected} == expected


def test_tables_with_pushdown(world):
    """`?is_pushdown=1` reads GET /tables?ext=True in place of tables_and_columns."""
    kylin = kylinpy.create_kylin(world.dsn + "?is_pushdown=1")
    assert set(kylin.get_all_tables()) >= {"EVERY_TYPE", world.table}
    columns = {c.name.upper(): c.datatype.upper() for c in kylin.get_table_source(world.table, "DEFAULT").columns}
    assert columns["COUNTRY"].startswith("VARCHAR") and columns["AMOUNT"].startswith("DECIMAL")


# -- queries ----------------------------------------------------------------------------------


@pytest.mark.parametrize("column, values", [
    ("flag", [True, False, None]),
    ("number", [-(2**31), 2**31 - 1, None]),
    ("big", [-(2**63), 2**63 - 1, None]),
    ("price", [123456789012345.6789, -0.0001, None]),
    ("word", [UTF8, "", None]),
    ("born", [datetime.date(1969, 12, 31), datetime.date(9999, 12, 31), None]),
    # kylinpy cuts the fraction off.
    ("seen", [datetime.datetime(2026, 1, 2, 3, 4, 5), datetime.datetime(1970, 1, 1), None]),
    ("minute_start", [datetime.datetime(2026, 1, 1, 0, minute) for minute in range(3)]),
])
def test_a_dimension_of_each_type(world, column, values):
    # In the order of the messages, which the minutes are.
    sql = f"SELECT {column} AS v, MAX(minute_start) AS m FROM every_type GROUP BY {column} ORDER BY m"
    assert [row[0] for row in rows(world, sql)] == values


@pytest.mark.parametrize("measure, value", [
    ("COUNT(*)", 3),
    ("SUM(ratio)", 1e300),
    ("AVG(ratio)", 5e299),
    ("MAX(single)", 1.5),
    ("SUM(price)", 123456789012345.6788),
    ("SUM(number)", -1),
])
def test_a_measure_of_each_type(world, measure, value):
    ((found,),) = rows(world, f"SELECT {measure} FROM every_type")
    assert math.isclose(found, value, rel_tol=1e-15), found


def test_literals_of_each_type(world):
    sql = (
        "SELECT CAST(1 AS INTEGER) i, CAST(1 AS BIGINT) b, CAST(1.5 AS DOUBLE) d, CAST(1.25 AS DECIMAL(10,2)) dc,"
        " DATE '2024-01-02' dt, TIMESTAMP '2024-01-02 03:04:05' ts, TRUE bo, 'x' s, CAST(NULL AS VARCHAR) n"
    )
    moment = datetime.datetime(2024, 1, 2, 3, 4, 5)
    assert rows(world, sql) == [(1, 1, 1.5, 1.25, moment.date(), moment, True, "x", None)]


def test_labels_come_back_as_written(kylin):
    metas = kylin.query("SELECT COUNT(*) AS cnt, MAX(country) AS \"Most\" FROM (SELECT country FROM kylin_streaming_table GROUP BY country) t")
    assert [meta["label"] for meta in metas["columnMetas"]] == ["cnt", "Most"]


def test_groups_agree_with_the_topic(world):
    sql = "SELECT country, COUNT(*), SUM(amount), SUM(qty) FROM KYLIN_STREAMING_TABLE GROUP BY country"
    found = {row[0]: list(row[1:]) for row in rows(world, sql)}
    expected = {country: [n, float(amount), qty] for country, (n, amount, qty) in world.by_country().items()}
    assert found == expected


def test_limit_and_offset_of_the_request(kylin):
    sql = "SELECT country FROM kylin_streaming_table GROUP BY country ORDER BY country"
    everything = kylin.query(sql)["results"]
    assert kylin.query(sql, limit=2, offset=3)["results"] == everything[3:5]


def test_a_statement_without_a_table(kylin):
    assert kylin.query("SELECT 1")["results"] == [["1"]]


def test_a_trailing_semicolon(kylin):
    assert kylin.query("SELECT 1;")["results"] == [["1"]]


@pytest.mark.parametrize("sql, word", [
    ("SELECT nonsense FROM kylin_streaming_table", "nonsense"),
    ("SELECT * FROM no_such_table", "no_such_table"),
    ("selec 1", "selec"),
    ("SELECT MAX(user_id) FROM kylin_streaming_table", "user_id"),
])
def test_an_error_is_a_query_error_with_the_servers_text(kylin, sql, word):
    with pytest.raises(KylinQueryError) as error:
        kylin.query(sql)
    assert word in str(error.value)


def test_a_wrong_password(world):
    host = world.secure_url.split("//")[1]
    assert kylinpy.create_kylin(f"kylin://ADMIN:KYLIN@{host}/{world.project}").query("SELECT 1")["results"] == [["1"]]
    with pytest.raises(HTTPError) as error:
        kylinpy.create_kylin(f"kylin://ADMIN:wrong@{host}/{world.project}").query("SELECT 1")
    assert error.value.status_code == 401
    assert "password" in str(error.value)


# -- a cube as a datasource: cube_desc, models, tables_and_columns and cubes must agree ------------


def test_datasource_names(source, world):
    assert source.cube_name == world.cube
    assert source.model_name == "kylin_streaming_model"
    assert source.fact_table.fullname == f"DEFAULT.{world.table}"
    assert source.lookups == ()
    assert source.last_modified > 1_600_000_000_000
    assert source.identity


def test_datasource_dimensions(source, world):
    columns = "CATEGORY DEVICE USER_AGE USER_GENDER CURRENCY COUNTRY DAY_START HOUR_START MINUTE_START".split()
    types = {"USER_AGE": "INTEGER", "DAY_START": "DATE", "HOUR_START": "TIMESTAMP", "MINUTE_START": "TIMESTAMP"}
    assert {d.name: d.datatype for d in source.dimensions} == {f"{world.table}.{c}": types.get(c, "VARCHAR") for c in columns}
    assert len({d.verbose for d in source.dimensions}) == len(columns)


def test_datasource_measures_are_sql_that_the_server_answers(source, kylin, world):
    truth = world.by_country().values()
    expected = {"orders": sum(n for n, _, _ in truth), "amount_sum": sum(a for _, a, _ in truth), "qty_sum": sum(q for _, _, q in truth)}
    found = {}
    for measure in source.measures:
        answer = kylin.query(f"SELECT {measure.expression} FROM DEFAULT.{world.table}")
        # Names ignore case; Kylin's users write them in upper case.
        found[measure.name.lower()] = answer["results"][0][0]
    assert set(found) >= set(expected)
    assert {name: float(found[name]) for name in expected} == {name: float(value) for name, value in expected.items()}


def test_datasource_from_clause(source, world):
    statement = str(sqlalchemy.select([sqlalchemy.text("*")]).select_from(source.from_clause))
    assert statement.replace('"', "").split() == f"SELECT * FROM DEFAULT.{world.table} AS {world.table}".split()


def test_datasource_of_every_type(kylin, world):
    types = {d.name.split(".")[1]: d.datatype.split("(")[0] for d in kylin.get_datasource(world.types_cube).dimensions}
    assert types == {
        "FLAG": "BOOLEAN", "NUMBER": "INTEGER", "BIG": "BIGINT", "PRICE": "DECIMAL", "WORD": "VARCHAR", "BORN": "DATE",
        "SEEN": "TIMESTAMP", "MINUTE_START": "TIMESTAMP",
    }


def test_datasource_segments(source, world):
    assert [s["name"] for s in source.list_segment()] == ["0_1000", "1000_2000", "2000_3000"]


def test_datasource_of_an_unknown_cube(kylin):
    with pytest.raises((HTTPError, KylinCubeError)) as error:
        kylin.get_datasource("no_such_cube")
    assert "no_such_cube" in str(error.value)


# -- commands -----------------------------------------------------------------------------------


def test_build_streaming_on_a_quiet_topic(source, kylin):
    job = source.invoke_command("build_streaming", offset_start=0, offset_end=TIP)
    assert (job["job_status"], job["nothing_new"]) == ("FINISHED", True)
    # Airflow's operator asks for it again.
    assert kylin.get_job(job["uuid"]).status == "FINISHED"


@pytest.mark.parametrize("command, arguments", [
    ("fullbuild", {}),
    ("build", {"start": datetime.datetime(2026, 1, 1), "end": datetime.datetime(2026, 1, 2)}),
])
def test_build_by_time_is_a_job_or_says_what_to_call(source, command, arguments):
    try:
        assert source.invoke_command(command, **arguments)["job_status"] == "FINISHED"
    except HTTPError as error:
        assert "build2" in str(error)


@pytest.mark.parametrize("command, arguments", [
    ("merge", {"start": datetime.datetime(2026, 1, 1), "end": datetime.datetime(2026, 1, 2)}),
    ("refresh", {"start": datetime.datetime(2026, 1, 1), "end": datetime.datetime(2026, 1, 2)}),
    ("merge_streaming", {"offset_start": 0, "offset_end": 2000}),
    ("refresh_streaming", {"offset_start": 0, "offset_end": 1000}),
])
def test_merge_and_refresh_are_refused_in_kylins_shape(source, command, arguments):
    with pytest.raises(HTTPError) as error:
        source.invoke_command(command, **arguments)
    assert isinstance(str(error.value), str) and len(str(error.value)) > 20
    assert set(error.value.json()) == {"url", "exception", "code", "data", "msg", "stacktrace"}


def test_disable_and_enable(source, kylin, world):
    assert source.invoke_command("disable")["status"] == "DISABLED"
    with pytest.raises(KylinQueryError):
        kylin.query(f"SELECT COUNT(*) FROM {world.table}")
    assert world.table not in kylin.get_all_tables()
    assert source.invoke_command("enable")["status"] == "READY"
    assert kylin.query(f"SELECT COUNT(*) FROM {world.table}")["results"] == [["3000"]]


def test_clone_purge_and_drop(source, kylin, world):
    clone = f"{world.cube}_clone"
    assert source.invoke_command("clone")["name"] == clone
    assert clone in kylin.list_datasources()
    assert world.ok("GET", f"/cubes/{clone}")["segments"] == []
    world.wait(world.ok("PUT", f"/cubes/{clone}/build2", {"sourceOffsetStart": 0, "sourceOffsetEnd": TIP, "buildType": "BUILD"}))
    cloned = kylin.get_datasource(clone)
    assert [s["name"] for s in cloned.list_segment()] == ["0_3000"]
    cloned.invoke_command("disable")
    assert cloned.invoke_command("purge")["segments"] == []
    cloned.invoke_command("drop")
    assert clone not in kylin.list_datasources()


def test_delete_a_segment(source, world):
    source.invoke_command("delete", name="2000_3000")
    assert [s["name"] for s in source.list_segment()] == ["0_1000", "1000_2000"]
    job = world.wait(source.invoke_command("build_streaming", offset_start=0, offset_end=TIP))
    assert job["job_status"] == "FINISHED", job
    assert world.count() == 3000


# -- jobs -----------------------------------------------------------------------------------------


def test_jobs(kylin, world):
    jobs = kylin.service.jobs()
    assert jobs and all(job["uuid"] and job["job_status"] and job["related_cube"] for job in jobs)
    assert {job.status for job in kylin.list_job()} <= {"FINISHED", "DISCARDED"}


@pytest.mark.parametrize("action", ["resume", "pause", "cancel"])
def test_a_finished_job_cannot_be(kylin, action):
    job = kylin.get_job(next(j["uuid"] for j in kylin.service.jobs() if j["job_status"] == "FINISHED"))
    with pytest.raises(Exception) as error:
        getattr(job, action)()
    assert "FINISHED" in str(error.value).upper()
    assert job.status == "FINISHED"


def test_drop_a_job(kylin):
    job = kylin.get_job(kylin.service.jobs()[0]["uuid"])
    job.drop()
    assert job.job_id not in [j["uuid"] for j in kylin.service.jobs()]
    with pytest.raises(HTTPError) as error:
        job.get_desc()
    assert error.value.status_code == 404
