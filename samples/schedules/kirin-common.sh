# shellcheck shell=bash
# kirin-common.sh : what build.sh and fill-holes.sh share; lies beside them.
#
# Settings, from the environment:
#
#   KIRIN_URL          http://127.0.0.1:7070
#   KIRIN_NETRC        file with `machine HOST login NAME password PASSWORD`, mode 600 or 400. Without it:
#                      $CREDENTIALS_DIRECTORY/kirin.netrc (systemd), then ~/.config/kirin/netrc, if there
#   KIRIN_USER, KIRIN_PASSWORD   in place of a file; they reach curl by a pipe, never by its arguments
#   KIRIN_TRIES        6: how often a server that does not answer is asked, after 1, 2, 4, 8 … s
#   KIRIN_WAIT         3600: seconds until a running job is left to itself
#   KIRIN_RESUMES      1: how often a job in ERROR is resumed (it reads the same offsets again)
#   KIRIN_RESUME_AFTER 30: seconds before that
#   KIRIN_LOCK_DIR     folder of the locks; by default one that only this user can write
set -uo pipefail

# Exit codes, the same in both scripts.
DONE=0 FAILED=1 WRONG=2 UNAVAILABLE=69 BUSY=75

KIRIN_URL=${KIRIN_URL:-http://127.0.0.1:7070}
KIRIN_URL=${KIRIN_URL%/}
KIRIN_TRIES=${KIRIN_TRIES:-6}
KIRIN_WAIT=${KIRIN_WAIT:-3600}
KIRIN_RESUMES=${KIRIN_RESUMES:-1}
KIRIN_RESUME_AFTER=${KIRIN_RESUME_AFTER:-30}

# What went well goes to standard output, what needs a person to standard error: cron mails the latter.
say() { printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$CUBE" "$*"; }
leave() { # CODE SENTENCE
  if [ "$1" = $DONE ] || [ "$1" = $BUSY ]; then say "$2"; else say "$2" >&2; fi
  exit "$1"
}

prepare() { # NAME-OF-LOCK
  local tool dir mode
  for tool in curl jq flock; do
    command -v "$tool" >/dev/null || leave $WRONG "$tool is not on PATH; install it"
  done
  [[ $CUBE =~ ^[A-Za-z0-9_]+$ ]] || leave $WRONG "$CUBE is not the name of a cube: letters, digits and underscores"

  NETRC=${KIRIN_NETRC:-}
  if [ -z "$NETRC" ] && [ -z "${KIRIN_USER:-}" ]; then
    for dir in "${CREDENTIALS_DIRECTORY:-}/kirin.netrc" "${HOME:-}/.config/kirin/netrc"; do
      [ ! -f "$dir" ] || { NETRC=$dir; break; }
    done
  fi
  if [ -n "$NETRC" ]; then
    [ -r "$NETRC" ] || leave $WRONG "$NETRC cannot be read; KIRIN_NETRC must name a netrc file of this user"
    # systemd gives access to its credentials by other means than the mode.
    mode=$(stat -c %a "$NETRC")
    if [ "${NETRC#"${CREDENTIALS_DIRECTORY:-/none}"/}" = "$NETRC" ] && [ "${mode: -2}" != 00 ]; then
      leave $WRONG "$NETRC holds a password but others may read it (mode $mode); run: chmod 600 $NETRC"
    fi
  fi

  dir=${KIRIN_LOCK_DIR:-${RUNTIME_DIRECTORY:-${XDG_RUNTIME_DIR:-${HOME:?is not set: name a folder in KIRIN_LOCK_DIR}/.cache/kirin}}}
  (umask 077; mkdir -p "$dir") || leave $WRONG "the folder $dir for locks cannot be made; name one in KIRIN_LOCK_DIR"
  exec 9>>"$dir/$1-$CUBE.lock" || leave $WRONG "$dir cannot be written; name another folder in KIRIN_LOCK_DIR"
  flock -n 9 || leave $BUSY "the run before this one has not ended; nothing was done"

  umask 077
  WORK=$(mktemp -d) || leave $FAILED "no temporary folder can be made"
  trap 'rm -rf "$WORK"' EXIT
  # A stop leaves the job to the server, which finishes it.
  trap 'exit 143' TERM
  trap 'exit 130' INT
}

# One request: STATUS (000 without an answer), and the answer in $WORK/answer and $WORK/head.
request() { # METHOD PATH [BODY]
  local arguments=(--silent --show-error --connect-timeout 10 --max-time 300 --request "$1"
    --header 'Content-Type: application/json;charset=utf-8' --output "$WORK/answer" --dump-header "$WORK/head" --write-out '%{http_code}')
  [ -z "$NETRC" ] || arguments+=(--netrc-file "$NETRC")
  [ $# -lt 3 ] || arguments+=(--data "$3")
  : >"$WORK/answer"
  : >"$WORK/head"
  if [ -n "${KIRIN_USER:-}" ] && [ -z "$NETRC" ]; then
    # As a configuration on standard input; quotes and backslashes in it are escaped.
    local user=$KIRIN_USER:${KIRIN_PASSWORD:-}
    user=${user//\\/\\\\}
    STATUS=$(printf 'user = "%s"\n' "${user//\"/\\\"}" | curl --config - "${arguments[@]}" "$KIRIN_URL/kylin/api$2" 2>"$WORK/error")
  else
    STATUS=$(curl "${arguments[@]}" "$KIRIN_URL/kylin/api$2" 2>"$WORK/error")
  fi
}

# The same until the server answers: no answer, 429 and 502 to 504 are tried again. Repeating is
# safe: an answer that was lost may have started a build, and the next one goes on behind it.
ask() { # METHOD PATH [BODY]
  local try=1 delay=1
  while :; do
    request "$@"
    case $STATUS in
      000 | 429 | 502 | 503 | 504) ;;
      401 | 403) leave $WRONG "$KIRIN_URL answered $STATUS: $(sentence)" ;;
      *) return 0 ;;
    esac
    [ "$try" -lt "$KIRIN_TRIES" ] || leave $UNAVAILABLE "$KIRIN_URL did not answer $1 $2 in $try tries; the last: $STATUS $(sentence)"
    say "$1 $2: $STATUS $(sentence); again in $delay s"
    sleep "$delay"
    try=$((try + 1)) delay=$((delay < 60 ? delay * 2 : 60))
  done
}

# What the server, or curl, said was wrong.
sentence() {
  jq -er '.exception // .msg // empty' "$WORK/answer" 2>/dev/null || head -c 300 "$WORK/error" | tr '\n' ' '
}

field() { # FILTER : of the answer
  jq -r "$1" "$WORK/answer" 2>/dev/null
}

# Kylin's own answer to a build without messages, which Kirin gives with `nothing_new_status: 500`.
is_nothing_new() {
  [ "$(field '.nothing_new // false')" = true ] || sentence | grep -qiE 'no new message|nothing (is )?new'
}

# Waits until the job ends. Leaves if it failed; a job in ERROR is resumed first.
wait_for() { # JOB
  local job=$1 until=$((SECONDS + KIRIN_WAIT)) pause=1 resumes=0 state
  while :; do
    ask GET "/jobs/$job"
    [ "$STATUS" = 200 ] || leave $FAILED "job $job: $STATUS $(sentence)"
    state=$(field .job_status)
    case $state in
      FINISHED) return 0 ;;
      DISCARDED) leave $FAILED "job $job was given up ($(field '.error // "no reason"')): its offsets are a hole unless it was the last; see fill-holes.sh" ;;
      STOPPED) leave $FAILED "job $job was paused by somebody; PUT /kylin/api/jobs/$job/resume goes on" ;;
      ERROR)
        if [ "$resumes" -ge "$KIRIN_RESUMES" ]; then
          leave $FAILED "job $job failed: $(field '.error // "no reason"'); PUT /kylin/api/jobs/$job/resume reads the same offsets again, cancel gives them up"
        fi
        resumes=$((resumes + 1))
        say "job $job failed: $(field '.error // "no reason"'); resumed in $KIRIN_RESUME_AFTER s"
        sleep "$KIRIN_RESUME_AFTER"
        ask PUT "/jobs/$job/resume"
        [ "$STATUS" = 200 ] || leave $FAILED "job $job could not be resumed: $STATUS $(sentence)"
        ;;
    esac
    [ $SECONDS -lt $until ] || leave $BUSY "job $job is still $state after $KIRIN_WAIT s; the server goes on with it"
    sleep "$pause"
    pause=$((pause < 15 ? pause + 1 : 15))
  done
}
