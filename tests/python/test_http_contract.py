"""The whole surface at once: what clients call is served, what is served is described, and no request fails the server.

`data/upstream_operations.json` lists the operations that existing clients know, `data/unserved_operations.json` those
of them that this server does not have, each with the reason.
"""

import concurrent.futures
import json

import pytest
import requests

from harness.api import Api
from harness.contract import DATA, Document, required_query, template, url_of
from harness.seed import Seed
from harness.server import Server

pytestmark = pytest.mark.http

NO_ROUTE = "HTTP 404 Not Found"
# Long enough for a slow machine, short enough to notice a request that never ends.
PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A server whose data the strange requests below may change as they like."""
    running = Server(tmp_path_factory.mktemp("contract") / "data").start()
    yield running
    assert running.stop() == 0, running.log_tail()


@pytest.fixture(scope="module")
def document(fresh):
    return Document(Api(fresh.root))


def known() -> list[dict]:
    return json.loads((DATA / "upstream_operations.json").read_text())


def unserved() -> list[dict]:
    return json.loads((DATA / "unserved_operations.json").read_text())


def key_of(entry: dict) -> tuple[str, str]:
    return entry["method"], template(entry["path"])


class TestCoverage:
    def test_the_lists_are_consistent(self):
        keys = [key_of(entry) for entry in known()]
        assert len(keys) == len(set(keys))
        absent = [key_of(entry) for entry in unserved()]
        assert len(absent) == len(set(absent))
        assert not set(absent) - set(keys), "an exception for an operation nobody knows"
        assert all(entry["reason"].strip() for entry in unserved())

    def test_every_known_operation_is_served_or_excused(self, document):
        served = {operation.key for operation in document.operations}
        excused = {key_of(entry) for entry in unserved()}
        missing = sorted(key_of(entry) for entry in known() if key_of(entry) not in served | excused)
        assert not missing, "\n".join(" ".join(key) for key in missing)

    def test_no_excuse_for_what_is_served(self, document):
        served = {operation.key for operation in document.operations}
        both = sorted({key_of(entry) for entry in unserved()} & served)
        assert not both, "\n".join(" ".join(key) for key in both)

    def test_operations_keep_their_names(self, document):
        """Generated clients name their methods after them."""
        names = {key_of(entry): entry["operation_id"] for entry in known()}
        wrong = [
            f"{operation}: {operation.id}, not {names[operation.key]}"
            for operation in document.operations
            if operation.key in names and operation.id != names[operation.key]
        ]
        assert not wrong, "\n".join(wrong)


def send(root: str, operation, values=None, query=None, body=None, raw=None):
    """One request; answers the status and the text."""
    options = {"params": query, "allow_redirects": False, "timeout": PATIENCE_SECONDS}
    if raw is not None:
        options |= {"data": raw, "headers": {"Content-Type": "application/json"}}
    elif body is not None:
        options["json"] = body
    try:
        response = requests.request(operation.method, root + url_of(operation, values), **options)
    except requests.RequestException as error:
        return 0, f"{type(error).__name__}: {error}"
    return response.status_code, response.text


def fails(operation, status: int) -> bool:
    """Whether a status is one that no request may cause. 501 is how some operations say that they do nothing."""
    return status == 0 or (status >= 500 and not (status == 501 and operation.documented(501)))


def all_of(tasks) -> list[str]:
    """Runs checks in parallel and collects what they complain about."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return [problem for problems in pool.map(lambda task: task(), tasks) for problem in problems]


class TestRouting:
    def test_every_described_operation_is_routed(self, fresh, document):
        def check(operation):
            def run():
                status, text = send(
                    fresh.root, operation, query=required_query(operation), body={} if operation.takes_json else None
                )
                if fails(operation, status):
                    return [f"{operation}: {status} {text[:200]}"]
                if NO_ROUTE in text:
                    return [f"{operation}: is not routed"]
                if not operation.documented(status) and not 400 <= status < 500:
                    return [f"{operation}: answers {status}, which is not described"]
                return []

            return run

        problems = all_of([check(operation) for operation in document.operations])
        assert not problems, "\n".join(problems)

    def test_both_prefixes(self, fresh, document):
        def check(operation):
            def run():
                answers = []
                for prefix in ("", "/api"):
                    response = requests.request(
                        operation.method,
                        fresh.root + prefix + url_of(operation),
                        params=required_query(operation),
                        json={} if operation.takes_json else None,
                        allow_redirects=False,
                        timeout=PATIENCE_SECONDS,
                    )
                    answers.append(response.status_code)
                return [] if answers[0] == answers[1] else [f"{operation}: {answers}"]

            return run

        reading = [operation for operation in document.operations if operation.method == "GET"]
        problems = all_of([check(operation) for operation in reading])
        assert not problems, "\n".join(problems)

    def test_malformed_ids(self, fresh, document):
        def check(operation, name):
            def run():
                bad = []
                for value in ("not-a-uuid", "0" * 36, "%00", "../..", "x" * 3000):
                    status, text = send(
                        fresh.root,
                        operation,
                        values={name: value},
                        query=required_query(operation),
                        body={} if operation.takes_json else None,
                    )
                    if fails(operation, status):
                        bad.append(f"{operation} with {name}={value[:20]}: {status} {text[:200]}")
                return bad

            return run

        tasks = [
            check(operation, parameter["name"])
            for operation in document.operations
            for parameter in operation.in_path()
        ]
        problems = all_of(tasks)
        assert not problems, "\n".join(problems)


DEEP = "[" * 5000
ABSURD_PARAMETERS = [
    "",
    "-1",
    "0",
    "2147483648",
    "99999999999999999999999",
    "1e400",
    "NaN",
    "null",
    "maybe",
    "\x00",
    "'; --",
    "%",
    "ü" * 2000,
    "[",
    "{}",
    "[]",
    "[null]",
    "[[]]",
    DEEP,
    '[{"field":"id"}]',
    '[{"field":null,"operator":null,"value":null}]',
    '[{"field":"name","operator":"no such","value":"x"}]',
    '[{"field":"name","operator":"contains","value":{"a":[]}}]',
    '[{"field":"metadata","key":"$..[","operator":"=","value":"\\u0000"}]',
    '[{"field":"created_at","operator":">","value":"not a time"}]',
    '[{"field":"duration","operator":">","value":"NaN"}]',
    '[{"field":"name","direction":"SIDEWAYS"}]',
    '[{"field":"metadata.\'","direction":"ASC"}]',
]
ABSURD_BODIES = [
    "",
    "null",
    "true",
    "1",
    '"text"',
    "[]",
    "[{}]",
    "{",
    '{"a":',
    DEEP,
    '{"a":' * 5000,
    '{"id":"not-a-uuid","ids":"x","name":{},"filters":[[]],"items":{}}',
    '{"a":"\\ud800"}',
    "\x00",
    "NaN",
]
ABSURD_VALUES = [
    {},
    [],
    [[]],
    [None],
    [{}],
    "",
    " ",
    "\x00",
    "x" * 70_000,
    "not-a-uuid",
    "0198a7b2-0000-7000-8000-000000000001",
    "1970-01-01T00:00:00Z",
    "999999-01-01T00:00:00Z",
    -1,
    0,
    2**63,
    1e308,
    True,
    {"a": {"b": [{"c": None}]}},
]


class TestAbsurdRequests:
    """Nothing a client sends is the server's fault: statuses below 500, and soon."""

    def test_query_parameters(self, fresh, document):
        def check(operation, name):
            def run():
                bad = []
                for value in ABSURD_PARAMETERS:
                    query = required_query(operation) | {name: value}
                    body = {} if operation.takes_json else None
                    status, text = send(fresh.root, operation, query=query, body=body)
                    if fails(operation, status):
                        bad.append(f"{operation} with {name}={value[:60]!r}: {status} {text[:200]}")
                return bad

            return run

        tasks = [
            check(operation, parameter["name"])
            for operation in document.operations
            for parameter in operation.in_query()
        ]
        assert len(tasks) > 100
        problems = all_of(tasks)
        assert not problems, "\n".join(problems)

    def test_bodies(self, fresh, document):
        def check(operation):
            def run():
                bad = []
                for body in ABSURD_BODIES:
                    status, text = send(fresh.root, operation, query=required_query(operation), raw=body.encode())
                    if fails(operation, status):
                        bad.append(f"{operation} with {body[:60]!r}: {status} {text[:200]}")
                return bad

            return run

        problems = all_of([check(operation) for operation in document.operations if operation.takes_json])
        assert not problems, "\n".join(problems)

    def test_properties_of_bodies(self, fresh, document):
        """Every property with every strange value, and all of them at once."""

        def check(operation):
            def run():
                names = list(dict.fromkeys(document.properties(operation.body_schema())))
                bad = []
                for value in ABSURD_VALUES:
                    for chosen in [names, *([name] for name in names)]:
                        body = dict.fromkeys(chosen, value)
                        status, text = send(fresh.root, operation, query=required_query(operation), body=body)
                        if fails(operation, status):
                            fields = ", ".join(chosen)
                            bad.append(f"{operation} with {fields} = {str(value)[:40]!r}: {status} {text[:200]}")
                return bad

            return run

        problems = all_of([check(operation) for operation in document.operations if operation.takes_json])
        assert not problems, "\n".join(problems)

    def test_the_server_is_well(self, fresh):
        """Runs after the ones above: they left nothing behind that reading trips over."""
        api = Api(fresh.root)
        for path in ("/projects", "/datasets", "/experiments", "/prompts", "/dashboards", "/annotation-queues"):
            page = api.get(path, size=1000).json()
            assert page["total"] >= 0
        assert "panicked" not in fresh.log_path.read_text(errors="replace")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    """A server that holds one of everything."""
    running = Server(tmp_path_factory.mktemp("seeded") / "data").start()
    try:
        yield Seed(Api(running.root)).plant()
    finally:
        status = running.stop()
    assert status == 0, running.log_tail()


class TestAnswers:
    """What is read from a server with one of everything has the described shape, with nothing else in it."""

    def test_reading(self, seeded, document):
        problems, empty = [], []
        for operation in document.operations:
            if operation.method != "GET":
                continue
            values, query = seeded.arguments(operation)
            response = seeded.api.session.get(
                seeded.api.root + url_of(operation, values),
                params=query,
                allow_redirects=False,
                timeout=PATIENCE_SECONDS,
            )
            kind = response.headers.get("content-type", "")
            if response.status_code >= 400 and str(operation.path) not in seeded.REFUSED:
                problems.append(f"{operation} {query}: {response.status_code} {response.text[:200]}")
                continue
            for problem in document.problems(operation, response.status_code, kind, response.text)[:5]:
                problems.append(f"{operation}: {problem}")
            if kind.startswith("application/json") and response.status_code == 200:
                content = response.json()
                if isinstance(content, dict) and content.get("content") == []:
                    empty.append(str(operation))
        assert not problems, "\n".join(problems)
        assert sorted(empty) == sorted(seeded.EMPTY)

    def test_reading_with_bodies(self, seeded, document):
        problems = []
        operations = {operation.key: operation for operation in document.operations}
        for method, path, values, body in seeded.readings():
            operation = operations[method, template(path)]
            response = seeded.api.session.request(
                method, seeded.api.root + url_of(operation, values), json=body, timeout=PATIENCE_SECONDS
            )
            kind = response.headers.get("content-type", "")
            if response.status_code != 200 or not response.text.strip():
                problems.append(f"{operation} {body}: {response.status_code} {response.text[:200]!r}")
                continue
            for problem in document.problems(operation, response.status_code, kind, response.text)[:5]:
                problems.append(f"{operation}: {problem}")
        assert not problems, "\n".join(problems)

    def test_errors(self, seeded, document):
        """Answers about things that do not exist and about empty bodies have one of the two shapes of an error."""
        problems = []
        for operation in document.operations:
            response = seeded.api.session.request(
                operation.method,
                seeded.api.root + url_of(operation),
                params=required_query(operation),
                json={} if operation.takes_json else None,
                allow_redirects=False,
                timeout=PATIENCE_SECONDS,
            )
            if not 400 <= response.status_code < 500:
                continue
            body = response.json()
            if set(body) == {"errors"}:
                right = body["errors"] and all(isinstance(error, str) and error for error in body["errors"])
            else:
                right = set(body) - {"details"} == {"code", "message"} and body["code"] == response.status_code
            if not right:
                problems.append(f"{operation}: {response.status_code} {response.text[:200]}")
        assert not problems, "\n".join(problems)
