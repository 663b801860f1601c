"""Creating, updating and deleting traces and spans."""

import time

import pytest

from harness.api import error_list, score, span, times, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http


class TestFields:
    def test_every_trace_field_round_trips(self, api, project):
        item = trace(
            project,
            name="full",
            input={"q": "hello"},
            output={"a": ["b"]},
            metadata={"k": {"n": 1}},
            tags=["one", "two"],
            error_info={"exception_type": "ValueError", "message": "bad", "traceback": "line 1"},
            thread_id="thread",
            ttft=12.5,
            source="sdk",
            environment="staging",
            **times(250),
        )
        api.add_traces(item)
        stored = api.trace(item["id"])
        for field in ("id", "name", "input", "output", "metadata", "error_info", "thread_id", "ttft", "source"):
            assert stored[field] == item[field], field
        assert stored["environment"] == "staging"
        assert sorted(stored["tags"]) == ["one", "two"]
        assert stored["duration"] == 250.0
        assert stored["created_at"].endswith("Z")
        assert stored["last_updated_at"].endswith("Z")

    def test_every_span_field_round_trips(self, api, project):
        parent = trace(project)
        api.add_traces(parent)
        root = span(project, parent["id"])
        item = span(
            project,
            parent["id"],
            parent_span_id=root["id"],
            name="call",
            type="llm",
            input={"q": 1},
            output={"a": 2},
            metadata={"temperature": 0.5},
            tags=["t"],
            model="gpt-4o",
            provider="openai",
            usage={"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "nothing": None},
            error_info={"exception_type": "E", "traceback": "tb"},
            total_estimated_cost=0.125,
            ttft=3,
            source="experiment",
            environment="production",
            **times(10),
        )
        api.add_spans(root, item)
        stored = api.span(item["id"])
        for field in (
            "id",
            "trace_id",
            "parent_span_id",
            "name",
            "type",
            "input",
            "output",
            "model",
            "provider",
            "tags",
        ):
            assert stored[field] == item[field], field
        assert stored["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        assert stored["total_estimated_cost"] == pytest.approx(0.125)
        assert stored["metadata"] == {"provider": "openai", "temperature": 0.5}
        assert stored["error_info"] == item["error_info"]
        assert stored["ttft"] == 3
        assert stored["source"] == "experiment"
        assert stored["duration"] == 10.0
        assert stored["project_name"] == project
        assert "parent_span_id" not in api.span(root["id"])
        (listed, _) = api.page("spans", project_name=project, sorting=[{"field": "name"}])["content"]
        assert "project_name" not in listed
        for absent in ("thread_id", "span_count", "providers", "visibility_mode"):
            assert absent not in stored

    def test_span_without_trace_id(self, api, project):
        body = span(project, uuid7())
        del body["trace_id"]
        assert error_list(api.post("/spans", body, expect=422)) == ["traceId must not be null"]
        batch = api.post("/spans/batch", {"spans": [body]}, expect=422)
        assert error_list(batch) == ["spans[0].traceId must not be null"]

    def test_blank_names_are_omitted(self, api, project):
        item = api.add_traces(trace(project, name="  "))[0]
        assert "name" not in api.trace(item["id"])

    def test_sums_over_spans(self, api, project):
        item = api.add_traces(trace(project))[0]
        api.add_spans(
            span(project, item["id"], type="llm", provider="openai", usage={"total_tokens": 5}, total_estimated_cost=1),
            span(project, item["id"], type="llm", provider="anthropic", usage={"total_tokens": 6, "x": 1}),
            span(project, item["id"], type="tool", total_estimated_cost=0.5),
        )
        stored = api.trace(item["id"])
        assert stored["usage"] == {"total_tokens": 11, "x": 1}
        assert stored["total_estimated_cost"] == pytest.approx(1.5)
        assert (stored["span_count"], stored["llm_span_count"], stored["has_tool_spans"]) == (3, 2, True)
        assert stored["providers"] == ["anthropic", "openai"]
        assert next(iter(stored["metadata"].items())) == ("providers", ["anthropic", "openai"])

    def test_injected_metadata_keeps_a_stored_key(self, api, project):
        item = api.add_traces(trace(project, metadata={"a": 1, "providers": "mine"}))[0]
        api.add_spans(span(project, item["id"], provider="openai"))
        metadata = api.trace(item["id"])["metadata"]
        assert metadata == {"providers": "mine", "a": 1}
        assert list(metadata) == ["providers", "a"]

    def test_metadata_that_is_no_object(self, api, project):
        plain = api.add_traces(trace(project, metadata=["list"]))[0]
        assert api.trace(plain["id"])["metadata"] == ["list"]
        api.add_spans(span(project, plain["id"], provider="openai"))
        assert api.trace(plain["id"])["metadata"] == {"providers": ["openai"]}

    def test_spans_may_come_before_their_trace(self, api, project):
        trace_id = uuid7()
        part = api.add_spans(span(project, trace_id, usage={"total_tokens": 9}))[0]
        api.score_traces(score(trace_id, "early", 0.5, project))
        assert api.span(part["id"])["trace_id"] == trace_id
        api.add_traces(trace(project, id=trace_id))
        stored = api.trace(trace_id)
        assert stored["span_count"] == 1
        assert stored["usage"] == {"total_tokens": 9}
        assert [entry["name"] for entry in stored["feedback_scores"]] == ["early"]


class TestBatchCreate:
    def test_newest_duplicate_within_a_batch_wins(self, api, project):
        item = trace(project, name="old", last_updated_at="2026-01-01T00:00:01Z")
        newer = {**item, "name": "new", "last_updated_at": "2026-01-01T00:00:02Z"}
        api.add_traces(newer, item)
        assert api.trace(item["id"])["name"] == "new"

    def test_last_duplicate_without_update_time_wins(self, api, project):
        item = trace(project, name="first")
        api.add_traces(item, {**item, "name": "last"})
        assert api.trace(item["id"])["name"] == "last"

    def test_equal_update_times_go_to_the_later_element(self, api, project):
        item = trace(project, name="first", last_updated_at="2026-01-01T00:00:01Z")
        api.add_traces(item, {**item, "name": "last"})
        assert api.trace(item["id"])["name"] == "last"

    def test_whole_row_is_replaced(self, api, project):
        item = trace(project, input={"a": 1}, tags=["t"], last_updated_at="2026-01-01T00:00:01Z")
        api.add_traces(item)
        newer = {key: value for key, value in item.items() if key not in ("input", "tags")}
        api.add_traces({**newer, "last_updated_at": "2026-01-01T00:00:02Z"})
        stored = api.trace(item["id"])
        assert "input" not in stored
        assert "tags" not in stored

    def test_older_element_is_ignored(self, api, project):
        item = trace(project, name="kept", last_updated_at="2026-01-01T00:00:05Z")
        api.add_traces(item)
        api.add_traces({**item, "name": "stale", "last_updated_at": "2026-01-01T00:00:01Z"})
        assert api.trace(item["id"])["name"] == "kept"

    def test_creation_time_survives_an_upsert(self, api, project):
        item = api.add_traces(trace(project, last_updated_at="2026-01-01T00:00:01Z"))[0]
        created_at = api.trace(item["id"])["created_at"]
        time.sleep(0.01)
        api.add_traces({**item, "last_updated_at": "2026-01-01T00:00:02Z"})
        assert api.trace(item["id"])["created_at"] == created_at

    def test_batch_over_a_patched_row_is_merged(self, api, project):
        trace_id = uuid7()
        api.patch(f"/traces/{trace_id}", {"project_name": project, "output": {"late": True}})
        api.add_traces(trace(project, id=trace_id, name="created", input={"q": 1}))
        stored = api.trace(trace_id)
        assert (stored["name"], stored["input"], stored["output"]) == ("created", {"q": 1}, {"late": True})

    def test_span_batch_over_a_patched_row_is_merged(self, api, project):
        parent, span_id = uuid7(), uuid7()
        api.patch(f"/spans/{span_id}", {"project_name": project, "trace_id": parent, "output": {"late": True}})
        api.add_spans(span(project, parent, id=span_id, name="created", type="tool"))
        stored = api.span(span_id)
        assert (stored["name"], stored["type"], stored["output"]) == ("created", "tool", {"late": True})

    def test_one_batch_may_hold_several_projects(self, api, project):
        first, second = trace(f"{project}-a"), trace(f"{project}-b")
        api.add_traces(first, second)
        assert api.ids("traces", project_name=f"{project}-a") == [first["id"]]
        assert api.ids("traces", project_name=f"{project}-b") == [second["id"]]

    def test_an_id_stays_one_row_across_projects(self, api, project):
        item = trace(project, last_updated_at="2026-01-01T00:00:01Z")
        api.add_traces(item)
        api.add_traces({**item, "project_name": f"{project}-other", "last_updated_at": "2026-01-01T00:00:02Z"})
        here = api.page("traces", project_name=project)["total"]
        there = api.page("traces", project_name=f"{project}-other")["total"]
        assert here + there == 1

    def test_a_thousand_items(self, api, project):
        items = api.add_traces(*[trace(project) for _ in range(1000)])
        api.add_spans(*[span(project, item["id"]) for item in items])
        assert api.page("traces", project_name=project)["total"] == 1000
        assert api.page("spans", project_name=project)["total"] == 1000


class TestSingleCreateConflicts:
    def test_other_project(self, api, project):
        item = trace(project)
        api.post("/traces", item, expect=201)
        response = api.post("/traces", {**item, "project_name": f"{project}-x"}, expect=409)
        assert error_list(response) == ["Project name and workspace name do not match the existing trace"]
        part = span(project, item["id"])
        api.post("/spans", part, expect=201)
        response = api.post("/spans", {**part, "project_name": f"{project}-x"}, expect=409)
        assert error_list(response) == ["Project name and workspace name do not match the existing span"]

    def test_span_moved_to_another_trace_or_parent(self, api, project):
        part = span(project, uuid7(), parent_span_id=uuid7())
        api.post("/spans", part, expect=201)
        moved = api.post("/spans", {**part, "trace_id": uuid7()}, expect=409)
        assert error_list(moved) == ["trace_id does not match the existing span"]
        reparented = api.post("/spans", {**part, "parent_span_id": uuid7()}, expect=409)
        assert error_list(reparented) == ["parent_span_id does not match the existing span"]


class TestPatch:
    def test_absent_null_and_blank_keep_the_stored_value(self, api, project):
        item = api.add_traces(trace(project, input={"a": 1}, metadata={"m": 1}, tags=["t"], thread_id="th"))[0]
        api.patch(
            f"/traces/{item['id']}",
            {"project_name": project, "name": " ", "input": None, "tags": None, "thread_id": "", "output": {"o": 1}},
        )
        stored = api.trace(item["id"])
        assert stored["name"] == item["name"]
        assert stored["input"] == {"a": 1}
        assert stored["metadata"] == {"m": 1}
        assert stored["tags"] == ["t"]
        assert stored["thread_id"] == "th"
        assert stored["output"] == {"o": 1}

    def test_values_are_replaced_whole(self, api, project):
        item = api.add_traces(trace(project, metadata={"a": 1, "b": {"c": 2}}, tags=["x", "y"]))[0]
        api.patch(f"/traces/{item['id']}", {"project_name": project, "metadata": {"b": {}}, "tags": ["z"]})
        stored = api.trace(item["id"])
        assert stored["metadata"] == {"b": {}}
        assert stored["tags"] == ["z"]
        api.patch(f"/traces/{item['id']}", {"project_name": project, "tags": []})
        assert "tags" not in api.trace(item["id"])

    def test_usage_is_cleared_by_an_empty_object(self, api, project):
        item = api.add_traces(trace(project))[0]
        part = api.add_spans(span(project, item["id"], usage={"total_tokens": 4}))[0]
        api.patch(f"/spans/{part['id']}", {"project_name": project, "trace_id": item["id"], "usage": {}})
        assert "usage" not in api.span(part["id"])
        assert "usage" not in api.trace(item["id"])

    def test_tags_to_add_and_remove(self, api, project):
        item = api.add_traces(trace(project, tags=["a", "b"]))[0]
        api.patch(
            f"/traces/{item['id']}", {"project_name": project, "tags_to_add": ["c"], "tags_to_remove": ["a", "none"]}
        )
        assert sorted(api.trace(item["id"])["tags"]) == ["b", "c"]
        part = api.add_spans(span(project, item["id"], tags=["a"]))[0]
        api.patch(f"/spans/{part['id']}", {"project_name": project, "trace_id": item["id"], "tags_to_add": ["b"]})
        assert sorted(api.span(part["id"])["tags"]) == ["a", "b"]

    def test_end_time_and_error(self, api, project):
        item = api.add_traces(trace(project, start_time="2026-01-01T00:00:00Z"))[0]
        error = {"exception_type": "Boom", "message": "m", "traceback": "t"}
        api.patch(
            f"/traces/{item['id']}",
            {"project_name": project, "end_time": "2026-01-01T00:00:00.0015Z", "error_info": error, "ttft": 4},
        )
        stored = api.trace(item["id"])
        assert stored["duration"] == 1.5
        assert stored["error_info"] == error
        assert stored["ttft"] == 4

    def test_unknown_id_leaves_a_partial_row(self, api, project):
        trace_id = uuid7()
        api.patch(f"/traces/{trace_id}", {"project_name": project, "name": "early", "end_time": "2026-01-01T00:00:00Z"})
        stored = api.trace(trace_id)
        assert stored["start_time"] == "1970-01-01T00:00:00Z"
        assert stored["name"] == "early"
        assert "duration" not in stored

    def test_other_project_conflicts(self, api, project):
        item = api.add_traces(trace(project))[0]
        wrong = api.patch(f"/traces/{item['id']}", {"project_name": f"{project}-x", "name": "n"}, expect=409)
        assert error_list(wrong) == ["Project name and workspace name do not match the existing trace"]
        absent = api.patch(f"/traces/{item['id']}", {"name": "n"}, expect=409)
        assert error_list(absent) == ["Project name and workspace name do not match the existing trace"]

    def test_span_identity(self, api, project):
        parent_span, trace_id = uuid7(), uuid7()
        part = api.add_spans(span(project, trace_id, parent_span_id=parent_span))[0]
        path = f"/spans/{part['id']}"
        update = {"project_name": project, "trace_id": trace_id, "parent_span_id": parent_span, "name": "ok"}
        api.patch(path, update)
        moved = api.patch(path, {**update, "trace_id": uuid7()}, expect=409)
        assert error_list(moved) == ["trace_id does not match the existing span"]
        for wrong in (uuid7(), None):
            response = api.patch(path, {**update, "parent_span_id": wrong}, expect=409)
            assert error_list(response) == ["parent_span_id does not match the existing span"]
        missing = api.patch(path, {"project_name": project, "name": "n"}, expect=422)
        assert error_list(missing) == ["traceId must not be null"]

    @pytest.mark.parametrize(
        ("field", "tags", "ending"),
        [
            ("tags", [f"t{n}" for n in range(51)], "Cannot have more than 50 tags"),
            ("tags_to_add", [f"t{n}" for n in range(51)], "Cannot have more than 50 tags to add"),
            ("tags_to_remove", [f"t{n}" for n in range(51)], "Cannot have more than 50 tags to remove"),
            ("tags", [" "], "Tag must not be blank"),
            ("tags", ["t" * 101], "Tag cannot exceed 100 characters"),
        ],
    )
    def test_tag_rules(self, api, project, field, tags, ending):
        item = api.add_traces(trace(project))[0]
        response = api.patch(f"/traces/{item['id']}", {"project_name": project, field: tags}, expect=422)
        (text,) = error_list(response)
        assert text.endswith(ending)
        camel = {"tags": "tags", "tags_to_add": "tagsToAdd", "tags_to_remove": "tagsToRemove"}[field]
        assert text.startswith(camel)

    def test_setting_a_thread_makes_the_thread(self, api, project):
        item = api.add_traces(trace(project))[0]
        api.patch(f"/traces/{item['id']}", {"project_name": project, "thread_id": "late-thread"})
        thread = api.thread(project, "late-thread")
        assert thread["number_of_messages"] == 2
        assert thread["thread_model_id"]


class TestBatchPatch:
    def test_known_ids_change_and_unknown_ones_are_skipped(self, api, project):
        first, second = api.add_traces(trace(project), trace(f"{project}-b"))
        unknown = uuid7()
        api.patch("/traces/batch", {"ids": [first["id"], second["id"], unknown], "update": {"name": "bulk"}})
        assert api.trace(first["id"])["name"] == api.trace(second["id"])["name"] == "bulk"
        api.get(f"/traces/{unknown}", expect=404)

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"update": {"tags": ["n"]}}, ["n"]),
            ({"update": {"tags": ["n"]}, "merge_tags": True}, ["a", "b", "n"]),
            ({"update": {"tags_to_add": ["n"], "tags_to_remove": ["a"]}}, ["b", "n"]),
            ({"update": {"tags": ["ignored"], "tags_to_add": ["n"]}}, ["a", "b", "n"]),
        ],
    )
    @pytest.mark.parametrize("kind", ["traces", "spans"])
    def test_tags(self, api, project, kind, body, expected):
        parent = api.add_traces(trace(project, tags=["a", "b"]))[0]
        item = parent
        if kind == "spans":
            item = api.add_spans(span(project, parent["id"], tags=["a", "b"]))[0]
            body = {**body, "update": {**body["update"], "trace_id": parent["id"]}}
        api.patch(f"/{kind}/batch", {"ids": [item["id"]], **body})
        assert sorted(api.get(f"/{kind}/{item['id']}").json()["tags"]) == expected

    def test_tag_limit_changes_nothing(self, api, project):
        full = api.add_traces(trace(project, tags=[f"t{n}" for n in range(50)]))[0]
        roomy = api.add_traces(trace(project, tags=["t"]))[0]
        response = api.patch(
            "/traces/batch", {"ids": [full["id"], roomy["id"]], "update": {"tags_to_add": ["new"]}}, expect=422
        )
        assert error_list(response) == ["Tag limit exceeded: maximum 50 tags per item"]
        assert api.trace(roomy["id"])["tags"] == ["t"]

    def test_span_batch_needs_trace_id(self, api, project):
        part = api.add_spans(span(project, uuid7()))[0]
        response = api.patch("/spans/batch", {"ids": [part["id"]], "update": {"name": "n"}}, expect=422)
        assert error_list(response) == ["update.traceId must not be null"]

    def test_size_limits(self, api):
        for ids in ([], [uuid7() for _ in range(1001)]):
            response = api.patch("/traces/batch", {"ids": ids, "update": {"name": "n"}}, expect=422)
            assert error_list(response) == ["ids size must be between 1 and 1000"]


class TestDelete:
    def test_unknown_ids_are_fine(self, api):
        api.delete(f"/traces/{uuid7()}")
        api.post("/traces/delete", {"ids": [uuid7()]}, expect=204)

    def test_single_delete(self, api, project):
        item = api.add_traces(trace(project))[0]
        api.delete(f"/traces/{item['id']}")
        api.get(f"/traces/{item['id']}", expect=404)

    def test_project_id_narrows(self, api, project):
        kept, gone = api.add_traces(trace(f"{project}-kept"), trace(f"{project}-gone"))
        api.post(
            "/traces/delete",
            {"ids": [kept["id"], gone["id"]], "project_id": api.project_id(f"{project}-gone")},
            expect=204,
        )
        api.get(f"/traces/{kept['id']}")
        api.get(f"/traces/{gone['id']}", expect=404)

    def test_spans_cannot_be_deleted_alone(self, api, project):
        part = api.add_spans(span(project, uuid7()))[0]
        response = api.delete(f"/spans/{part['id']}", expect=501)
        assert response.content == b""
        api.span(part["id"])

    def test_statistics_follow(self, api, project):
        items = api.add_traces(trace(project), trace(project))
        api.add_spans(span(project, items[0]["id"], usage={"total_tokens": 3}))
        api.delete(f"/traces/{items[0]['id']}")
        stats = {entry["name"]: entry["value"] for entry in api.stats("traces", project_name=project)}
        assert stats["trace_count"] == 1
        assert "usage.total_tokens" not in stats
