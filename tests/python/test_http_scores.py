"""Feedback scores, comments and guardrail results."""

import pytest

from harness.api import error_list, error_message, score, span, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http


@pytest.fixture
def item(api, project):
    return api.add_traces(trace(project))[0]


def scores_of(api, trace_id: str) -> dict[str, dict]:
    return {entry["name"]: entry for entry in api.trace(trace_id).get("feedback_scores", [])}


class TestWriting:
    def test_single_score(self, api, item):
        api.put(
            f"/traces/{item['id']}/feedback-scores",
            {"name": "taste", "value": 0.75, "source": "ui", "reason": " because ", "category_name": " good "},
        )
        (entry,) = api.trace(item["id"])["feedback_scores"]
        assert entry["name"] == "taste"
        assert entry["value"] == 0.75
        assert entry["source"] == "ui"
        assert entry["reason"] == "because"
        assert entry["category_name"] == "good"
        assert entry["created_by"] == entry["last_updated_by"] == "admin"
        assert set(entry["value_by_author"]) == {"admin"}
        by_author = entry["value_by_author"]["admin"]
        assert (by_author["value"], by_author["source"], by_author["author"]) == (0.75, "ui", "admin")
        assert (by_author["span_type"], by_author["span_id"]) == ("", "")

    def test_empty_reason_and_category_are_omitted(self, api, item):
        api.put(f"/traces/{item['id']}/feedback-scores", {"name": "s", "value": 1, "source": "sdk"})
        (entry,) = api.trace(item["id"])["feedback_scores"]
        assert "reason" not in entry
        assert "category_name" not in entry

    def test_same_key_is_rewritten(self, api, project, item):
        api.score_traces(score(item["id"], "s", 1, project))
        first = scores_of(api, item["id"])["s"]
        api.score_traces(score(item["id"], "s", 0.25, project, source="ui"))
        second = scores_of(api, item["id"])["s"]
        assert second["value"] == 0.25
        assert second["source"] == "ui"
        assert second["created_at"] == first["created_at"]
        assert second["last_updated_at"] > first["last_updated_at"]

    def test_author_in_a_batch_is_ignored(self, api, project, item):
        api.score_traces(score(item["id"], "s", 1, project, author="mallory"))
        assert set(scores_of(api, item["id"])["s"]["value_by_author"]) == {"admin"}

    def test_unknown_entities(self, api):
        body = {"name": "s", "value": 1, "source": "sdk"}
        missing = uuid7()
        traced = api.put(f"/traces/{missing}/feedback-scores", body, expect=404)
        assert error_message(traced) == f"Trace id: {missing} not found"
        spanned = api.put(f"/spans/{missing}/feedback-scores", body, expect=404)
        assert error_message(spanned) == f"Span id: {missing} not found"

    def test_batch_before_the_entity(self, api, project):
        later = uuid7()
        api.score_traces(score(later, "s", 1, project))
        api.add_traces(trace(project, id=later))
        assert scores_of(api, later)["s"]["value"] == 1

    def test_wrong_project_still_reaches_the_entity(self, api, project, item):
        api.score_traces(score(item["id"], "s", 1, f"{project}-typo"))
        assert scores_of(api, item["id"])["s"]["value"] == 1

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            (0.123456789, 0.123456789),
            (0.1234567899, 0.123456789),
            (-999999999.5, -999999999.5),
            (7, 7),
            (True, None),
        ],
    )
    def test_precision(self, api, project, item, sent, stored):
        body = {"scores": [score(item["id"], "s", sent, project)]}
        if stored is None:
            api.put("/traces/feedback-scores", body, expect=400)
            return
        api.put("/traces/feedback-scores", body)
        assert scores_of(api, item["id"])["s"]["value"] == pytest.approx(stored, abs=1e-9, rel=1e-15)

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": " "}, "name must not be blank"),
            ({"name": None}, "name must not be blank"),
            ({"value": None}, "value must not be null"),
            ({"value": 1e9}, "value must be less than or equal to 999999999.999999999"),
            ({"value": -1e9}, "value must be greater than or equal to -999999999.999999999"),
            ({"source": None}, "source must not be null"),
        ],
    )
    def test_validation(self, api, project, item, fields, sentence):
        body = {**score(item["id"], "s", 1, project), **fields}
        batch = api.put("/traces/feedback-scores", {"scores": [body]}, expect=422)
        assert error_list(batch) == [f"scores[0].{sentence}"]
        single = {key: value for key, value in body.items() if key not in ("id", "project_name")}
        assert error_list(api.put(f"/traces/{item['id']}/feedback-scores", single, expect=422)) == [sentence]

    def test_unknown_source(self, api, project, item):
        response = api.put("/traces/feedback-scores", {"scores": [score(item["id"], "s", 1, source="x")]}, expect=400)
        assert error_message(response).startswith("Unable to process JSON")

    def test_assertion_results_stay_out_of_the_scores(self, api, project, item):
        api.score_traces(score(item["id"], "passes", 1, project, category_name="suite_assertion"))
        assert "feedback_scores" not in api.trace(item["id"])


class TestAggregation:
    def test_reasons_and_categories_are_joined(self, api, project, item):
        queues = [uuid7(), uuid7()]
        for queue, value, reason in zip(queues, (1, 2), ("why", None), strict=True):
            fields = {"reason": reason} if reason else {}
            api.score_traces(score(item["id"], "s", value, project, source_queue_id=queue, **fields))
        entry = scores_of(api, item["id"])["s"]
        assert entry["value"] == 1.5
        assert sorted(entry["reason"].split(", ")) == ["<no reason>", "why"]
        assert entry["category_name"] == ", "
        assert set(entry["created_by"].split(", ")) == {"admin"}
        assert set(entry["value_by_author"]) == {f"admin_{queue}" for queue in queues}

    def test_mean_has_nine_digits(self, api, project, item):
        for value in (1, 0, 0):
            api.score_traces(score(item["id"], "s", value, project, source_queue_id=uuid7()))
        assert scores_of(api, item["id"])["s"]["value"] == pytest.approx(1 / 3, abs=1e-9)

    def test_span_scores_on_the_trace(self, api, project, item):
        first, second = api.add_spans(span(project, item["id"], type="llm"), span(project, item["id"], type="tool"))
        api.score_spans(score(first["id"], "s", 1, project), score(second["id"], "s", 0, project))
        stored = api.trace(item["id"])
        assert "feedback_scores" not in stored
        (entry,) = stored["span_feedback_scores"]
        assert entry["value"] == 0.5
        assert set(entry["value_by_author"]) == {f"admin_{first['id']}", f"admin_{second['id']}"}
        detail = entry["value_by_author"][f"admin_{first['id']}"]
        assert (detail["span_type"], detail["span_id"]) == ("llm", first["id"])
        (listed,) = api.page("traces", project_name=project)["content"]
        assert listed["span_feedback_scores"][0]["value"] == 0.5


class TestDeleting:
    @pytest.mark.parametrize("kind", ["traces", "spans"])
    def test_by_name(self, api, project, item, kind):
        entity = item if kind == "traces" else api.add_spans(span(project, item["id"]))[0]
        api.put(
            f"/{kind}/feedback-scores",
            {"scores": [score(entity["id"], "a", 1, project), score(entity["id"], "b", 1, project)]},
        )
        api.post(f"/{kind}/{entity['id']}/feedback-scores/delete", {"name": "a"}, expect=204)
        stored = api.get(f"/{kind}/{entity['id']}").json()
        assert [entry["name"] for entry in stored["feedback_scores"]] == ["b"]
        api.post(f"/{kind}/{entity['id']}/feedback-scores/delete", {"name": "never"}, expect=204)

    def test_queue_entries_survive_unless_named(self, api, project, item):
        queue = uuid7()
        api.score_traces(score(item["id"], "s", 1, project), score(item["id"], "s", 0, project, source_queue_id=queue))
        path = f"/traces/{item['id']}/feedback-scores/delete"
        api.post(path, {"name": "s"}, expect=204)
        assert set(scores_of(api, item["id"])["s"]["value_by_author"]) == {f"admin_{queue}"}
        api.post(path, {"name": "s", "author": "someone else", "source_queue_id": queue}, expect=204)
        assert "s" in scores_of(api, item["id"])
        api.post(path, {"name": "s", "author": "admin", "source_queue_id": queue}, expect=204)
        assert scores_of(api, item["id"]) == {}

    def test_blank_name(self, api, item):
        response = api.post(f"/traces/{item['id']}/feedback-scores/delete", {"name": " "}, expect=422)
        assert error_list(response) == ["name must not be blank"]


class TestNames:
    def test_traces(self, api, project, item):
        api.score_traces(score(item["id"], "zeta", 1, project), score(item["id"], "Alpha", 1, project))
        names = api.get("/traces/feedback-scores/names", project_id=api.project_id(project)).json()
        assert names == {"scores": [{"name": "Alpha"}, {"name": "zeta"}]}
        everywhere = [entry["name"] for entry in api.get("/traces/feedback-scores/names").json()["scores"]]
        assert {"Alpha", "zeta"} <= set(everywhere)
        api.get("/traces/feedback-scores/names", expect=404, project_id=uuid7())

    def test_spans(self, api, project, item):
        llm, tool = api.add_spans(span(project, item["id"], type="llm"), span(project, item["id"], type="tool"))
        api.score_spans(score(llm["id"], "a", 1, project), score(tool["id"], "b", 1, project))
        project_id = api.project_id(project)
        both = api.get("/spans/feedback-scores/names", project_id=project_id).json()
        assert both == {"scores": [{"name": "a"}, {"name": "b"}]}
        only = api.get("/spans/feedback-scores/names", project_id=project_id, type="llm").json()
        assert only == {"scores": [{"name": "a"}]}
        missing = api.get("/spans/feedback-scores/names", expect=400)
        assert error_message(missing) == "project_id must be provided"

    def test_threads(self, api, project):
        api.add_traces(trace(project, thread_id="t"))
        api.score_threads({"thread_id": "t", "name": "n", "value": 1, "source": "sdk", "project_name": project})
        names = api.get("/traces/threads/feedback-scores/names", project_id=api.project_id(project)).json()
        assert names == {"scores": [{"name": "n"}]}

    def test_names_of_deleted_traces_disappear(self, api, project, item):
        api.score_traces(score(item["id"], "gone", 1, project))
        api.delete(f"/traces/{item['id']}")
        names = api.get("/traces/feedback-scores/names", project_id=api.project_id(project)).json()
        assert names == {"scores": []}


@pytest.fixture(params=["traces", "spans", "traces/threads"])
def commented(request, api, project):
    """The path prefix, the id to comment on and a function that reads the comments of that entity."""
    item = api.add_traces(trace(project, thread_id="talk"))[0]
    if request.param == "traces":
        return request.param, item["id"], lambda: api.trace(item["id"]).get("comments", [])
    if request.param == "spans":
        part = api.add_spans(span(project, item["id"]))[0]
        return request.param, part["id"], lambda: api.span(part["id"]).get("comments", [])
    model_id = api.thread(project, "talk")["thread_model_id"]
    return request.param, model_id, lambda: api.thread(project, "talk").get("comments", [])


class TestComments:
    def test_life_of_a_comment(self, api, commented):
        kind, entity_id, read = commented
        created = api.post(f"/{kind}/{entity_id}/comments", {"text": "first"}, expect=201)
        comment_id = created.json()["id"]
        assert created.headers["Location"].endswith(f"/{kind}/{entity_id}/comments/{comment_id}")
        path = f"/{kind}/{entity_id}/comments/{comment_id}"
        stored = api.get(path).json()
        assert stored["text"] == "first"
        assert stored["created_by"] == stored["last_updated_by"] == "admin"
        assert set(stored) == {"id", "text", "created_at", "last_updated_at", "created_by", "last_updated_by"}

        api.patch(f"/{kind}/comments/{comment_id}", {"text": "second"})
        changed = api.get(path).json()
        assert changed["text"] == "second"
        assert changed["created_at"] == stored["created_at"]
        assert changed["last_updated_at"] > stored["last_updated_at"]

        other = api.post(f"/{kind}/{entity_id}/comments", {"text": "more"}, expect=201).json()["id"]
        assert [comment["id"] for comment in read()] == sorted([comment_id, other])

        api.post(f"/{kind}/comments/delete", {"ids": [comment_id, uuid7()]}, expect=204)
        gone = api.get(path, expect=404)
        assert error_message(gone) == f"Comment id: {comment_id} not found"
        assert [comment["id"] for comment in read()] == [other]

    def test_unknown_entity(self, api, commented):
        kind = commented[0]
        missing = uuid7()
        response = api.post(f"/{kind}/{missing}/comments", {"text": "x"}, expect=404)
        entity = {"traces": "trace", "spans": "span", "traces/threads": "thread"}[kind]
        assert error_message(response) == f"{entity} id: {missing} not found"

    def test_unknown_comment(self, api, commented):
        kind, entity_id, _ = commented
        missing = uuid7()
        for response in (
            api.get(f"/{kind}/{entity_id}/comments/{missing}", expect=404),
            api.patch(f"/{kind}/comments/{missing}", {"text": "x"}, expect=404),
        ):
            assert error_message(response) == f"Comment id: {missing} not found"

    def test_blank_text(self, api, commented):
        kind, entity_id, _ = commented
        for body in ({"text": " "}, {}):
            response = api.post(f"/{kind}/{entity_id}/comments", body, expect=422)
            assert error_list(response) == ["text must not be blank"]

    def test_queue_id_is_shown_in_lists_only(self, api, commented):
        kind, entity_id, read = commented
        queue = uuid7()
        comment_id = api.post(
            f"/{kind}/{entity_id}/comments", {"text": "x", "source_queue_id": queue}, expect=201
        ).json()["id"]
        assert "source_queue_id" not in api.get(f"/{kind}/{entity_id}/comments/{comment_id}").json()
        assert [comment["source_queue_id"] for comment in read()] == [queue]

    def test_comment_of_another_entity(self, api, project):
        first, second = api.add_traces(trace(project), trace(project))
        comment_id = api.post(f"/traces/{first['id']}/comments", {"text": "x"}, expect=201).json()["id"]
        response = api.get(f"/traces/{second['id']}/comments/{comment_id}", expect=404)
        assert error_message(response) == f"Comment id: {comment_id} not found"


def guardrail(trace_id: str, span_id: str, project: str, name: str, result: str, **fields) -> dict:
    return {
        "entity_id": trace_id,
        "secondary_id": span_id,
        "project_name": project,
        "name": name,
        "result": result,
        "config": {"threshold": 0.5},
        "details": {"items": []},
        **fields,
    }


class TestGuardrails:
    def test_checks_are_grouped_by_span_and_sorted(self, api, project, item):
        first, second = sorted([uuid7(), uuid7()])
        api.post(
            "/guardrails",
            {
                "guardrails": [
                    guardrail(item["id"], first, project, "TOPIC", "passed"),
                    guardrail(item["id"], first, project, "PII", "failed"),
                    guardrail(item["id"], second, project, "PROMPT_INJECTION", "passed"),
                ]
            },
            expect=204,
        )
        found = {entry["span_id"]: entry["checks"] for entry in api.trace(item["id"])["guardrails_validations"]}
        assert found == {
            first: [{"name": "PII", "result": "failed"}, {"name": "TOPIC", "result": "passed"}],
            second: [{"name": "PROMPT_INJECTION", "result": "passed"}],
        }
        stats = {entry["name"]: entry["value"] for entry in api.stats("traces", project_name=project)}
        assert stats["guardrails_failed_count"] == 1

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"result": None}, "guardrails[0].result must not be null"),
            ({"config": None}, "guardrails[0].config must not be null"),
            ({"details": None}, "guardrails[0].details must not be null"),
            ({"secondary_id": None}, "guardrails[0].secondaryId must not be null"),
            ({"entity_id": None}, "guardrails[0].entityId must not be null"),
        ],
    )
    def test_required_fields(self, api, project, item, fields, sentence):
        body = {**guardrail(item["id"], uuid7(), project, "PII", "passed"), **fields}
        response = api.post("/guardrails", {"guardrails": [body]}, expect=422)
        assert error_list(response) == [sentence]

    def test_size_and_result(self, api, project, item):
        response = api.post("/guardrails", {"guardrails": []}, expect=422)
        assert error_list(response) == ["guardrails size must be between 1 and 1000"]
        odd = guardrail(item["id"], uuid7(), project, "PII", "maybe")
        assert error_message(api.post("/guardrails", {"guardrails": [odd]}, expect=400)).startswith("Unable to process")
