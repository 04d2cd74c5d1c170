#!/usr/bin/env bash
# The shapes of the answers, against golden/*.json.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
python=$(python_with kylinpy) || exit $?
set_up
run_pytest "$python" "$clients/python/test_golden.py"
