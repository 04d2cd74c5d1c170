"""kylinpy's SQLAlchemy dialect: create_engine('kylin://...'), as notebooks and Superset use it.

Runs under SQLAlchemy 1.3 as it is, and under 1.4 with the patch of docs/clients.md.
"""
import datetime
import decimal

import pytest
import sqlalchemy as sa
from kylinpy.exceptions import KylinQueryError
from kylinpy.sqla_dialect import KylinDialect, KylinSQLCompiler
from sqlalchemy import types as sqltypes

IS_13 = sa.__version__.startswith("1.3")

if not IS_13:
    # The patch of docs/clients.md, word for word.
    for name in ("_compose_select_body", "_cached_metadata", "visit_label", "visit_column"):
        if name in KylinSQLCompiler.__dict__:
            delattr(KylinSQLCompiler, name)

    def has_table(self, connection, table_name, schema=None, **kw):
        return table_name in self.get_table_names(connection, schema)

    KylinDialect.has_table = has_table


@pytest.fixture(scope="module")
def engine(world):
    return sa.create_engine(world.dsn)


@pytest.fixture(scope="module")
def orders(engine, world):
    kw = {"autoload_with": engine}
    if IS_13:
        kw["autoload"] = True
    return sa.Table(world.table, sa.MetaData(), schema="DEFAULT", **kw)


def select(*columns):
    return sa.select(list(columns))


def fetch(engine, statement):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement) if isinstance(statement, str) else statement)]


def inlined(engine, statement):
    """Values written into the SQL: the only way that kylinpy can send them."""
    return str(statement.compile(engine, compile_kwargs={"literal_binds": True}))


# -- what a tool looks at first ---------------------------------------------------------------


def test_connection_test_of_superset(engine):
    assert fetch(engine, "SELECT 1") == [(1,)]


def test_schemas_and_tables(engine, world):
    inspector = sa.inspect(engine)
    assert inspector.get_schema_names() == ["DEFAULT"]
    assert inspector.get_table_names() == ["EVERY_TYPE", world.table]
    assert inspector.get_table_names(schema="DEFAULT") == ["EVERY_TYPE", world.table]
    assert inspector.get_view_names(schema="DEFAULT") == []


def test_columns_and_their_types(engine):
    found = {c["name"]: c["type"] for c in sa.inspect(engine).get_columns("EVERY_TYPE", schema="DEFAULT")}
    expected = {
        "AT": sqltypes.TIMESTAMP, "FLAG": sqltypes.BOOLEAN, "NUMBER": sqltypes.INTEGER, "BIG": sqltypes.BIGINT,
        "SINGLE": sqltypes.FLOAT, "RATIO": sqltypes.FLOAT, "PRICE": sqltypes.DECIMAL, "WORD": sqltypes.VARCHAR,
        "BORN": sqltypes.DATE, "SEEN": sqltypes.TIMESTAMP, "DAY_START": sqltypes.DATE, "MINUTE_START": sqltypes.TIMESTAMP,
    }
    assert {name: type(found.get(name)) for name in expected} == expected


def test_columns_of_an_unknown_table(engine):
    with pytest.raises(sa.exc.NoSuchTableError):
        sa.inspect(engine).get_columns("NOPE", schema="DEFAULT")


def test_reflection(orders):
    assert {"COUNTRY", "AMOUNT", "MINUTE_START"} <= {column.name for column in orders.columns}


if not IS_13:  # kylinpy's own always answers False

    def test_has_table(engine, world):
        inspector = sa.inspect(engine)
        assert inspector.has_table(world.table, schema="DEFAULT") and not inspector.has_table("NOPE", schema="DEFAULT")


# -- statements that SQLAlchemy writes ----------------------------------------------------------


def test_group_and_order(engine, orders, world):
    country, messages = orders.c.COUNTRY, sa.func.count().label("cnt")
    statement = select(country, messages, sa.func.sum(orders.c.AMOUNT).label("s")).group_by(country).order_by(sa.desc("cnt"), country)
    rows = fetch(engine, statement)
    assert {row[0]: (row[1], row[2]) for row in rows} == {c: (n, float(a)) for c, (n, a, _) in world.by_country().items()}
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)


def test_labels_are_the_keys_of_a_row(engine, orders):
    with engine.connect() as connection:
        row = connection.execute(select(sa.func.count().label("cnt")).select_from(orders)).fetchone()
    assert row.cnt == 3000


def test_bound_values_written_into_the_statement(engine, orders, world):
    matches = [m for m in world.messages if m.get("country") == "CHINA" and (m.get("category") or "").startswith("BO")]
    statement = select(sa.func.count()).select_from(orders).where(orders.c.COUNTRY == "CHINA").where(orders.c.CATEGORY.like("BO%"))
    assert fetch(engine, inlined(engine, statement)) == [(len(matches),)]


@pytest.mark.parametrize("column, value, type_", [
    ("WORD", "Z\u00fcrich \u6771\u4eac \"q\" 'a' ?", sa.String),
    ("WORD", "", sa.String),
    ("NUMBER", -(2**31), sa.Integer),
    ("BIG", 2**63 - 1, sa.BigInteger),
    ("PRICE", decimal.Decimal("-0.0001"), sa.Numeric),
])
def test_a_bound_value_of_each_type(engine, column, value, type_):
    table = sa.table("EVERY_TYPE", sa.column(column, type_))
    table.schema = "DEFAULT"
    statement = select(sa.func.count()).select_from(table).where(table.c[column] == sa.literal(value, type_))
    assert fetch(engine, inlined(engine, statement)) == [(1,)]


def test_limit_and_offset_written_into_the_statement(engine, orders):
    statement = select(orders.c.COUNTRY).group_by(orders.c.COUNTRY).order_by(orders.c.COUNTRY)
    everything = fetch(engine, statement)
    assert fetch(engine, inlined(engine, statement.limit(2).offset(3))) == everything[3:5]


def test_bound_parameters_fail_in_the_client_before_any_request(engine, orders):
    """Known: kylinpy passes them on as keyword arguments. If this ever works, docs/clients.md is out of date."""
    with pytest.raises(TypeError):
        fetch(engine, select(sa.func.count()).select_from(orders).where(orders.c.COUNTRY == "CHINA"))


def test_percent_signs_come_doubled(engine):
    """The compiler doubles % in a text and nothing undoes it; LIKE means the same."""
    assert fetch(engine, "SELECT COUNT(*) FROM kylin_streaming_table WHERE country LIKE 'CHI%'") == fetch(
        engine, "SELECT COUNT(*) FROM kylin_streaming_table WHERE country LIKE 'CHI%%'")


def test_an_empty_result_has_its_columns(engine):
    with engine.connect() as connection:
        result = connection.execute(sa.text("SELECT country AS c, COUNT(*) AS n FROM kylin_streaming_table WHERE country = 'ATLANTIS' GROUP BY country"))
        assert list(result.keys()) == ["c", "n"] and result.fetchall() == []


def test_python_values(engine):
    moment = datetime.datetime(2024, 1, 2, 3, 4, 5)
    row = fetch(engine, "SELECT CAST(1 AS BIGINT) b, CAST(1.5 AS DOUBLE) d, DATE '2024-01-02' dt, TIMESTAMP '2024-01-02 03:04:05' ts, TRUE bo, 'x' s, CAST(NULL AS VARCHAR) n")
    assert row == [(1, 1.5, moment.date(), moment, True, "x", None)]


@pytest.mark.parametrize("sql, word", [("SELECT nope FROM kylin_streaming_table", "nope"), ("SELECT * FROM nope", "nope"), ("selec 1", "selec")])
def test_errors_have_the_servers_text(engine, sql, word):
    with pytest.raises(KylinQueryError) as error:
        fetch(engine, sql)
    assert word in str(error.value)


# -- statements that Superset writes with this dialect --------------------------------------------

FILTER = '"MINUTE_START" >= CAST(\'2026-01-01 00:00:00\' AS TIMESTAMP) AND "MINUTE_START" < CAST(\'2026-01-02 00:00:00\' AS TIMESTAMP)'
SUPERSET = {
    "grain of an hour": (
        'SELECT CAST(FLOOR(CAST("MINUTE_START" AS TIMESTAMP) TO HOUR) AS TIMESTAMP) AS "__timestamp", COUNT(*) AS "count" FROM "DEFAULT"."KYLIN_STREAMING_TABLE"'
        f' WHERE {FILTER} GROUP BY CAST(FLOOR(CAST("MINUTE_START" AS TIMESTAMP) TO HOUR) AS TIMESTAMP) ORDER BY "count" DESC LIMIT 1000'),
    "grain of a day": (
        'SELECT CAST(FLOOR(CAST("MINUTE_START" AS TIMESTAMP) TO DAY) AS DATE) AS "TS", SUM("AMOUNT") AS "SUM(amount)" FROM "DEFAULT"."KYLIN_STREAMING_TABLE"'
        ' GROUP BY CAST(FLOOR(CAST("MINUTE_START" AS TIMESTAMP) TO DAY) AS DATE) LIMIT 1000'),
    "a day of the day column": (
        'SELECT CAST(FLOOR(CAST("DAY_START" AS TIMESTAMP) TO MONTH) AS DATE) AS "TS", SUM("QTY") AS q FROM "DEFAULT"."KYLIN_STREAMING_TABLE"'
        ' WHERE "DAY_START" >= CAST(\'2026-01-01\' AS DATE) GROUP BY CAST(FLOOR(CAST("DAY_START" AS TIMESTAMP) TO MONTH) AS DATE)'),
    "top series": (
        'SELECT "DEVICE" AS "DEVICE", SUM("AMOUNT") AS "SUM(amount)" FROM "DEFAULT"."KYLIN_STREAMING_TABLE" JOIN (SELECT "COUNTRY" AS "COUNTRY__", SUM("AMOUNT") AS mme_inner__'
        ' FROM "DEFAULT"."KYLIN_STREAMING_TABLE" GROUP BY "COUNTRY" ORDER BY SUM("AMOUNT") DESC LIMIT 5) AS series_limit ON "COUNTRY" = "COUNTRY__" GROUP BY "DEVICE" LIMIT 1000'),
    "values of a filter": 'SELECT DISTINCT "COUNTRY" AS column_values FROM "DEFAULT"."KYLIN_STREAMING_TABLE" LIMIT 10000',
    "having and lower": (
        'SELECT "COUNTRY" AS "COUNTRY", COUNT(*) AS "count" FROM "DEFAULT"."KYLIN_STREAMING_TABLE" WHERE LOWER("COUNTRY") LIKE LOWER(\'C%\') AND (NOT "COUNTRY" IS NULL)'
        ' GROUP BY "COUNTRY" HAVING ((COUNT(*) > 1)) ORDER BY "count" DESC LIMIT 100'),
    "count of rows": (
        'SELECT COUNT(*) AS rowcount FROM (SELECT "COUNTRY" AS "COUNTRY", COUNT(*) AS "count" FROM "DEFAULT"."KYLIN_STREAMING_TABLE" GROUP BY "COUNTRY" LIMIT 50000) AS rowcount_qry'),
    "virtual dataset": (
        'SELECT "COUNTRY" AS "COUNTRY", SUM(n) AS s FROM (SELECT country AS "COUNTRY", device, COUNT(*) AS n FROM kylin_streaming_table GROUP BY country, device) AS virtual_table'
        ' GROUP BY "COUNTRY" LIMIT 100'),
    "in with null": 'SELECT COUNT(*) AS n FROM "DEFAULT"."KYLIN_STREAMING_TABLE" WHERE "COUNTRY" IS NULL OR "COUNTRY" IN (\'US\')',
    "others": (
        'SELECT CASE WHEN "COUNTRY" IN (\'US\', \'CHINA\') THEN "COUNTRY" ELSE \'Others\' END AS c, COUNT(*) AS n FROM "DEFAULT"."KYLIN_STREAMING_TABLE"'
        ' GROUP BY CASE WHEN "COUNTRY" IN (\'US\', \'CHINA\') THEN "COUNTRY" ELSE \'Others\' END'),
}


@pytest.mark.parametrize("case", SUPERSET)
def test_superset(engine, case):
    assert fetch(engine, SUPERSET[case]), "no rows"


def test_superset_grain_adds_up(engine):
    assert sum(row[1] for row in fetch(engine, SUPERSET["grain of an hour"].replace("LIMIT 1000", ""))) == 2000


def test_superset_top_series_are_those_of_the_topic(engine, world):
    amounts = {c: amount for c, (_, amount, _) in world.by_country().items()}
    # The subquery's five by amount; a country that is NULL joins with none.
    top = sorted(amounts, key=lambda c: amounts[c], reverse=True)[:5]
    expected = {}
    for message in world.messages:
        if message.get("country") in top and message.get("country") is not None:
            expected[message.get("device")] = expected.get(message.get("device"), 0) + (message.get("amount") or 0)
    found = dict(fetch(engine, SUPERSET["top series"]))
    assert {device: round(amount, 4) for device, amount in found.items()} == {device: float(amount) for device, amount in expected.items()}
