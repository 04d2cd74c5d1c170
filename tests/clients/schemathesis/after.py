"""after.py before|after FILE : the state of the server before made-up requests, and whether it is sound after them.

`before` writes to FILE what the fixture cubes answer. `after` compares with it, and checks of every cube
that its counts, segments, holes and ledger agree with each other. Prints `ok  NAME` or `FAIL  NAME: what`.
"""
import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ["KIRIN_URL"]
FIXTURES = {os.environ["KIRIN_CUBE"]: os.environ["KIRIN_TABLE"], os.environ["KIRIN_TYPES_CUBE"]: "EVERY_TYPE"}


def call(path, body=None):
    request = urllib.request.Request(URL + path, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def count(table):
    return int(call("/kylin/api/query", {"sql": f"SELECT COUNT(*) FROM {table}"})["results"][0][0])


def segments(cube):
    return [(s["name"], s["uuid"], s["input_records"]) for s in call(f"/kylin/api/cubes/{cube}")["segments"]]


def state():
    return {cube: {"count": count(table), "segments": [list(s) for s in segments(cube)]} for cube, table in FIXTURES.items()}


def checks(before):
    yield "the server answers", lambda: call("/health") is not None
    yield "the fixture cubes are as before", lambda: same(state(), before)
    for cube in [cube["name"] for cube in call("/kylin/api/cubes")]:
        yield f"{cube}: segments do not overlap, and holes are what is between them", lambda cube=cube: holes_agree(cube)
    yield "no job runs for ever", no_job_runs_for_ever


def same(found, expected):
    assert found == expected, f"found {found}, expected {expected}"


def no_job_runs_for_ever():
    until = time.monotonic() + 60
    while running := call("/kylin/api/jobs?status=1&status=2&timeFilter=5"):
        assert time.monotonic() < until, f"after 60 s {len(running)} jobs have not ended; the first: {json.dumps(running[0])}"
        time.sleep(1)


def holes_agree(cube):
    ranges = [(s["source_offset_start"], s["source_offset_end"]) for s in call(f"/kylin/api/cubes/{cube}")["segments"]]
    same(ranges, sorted(ranges))
    gaps = [f"{end}_{start}" for (_, end), (start, _) in zip(ranges, ranges[1:]) if end < start]
    assert all(end <= start for (_, end), (start, _) in zip(ranges, ranges[1:])), f"segments overlap: {ranges}"
    same([hole["name"] for hole in call(f"/kylin/api/cubes/{cube}/holes")], gaps)


def main(when, file):
    if when == "before":
        with open(file, "w", encoding="utf-8") as out:
            json.dump(state(), out)
        return 0
    with open(file, encoding="utf-8") as saved:
        before = json.load(saved)
    passed = failed = 0
    try:
        for name, check in checks(before):
            try:
                check()
                passed += 1
                print(f"ok  {name}")
            except (AssertionError, OSError, KeyError, ValueError) as error:
                failed += 1
                print(f"FAIL  {name}: {error}")
    except (OSError, KeyError, ValueError) as error:
        failed += 1
        print(f"FAIL  the server cannot be asked for its cubes: {error}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main(*sys.argv[1:]))
