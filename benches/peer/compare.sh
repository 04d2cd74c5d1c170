#!/usr/bin/env bash
# compare.sh KIRIN.parquet : the content of Kirin's cuboids and of DuckDB's must have one hash
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
python=$("$root/tests/services/python/fetch.sh" | tail -n 1)
"$python" "$here/check.py" "$1" "$WORK/out/duck-B.parquet"
