#!/usr/bin/env bash
# The lines of Kylin's streaming tutorial, as they stand in people's crontabs, and samples/schedules.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
need curl curl
need jq jq
passed=0 failed=0 skipped=0 STATUS='' BODY=''

ok() { passed=$((passed + 1)); echo "ok  $1"; }
fail() { failed=$((failed + 1)); echo "FAIL  $1: $2"; }
skip() { skipped=$((skipped + 1)); echo "skip  $1: $2"; }
equal() { # NAME FOUND EXPECTED
  if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "found $(printf %s "$2" | head -c 600), expected $3"; fi
}
contains() { # NAME FOUND PART
  if [[ $2 == *"$3"* ]]; then ok "$1"; else fail "$1" "$(printf %s "$2" | head -c 600) does not contain $3"; fi
}
# What follows are curl's own arguments, as the tutorials write them.
send() {
  BODY=$(curl -s --max-time 60 -w '\n%{http_code}' "$@") || true
  STATUS=${BODY##*$'\n'}
  BODY=${BODY%$'\n'*}
}
json() { jq -r "$1" <<<"$BODY" 2>/dev/null || echo "not what was asked for: $(head -c 300 <<<"$BODY")"; }
wait_job() { # ID : its last state
  for _ in $(seq 600); do
    send --user ADMIN:KYLIN "$api/jobs/$1"
    case $(json .job_status) in NEW | PENDING | RUNNING) sleep 0.1 ;; *) break ;; esac
  done
  json .job_status
}
holes() { send --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/holes"; json '[.[].name] | join(" ")'; }
count() {
  send --user ADMIN:KYLIN -H 'Content-Type: application/json' -d "{\"sql\":\"SELECT COUNT(*) FROM $KIRIN_TABLE\"}" "$api/query"
  json '.results[0][0]'
}

settings_with_users "$SUITE_DIR/users.yaml"
SETTINGS=$SUITE_DIR/users.yaml set_up
api=$KIRIN_URL/kylin/api
# The body of every tutorial, and its header.
tip='{ "sourceOffsetStart": 0, "sourceOffsetEnd": 9223372036854775807, "buildType": "BUILD"}'
is_json='Content-Type: application/json;charset=utf-8'

# -- authentication ------------------------------------------------------------------------------
send -c "$SUITE_DIR/cookies" -X POST -H 'Authorization: Basic QURNSU46S1lMSU4=' -H 'Content-Type: application/json' "$api/user/authentication"
equal "POST authentication" "$STATUS $(json .userDetails.username)" "200 ADMIN"
equal "the session's cookie" "$(awk '/JSESSIONID/ {print $6}' "$SUITE_DIR/cookies")" JSESSIONID
send -b "$SUITE_DIR/cookies" -X PUT -H 'Content-Type: application/json' -d "$tip" "$api/cubes/$KIRIN_CUBE/rebuild2"
equal "the cookie in place of the password" "$STATUS" 200
send -X POST --user ADMIN:wrong "$api/user/authentication"
equal "a wrong password" "$STATUS" 401
contains "a wrong password is told in Kylin's shape" "$(json .exception)" password
send "$api/user/authentication"
equal "GET authentication without a password" "$STATUS $BODY" "200 {}"
send "$api/cubes"
equal "no password" "$STATUS" 401

# -- queries -------------------------------------------------------------------------------------
send -X POST --user ADMIN:KYLIN -H 'Content-Type: application/json' -d "{ \"sql\":\"select count(*) from $KIRIN_TABLE\", \"project\":\"$KIRIN_PROJECT\" }" "$api/query"
equal "POST query" "$STATUS $(json '.results | tostring')" '200 [["3000"]]'
send -X POST --user ADMIN:KYLIN -H 'Content-Type: application/json' -d '{ "sql":"select nonsense from KYLIN_STREAMING_TABLE" }' "$api/query"
equal "an error of a query is a 500" "$STATUS" 500
contains "an error of a query has Kylin's exception" "$(json .exception)" nonsense
send -X POST --user ADMIN:KYLIN -H 'Content-Type: application/json' \
  -d '{"sql":"select count(*) from every_type where word = ?","params":[{"className":"java.lang.String","value":""}]}' "$api/query/prestate"
equal "POST query/prestate" "$STATUS $(json '.results | tostring')" '200 [["1"]]'
send -G --user ADMIN:KYLIN --data-urlencode "sql=select number, count(*) as n from every_type group by number order by number" --data-urlencode "project=$KIRIN_PROJECT" "$api/query/format/csv"
equal "GET query/format/csv" "$STATUS $(printf %s "${BODY#$'\xef\xbb\xbf'}" | tr -d '\r' | head -n 2 | paste -sd '|')" "200 number,n|-2147483648,1"
send -G --user ADMIN:KYLIN --data-urlencode "sql=select nonsense from every_type" "$api/query/format/csv"
equal "an error of query/format/csv" "$STATUS" 500
send --user ADMIN:KYLIN "$api/query/runningQueries?runTimeMoreThan=3600"
equal "GET query/runningQueries" "$STATUS $BODY" "200 []"
send -X PUT --user ADMIN:KYLIN "$api/query/no-such-query/stop"
equal "stopping an unknown query is no 5xx" "$([[ $STATUS == [24]?? ]] && echo yes || echo "$STATUS")" yes
send -X POST --user ADMIN:KYLIN -H 'Content-Type: application/json' -d '{"name":"by country","project":"'"$KIRIN_PROJECT"'","sql":"select 1","description":"d"}' "$api/saved_queries"
contains "POST saved_queries" "$STATUS" 20
send --user ADMIN:KYLIN "$api/saved_queries?project=$KIRIN_PROJECT"
equal "GET saved_queries" "$STATUS $(json '[.[] | select(.name == "by country") | .sql] | join(" ")')" "200 select 1"
saved=$(json '.[] | select(.name == "by country") | .id')
send -X DELETE --user ADMIN:KYLIN "$api/saved_queries/${saved%% *}"
contains "DELETE saved_queries" "$STATUS" 20
send --user ADMIN:KYLIN "$api/saved_queries?project=$KIRIN_PROJECT"
equal "no saved query is left" "$BODY" "[]"

# -- the streaming tutorial ------------------------------------------------------------------------
late='{"cube":{"name":"late_cube","model":"kylin_streaming_model","dimensions":["country"],"measures":[{"name":"orders","function":"count"}]}}'
send -X POST --user ADMIN:KYLIN -H 'Content-Type: application/json' \
  -d "$(jq -n --arg spec "$late" --arg project "$KIRIN_PROJECT" '{cubeDescData: $spec, cubeName: "late_cube", project: $project}')" "$api/cubes"
equal "POST cubes" "${STATUS:0:2} $(json .successful)" "20 true"
for body in none '{}' "$tip"; do
  arguments=()
  [ "$body" = none ] || arguments=(-d "$body")
  send -X PUT --user ADMIN:KYLIN -H "$is_json" "${arguments[@]}" "$api/cubes/late_cube/init_start_offsets"
  equal "init_start_offsets, body $body" "$STATUS $(json '.result + " " + .offsets')" "200 success {0=1002, 1=999, 2=999}"
done
for call in build2 rebuild2 build2; do
  send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$api/cubes/$KIRIN_CUBE/$call"
  equal "$call on a quiet topic" "$STATUS $(json '.job_status + " " + (.nothing_new | tostring)')" "200 FINISHED true"
done
equal "a job that found nothing new can be asked for" "$(wait_job "$(json .uuid)")" FINISHED
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$api/cubes/late_cube/build2"
equal "after init_start_offsets the first build finds nothing" "$STATUS $(json .nothing_new)" "200 true"

produce 300 4 2026-01-03T00:00:00Z
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$api/cubes/$KIRIN_CUBE/build2"
job=$(json .uuid)
equal "build2" "$STATUS $(json '.type + " " + .related_cube + " " + .related_segment_name')" "200 BUILD $KIRIN_CUBE 3000_3300"
equal "the job is polled to its end" "$(wait_job "$job")" FINISHED
send --user ADMIN:KYLIN "$api/jobs/$job"
equal "its progress" "$(json '.progress | floor')" 100
step=$(json '.steps[0].id')
send --user ADMIN:KYLIN "$api/jobs/$job/steps/$step/output"
equal "the output of its first step" "$STATUS $(json '.jobId + " " + .stepId')" "200 $job $step"
equal "what was built is counted" "$(count)" 3300
send --user ADMIN:KYLIN "$api/jobs?cubeName=$KIRIN_CUBE&status=4&timeFilter=1&offset=0&limit=200"
contains "GET jobs" "$(json '[.[].uuid] | join(" ")')" "$job"
send --user ADMIN:KYLIN "$api/jobs?cubeName=$KIRIN_CUBE&status=8&status=2&timeFilter=4&offset=0&limit=15"
equal "GET jobs by states that no job has" "$STATUS $BODY" "200 []"
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$api/cubes/late_cube/build2"
equal "the cube with init_start_offsets" "$(wait_job "$(json .uuid)")" FINISHED
send --user ADMIN:KYLIN "$api/cubes/late_cube"
equal "holds only what came later" "$(json '.input_records_count')" 300
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d '{"sourceOffsetStart":0,"sourceOffsetEnd":9223372036854775807,"buildType":"MERGE"}' "$api/cubes/$KIRIN_CUBE/build2"
equal "MERGE is refused" "$STATUS" 400
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$api/cubes/no_such_cube/build2"
equal "build2 of an unknown cube" "$STATUS" 404

# -- holes -----------------------------------------------------------------------------------------
equal "GET holes without any" "$(holes)" ""
send -X PUT --user ADMIN:KYLIN -H "$is_json" "$api/cubes/$KIRIN_CUBE/holes"
equal "PUT holes without any" "$STATUS $BODY" "200 []"
send -X DELETE --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/segs/1000_2000"
equal "DELETE of a segment in the middle" "$STATUS" 200
equal "GET holes" "$(holes)" 1000_2000
send --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/holes"
equal "a hole's offsets" "$(json '.[0] | [.source_offset_start, .source_offset_end, (.source_partition_offset_start | length)] | tostring')" "[1000,2000,3]"
equal "its messages are not counted" "$(count)" 2300
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d '{"dryRun":true}' "$api/cubes/$KIRIN_CUBE/holes"
equal "PUT holes, dry run" "$STATUS $(holes)" "200 1000_2000"
send -X PUT --user ADMIN:KYLIN -H "$is_json" "$api/cubes/$KIRIN_CUBE/holes"
equal "PUT holes" "$STATUS $(json length)" "200 1"
equal "the job of the hole" "$(wait_job "$(json '.[0].uuid')")" FINISHED
equal "GET holes after it" "$(holes)" ""
equal "its messages are counted again" "$(count)" 3300

# -- schedules, events, alerts -----------------------------------------------------------------------
send --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/schedule"
equal "GET schedule without one" "$STATUS" 404
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d '{"cron":"*/5 8-19 * * MON-FRI","time_zone":"Europe/Zurich"}' "$api/cubes/$KIRIN_CUBE/schedule"
equal "PUT schedule" "$STATUS $(json '.cube + " " + (.paused | tostring)')" "200 $KIRIN_CUBE false"
equal "a schedule says when it runs next" "$(json '.next_run > 1600000000000')" true
for action in pause resume; do
  send -X PUT --user ADMIN:KYLIN -H "$is_json" "$api/cubes/$KIRIN_CUBE/schedule/$action"
  equal "schedule/$action" "$STATUS $(json .paused)" "200 $([ $action = pause ] && echo true || echo false)"
done
send --user ADMIN:KYLIN "$api/schedules"
equal "GET schedules" "$STATUS $(json '[.[].cube] | join(" ")')" "200 $KIRIN_CUBE"
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d '{"cron":"every now and then"}' "$api/cubes/$KIRIN_CUBE/schedule"
equal "a schedule that means nothing" "$STATUS" 400
# Due within two minutes at the latest, whatever the smallest period is.
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d '{"every":"2s"}' "$api/cubes/$KIRIN_CUBE/schedule"
[ "$STATUS" = 200 ] || send -X PUT --user ADMIN:KYLIN -H "$is_json" -d '{"every":"1m"}' "$api/cubes/$KIRIN_CUBE/schedule"
if [ "$STATUS" = 200 ]; then
  produce 300 5 2026-01-03T01:00:00Z
  for _ in $(seq 240); do [ "$(count)" != 3600 ] || break; sleep 0.5; done
  equal "the server's schedule builds" "$(count)" 3600
else
  fail "the server's schedule builds" "PUT schedule answered $STATUS $BODY"
fi
send -X DELETE --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/schedule"
contains "DELETE schedule" "$STATUS" 20
send --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/schedule"
equal "GET schedule after it" "$STATUS" 404
events=$(curl -sN --user ADMIN:KYLIN --max-time 2 -D - "$api/events" || true)
contains "GET events is a stream of events" "${events,,}" "content-type: text/event-stream"
send --user ADMIN:KYLIN "$api/alerts"
equal "GET alerts" "$STATUS $(json type)" "200 array"

# -- samples/schedules -----------------------------------------------------------------------------
scripts=$root/samples/schedules
netrc=$SUITE_DIR/netrc
(umask 077; echo "machine 127.0.0.1 login ADMIN password KYLIN" >"$netrc")
export KIRIN_NETRC=$netrc KIRIN_LOCK_DIR=$SUITE_DIR/locks KIRIN_RESUME_AFTER=0
script() { # NAME EXPECTED-CODE PART-OF-OUTPUT COMMAND…
  local name=$1 code=0 out; shift
  out=$("${@:3}" 2>&1) || code=$?
  if [ "$code" = "$1" ] && [[ $out == *"$2"* ]]; then ok "$name"; else fail "$name" "code $code, expected $1 with \"$2\": $out"; fi
}
build_sh=("$scripts/build.sh" "$KIRIN_CUBE")
send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$api/cubes/$KIRIN_CUBE/build2"
wait_job "$(json .uuid)" >/dev/null
before=$(count)
script "build.sh, nothing new" 0 "nothing new" "${build_sh[@]}"
produce 300 6 2026-01-03T02:00:00Z
send --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE"
end=$(json '[.segments[].source_offset_end] | max')
script "build.sh builds" 0 "built ${end}_$((end + 300))" "${build_sh[@]}"
equal "build.sh waits until it can be queried" "$(count)" $((before + 300))
script "build.sh with name and password in the environment" 0 "nothing new" env -u KIRIN_NETRC KIRIN_USER=ADMIN KIRIN_PASSWORD=KYLIN "${build_sh[@]}"
mkdir -p "$SUITE_DIR/credentials"
cp "$netrc" "$SUITE_DIR/credentials/kirin.netrc" && chmod 440 "$SUITE_DIR/credentials/kirin.netrc"
script "build.sh with systemd's credentials" 0 "nothing new" env -u KIRIN_NETRC CREDENTIALS_DIRECTORY="$SUITE_DIR/credentials" "${build_sh[@]}"
script "build.sh with a wrong password" 2 "401" env -u KIRIN_NETRC KIRIN_USER=ADMIN KIRIN_PASSWORD=wrong "${build_sh[@]}"
cp "$netrc" "$SUITE_DIR/open-netrc" && chmod 644 "$SUITE_DIR/open-netrc"
script "build.sh with a password that others can read" 2 "chmod 600" env KIRIN_NETRC="$SUITE_DIR/open-netrc" "${build_sh[@]}"
script "build.sh of an unknown cube" 2 "no_such_cube" "$scripts/build.sh" no_such_cube
script "build.sh of no cube" 2 "Exit code" "$scripts/build.sh"
script "build.sh of a name that is a path" 2 "not the name" "$scripts/build.sh" ../../jobs
script "build.sh while another runs" 75 "has not ended" flock "$SUITE_DIR/locks/build-$KIRIN_CUBE.lock" "${build_sh[@]}"
script "build.sh without a server backs off" 69 "again in 1 s" env KIRIN_URL=http://127.0.0.1:1 KIRIN_TRIES=2 "${build_sh[@]}"
# A curl that writes its arguments down before it runs.
mkdir -p "$SUITE_DIR/bin"
cat >"$SUITE_DIR/bin/curl" <<CURL
#!/bin/sh
printf '%s\n' "\$@" >>"$SUITE_DIR/arguments"
exec "$(command -v curl)" "\$@"
CURL
chmod +x "$SUITE_DIR/bin/curl"
env -u KIRIN_NETRC PATH="$SUITE_DIR/bin:$PATH" KIRIN_USER=ADMIN KIRIN_PASSWORD=KYLIN "${build_sh[@]}" >/dev/null 2>&1 || true
env PATH="$SUITE_DIR/bin:$PATH" "${build_sh[@]}" >/dev/null 2>&1 || true
equal "no password in the arguments of curl" "$(grep -c build2 "$SUITE_DIR/arguments") $(grep -c KYLIN "$SUITE_DIR/arguments")" "2 0"

holes_sh=("$scripts/fill-holes.sh" "$KIRIN_CUBE")
script "fill-holes.sh --check without holes" 0 "no holes" "$scripts/fill-holes.sh" --check "$KIRIN_CUBE"
send -X DELETE --user ADMIN:KYLIN "$api/cubes/$KIRIN_CUBE/segs/1000_2000"
script "fill-holes.sh --check" 1 "1000_2000 (1000 offsets" "$scripts/fill-holes.sh" --check "$KIRIN_CUBE"
script "fill-holes.sh fills" 0 "all holes are filled" "${holes_sh[@]}"
equal "nothing is missing after it" "$(holes) $(count)" " $((before + 300))"
script "fill-holes.sh without holes" 0 "no holes" "${holes_sh[@]}"
script "fill-holes.sh of an unknown cube" 2 "no_such_cube" "$scripts/fill-holes.sh" no_such_cube

# 300 messages that can be no rows: the build fails, is resumed once, and fails again.
for i in $(seq 300); do echo "{\"at\": \"not a time $i\"}"; done |
  kafka_tool ConsoleProducer --bootstrap-server "$KIRIN_TEST_KAFKA" --topic "$KIRIN_TYPES_TOPIC"
script "build.sh of a build that fails" 1 "rejected" "$scripts/build.sh" "$KIRIN_TYPES_CUBE"
send --user ADMIN:KYLIN "$api/jobs?cubeName=$KIRIN_TYPES_CUBE&status=8"
equal "it was resumed once" "$(json '.[0].attempts')" 2

# The lines of the cron file, as cron runs them.
cron=$scripts/kirin-build.cron
while IFS= read -r line; do
  command=$(sed -E 's/^([^ ]+ +){6}//; s/ \| logger.*//' <<<"$line")
  command=${command//\/usr\/local\/lib\/kirin/$scripts}
  script "cron: ${command##*/}" 0 "" env -i HOME="$SUITE_DIR" PATH=/usr/local/bin:/usr/bin:/bin KIRIN_URL="$KIRIN_URL" KIRIN_NETRC="$netrc" /bin/bash -c "${command//sales_cube/$KIRIN_CUBE}"
done < <(grep -E '^[0-9*]' "$cron")

# Kylin's own answer, where the settings ask for it.
{ cat "$SUITE_DIR/users.yaml"; echo "nothing_new_status: 500"; } >"$SUITE_DIR/as-kylin.yaml"
if problem=$(timeout 5 "$KIRIN_BIN" serve --listen 127.0.0.1:0 --data-dir "$SUITE_DIR/probe.data" --settings "$SUITE_DIR/as-kylin.yaml" 2>&1) || [ $? != 124 ]; then
  fail "nothing_new_status: 500" "the server does not start with it: $(tail -n 1 <<<"$problem")"
else
  serve as-kylin "$SUITE_DIR/as-kylin.yaml"
  create "$KIRIN_ORDERS_SPEC" >/dev/null
  send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$KIRIN_URL/kylin/api/cubes/$KIRIN_CUBE/init_start_offsets"
  send -X PUT --user ADMIN:KYLIN -H "$is_json" -d "$tip" "$KIRIN_URL/kylin/api/cubes/$KIRIN_CUBE/build2"
  equal "nothing_new_status: 500" "$STATUS $(json '.exception | length > 10')" "500 true"
  script "build.sh with it" 0 "nothing new" "${build_sh[@]}"
fi

if command -v shellcheck >/dev/null; then
  found=$( (cd "$scripts" && shellcheck -x ./*.sh; cd "$clients" && shellcheck -x -P SCRIPTDIR run.sh lib.sh suites/*.sh) 2>&1) || true
  equal "shellcheck" "$found" ""
else
  skip "shellcheck" "it is not on PATH (Debian: shellcheck)"
fi
if command -v systemd-analyze >/dev/null; then
  mkdir -p "$SUITE_DIR/units"
  for unit in "$scripts"/*.service "$scripts"/*.timer; do
    name=$(basename "$unit")
    sed "s#/usr/local/lib/kirin#$scripts#" "$unit" >"$SUITE_DIR/units/${name/@./@$KIRIN_CUBE.}"
  done
  # Other units of this machine may have faults of their own.
  found=$(SYSTEMD_UNIT_PATH="$SUITE_DIR/units:" systemd-analyze verify "$SUITE_DIR"/units/* 2>&1 | grep -F kirin- || true)
  equal "systemd-analyze verify" "$found" ""
  equal "systemd-analyze calendar" "$(grep -h '^OnCalendar=' "$scripts"/*.timer | cut -d= -f2 | xargs -n 1 systemd-analyze calendar 2>&1 | grep -c 'Next elapse')" 2
else
  skip "the systemd units" "systemd-analyze is not on PATH (Debian: systemd)"
fi

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
