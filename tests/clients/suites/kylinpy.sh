#!/usr/bin/env bash
# kylinpy, raw: against a server without users, and one with.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
python=$(python_with kylinpy) || exit $?
settings_with_users "$SUITE_DIR/users.yaml"
serve secure "$SUITE_DIR/users.yaml"
export KIRIN_SECURE_URL=$KIRIN_URL
set_up
run_pytest "$python" "$clients/python/test_kylinpy.py"
