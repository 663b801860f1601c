"""Items of datasets: upsert, read, filter, stream, change, delete."""

import concurrent.futures
import gzip
import json

import pytest

from harness.api import error_list, error_message, filter_by
from harness.datasets import (
    create_dataset,
    item,
    item_ids,
    items_page,
    latest_version,
    put_items,
    stream_items,
    versions,
)
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http


@pytest.fixture
def dataset(api, project):
    """The id of an empty dataset that has the name of the test's project."""
    return create_dataset(api, project)


class TestUpsert:
    def test_first_version_and_round_trip(self, api, dataset):
        data = {
            "z": 1,
            "a": 1.0,
            "ü": "日本語 \u2028 \U0001f600",
            "deep": {"n": None, "list": [None, True, {"x": []}]},
            "big": 12345678901234567890,
            "e": 1e-7,
            "null": None,
            "empty": "",
        }
        (sent,) = put_items(api, dataset, item(data=data, tags=["b", "a"], description="about"))
        (row,) = items_page(api, dataset)["content"]
        assert json.dumps(row["data"]) == json.dumps(data)
        for key in ("created_at", "last_updated_at"):
            assert row.pop(key).endswith("Z")
        row.pop("data")
        assert row == {
            "id": sent["id"],
            "dataset_item_id": sent["id"],
            "dataset_id": dataset,
            "source": "sdk",
            "description": "about",
            "tags": ["b", "a"],
            "created_by": "admin",
            "last_updated_by": "admin",
        }
        assert latest_version(api, dataset)["items_added"] == 1

    def test_numbers_keep_their_form(self, api, dataset):
        put_items(api, dataset, item(data={"i": 1, "f": 1.0}))
        response = api.get(f"/datasets/{dataset}/items")
        assert '"data":{"i":1,"f":1.0}' in response.text

    def test_evaluators_and_policies(self, api, dataset, project):
        evaluators = [{"name": "judge", "type": "llm_judge", "config": {"a": [1, None, 1.0]}}]
        policy = {"runs_per_item": 3, "pass_threshold": 2}
        full = item(evaluators=evaluators, execution_policy=policy)
        partial = item(execution_policy={"runs_per_item": 2})
        plain = item(evaluators=[], tags=[])
        put_items(api, dataset, full, partial, plain)
        rows = {row["id"]: row for row in stream_items(api, project)}
        assert rows[full["id"]]["evaluators"] == evaluators
        assert rows[full["id"]]["execution_policy"] == policy
        assert rows[partial["id"]]["execution_policy"] == {"runs_per_item": 2}
        assert not {"evaluators", "execution_policy", "description", "trace_id", "span_id"} & set(rows[plain["id"]])
        assert rows[plain["id"]]["tags"] == []

    def test_replaces_the_whole_item_but_its_creation(self, api, dataset):
        (first,) = put_items(api, dataset, item(description="old", tags=["x"], data={"a": 1, "b": 2}))
        before = items_page(api, dataset)["content"][0]
        put_items(api, dataset, item(id=first["id"], source="manual", data={"a": 2}))
        (after,) = items_page(api, dataset)["content"]
        assert (after["data"], after["source"], after["tags"]) == ({"a": 2}, "manual", [])
        assert "description" not in after
        assert after["created_at"] == before["created_at"]
        assert after["last_updated_at"] > before["last_updated_at"]
        (version,) = versions(api, dataset)
        counts = [version[f"items_{what}"] for what in ("total", "added", "modified", "deleted")]
        assert counts == [1, 1, 1, 0]

    def test_of_equal_ids_the_last_one_counts(self, api, dataset):
        same = uuid7()
        put_items(api, dataset, item(id=same, data={"a": 1}), item(id=same, data={"a": 2}))
        (row,) = items_page(api, dataset)["content"]
        assert row["data"] == {"a": 2}
        assert latest_version(api, dataset)["items_total"] == 1

    def test_ids_are_made_up(self, api, dataset):
        put_items(api, dataset, {"source": "manual", "data": {"n": 1}}, {"source": "manual", "data": {"n": 2}})
        rows = items_page(api, dataset)["content"]
        assert [row["data"]["n"] for row in rows] == [2, 1]

    def test_by_name_and_created_when_missing(self, api, project):
        name = f"{project} 数据"
        body = {"dataset_name": name, "project_name": project, "items": [item()]}
        api.put("/datasets/items", body)
        stored = api.post("/datasets/retrieve", {"dataset_name": name, "project_name": project}, expect=200).json()
        assert (stored["visibility"], stored["type"], stored["dataset_items_count"]) == ("private", "dataset", 1)
        assert stored["project_id"] == api.project_id(project)
        elsewhere = api.put("/datasets/items", {**body, "project_name": f"{project}-other", "items": [item()]})
        assert "X-Opik-Deprecation" in elsewhere.headers
        api.post("/projects/retrieve", {"name": f"{project}-other"}, expect=404)
        assert items_page(api, stored["id"])["total"] == 2

    def test_unknown_ids(self, api, project):
        response = api.put("/datasets/items", {"dataset_id": uuid7(), "items": [item()]}, expect=404)
        assert error_list(response) == ["Dataset not found"]
        body = {"dataset_name": project, "project_id": uuid7(), "items": [item()]}
        api.put("/datasets/items", body, expect=404)
        api.post("/datasets/retrieve", {"dataset_name": project}, expect=404)

    def test_gzip(self, api, dataset):
        body = gzip.compress(json.dumps({"dataset_id": dataset, "items": [item(data={"a": "x" * 5000})]}).encode())
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        api.call("PUT", "/datasets/items", 204, data=body, headers=headers)
        assert items_page(api, dataset)["total"] == 1

    @pytest.mark.parametrize(
        ("fields", "text"),
        [
            ({"source": None}, "items[0].source must not be null"),
            ({"data": None}, "items[0].data must not be empty"),
            ({"data": {}}, "items[0].data must not be empty"),
            ({"trace_id": uuid7()}, "items[0].source when it is sdk, trace_id must be null"),
            ({"source": "manual", "span_id": uuid7()}, "items[0].source when it is manual, span_id must be null"),
            ({"source": "trace"}, "items[0].source when it is trace, trace_id must not be null"),
            (
                {"source": "span", "trace_id": uuid7()},
                "items[0].source when it is span, span_id must not be null",
            ),
            (
                {"execution_policy": {"runs_per_item": 1, "pass_threshold": 2}},
                "items[0].executionPolicy pass_threshold must be less than or equal to runs_per_item",
            ),
        ],
    )
    def test_validation(self, api, dataset, fields, text):
        body = {"dataset_id": dataset, "items": [item(**fields)]}
        assert error_list(api.put("/datasets/items", body, expect=422)) == [text]
        assert versions(api, dataset) == []

    def test_validation_of_the_batch(self, api, dataset):
        (text,) = error_list(api.put("/datasets/items", {"items": [item()]}, expect=422))
        assert "must provide either a dataset_name or a dataset_id" in text
        for items in ([], [item()] * 1001):
            response = api.put("/datasets/items", {"dataset_id": dataset, "items": items}, expect=422)
            assert error_list(response) == ["items size must be between 1 and 1000"]
        response = api.put("/datasets/items", {"dataset_id": dataset}, expect=422)
        assert error_list(response) == ["items must not be null"]
        response = api.put("/datasets/items", {"dataset_id": dataset, "items": [item(id=uuid4())]}, expect=400)
        assert response.json()["details"] == "dataset_item id must be a version 7 UUID"
        many = item(tags=[str(number) for number in range(51)])
        (text,) = error_list(api.put("/datasets/items", {"dataset_id": dataset, "items": [many]}, expect=422))
        assert text == "items[0].tags Cannot have more than 50 tags"
        for bad in ([1], "text", 7):
            api.put("/datasets/items", {"dataset_id": dataset, "items": [item(data=bad)]}, expect=400)
        half = {"dataset_id": dataset, "items": [item()], "copy_from_dataset_id": uuid7()}
        response = api.put("/datasets/items", half, expect=400)
        assert error_message(response) == "copy_from_dataset_id and copy_from_version_id must be provided together"

    def test_the_same_id_in_two_datasets(self, api, dataset, project):
        other = create_dataset(api, f"{project}-other")
        (shared,) = put_items(api, dataset, item(data={"of": "first"}))
        put_items(api, other, item(id=shared["id"], data={"of": "second"}))
        assert items_page(api, dataset)["content"][0]["data"] == {"of": "first"}
        assert items_page(api, other)["content"][0]["data"] == {"of": "second"}


class TestGroups:
    def test_first_group_makes_the_first_version(self, api, dataset):
        group = uuid7()
        for _ in range(3):
            put_items(api, dataset, *[item() for _ in range(5)], group=group)
        (version,) = versions(api, dataset)
        assert (version["items_total"], version["items_added"], version["version_name"]) == (15, 15, "v1")

    def test_another_group_copies_the_latest(self, api, dataset):
        (old,) = put_items(api, dataset, item())
        (new,) = put_items(api, dataset, item(), group=uuid7())
        second, first = versions(api, dataset)
        assert second["change_description"] == "Auto-created from SDK batch operation"
        assert (second["items_total"], second["items_added"]) == (2, 1)
        assert item_ids(api, dataset) == [new["id"], old["id"]]
        assert item_ids(api, dataset, version=first["version_hash"]) == [old["id"]]
        # Without a group the latest version changes as it is.
        put_items(api, dataset, item())
        assert [version["items_total"] for version in versions(api, dataset)] == [3, 1]

    def test_parallel_writes_land_in_one_version(self, api, dataset):
        put_items(api, dataset, item())
        group = uuid7()
        batches = [[item() for _ in range(40)] for _ in range(16)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda batch: put_items(api, dataset, *batch, group=group), batches))
        second, first = versions(api, dataset)
        assert (second["items_total"], second["items_added"], first["items_total"]) == (641, 640, 1)
        ids = {row["id"] for batch in batches for row in batch}
        assert ids < set(item_ids(api, dataset, size=2000))

    def test_a_group_goes_on_after_a_newer_version(self, api, dataset):
        one, two = uuid7(), uuid7()
        (first,) = put_items(api, dataset, item(data={"n": 1}), group=one)
        (second,) = put_items(api, dataset, item(), group=two)
        put_items(api, dataset, item(id=second["id"], data={"n": "two"}), group=two)
        (third,) = put_items(api, dataset, item(), group=one)
        put_items(api, dataset, item(id=second["id"], data={"n": "one"}), group=one)
        newer, older = versions(api, dataset)
        assert (newer["items_total"], older["items_total"]) == (3, 3)
        assert item_ids(api, dataset) == [third["id"], second["id"], first["id"]]
        # The later version has changed the second item itself.
        by_version = [
            {row["id"]: row["data"] for row in items_page(api, dataset, version=version["version_hash"])["content"]}
            for version in (newer, older)
        ]
        assert [data[second["id"]] for data in by_version] == [{"n": "two"}, {"n": "one"}]
        api.post("/datasets/items/delete", {"item_ids": [first["id"]], "batch_group_id": one}, expect=204)
        assert [version["items_total"] for version in versions(api, dataset)] == [2, 2]

    def test_groups_inherit_evaluators(self, api, project):
        suite = create_dataset(api, project, type="evaluation_suite")
        evaluators = [{"name": "a", "type": "llm_judge", "config": {}}]
        policy = {"runs_per_item": 2, "pass_threshold": 1}
        body = {"evaluators": evaluators, "execution_policy": policy}
        api.post(f"/datasets/{suite}/items/changes?override=true", body, expect=201)
        put_items(api, suite, item(), group=uuid7())
        newest = latest_version(api, suite)
        assert (newest["version_name"], newest["evaluators"], newest["execution_policy"]) == ("v2", evaluators, policy)


class TestList:
    def test_pages_and_columns(self, api, dataset):
        rows = put_items(
            api,
            dataset,
            item(data={"b": 1, "a": "x"}),
            item(data={"b": 1.5, "a": None, "c": {"d": 1}}),
            item(data={"b": True, "c": [1]}),
        )
        page = items_page(api, dataset, size=2)
        ids = [row["id"] for row in rows][::-1]
        assert [row["id"] for row in page["content"]] == ids[:2]
        assert (page["page"], page["size"], page["total"], page["sortable_by"]) == (1, 2, 3, [])
        prefix = "data"
        assert page["columns"] == [
            {"name": name, "types": types, "filter_field_prefix": prefix, "filterField": f"data.{name}"}
            for name, types in (
                ("a", ["string", "null"]),
                ("b", ["number", "boolean"]),
                ("c", ["object", "array"]),
            )
        ]
        assert item_ids(api, dataset, size=2, page=2) == ids[2:]
        beyond = items_page(api, dataset, page=5)
        assert (beyond["content"], beyond["total"]) == ([], 3)
        api.get(f"/datasets/{dataset}/items", expect=400, page=0)

    def test_all_pages_make_the_whole(self, api, dataset):
        rows = put_items(api, dataset, *[item() for _ in range(23)])
        put_items(api, dataset, item(), group=uuid7())
        expected = sorted((row["id"] for row in rows), reverse=True)
        for size in (1, 3, 7, 22, 23, 24):
            pages = [item_ids(api, dataset, version="v1", size=size, page=page) for page in range(1, 23 // size + 3)]
            assert [one for page in pages for one in page] == expected
            assert all(len(page) == size for page in pages[: 23 // size])

    def test_columns_are_those_of_the_version(self, api, dataset):
        (first,) = put_items(api, dataset, item(data={"old": 1}))
        put_items(api, dataset, item(id=first["id"], data={"new": 1}), group=uuid7())
        first_version = versions(api, dataset)[1]["version_hash"]
        assert [column["name"] for column in items_page(api, dataset)["columns"]] == ["new"]
        old = items_page(api, dataset, version=first_version)
        assert [column["name"] for column in old["columns"]] == ["old"]

    def test_unknown(self, api, dataset):
        empty = {"page": 1, "size": 0, "total": 0, "content": [], "columns": [], "sortable_by": []}
        for unknown in (uuid7(), dataset):
            assert items_page(api, unknown) == empty
        put_items(api, dataset, item())
        response = api.get(f"/datasets/{dataset}/items", expect=404, version="nope")
        assert error_message(response) == f"Version not found for dataset hash='nope' datasetId='{dataset}'"

    def test_versions_by_hash_tag_and_name(self, api, dataset):
        put_items(api, dataset, item())
        put_items(api, dataset, item(), group=uuid7())
        _, first = versions(api, dataset)
        api.post(f"/datasets/{dataset}/versions/hash/{first['version_hash']}/tags", {"tag": "gold ü"}, expect=204)
        for reference, total in ((first["version_hash"], 1), ("gold ü", 1), ("v1", 1), ("latest", 2), ("v2", 2)):
            assert items_page(api, dataset, version=reference)["total"] == total

    def test_truncate(self, api, dataset):
        image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
        long = "x" * 20_000
        put_items(api, dataset, item(data={"image": image, "long": long, "object": {"a": long}, "short": [1, 1.0]}))
        (row,) = items_page(api, dataset, truncate=True)["content"]
        assert row["data"]["image"] == "[image]"
        assert row["data"]["short"] == [1, 1.0]
        for key in ("long", "object"):
            assert isinstance(row["data"][key], str)
            assert len(row["data"][key]) <= 10_001
        (row,) = items_page(api, dataset)["content"]
        assert (row["data"]["image"], row["data"]["long"]) == (image, long)


class TestFilters:
    @pytest.fixture
    def rows(self, api, dataset):
        return put_items(
            api,
            dataset,
            item(data={"question": "What is RED?", "n": 1, "nested": {"x": "y"}}, tags=["Alpha", "beta"]),
            item(data={"question": "what is blue?", "n": 12}, source="manual"),
            item(data={"answer": None}, source="trace", trace_id=uuid7(), tags=["beta"]),
        )

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ([filter_by("data", "contains", "red", "question")], [0]),
            ([filter_by("data", "not_contains", "red", "question")], [2, 1]),
            ([filter_by("data", "=", "WHAT IS BLUE?", "question")], [1]),
            ([filter_by("data", "!=", "what is blue?", "question")], [2, 0]),
            ([filter_by("data", "starts_with", "1", "n")], [1, 0]),
            ([filter_by("data", "ends_with", "2", "n")], [1]),
            ([filter_by("full_data", "contains", "BLUE")], [1]),
            ([filter_by("full_data", "contains", "nested")], [0]),
            ([filter_by("source", "=", "manual")], [1]),
            ([filter_by("tags", "contains", "alph")], [0]),
            ([filter_by("tags", "=", "beta")], [2, 0]),
            ([filter_by("tags", "is_empty")], [1]),
            ([filter_by("tags", "is_not_empty")], [2, 0]),
            ([filter_by("created_by", "=", "ADMIN")], [2, 1, 0]),
            ([filter_by("created_at", ">", "2100-01-01T00:00:00Z")], []),
            ([filter_by("last_updated_at", ">", "2020-01-01T00:00:00Z"), filter_by("source", "=", "sdk")], [0]),
            ([], [2, 1, 0]),
        ],
    )
    def test_fields(self, api, dataset, project, rows, filters, expected):
        ids = [rows[index]["id"] for index in expected]
        page = items_page(api, dataset, filters=filters)
        assert [row["id"] for row in page["content"]] == ids
        assert page["total"] == len(ids)
        assert [row["id"] for row in stream_items(api, project, filters=json.dumps(filters))] == ids

    def test_ids_and_pages(self, api, dataset, rows):
        by_id = [filter_by("id", "=", rows[1]["id"])]
        assert item_ids(api, dataset, filters=by_id) == [rows[1]["id"]]
        assert item_ids(api, dataset, filters=[filter_by("trace_id", "=", rows[2]["trace_id"])]) == [rows[2]["id"]]
        beta = [filter_by("full_data", "contains", "what")]
        page = items_page(api, dataset, filters=beta, size=1, page=2)
        assert ([row["id"] for row in page["content"]], page["total"]) == ([rows[0]["id"]], 2)
        assert len(page["columns"]) == 4

    @pytest.mark.parametrize(
        "filters",
        [
            [filter_by("data.question", "=", "x")],
            [filter_by("colour", "=", "x")],
            [filter_by("source", "in", "x")],
            [filter_by("created_at", "=", "x")],
            "x",
        ],
    )
    def test_invalid(self, api, dataset, project, rows, filters):
        assert error_message(api.get(f"/datasets/{dataset}/items", expect=400, filters=filters))
        text = filters if isinstance(filters, str) else json.dumps(filters)
        api.post("/datasets/items/stream", {"dataset_name": project, "filters": text}, expect=400)


class TestStream:
    def test_pages_by_the_last_id(self, api, dataset, project):
        rows = []
        for _ in range(3):
            rows += put_items(api, dataset, *[item() for _ in range(150)])
        seen, last = [], None
        while True:
            piece = stream_items(api, project, last_retrieved_id=last, steam_limit=200)
            seen += [row["id"] for row in piece]
            if len(piece) < 200:
                break
            last = piece[-1]["id"]
        assert seen == sorted((row["id"] for row in rows), reverse=True)
        assert len(stream_items(api, project)) == 450

    def test_limit_and_version(self, api, dataset, project):
        (old,) = put_items(api, dataset, item())
        put_items(api, dataset, item(), group=uuid7())
        first = versions(api, dataset)[1]["version_hash"]
        assert [row["id"] for row in stream_items(api, project, dataset_version=first)] == [old["id"]]
        assert len(stream_items(api, project.upper(), dataset_version=None)) == 2
        for limit, text in ((0, "greater than or equal to 1"), (2001, "less than or equal to 2000")):
            body = {"dataset_name": project, "steam_limit": limit}
            (error,) = error_list(api.post("/datasets/items/stream", body, expect=422))
            assert error.endswith(text)
        body = {"dataset_name": project, "dataset_version": "nope"}
        response = api.post("/datasets/items/stream", body, expect=404)
        assert error_message(response) == f"Version not found for dataset hash='nope' datasetId='{dataset}'"

    def test_nothing_to_stream(self, api, dataset, project):
        assert stream_items(api, project) == []
        assert stream_items(api, f"{project}-unknown") == []
        assert error_list(api.post("/datasets/items/stream", {"dataset_name": ""}, expect=422))

    def test_large_items(self, api, dataset, project):
        for _ in range(6):
            put_items(api, dataset, item(data={"text": "x" * 3_000_000}))
        assert len(stream_items(api, project)) == 6


class TestGetAndPatch:
    def test_get(self, api, dataset):
        (stored,) = put_items(api, dataset, item(data={"a": 1}))
        row = api.get(f"/datasets/items/{stored['id']}").json()
        assert (row["id"], row["dataset_id"], row["data"]) == (stored["id"], dataset, {"a": 1})
        put_items(api, dataset, item(id=stored["id"], data={"a": 2}), group=uuid7())
        assert api.get(f"/datasets/items/{stored['id']}").json()["data"] == {"a": 2}
        response = api.get(f"/datasets/items/{uuid7()}", expect=404)
        assert error_list(response) == ["Dataset item not found"]

    def test_patch(self, api, dataset):
        evaluators = [{"name": "a", "type": "code_metric", "config": 1}]
        original = item(data={"a": 1, "b": 1}, description="d", tags=["t"], evaluators=evaluators)
        (stored,) = put_items(api, dataset, original)
        before = items_page(api, dataset)["content"][0]
        api.patch(f"/datasets/items/{stored['id']}", {"data": {"a": 2}, "description": "ignored"})
        (after,) = items_page(api, dataset)["content"]
        assert after["data"] == {"a": 2}
        unchanged = ("created_at", "created_by", "description", "tags", "evaluators", "source")
        assert [after[key] for key in unchanged] == [before[key] for key in unchanged]
        newest, oldest = versions(api, dataset)
        assert newest["change_description"] == "Updated 1 item"
        assert (newest["items_total"], newest["items_modified"], newest["items_added"]) == (1, 1, 0)
        assert items_page(api, dataset, version=oldest["version_hash"])["content"][0]["data"] == {"a": 1, "b": 1}
        api.patch(f"/datasets/items/{stored['id']}", {"tags": ["x", "y"], "source": "manual"})
        row = api.get(f"/datasets/items/{stored['id']}").json()
        assert (row["tags"], row["source"], row["data"]) == (["x", "y"], "manual", {"a": 2})
        assert len(versions(api, dataset)) == 3

    def test_patch_of_unknown_items(self, api):
        response = api.patch(f"/datasets/items/{uuid7()}", {"data": {"a": 1}}, expect=404)
        assert error_list(response) == ["Dataset item not found"]

    def test_batch_by_ids(self, api, dataset):
        rows = put_items(api, dataset, *[item(tags=["old"]) for _ in range(3)])
        ids = [row["id"] for row in rows]
        body = {"ids": [*ids[:2], uuid7()], "update": {"tags": ["new"], "description": "d", "input": "ignored"}}
        api.patch("/datasets/items/batch", body)
        stored = {row["id"]: row for row in items_page(api, dataset)["content"]}
        assert [stored[one]["tags"] for one in ids] == [["new"], ["new"], ["old"]]
        assert stored[ids[0]]["description"] == "d"
        assert stored[ids[0]]["data"] == rows[0]["data"]
        newest, _ = versions(api, dataset)
        assert (newest["change_description"], newest["items_modified"]) == ("Updated 2 items", 2)
        api.patch("/datasets/items/batch", {"ids": ids[:1], "update": {"tags": ["more"]}, "merge_tags": True})
        assert set(api.get(f"/datasets/items/{ids[0]}").json()["tags"]) == {"new", "more"}
        assert latest_version(api, dataset)["change_description"] == "Updated 1 item"
        update = {"tags_to_add": ["a"], "tags_to_remove": ["new"], "tags": ["ignored"]}
        api.patch("/datasets/items/batch", {"ids": ids[:1], "update": update})
        assert set(api.get(f"/datasets/items/{ids[0]}").json()["tags"]) == {"more", "a"}

    def test_batch_by_filters(self, api, dataset):
        put_items(api, dataset, item(data={"k": "a"}, tags=["t"]), item(data={"k": "b"}))
        body = {"filters": [filter_by("data", "=", "a", "k")], "dataset_id": dataset, "update": {"tags": ["n"]}}
        api.patch("/datasets/items/batch", body)
        rows = items_page(api, dataset)["content"]
        assert [sorted(row["tags"]) for row in rows] == [[], ["n", "t"]]
        assert latest_version(api, dataset)["change_description"] == "Updated 1 item by filters"
        body = {"filters": [], "dataset_id": dataset, "update": {"data": {"all": True}}, "merge_tags": False}
        api.patch("/datasets/items/batch", body)
        assert [row["data"] for row in items_page(api, dataset)["content"]] == [{"all": True}] * 2
        assert latest_version(api, dataset)["change_description"] == "Updated 2 items by filters"
        nothing = {"filters": [filter_by("data", "=", "zzz", "k")], "dataset_id": dataset, "update": {"tags": ["n"]}}
        api.patch("/datasets/items/batch", nothing)
        assert len(versions(api, dataset)) == 3
        response = api.patch("/datasets/items/batch", {**body, "dataset_id": uuid7()}, expect=404)
        assert error_list(response) == ["Dataset not found"]

    def test_batch_of_policies(self, api, dataset):
        policy = {"runs_per_item": 2, "pass_threshold": 1}
        (row,) = put_items(api, dataset, item(execution_policy=policy))
        evaluators = [{"name": "a", "type": "llm_judge", "config": {"x": 1}}]

        def change(**update):
            api.patch("/datasets/items/batch", {"ids": [row["id"]], "update": update})
            return api.get(f"/datasets/items/{row['id']}").json()

        stored = change(evaluators=evaluators)
        assert (stored["evaluators"], stored["execution_policy"]) == (evaluators, policy)
        assert (
            change(execution_policy={"runs_per_item": 3, "pass_threshold": 3})["execution_policy"]["runs_per_item"] == 3
        )
        stored = change(clear_execution_policy=True, evaluators=[])
        assert not {"execution_policy", "evaluators"} & set(stored)

    def test_batch_over_many_items(self, api, dataset):
        for _ in range(3):
            put_items(api, dataset, *[item() for _ in range(700)])
        api.patch("/datasets/items/batch", {"filters": [], "dataset_id": dataset, "update": {"tags": ["n"]}})
        newest, oldest = versions(api, dataset)
        assert (newest["items_modified"], newest["items_total"]) == (2100, 2100)
        assert items_page(api, dataset, filters=[filter_by("tags", "=", "n")])["total"] == 2100
        old = items_page(api, dataset, version=oldest["version_hash"], filters=[filter_by("tags", "=", "n")])
        assert old["total"] == 0

    def test_batch_validation(self, api, dataset, project):
        update = {"update": {"tags": ["x"]}}
        for body, text in (
            (update, "Either 'ids' or 'filters' must be provided."),
            (
                {**update, "ids": [uuid7()], "filters": []},
                "Cannot provide both 'ids' and 'filters'. Use 'ids' for specific items or 'filters' to update items "
                "matching the filter criteria.",
            ),
            (
                {**update, "filters": []},
                "'dataset_id' is required when using 'filters'. This ensures updates are scoped to a specific dataset.",
            ),
            ({**update, "ids": []}, "ids size must be between 1 and 1000"),
            ({"ids": [uuid7()]}, "update must not be null"),
        ):
            assert error_list(api.patch("/datasets/items/batch", body, expect=422)) == [text]
        response = api.patch("/datasets/items/batch", {**update, "ids": [uuid7()]}, expect=404)
        assert error_list(response) == ["Dataset items not found"]
        other = create_dataset(api, f"{project}-other")
        (one,), (two,) = put_items(api, dataset, item()), put_items(api, other, item())
        response = api.patch("/datasets/items/batch", {**update, "ids": [one["id"], two["id"]]}, expect=400)
        assert error_message(response) == "Cannot operate on items across multiple datasets"

    def test_tag_limit(self, api, dataset):
        (row,) = put_items(api, dataset, item(tags=[str(number) for number in range(45)]))
        update = {"tags_to_add": [f"more {number}" for number in range(6)]}
        response = api.patch("/datasets/items/batch", {"ids": [row["id"]], "update": update}, expect=422)
        assert error_list(response) == ["Tag limit exceeded: maximum 50 tags per item"]
        assert len(versions(api, dataset)) == 1


class TestDelete:
    def test_in_place(self, api, dataset):
        rows = put_items(api, dataset, *[item() for _ in range(3)])
        body = {"item_ids": [rows[0]["id"], uuid7()]}
        api.post("/datasets/items/delete", body, expect=204)
        (version,) = versions(api, dataset)
        assert (version["items_total"], version["items_deleted"]) == (2, 1)
        assert item_ids(api, dataset) == [rows[2]["id"], rows[1]["id"]]
        api.get(f"/datasets/items/{rows[0]['id']}", expect=404)

    def test_in_a_group(self, api, dataset):
        rows = put_items(api, dataset, *[item() for _ in range(4)])
        group = uuid7()
        for row in rows[:3]:
            api.post("/datasets/items/delete", {"item_ids": [row["id"]], "batch_group_id": group}, expect=204)
        newest, oldest = versions(api, dataset)
        assert (newest["items_total"], newest["items_deleted"], oldest["items_total"]) == (1, 3, 4)
        assert item_ids(api, dataset) == [rows[3]["id"]]
        assert len(item_ids(api, dataset, version="v1")) == 4

    def test_unknown_ids_change_nothing(self, api, dataset):
        put_items(api, dataset, item())
        body = {"item_ids": [uuid7()], "batch_group_id": uuid7()}
        api.post("/datasets/items/delete", body, expect=204)
        assert len(versions(api, dataset)) == 1

    def test_by_filters(self, api, dataset):
        put_items(api, dataset, *[item(data={"n": number}) for number in range(4)])
        one = {"dataset_id": dataset, "filters": [filter_by("data", "=", "1", "n")]}
        api.post("/datasets/items/delete", one, expect=204)
        assert len(versions(api, dataset)) == 1
        assert items_page(api, dataset)["total"] == 3
        two = {"dataset_id": dataset, "filters": [filter_by("data", "=", "2", "n")], "batch_group_id": uuid7()}
        api.post("/datasets/items/delete", two, expect=204)
        newest, _ = versions(api, dataset)
        assert (newest["change_description"], newest["items_total"]) == ("Deleted 1 item(s)", 2)
        api.post("/datasets/items/delete", {"dataset_id": dataset, "filters": []}, expect=204)
        assert items_page(api, dataset)["total"] == 0
        assert len(versions(api, dataset)) == 2
        assert items_page(api, dataset, version="v1")["total"] == 3

    def test_all_of_many(self, api, dataset):
        for _ in range(3):
            put_items(api, dataset, *[item() for _ in range(700)])
        api.post("/datasets/items/delete", {"dataset_id": dataset}, expect=204)
        (version,) = versions(api, dataset)
        assert (version["items_total"], version["items_deleted"]) == (0, 2100)

    def test_validation(self, api, dataset):
        for body, text in (
            (
                {"item_ids": [uuid7()], "dataset_id": dataset},
                "Cannot provide 'dataset_id' or 'filters' when using 'item_ids'. Use 'item_ids' alone to delete "
                "specific items.",
            ),
            (
                {},
                "Either 'item_ids' (to delete specific items) or 'dataset_id' (to delete by filters) must be provided.",
            ),
            ({"item_ids": []}, "itemIds size must be between 1 and 1000"),
        ):
            assert error_list(api.post("/datasets/items/delete", body, expect=422)) == [text]
        response = api.post("/datasets/items/delete", {"dataset_id": uuid7()}, expect=404)
        assert error_list(response) == ["Dataset not found"]
