#!/usr/bin/env bash
# build.sh CUBE : builds what is new on the cube's topic, and waits until it can be queried.
#
# For cron (kirin-build.cron), systemd (kirin-build@.timer) or anything that starts a command. Where
# the limit of a segment leaves messages over, it builds again, up to KIRIN_MAX_BUILDS (20) times.
# Works with Apache Kylin 1.6 to 3.1 as well. The other settings are in kirin-common.sh.
#
# Exit code:
#    0  built, or nothing was new
#    1  a build failed, or was given up or paused: a person must look; the reason is on standard error
#    2  it can never work like this: arguments, settings, password, or no such cube
#   69  the server did not answer, with all tries
#   75  busy: the run before this one has not ended, or the server has enough builds of this cube.
#       Nothing is lost, the next run takes it up
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=kirin-common.sh
. "$here/kirin-common.sh"
if [ $# != 1 ] || [ "${1#-}" != "$1" ]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit $WRONG
fi
CUBE=$1
prepare build

# From the end of the last segment to the end of the topic: the line of Kylin's tutorials.
to_the_tip='{"sourceOffsetStart":0,"sourceOffsetEnd":9223372036854775807,"buildType":"BUILD"}'

for ((built = 0; built < ${KIRIN_MAX_BUILDS:-20}; built++)); do
  ask PUT "/cubes/$CUBE/build2" "$to_the_tip"
  case $STATUS in
    200) ;;
    400 | 404 | 405) leave $WRONG "$STATUS: $(sentence)" ;;
    409) leave $BUSY "409: $(sentence)" ;;
    *)
      is_nothing_new && break
      leave $FAILED "$STATUS: $(sentence)"
      ;;
  esac
  is_nothing_new && break
  job=$(field .uuid)
  if [ -z "$job" ] || [ "$job" = null ]; then
    leave $FAILED "the answer to build2 has no job: $(head -c 300 "$WORK/answer")"
  fi
  name=$(field '.related_segment_name // .name')
  left=$(field '.offsets_left // 0 | if type == "object" then add else . end')
  wait_for "$job"
  say "built $name (job $job)"
  if [ "${left:-0}" = 0 ] || [ "$left" = null ]; then
    leave $DONE "up to date after $((built + 1)) builds"
  fi
done
if [ "$built" = 0 ]; then leave $DONE "nothing new"; fi
leave $DONE "$built segments were built"
