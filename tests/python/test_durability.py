"""What was acknowledged survives a kill at any moment, a full disk and a damaged log; nothing is half written."""

import contextlib
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import threading
import time

import pytest
import requests

from harness.api import Api, error_message, score, span, times, trace
from harness.ids import uuid7
from harness.server import Server, binary, doctor

pytestmark = pytest.mark.durability

ROUNDS = 12
WRITERS = 4


class Writer(threading.Thread):
    """Sends batches to its own project until told to stop; remembers which ones the server acknowledged."""

    def __init__(self, server: Server, number: int, seed: int):
        super().__init__(daemon=True)
        self.project = f"writer-{number}"
        self.server = server
        self.random = random.Random(seed)
        self.halt = threading.Event()
        self.unexpected: list[str] = []
        # Batches as lists of ids (traces, spans) or of (trace id, score name, value).
        self.acknowledged: dict[str, list[list]] = {"traces": [], "spans": [], "scores": []}
        self.uncertain: dict[str, list[list]] = {"traces": [], "spans": [], "scores": []}
        self.known_traces: list[str] = []

    def run(self) -> None:
        session = requests.Session()
        sequence = 0
        while not self.halt.is_set():
            sequence += 1
            kind, path, method, body, record = self.next_batch(sequence)
            try:
                response = session.request(method, f"{self.server.api}/v1/private{path}", json=body, timeout=30)
            except requests.RequestException:
                self.uncertain[kind].append(record)
                session.close()
                session = requests.Session()
                time.sleep(0.05)
                continue
            if response.status_code == 204:
                self.acknowledged[kind].append(record)
                if kind == "traces":
                    self.known_traces += record
            else:
                self.unexpected.append(f"{response.status_code} {response.text[:300]}")
                self.uncertain[kind].append(record)

    def next_batch(self, sequence: int):
        size = self.random.choice([1, 3, 20, 100])
        kind = self.random.choice(["traces", "spans", "scores"]) if self.known_traces else "traces"
        if kind == "traces":
            items = [
                trace(
                    self.project,
                    input={"text": "payload " * self.random.randint(1, 300)},
                    thread_id=f"thread-{self.random.randint(0, 5)}",
                    tags=["durable"],
                    **times(self.random.randint(1, 5000)),
                )
                for _ in range(size)
            ]
            return kind, "/traces/batch", "POST", {"traces": items}, [item["id"] for item in items]
        owners = [self.random.choice(self.known_traces) for _ in range(size)]
        if kind == "spans":
            items = [
                span(
                    self.project,
                    owner,
                    type="llm",
                    output={"text": "answer " * self.random.randint(1, 300)},
                    usage={"total_tokens": self.random.randint(1, 100)},
                    total_estimated_cost=0.001,
                    **times(self.random.randint(1, 500)),
                )
                for owner in owners
            ]
            return kind, "/spans/batch", "POST", {"spans": items}, [item["id"] for item in items]
        name = f"{self.project}-{sequence}"
        distinct = sorted(set(owners))
        record = [(owner, name, self.random.randint(0, 100)) for owner in distinct]
        scores = [score(owner, name, value, self.project) for owner, name, value in record]
        return kind, "/traces/feedback-scores", "PUT", {"scores": scores}, record


def everything(api: Api, kind: str, project: str) -> dict[str, dict]:
    """All rows of a project, read through the stream."""
    rows, cursor = {}, None
    while True:
        page = api.search(kind, project_name=project, limit=2000, last_retrieved_id=cursor)
        rows.update((row["id"], row) for row in page)
        if len(page) < 2000:
            return rows
        cursor = page[-1]["id"]


def check_writer(api: Api, writer: Writer) -> None:
    if not writer.acknowledged["traces"]:
        return
    traces = everything(api, "traces", writer.project)
    spans = everything(api, "spans", writer.project)
    scores = {
        (row["id"], entry["name"]): entry["value"]
        for row in traces.values()
        for entry in row.get("feedback_scores", [])
    }
    for kind, rows in (("traces", traces), ("spans", spans)):
        for batch in writer.acknowledged[kind]:
            missing = [row_id for row_id in batch if row_id not in rows]
            assert not missing, f"{len(missing)} of {len(batch)} acknowledged {kind} are missing"
        for batch in writer.uncertain[kind]:
            present = sum(row_id in rows for row_id in batch)
            assert present in (0, len(batch)), f"a batch of {len(batch)} {kind} was stored partly: {present}"
        known = {row_id for batch in writer.acknowledged[kind] + writer.uncertain[kind] for row_id in batch}
        assert set(rows) <= known
    for batch in writer.acknowledged["scores"]:
        for owner, name, value in batch:
            assert scores.get((owner, name)) == value, f"score {name} of {owner} is missing or wrong"
    for batch in writer.uncertain["scores"]:
        present = sum((owner, name) in scores for owner, name, _ in batch)
        assert present in (0, len(batch)), f"a batch of {len(batch)} scores was stored partly: {present}"
    # Every stored payload can still be decoded.
    assert all("text" in row["input"] for row in traces.values())
    assert all("text" in row["output"] for row in spans.values())
    # What is counted while writing equals what is there.
    stats = {entry["name"]: entry["value"] for entry in api.stats("traces", project_name=writer.project)}
    assert stats["trace_count"] == len(traces)
    assert stats.get("usage_sum.total_tokens", 0) == sum(row["usage"]["total_tokens"] for row in spans.values())


def assert_sound(data_dir: pathlib.Path) -> None:
    checked = doctor(data_dir)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.timeout(600)
def test_acknowledged_writes_survive_kills(tmp_path):
    seed = int(os.environ.get("FERROPIK_TEST_SEED", "20260731"))
    chance = random.Random(seed)
    server = Server(tmp_path / "data").start()
    writers = [Writer(server, number, seed + number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(ROUNDS):
            time.sleep(chance.uniform(0.1, 1.5))
            server.kill()
            server.start()
        time.sleep(0.5)
    finally:
        for writer in writers:
            writer.halt.set()
        for writer in writers:
            writer.join(60)
    try:
        api = Api(server.root)
        assert sum(len(batch) for writer in writers for batch in writer.acknowledged["traces"]) > 500
        for writer in writers:
            assert not writer.unexpected, writer.unexpected[:3]
            check_writer(api, writer)
    finally:
        status = server.stop()
    assert status == 0
    assert_sound(server.data_dir)


def test_orderly_stop_keeps_everything_and_finishes_requests(tmp_path):
    server = Server(tmp_path / "data").start()
    writers = [Writer(server, number, number) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    time.sleep(1.5)
    assert server.stop() == 0
    for writer in writers:
        writer.halt.set()
        writer.join(60)
    assert_sound(server.data_dir)
    server.start()
    for writer in writers:
        check_writer(Api(server.root), writer)
    assert server.stop() == 0


def test_attachments_survive_a_kill(tmp_path):
    server = Server(tmp_path / "data").start()
    api, content = Api(server.root), os.urandom(300_000)
    item = api.add_traces(trace("files"))[0]
    query = {
        "file_name": "a.bin",
        "project_name": "files",
        "mime_type": "application/octet-stream",
        "entity_type": "trace",
        "entity_id": item["id"],
    }
    api.call("PUT", "/attachment/upload", 204, params=query, data=content)
    server.kill()
    server.start()
    query = {**query, "container_id": api.project_id("files")}
    del query["project_name"]
    assert Api(server.root).call("GET", "/attachment/download", 200, params=query).content == content
    assert server.stop() == 0
    assert_sound(server.data_dir)


def test_second_server_on_the_same_directory_is_refused(tmp_path):
    first = Server(tmp_path / "data").start()
    second = Server(tmp_path / "data", log=tmp_path / "second.log")
    process = second.spawn()
    assert process.wait(30) != 0
    output = second.log_tail()
    assert str(first.data_dir) in output
    assert "panicked" not in output
    assert first.is_alive()
    assert doctor(first.data_dir).returncode != 0, "the check must not run beside a live server"
    assert first.stop() == 0
    # The lock does not outlive its holder.
    second.start()
    assert second.stop() == 0


def crashed_data_dir(tmp_path: pathlib.Path, batches: int = 60) -> tuple[Server, list[list[str]]]:
    """A directory left behind by a killed server, and the ids of its batches in the order they were written."""
    server = Server(tmp_path / "data").start()
    api, written = Api(server.root), []
    for _ in range(batches):
        items = api.add_traces(*[trace("p", input={"text": "x" * 500}) for _ in range(10)])
        written.append([item["id"] for item in items])
    server.kill()
    return server, written


def write_ahead_logs(data_dir: pathlib.Path) -> list[pathlib.Path]:
    logs = [path for path in data_dir.rglob("*-wal") if path.stat().st_size > 0]
    assert logs, f"no write-ahead log under {data_dir}"
    return logs


@pytest.mark.parametrize("damage", ["cut the tail", "flip bytes in the middle", "append garbage"])
def test_damaged_log_loses_a_suffix_at_most(tmp_path, damage):
    server, written = crashed_data_dir(tmp_path)
    for log in write_ahead_logs(server.data_dir):
        content = bytearray(log.read_bytes())
        if damage == "cut the tail":
            content = content[: len(content) - len(content) // 3 - 17]
        elif damage == "flip bytes in the middle":
            middle = len(content) // 2
            for offset in range(middle, middle + 64):
                content[offset] ^= 0xFF
        else:
            content += os.urandom(100_000)
        log.write_bytes(content)
    server.start()
    api = Api(server.root)
    # Reading a project that lost everything is a 404; that is an empty suffix too.
    found = api.post("/traces/search", {"project_name": "p", "limit": 2000})
    present = {json.loads(line)["id"] for line in found.content.splitlines()} if found.status_code == 200 else set()
    kept = [sum(row_id in present for row_id in batch) for batch in written]
    assert set(kept) <= {0, 10}, "a batch was torn"
    assert kept == sorted(kept, reverse=True), "a later batch survived an earlier one"
    if damage == "append garbage":
        assert all(kept)
    api.add_traces(trace("p"))
    assert server.stop() == 0
    assert_sound(server.data_dir)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM trace WHERE rowid = (SELECT min(rowid) FROM trace)",
        "DELETE FROM span WHERE rowid = (SELECT min(rowid) FROM span)",
        "DELETE FROM rollup",
        "DELETE FROM score",
    ],
)
def test_doctor_notices_rows_and_sums_that_disagree(tmp_path, damage):
    server = Server(tmp_path / "data").start()
    api = Api(server.root)
    item = api.add_traces(trace("p", input={"a": 1}))[0]
    api.add_spans(span("p", item["id"], usage={"total_tokens": 3}))
    api.score_traces(score(item["id"], "s", 1, "p"))
    assert server.stop() == 0
    assert_sound(server.data_dir)
    with contextlib.closing(sqlite3.connect(server.data_dir / "ferropik.db")) as database, database:
        assert database.execute(damage).rowcount > 0
    checked = doctor(server.data_dir)
    assert checked.returncode != 0
    assert "problem" in checked.stdout


def test_backup_of_a_live_server_and_restore(tmp_path):
    server = Server(tmp_path / "data").start()
    writers = [Writer(server, number, number) for number in range(2)]
    api, content = Api(server.root), os.urandom(100_000)
    item = api.add_traces(trace("files", input={"a": 1}))[0]
    query = {
        "file_name": "a.bin",
        "project_name": "files",
        "mime_type": "application/octet-stream",
        "entity_type": "trace",
        "entity_id": item["id"],
    }
    api.call("PUT", "/attachment/upload", 204, params=query, data=content)
    for writer in writers:
        writer.start()
    time.sleep(0.5)
    subprocess.run([binary(), "backup", "--data-dir", server.data_dir, tmp_path / "backup"], check=True, timeout=60)
    for writer in writers:
        writer.halt.set()
        writer.join(60)
        assert not writer.unexpected
    assert server.stop() == 0

    subprocess.run(
        [binary(), "restore", "--data-dir", tmp_path / "restored", tmp_path / "backup"], check=True, timeout=60
    )
    assert_sound(tmp_path / "restored")
    restored = Server(tmp_path / "restored").start()
    api = Api(restored.root)
    assert api.trace(item["id"])["input"] == {"a": 1}
    query["container_id"] = api.project_id(query.pop("project_name"))
    assert api.call("GET", "/attachment/download", 200, params=query).content == content
    # What was written while the copy was made is there by whole batches or not at all.
    for writer in writers:
        rows = everything(api, "traces", writer.project)
        for batch in writer.acknowledged["traces"]:
            assert sum(row_id in rows for row_id in batch) in (0, len(batch))
    assert restored.stop() == 0


def test_damaged_database_is_reported_and_left_alone(tmp_path):
    server, _ = crashed_data_dir(tmp_path, batches=3)
    server.start()
    assert server.stop() == 0
    databases = [
        path
        for path in server.data_dir.rglob("*")
        if path.is_file() and path.open("rb").read(16) == b"SQLite format 3\0"
    ]
    assert databases
    for database in databases:
        content = bytearray(database.read_bytes())
        content[:100] = b"this is not a database any more".ljust(100, b"!")
        database.write_bytes(content)
    damaged = {database: database.read_bytes() for database in databases}
    process = server.spawn()
    assert process.wait(30) != 0
    assert "panicked" not in server.log_tail()
    assert {database: database.read_bytes() for database in databases} == damaged


def test_data_dir_that_cannot_be_made(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    server = Server(blocker / "data", log=tmp_path / "server.log")
    assert server.spawn().wait(30) != 0
    output = server.log_tail()
    assert str(blocker) in output
    assert "panicked" not in output


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 48 MiB."""
    if os.geteuid() != 0:
        # Only root may mount; the continuous integration run is root.
        pytest.skip("mounting a small file system needs root")
    mount = tmp_path / "disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(mount)], check=True)
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


@pytest.mark.timeout(240)
def test_full_disk_is_reported_and_survived(small_disk, tmp_path):
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * (16 * 1024 * 1024))
    server = Server(small_disk / "data", log=tmp_path / "server.log").start()
    api = Api(server.root)
    acknowledged, refused, answers = [], [], []
    for _ in range(2000):
        # Random text so that compression cannot save the disk.
        items = [trace("p", input={"text": os.urandom(20_000).hex()}) for _ in range(10)]
        response = api.call("POST", "/traces/batch", json={"traces": items})
        ids = [item["id"] for item in items]
        if response.status_code == 204:
            acknowledged.append(ids)
            continue
        refused.append(ids)
        answers.append(response)
        if len(answers) >= 5:
            break
    assert acknowledged
    assert answers, "the disk never ran full"
    for response in answers:
        assert response.status_code in (503, 507), f"{response.status_code} {response.text[:500]}"
        assert error_message(response)
    assert server.is_alive()
    # Reading goes on while nothing can be written.
    assert api.trace(acknowledged[0][0])["id"] == acknowledged[0][0]
    assert api.page("traces", project_name="p", size=1, exclude=["input"])["total"] == 10 * len(acknowledged)

    ballast.unlink()
    deadline = time.monotonic() + 30
    while (response := api.call("POST", "/traces/batch", json={"traces": [trace("p")]})).status_code != 204:
        assert time.monotonic() < deadline, f"no write after space was freed: {response.status_code} {response.text}"
        time.sleep(0.2)
    rows = set(everything(api, "traces", "p"))
    assert all(row_id in rows for batch in acknowledged for row_id in batch)
    assert not any(row_id in rows for batch in refused for row_id in batch)
    assert server.stop() == 0
    roomy = tmp_path / "copy"
    shutil.copytree(server.data_dir, roomy)
    assert_sound(roomy)


def test_full_disk_during_an_upload(small_disk, tmp_path):
    server = Server(small_disk / "data", log=tmp_path / "server.log").start()
    api = Api(server.root)
    item = api.add_traces(trace("p"))[0]
    query = {
        "file_name": "huge.bin",
        "project_name": "p",
        "mime_type": "application/octet-stream",
        "entity_type": "trace",
        "entity_id": item["id"],
    }
    response = api.call("PUT", "/attachment/upload", params=query, data=b"\1" * (64 * 1024 * 1024))
    assert response.status_code in (503, 507), response.text[:500]
    assert error_message(response)
    # The rejected file left nothing behind, so there is room again.
    api.call("PUT", "/attachment/upload", 204, params={**query, "file_name": "small.bin"}, data=b"\1" * 1024 * 1024)
    assert api.trace(item["id"])["id"] == item["id"]
    assert server.stop() == 0


def test_restart_is_quick_and_ids_stay(tmp_path):
    server = Server(tmp_path / "data").start()
    api = Api(server.root)
    item = api.add_traces(trace("p", thread_id="t"))[0]
    project_id, thread = api.project_id("p"), api.thread("p", "t")
    assert server.stop() == 0
    began = time.monotonic()
    server.start()
    assert time.monotonic() - began < 10
    api = Api(server.root)
    assert api.project_id("p") == project_id
    assert api.thread("p", "t") == thread
    assert api.trace(item["id"])["thread_id"] == "t"
    api.get(f"/traces/{uuid7()}", expect=404)
    assert server.stop() == 0
