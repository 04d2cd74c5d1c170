#!/usr/bin/env bash
# run.sh : the pages in a real browser, against a real server that holds the demo's data.
#
# Needs Node.js 20.19 or later, a Chromium (tests/services/chromium), and a built kirin with pages in
# $CARGO_TARGET_DIR/debug (target/debug), or named by KIRIN_BIN. KIRIN_TEST_KAFKA names a broker; without it the
# demo's own serves. SHOTS=FOLDER has the tests leave their screenshots there.
#
# Exit code: 0 passed; 1 failed; 3 a tool is missing, named on standard error.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
kirin=${KIRIN_BIN:-${CARGO_TARGET_DIR:-$root/target}/debug/kirin}

command -v npm >/dev/null || { echo "no npm: install Node.js 20.19 or later" >&2; exit 3; }
CHROMIUM=$(bash "$here/../services/chromium/fetch.sh") || exit $?
export CHROMIUM

folder=$(mktemp -d)
server=
cleanup() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT

cd "$root/rest/ui"
npm ci --no-audit --no-fund --loglevel=error
npm run --silent check
npm run --silent test

"$kirin" --log error demo --port 0 --data-dir "$folder/data" ${KIRIN_TEST_KAFKA:+--broker "$KIRIN_TEST_KAFKA"} \
  >"$folder/demo.log" 2>&1 &
server=$!
for _ in $(seq 900); do
  grep -q "serving until Ctrl-C" "$folder/demo.log" && break
  kill -0 "$server" 2>/dev/null || { cat "$folder/demo.log" >&2; exit 1; }
  sleep 0.2
done
KIRIN_URL=$(grep -o "server at http://[0-9.:]*" "$folder/demo.log" | cut -d' ' -f3)
export KIRIN_URL
npm run --silent e2e || { tail -n 40 "$folder/demo.log" >&2; exit 1; }
