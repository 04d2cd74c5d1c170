#!/usr/bin/env bash
# run.sh [SUITE...] : Kylin's own clients, unmodified, against `kirin serve` on a real Kafka broker.
#
#   kylinpy       kylinpy 2.8.4, raw
#   sqlalchemy    its SQLAlchemy dialect, under SQLAlchemy 1.3, and under 1.4 with the patch of docs/clients.md
#   airflow       KylinCubeOperator of Airflow's Kylin provider, and the DAG of samples/schedules
#   jdbc          Kylin's JDBC driver 3.1.3, without and with users
#   curl          the lines of Kylin's streaming tutorial, and the scripts of samples/schedules
#   golden        the shapes of the answers, key by key, against golden/*.json
#   schemathesis  made-up requests from the server's own OpenAPI description
#
# Without a name, all of them. One line for each suite: seconds, name, counts; a suite that fails
# shows what failed. Each has its own server, data folder and topics, so that any may be run alone.
#
# A suite that cannot run for want of a tool is a skip, loud and with its reason; where CI is set
# it is a failure. What the suites install goes into the cache, once (about 900 MB).
#
#   KIRIN_BIN           the binary (${CARGO_TARGET_DIR:-target}/debug/kirin)
#   KIRIN_TEST_KAFKA    HOST:PORT of a running broker; without it tests/services/kafka starts one
#   KIRIN_CACHE         ~/.cache/kirin
#   VERBOSE=1           shows all that the suites print
#   KEEP=1              keeps their folders: server log, data, messages
#
# Exit code: 0 all suites passed or were skipped; 1 one failed; 2 a wrong name.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
all=(kylinpy sqlalchemy airflow jdbc curl golden schemathesis)

suites=("$@")
[ $# -gt 0 ] || suites=("${all[@]}")
for suite in "${suites[@]}"; do
  if [ ! -f "$here/suites/$suite.sh" ]; then
    echo "there is no suite $suite; there are: ${all[*]}" >&2
    exit 2
  fi
done

KIRIN_BIN=${KIRIN_BIN:-${CARGO_TARGET_DIR:-$root/target}/debug/kirin}
if [ ! -x "$KIRIN_BIN" ]; then
  echo "$KIRIN_BIN is not there: run \`make build\` first, or name the binary with KIRIN_BIN" >&2
  exit 1
fi
KIRIN_BIN=$(cd "$(dirname "$KIRIN_BIN")" && pwd)/$(basename "$KIRIN_BIN")
export KIRIN_BIN KIRIN_CACHE=${KIRIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kirin}

folder=$(mktemp -d "${TMPDIR:-/tmp}/kirin-clients.XXXXXX")
started_kafka=
# shellcheck disable=SC2317,SC2329 # called by the trap
clean_up() {
  [ -z "$started_kafka" ] || bash "$root/tests/services/kafka/stop.sh" >/dev/null 2>&1
  if [ -n "${KEEP:-}" ]; then echo "kept $folder"; else rm -rf "$folder"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

passed=0 failed=0 lines=() skips=() broken=0

skip() { # SUITE REASON
  if [ -n "${CI:-}" ]; then
    lines+=("$(printf '%5d s  %-13s FAILED: %s' 0 "$1" "$2")")
    broken=1
  else
    skips+=("$1: $2")
  fi
}

kafka_line() { # a broker that runs already is left running
  local line code
  line=$(bash "$root/tests/services/kafka/start.sh" 2>"$folder/kafka.err" | tail -n 1; exit "${PIPESTATUS[0]}")
  code=$?
  cat "$folder/kafka.err" >&2
  [ $code = 0 ] || return $code
  KIRIN_TEST_KAFKA=${line%% *}
  [ "${line##* }" = 0 ] || started_kafka=yes
  export KIRIN_TEST_KAFKA
}

if [ -z "${KIRIN_TEST_KAFKA:-}" ]; then
  kafka_line
  code=$?
  if [ "$code" = 3 ]; then
    for suite in "${suites[@]}"; do skip "$suite" "no Kafka: $(tail -n 1 "$folder/kafka.err")"; done
    suites=()
  elif [ $code != 0 ]; then
    exit 1
  fi
fi

for suite in "${suites[@]}"; do
  mkdir -p "$folder/$suite"
  export SUITE=$suite SUITE_DIR=$folder/$suite
  begin=$(date +%s)
  echo "== $suite"
  if [ -n "${VERBOSE:-}" ]; then
    bash "$here/suites/$suite.sh" 2>&1 | tee "$SUITE_DIR/output"
    code=${PIPESTATUS[0]}
  else
    bash "$here/suites/$suite.sh" >"$SUITE_DIR/output" 2>&1
    code=$?
  fi
  seconds=$(($(date +%s) - begin))
  # Several programs may count in one suite: all their closing lines are added up.
  counts=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$SUITE_DIR/output" |
    awk '{p += $1; f += $3; s += $5} END {print p + 0, f + 0, s + 0}')
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f))
  while IFS= read -r line; do skips+=("$suite, in part: ${line#skip  }"); done < <(grep -a '^skip  ' "$SUITE_DIR/output")
  if [ "$code" = 3 ]; then
    skip "$suite" "$(tail -n 1 "$SUITE_DIR/output")"
  elif [ "$code" != 0 ] || [ "$f" != 0 ] || [ "$p" = 0 ] || { [ -n "${CI:-}" ] && [ "$s" != 0 ]; }; then
    broken=1
    lines+=("$(printf '%5d s  %-13s %d passed, %d failed%s  FAILED' "$seconds" "$suite" "$p" "$f" "$([ "$s" = 0 ] || echo ", $s skipped")")")
    if [ -z "${VERBOSE:-}" ]; then
      # What passed is left out; pytest's and the server's words stay.
      grep -avE '^(ok|skip)  ' "$SUITE_DIR/output" | tail -n "${LINES_OF_FAILURE:-400}"
    fi
  else
    lines+=("$(printf '%5d s  %-13s %d passed, %d failed%s' "$seconds" "$suite" "$p" "$f" "$([ "$s" = 0 ] || echo ", $s skipped")")")
  fi
  [ ${#lines[@]} = 0 ] || echo "${lines[-1]}"
done

echo
[ ${#lines[@]} = 0 ] || printf '%s\n' "${lines[@]}"
for skip in "${skips[@]}"; do echo "SKIPPED $skip"; done
echo "$passed passed, $failed failed, ${#skips[@]} skipped"
[ $broken = 0 ] || echo "some suites of clients FAILED"
exit $broken
