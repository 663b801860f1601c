"""Lists of traces and spans: exclusion, order, truncation; and whether there are any."""

import json

import pytest

from harness.api import error_message, score, span, times, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http


TRACE_EXCLUDABLE = [
    "name",
    "start_time",
    "end_time",
    "input",
    "output",
    "metadata",
    "tags",
    "error_info",
    "usage",
    "created_at",
    "created_by",
    "last_updated_by",
    "feedback_scores",
    "span_feedback_scores",
    "comments",
    "guardrails_validations",
    "total_estimated_cost",
    "duration",
    "ttft",
    "thread_id",
    "visibility_mode",
    "experiment",
    "source",
    "environment",
]
TRACE_ZEROED = {"span_count": 0, "llm_span_count": 0, "has_tool_spans": False}
SPAN_EXCLUDABLE = [
    "name",
    "type",
    "start_time",
    "end_time",
    "input",
    "output",
    "metadata",
    "model",
    "provider",
    "tags",
    "usage",
    "error_info",
    "created_at",
    "created_by",
    "last_updated_by",
    "feedback_scores",
    "comments",
    "total_estimated_cost",
    "total_estimated_cost_version",
    "duration",
    "ttft",
    "source",
    "environment",
]


@pytest.fixture
def furnished(api, project):
    """A trace and a span with every field filled."""
    item = trace(
        project,
        input={"i": 1},
        output={"o": 1},
        metadata={"m": 1},
        tags=["t"],
        error_info={"exception_type": "E", "traceback": "t"},
        thread_id="th",
        ttft=1,
        source="sdk",
        environment="dev",
        **times(5),
    )
    api.add_traces(item)
    part = {key: value for key, value in item.items() if key != "thread_id"}
    part = {
        **part,
        "id": uuid7(),
        "trace_id": item["id"],
        "type": "tool",
        "model": "m",
        "provider": "p",
        "usage": {"total_tokens": 1},
        "total_estimated_cost": 1,
    }
    api.add_spans(part)
    api.score_traces(score(item["id"], "s", 1, project))
    api.score_spans(score(part["id"], "s", 1, project))
    api.post(f"/traces/{item['id']}/comments", {"text": "c"}, expect=201)
    api.post(f"/spans/{part['id']}/comments", {"text": "c"}, expect=201)
    return item, part


class TestList:
    def test_excluding_trace_fields(self, api, project, furnished):
        (whole,) = api.page("traces", project_name=project)["content"]
        for field in TRACE_EXCLUDABLE:
            (row,) = api.page("traces", project_name=project, exclude=[field])["content"]
            if field == "metadata":
                assert row["metadata"] == {"providers": ["p"]}
                continue
            assert field not in row, field
            removed = {field, "span_feedback_scores"} if field == "feedback_scores" else {field}
            assert set(whole) - set(row) <= removed, field
        for field, value in TRACE_ZEROED.items():
            (row,) = api.page("traces", project_name=project, exclude=[field])["content"]
            assert row[field] == value
        (row,) = api.page("traces", project_name=project, exclude=["providers"])["content"]
        assert row["providers"] == ["p"]
        api.get("/traces", project_name=project, exclude=["annotation_queues"])

    def test_excluding_span_fields(self, api, project, furnished):
        (whole,) = api.page("spans", project_name=project)["content"]
        for field in SPAN_EXCLUDABLE:
            (row,) = api.page("spans", project_name=project, exclude=[field])["content"]
            if field == "metadata":
                assert row["metadata"] == {"provider": "p"}
                continue
            assert field not in row, field
            assert set(whole) - set(row) <= {field}, field

    @pytest.mark.parametrize("value", ['["nonsense"]', "input", '{"a":1}', "["])
    def test_bad_exclude(self, api, project, furnished, value):
        response = api.get("/traces", expect=400, project_name=project, exclude=value)
        assert error_message(response) == f"Invalid query param exclude '{value}'"

    def test_sorting_and_filtering_by_an_excluded_field(self, api, project):
        short, long = api.add_traces(trace(project, **times(1)), trace(project, **times(9)))
        order = api.ids(
            "traces",
            project_name=project,
            exclude=["duration"],
            sorting=[{"field": "duration", "direction": "DESC"}],
            filters=[{"field": "duration", "operator": ">", "value": "0"}],
        )
        assert order == [long["id"], short["id"]]

    def test_span_default_order(self, api, project):
        first, second = uuid7(), uuid7()
        a = span(project, first)
        b = span(project, first)
        child = span(project, first, parent_span_id=a["id"])
        c = span(project, second)
        api.add_spans(a, b, child, c)
        expected = [c["id"], child["id"], b["id"], a["id"]]
        assert api.ids("spans", project_name=project) == expected

    def test_span_scope_parameters(self, api, project):
        first, second = uuid7(), uuid7()
        wanted = span(project, first, type="llm")
        api.add_spans(wanted, span(project, first, type="tool"), span(project, second, type="llm"))
        assert api.ids("spans", project_name=project, trace_id=first, type="llm") == [wanted["id"]]
        assert len(api.ids("spans", project_id=api.project_id(project), trace_id=first)) == 2

    def test_project_id_wins_over_name(self, api, project):
        item = api.add_traces(trace(project))[0]
        found = api.ids("traces", project_id=api.project_id(project), project_name="does not exist")
        assert found == [item["id"]]

    @pytest.mark.parametrize(("extra", "is_text"), [(-1, False), (0, True), (1, True)])
    def test_truncation_threshold(self, api, project, extra, is_text):
        frame = len(json.dumps({"t": ""}, separators=(",", ":")))
        value = {"t": "a" * (10001 - frame + extra)}
        api.add_traces(trace(project, input=value, output=value))
        (row,) = api.page("traces", project_name=project, truncate=True)["content"]
        expected = json.dumps(value, separators=(",", ":"))[:10001] if is_text else value
        assert row["input"] == row["output"] == expected
        (whole,) = api.page("traces", project_name=project)["content"]
        assert whole["input"] == value

    def test_truncation_cuts_between_characters(self, api, project):
        api.add_traces(trace(project, input={"t": "é" * 10_000}))
        (row,) = api.page("traces", project_name=project, truncate=True)["content"]
        assert isinstance(row["input"], str)
        assert 9_999 <= len(row["input"].encode()) <= 10_001
        assert row["input"].startswith('{"t":"é')

    @pytest.mark.parametrize(
        "image",
        [
            "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==",
            "/9j/4AAQSkZJRg==",
            "R0lGODlhAQABAAAAACw=",
            "UklGRhoAAABXRUJQ",
        ],
    )
    def test_truncation_replaces_inline_images(self, api, project, image):
        api.add_traces(trace(project, input={"picture": image}, metadata={"picture": image}))
        (row,) = api.page("traces", project_name=project, truncate=True)["content"]
        assert row["input"] == {"picture": "[image]"}
        assert row["metadata"] == {"picture": "[image]"}
        (whole,) = api.page("traces", project_name=project)["content"]
        assert whole["input"] == {"picture": image}


class TestExists:
    def test_traces(self, api, project):
        api.add_traces(trace(project))
        query = {"project_name": project}
        assert api.get("/traces/exists", **query).json() == {"exists": True}
        assert api.get("/traces/exists", source="sdk", **query).json() == {"exists": True}
        assert api.get("/traces/exists", source="playground", **query).json() == {"exists": False}
        assert api.get("/traces/exists", thread_only=True, **query).json() == {"exists": False}
        api.add_traces(trace(project, thread_id="t"))
        assert api.get("/traces/exists", thread_only=True, **query).json() == {"exists": True}

    def test_spans(self, api, project):
        api.add_traces(trace(project))
        assert api.get("/spans/exists", project_name=project).json() == {"exists": False}
        api.add_spans(span(project, uuid7(), source="experiment"))
        assert api.get("/spans/exists", project_name=project).json() == {"exists": True}
        assert api.get("/spans/exists", project_name=project, source="sdk").json() == {"exists": False}

    def test_errors(self, api, project):
        api.add_traces(trace(project))
        bad = api.get("/traces/exists", expect=400, project_name=project, source="moon")
        assert error_message(bad) == "Invalid source 'moon'"
        api.get("/traces/exists", expect=404, project_name=f"{project}-unknown")
        missing = api.get("/traces/exists", expect=400)
        assert error_message(missing) == "Either 'project_name' or 'project_id' query params must be provided"
