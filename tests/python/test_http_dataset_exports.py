"""Exports of datasets to CSV files."""

import csv
import io
import json
import time

import pytest

from harness.api import Api, error_list, error_message
from harness.datasets import create_dataset, item, put_items
from harness.ids import uuid4, uuid7
from harness.server import Server

pytestmark = pytest.mark.http

DEADLINE_SECONDS = 60


@pytest.fixture
def dataset(api, project):
    return create_dataset(api, project)


def start(api, dataset):
    response = api.post(f"/datasets/{dataset}/export")
    job = response.json()
    assert response.status_code == (202 if job["status"] == "PENDING" else 200), response.text
    return job


def job_of(api, job_id):
    return api.get(f"/datasets/export-jobs/{job_id}").json()


def wait(api, job_id):
    """The job once it has ended."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        job = job_of(api, job_id)
        if job["status"] in ("COMPLETED", "FAILED"):
            return job
        time.sleep(0.02)
    raise AssertionError("the export does not end")


def export(api, dataset):
    """The response with the file."""
    job = wait(api, start(api, dataset)["id"])
    assert job["status"] == "COMPLETED", job
    return api.get(f"/datasets/export-jobs/{job['id']}/download")


def table(response):
    return list(csv.reader(io.StringIO(response.content.decode(), newline="")))


class TestJob:
    def test_life(self, api, project, dataset):
        put_items(api, dataset, item(data={"q": 1}))
        started = start(api, dataset)
        for field in ("created_at", "last_updated_at", "expires_at"):
            assert started[field].endswith("Z")
        assert started["dataset_id"] == dataset
        assert started["dataset_name"] == project
        assert (started["created_by"], started["last_updated_by"]) == ("admin", "admin")
        assert not {"file_path", "error_message", "viewed_at"} & set(started)
        ended = wait(api, started["id"])
        assert ended["status"] == "COMPLETED" and ended["file_path"]
        assert ended["created_at"] == started["created_at"]
        assert ended["created_at"][:10] < ended["expires_at"][:10]
        for _ in range(2):
            api.put(f"/datasets/export-jobs/{started['id']}/mark-viewed")
            viewed = job_of(api, started["id"])["viewed_at"]
        api.put(f"/datasets/export-jobs/{started['id']}/mark-viewed")
        assert job_of(api, started["id"])["viewed_at"] == viewed

    def test_list_is_newest_first(self, api, project):
        ids = []
        for number in range(3):
            dataset = create_dataset(api, f"{project}-{number}")
            ids.append(start(api, dataset)["id"])
        listed = [job["id"] for job in api.get("/datasets/export-jobs").json()]
        assert [job for job in listed if job in ids] == ids[::-1]
        assert listed == sorted(listed, reverse=True)

    def test_an_ended_job_is_not_taken_again(self, api, dataset):
        first = wait(api, start(api, dataset)["id"])
        assert start(api, dataset)["id"] != first["id"]

    def test_refusals(self, api, project, dataset):
        for unknown in (uuid7(), uuid4()):
            assert error_list(api.post(f"/datasets/{unknown}/export", expect=404)) == ["Dataset not found"]
            text = f"Export job not found: '{unknown}'"
            assert error_message(api.get(f"/datasets/export-jobs/{unknown}", expect=404)) == text
            assert error_message(api.get(f"/datasets/export-jobs/{unknown}/download", expect=404)) == text
            assert error_message(api.put(f"/datasets/export-jobs/{unknown}/mark-viewed", expect=404)) == text
        api.get("/datasets/export-jobs/nonsense", expect=404)
        api.delete(f"/datasets/{dataset}")
        api.post(f"/datasets/{dataset}/export", expect=404)

    def test_the_ui_is_told(self, api):
        assert api.get("/toggles").json()["dataset_export_enabled"] is True


class TestFile:
    def test_values(self, api, project, dataset):
        put_items(
            api,
            dataset,
            item(data={"text": 'a "b",\n=1+1', "z": 1.50, "ü": {"x": [1, None, "y"]}}),
            item(data={"text": None, "z": True, "list": [1, 2]}),
            item(data={"text": "", "z": "日本\U0001f600"}),
        )
        response = export(api, dataset)
        assert response.headers["Content-Type"] == "text/csv"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{project}.csv"'
        names, *rows = table(response)
        assert names == ["list", "text", "z", "ü"]
        assert rows == [
            ["", "", "日本\U0001f600", ""],
            ["[1,2]", "", "true", ""],
            ["", 'a "b",\n=1+1', "1.5", '{"x":[1,null,"y"]}'],
        ]

    def test_empty_datasets(self, api, project, dataset):
        assert export(api, dataset).content == b""
        (sent,) = put_items(api, dataset, item(data={"a": 1}))
        api.post("/datasets/items/delete", {"item_ids": [sent["id"]]}, expect=204)
        assert export(api, dataset).content == b""

    def test_many_items_and_columns(self, api, dataset):
        count = 2500
        items = [item(data={"n": n, f"column {n}": "x" * 100}) for n in range(count)]
        for first in range(0, count, 500):
            put_items(api, dataset, *items[first : first + 500])
        names, *rows = table(export(api, dataset))
        assert names == sorted(f"column {n}" for n in range(count)) + ["n"]
        assert [row[-1] for row in rows] == [str(n) for n in reversed(range(count))]
        assert all(row[names.index(f"column {row[-1]}")] == "x" * 100 for row in rows)

    def test_only_the_latest_version(self, api, dataset):
        (sent,) = put_items(api, dataset, item(data={"a": "old", "gone": 1}))
        put_items(api, dataset, {**sent, "data": {"a": "new"}}, group=uuid7())
        assert table(export(api, dataset)) == [["a"], ["new"]]

    @pytest.mark.parametrize(
        ("suffix", "kept"),
        [(' a"b\\c\td', " abcd"), (" ümläut", " _ml_ut"), (" " + "x" * 150, " " + "x" * 83)],
    )
    def test_names(self, api, project, suffix, kept):
        # Names of test projects have 17 characters, so that 83 more make a hundred.
        dataset = create_dataset(api, project + suffix)
        disposition = export(api, dataset).headers["Content-Disposition"]
        assert disposition.startswith(f'attachment; filename="{project}{kept}'[:118]), disposition
        assert ".csv" in disposition

    def test_nothing_is_left_of_the_name(self, api):
        name = '"\\"' + "\\" * (int(uuid7()[-4:], 16) % 200)
        dataset = create_dataset(api, name)
        job = wait(api, start(api, dataset)["id"])
        response = api.get(f"/datasets/export-jobs/{job['id']}/download")
        assert response.headers["Content-Disposition"] == f'attachment; filename="dataset-export-{job["id"]}.csv"'
        api.delete(f"/datasets/{dataset}")

    def test_what_is_exported_can_be_uploaded(self, api, project, dataset):
        data = [{"a": f'{n} "x",\n', "b": "ü"} for n in range(20)]
        put_items(api, dataset, *(item(data=row) for row in data))
        content = export(api, dataset).content
        other = create_dataset(api, f"{project}-copy")
        api.call(
            "POST", "/datasets/items/from-csv", 202, data={"dataset_id": other}, files={"file": ("x.csv", content)}
        )
        deadline = time.monotonic() + DEADLINE_SECONDS
        while api.get(f"/datasets/{other}").json()["status"] == "processing" and time.monotonic() < deadline:
            time.sleep(0.02)
        page = api.get(f"/datasets/{other}/items", size=100).json()
        assert [row["data"] for row in page["content"]] == data


@pytest.mark.durability
def test_exports_survive_a_kill(tmp_path):
    server = Server(tmp_path / "data").start()
    api = Api(server.root)
    dataset = create_dataset(api, "killed")
    row = json.dumps({"text": "x" * 2000})
    count = 20_000
    files = {"file": ("x", "\n".join([row] * count).encode())}
    api.call("POST", "/datasets/items/from-json", 202, data={"dataset_id": dataset, "format": "jsonl"}, files=files)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while api.get(f"/datasets/{dataset}").json()["status"] == "processing" and time.monotonic() < deadline:
        time.sleep(0.02)
    done = wait(api, start(api, dataset)["id"])
    jobs = [start(api, dataset)["id"]]
    again = api.post(f"/datasets/{dataset}/export").json()
    if again["status"] in ("PENDING", "PROCESSING"):
        assert again["id"] in jobs
    while job_of(api, jobs[0])["status"] == "PENDING" and time.monotonic() < deadline:
        time.sleep(0.001)
    if job_of(api, jobs[0])["status"] == "PROCESSING":
        response = api.get(f"/datasets/export-jobs/{jobs[0]}/download", expect=None)
        if response.status_code == 400:
            assert error_message(response) == (f"Export job '{jobs[0]}' is not ready for download (status: PROCESSING)")
    server.kill()
    server.start()
    api = Api(server.root)
    for job_id in (done["id"], *jobs):
        assert wait(api, job_id)["status"] == "COMPLETED"
        rows = table(api.get(f"/datasets/export-jobs/{job_id}/download"))
        assert len(rows) == count + 1 and rows[-1] == ["x" * 2000]
    assert server.stop() == 0
