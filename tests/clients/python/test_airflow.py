"""Airflow's Kylin provider: each command of KylinCubeOperator, and the DAG of samples/schedules."""
import os
import subprocess
import sys

import pytest
from airflow.providers.apache.kylin.hooks.kylin import KylinHook
from airflow.providers.apache.kylin.operators.kylin_cube import KylinCubeOperator
from airflow.providers.common.compat.sdk import AirflowException
from kylinpy.client.exceptions import HTTPError

TIP = str(2**63 - 1)


def run(world, command, cube=None, **arguments):
    operator = KylinCubeOperator(
        task_id=f"task_{command}", kylin_conn_id="kylin_default", project=world.project, cube=cube or world.cube, command=command, **arguments)
    return operator.execute({})


def names(world, cube):
    return [segment["name"] for segment in world.ok("GET", f"/cubes/{cube}")["segments"]]


def test_the_hook_finds_the_connection(world):
    assert KylinHook("kylin_default").get_conn().query("SELECT 1")["results"] == [["1"]]


def test_build_streaming_with_nothing_new(world):
    job = run(world, "build_streaming", offset_start="0", offset_end=TIP, is_track_job=True, interval=1)
    assert (job["job_status"], job["nothing_new"]) == ("FINISHED", True)


def test_build_streaming_by_dsn(world):
    operator = KylinCubeOperator(
        task_id="by_dsn", dsn=world.dsn, cube=world.cube, command="build_streaming", offset_start="0", offset_end=TIP, is_track_job=True, interval=1)
    assert operator.execute({})["job_status"] == "FINISHED"


def test_delete_and_build_streaming(world):
    run(world, "delete", segment_name="2000_3000")
    assert names(world, world.cube) == ["0_1000", "1000_2000"]
    job = run(world, "build_streaming", offset_start="0", offset_end=TIP, is_track_job=True, interval=1)
    assert KylinHook("kylin_default", world.project).get_job_status(job["uuid"]) == "FINISHED"
    assert names(world, world.cube) == ["0_1000", "1000_2000", "2000_3000"]
    assert world.count() == 3000


@pytest.mark.parametrize("command, arguments", [
    ("fullbuild", {}),
    ("build", {"start_time": "1767225600000", "end_time": "1767312000000"}),
])
def test_build_by_time_is_a_job_or_says_what_to_call(world, command, arguments):
    try:
        job = run(world, command, is_track_job=True, interval=1, **arguments)
        assert world.ok("GET", f"/jobs/{job['uuid']}")["job_status"] == "FINISHED"
    except (HTTPError, AirflowException) as error:
        assert "build2" in str(error)


@pytest.mark.parametrize("command, arguments", [
    ("merge", {"start_time": "1767225600000", "end_time": "1767312000000"}),
    ("refresh", {"start_time": "1767225600000", "end_time": "1767312000000"}),
    ("merge_streaming", {"offset_start": "0", "offset_end": "2000"}),
    ("refresh_streaming", {"offset_start": "0", "offset_end": "1000"}),
])
def test_merge_and_refresh_are_refused_with_a_sentence(world, command, arguments):
    before = names(world, world.cube)
    with pytest.raises((HTTPError, AirflowException)) as error:
        run(world, command, is_track_job=True, interval=1, **arguments)
    assert isinstance(str(error.value), str) and len(str(error.value)) > 20
    assert names(world, world.cube) == before


def test_disable_and_enable(world):
    assert run(world, "disable")["status"] == "DISABLED"
    assert world.ok("GET", f"/cubes/{world.cube}")["status"] == "DISABLED"
    assert run(world, "enable")["status"] == "READY"
    assert world.count() == 3000


def test_clone_build_purge_and_drop(world):
    clone = f"{world.cube}_clone"
    assert run(world, "clone")["name"] == clone
    run(world, "build_streaming", cube=clone, offset_start="0", offset_end=TIP, is_track_job=True, interval=1)
    assert names(world, clone) == ["0_3000"]
    run(world, "disable", cube=clone)
    assert run(world, "purge", cube=clone)["segments"] == []
    assert names(world, clone) == []
    run(world, "drop", cube=clone)
    assert clone not in [cube["name"] for cube in world.ok("GET", "/cubes")]


def test_an_unknown_cube_fails_with_the_servers_sentence(world):
    with pytest.raises((HTTPError, AirflowException)) as error:
        run(world, "build_streaming", cube="no_such_cube", offset_start="0", offset_end=TIP)
    assert "no_such_cube" in str(error.value)


# -- the sample DAG -----------------------------------------------------------------------------


DAG_FILE = os.path.join(os.environ["AIRFLOW_HOME"], "dags", "kirin_build_dag.py")


def test_the_sample_dag_is_read_without_errors(world):
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=DAG_FILE)
    assert bag.import_errors == {}
    assert set(bag.dags) == {"kirin_build", "kirin_holes"}
    assert [t.task_id for t in bag.dags["kirin_build"].tasks] == [f"build_{world.cube}"]


def dags_test(dag):
    """A whole run of the DAG, in the Airflow of this suite."""
    airflow = os.path.join(os.path.dirname(sys.executable), "airflow")
    done = subprocess.run([airflow, "dags", "test", dag], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, f"airflow dags test {dag} ended with {done.returncode}:\n" + (done.stdout + done.stderr)[-4000:]


def test_the_sample_dag_builds_what_is_new(world):
    world.ok("DELETE", f"/cubes/{world.cube}/segs/2000_3000")
    dags_test("kirin_build")
    assert names(world, world.cube) == ["0_1000", "1000_2000", "2000_3000"]


def test_the_sample_dag_fills_holes(world):
    world.ok("DELETE", f"/cubes/{world.cube}/segs/1000_2000")
    assert [hole["name"] for hole in world.ok("GET", f"/cubes/{world.cube}/holes")] == ["1000_2000"]
    dags_test("kirin_holes")
    assert world.ok("GET", f"/cubes/{world.cube}/holes") == []
    assert world.count() == 3000
