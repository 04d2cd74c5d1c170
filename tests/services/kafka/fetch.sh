#!/usr/bin/env bash
# fetch.sh : the jars of Apache Kafka 4.3.1 into $KIRIN_CACHE/kafka-4.3.1/lib, once. Prints that Kafka's folder.
#
# KIRIN_CACHE defaults to ~/.cache/kirin. About 45 MB of jars, and as much again in Maven's own
# repository. A second call finds the stamp, which holds the hash of pom.xml, and does nothing.
#
# Exit code: 0 the jars are there; 3 a tool is missing, named on standard error, so that a test
# can say why it is skipped; 1 it was tried and failed, which is never a reason to skip.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${KIRIN_CACHE:-$HOME/.cache/kirin}
home=$cache/kafka-4.3.1
want=$(sha256sum "$here/pom.xml" | cut -d' ' -f1)

is_there() { [ "$(cat "$home/stamp" 2>/dev/null)" = "$want" ]; }

missing=
command -v java >/dev/null || missing="java (17 or later; Debian: openjdk-17-jre-headless)"
if ! is_there; then
  command -v mvn >/dev/null || missing="${missing:+$missing and }mvn (Debian: maven)"
fi
if [ -n "$missing" ]; then
  echo "cannot fetch Kafka: $missing not found on PATH; install it and call this script again" >&2
  exit 3
fi
java_version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
if [ "${java_version:-0}" -lt 17 ]; then
  echo "cannot use Kafka 4: it needs Java 17 or later, and java on PATH is version ${java_version:-unknown}" >&2
  exit 3
fi

if ! is_there; then
  mkdir -p "$cache"
  # Two test processes may come here at once: the second waits, then finds the stamp.
  exec 9>"$cache/kafka-4.3.1.lock"
  flock 9
  if ! is_there; then
    # Filled beside its place and renamed when complete, stamp included: a folder of the final
    # name is whole, however a former call ended. Leftovers of interrupted calls go first; no
    # other call is writing, for we hold the lock.
    rm -rf "$home".tmp.*
    new=$home.tmp.$$
    trap 'rm -rf "$new"' EXIT
    mkdir -p "$new"
    echo "fetching Kafka 4.3.1 (45 MB) into $home" >&2
    if ! MAVEN_OPTS="${MAVEN_OPTS:--Xmx512m}" mvn -q -B -ntp -f "$here/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$new/lib" >&2 9>&-; then
      echo "fetching Kafka failed: Maven's reason is above; an interrupted download is cured by calling again" >&2
      exit 1
    fi
    ls "$new"/lib/kafka_2.13-*.jar "$new"/lib/kafka-tools-4*.jar >/dev/null
    echo "$want" > "$new/stamp"
    rm -rf "$home"
    mv "$new" "$home"
  fi
fi
echo "$home"
