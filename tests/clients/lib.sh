# shellcheck shell=bash
# lib.sh : what the suites share; sourced by suites/*.sh, which run.sh calls.
#
#   set_up                    topics with messages, a server, two cubes with segments; SETTINGS=FILE for the server
#   serve NAME [SETTINGS]     one more server, on a free port: sets KIRIN_URL, KIRIN_HOST, KIRIN_PORT
#   python_with NAME          the python of an environment with requirements/NAME.txt
#   need TOOL PACKAGE         leaves with 3, which run.sh takes as a skip
#
# What a suite started ends with it. A panic in the log of any of its servers fails it.
set -euo pipefail
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$clients/../.." && pwd)
: "${KIRIN_BIN:?is set by run.sh}" "${KIRIN_TEST_KAFKA:?is set by run.sh}" "${SUITE_DIR:?is set by run.sh}" "${SUITE:?is set by run.sh}"
export KIRIN_CLIENTS=$clients KIRIN_ROOT=$root PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
unset KIRIN_SERVER KIRIN_USER KIRIN_PASSWORD KIRIN_SETTINGS KIRIN_DATA_DIR KIRIN_LISTEN
# No proxy between the clients and the loopback.
export no_proxy=127.0.0.1,localhost NO_PROXY=127.0.0.1,localhost

server_pids=() server_logs=() topics=()

kafka_tool() { bash "$root/tests/services/kafka/kt.sh" "$@"; }

# shellcheck disable=SC2317,SC2329 # called by the trap
tear_down() {
  local code=$? pid log topic
  for pid in "${server_pids[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  for log in "${server_logs[@]}"; do
    if grep -aE "panicked at|stack overflow|SIGSEGV" "$log"; then
      echo "FAIL  the server panicked: the lines above are from $log"
      echo "0 passed, 1 failed"
      code=1
    fi
  done
  if [ ${#topics[@]} -gt 0 ]; then
    topic=$(IFS='|'; echo "${topics[*]}")
    kafka_tool TopicCommand --bootstrap-server "$KIRIN_TEST_KAFKA" --delete --topic "$topic" >/dev/null 2>&1 || true
  fi
  exit $code
}
trap tear_down EXIT
trap 'exit 130' INT TERM

need() { # TOOL PACKAGE
  command -v "$1" >/dev/null && return
  echo "$1 is not on PATH (Debian: $2)"
  exit 3
}

serve() { # NAME [SETTINGS] : KIRIN_URL, KIRIN_HOST and KIRIN_PORT are the server's
  # A log of its own for each start, so that none of them hides another's panic.
  local log=$SUITE_DIR/$1-${#server_logs[@]}.log arguments=(--listen 127.0.0.1:0 --data-dir "$SUITE_DIR/$1.data") found=
  [ $# -lt 2 ] || arguments+=(--settings "$2")
  : >"$log"
  "$KIRIN_BIN" serve "${arguments[@]}" >/dev/null 2>"$log" &
  server_pids+=($!)
  server_logs+=("$log")
  SERVER_PID=$! SERVER_LOG=$log
  for _ in $(seq 600); do
    found=$(sed -n 's#.*listening on \(http://[^/ ]*\)/kylin/api.*#\1#p' "$log" | head -n 1)
    if [ -n "$found" ] && curl -fs -o /dev/null --max-time 5 "$found/ready"; then break; fi
    if ! kill -0 "$SERVER_PID" 2>/dev/null; then
      echo "the server ended while starting; its log:"
      cat "$log"
      exit 1
    fi
    sleep 0.1
  done
  if [ -z "$found" ]; then
    echo "the server did not answer within 60 s; its log:"
    cat "$log"
    exit 1
  fi
  KIRIN_HOST=127.0.0.1 KIRIN_PORT=${found##*:} KIRIN_URL=$found
  export KIRIN_HOST KIRIN_PORT KIRIN_URL SERVER_PID SERVER_LOG
}

settings_with_users() { # FILE : ADMIN with the password KYLIN, Kylin's own
  printf 'users:\n  - { name: ADMIN, password_hash: "%s" }\n' "$(printf 'KYLIN\n' | "$KIRIN_BIN" hash-password)" >"$1"
}

produce() { # MESSAGES SEED START : orders of the sample stream
  "$KIRIN_BIN" --log error produce sample --brokers "$KIRIN_TEST_KAFKA" --topic "$KIRIN_TOPIC" --partitions 3 \
    --messages "$1" --seed "$2" --start "$3" --span 3600s --null-percent 2 >/dev/null
}

build() { # CUBE : to the tip, waits for the end
  as_admin build "$1" >/dev/null 2>&1 || { echo "building $1 failed:"; as_admin jobs; exit 1; }
}

create() { # SPECIFICATION
  as_admin cubes create "$1"
}

# A server without users takes any name.
as_admin() { KIRIN_SERVER=$KIRIN_URL KIRIN_USER=ADMIN KIRIN_PASSWORD=KYLIN "$KIRIN_BIN" --log error "$@"; }

# Topics of this run: 3 batches of orders, and one of three messages with every type.
make_topics() {
  local id=$SUITE-$$
  export KIRIN_TOPIC=clients-orders-$id KIRIN_TYPES_TOPIC=clients-types-$id KIRIN_BROKERS=$KIRIN_TEST_KAFKA
  topics+=("$KIRIN_TOPIC" "$KIRIN_TYPES_TOPIC")
  sed "s#127.0.0.1:9092#$KIRIN_TEST_KAFKA#; s#kylin_streaming_topic#$KIRIN_TOPIC#" \
    "$root/samples/sample-stream/sample-stream.yaml" >"$SUITE_DIR/orders.yaml"
  sed "s#127.0.0.1:9092#$KIRIN_TEST_KAFKA#; s#every_type_topic#$KIRIN_TYPES_TOPIC#" \
    "$clients/fixture/every-type.yaml" >"$SUITE_DIR/types.yaml"
  export KIRIN_ORDERS_SPEC=$SUITE_DIR/orders.yaml KIRIN_TYPES_SPEC=$SUITE_DIR/types.yaml
  kafka_tool TopicCommand --bootstrap-server "$KIRIN_TEST_KAFKA" --create --topic "$KIRIN_TYPES_TOPIC" --partitions 1 >/dev/null
  kafka_tool ConsoleProducer --bootstrap-server "$KIRIN_TEST_KAFKA" --topic "$KIRIN_TYPES_TOPIC" <"$clients/fixture/every-type.jsonl"
}

# The messages as another program reads them: what the answers are compared with.
read_topic() { # MESSAGES
  KIRIN_MESSAGES=$SUITE_DIR/messages.jsonl
  kafka_tool consumer.ConsoleConsumer --bootstrap-server "$KIRIN_TEST_KAFKA" --topic "$KIRIN_TOPIC" --from-beginning \
    --max-messages "$1" --timeout-ms 60000 >"$KIRIN_MESSAGES" 2>/dev/null
  if [ "$(wc -l <"$KIRIN_MESSAGES")" != "$1" ]; then
    echo "topic $KIRIN_TOPIC should hold $1 messages, but $(wc -l <"$KIRIN_MESSAGES") came"
    exit 1
  fi
  export KIRIN_MESSAGES
}

# Topics, a server, the two cubes, three segments of orders and one of every type.
set_up() {
  need curl curl
  need jq jq
  make_topics
  serve server ${SETTINGS:+"$SETTINGS"}
  export KIRIN_CUBE=kylin_streaming_cube KIRIN_TABLE=KYLIN_STREAMING_TABLE KIRIN_TYPES_CUBE=every_type_cube
  produce 1000 1 2026-01-01T00:00:00Z
  create "$KIRIN_ORDERS_SPEC" >/dev/null
  create "$KIRIN_TYPES_SPEC" >/dev/null
  build $KIRIN_CUBE
  build $KIRIN_TYPES_CUBE
  produce 1000 2 2026-01-01T06:00:00Z
  build $KIRIN_CUBE
  produce 1000 3 2026-01-02T00:00:00Z
  build $KIRIN_CUBE
  read_topic 3000
  # The one project, by its own name.
  KIRIN_PROJECT=$(curl -fs -u ADMIN:KYLIN "$KIRIN_URL/kylin/api/projects" | jq -r '.[0].name')
  export KIRIN_PROJECT
}

python_with() { # NAME : made once under the cache; the stamp is written last
  local venv=$KIRIN_CACHE/venv-$1 file=$clients/requirements/$1.txt python=${KIRIN_PYTHON:-python3} want
  if ! "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$python must be Python 3.11 or later with venv (Debian: python3-venv); KIRIN_PYTHON names another" >&2
    return 3
  fi
  want="$(sha256sum "$file" | cut -d' ' -f1) $("$python" -c 'import sys; print(sys.version.split()[0])')"
  if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$want" ]; then
    mkdir -p "$KIRIN_CACHE"
    (
      flock 9
      [ "$(cat "$venv/stamp" 2>/dev/null)" != "$want" ] || exit 0
      echo "making the Python environment $venv" >&2
      rm -rf "$venv"
      "$python" -m venv "$venv" >&2
      "$venv/bin/python" -m pip install -q --disable-pip-version-check --prefer-binary -r "$file" >&2 9>&- ||
        { echo "making $venv failed: pip's reason is above; an interrupted download is cured by calling again" >&2; exit 1; }
      echo "$want" >"$venv/stamp.new"
      mv "$venv/stamp.new" "$venv/stamp"
    ) 9>"$venv.lock" || return 1
  fi
  echo "$venv/bin/python"
}

# pytest's closing line in the form that run.sh adds up.
run_pytest() { # PYTHON FILE
  local output=$SUITE_DIR/pytest.out code=0
  "$1" -m pytest -p no:cacheprovider --import-mode=importlib --rootdir "$clients/python" -c "$clients/python/pytest.ini" \
    -q --no-header --show-capture=no -rs "$2" >"$output" 2>&1 || code=$?
  cat "$output"
  "$1" - "$output" <<'P'
import re, sys
last = [line for line in open(sys.argv[1], errors="replace") if re.search(r" in [\d.]+s", line)][-1:]
count = {word: sum(int(n) for n, w in re.findall(r"(\d+) (\w+)", "".join(last)) if w.startswith(word)) for word in ("passed", "failed", "error", "skipped")}
print(f"{count['passed']} passed, {count['failed'] + count['error'] + (not last)} failed" + (f", {count['skipped']} skipped" if count["skipped"] else ""))
P
  return $code
}
