"""kirin_build_dag.py : builds and hole filling by Apache Airflow, with its Kylin provider.

Copy it to the DAG folder; tried with Airflow 3.3 and apache-airflow-providers-apache-kylin 3.11.
The connection `kylin_default` says where the server is and holds the password; make it in the web
interface, in a secrets backend, or in the environment of scheduler and workers:

    AIRFLOW_CONN_KYLIN_DEFAULT='{"conn_type": "kylin", "host": "kirin.example.com", "port": 7070,
                                 "login": "ADMIN", "password": "...", "schema": "default"}'

`schema` is the project. A topic without new messages is no failure: the server answers with a
finished job. A build that fails is tried again after 1, 2, 4 … minutes; the new try builds what is
new by then, and the job that failed stays on the server with its offsets, to be resumed or given up.
"""
import collections
import inspect
import json
import urllib.error
import urllib.request
from datetime import datetime, timedelta

from airflow.exceptions import AirflowException
from airflow.providers.apache.kylin.hooks.kylin import KylinHook
from airflow.providers.apache.kylin.operators.kylin_cube import KylinCubeOperator
from airflow.sdk import dag, task

# The provider's client, kylinpy 2.8.4, calls a function that Python 3.11 removed.
if not hasattr(inspect, "getargspec"):
    _ArgSpec = collections.namedtuple("_ArgSpec", "args varargs keywords defaults")
    inspect.getargspec = lambda function: _ArgSpec(*inspect.getfullargspec(function)[:4])

CONNECTION = "kylin_default"
CUBES = ["kylin_streaming_cube"]

RETRIES = {"retries": 4, "retry_delay": timedelta(minutes=1), "retry_exponential_backoff": True, "max_retry_delay": timedelta(minutes=15)}


def call(method, path):
    """(JSON, headers) of one call to the server of the connection."""
    kylin = KylinHook(CONNECTION).get_conn()
    request = urllib.request.Request(f"{kylin.scheme}://{kylin.host}:{kylin.port}{kylin.prefix}{path}", method=method)
    request.add_header("Content-Type", "application/json;charset=utf-8")
    if kylin.username:
        request.add_header(*next(iter(kylin.basic_auth_dump(kylin.username, kylin.password).items())))
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        raise AirflowException(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error


# A second run does not start while one is active, and times that passed meanwhile are not made up for:
# each build reads to the end of the topic anyway.
@dag(schedule="*/5 * * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, default_args=RETRIES, tags=["kirin"])
def kirin_build():
    for cube in CUBES:
        KylinCubeOperator(
            task_id=f"build_{cube}",
            kylin_conn_id=CONNECTION,
            cube=cube,
            command="build_streaming",
            # From the end of the last segment to the end of the topic.
            offset_start="0",
            offset_end=str(2**63 - 1),
            is_track_job=True,
            interval=5,
            timeout=60 * 60,
            execution_timeout=timedelta(hours=2),
        )


@dag(schedule="17 * * * *", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, default_args=RETRIES, tags=["kirin"])
def kirin_holes():
    @task(execution_timeout=timedelta(hours=2))
    def fill(cube):
        """Asks for holes to be filled until there is none, or a round fills none."""
        import time

        holes, _ = call("GET", f"/cubes/{cube}/holes")
        while holes:
            jobs, headers = call("PUT", f"/cubes/{cube}/holes")
            for job in jobs:
                while job["job_status"] not in KylinCubeOperator.jobs_end_status:
                    time.sleep(5)
                    job, _ = call("GET", f"/jobs/{job['uuid']}")
                if job["job_status"] != "FINISHED":
                    raise AirflowException(f"job {job['uuid']} for a hole of {cube} is {job['job_status']}: {job.get('error')}")
            left, _ = call("GET", f"/cubes/{cube}/holes")
            if not jobs or left == holes:
                names = ", ".join(hole["name"] for hole in left)
                raise AirflowException(f"holes of {cube} stay: {names}; skipped: {headers.get('X-Kirin-Skipped')}")
            holes = left

    for cube in CUBES:
        fill.override(task_id=f"fill_{cube}")(cube)


kirin_build()
kirin_holes()
