#!/usr/bin/env bash
# topic.sh : a broker of its own with the topic `orders` (4 partitions, 3,000,000 messages, lz4).
# Made once, kept under $WORK; prints "TOPIC BOOTSTRAP". Needs java, mvn and python3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd); root=$(cd "$here/../.." && pwd)
mkdir -p "$WORK"/{data,out}
bootstrap=$(KAFKA_HEAP="-Xmx768m -Xms256m" "$root/tests/services/kafka/start.sh" "$WORK/broker" 29392 | tail -n 1 | cut -d' ' -f1)
export BOOTSTRAP=$bootstrap TOPIC=orders N=3000000 PARTITIONS=4 SEED=1
if [ ! -f "$WORK/filled" ]; then
  python=$("$root/tests/services/python/fetch.sh" | tail -n 1)
  venv=$WORK/venv-produce
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/pip" install -q confluent-kafka==2.16.1 numpy==2.4.6
  "$python" "$here/gen.py" >&2
  "$venv/bin/python" "$here/produce.py" >&2
  touch "$WORK/filled"
fi
echo "$TOPIC $bootstrap"
