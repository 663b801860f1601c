"""Finding items of datasets: filters and streams."""

import json

import pytest

from harness.api import error_list, error_message, filter_by
from harness.datasets import create_dataset, item, item_ids, items_page, put_items, stream_items, versions
from harness.ids import uuid7

pytestmark = pytest.mark.http


@pytest.fixture
def dataset(api, project):
    """The id of an empty dataset that has the name of the test's project."""
    return create_dataset(api, project)


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
