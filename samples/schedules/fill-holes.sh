#!/usr/bin/env bash
# fill-holes.sh [--check] CUBE : fills the holes of a cube, and says which stay and why.
#
# A hole is a range of offsets between two segments that no segment holds: a build was given up, or a
# segment was deleted. A query over it is answered without its messages, and says so in its report.
# Run it beside build.sh, less often: once an hour is plenty.
#
#   --check   only looks: exit code 1 if there is a hole
#
# One PUT may fill only some holes (the server limits the builds of a cube, and what Kafka no longer
# has cannot be read), so this asks until there is none, or a round fills none. Settings are in
# kirin-common.sh.
#
# Exit code:
#    0  no hole (any more)
#    1  a hole stays, or its build failed: a person must look; the reason is on standard error
#    2  it can never work like this: arguments, settings, password, or no such cube
#   69  the server did not answer, with all tries
#   75  busy: the run before this one has not ended, or a build takes longer than KIRIN_WAIT
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=kirin-common.sh
. "$here/kirin-common.sh"
check=no
if [ "${1:-}" = --check ]; then check=yes; shift; fi
if [ $# != 1 ] || [ "${1#-}" != "$1" ]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit $WRONG
fi
CUBE=$1
prepare holes

look() { # HOLES: their names, and the sentence of each
  ask GET "/cubes/$CUBE/holes"
  case $STATUS in
    200) ;;
    400 | 404 | 405) leave $WRONG "$STATUS: $(sentence)" ;;
    *) leave $FAILED "$STATUS: $(sentence)" ;;
  esac
  HOLES=$(field '.[].name')
  DETAILS=$(field '.[] | "\(.name) (\(.offsets_count // (.source_offset_end - .source_offset_start)) offsets, \(.reason // "reason unknown"))"' | paste -sd ';' | sed 's/;/; /g')
}

look
[ -n "$HOLES" ] || leave $DONE "no holes"
[ $check = no ] || leave $FAILED "holes: $DETAILS"

while :; do
  before=$HOLES
  say "filling $DETAILS"
  ask PUT "/cubes/$CUBE/holes"
  case $STATUS in
    200) ;;
    409) leave $BUSY "409: $(sentence)" ;;
    *) leave $FAILED "$STATUS: $(sentence)" ;;
  esac
  skipped=$(sed -n 's/^x-kirin-skipped: *//Ip' "$WORK/head" | tr -d '\r')
  mapfile -t jobs < <(field '.[].uuid')
  for job in "${jobs[@]}"; do wait_for "$job"; done
  look
  [ -n "$HOLES" ] || leave $DONE "all holes are filled"
  # Without a job, or with the same holes as before, another round would be the same again.
  if [ ${#jobs[@]} = 0 ] || [ "$HOLES" = "$before" ]; then
    leave $FAILED "holes stay: $DETAILS${skipped:+; the server skipped: $skipped}"
  fi
done
