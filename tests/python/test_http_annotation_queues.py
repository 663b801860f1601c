"""Annotation queues: items, progress, locks, and how traces and threads show them."""

import pytest

from harness.api import error_list, error_message, filter_by, score, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http

BASE = "/annotation-queues"
SORTABLE = [
    "id", "project_id", "name", "description", "instructions",
    "created_at", "last_updated_at", "created_by", "last_updated_by",
]  # fmt: skip


@pytest.fixture
def project_id(api, project) -> str:
    return api.post("/projects", {"name": project}, expect=201).headers["Location"].rsplit("/", 1)[1]


def body_of(project_id: str, /, **fields) -> dict:
    return {"project_id": project_id, "name": "a queue", "scope": "trace", **fields}


def create(api, project_id: str, **fields) -> str:
    response = api.post(BASE, body_of(project_id, **fields), expect=201)
    assert response.content == b""
    return response.headers["Location"].rsplit("/", 1)[1]


def queue_of(api, queue: str) -> dict:
    return api.get(f"{BASE}/{queue}").json()


def add(api, queue: str, *ids: str) -> None:
    api.post(f"{BASE}/{queue}/items/add", {"ids": list(ids)}, expect=204)


def queue_filter(queue: str, operator: str = "contains") -> dict:
    return filter_by("annotation_queue_ids", operator, queue)


class TestCrud:
    def test_defaults(self, api, project, project_id):
        queue = create(api, project_id, unknown=1, description=None)
        stored = queue_of(api, queue)
        assert set(stored) == {
            "id", "project_id", "project_name", "name", "description", "instructions", "scope",
            "comments_enabled", "feedback_definition_names", "annotators_per_item", "lock_timeout_seconds",
            "items_count", "created_at", "created_by", "last_updated_at", "last_updated_by",
        }  # fmt: skip
        assert (stored["id"], stored["project_id"], stored["project_name"]) == (queue, project_id, project)
        assert (stored["name"], stored["description"], stored["instructions"]) == ("a queue", "", "")
        assert (stored["scope"], stored["comments_enabled"], stored["feedback_definition_names"]) == (
            "trace",
            False,
            [],
        )
        assert (stored["annotators_per_item"], stored["lock_timeout_seconds"], stored["items_count"]) == (1, 300, 0)
        assert stored["created_by"] == stored["last_updated_by"] == "admin"

    def test_everything(self, api, project_id):
        chosen = uuid7()
        fields = {
            "name": "Prüfung 🔍",
            "description": "about",
            "instructions": "do **this**",
            "scope": "thread",
            "comments_enabled": True,
            "feedback_definition_names": ["Quality", "User feedback"],
            "annotators_per_item": 1000,
            "lock_timeout_seconds": 3600,
            "automation": {
                "enabled": True,
                "conditions": {
                    "groups": [{"conditions": [{"score_name": "acc", "operator": "<", "value": 0.5}]}],
                },
                "max_items_in_queue": 5,
            },
            "annotator_view": {"html": "<b>", "kit_version": "1", "summary": None},
        }
        assert create(api, project_id, id=chosen, **fields) == chosen
        stored = queue_of(api, chosen)
        assert {name: stored[name] for name in fields} == fields

    def test_project_need_not_exist(self, api):
        queue = create(api, uuid7())
        assert "project_name" not in queue_of(api, queue)

    def test_update(self, api, project_id):
        queue = create(
            api, project_id, description="about", feedback_definition_names=["a"], automation={"enabled": True}
        )
        before = queue_of(api, queue)
        api.patch(f"{BASE}/{queue}", {"name": "new", "comments_enabled": True, "instructions": "x", "scope": "thread"})
        stored = queue_of(api, queue)
        assert (stored["name"], stored["instructions"], stored["comments_enabled"]) == ("new", "x", True)
        assert (stored["description"], stored["scope"]) == ("about", "trace")
        assert stored["feedback_definition_names"] == ["a"]
        assert stored["automation"]["enabled"] is True
        assert stored["last_updated_at"] > before["last_updated_at"]
        assert stored["created_at"] == before["created_at"]
        limit = {"enabled": False, "max_items_in_queue": 7}
        api.patch(f"{BASE}/{queue}", {"annotators_per_item": 3, "description": "", "automation": limit})
        stored = queue_of(api, queue)
        assert (stored["annotators_per_item"], stored["description"]) == (3, "")
        assert stored["automation"] == {"enabled": False, "conditions": {"groups": []}, "max_items_in_queue": 7}
        api.patch(f"{BASE}/{queue}", {"automation": {"clear_max_items_in_queue": True}})
        assert queue_of(api, queue)["automation"] == {"enabled": False, "conditions": {"groups": []}}

    def test_unknown(self, api):
        missing = uuid7()
        message = f"Annotation queue not found: '{missing}'"
        for response in (
            api.get(f"{BASE}/{missing}", expect=404),
            api.patch(f"{BASE}/{missing}", {"name": "x"}, expect=404),
            api.post(f"{BASE}/{missing}/items/add", {"ids": [uuid7()]}, expect=404),
            api.post(f"{BASE}/{missing}/items/delete", {"ids": [uuid7()]}, expect=404),
            api.post(f"{BASE}/{missing}/items/search", {"ids": [uuid7()]}, expect=404),
            api.put(f"{BASE}/{missing}/items/{uuid7()}/lock", expect=404),
        ):
            assert error_message(response) == message
        assert api.get(f"{BASE}/{missing}/locks").json() == {"locks": {}}
        api.post(f"{BASE}/delete", {"ids": [missing]}, expect=204)
        api.get(f"{BASE}/no-id", expect=404)

    def test_delete(self, api, project_id):
        queues = [create(api, project_id) for _ in range(2)]
        add(api, queues[0], uuid7(), uuid7())
        api.post(f"{BASE}/delete", {"ids": queues}, expect=204)
        for queue in queues:
            api.get(f"{BASE}/{queue}", expect=404)
        assert error_list(api.post(f"{BASE}/delete", {"ids": []}, expect=422)) == [
            "ids size must be between 1 and 1000"
        ]

    def test_batch(self, api, project_id):
        ids = [uuid7() for _ in range(3)]
        queues = [body_of(project_id, id=queue, name=f"queue {queue}") for queue in ids]
        api.post(f"{BASE}/batch", {"annotation_queues": queues}, expect=204)
        listed = api.page("annotation-queues", filters=[filter_by("project_id", "=", project_id)])
        assert [row["id"] for row in listed["content"]] == ids[::-1]
        response = api.post(f"{BASE}/batch", {"annotation_queues": []}, expect=422)
        assert error_list(response) == ["annotationQueues size must be between 1 and 1000"]
        response = api.post(f"{BASE}/batch", {"annotation_queues": [body_of(project_id), {}]}, expect=422)
        assert sorted(error_list(response)) == [
            "annotationQueues[1].name must not be blank",
            "annotationQueues[1].projectId must not be null",
            "annotationQueues[1].scope must not be null",
        ]

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"name": " "}, "name must not be blank"),
            ({"project_id": None}, "projectId must not be null"),
            ({"scope": None}, "scope must not be null"),
            ({"annotators_per_item": 0}, "annotatorsPerItem must be greater than or equal to 1"),
            ({"annotators_per_item": 1001}, "annotatorsPerItem must be less than or equal to 1000"),
            ({"lock_timeout_seconds": 0}, "lockTimeoutSeconds must be greater than or equal to 1"),
            ({"lock_timeout_seconds": 3601}, "lockTimeoutSeconds must be less than or equal to 3600"),
        ],
    )
    def test_validation(self, api, project_id, fields, expected):
        response = api.post(BASE, body_of(project_id, **fields), expect=422)
        assert error_list(response) == [expected]
        update = {name: value for name, value in fields.items() if value is not None}
        if update:
            queue = create(api, project_id)
            assert error_list(api.patch(f"{BASE}/{queue}", update, expect=422)) == [expected]

    def test_malformed(self, api, project_id):
        api.post(BASE, body_of(project_id, scope="span"), expect=400)
        api.post(BASE, body_of(project_id, project_id="x"), expect=400)
        response = api.post(BASE, body_of(project_id, id="6a4dff8e-43e5-4a4d-9e2c-2c3a3f1d2b1a"), expect=400)
        assert response.json()["details"].endswith("id must be a version 7 UUID")


class TestList:
    def test_pages_filters_and_orders(self, api, project, project_id):
        names = [f"{project} b", f"{project} a", f"{project} c"]
        ids = [
            create(api, project_id, name=name, scope="thread" if name[-1] == "c" else "trace",
                   feedback_definition_names=["Quality"] if name[-1] == "a" else [])
            for name in names
        ]  # fmt: skip
        page = api.page("annotation-queues", name=project.upper())
        assert [row["id"] for row in page["content"]] == ids[::-1]
        assert (page["page"], page["size"], page["total"]) == (1, 3, 3)
        assert page["sortable_by"] == SORTABLE

        def letters(**params) -> str:
            listed = api.page("annotation-queues", name=project, **params)
            return "".join(row["name"][-1] for row in listed["content"])

        assert letters(sorting=[{"field": "name", "direction": "ASC"}]) == "abc"
        assert letters(sorting=[{"field": "created_at", "direction": "DESC"}]) == "cab"
        assert letters(filters=[filter_by("project_id", "=", project_id)]) == "cab"
        assert letters(filters=[filter_by("project_id", "=", uuid7())]) == ""
        assert letters(filters=[filter_by("id", "=", ids[1])]) == "a"
        assert letters(filters=[filter_by("scope", "=", "thread")]) == "c"
        assert letters(filters=[filter_by("feedback_definition_names", "contains", "qual")]) == "a"
        assert letters(filters=[filter_by("name", "ends_with", " B")]) == "b"
        assert letters(filters=[filter_by("created_by", "=", "admin"), filter_by("scope", "=", "trace")]) == "ab"
        assert letters(size=2, page=2) == "b"
        assert letters(size=2, page=3) == ""
        api.get(BASE, filters="x", expect=400)


class TestItems:
    def test_add_and_remove(self, api, project_id):
        queue, ids = create(api, project_id), [uuid7() for _ in range(3)]
        add(api, queue, *ids)
        add(api, queue, ids[0])
        assert queue_of(api, queue)["items_count"] == 3
        api.post(f"{BASE}/{queue}/items/delete", {"ids": [ids[1], uuid7()]}, expect=204)
        api.post(f"{BASE}/{queue}/items/delete", {"ids": [ids[1]]}, expect=204)
        assert queue_of(api, queue)["items_count"] == 2
        found = api.post(f"{BASE}/{queue}/items/search", {"ids": ids}, expect=200).json()
        assert found == {"content": [{"id": ids[0], "source": "manual"}, {"id": ids[2], "source": "manual"}]}
        for action in ("add", "delete", "search"):
            response = api.post(f"{BASE}/{queue}/items/{action}", {"ids": []}, expect=422)
            assert error_list(response) == ["ids size must be between 1 and 1000"]
            too_many = {"ids": [uuid7() for _ in range(1001)]}
            api.post(f"{BASE}/{queue}/items/{action}", too_many, expect=422)

    def test_traces_show_their_queues(self, api, project, project_id):
        first, second = create(api, project_id, name="first"), create(api, project_id, name="second")
        both, one, none = (t["id"] for t in api.add_traces(*(trace(project) for _ in range(3))))
        add(api, first, both, one)
        add(api, second, both)
        refs = [{"id": first, "name": "first"}, {"id": second, "name": "second"}]
        assert api.trace(both)["annotation_queues"] == refs
        assert api.trace(one)["annotation_queues"] == refs[:1]
        assert "annotation_queues" not in api.trace(none)
        listed = {row["id"]: row for row in api.page("traces", project_id=project_id)["content"]}
        assert listed[both]["annotation_queues"] == refs
        assert "annotation_queues" not in listed[none]
        excluded = api.page("traces", project_id=project_id, exclude=["annotation_queues"])["content"]
        assert all("annotation_queues" not in row for row in excluded)
        assert (
            api.search("traces", project_id=project_id, filters=[queue_filter(second)])[0]["annotation_queues"] == refs
        )

        def ids(*filters, **params) -> list[str]:
            page = api.page("traces", project_id=project_id, filters=list(filters), **params)
            assert page["total"] == len(page["content"])
            return sorted(row["id"] for row in page["content"])

        for extra in ({}, {"sorting": [{"field": "duration", "direction": "ASC"}]}):
            assert ids(queue_filter(first), **extra) == sorted([both, one])
            assert ids(queue_filter(second.upper()), **extra) == [both]
            assert ids(queue_filter(first), queue_filter(second), **extra) == [both]
            assert ids(queue_filter(second, "not_contains"), **extra) == sorted([one, none])
            assert ids(queue_filter(first, "="), **extra) == sorted([both, one])
            assert ids(filter_by("annotation_queue_ids", "is_empty"), **extra) == [none]
            assert ids(filter_by("annotation_queue_ids", "is_not_empty"), **extra) == sorted([both, one])
            assert ids(queue_filter(uuid7()), **extra) == []
        stats = api.stats("traces", project_id=project_id, filters=[queue_filter(first)])
        assert stats[0] == {"type": "COUNT", "name": "trace_count", "value": 2}
        stats = api.stats("traces", project_id=project_id, annotation_queue_id=second)
        assert stats[0]["value"] == 1

    def test_payload_filters_within_a_queue(self, api, project, project_id):
        queue = create(api, project_id)
        wanted, other, outside = (
            t["id"]
            for t in api.add_traces(
                trace(project, input={"q": "needle"}),
                trace(project, input={"q": "hay"}),
                trace(project, input={"q": "needle"}),
            )
        )
        add(api, queue, wanted, other)
        page = api.page(
            "traces", project_id=project_id, filters=[queue_filter(queue), filter_by("input", "contains", "needle")]
        )
        assert [row["id"] for row in page["content"]] == [wanted]
        page = api.page("traces", project_id=project_id, annotation_queue_id=queue, search="needle")
        assert [row["id"] for row in page["content"]] == [wanted]
        assert outside != wanted

    def test_scores_and_comments_of_the_queue_only(self, api, project, project_id):
        queue = create(api, project_id)
        (item,) = (t["id"] for t in api.add_traces(trace(project)))
        add(api, queue, item)
        api.score_traces(score(item, "acc", 0.25, project), score(item, "acc", 0.75, project, source_queue_id=queue))
        api.post(f"/traces/{item}/comments", {"text": "inside", "source_queue_id": queue}, expect=201)
        api.post(f"/traces/{item}/comments", {"text": "outside"}, expect=201)
        (row,) = api.page("traces", project_id=project_id, annotation_queue_id=queue)["content"]
        assert row["feedback_scores"][0]["value"] == 0.75
        assert [comment["text"] for comment in row["comments"]] == ["inside"]
        assert api.trace(item)["feedback_scores"][0]["value"] == 0.5

    def test_threads_show_their_queues(self, api, project, project_id):
        api.add_traces(trace(project, thread_id="in"), trace(project, thread_id="out"))
        threads = {name: api.thread(project, name) for name in ("in", "out")}
        queue = create(api, project_id, scope="thread", name="threads")
        add(api, queue, threads["in"]["thread_model_id"])
        refs = [{"id": queue, "name": "threads"}]
        assert api.thread(project, "in")["annotation_queues"] == refs
        assert "annotation_queues" not in api.thread(project, "out")

        def ids(**params) -> list[str]:
            return sorted(row["id"] for row in api.page("traces/threads", project_id=project_id, **params)["content"])

        assert ids(filters=[queue_filter(queue)]) == ["in"]
        assert ids(filters=[queue_filter(queue, "not_contains")]) == ["out"]
        assert ids(filters=[filter_by("annotation_queue_ids", "is_empty")]) == ["out"]
        assert ids(annotation_queue_id=queue) == ["in"]
        found = api.search("traces/threads", project_id=project_id, filters=[queue_filter(queue)])
        assert [row["id"] for row in found] == ["in"]

    def test_deleted_traces_and_threads_leave(self, api, project, project_id):
        kept, gone = (t["id"] for t in api.add_traces(trace(project), trace(project, thread_id="t")))
        thread = api.thread(project, "t")["thread_model_id"]
        queue, threads = create(api, project_id), create(api, project_id, scope="thread")
        add(api, queue, kept, gone)
        add(api, threads, thread)
        api.delete(f"/traces/{gone}")
        assert queue_of(api, queue)["items_count"] == 1
        api.post("/traces/threads/delete", {"project_name": project, "thread_ids": ["t"]}, expect=204)
        assert queue_of(api, threads)["items_count"] == 0
        api.post(f"{BASE}/delete", {"ids": [queue]}, expect=204)
        assert "annotation_queues" not in api.trace(kept)


class TestProgress:
    def test_only_what_was_given_in_the_queue_counts(self, api, project, project_id):
        queue = create(api, project_id, feedback_definition_names=["acc", "tone"])
        first, second, outside = (t["id"] for t in api.add_traces(*(trace(project) for _ in range(3))))
        add(api, queue, first, second)
        api.score_traces(
            score(first, "acc", 1, project, source_queue_id=queue),
            score(second, "acc", 0.5, project, source_queue_id=queue),
            # Not in the queue, of another name, on no item, in another queue.
            score(second, "tone", 0.1, project),
            score(second, "other", 0.1, project, source_queue_id=queue),
            score(outside, "acc", 0.1, project, source_queue_id=queue),
            score(second, "tone", 0.1, project, source_queue_id=uuid7()),
        )
        stored = queue_of(api, queue)
        assert stored["reviewers"] == [{"username": "admin", "status": 2}]
        assert stored["feedback_scores"] == [{"name": "acc", "value": 0.75}]
        listed = api.page("annotation-queues", filters=[filter_by("id", "=", queue)])["content"][0]
        assert listed == stored
        api.post(f"{BASE}/{queue}/items/delete", {"ids": [first]}, expect=204)
        stored = queue_of(api, queue)
        assert stored["reviewers"] == [{"username": "admin", "status": 1}]
        assert stored["feedback_scores"] == [{"name": "acc", "value": 0.5}]

    def test_comments_count_for_reviewers(self, api, project, project_id):
        queue = create(api, project_id, comments_enabled=True)
        (item,) = (t["id"] for t in api.add_traces(trace(project)))
        add(api, queue, item)
        assert "reviewers" not in queue_of(api, queue)
        api.post(f"/traces/{item}/comments", {"text": "elsewhere"}, expect=201)
        assert "reviewers" not in queue_of(api, queue)
        api.post(f"/traces/{item}/comments", {"text": "here", "source_queue_id": queue}, expect=201)
        stored = queue_of(api, queue)
        assert stored["reviewers"] == [{"username": "admin", "status": 1}]
        assert "feedback_scores" not in stored

    def test_threads(self, api, project, project_id):
        api.add_traces(trace(project, thread_id="t"))
        thread = api.thread(project, "t")["thread_model_id"]
        api.put("/traces/threads/close", {"project_name": project, "thread_id": "t"})
        queue = create(api, project_id, scope="thread", feedback_definition_names=["acc"])
        add(api, queue, thread)
        api.score_threads(
            {
                "thread_id": "t",
                "project_name": project,
                "name": "acc",
                "value": 0.5,
                "source": "ui",
                "source_queue_id": queue,
            }
        )
        stored = queue_of(api, queue)
        assert stored["reviewers"] == [{"username": "admin", "status": 1}]
        assert stored["feedback_scores"] == [{"name": "acc", "value": 0.5}]


class TestLocks:
    def test_lock_and_heartbeat(self, api, project_id):
        queue, item = create(api, project_id), uuid7()
        add(api, queue, item)
        first = api.put(f"{BASE}/{queue}/items/{item}/lock", expect=200).json()
        assert set(first) == {"acquired", "item_id", "locked_by", "expires_at"}
        assert (first["acquired"], first["item_id"], first["locked_by"]) == (True, item, "admin")
        again = api.put(f"{BASE}/{queue}/items/{item}/lock", expect=200).json()
        assert again["acquired"] and again["expires_at"] > first["expires_at"]
        assert api.get(f"{BASE}/{queue}/locks").json() == {"locks": {item: {"active_locks": 1, "locked_by": ["admin"]}}}

    def test_annotated_items_are_not_locked_again(self, api, project, project_id):
        queue = create(api, project_id, feedback_definition_names=["acc"])
        (item,) = (t["id"] for t in api.add_traces(trace(project)))
        add(api, queue, item)
        api.score_traces(score(item, "acc", 1, project, source_queue_id=queue))
        refused = api.put(f"{BASE}/{queue}/items/{item}/lock", expect=200).json()
        assert refused == {"acquired": False, "item_id": item, "locked_by": "admin"}
        assert api.get(f"{BASE}/{queue}/locks").json() == {"locks": {}}
        api.patch(f"{BASE}/{queue}", {"annotators_per_item": 2})
        assert api.put(f"{BASE}/{queue}/items/{item}/lock", expect=200).json()["acquired"]


class TestAutomation:
    @staticmethod
    def automation(*groups: list[tuple[str, str, float]], **fields) -> dict:
        conditions = [
            {"conditions": [{"score_name": n, "operator": o, "value": v} for n, o, v in group]} for group in groups
        ]
        return {"enabled": True, "conditions": {"groups": conditions}, **fields}

    def test_fitting_traces_join(self, api, project, project_id):
        rule = self.automation([("acc", "<", 0.5), ("tone", ">", 0.1)], [("bad", "=", 1)])
        queue = create(api, project_id, automation=rule)
        low, half, bad, fine = (t["id"] for t in api.add_traces(*(trace(project) for _ in range(4))))
        api.score_traces(
            score(low, "acc", 0.2, project),
            score(low, "tone", 0.2, project),
            score(half, "acc", 0.2, project),
            score(bad, "bad", 1, project),
            score(fine, "acc", 0.5, project),
            score(fine, "tone", 0.5, project),
        )
        found = api.post(f"{BASE}/{queue}/items/search", {"ids": [low, half, bad, fine]}, expect=200).json()
        assert found["content"] == [{"id": low, "source": "automated"}, {"id": bad, "source": "automated"}]
        assert queue_of(api, queue)["items_count"] == 2
        # The second condition comes later.
        api.put(f"/traces/{half}/feedback-scores", {"name": "tone", "value": 0.9, "source": "ui"})
        assert queue_of(api, queue)["items_count"] == 3

    def test_limit_switch_and_empty_rules(self, api, project, project_id):
        full = create(api, project_id, automation=self.automation([("acc", ">", 0)], max_items_in_queue=1))
        off = create(api, project_id, automation=self.automation([("acc", ">", 0)]) | {"enabled": False})
        empty = create(api, project_id, automation=self.automation([]))
        other = create(api, uuid7(), automation=self.automation([("acc", ">", 0)]))
        threads = create(api, project_id, scope="thread", automation=self.automation([("acc", ">", 0)]))
        traces = [t["id"] for t in api.add_traces(*(trace(project) for _ in range(3)))]
        api.score_traces(*(score(item, "acc", 1, project) for item in traces))
        counts = [queue_of(api, queue)["items_count"] for queue in (full, off, empty, other, threads)]
        assert counts == [1, 0, 0, 0, 0]

    def test_threads_join(self, api, project, project_id):
        api.add_traces(trace(project, thread_id="t"))
        thread = api.thread(project, "t")["thread_model_id"]
        api.put("/traces/threads/close", {"project_name": project, "thread_id": "t"})
        queue = create(api, project_id, scope="thread", automation=self.automation([("acc", ">", 0)]))
        api.score_threads({"thread_id": "t", "project_name": project, "name": "acc", "value": 1, "source": "ui"})
        found = api.post(f"{BASE}/{queue}/items/search", {"ids": [thread]}, expect=200).json()
        assert found["content"] == [{"id": thread, "source": "automated"}]
