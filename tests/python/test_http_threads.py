"""Threads: conversations made of traces that carry one `thread_id`."""

import datetime
import time

import pytest

from harness.api import Api, error_list, error_message, filter_by, score, span, times, trace
from harness.ids import now, uuid7
from harness.server import Server

pytestmark = pytest.mark.http


def conversation(project: str, thread_id: str, turns: int, **fields) -> list[dict]:
    """Traces of one thread, ten seconds apart and one second long each."""
    start = now() - datetime.timedelta(hours=1)
    return [
        trace(
            project,
            thread_id=thread_id,
            input={"turn": turn},
            output={"reply": turn},
            **times(1000, start + datetime.timedelta(seconds=10 * turn)),
            **fields,
        )
        for turn in range(turns)
    ]


class TestObject:
    def test_fields(self, api, project):
        items = conversation(project, "chat", 3, environment="staging")
        api.add_traces(*items)
        thread = api.thread(project, "chat")
        assert thread["id"] == "chat"
        assert thread["project_id"] == api.project_id(project)
        assert thread["start_time"][:19] == items[0]["start_time"][:19]
        assert thread["end_time"][:19] == items[2]["end_time"][:19]
        assert thread["duration"] == 21_000.0
        assert thread["first_message"] == {"turn": 0}
        assert thread["last_message"] == {"reply": 2}
        assert thread["number_of_messages"] == 6
        assert thread["status"] == "active"
        assert thread["environment"] == "staging"
        assert thread["created_by"] == thread["last_updated_by"] == "admin"
        for absent in ("usage", "total_estimated_cost", "feedback_scores", "comments", "tags"):
            assert absent not in thread

    def test_no_ended_trace(self, api, project):
        api.add_traces(trace(project, thread_id="open", input={"q": 1}))
        thread = api.thread(project, "open")
        assert thread["first_message"] == {"q": 1}
        for absent in ("end_time", "duration", "last_message"):
            assert absent not in thread
        assert thread["environment"] == ""

    def test_trace_scores_and_comments_are_not_those_of_the_thread(self, api, project):
        item = api.add_traces(trace(project, thread_id="t", tags=["trace-tag"]))[0]
        api.score_traces(score(item["id"], "s", 1, project))
        thread = api.thread(project, "t")
        assert "feedback_scores" not in thread
        assert "tags" not in thread

    def test_messages_are_truncated_on_request(self, api, project):
        api.add_traces(trace(project, thread_id="t", input={"x": "y" * 20_000}, output={"x": "z" * 20_000}, **times(1)))
        thread = api.thread(project, "t", truncate=True)
        assert len(thread["first_message"]) == len(thread["last_message"]) == 10001
        (row,) = api.page("traces/threads", project_name=project, truncate=True)["content"]
        assert row["first_message"] == thread["first_message"]
        assert api.thread(project, "t")["first_message"] == {"x": "y" * 20_000}

    def test_model_id_carries_the_earliest_trace_time(self, api, project):
        moment = datetime.datetime(2026, 2, 1, tzinfo=datetime.UTC)
        later = moment + datetime.timedelta(days=1)
        api.add_traces(trace(project, id=uuid7(later), thread_id="t"), trace(project, id=uuid7(moment), thread_id="t"))
        model_id = api.thread(project, "t")["thread_model_id"]
        assert int(model_id.replace("-", "")[:12], 16) == int(moment.timestamp() * 1000)

    def test_same_thread_id_in_two_projects(self, api, project):
        api.add_traces(trace(f"{project}-a", thread_id="t"), trace(f"{project}-b", thread_id="t"))
        first, second = api.thread(f"{project}-a", "t"), api.thread(f"{project}-b", "t")
        assert first["thread_model_id"] != second["thread_model_id"]
        assert first["number_of_messages"] == second["number_of_messages"] == 2


class TestLifecycle:
    def test_open_and_close(self, api, project):
        api.add_traces(*conversation(project, "t", 1))
        api.put("/traces/threads/close", {"project_name": project, "thread_id": "t"})
        assert api.thread(project, "t")["status"] == "inactive"
        api.put("/traces/threads/open", {"project_id": api.project_id(project), "thread_id": "t"})
        assert api.thread(project, "t")["status"] == "active"

    def test_closing_several(self, api, project):
        api.add_traces(*conversation(project, "a", 1), *conversation(project, "b", 1))
        api.put("/traces/threads/close", {"project_name": project, "thread_ids": ["a", "b"]})
        statuses = {row["id"]: row["status"] for row in api.page("traces/threads", project_name=project)["content"]}
        assert statuses == {"a": "inactive", "b": "inactive"}

    def test_a_later_trace_reopens(self, api, project):
        api.add_traces(*conversation(project, "t", 1))
        model_id = api.thread(project, "t")["thread_model_id"]
        api.put("/traces/threads/close", {"project_name": project, "thread_id": "t"})
        api.post("/traces", trace(project, thread_id="t"), expect=201)
        thread = api.thread(project, "t")
        assert (thread["status"], thread["thread_model_id"]) == ("active", model_id)

    def test_idle_threads_are_closed(self, tmp_path):
        """The background job looks every 15 seconds; the time-out is a setting of the workspace."""
        server = Server(tmp_path / "data").start()
        api = Api(server.root)
        api.put("/workspaces/configurations", {"timeout_to_mark_thread_as_inactive": "PT1S"})
        api.add_traces(*conversation("p", "idle", 1))
        assert api.thread("p", "idle")["status"] == "active"
        deadline = time.monotonic() + 45
        while api.thread("p", "idle")["status"] == "active":
            assert time.monotonic() < deadline, "the thread was never closed"
            time.sleep(0.5)
        api.add_traces(trace("p", thread_id="idle"))
        assert api.thread("p", "idle")["status"] == "active"
        assert server.stop() == 0

    def test_scores_make_the_thread_and_any_status_takes_them(self, api, project):
        api.add_traces(trace(project))
        body = {"thread_id": "new", "name": "n", "value": 0.5, "source": "sdk", "project_name": project, "reason": "r"}
        api.score_threads(body)
        api.add_traces(*conversation(project, "new", 1))
        (entry,) = api.thread(project, "new")["feedback_scores"]
        assert (entry["name"], entry["value"], entry["reason"]) == ("n", 0.5, "r")
        api.put("/traces/threads/close", {"project_name": project, "thread_id": "new"})
        api.score_threads({**body, "value": 1})
        assert api.thread(project, "new")["feedback_scores"][0]["value"] == 1

    def test_deleting_scores(self, api, project):
        api.add_traces(*conversation(project, "t", 1))
        for name in ("a", "b", "c"):
            api.score_threads({"thread_id": "t", "name": name, "value": 1, "source": "ui", "project_name": project})
        api.post(
            "/traces/threads/feedback-scores/delete",
            {"project_name": project, "thread_id": "t", "names": ["a", "b", "none"]},
            expect=204,
        )
        assert [entry["name"] for entry in api.thread(project, "t")["feedback_scores"]] == ["c"]

    def test_delete_takes_the_traces_along(self, api, project):
        gone, kept = conversation(project, "gone", 2), conversation(project, "kept", 1)
        api.add_traces(*gone, *kept)
        part = api.add_spans(span(project, gone[0]["id"]))[0]
        model_id = api.thread(project, "gone")["thread_model_id"]
        api.score_threads({"thread_id": "gone", "name": "n", "value": 1, "source": "ui", "project_name": project})
        api.post(f"/traces/threads/{model_id}/comments", {"text": "c"}, expect=201)
        api.post("/traces/threads/delete", {"project_name": project, "thread_ids": ["gone", "never"]}, expect=204)
        assert api.ids("traces/threads", project_name=project) == ["kept"]
        for item in gone:
            api.get(f"/traces/{item['id']}", expect=404)
        api.get(f"/spans/{part['id']}", expect=404)
        api.trace(kept[0]["id"])
        # A new thread of that name is another thread, without the scores of the old one.
        api.add_traces(trace(project, thread_id="gone"))
        fresh = api.thread(project, "gone")
        assert fresh["thread_model_id"] != model_id
        assert "feedback_scores" not in fresh
        assert "comments" not in fresh

    def test_deleting_every_trace_empties_the_list(self, api, project):
        items = conversation(project, "t", 2)
        api.add_traces(*items)
        api.post("/traces/delete", {"ids": [items[1]["id"]]}, expect=204)
        assert api.thread(project, "t")["number_of_messages"] == 2
        assert api.thread(project, "t")["last_message"] == {"reply": 0}
        api.post("/traces/delete", {"ids": [items[0]["id"]]}, expect=204)
        assert api.ids("traces/threads", project_name=project) == []


class TestTags:
    def test_single(self, api, project):
        api.add_traces(*conversation(project, "t", 1))
        path = f"/traces/threads/{api.thread(project, 't')['thread_model_id']}"
        api.patch(path, {"tags": ["a", "b"]})
        assert sorted(api.thread(project, "t")["tags"]) == ["a", "b"]
        api.patch(path, {"tags_to_add": ["c"], "tags_to_remove": ["a"]})
        assert sorted(api.thread(project, "t")["tags"]) == ["b", "c"]
        api.patch(path, {"tags": []})
        assert "tags" not in api.thread(project, "t")

    def test_unknown(self, api):
        missing = uuid7()
        response = api.patch(f"/traces/threads/{missing}", {"tags": ["a"]}, expect=404)
        assert error_message(response) == f"Thread id: {missing} not found"

    def test_batch(self, api, project):
        api.add_traces(*conversation(project, "a", 1), *conversation(project, "b", 1))
        ids = [row["thread_model_id"] for row in api.page("traces/threads", project_name=project)["content"]]
        api.patch("/traces/threads/batch", {"ids": ids, "update": {"tags": ["x"]}})
        api.patch("/traces/threads/batch", {"ids": [*ids, uuid7()], "update": {"tags": ["y"]}, "merge_tags": True})
        for thread_id in ("a", "b"):
            assert sorted(api.thread(project, thread_id)["tags"]) == ["x", "y"]
        too_many = {"ids": ids, "update": {"tags_to_add": [f"t{n}" for n in range(49)]}}
        response = api.patch("/traces/threads/batch", too_many, expect=422)
        assert error_list(response) == ["Tag limit exceeded: maximum 50 tags per item"]


class TestErrors:
    @pytest.mark.parametrize(
        ("method", "path", "body", "sentence"),
        [
            ("PUT", "close", {"thread_id": "t"}, "Either 'projectName' or 'projectId' must be provided."),
            ("PUT", "close", {"project_name": "p"}, "Either 'threadId' or 'threadIds' must be provided."),
            (
                "PUT",
                "close",
                {"project_name": "p", "thread_id": "t", "thread_ids": ["u"]},
                "Cannot provide both 'threadId' and 'threadIds'. Use 'threadId' for single operations or 'threadIds' "
                "for batch operations.",
            ),
            (
                "POST",
                "retrieve",
                {"thread_id": "t"},
                "The request body must provide either a project_name or a project_id",
            ),
            ("POST", "retrieve", {"project_name": "p"}, "threadId must not be blank"),
            ("PUT", "open", {"project_name": "p"}, "threadId must not be blank"),
            ("POST", "delete", {"project_name": "p", "thread_ids": []}, "threadIds size must be between 1 and 1000"),
        ],
    )
    def test_sentences(self, api, method, path, body, sentence):
        response = api.call(method, f"/traces/threads/{path}", 422, json=body)
        assert error_list(response) == [sentence]

    @pytest.mark.parametrize(
        ("method", "path", "body"), [("PUT", "open", {"thread_id": "t"}), ("POST", "delete", {"thread_ids": ["t"]})]
    )
    def test_a_project_is_needed(self, api, method, path, body):
        response = api.call(method, f"/traces/threads/{path}", 422, json=body)
        assert error_list(response)[0] in (
            "Either 'projectName' or 'projectId' must be provided.",
            "The request body must provide either a project_name or a project_id",
        )

    def test_unknown_threads(self, api, project):
        api.add_traces(trace(project))
        retrieved = api.post("/traces/threads/retrieve", {"project_name": project, "thread_id": "none"}, expect=404)
        assert error_message(retrieved) == "Trace Thread id: none not found"
        closed = api.put("/traces/threads/close", {"project_name": project, "thread_id": "none"}, expect=404)
        assert error_message(closed) == "Thread '[none]' not found:"


class TestListAndSearch:
    def test_default_order_is_last_activity(self, api, project):
        for name in ("a", "b", "c"):
            api.add_traces(*conversation(project, name, 1))
        api.add_traces(trace(project, thread_id="a"))
        assert api.ids("traces/threads", project_name=project) == ["a", "c", "b"]

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (("id", "=", "Long"), {"Long"}),
            (("id", "=", "long"), set()),
            (("id", "contains", "ort"), {"short"}),
            (("number_of_messages", ">=", "6"), {"Long"}),
            (("duration", "<", "5000"), {"short"}),
            (("first_message", "contains", "TURN"), {"Long", "short"}),
            (("last_message", "contains", '"reply":2'), {"Long"}),
            (("status", "=", "inactive"), {"short"}),
            (("status", "in", "active,inactive"), {"Long", "short"}),
            (("status", "!=", "inactive"), {"Long"}),
            (("feedback_scores", ">", "0.5", "N"), {"Long"}),
            (("feedback_scores", "is_empty", "", "n"), {"short"}),
            (("tags", "contains", "impor"), {"Long"}),
            (("environment", "=", "production"), {"short"}),
            (("start_time", ">", "2021-01-01T00:00:00Z"), {"Long", "short"}),
            (("created_at", "<", "2021-01-01T00:00:00Z"), set()),
            (("source", "=", "sdk"), {"Long", "short"}),
        ],
        ids=lambda value: str(value)[:50],
    )
    def test_filters(self, api, project, condition, expected):
        api.add_traces(*conversation(project, "Long", 3), *conversation(project, "short", 1, environment="production"))
        api.put("/traces/threads/close", {"project_name": project, "thread_id": "short"})
        api.score_threads({"thread_id": "Long", "name": "n", "value": 1, "source": "sdk", "project_name": project})
        api.patch(f"/traces/threads/{api.thread(project, 'Long')['thread_model_id']}", {"tags": ["Important"]})
        filters = [filter_by(*condition)]
        page = api.page("traces/threads", project_name=project, filters=filters)
        assert {row["id"] for row in page["content"]} == expected
        assert page["total"] == len(expected)
        assert {row["id"] for row in api.search("traces/threads", project_name=project, filters=filters)} == expected

    def test_text_search_keeps_whole_threads(self, api, project):
        api.add_traces(*conversation(project, "t", 2), trace(project, thread_id="t", input={"text": "Needle"}))
        (row,) = api.page("traces/threads", project_name=project, search="needle")["content"]
        assert row["number_of_messages"] == 6
        assert api.ids("traces/threads", project_name=project, search="absent") == []

    @pytest.mark.parametrize("cursor_field", ["thread_model_id", "id"])
    def test_search_cursor(self, api, project, cursor_field):
        for name in "abcde":
            api.add_traces(*conversation(project, name, 1))
        expected = [row["thread_model_id"] for row in api.search("traces/threads", project_name=project)]
        assert expected == sorted(expected, reverse=True)
        found, cursor = [], None
        while len(found) < 10:
            body = {"project_name": project, "limit": 2}
            if cursor:
                body["last_retrieved_thread_model_id"] = cursor
            page = api.search("traces/threads", **body)
            found += [row["thread_model_id"] for row in page]
            if len(page) < 2:
                break
            cursor = page[-1][cursor_field]
        assert found == expected

    def test_unknown_exclude_names_are_tolerated(self, api, project):
        api.add_traces(*conversation(project, "t", 1))
        page = api.page("traces/threads", project_name=project, exclude=["feedback_scores", "whatever"])
        assert page["total"] == 1
