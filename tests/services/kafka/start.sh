#!/usr/bin/env bash
# start.sh [DIR] [PORT] [PROPERTIES.in] : one KRaft node on 127.0.0.1, data in DIR.
# Prints one line, "BOOTSTRAP PID MILLISECONDS", when it takes requests: 127.0.0.1:19092 5828 2319
#
# Defaults: DIR $KIRIN_CACHE/run/kafka, PORT 19092, single.properties.in. Jars come from
# $KAFKA_HOME, or from fetch.sh if that is not set. Ports used: PORT clients, PORT+1 controller,
# PORT+2 a second listener that tells clients to come to PORT+3 (see single.properties.in).
#
# A second start on the same DIR keeps the data; on a DIR whose broker still runs it starts
# nothing and prints that broker's line with 0 ms. Stop it with stop.sh [DIR].
#
# KAFKA_HEAP, KAFKA_OPTS (JVM options), FORMAT_ARGS (of StorageTool format), READY_TIMEOUT
# (seconds, 60). TIER=1 compiles less: a quicker start for function tests, useless for benchmarks.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${KIRIN_CACHE:-$HOME/.cache/kirin}
dir=${1:-$cache/run/kafka} port=${2:-19092} template=${3:-$here/single.properties.in}
home=${KAFKA_HOME:-$("$here/fetch.sh")}
mkdir -p "$dir"; dir=$(cd "$dir" && pwd)
begin=$(date +%s%N)
milliseconds() { echo $(( ($(date +%s%N) - begin) / 1000000 )); }

# The pid file alone proves nothing: after a restart of the machine the number is someone else's.
running() { local pid; pid=$(cat "$dir/pid" 2>/dev/null) && grep -qaF "$dir/server.properties" "/proc/$pid/cmdline" 2>/dev/null; }
if running; then
  bootstrap=$(sed -n 's#^advertised.listeners=PLAINTEXT://\([^,]*\).*#\1#p' "$dir/server.properties")
  if [ "$bootstrap" != "127.0.0.1:$port" ]; then
    echo "the broker of $dir runs already, on $bootstrap: stop it first (stop.sh $dir), or choose another DIR" >&2
    exit 1
  fi
  echo "$bootstrap $(cat "$dir/pid") 0"
  exit 0
fi
for p in "$port" $((port + 1)) $((port + 2)); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null; then
    echo "port $p of 127.0.0.1 is taken by another program; the broker needs $port to $((port + 3)): choose another PORT" >&2
    exit 1
  fi
done

sed -e "s#@DIR@#$dir#g; s#@PORT@#$port#g; s#@CPORT@#$((port + 1))#g; s#@PORT2@#$((port + 2))#g; s#@PORT3@#$((port + 3))#g" \
  "$template" > "$dir/server.properties"
if [ ! -f "$dir/data/meta.properties" ]; then
  # The cluster id is 22 characters of url-safe base64 of 16 bytes. A fixed one is fine for tests.
  java -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile="$here/log4j2-tools.yaml" \
    -cp "$home/lib/*" kafka.tools.StorageTool format -t "${CLUSTER_ID:-MkU3OEVBNTcwNTJENDM2Qk}" \
    -c "$dir/server.properties" ${FORMAT_ARGS:-} >"$dir/format.log" 2>&1 || { cat "$dir/format.log" >&2; exit 1; }
fi
# Else the line "Kafka Server started" of a former run would be taken for this one's.
[ ! -f "$dir/server.log" ] || mv "$dir/server.log" "$dir/server.log.$(date +%s%N)"
# setsid: an interrupt at the terminal, or the end of the calling test, must not reach the broker.
setsid java ${KAFKA_HEAP:--Xmx512m -Xms128m} -XX:+UseSerialGC -XX:TieredStopAtLevel=${TIER:-4} -Djava.awt.headless=true \
  -Dkafka.logs.dir="$dir" -Dlog4j2.configurationFile="$here/log4j2.yaml" ${KAFKA_OPTS:-} \
  -cp "$home/lib/*" kafka.Kafka "$dir/server.properties" >"$dir/stdout.log" 2>&1 </dev/null &
pid=$!
echo "$pid" > "$dir/pid"

last_words() { tail -n 5 "$dir/stdout.log" "$dir/server.log" >&2 2>/dev/null || true; }
# Both the port and the line: the port opens before the broker takes requests.
for _ in $(seq $((${READY_TIMEOUT:-60} * 20))); do
  if ! kill -0 "$pid" 2>/dev/null; then
    echo "the broker died while starting; its last lines:" >&2; last_words; rm -f "$dir/pid"; exit 1
  fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && grep -q "Kafka Server started" "$dir/server.log" 2>/dev/null; then
    echo "127.0.0.1:$port $pid $(milliseconds)"
    exit 0
  fi
  sleep 0.05
done
echo "the broker is not ready after ${READY_TIMEOUT:-60} s and was killed (READY_TIMEOUT sets the limit); its last lines:" >&2
last_words; kill -9 "$pid"; rm -f "$dir/pid"; exit 1
