"""The shapes of answers, key by key, against golden/*.json, written from Kylin's controllers.

A golden file is `{"about", "request": {"method", "path", "body"}, "status", "extra_keys", "shape"}`.
Names in braces in path and body are of this run. In a shape a string is a type: string, integer, number,
boolean, null, any, or several with `|`; a string that begins with `=` is that very text. An array
holds the shape of each of its elements, of which there must be one; `[shape, "or none"]` may be empty. `{"*": shape}` is a map with any keys. A key that ends in `?` may be missing.
Keys that Kylin lacks are accepted where `extra_keys` is true, and nowhere where it is false, as
Kylin's JDBC driver refuses them.
"""
import json
import pathlib

import pytest

GOLDEN = pathlib.Path(__file__).parent.parent / "golden"
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}


def is_of(value, kind):
    if kind == "any":
        return True
    if kind.startswith("="):
        return value == kind[1:]
    # For Python true is a number; for JSON it is not.
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def differences(shape, value, extra_keys, at="$"):
    """What of the value is not as the shape has it: a list of sentences."""
    if isinstance(shape, str):
        ok = any(is_of(value, kind) for kind in ([shape] if shape.startswith("=") else shape.split("|")))
        return [] if ok else [f"{at}: expected {shape}, found {json.dumps(value)[:120]}"]
    if isinstance(shape, list):
        element, may_be_empty = shape[0], shape[1:] == ["or none"]
        if not isinstance(value, list):
            return [f"{at}: expected an array, found {json.dumps(value)[:120]}"]
        if not value and not may_be_empty:
            return [f"{at}: expected an array with an element, found []"]
        return [d for i, each in enumerate(value) for d in differences(element, each, extra_keys, f"{at}[{i}]")]
    if not isinstance(value, dict):
        return [f"{at}: expected an object, found {json.dumps(value)[:120]}"]
    if set(shape) == {"*"}:
        return [d for key, each in value.items() for d in differences(shape["*"], each, extra_keys, f"{at}.{key}")]
    found = []
    known = {key.rstrip("?"): (key.endswith("?"), each) for key, each in shape.items()}
    for key, (optional, each) in known.items():
        if key in value:
            found += differences(each, value[key], extra_keys, f"{at}.{key}")
        elif not optional:
            found.append(f"{at}.{key}: is missing")
    if not extra_keys:
        found += [f"{at}.{key}: Kylin has no such key" for key in value if key not in known]
    return found


def test_the_comparer_itself():
    shape = {"a": "integer", "b?": "string|null", "c": ["=x", "or none"], "d": {"*": "boolean"}, "e": ["number"]}
    good = {"a": 1, "c": [], "d": {"k": True}, "e": [1.5]}
    assert differences(shape, good, extra_keys=False) == []
    assert differences(shape, {**good, "b": None, "c": ["x"]}, extra_keys=False) == []
    bad = {"a": True, "b": 1, "c": ["y"], "d": {"k": 1}, "e": [], "f": 0}
    assert [d.split(":")[0] for d in differences(shape, bad, extra_keys=False)] == ["$.a", "$.b", "$.c[0]", "$.d.k", "$.e", "$.f"]
    assert [d.split(":")[0] for d in differences(shape, {**good, "f": 0}, extra_keys=True)] == []
    assert [d.split(":")[0] for d in differences(shape, {}, extra_keys=True)] == ["$.a", "$.c", "$.d", "$.e"]


@pytest.fixture(scope="module")
def names(world):
    """What the braces stand for; a hole is made by deleting a segment in the middle."""
    jobs = world.ok("GET", f"/jobs?cubeName={world.cube}&status=4&timeFilter=5")
    job = next(job for job in jobs if job["steps"])
    world.ok("DELETE", f"/cubes/{world.cube}/segs/1000_2000")
    cube = {"name": "late_cube", "model": "kylin_streaming_model", "dimensions": ["country"], "measures": [{"name": "orders", "function": "count"}]}
    status, answer, _ = world.call("POST", "/cubes", {"cubeDescData": json.dumps({"cube": cube}), "cubeName": "late_cube", "project": world.project})
    assert status in (200, 201), answer
    return {
        "cube": world.cube, "model": "kylin_streaming_model", "project": world.project, "table": world.table, "job": job["uuid"],
        "step": job["steps"][0]["id"], "types_cube": world.types_cube,
    }


def filled(text, names):
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_golden(world, names, name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    request = golden["request"]
    body = request.get("body")
    body = None if body is None else json.loads(filled(json.dumps(body), names))
    path = filled(request["path"], names)
    status, answer, _ = world.call(request["method"], path, body)
    assert status in golden["status"], f"{request['method']} {path} answered {status}: {json.dumps(answer)[:400]}"
    found = differences(json.loads(filled(json.dumps(golden["shape"]), names)), answer, golden["extra_keys"])
    assert not found, f"{len(found)} differences:\n" + "\n".join(found[:40])
