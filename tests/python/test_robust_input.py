"""Hostile and oversized requests: the server answers with a client error, keeps its memory bounded and stays up."""

import concurrent.futures
import gzip
import json
import pathlib
import re
import resource
import socket
import subprocess
import sys
import time
import zlib

import pytest
import requests

from harness.api import Api, error_list, error_message, trace
from harness.ids import uuid7
from harness.server import Server

pytestmark = pytest.mark.robust

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}


def limited(directory: pathlib.Path):
    """A server that takes less than others."""
    limits = {
        "FERROPIK_MAX_BODY_BYTES": str(64 * MIB),
        "FERROPIK_MAX_JSON_BYTES": str(32 * MIB),
        "FERROPIK_BODY_BUDGET_BYTES": str(128 * MIB),
    }
    running = Server(directory / "data", env=limits).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def alone(tmp_path):
    """A server of its own, so that its peak memory belongs to one test."""
    yield from limited(tmp_path)


@pytest.fixture(scope="class")
def shared(tmp_path_factory):
    """A server of the tests of one class."""
    yield from limited(tmp_path_factory.mktemp("limited"))


def zeros(total: int):
    """A JSON body of `total` bytes, produced piece by piece."""
    head, tail = b'{"traces":[{"input":"', b'"}]}'
    yield head
    piece = b"0" * MIB
    for _ in range((total - len(head) - len(tail)) // MIB):
        yield piece
    yield tail


class TestGeneratedRequests:
    def test_no_generated_request_fails_the_server(self, alone, tmp_path):
        """Requests generated from the server's own API description, valid and invalid ones."""
        schemathesis = pathlib.Path(sys.executable).parent / "schemathesis"
        # Some operations are answered with 501 by contract, which the check would count as a failure.
        document = requests.get(f"{alone.root}/openapi.json", timeout=10).json()
        unavailable = [
            argument
            for operations in document["paths"].values()
            for operation in operations.values()
            if "501" in operation["responses"]
            for argument in ("--exclude-operation-id", operation["operationId"])
        ]
        assert 0 < len(unavailable) < 20
        run = subprocess.run(
            [
                schemathesis,
                "run",
                f"{alone.root}/openapi.json",
                "--url",
                alone.root,
                *unavailable,
                "--phases",
                "examples,coverage,fuzzing",
                "--checks",
                "not_a_server_error",
                "--max-examples",
                "15",
                "--max-time",
                "120",
                "--workers",
                "2",
                "--seed",
                "20260101",
                "--continue-on-failure",
                "--no-color",
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=280,
        )
        selected = re.search(r"Selected: (\d+)/", run.stdout)
        assert selected and int(selected.group(1)) > 40, run.stdout[-3_000:] + run.stderr[-3_000:]
        # The failures come first, long lists of warnings follow.
        assert run.returncode == 0, run.stdout[:15_000] + run.stderr[-3_000:]
        assert alone.is_alive()


class TestOversized:
    def test_body_over_the_limit(self, alone):
        before = alone.peak_memory_kib()
        try:
            response = requests.post(
                f"{alone.api}/v1/private/traces/batch", data=zeros(500 * MIB), headers=JSON, timeout=120
            )
        except requests.ConnectionError:
            # The server may refuse and hang up while the rest is still on its way.
            response = None
        if response is not None:
            assert response.status_code == 413
            assert error_message(response)
        assert alone.is_alive()
        assert alone.peak_memory_kib() - before < 200 * 1024

    def test_upload_over_the_limit(self, alone, tmp_path):
        query = {
            "file_name": "huge.bin",
            "project_name": "p",
            "mime_type": "application/octet-stream",
            "entity_type": "trace",
            "entity_id": uuid7(),
        }
        url, before = f"{alone.api}/v1/private/attachment/upload", alone.peak_memory_kib()
        try:
            response = requests.put(url, params=query, data=zeros(200 * MIB), timeout=120)
        except requests.ConnectionError:
            response = None
        assert response is None or response.status_code == 413
        assert requests.put(url, params=query, data=zeros(60 * MIB), timeout=120).status_code == 204
        assert alone.peak_memory_kib() - before < 200 * 1024

    def test_declared_length_over_the_limit_is_refused_at_once(self, alone):
        with socket.create_connection(("127.0.0.1", alone.port), timeout=30) as connection:
            connection.sendall(
                b"POST /api/v1/private/traces/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 524288000\r\n\r\n"
            )
            answer = connection.recv(4096)
        assert answer.startswith(b"HTTP/1.1 413 ")

    def test_gzip_bomb(self, alone):
        before = alone.peak_memory_kib()
        compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(compressor.compress(piece) for piece in zeros(1024 * MIB)) + compressor.flush()
        assert len(bomb) < 2 * MIB
        response = requests.post(
            f"{alone.api}/v1/private/traces/batch",
            data=bomb,
            headers={**JSON, "Content-Encoding": "gzip"},
            timeout=120,
        )
        assert response.status_code == 413
        assert error_message(response)
        assert alone.peak_memory_kib() - before < 300 * 1024
        assert alone.is_alive()

    def test_body_under_the_limit_is_taken(self, server, api, project):
        item = trace(project, input={"text": "z" * (32 * MIB)})
        body = gzip.compress(json.dumps({"traces": [item]}).encode(), 1)
        api.call("POST", "/traces/batch", 204, data=body, headers={**JSON, "Content-Encoding": "gzip"})
        assert len(api.trace(item["id"])["input"]["text"]) == 32 * MIB

    def test_string_over_the_limit(self, server, api, project):
        text = "s" * 104_857_601
        response = api.call(
            "POST", "/traces", data=json.dumps(trace(project, input={"text": text})), headers=JSON, timeout=120
        )
        assert response.status_code == 400
        assert "exceeds the maximum allowed" in error_message(response)


class TestManyEntries:
    """Small bodies of very many entries: what is made of them stays small, too."""

    BODY_MIB = 16

    def send(self, server: Server, method: str, path: str, head: str, entry: str, tail: str):
        """Sends `head`, many entries, and `tail`; answers the response and what the server grew."""
        count = self.BODY_MIB * MIB // (len(entry) + 1)
        body = (head + entry + f",{entry}" * (count - 1) + tail).encode()
        before = server.peak_memory_kib()
        response = requests.request(
            method,
            f"{server.api}/v1/private{path}",
            data=gzip.compress(body, 1),
            headers={**JSON, "Content-Encoding": "gzip"},
            timeout=120,
        )
        assert server.is_alive()
        return response, server.peak_memory_kib() - before

    @pytest.mark.parametrize(
        ("method", "path", "name", "property_name"),
        [
            ("POST", "/traces/batch", "traces", "traces"),
            ("POST", "/spans/batch", "spans", "spans"),
            ("PUT", "/traces/feedback-scores", "scores", "scores"),
            ("PUT", "/spans/feedback-scores", "scores", "scores"),
            ("PUT", "/traces/threads/feedback-scores", "scores", "scores"),
            ("PUT", "/datasets/items", "items", "items"),
            ("POST", "/experiments/items", "experiment_items", "experimentItems"),
            ("PUT", "/assertion-results", "assertion_results", "assertionResults"),
            ("POST", "/guardrails", "guardrails", "guardrails"),
            ("POST", "/annotation-queues/batch", "annotation_queues", "annotationQueues"),
        ],
    )
    def test_batches(self, shared, method, path, name, property_name):
        response, grown = self.send(shared, method, path, f'{{"{name}":[', "{}", "]}")
        assert response.status_code == 422
        assert f"{property_name} size must be between 1 and 1000" in error_list(response)
        assert grown < 3 * self.BODY_MIB * 1024

    @pytest.mark.parametrize(
        ("path", "head", "entry", "tail"),
        [
            ("/traces", '{"start_time":"2026-01-01T00:00:00Z","tags":[', '"a"', "]}"),
            ("/traces/batch", '{"traces":[{"tags":[', '"a"', "]}]}"),
            ("/agent-configs/blueprints", '{"project_name":"x","blueprint":{"values":[', "{}", "]}}"),
            ("/traces/search", '{"project_name":"x","filters":[', '{"field":"a","operator":"=","value":""}', "]}"),
            ("/traces/search", '{"filters":[{"field":"a","operator":"=","value":"","type":[', "1", "]}]}"),
            (
                "/annotation-queues",
                '{"automation":{"conditions":{"groups":[',
                "{}",
                "]}}}",
            ),
            ("/traces/batch", '{"unknown":[', "{}", "]}"),
        ],
    )
    def test_other_lists(self, shared, path, head, entry, tail):
        response, grown = self.send(shared, "POST", path, head, entry, tail)
        assert response.status_code in (400, 422)
        # Some hundred bytes for each of the entries that a body may have together, besides the body.
        assert grown < (3 * self.BODY_MIB + 128) * 1024

    def test_the_limit_of_all_entries_is_told(self, api):
        tags = ["a"] * 500_001
        response = api.post("/traces", {"start_time": "2026-01-01T00:00:00Z", "tags": tags})
        assert response.status_code == 400
        assert "at most 500000 entries together" in error_message(response)

    def test_very_many_tags_of_one_trace(self, api, project):
        item = trace(project, tags=[f"{number:x}" for number in range(200_000)])
        api.post("/traces/batch", {"traces": [item]}, expect=204, timeout=40)
        assert len(api.trace(item["id"])["tags"]) == 200_000


class TestShapes:
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_deep_nesting(self, server, api, project, opening, closing):
        depth = 100_000
        nested = opening * depth + "1" + closing * depth
        body = f'{{"id":"{uuid7()}","start_time":"2026-01-01T00:00:00Z","project_name":"{project}","input":{nested}}}'
        response = api.call("POST", "/traces", data=body, headers=JSON)
        assert response.status_code == 400
        assert error_message(response)
        assert server.is_alive()

    def test_reasonable_nesting_is_fine(self, api, project):
        value = 1
        for _ in range(500):
            value = [value]
        item = api.add_traces(trace(project, input=value))[0]
        assert api.trace(item["id"])["input"] == value

    @pytest.mark.parametrize("query", ["filters", "sorting", "exclude"])
    def test_deep_nesting_in_a_query(self, server, api, project, query):
        api.add_traces(trace(project))
        response = api.call("GET", "/traces", params={"project_name": project, query: "[" * 5000})
        assert 400 <= response.status_code < 500
        assert server.is_alive()

    def test_truncated_bodies(self, server, api, project):
        whole = json.dumps({"traces": [trace(project, input={"a": ["é", 1.5, None]})]}).encode()
        for length in range(1, len(whole), 7):
            response = api.call("POST", "/traces/batch", data=whole[:length], headers=JSON)
            assert response.status_code in (400, 422), whole[:length]

    @pytest.mark.parametrize(
        "text", ["\0", "'; DROP TABLE traces; --", "%00", "\u202e", "x" * 100_000, "😀" * 1000, "\\", '"', "\n\r\t"]
    )
    def test_awkward_text_everywhere(self, api, project, text):
        item = api.add_traces(trace(project, name=text, input={text: text}, metadata={text: text}, tags=[text]))[0]
        assert api.trace(item["id"])["input"] == {text: text}
        filters = [{"field": "metadata", "operator": "=", "key": text[:200], "value": text[:200]}]
        searched = api.post("/traces/search", {"project_name": project, "filters": filters})
        assert searched.status_code < 500
        assert api.get("/traces", expect=None, project_name=project, search=text[:1000]).status_code == 200

    def test_many_filters(self, api, project):
        api.add_traces(trace(project))
        filters = [{"field": "metadata", "operator": "!=", "key": f"k{n}", "value": "v"} for n in range(300)]
        response = api.post("/traces/search", {"project_name": project, "filters": filters})
        assert response.status_code in (200, 400)

    def test_oversized_header(self, server, api):
        response = api.call("GET", "/projects", headers={"X-Long": "h" * (1024 * 1024)})
        assert response.status_code in (400, 413, 431)
        assert server.is_alive()

    @pytest.mark.parametrize(
        "raw",
        [
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST /api/v1/private/traces HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"POST /api/v1/private/traces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            b"GET /api/v1/private/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
            b"\0" * 1000,
        ],
    )
    def test_raw_nonsense(self, server, raw):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                continue
        assert server.is_alive()


class TestManyClients:
    def test_slow_clients_do_not_block_others(self, alone):
        """Thousands of connections that trickle a request body byte by byte."""
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        count = min(5000, hard - 500)
        head = (
            b"POST /api/v1/private/traces/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000\r\n\r\n"
        )
        clients, api, slowest = [], Api(alone.root), 0.0
        try:
            for _ in range(count):
                connection = socket.create_connection(("127.0.0.1", alone.port), timeout=30)
                connection.sendall(head)
                connection.setblocking(False)
                clients.append(connection)
            for _ in range(10):
                for connection in clients:
                    try:
                        connection.send(b" ")
                    except (BlockingIOError, ConnectionError):
                        continue
                began = time.monotonic()
                item = api.add_traces(trace("busy"))[0]
                api.trace(item["id"])
                slowest = max(slowest, time.monotonic() - began)
            assert slowest < 5.0, f"a request took {slowest:.1f} s beside {count} slow clients"
            assert alone.memory_kib() < 1024 * 1024
        finally:
            for connection in clients:
                connection.close()
        assert alone.is_alive()

    def test_abandoned_downloads(self, server, api, project):
        api.add_traces(*[trace(project, input={"text": "x" * 20_000}) for _ in range(500)])
        body = json.dumps({"project_name": project, "limit": 2000}).encode()
        request = (
            b"POST /api/v1/private/traces/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
                connection.sendall(request)
                connection.recv(100)
        assert len(api.search("traces", project_name=project, limit=2000)) == 500

    def test_concurrent_writers_of_one_id(self, server, project):
        """Every writer succeeds and the newest version is what remains."""
        base = trace(project)

        def write(version: int) -> None:
            Api(server.root).add_traces(
                {
                    **base,
                    "name": f"v{version:03}",
                    "last_updated_at": f"2026-01-01T00:{version // 60:02}:{version % 60:02}Z",
                }
            )

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(write, [(n * 37) % 200 for n in range(200)]))
        assert Api(server.root).trace(base["id"])["name"] == "v199"
