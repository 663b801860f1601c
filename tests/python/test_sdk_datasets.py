"""Datasets, their items and their versions through the SDK."""

import json

import pytest
from opik.api_objects.dataset import dataset as dataset_module
from opik.rest_api.core.api_error import ApiError
from opik.rest_api.types.span_enrichment_options import SpanEnrichmentOptions
from opik.rest_api.types.trace_enrichment_options import TraceEnrichmentOptions

from harness import sdk as sdk_helper
from harness.ids import uuid7

pytestmark = pytest.mark.sdk

# What JSON can hold and careless storage changes.
AWKWARD = {
    "text": 'naïve 日本 🦀 "quotes" \\ and\nlines',
    "whole": 1,
    "float": 1.0,
    "small": 1e-7,
    "large": 9007199254740993,
    "negative": -0.5,
    "yes": True,
    "nothing": None,
    "list": [1, "two", None, {"three": [3.0]}],
    "object": {"z": 1, "a": {"b": {"c": None}}},
    "empty list": [],
    "empty object": {},
    "": "an empty key",
}


@pytest.fixture
def name(project):
    return f"dataset-{project}"


def by_key(items, key="n"):
    """The data of items under one of its keys, without ids."""
    return {item[key]: {field: value for field, value in item.items() if field != "id"} for item in items}


def versions_of(api, dataset):
    """All versions, the newest first."""
    return api.get(f"/datasets/{dataset.id}/versions", page=1, size=100).json()["content"]


class TestLifeCycle:
    def test_create_and_get(self, sdk, name):
        created = sdk.create_dataset(name, description="questions of the first week")
        assert created.name == name
        found = sdk.get_dataset(name)
        assert found.id == created.id
        assert found.description == "questions of the first week"
        assert found.get_items() == []

    def test_unknown(self, sdk, name):
        with pytest.raises(ApiError) as caught:
            sdk.get_dataset(name)
        assert caught.value.status_code == 404
        with pytest.raises(ApiError) as caught:
            sdk.delete_dataset(name)
        assert caught.value.status_code == 404

    def test_twice_with_one_name(self, sdk, name):
        sdk.create_dataset(name)
        with pytest.raises(ApiError) as caught:
            sdk.create_dataset(name)
        assert caught.value.status_code == 409

    def test_get_or_create(self, sdk, name):
        first = sdk.get_or_create_dataset(name, description="kept")
        first.insert([{"n": 1}])
        second = sdk.get_or_create_dataset(name, description="ignored")
        assert second.id == first.id
        assert second.description == "kept"
        assert len(second.get_items()) == 1

    def test_delete(self, sdk, name):
        sdk.create_dataset(name).insert([{"n": 1}])
        sdk.delete_dataset(name)
        with pytest.raises(ApiError) as caught:
            sdk.get_dataset(name)
        assert caught.value.status_code == 404
        # The name is free again, and nothing of the first one comes back.
        assert sdk.create_dataset(name).get_items() == []

    def test_list(self, sdk, name):
        for index in range(3):
            sdk.create_dataset(f"{name}-{index}").insert([{"n": n} for n in range(index)])
        found = {dataset.name: dataset for dataset in sdk.get_datasets(max_results=1000)}
        assert {f"{name}-{index}" for index in range(3)} <= set(found)
        assert found[f"{name}-2"].dataset_items_count == 2
        assert len(sdk.get_datasets(max_results=2)) == 2

    def test_names_with_unusual_characters(self, sdk, name):
        unusual = f"{name} / ünï%20 ?&#日本"
        created = sdk.create_dataset(unusual)
        created.insert([{"n": 1}])
        assert sdk.get_dataset(unusual).id == created.id
        assert len(sdk.get_dataset(unusual).get_items()) == 1
        sdk.delete_dataset(unusual)


class TestItems:
    def test_values_round_trip(self, sdk, name):
        dataset = sdk.create_dataset(name)
        dataset.insert([AWKWARD])
        (item,) = sdk.get_dataset(name).get_items()
        assert item.pop("id")
        assert item == AWKWARD
        assert json.dumps(item, sort_keys=True) == json.dumps(AWKWARD, sort_keys=True), "1 and 1.0 must stay apart"

    def test_thousands(self, api, sdk, name):
        dataset = sdk.create_dataset(name)
        dataset.insert([{"n": n, "text": f"question {n}"} for n in range(2500)])
        items = sdk.get_dataset(name).get_items()
        assert len(items) == 2500
        assert set(by_key(items)) == set(range(2500))
        assert len({item["id"] for item in items}) == 2500
        assert len(dataset.get_items(nb_samples=10)) == 10
        assert sdk.get_dataset(name).dataset_items_count == 2500
        if sdk_helper.HAS_DATASET_VERSIONS:
            # However many requests one call takes, it makes one version.
            (version,) = versions_of(api, dataset)
            assert (version["version_name"], version["items_total"], version["items_added"]) == ("v1", 2500, 2500)

    def test_identical_items_are_not_inserted_again(self, api, sdk, name):
        items = [{"n": n, "value": AWKWARD} for n in range(20)]
        dataset = sdk.create_dataset(name)
        dataset.insert(items)
        dataset.insert(items)
        assert len(dataset.get_items()) == 20
        # A client that did not write them learns their hashes from what the server streams.
        again = sdk.get_dataset(name)
        again.insert([*items, {"n": "new"}])
        assert len(again.get_items()) == 21
        sdk.get_dataset(name).insert(items)
        assert len(sdk.get_dataset(name).get_items()) == 21
        if sdk_helper.HAS_DATASET_VERSIONS:
            assert [version["items_total"] for version in versions_of(api, dataset)] == [21, 20]

    def test_update(self, sdk, name):
        dataset = sdk.create_dataset(name)
        dataset.insert([{"n": 1, "answer": "a"}, {"n": 2, "answer": "b"}])
        first = next(item for item in dataset.get_items() if item["n"] == 1)
        dataset.update([{"id": first["id"], "n": 1, "answer": "changed"}])
        items = sdk.get_dataset(name).get_items()
        assert by_key(items) == {1: {"n": 1, "answer": "changed"}, 2: {"n": 2, "answer": "b"}}
        assert next(item for item in items if item["n"] == 1)["id"] == first["id"]
        # An update replaces the whole item.
        dataset.update([{"id": first["id"], "n": 1}])
        assert by_key(sdk.get_dataset(name).get_items())[1] == {"n": 1}

    def test_update_needs_ids(self, sdk, name):
        dataset = sdk.create_dataset(name)
        with pytest.raises(Exception, match="id"):
            dataset.update([{"n": 1}])

    def test_own_ids(self, sdk, name):
        dataset = sdk.create_dataset(name)
        item_id = uuid7()
        dataset.insert([{"id": item_id, "n": 1}])
        assert dataset.get_items() == [{"id": item_id, "n": 1}]

    def test_delete_and_clear(self, api, sdk, name):
        dataset = sdk.create_dataset(name)
        dataset.insert([{"n": n} for n in range(10)])
        doomed = [item["id"] for item in dataset.get_items() if item["n"] < 4]
        dataset.delete(doomed)
        assert set(by_key(sdk.get_dataset(name).get_items())) == set(range(4, 10))
        dataset.delete([uuid7()])
        assert len(dataset.get_items()) == 6
        if sdk_helper.HAS_DATASET_VERSIONS:
            assert [version["items_total"] for version in versions_of(api, dataset)] == [6, 10]
        dataset.clear()
        assert sdk.get_dataset(name).get_items() == []
        # What was deleted may be inserted again.
        dataset.insert([{"n": 0}])
        assert by_key(sdk.get_dataset(name).get_items()) == {0: {"n": 0}}

    def test_many_deletions(self, sdk, name):
        dataset = sdk.create_dataset(name)
        dataset.insert([{"n": n} for n in range(1200)])
        dataset.clear()
        assert dataset.get_items() == []

    def test_json(self, sdk, name, tmp_path):
        dataset = sdk.create_dataset(name)
        dataset.insert_from_json(
            json.dumps([{"question": "q1", "noise": 1}, {"question": "q2", "noise": 2}]),
            keys_mapping={"question": "input"},
            ignore_keys=["noise"],
        )
        lines = tmp_path / "items.jsonl"
        lines.write_text('{"input": "q3"}\n{"input": "q4", "more": {"a": [1]}}\n')
        dataset.read_jsonl_from_file(str(lines))
        read = json.loads(sdk.get_dataset(name).to_json())
        assert {item["input"] for item in read} == {"q1", "q2", "q3", "q4"}
        assert next(item for item in read if item["input"] == "q4")["more"] == {"a": [1]}
        assert all("noise" not in item for item in read)

    def test_wide_items(self, sdk, name):
        """Requests are split by size as well as by number."""
        dataset = sdk.create_dataset(name)
        dataset.insert([{"n": n, "text": chr(97 + n % 26) * 300_000} for n in range(40)])
        items = by_key(sdk.get_dataset(name).get_items())
        assert len(items) == 40
        assert all(item["text"] == chr(97 + n % 26) * 300_000 for n, item in items.items())

    def test_links_to_traces(self, sdk, name):
        trace = sdk.trace(name="source", input={"question": "q"}, output={"answer": "a"})
        span = trace.span(name="part", input={"question": "q"})
        sdk.flush()
        dataset = sdk.create_dataset(name)
        rest = sdk.rest_client.datasets
        rest.create_dataset_items_from_traces(
            dataset_id=dataset.id, trace_ids=[trace.id], enrichment_options=TraceEnrichmentOptions(include_tags=True)
        )
        rest.create_dataset_items_from_spans(
            dataset_id=dataset.id, span_ids=[span.id], enrichment_options=SpanEnrichmentOptions(include_tags=True)
        )
        page = rest.get_dataset_items(id=dataset.id, page=1, size=10)
        found = {(item.source, item.trace_id, item.span_id) for item in page.content}
        assert found == {("trace", trace.id, None), ("span", None, span.id)}


if sdk_helper.HAS_DATASET_FILTERS:

    class TestFilters:
        @pytest.fixture
        def filled(self, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert(
                [
                    {"n": 1, "category": "geography", "question": "capital of France"},
                    {"n": 2, "category": "geography", "question": "capital of Spain"},
                    {"n": 3, "category": "history", "question": "first king of France"},
                    {"n": 4, "question": "no category"},
                ]
            )
            return dataset

        @pytest.mark.parametrize(
            ("query", "expected"),
            [
                ('data.category = "geography"', {1, 2}),
                ('data.category = "GEOGRAPHY"', {1, 2}),
                ('data.category contains "hist"', {3}),
                ('data.question contains "france"', {1, 3}),
                ('data.question starts_with "capital"', {1, 2}),
                ('data.question ends_with "France"', {1, 3}),
                ('data.category = "geography" AND data.question contains "Spain"', {2}),
                ('full_data contains "king"', {3}),
                ('source = "sdk"', {1, 2, 3, 4}),
                ('source = "manual"', set()),
                ('created_at > "2020-01-01T00:00:00Z"', {1, 2, 3, 4}),
                ('created_at > "2100-01-01T00:00:00Z"', set()),
                ('data.absent = "x"', set()),
            ],
        )
        def test_queries(self, filled, query, expected):
            assert set(by_key(filled.get_items(filter_string=query))) == expected

        def test_limits(self, filled):
            assert len(filled.get_items(nb_samples=1, filter_string='data.category = "geography"')) == 1

        def test_identifiers(self, filled):
            item = filled.get_items()[0]
            assert filled.get_items(filter_string=f'id = "{item["id"]}"') == [item]


if sdk_helper.HAS_DATASET_VERSIONS:

    class TestVersions:
        def test_none_before_the_first_item(self, sdk, name):
            dataset = sdk.create_dataset(name)
            assert dataset.get_version_info() is None
            assert dataset.get_current_version_name() is None

        def test_every_call_makes_one(self, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert([{"n": 1}, {"n": 2}])
            first = dataset.get_version_info()
            assert (first.version_name, first.items_total, first.is_latest) == ("v1", 2, True)
            assert first.tags == ["latest"]
            assert first.version_hash == first.id[-8:]
            dataset.insert([{"n": 3}])
            dataset.delete([item["id"] for item in dataset.get_items() if item["n"] == 1])
            assert dataset.get_current_version_name() == "v3"
            third = dataset.get_version_info()
            assert (third.items_total, third.items_deleted) == (2, 1)

        def test_views_of_old_versions(self, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert([{"n": n, "text": "old"} for n in range(5)])
            first = {item["n"]: item["id"] for item in dataset.get_items()}
            dataset.insert([{"n": 5, "text": "new"}])
            dataset.update([{"id": first[0], "n": 0, "text": "changed"}])
            dataset.delete([first[1]])

            view = sdk.get_dataset(name).get_version_view("v1")
            assert by_key(view.get_items()) == {n: {"n": n, "text": "old"} for n in range(5)}
            assert {item["n"]: item["id"] for item in view.get_items()} == first
            assert (view.version_name, view.items_total, view.is_latest) == ("v1", 5, False)
            assert view.dataset_items_count == 5
            assert len(json.loads(view.to_json())) == 5
            assert [item["n"] for item in view.get_items(filter_string='data.n = "3"')] == [3]

            assert set(by_key(dataset.get_version_view("v2").get_items())) == set(range(6))
            assert by_key(dataset.get_version_view("v3").get_items())[0]["text"] == "changed"
            newest = dataset.get_version_view("v4")
            assert newest.is_latest
            assert set(by_key(newest.get_items())) == {0, 2, 3, 4, 5}

        def test_unknown_version(self, sdk, name):
            from opik.exceptions import DatasetVersionNotFound

            dataset = sdk.create_dataset(name)
            dataset.insert([{"n": 1}])
            with pytest.raises(DatasetVersionNotFound):
                dataset.get_version_view("v2")

        def test_restore(self, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert([{"n": 1}])
            version = dataset.get_version_info().version_hash
            dataset.clear()
            dataset.insert([{"n": 2}])
            sdk.rest_client.datasets.restore_dataset_version(id=dataset.id, version_ref=version)
            assert by_key(sdk.get_dataset(name).get_items()) == {1: {"n": 1}}
            assert dataset.get_version_info().change_description == f"Restored from version: {version}"

        def test_parallel_requests_of_one_call(self, api, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert([{"n": "first"}])
            dataset.insert([{"n": n, "text": "x" * 4000} for n in range(6000)])
            assert [(v["version_name"], v["items_total"]) for v in versions_of(api, dataset)] == [
                ("v2", 6001),
                ("v1", 1),
            ]
            items = dataset.get_items()
            assert len({item["id"] for item in items}) == 6001


if hasattr(dataset_module.Dataset, "stream_items"):

    class TestStreaming:
        def test_chunks(self, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert([{"n": n} for n in range(450)])
            chunks = list(dataset.stream_items(chunk_size=100))
            assert [len(chunk) for chunk in chunks] == [100, 100, 100, 100, 50]
            assert {item["n"] for chunk in chunks for item in chunk} == set(range(450))
            some = [item for chunk in dataset.stream_items(chunk_size=100, nb_samples=130) for item in chunk]
            assert len(some) == 130

        def test_generators_are_inserted_as_they_come(self, sdk, name):
            dataset = sdk.create_dataset(name)
            dataset.insert({"n": n} for n in range(1500))
            assert dataset.get_version_info().items_total == 1500
            dataset.insert([{"n": 1}, {"n": 1}], deduplication=False)
            assert dataset.get_version_info().items_total == 1502
