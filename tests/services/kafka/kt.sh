#!/usr/bin/env bash
# kt.sh TOOL ARGS... : one of Kafka's command line tools, by its class. Takes about 0.7 s.
#
#   kt.sh TopicCommand --bootstrap-server 127.0.0.1:19092 --create --topic t --partitions 8
#   seq 5 | kt.sh ConsoleProducer --bootstrap-server 127.0.0.1:19092 --topic t
#   kt.sh consumer.ConsoleConsumer --bootstrap-server 127.0.0.1:19092 --topic t --from-beginning --timeout-ms 3000
#   kt.sh GetOffsetShell --bootstrap-server 127.0.0.1:19092 --topic t
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=${KAFKA_HOME:-${KIRIN_CACHE:-$HOME/.cache/kirin}/kafka-4.3.1}
if [ $# -eq 0 ]; then sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; fi
if [ ! -d "$home/lib" ]; then echo "no Kafka in $home: call fetch.sh first, or set KAFKA_HOME" >&2; exit 3; fi
tool=$1; shift
# The tools are spread over three packages.
case $tool in
  ConfigCommand) class=kafka.admin.$tool ;;
  StorageTool) class=kafka.tools.$tool ;;
  *) class=org.apache.kafka.tools.$tool ;;
esac
exec java -Xmx256m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dlog4j2.configurationFile="$here/log4j2-tools.yaml" \
  -cp "$home/lib/*" "$class" "$@"
