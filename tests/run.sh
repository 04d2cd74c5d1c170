#!/usr/bin/env bash
# run.sh [TEST-NAME…] : all suites on real services, with the time of each. Called by `make test`.
#
# Sets up what is missing (Kafka by Maven, DuckDB by pip, Chromium where it may) under $KIRIN_CACHE (~/.cache/kirin). A
# service that cannot be had is named at the end as a skip; where CI is set it is a failure.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
skips=()
times=()
failed=0

suite() { # NAME COMMAND…
  local name=$1 begin; shift
  begin=$(date +%s)
  echo "== $name"
  "$@"
  local code=$?
  times+=("$(printf '%5d s  %s%s' $(($(date +%s) - begin)) "$name" "$([ $code = 0 ] || echo '  FAILED')")")
  return $code
}

service() { # NAME VARIABLE SCRIPT : the first word of its last line goes to VARIABLE
  local name=$1 variable=$2 line code
  line=$(bash "$3" | tail -n 1; exit "${PIPESTATUS[0]}")
  code=$?
  if [ $code = 0 ]; then
    export "$variable=${line%% *}"
    return 0
  fi
  if [ $code = 3 ] && [ -z "${CI:-}" ]; then
    skips+=("$name: see above; its tests do nothing")
    return 0
  fi
  return $code
}

may_skip() { # NAME COMMAND… : exit code 3 says on standard error what is missing
  local name=$1 code; shift
  "$@"
  code=$?
  if [ $code = 3 ] && [ -z "${CI:-}" ]; then
    skips+=("$name: see above")
    return 0
  fi
  return $code
}

# The binary as well: specifications run it.
build() { cargo build --workspace --locked && cargo test --workspace --locked --no-run; }

suite "set up: Kafka" service Kafka KIRIN_TEST_KAFKA "$here/services/kafka/start.sh" || exit 1
suite "set up: Python with DuckDB" service DuckDB KIRIN_TEST_PYTHON "$here/services/python/fetch.sh" || exit 1
suite "build" build || exit 1
suite "unit and property tests" cargo test --workspace --locked --lib --bins --no-fail-fast -- "$@" || failed=1
suite "specifications on a real broker" cargo test --workspace --locked --test specifications -- --test-threads=4 "$@" || failed=1
suite "pages in a browser" may_skip pages bash "$here/pages/run.sh" || failed=1

bash "$here/services/kafka/stop.sh" >/dev/null 2>&1
echo
printf '%s\n' "${times[@]}"
for skip in "${skips[@]}"; do echo "SKIPPED $skip"; done
echo "${#skips[@]} skipped"
[ $failed = 0 ] || echo "some suites FAILED"
exit $failed
