#!/usr/bin/env bash
# Airflow's Kylin provider, in a real Airflow with a database of its own.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
python=$(python_with airflow) || exit $?
set_up
export AIRFLOW_HOME=$SUITE_DIR/airflow AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_FOLDER=$SUITE_DIR/airflow/dags
export AIRFLOW__LOGGING__LOGGING_LEVEL=WARNING
# One connection, as docs/clients.md shows it.
AIRFLOW_CONN_KYLIN_DEFAULT=$(printf '{"conn_type": "kylin", "host": "%s", "port": %s, "login": "ADMIN", "password": "KYLIN", "schema": "%s"}' \
  "$KIRIN_HOST" "$KIRIN_PORT" "$KIRIN_PROJECT")
export AIRFLOW_CONN_KYLIN_DEFAULT
mkdir -p "$AIRFLOW_HOME/dags"
# As it is, but for its retries: a failure shall show at once.
sed 's/"retries": 4/"retries": 0/' "$root/samples/schedules/kirin_build_dag.py" >"$AIRFLOW_HOME/dags/kirin_build_dag.py"
"$(dirname "$python")/airflow" db migrate >"$AIRFLOW_HOME/migrate.log" 2>&1 || { cat "$AIRFLOW_HOME/migrate.log"; exit 1; }
run_pytest "$python" "$clients/python/test_airflow.py"
