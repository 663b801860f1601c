"""Versions of datasets: names, tags, restores, change sets, copies."""

import pytest

from harness.api import error_list, error_message
from harness.datasets import (
    apply_changes,
    create_dataset,
    item,
    item_ids,
    items_page,
    latest_version,
    put_items,
    versions,
)
from harness.ids import uuid7

pytestmark = pytest.mark.http

EVALUATORS = [{"name": "judge", "type": "llm_judge", "config": {"prompt": "ok?"}}]
POLICY = {"runs_per_item": 3, "pass_threshold": 2}


@pytest.fixture
def dataset(api, project):
    """The id of an empty dataset."""
    return create_dataset(api, project)


def counts(version: dict) -> list[int]:
    return [version[f"items_{what}"] for what in ("total", "added", "modified", "deleted")]


class TestRead:
    def test_fields(self, api, dataset):
        put_items(api, dataset, item())
        page = api.page(f"datasets/{dataset}/versions", size=25)
        assert (page["page"], page["size"], page["total"]) == (1, 25, 1)
        assert "sortable_by" not in page
        (version,) = page["content"]
        for key in ("created_at", "last_updated_at"):
            assert version.pop(key).endswith("Z")
        assert version["version_hash"] == version["id"][-8:]
        assert version == {
            "id": version["id"],
            "dataset_id": dataset,
            "version_hash": version["version_hash"],
            "tags": ["latest"],
            "is_latest": True,
            "version_name": "v1",
            "items_total": 1,
            "items_added": 1,
            "items_modified": 0,
            "items_deleted": 0,
            "created_by": "admin",
            "last_updated_by": "admin",
        }

    def test_order_and_pages(self, api, dataset):
        for _ in range(3):
            put_items(api, dataset, item(), group=uuid7())
        assert [version["version_name"] for version in versions(api, dataset)] == ["v3", "v2", "v1"]
        assert [version["is_latest"] for version in versions(api, dataset)] == [True, False, False]
        assert [version["version_name"] for version in versions(api, dataset, page=2, size=2)] == ["v1"]
        assert versions(api, dataset, page=7, size=2) == []
        unknown = api.page(f"datasets/{uuid7()}/versions")
        assert (unknown["content"], unknown["total"]) == ([], 0)
        api.get(f"/datasets/{dataset}/versions", expect=400, size=0)

    def test_retrieve_by_name(self, api, dataset):
        put_items(api, dataset, item())
        put_items(api, dataset, item(), group=uuid7())
        path = f"/datasets/{dataset}/versions/retrieve"
        assert api.post(path, {"version_name": "v1"}, expect=200).json() == versions(api, dataset)[1]
        for name in ("v3", "v0", "v99999999999999999999999"):
            response = api.post(path, {"version_name": name}, expect=404)
            assert error_message(response) == f"Version '{name}' not found for dataset '{dataset}'"
        for name in ("3", "V1", "v", "v1 ", "latest", "v-1"):
            (text,) = error_list(api.post(path, {"version_name": name}, expect=422))
            assert text.endswith("Version name must be in format 'vN' (e.g., 'v1', 'v373')")
        api.post(path, {}, expect=422)

    def test_get_by_hash(self, api, dataset):
        put_items(api, dataset, item())
        (version,) = versions(api, dataset)
        assert api.get(f"/datasets/{dataset}/versions/hash/{version['version_hash']}").json() == version
        response = api.get(f"/datasets/{dataset}/versions/hash/nope", expect=404)
        assert error_message(response) == f"Version with hash not found hash='nope' datasetId='{dataset}'"


class TestEdit:
    def test_description_and_tags(self, api, dataset):
        put_items(api, dataset, item())
        put_items(api, dataset, item(), group=uuid7())
        newest, oldest = versions(api, dataset)
        path = f"/datasets/{dataset}/versions/hash/{oldest['version_hash']}"
        updated = api.patch(path, {"change_description": "first", "tags_to_add": ["gold", "ü 1", "gold"]}, 200).json()
        assert (updated["change_description"], sorted(updated["tags"])) == ("first", ["gold", "ü 1"])
        assert api.patch(path, {}, 200).json()["change_description"] == "first"
        newest_path = f"/datasets/{dataset}/versions/hash/{newest['version_hash']}"
        for target in (path, newest_path):
            response = api.patch(target, {"tags_to_add": ["new", "gold"]}, 409)
            assert error_list(response) == ["One or more tags already exist for this dataset"]
        assert versions(api, dataset)[0]["tags"] == ["latest"]
        response = api.patch(f"/datasets/{dataset}/versions/hash/nope", {"tags_to_add": ["x"]}, 404)
        assert error_message(response) == f"Version with hash not found hash='nope' datasetId='{dataset}'"
        for tags in (["t" * 101], [" "], [str(number) for number in range(101)]):
            assert error_list(api.patch(path, {"tags_to_add": tags}, 422))

    def test_tags_one_by_one(self, api, dataset):
        put_items(api, dataset, item())
        (version,) = versions(api, dataset)
        path = f"/datasets/{dataset}/versions/hash/{version['version_hash']}/tags"
        api.post(path, {"tag": "a b"}, expect=204)
        assert sorted(latest_version(api, dataset)["tags"]) == ["a b", "latest"]
        for tag in ("a b", "latest"):
            response = api.post(path, {"tag": tag}, expect=409)
            assert error_list(response) == [f"Tag already exists for this dataset, tag='{tag}'"]
        assert error_list(api.post(path, {"tag": " "}, expect=422)) == ["tag must not be blank"]
        api.post(path, {"tag": "t" * 101}, expect=422)
        api.post(f"/datasets/{dataset}/versions/hash/nope/tags", {"tag": "x"}, expect=404)
        for tag in ("a%20b", "a%20b", "never"):
            api.delete(f"/datasets/{dataset}/versions/whatever/tags/{tag}")
        assert latest_version(api, dataset)["tags"] == ["latest"]
        response = api.delete(f"/datasets/{dataset}/versions/{version['version_hash']}/tags/latest", 400)
        assert error_list(response) == ["Cannot delete 'latest' tag - it is automatically managed"]

    def test_the_same_tag_in_another_dataset(self, api, dataset, project):
        other = create_dataset(api, f"{project}-other")
        for one in (dataset, other):
            put_items(api, one, item())
            version_hash = latest_version(api, one)["version_hash"]
            api.post(f"/datasets/{one}/versions/hash/{version_hash}/tags", {"tag": "x"}, expect=204)


class TestRestore:
    def test_items_come_back(self, api, dataset):
        kept, changed, gone = put_items(api, dataset, *[item(data={"v": 1}) for _ in range(3)])
        first = latest_version(api, dataset)
        (new,) = put_items(api, dataset, item(), group=uuid7())
        put_items(api, dataset, item(id=changed["id"], data={"v": 2}))
        api.post("/datasets/items/delete", {"item_ids": [gone["id"]]}, expect=204)
        path = f"/datasets/{dataset}/versions/restore"
        restored = api.post(path, {"version_ref": first["version_hash"]}, expect=200).json()
        assert restored["change_description"] == f"Restored from version: {first['version_hash']}"
        assert (restored["version_name"], restored["is_latest"]) == ("v3", True)
        assert counts(restored) == [3, 1, 1, 1]
        rows = items_page(api, dataset)["content"]
        assert [row["id"] for row in rows] == [gone["id"], changed["id"], kept["id"]]
        assert all(row["data"] == {"v": 1} for row in rows)
        # What was restored is a version of its own: neither source nor the one between change with it.
        put_items(api, dataset, item(id=gone["id"], data={"v": 3}))
        api.post("/datasets/items/delete", {"item_ids": [changed["id"]]}, expect=204)
        assert [row["data"]["v"] for row in items_page(api, dataset, version="v1")["content"]] == [1, 1, 1]
        assert item_ids(api, dataset, version="v2") == [new["id"], changed["id"], kept["id"]]
        assert [row["data"]["v"] for row in items_page(api, dataset)["content"]] == [3, 1]

    def test_the_latest_stays(self, api, dataset):
        put_items(api, dataset, item())
        version = latest_version(api, dataset)
        for reference in (version["version_hash"], "latest", "v1"):
            restored = api.post(f"/datasets/{dataset}/versions/restore", {"version_ref": reference}, expect=200).json()
            assert restored == version
        assert len(versions(api, dataset)) == 1

    def test_evaluators_come_back(self, api, dataset):
        first = apply_changes(api, dataset, override=True, evaluators=EVALUATORS, execution_policy=POLICY)
        apply_changes(api, dataset, base_version=first["id"], evaluators=[], clear_execution_policy=True)
        assert "evaluators" not in latest_version(api, dataset)
        path = f"/datasets/{dataset}/versions/restore"
        restored = api.post(path, {"version_ref": first["version_hash"]}, expect=200).json()
        assert (restored["evaluators"], restored["execution_policy"]) == (EVALUATORS, POLICY)

    def test_unknown(self, api, dataset):
        for one in (dataset, uuid7()):
            response = api.post(f"/datasets/{one}/versions/restore", {"version_ref": "x"}, expect=404)
            assert error_message(response) == f"Version not found for dataset hash='x' datasetId='{one}'"
        api.post(f"/datasets/{dataset}/versions/restore", {"version_ref": ""}, expect=422)

    def test_diff(self, api, dataset):
        api.get(f"/datasets/{dataset}/versions/diff", expect=404)
        put_items(api, dataset, item(), item())
        assert api.get(f"/datasets/{dataset}/versions/diff").json() == {
            "from_version": "latest",
            "to_version": "draft",
            "statistics": {"items_added": 0, "items_modified": 0, "items_deleted": 0, "items_unchanged": 2},
        }


class TestChanges:
    def test_everything_at_once(self, api, server, dataset):
        kept, edited, gone = put_items(
            api, dataset, *[item(data={"v": 1}, tags=["t"], description="d") for _ in range(3)]
        )
        base = latest_version(api, dataset)
        added = item(source="manual", data={"v": 9})
        body = {
            "base_version": base["id"],
            "added_items": [added],
            "edited_items": [
                {"id": edited["id"], "data": {"w": 2}, "execution_policy": POLICY, "evaluators": EVALUATORS},
                {"id": uuid7(), "data": {"x": 1}},
            ],
            "deleted_ids": [gone["id"], uuid7()],
            "tags": ["one", "two"],
            "change_description": "changed",
            "metadata": {"k": "v"},
        }
        response = api.post(f"/datasets/{dataset}/items/changes", body, expect=201)
        version = response.json()
        location = f"{server.root}/api/v1/private/datasets/{dataset}/versions/{version['id']}"
        assert response.headers["Location"] == location
        assert counts(version) == [3, 1, 1, 1]
        assert (version["version_name"], version["is_latest"]) == ("v2", True)
        assert sorted(version["tags"]) == ["latest", "one", "two"]
        assert (version["change_description"], version["metadata"]) == ("changed", {"k": "v"})
        assert version == latest_version(api, dataset)
        rows = {row["id"]: row for row in items_page(api, dataset)["content"]}
        assert added["id"] not in rows, "ids of added items are ignored"
        (new,) = set(rows) - {kept["id"], edited["id"]}
        assert (rows[new]["data"], rows[new]["source"]) == ({"v": 9}, "manual")
        changed = rows[edited["id"]]
        assert (changed["data"], changed["tags"], changed["description"]) == ({"w": 2}, ["t"], "d")
        assert (changed["execution_policy"], changed["evaluators"]) == (POLICY, EVALUATORS)
        assert items_page(api, dataset, version=base["version_hash"])["total"] == 3

    def test_a_stale_base(self, api, dataset):
        first, second = put_items(api, dataset, item(data={"v": 1}), item(data={"v": 1}))
        base = latest_version(api, dataset)
        (third,) = put_items(api, dataset, item(id=first["id"], data={"v": 2}), item(), group=uuid7())[1:]
        response = apply_changes(api, dataset, 409, base_version=base["id"], deleted_ids=[second["id"]])
        assert error_list(response) == [
            "Version conflict: baseVersion is not the latest. Use override=true to force creation."
        ]
        assert len(versions(api, dataset)) == 2
        new = apply_changes(
            api,
            dataset,
            override=True,
            base_version=base["id"],
            deleted_ids=[second["id"]],
            added_items=[item(data={"v": 5})],
        )
        # The edits of the version between are dropped.
        rows = items_page(api, dataset)["content"]
        assert [row["data"]["v"] for row in rows] == [5, 1]
        assert counts(new) == [2, 1, 1, 2]
        assert set(item_ids(api, dataset, version="v2")) == {first["id"], second["id"], third["id"]}

    def test_the_first_version(self, api, project):
        suite = create_dataset(api, project, type="evaluation_suite")
        response = apply_changes(api, suite, 400, evaluators=EVALUATORS)
        assert error_message(response) == (
            "baseVersion is required. Use override=true to create the first version without a base."
        )
        response = apply_changes(api, suite, 400, override=True, added_items=[item()])
        assert error_message(response) == (
            "addedItems, editedItems, and deletedIds must be empty when baseVersion is null."
        )
        assert versions(api, suite) == []
        version = apply_changes(
            api,
            suite,
            override=True,
            evaluators=EVALUATORS,
            execution_policy=POLICY,
            change_description="Suite created via SDK",
            added_items=[],
            base_version=None,
        )
        assert counts(version) == [0, 0, 0, 0]
        assert (version["version_name"], version["evaluators"]) == ("v1", EVALUATORS)
        assert version["execution_policy"] == POLICY
        assert items_page(api, suite)["total"] == 0
        response = apply_changes(api, suite, 400, override=True)
        assert error_message(response) == "baseVersion is required when the dataset already has versions."

    def test_evaluators_of_the_base(self, api, dataset):
        first = apply_changes(api, dataset, override=True, evaluators=EVALUATORS, execution_policy=POLICY)
        second = apply_changes(api, dataset, base_version=first["id"])
        assert (second["evaluators"], second["execution_policy"]) == (EVALUATORS, POLICY)
        third = apply_changes(api, dataset, base_version=second["id"], evaluators=[])
        assert "evaluators" not in third
        assert third["execution_policy"] == POLICY
        fourth = apply_changes(api, dataset, base_version=third["id"], clear_execution_policy=True)
        assert "execution_policy" not in fourth
        put_items(api, dataset, item())
        assert [len(versions(api, dataset)), latest_version(api, dataset)["items_total"]] == [4, 1]

    def test_refusals(self, api, dataset, project):
        missing = uuid7()
        response = apply_changes(api, missing, 404, override=True)
        assert error_list(response) == ["Dataset not found"]
        response = apply_changes(api, missing, 404, base_version=uuid7())
        assert error_list(response) == ["Dataset not found"]
        put_items(api, dataset, item())
        base = latest_version(api, dataset)["id"]
        error_message(apply_changes(api, dataset, 404, base_version=missing))
        other = create_dataset(api, f"{project}-other")
        put_items(api, other, item())
        error_message(apply_changes(api, dataset, 404, base_version=latest_version(api, other)["id"]))
        many = [str(number) for number in range(51)]
        for body in (
            {"added_items": [item(tags=many)]},
            {"edited_items": [{"id": item_ids(api, dataset)[0], "tags": many}]},
        ):
            response = apply_changes(api, dataset, 422, base_version=base, **body)
            assert error_list(response) == ["Tag limit exceeded: maximum 50 tags per item"]
        response = apply_changes(api, dataset, 422, base_version=base, added_items=[item(source=None)])
        assert error_list(response) == ["addedItems[0].source must not be null"]
        api.post(
            f"/datasets/{dataset}/versions/hash/{latest_version(api, dataset)['version_hash']}/tags",
            {"tag": "taken"},
            expect=204,
        )
        response = apply_changes(api, dataset, 409, base_version=base, tags=["taken"])
        assert error_list(response) == ["One or more tags already exist for this dataset"]
        assert len(versions(api, dataset)) == 1
        api.call("POST", f"/datasets/{dataset}/items/changes", 400)


class TestCopies:
    @pytest.fixture
    def source(self, api, project):
        """A dataset with two items in its first version and three in its second."""
        source = create_dataset(api, f"{project}-source")
        rows = put_items(api, source, item(data={"n": 1}, tags=["t"]), item(data={"n": 2}))
        put_items(api, source, item(data={"n": 3}), group=uuid7())
        first = versions(api, source)[1]
        return {"dataset": source, "version": first["id"], "rows": rows}

    def test_with_a_change_set(self, api, dataset, source):
        first, second = source["rows"]
        version = apply_changes(
            api,
            dataset,
            override=True,
            copy_from_dataset_id=source["dataset"],
            copy_from_version_id=source["version"],
            added_items=[item(data={"n": 9})],
            edited_items=[{"id": first["id"], "data": {"n": 10}}],
            deleted_ids=[second["id"]],
        )
        assert version["items_total"] == 2
        rows = {row["data"]["n"]: row for row in items_page(api, dataset)["content"]}
        assert (set(rows), rows[10]["tags"]) == ({9, 10}, ["t"])
        assert not {first["id"], second["id"]} & {row["id"] for row in rows.values()}
        assert [row["data"]["n"] for row in items_page(api, source["dataset"])["content"]] == [3, 2, 1]

    def test_with_items(self, api, dataset, source):
        group = uuid7()
        copy = {"copy_from_dataset_id": source["dataset"], "copy_from_version_id": source["version"]}
        for number in (5, 6):
            put_items(api, dataset, item(data={"n": number}), group=group, **copy)
        (version,) = versions(api, dataset)
        assert version["items_total"] == 4
        assert sorted(row["data"]["n"] for row in items_page(api, dataset)["content"]) == [1, 2, 5, 6]
        # The copy stays when its source goes.
        api.delete(f"/datasets/{source['dataset']}")
        assert sorted(row["data"]["n"] for row in items_page(api, dataset)["content"]) == [1, 2, 5, 6]

    def test_of_the_same_dataset(self, api, source):
        body = {"copy_from_dataset_id": source["dataset"], "copy_from_version_id": source["version"]}
        base = latest_version(api, source["dataset"])["id"]
        version = apply_changes(api, source["dataset"], base_version=base, **body)
        assert counts(version) == [2, 2, 0, 3]
        assert [row["data"]["n"] for row in items_page(api, source["dataset"])["content"]] == [2, 1]
        assert items_page(api, source["dataset"], version="v2")["total"] == 3

    def test_refusals(self, api, dataset, source):
        text = "copy_from_dataset_id and copy_from_version_id must be provided together"
        for half in ({"copy_from_dataset_id": source["dataset"]}, {"copy_from_version_id": source["version"]}):
            assert error_message(apply_changes(api, dataset, 400, override=True, **half)) == text
        unknown = {"copy_from_dataset_id": source["dataset"], "copy_from_version_id": uuid7()}
        error_message(apply_changes(api, dataset, 404, override=True, **unknown))
        error_message(api.put("/datasets/items", {"dataset_id": dataset, "items": [item()], **unknown}, expect=404))
        assert versions(api, dataset) == []


class TestAcceptance:
    def test_inserts_reads_and_deletes_of_an_sdk(self, api, project):
        dataset = create_dataset(api, project)
        group = uuid7()
        for size in (1000, 1000, 500):
            put_items(api, dataset, *[item() for _ in range(size)], group=group)
        (version,) = versions(api, dataset)
        assert (version["version_name"], version["items_total"]) == ("v1", 2500)
        pages = [items_page(api, dataset, size=2000, page=page, version=version["version_hash"]) for page in (1, 2)]
        assert [len(page["content"]) for page in pages] == [2000, 500]
        assert all(page["total"] == 2500 for page in pages)
        ids = [row["id"] for page in pages for row in page["content"]]
        assert ids == sorted(set(ids), reverse=True)
        deletion = uuid7()
        for start in range(0, 2500, 1000):
            body = {"item_ids": ids[start : start + 1000], "batch_group_id": deletion}
            api.post("/datasets/items/delete", body, expect=204)
        assert [version["items_total"] for version in versions(api, dataset)] == [0, 2500]
        assert items_page(api, dataset, version="v1", size=1)["total"] == 2500
