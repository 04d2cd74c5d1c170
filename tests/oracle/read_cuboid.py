#!/usr/bin/env python3
"""Runs SQL in DuckDB on Parquet files: what Kirin wrote must be readable by others.

    read_cuboid.py --parquet [NAME=]PATH... --sql SQL...

Files of one name are one table; the name defaults to cuboid, and a path may hold * and **.
Files of one table must have the same columns. Prints one line of JSON for each SQL,
{"columns": [...], "rows": [[...], ...]}, with values as canonical.py says.
"""

import argparse
import re

import canonical


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--parquet", required=True, nargs="+", metavar="[NAME=]PATH")
    arguments.add_argument("--sql", required=True, nargs="+", metavar="SQL")
    arguments = arguments.parse_args()

    tables = {}
    for argument in arguments.parquet:
        # Object names hold "=" too (day=2013-01-01/…): only a plain word before it is a name.
        name, path = re.fullmatch(r"(?:([A-Za-z_][A-Za-z0-9_]*)=)?(.*)", argument, re.DOTALL).groups()
        tables.setdefault(name or "cuboid", []).append(path)

    connection = canonical.connect()
    for name, paths in tables.items():
        files = ", ".join(canonical.literal(path) for path in paths)
        connection.execute(
            f"CREATE VIEW {canonical.identifier(name)} AS "
            f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)"
        )
    for sql in arguments.sql:
        print(canonical.answer(connection, sql))


if __name__ == "__main__":
    main()
