#!/usr/bin/env python3
"""Answers SQL from the raw messages, with other code than Kirin's: Python's json and DuckDB.

    duckdb_oracle.py --ndjson FILE --columns JSON --sql SQL... [--table NAME] [--on-bad-value error|null|drop]

FILE (- is standard input) holds one message a line. --columns maps each column to its type and
its place in the message:

    {"amount":   {"type": "DECIMAL(19,4)"},
     "user_id":  {"type": "VARCHAR", "path": ["user", "id"]},
     "order_at": {"type": "TIMESTAMP", "path": ["order_time"], "format": "epoch_ms"}}

The path defaults to the column's name. Types: BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE,
DECIMAL(p,s), VARCHAR, DATE, TIMESTAMP; formats of a TIMESTAMP: epoch_s, epoch_ms, epoch_us,
rfc3339, {"pattern": "%Y-%m-%d %H:%M:%S", "zone": "America/New_York"}.

Prints one line of JSON for each SQL, {"columns": [...], "rows": [[...], ...]}, with values as
canonical.py says, then {"dropped": n}.

How a message becomes a row:
  * A line that is no JSON (RFC 8259: no NaN, valid UTF-8, no lone surrogate), or no object, is
    dropped and counted; so is an empty line. Of a key that is there twice, the last one counts.
  * NULL is: a key that is missing, a null, and a path that runs into anything but an object.
  * INTEGER, BIGINT: a number without fraction, however written (4, 4.0, 4e0), within the range.
  * DECIMAL: from the digits as written, never through a double; rounded half away from zero.
  * FLOAT, DOUBLE: the nearest one; a number too large to be finite is a bad value.
  * VARCHAR: a string; a number as it is written; true and false.
  * BOOLEAN: true, false. DATE: "YYYY-MM-DD".
  * TIMESTAMP, to the microsecond, finer digits cut off: epoch_* from a number without fraction;
    rfc3339 from a string with an offset; a pattern from a string in local time of its zone,
    where a time that exists twice is the earlier one and one that is skipped is bad.
Anything else is a bad value: by default an error that names the line, else a NULL, or the whole
message is dropped and counted.
"""

import argparse
import datetime
import decimal
import json
import re
import sys
import zoneinfo

import numpy as np
import pyarrow as pa

import canonical

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# ROUND_HALF_UP is half away from zero; 28 digits, the default, are fewer than a DECIMAL(38,s) has.
DECIMALS = decimal.Context(prec=100, rounding=decimal.ROUND_HALF_UP)


class Bad(ValueError):
    """A value that its column cannot hold."""


class Number(str):
    """A JSON number as it was written."""


def refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


def parse(line):
    """The object of a message, or None."""
    try:
        text = line.decode("utf-8")
        message = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse_constant)
        if "\\u" in text:
            json.dumps(message, ensure_ascii=False).encode("utf-8")  # fails for a lone surrogate
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def at(message, path):
    for key in path:
        if not isinstance(message, dict):
            return None
        message = message.get(key)
    return message


def decimal_of(number):
    """The number, exactly; one with an exponent beyond Decimal's own is only kept as huge or tiny."""
    try:
        return decimal.Decimal(number)
    except decimal.InvalidOperation:
        mantissa, exponent = number.lower().split("e")
        if not mantissa.strip("-0."):
            return decimal.Decimal(0)
        return decimal.Decimal("1e-1000" if exponent.startswith("-") else "1e1000")


def whole(value, low, high):
    if not isinstance(value, Number):
        raise Bad("is no number")
    number = decimal_of(value)
    if number and number.adjusted() > 20:
        raise Bad("is out of range")
    if number and (number.adjusted() < 0 or number % 1 != 0):
        raise Bad("has a fraction")
    if not low <= number <= high:
        raise Bad("is out of range")
    return int(number)


def boolean(value):
    if not isinstance(value, bool):
        raise Bad("is no boolean")
    return value


def floating(value, kind):
    if not isinstance(value, Number):
        raise Bad("is no number")
    number = float(value)
    if kind == "FLOAT":
        with np.errstate(over="ignore"):
            number = float(np.float32(value))
    if number in (float("inf"), float("-inf")):
        raise Bad("is out of range")
    return number


def exact(value, precision, scale):
    if not isinstance(value, Number):
        raise Bad("is no number")
    number = decimal_of(value)
    if number and number.adjusted() >= precision - scale:
        raise Bad("is out of range")
    if number and number.adjusted() < -scale - 1:
        number = decimal.Decimal(0)  # far below half of the last digit
    number = number.quantize(decimal.Decimal(1).scaleb(-scale), context=DECIMALS)
    if number.adjusted() >= precision - scale and number:  # 9.99996 became 10.0000
        raise Bad("is out of range")
    return number


def text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise Bad("is no string")
    return str(value)


def string(value):
    if not isinstance(value, str) or isinstance(value, Number):
        raise Bad("is no string")
    return value


def date(value):
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", string(value), re.ASCII):
        raise Bad("is no date YYYY-MM-DD")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError as error:
        raise Bad(str(error)) from None


def micros(moment):
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def rfc3339(value):
    match = RFC3339.fullmatch(string(value))
    if not match:
        raise Bad("is no RFC 3339 time with an offset")
    day, clock, fraction, offset = match.groups()
    offset = "+00:00" if offset in "Zz" else offset
    try:
        seconds = micros(datetime.datetime.fromisoformat(f"{day}T{clock}{offset}"))
    except (ValueError, OverflowError) as error:
        raise Bad(str(error)) from None
    return seconds + int(((fraction or "") + "000000")[:6])


def patterned(value, pattern, zone):
    try:
        moment = datetime.datetime.strptime(string(value), pattern)
    except ValueError as error:
        raise Bad(str(error)) from None
    if moment.tzinfo is None:
        clock, moment = moment, moment.replace(tzinfo=zone)  # fold 0: the earlier of two
        if moment.astimezone(datetime.timezone.utc).astimezone(zone).replace(tzinfo=None) != clock:
            raise Bad(f"is a time that {zone} skips")
    return micros(moment)


def reader(name, column):
    """A function from JSON value to Arrow value, and the Arrow type."""
    kind = column["type"].upper().replace(" ", "")
    if kind == "BOOLEAN":
        return boolean, pa.bool_()
    if kind == "INTEGER":
        return lambda value: whole(value, -(2**31), 2**31 - 1), pa.int32()
    if kind == "BIGINT":
        return lambda value: whole(value, -(2**63), 2**63 - 1), pa.int64()
    if kind in ("FLOAT", "DOUBLE"):
        return lambda value: floating(value, kind), pa.float32() if kind == "FLOAT" else pa.float64()
    if match := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        precision, scale = map(int, match.groups())
        return lambda value: exact(value, precision, scale), pa.decimal128(precision, scale)
    if kind == "VARCHAR":
        return text, pa.string()
    if kind == "DATE":
        return date, pa.date32()
    if kind == "TIMESTAMP":
        form = column.get("format")
        if isinstance(form, dict):
            zone = zoneinfo.ZoneInfo(form.get("zone", "UTC"))
            return lambda value: patterned(value, form["pattern"], zone), pa.timestamp("us")
        if form == "rfc3339":
            return rfc3339, pa.timestamp("us")
        unit = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}.get(form)
        if unit:
            low, high = -(2**63 // unit), (2**63 - 1) // unit
            return lambda value: whole(value, low, high) * unit, pa.timestamp("us")
        sys.exit(f"column {name}: format {form!r} is not known; see --help")
    sys.exit(f"column {name}: type {column['type']!r} is not known; see --help")


def load(lines, columns, on_bad_value):
    """The rows as an Arrow table, and how many messages were dropped."""
    places = {name: column.get("path", [name]) for name, column in columns.items()}
    readers = {name: reader(name, column) for name, column in columns.items()}
    values = {name: [] for name in columns}
    dropped = 0
    for number, line in enumerate(lines, 1):
        message = parse(line)
        if message is None:
            dropped += 1
            continue
        row = {}
        for name, (read, _) in readers.items():
            value = at(message, places[name])
            if value is not None:
                try:
                    value = read(value)
                except Bad as error:
                    if on_bad_value == "error":
                        sys.exit(
                            f"line {number}, column {name}: {shown(value)} {error}; "
                            "see --on-bad-value to go on without it"
                        )
                    if on_bad_value == "drop":
                        dropped += 1
                        break
                    value = None
            row[name] = value
        else:
            for name, value in row.items():
                values[name].append(value)
    arrays = [pa.array(values[name], kind) for name, (_, kind) in readers.items()]
    return pa.table(arrays, names=list(columns)), dropped


def shown(value):
    """A JSON value for an error message; a number as it was written."""
    return (value if isinstance(value, Number) else json.dumps(value))[:200]


def messages(data):
    """The lines of a file. Only the line feed ends one, and the last need not have it."""
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return lines


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--ndjson", required=True, metavar="FILE")
    arguments.add_argument("--columns", required=True, metavar="JSON", type=json.loads)
    arguments.add_argument("--table", default="messages", metavar="NAME", help="default: messages")
    arguments.add_argument("--sql", required=True, nargs="+", metavar="SQL")
    arguments.add_argument("--on-bad-value", choices=["error", "null", "drop"], default="error", help="default: error")
    arguments = arguments.parse_args()

    if arguments.ndjson == "-":
        data = sys.stdin.buffer.read()
    else:
        with open(arguments.ndjson, "rb") as file:
            data = file.read()
    rows, dropped = load(messages(data), arguments.columns, arguments.on_bad_value)

    connection = canonical.connect()
    connection.register("arrow_rows", rows)
    connection.execute(f"CREATE TABLE {canonical.identifier(arguments.table)} AS SELECT * FROM arrow_rows")
    connection.unregister("arrow_rows")
    for sql in arguments.sql:
        print(canonical.answer(connection, sql))
    print(json.dumps({"dropped": dropped}))


if __name__ == "__main__":
    main()
