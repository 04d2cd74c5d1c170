#!/usr/bin/env bash
# kcat_duckdb.sh TOPIC BOOTSTRAP : the topic to a file by kcat, then 256 cuboids by DuckDB, in $WORK/out/duck-B.parquet
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
command -v kcat >/dev/null || { echo "kcat is missing (Debian: apt-get install kcat)" >&2; exit 3; }
python=$("$root/tests/services/python/fetch.sh" | tail -n 1)
export TOPIC=$1 BOOTSTRAP=$2 N=3000000 PARTITIONS=4
kcat -C -q -e -b "$BOOTSTRAP" -t "$TOPIC" -o beginning -X fetch.message.max.bytes=8388608 -X queued.min.messages=500000 -f '%s\n' > "$WORK/data/consumed.ndjson"
"$python" "$here/duck.py" B "$WORK/data/consumed.ndjson" duck-B >&2
