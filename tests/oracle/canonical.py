"""The text form in which DuckDB's answers are compared with Kirin's.

Every value is a string or null:

    integers, HUGEINT     plain digits                          -42
    decimals              plain digits, all of the scale        38.2000
    doubles               Python's repr, which is the shortest  0.1   1e+20   nan   inf
    floats                the shortest text of the single       0.1
    booleans              true, false
    dates                 YYYY-MM-DD
    timestamps            YYYY-MM-DD HH:MM:SS, in UTC, with six more digits only if not all are 0
    strings, UUIDs        themselves
    blobs                 lower-case hexadecimal

Years before 1 or after 9999 are counted on plainly (0, -1; 10000). Any other type is an error:
cast it in the SQL, so that the test says what it compares.
"""

import datetime
import json
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.types as t

PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000}


def connect():
    """DuckDB in memory, in UTC, on one thread: a sum of doubles then has one order, and one result."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 1")
    # A missing extension is an error here, not a download.
    connection.execute("SET autoinstall_known_extensions = false")
    return connection


def identifier(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def answer(connection, sql):
    """The result of one statement as a line of JSON: {"columns": [...], "rows": [[...], ...]}."""
    try:
        table = connection.sql(sql).to_arrow_table()
        columns = [column_text(name, column) for name, column in zip(table.column_names, table.columns)]
    except (duckdb.Error, TypeError) as error:
        sys.exit(f"{sql}\n{error}")
    rows = [list(row) for row in zip(*columns)]
    return json.dumps({"columns": table.column_names, "rows": rows}, ensure_ascii=False)


def column_text(name, column):
    """The values of an Arrow column, in the canonical form."""
    text, column = writer(name, column)
    return [None if value is None else text(value) for value in column.to_pylist()]


def writer(name, column):
    """A function from value to text, and the column in a type whose values it takes.

    Times are taken as whole numbers: Python's own end with the year 9999, the data does not.
    """
    kind = column.type
    if t.is_null(kind) or t.is_string(kind) or t.is_large_string(kind):
        return str, column
    if t.is_boolean(kind):
        return lambda value: "true" if value else "false", column
    if t.is_integer(kind):
        return str, column
    if t.is_decimal(kind):
        return lambda value: format(value, "f"), column
    if t.is_float32(kind):
        return lambda value: str(np.float32(value)), column
    if t.is_float64(kind):
        return repr, column
    if t.is_date32(kind):
        return date_text, column.cast(pa.int32())
    if t.is_timestamp(kind) and kind.unit in PER_SECOND:
        per_second = PER_SECOND[kind.unit]
        return lambda value: timestamp_text(value * (1_000_000 // per_second)), column.cast(pa.int64())
    if t.is_binary(kind) or t.is_large_binary(kind):
        return bytes.hex, column
    raise TypeError(f"column {name}: type {kind} has no canonical form; cast it in the SQL, for example to VARCHAR")


def date_text(days):
    """`days` since 1970. The calendar repeats every 400 years, which are 146,097 days."""
    cycles, day = divmod(days + datetime.date(1970, 1, 1).toordinal() - 1, 146_097)
    date = datetime.date.fromordinal(day + 1)
    year = date.year + 400 * cycles
    return f"{'-' if year < 0 else ''}{abs(year):04}-{date.month:02}-{date.day:02}"


def timestamp_text(micros):
    """`micros` since 1970, UTC."""
    seconds, fraction = divmod(micros, 1_000_000)
    days, second = divmod(seconds, 86_400)
    text = f"{date_text(days)} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return f"{text}.{fraction:06}" if fraction else text
