#!/usr/bin/env bash
# stop.sh [DIR] : stops the broker that start.sh started there, cleanly (under a second when idle); its data stays.
# Prints one line, "PID MILLISECONDS"; nothing to stop is not an error. DIR: $KIRIN_CACHE/run/kafka
#
# The broker gets SIGTERM, and SIGKILL after STOP_TIMEOUT seconds (30): the exit code is then 1,
# for the next start recovers its logs.
set -euo pipefail
dir=${1:-${KIRIN_CACHE:-$HOME/.cache/kirin}/run/kafka}
[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd)
pid=$(cat "$dir/pid" 2>/dev/null || true)
# Never signal a number only because a file holds it: the process must be this folder's broker. A
# zombie, which its starter has not reaped yet, has no command line and counts as gone.
runs() { [ -n "$pid" ] && grep -qaF "$dir/server.properties" "/proc/$pid/cmdline" 2>/dev/null; }
if ! runs; then
  echo "no broker runs in $dir" >&2
  rm -f "$dir/pid"
  exit 0
fi
begin=$(date +%s%N)
# A broker halted with SIGSTOP by a fault test would never see the SIGTERM.
kill -TERM "$pid"; kill -CONT "$pid" 2>/dev/null || true
for _ in $(seq $((${STOP_TIMEOUT:-30} * 20))); do
  if ! runs; then
    rm -f "$dir/pid"
    echo "$pid $(( ($(date +%s%N) - begin) / 1000000 ))"
    exit 0
  fi
  sleep 0.05
done
kill -KILL "$pid"
rm -f "$dir/pid"
echo "the broker $pid of $dir did not stop within ${STOP_TIMEOUT:-30} s and was killed" >&2
exit 1
