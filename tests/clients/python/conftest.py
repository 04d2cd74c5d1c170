"""What the Python suites share: the server of this run, plain HTTP, and the truth.

The truth is counted here from the messages as another program read them off the topic
(KIRIN_MESSAGES); the server has no part in it.
"""
import collections
import decimal
import inspect
import json
import os
import time
import urllib.error
import urllib.request

import pytest

# The remedy of docs/clients.md: kylinpy 2.8.4 calls a function that Python 3.11 removed.
if not hasattr(inspect, "getargspec"):
    ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")
    inspect.getargspec = lambda function: ArgSpec(*inspect.getfullargspec(function)[:4])

DONE = {"FINISHED", "ERROR", "DISCARDED", "STOPPED"}


class World:
    def __init__(self):
        env = os.environ
        self.url, self.host, self.port = env["KIRIN_URL"], env["KIRIN_HOST"], int(env["KIRIN_PORT"])
        self.project, self.cube, self.table = env["KIRIN_PROJECT"], env["KIRIN_CUBE"], env["KIRIN_TABLE"]
        self.types_cube, self.topic = env["KIRIN_TYPES_CUBE"], env["KIRIN_TOPIC"]
        self.secure_url = env.get("KIRIN_SECURE_URL")
        self.root, self.clients, self.folder = env["KIRIN_ROOT"], env["KIRIN_CLIENTS"], env["SUITE_DIR"]
        self.dsn = f"kylin://ADMIN:KYLIN@{self.host}:{self.port}/{self.project}"
        with open(env["KIRIN_MESSAGES"], encoding="utf-8") as lines:
            self.messages = [json.loads(line, parse_float=decimal.Decimal) for line in lines]

    def call(self, method, path, body=None, url=None, headers=None):
        """(status, JSON or text, headers) of one request; an error status is no exception."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request((url or self.url) + "/kylin/api" + path, data=data, method=method)
        request.add_header("Content-Type", "application/json;charset=utf-8")
        request.add_header("Authorization", "Basic QURNSU46S1lMSU4=")  # ADMIN:KYLIN
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read().decode()
        try:
            return answer.status, json.loads(text), answer.headers
        except ValueError:
            return answer.status, text, answer.headers

    def ok(self, method, path, body=None):
        status, answer, _ = self.call(method, path, body)
        assert status == 200, f"{method} {path} answered {status}: {answer}"
        return answer

    def wait(self, job, seconds=120):
        """The job at its end."""
        until = time.monotonic() + seconds
        while job["job_status"] not in DONE:
            assert time.monotonic() < until, f"job {job['uuid']} did not end within {seconds} s: {job}"
            time.sleep(0.1)
            job = self.ok("GET", f"/jobs/{job['uuid']}")
        return job

    def sql(self, sql):
        return self.ok("POST", "/query", {"sql": sql, "project": self.project})["results"]

    def count(self, table=None):
        return int(self.sql(f"SELECT COUNT(*) FROM {table or self.table}")[0][0])

    def by_country(self):
        """{country: [messages, sum of amount, sum of qty]}; NULL is None."""
        sums = {}
        for message in self.messages:
            row = sums.setdefault(message.get("country"), [0, decimal.Decimal(0), 0])
            row[0] += 1
            row[1] += message.get("amount") or 0
            row[2] += message.get("qty") or 0
        return sums


@pytest.fixture(scope="session")
def world():
    return World()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows the lines of the test and what was raised, not the client's inside."""
    report = yield
    if report.failed and call.excinfo:
        ours = [entry for entry in call.excinfo.traceback if "/tests/clients/" in str(entry.path)]
        lines = [f"{entry.path.name}:{entry.lineno + 1}: {str(entry.statement).strip()}" for entry in ours]
        error = call.excinfo.value
        what = "" if isinstance(error, AssertionError) else f"{type(error).__module__}.{type(error).__name__}: "
        report.longrepr = "\n".join(lines + [f"E   {line}" for line in f"{what}{error}".splitlines()])
    return report
