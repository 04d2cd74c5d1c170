#!/usr/bin/env python3
"""check.py KIRIN.parquet PEER.parquet : totals and an order-independent hash of both cubes, by DuckDB.

Kirin's cuboid ids count the dimensions from the lowest bit, the peer's from the highest of nine.
Ends with 1 if anything differs."""
import json, os, sys
import duckdb

expected = json.load(open(os.environ["WORK"] + "/data/expect.json"))
connection = duckdb.connect()
connection.sql("SET TimeZone='UTC'")
PLAIN = ["category", "device", "user_age", "user_gender", "currency", "country"]
TIMES = ["day_start", "hour_start", "minute_start"]
reversed_bits = " | ".join(f"(((cuboid_id >> {i}) & 1) << {8 - i})" for i in range(9))
results = []
for path, ident in ((sys.argv[1], reversed_bits), (sys.argv[2], "CAST(cuboid_id AS BIGINT)")):
    cells = [f"CAST(CAST({c} AS INTEGER) AS VARCHAR)" if c == "user_age" else f"CAST({c} AS VARCHAR)" for c in PLAIN]
    cells += [f"CAST(epoch_ms(CAST({c} AS TIMESTAMP)) AS VARCHAR)" for c in TIMES]
    sql = (
        f"SELECT count(*), count(DISTINCT k), sum(cnt)::HUGEINT, sum(sum_qty)::HUGEINT, sum(sum_amount::DECIMAL(38,4)), "
        f"sum(hash(k, {', '.join(cells)}, cnt::BIGINT, sum_qty::BIGINT, sum_amount::DECIMAL(19,4))::HUGEINT) "
        f"FROM (SELECT *, CAST({ident} AS BIGINT) AS k FROM read_parquet('{path}'))"
    )
    results.append(connection.sql(sql).fetchall()[0])
    rows, cuboids, count, qty, amount, content = results[-1]
    print(f"{os.path.basename(path)}: {rows} rows, {cuboids} cuboids, COUNT {count}, SUM(qty) {qty}, SUM(amount) {amount}, "
          f"content {content % 2**64:016x}, {os.path.getsize(path) / 1e6:.1f} MB")
same = results[0] == results[1] and results[0][2] == 256 * expected["n"]
print("the contents are the same" if same else "THE CONTENTS DIFFER")
sys.exit(not same)
