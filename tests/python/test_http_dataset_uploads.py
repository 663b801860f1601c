"""CSV and JSON files that become items of a dataset."""

import json
import time

import pytest

from harness.api import Api, error_list, error_message
from harness.datasets import create_dataset, item, items_page, put_items, versions
from harness.ids import uuid4, uuid7
from harness.server import Server

pytestmark = pytest.mark.http

DEADLINE_SECONDS = 60


@pytest.fixture
def dataset(api, project):
    return create_dataset(api, project)


def upload(api, dataset, content, kind="csv", expect=202, fields=None, name="file"):
    """Sends a file; `kind` is `csv`, `json` or `jsonl`."""
    data = {"dataset_id": dataset} if dataset else {}
    if kind != "csv":
        data["format"] = kind
    path = "/datasets/items/from-csv" if kind == "csv" else "/datasets/items/from-json"
    if isinstance(content, str):
        content = content.encode()
    return api.call("POST", path, expect, data=fields or data, files={name: ("data", content)})


def wait(api, dataset):
    """The status of the dataset once it is no longer processing."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        status = api.get(f"/datasets/{dataset}").json()["status"]
        if status != "processing":
            return status
        time.sleep(0.02)
    raise AssertionError("the dataset stays processing")


def rows(api, dataset):
    """The data of all items in the order they were uploaded."""
    return [row["data"] for row in reversed(items_page(api, dataset, size=1000)["content"])]


class TestCsv:
    def test_rows_become_items(self, api, dataset):
        assert api.get(f"/datasets/{dataset}").json()["status"] == "unknown"
        content = '\ufeff question ,"answer, long"\r\n1,"a ""b"",\nc"\r\n\r\n x ,日本\U0001f600\n'
        response = upload(api, dataset, content)
        assert response.content == b""
        assert wait(api, dataset) == "completed"
        assert rows(api, dataset) == [
            {"question": "1", "answer, long": 'a "b",\nc'},
            {"question": " x ", "answer, long": "日本\U0001f600"},
        ]
        page = items_page(api, dataset)
        assert {row["source"] for row in page["content"]} == {"manual"}
        assert [column["name"] for column in page["columns"]] == ["answer, long", "question"]

    def test_one_version_for_all_batches(self, api, dataset):
        put_items(api, dataset, item())
        content = "n\n" + "".join(f"{n}\n" for n in range(2500))
        upload(api, dataset, content)
        assert wait(api, dataset) == "completed"
        latest, _ = versions(api, dataset)
        assert (latest["version_name"], latest["items_total"], latest["items_added"]) == ("v2", 2501, 2500)
        page = items_page(api, dataset, size=3, page=1)
        assert [row["data"]["n"] for row in page["content"]] == ["2499", "2498", "2497"]

    def test_short_rows_and_empty_values(self, api, dataset):
        upload(api, dataset, "a,b\n1\n,\n1,2,,\n")
        assert wait(api, dataset) == "completed"
        assert rows(api, dataset) == [{"a": "1", "b": ""}, {"a": "", "b": ""}, {"a": "1", "b": "2"}]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "CSV file must contain headers"),
            ("\ufeff\r\n\n", "CSV file must contain headers"),
            ("a,,b\n1,2,3\n", "CSV file must not contain blank headers"),
            ("a, \n1,2\n", "CSV file must not contain blank headers"),
            ("a,b,a\n1,2,3\n", "Invalid CSV format"),
            ('a,"b\n1,2\n', "Invalid CSV format"),
            ('a,b\n1,"2"x\n', "Invalid CSV format"),
            (b"a,b\n1,\xe4\n", "Invalid CSV format"),
            (b"PK\x03\x04\x00\xff", "Invalid CSV format"),
        ],
    )
    def test_refused_at_once(self, api, dataset, content, message):
        assert error_message(upload(api, dataset, content, expect=400)) == message
        assert api.get(f"/datasets/{dataset}").json()["status"] == "unknown"

    def test_large_refused_files_get_an_answer(self, api, dataset):
        content = b'a\n"x"y\n' + b"row\n" * 4_000_000
        assert error_message(upload(api, dataset, content, expect=400)) == "Invalid CSV format"

    @pytest.mark.parametrize("content", ["a,b\n", "a,b", "a,b\n\n\n", "a,b\n1,2\n1,2,3\n"])
    def test_failures_come_later_and_leave_nothing(self, api, dataset, content):
        upload(api, dataset, content)
        assert wait(api, dataset) == "failed"
        assert versions(api, dataset) == []
        upload(api, dataset, "a\n1\n")
        assert wait(api, dataset) == "completed"


class TestJson:
    DATA = [
        {"q": "日本", "n": 1.50, "deep": {"list": [None, True, {"x": []}]}, "null": None},
        {"other": [1, 2]},
    ]

    def test_arrays_and_lines(self, api, project):
        for kind, content in [
            ("json", "\ufeff \n" + json.dumps(self.DATA, indent=2)),
            ("jsonl", "\n" + "\r\n\n".join(json.dumps(row, ensure_ascii=False) for row in self.DATA)),
        ]:
            dataset = create_dataset(api, f"{project}-{kind}")
            upload(api, dataset, content, kind)
            assert wait(api, dataset) == "completed"
            assert json.dumps(rows(api, dataset)) == json.dumps(self.DATA)
            assert {row["source"] for row in items_page(api, dataset)["content"]} == {"manual"}

    def test_reserved_keys(self, api, dataset):
        first, second = uuid7(), uuid7()
        evaluators = [{"name": "e", "type": "llm_judge", "config": {"aB": 1}}]
        policy = {"runs_per_item": 3, "pass_threshold": 2}
        objects = [
            {
                "id": first,
                "source": "sdk",
                "description": "about",
                "tags": ["x", "y"],
                "evaluators": evaluators,
                "execution_policy": policy,
                "q": 1,
            },
            {"id": second, "executionPolicy": policy, "q": 2, "tags": None, "description": None},
            {"id": "q-17", "source": "wikipedia", "q": 3},
        ]
        upload(api, dataset, json.dumps(objects), "json")
        assert wait(api, dataset) == "completed"
        found = {row["data"]["q"]: row for row in items_page(api, dataset)["content"]}
        assert (found[1]["id"], found[1]["source"], found[1]["description"]) == (first, "sdk", "about")
        assert (found[1]["tags"], found[1]["evaluators"]) == (["x", "y"], evaluators)
        assert (found[1]["execution_policy"], found[1]["data"]) == (policy, {"q": 1})
        assert (found[2]["id"], found[2]["execution_policy"]) == (second, policy)
        assert (found[2]["source"], found[2]["data"]) == ("manual", {"q": 2})
        assert found[3]["data"] == {"id": "q-17", "source": "wikipedia", "q": 3}

    def test_ids_replace_items(self, api, dataset):
        (known,) = put_items(api, dataset, item(data={"q": "old"}))
        upload(api, dataset, json.dumps({"id": known["id"], "q": "new"}), "jsonl")
        assert wait(api, dataset) == "completed"
        assert rows(api, dataset) == [{"q": "new"}]
        latest = versions(api, dataset)[0]
        assert (latest["items_total"], latest["items_modified"]) == (1, 1)

    @pytest.mark.parametrize(
        ("kind", "content", "message"),
        [
            ("json", " \n", "JSON file is empty"),
            ("jsonl", "", "JSON file is empty"),
            ("json", '{"a": 1}', "JSON file must contain a top-level array of objects"),
            ("json", "nonsense", "JSON file must contain a top-level array of objects"),
            ("json", "\n [ ]", "JSON file contains no items"),
            ("json", "[1, {}]", "JSON array must contain only objects; first element is not an object"),
            ("jsonl", '\n["a"]\n{"a": 1}', "JSONL first non-blank line must be a JSON object"),
        ],
    )
    def test_refused_at_once(self, api, dataset, kind, content, message):
        assert error_message(upload(api, dataset, content, kind, expect=400)) == message
        assert api.get(f"/datasets/{dataset}").json()["status"] == "unknown"

    def test_first_line_is_no_json(self, api, dataset):
        response = upload(api, dataset, '{"a":\n1}', "jsonl", expect=400)
        assert error_message(response).startswith("First non-blank line is not valid JSON: ")

    @pytest.mark.parametrize(
        ("kind", "content"),
        [
            ("json", '[{"a": 1}, {"a": }]'),
            ("json", '[{"a": 1}, 5]'),
            ("json", '[{"a": 1}'),
            ("json", '[{"a": 1}] tail'),
            ("json", '[{"a": 1}, {"tags": ["only reserved"]}]'),
            ("jsonl", '{"a": 1}\n{"a": 2'),
            ("jsonl", '{"a": 1}\n[]'),
        ],
    )
    def test_failures_come_later_and_leave_nothing(self, api, dataset, kind, content):
        upload(api, dataset, content, kind)
        assert wait(api, dataset) == "failed"
        assert versions(api, dataset) == []


class TestForm:
    def test_what_is_missing_or_malformed(self, api, dataset):
        csv = b"a\n1\n"

        def refusal(**kwargs):
            return error_message(upload(api, dataset, csv, expect=400, **kwargs))

        assert refusal(name="other") == "form field file must not be null"
        assert refusal(fields={"x": "y"}) == "form field dataset_id must not be null"
        assert refusal(fields={"dataset_id": "5"}) == "form field dataset_id must be a UUID"
        assert refusal(kind="json", fields={"dataset_id": dataset}) == "form field format must not be null"
        assert refusal(kind="xml") == "Unknown format 'xml', expected json or jsonl"

    def test_unknown_datasets(self, api, project, dataset):
        for unknown in (uuid7(), uuid4()):
            assert error_list(upload(api, unknown, "a\n1\n", expect=404)) == ["Dataset not found"]
        api.delete(f"/datasets/{dataset}")
        upload(api, dataset, "a\n1\n", expect=404)

    def test_other_bodies(self, api):
        api.post("/datasets/items/from-csv", {}, expect=415)
        api.call(
            "POST",
            "/datasets/items/from-csv",
            400,
            data=b"x",
            headers={"Content-Type": "multipart/form-data; boundary=y"},
        )

    def test_fields_may_follow_the_file(self, api, dataset):
        parts = [("file", ("data", b"a\n1\n")), ("dataset_id", (None, dataset))]
        api.call("POST", "/datasets/items/from-csv", 202, files=parts)
        assert wait(api, dataset) == "completed"

    def test_several_at_once(self, api, dataset):
        for number in range(4):
            upload(api, dataset, f"a\n{number}\n")
        assert wait(api, dataset) == "completed"
        assert rows(api, dataset) == [{"a": str(number)} for number in range(4)]
        assert len(versions(api, dataset)) == 4


@pytest.mark.durability
class TestRestart:
    def test_a_kill_in_the_middle_does_not_matter(self, tmp_path):
        server = Server(tmp_path / "data").start()
        api = Api(server.root)
        dataset = create_dataset(api, "killed")
        count = 60_000
        content = "n,text\n" + "".join(f"{n},{n % 7 * 'filler '}\n" for n in range(count))
        upload(api, dataset, content)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not versions(api, dataset) and time.monotonic() < deadline:
            time.sleep(0.005)
        server.kill()
        server.start()
        api = Api(server.root)
        assert wait(api, dataset) == "completed"
        (version,) = versions(api, dataset)
        assert version["items_total"] == count
        page = items_page(api, dataset, size=2, page=1)
        assert (page["total"], [row["data"]["n"] for row in page["content"]]) == (count, ["59999", "59998"])
        assert server.stop() == 0
        kept = [path for path in (tmp_path / "data" / "attachments").rglob("*") if path.is_file()]
        assert kept == []
