#!/usr/bin/env bash
# kylinpy's SQLAlchemy dialect, under the two versions of SQLAlchemy that it can be used with.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
python13=$(python_with kylinpy) || exit $?
python14=$(python_with sqlalchemy14) || exit $?
set_up
code=0
echo "SQLAlchemy 1.3"
run_pytest "$python13" "$clients/python/test_sqlalchemy.py" || code=1
echo "SQLAlchemy 1.4, patched"
run_pytest "$python14" "$clients/python/test_sqlalchemy.py" || code=1
exit $code
