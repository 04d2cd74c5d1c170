#!/usr/bin/env bash
# fetch.sh : a Python environment with requirements.txt in $KIRIN_CACHE/venv, once. Prints its python.
#
# KIRIN_CACHE defaults to ~/.cache/kirin; KIRIN_PYTHON names the Python to build it with (python3;
# tried with 3.11). A second call finds the stamp, which holds the hash of requirements.txt and
# the version of Python, and does nothing.
#
# Exit code: 0 it is there; 3 a tool is missing, named on standard error, so that a test can say
# why it is skipped; 1 it was tried and failed, which is never a reason to skip.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${KIRIN_CACHE:-$HOME/.cache/kirin}
python=${KIRIN_PYTHON:-python3}
venv=$cache/venv

if ! command -v "$python" >/dev/null; then
  echo "cannot make the Python environment: $python not found; install Python 3.11 or later (Debian: python3-venv), or name one with KIRIN_PYTHON" >&2
  exit 3
fi
if ! "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "cannot make the Python environment: $python must be 3.11 or later with venv and ensurepip (Debian: python3-venv)" >&2
  exit 3
fi
want="$(sha256sum "$here/requirements.txt" | cut -d' ' -f1) $("$python" -c 'import sys; print(sys.version.split()[0])')"
is_there() { [ "$(cat "$venv/stamp" 2>/dev/null)" = "$want" ] && [ -x "$venv/bin/python" ]; }

if ! is_there; then
  mkdir -p "$cache"
  # Two test processes may come here at once: the second waits, then finds the stamp.
  exec 9>"$cache/venv.lock"
  flock 9
  if ! is_there; then
    # An environment cannot be built elsewhere and renamed: its scripts hold its path. So the
    # stamp is written last, and a folder without it is not taken for complete.
    echo "making the Python environment (about 300 MB) in $venv" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2
    if ! "$venv/bin/python" -m pip install -q --disable-pip-version-check --only-binary :all: \
        -r "$here/requirements.txt" >&2 9>&-; then
      echo "making the Python environment failed: pip's reason is above; an interrupted download is cured by calling again" >&2
      exit 1
    fi
    "$venv/bin/python" -c 'import duckdb, numpy, pyarrow' >&2
    echo "$want" > "$venv/stamp.new"
    mv "$venv/stamp.new" "$venv/stamp"
  fi
fi
echo "$venv/bin/python"
