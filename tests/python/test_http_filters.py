"""Filters, sorting, full-text search, streams and statistics."""

import json
import uuid

import pytest

from harness.api import Api, error_list, error_message, filter_by, named, score, span, times, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http


@pytest.fixture(scope="class")
def library(server):
    """Five traces and four spans in one project, addressed by short names."""
    api, project = Api(server.root), f"filters-{uuid.uuid4().hex[:8]}"
    rows = {
        "alpha": trace(
            project,
            name="Alpha Step",
            input={"question": "What is Rust?", "list": [{"x": "deep"}]},
            output={"answer": "a language"},
            metadata={
                "model": "GPT-4",
                "n": 1.50,
                "flag": True,
                "none": None,
                "a-b": "dash",
                "two words": "space",
                "x.y": "dot",
                "nest": {"k": "v"},
            },
            tags=["Prod", "blue"],
            thread_id="Thread-1",
            ttft=5,
            environment="production",
            source="sdk",
            **times(100),
        ),
        "beta": trace(
            project,
            name="beta step",
            input={"question": "why 100%?"},
            metadata={"model": "claude", "n": 20, "nest": {"k": "w"}},
            tags=["staging"],
            thread_id="thread-2",
            ttft=50,
            environment="staging",
            source="playground",
            **times(200),
        ),
        "gamma": trace(project, name="gamma", output={"answer": "Ünïcode"}, metadata={"n": "text"}, **times(300)),
        "failed": trace(
            project,
            name="failed",
            error_info={"exception_type": "TimeoutError", "message": "late", "traceback": "…"},
            start_time="2020-01-01T00:00:00Z",
        ),
        "bare": trace(project, name="Zeta"),
    }
    api.add_traces(*rows.values())
    spans = {
        "llm": span(
            project,
            rows["alpha"]["id"],
            name="chat",
            type="llm",
            model="gpt-4o",
            provider="openai",
            usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            total_estimated_cost=0.5,
            environment="production",
            tags=["hot"],
            **times(40),
        ),
        "tool": span(project, rows["alpha"]["id"], name="lookup", type="tool", **times(4)),
        "other": span(
            project,
            rows["beta"]["id"],
            name="embed",
            type="llm",
            model="embed-3",
            provider="cohere",
            usage={"total_tokens": 100},
            input={"text": "words"},
            metadata={"dim": 128},
            **times(400),
        ),
        "broken": span(
            project, rows["failed"]["id"], name="broken", error_info={"exception_type": "IOError", "traceback": "t"}
        ),
    }
    api.add_spans(*spans.values())
    api.score_traces(
        score(rows["alpha"]["id"], "Quality", 0.9, project),
        score(rows["beta"]["id"], "Quality", 0.2, project),
        score(rows["gamma"]["id"], "Tone", 1, project),
    )
    api.score_spans(score(spans["llm"]["id"], "Grade", 3, project))
    api.post(
        "/guardrails",
        {
            "guardrails": [
                {
                    "entity_id": rows[name]["id"],
                    "secondary_id": spans["llm"]["id"],
                    "project_name": project,
                    "name": "PII",
                    "result": result,
                    "config": {},
                    "details": {},
                }
                for name, result in [("alpha", "failed"), ("beta", "passed")]
            ]
        },
        expect=204,
    )
    return api, project, rows, spans


def matching(library, kind: str, *conditions: dict) -> set[str]:
    """Names of the rows that match, after checking that list, count and stream agree."""
    api, project, rows, spans = library
    known = {row["id"]: name for name, row in (rows if kind == "traces" else spans).items()}
    page = api.page(kind, project_name=project, size=100, filters=list(conditions))
    listed = {known[row["id"]] for row in page["content"]}
    assert page["total"] == len(page["content"])
    streamed = {known[row["id"]] for row in api.search(kind, project_name=project, filters=list(conditions))}
    assert streamed == listed
    stats = named(api.stats(kind, project_name=project, filters=list(conditions)))
    assert stats.get("trace_count" if kind == "traces" else "span_count", 0) == len(listed)
    return listed


EVERYTHING = {"alpha", "beta", "gamma", "failed", "bare"}

TRACE_CASES = [
    # Text is compared without regard to case.
    (("name", "=", "ALPHA step"), {"alpha"}),
    (("name", "!=", "alpha step"), EVERYTHING - {"alpha"}),
    (("name", "contains", "STEP"), {"alpha", "beta"}),
    (("name", "not_contains", "step"), {"gamma", "failed", "bare"}),
    (("name", "starts_with", "GAM"), {"gamma"}),
    (("name", "ends_with", "STEP"), {"alpha", "beta"}),
    (("name", ">", "failed"), {"gamma", "bare"}),
    (("name", "<", "BETB"), {"alpha", "beta"}),
    (("name", "contains", "a_pha"), set()),
    (("name", "contains", "a%a"), set()),
    (("input", "contains", "rust?"), {"alpha"}),
    (("input", "contains", "100%"), {"beta"}),
    (("input", "=", '{"question":"why 100%?"}'), {"beta"}),
    (("output", "contains", "ÜNÏ"), {"gamma"}),
    (("output", "not_contains", "language"), EVERYTHING - {"alpha"}),
    (("error_type", "=", "timeouterror"), {"failed"}),
    (("error_info", "is_not_empty", ""), {"failed"}),
    (("error_info", "is_empty", ""), EVERYTHING - {"failed"}),
    (("guardrails", "=", "failed"), {"alpha"}),
    (("guardrails", "=", "passed"), {"beta"}),
    # Exact text keeps case.
    (("thread_id", "=", "Thread-1"), {"alpha"}),
    (("thread_id", "=", "thread-1"), set()),
    (("thread_id", "starts_with", "thread"), {"beta"}),
    (("thread_id", "contains", "hread-"), {"alpha", "beta"}),
    # Numbers.
    (("duration", ">", "150"), {"beta", "gamma"}),
    (("duration", ">=", "100"), {"alpha", "beta", "gamma"}),
    (("duration", "<", "150"), {"alpha", "failed", "bare"}),
    (("duration", "=", "200"), {"beta"}),
    (("duration", "!=", "200"), EVERYTHING - {"beta"}),
    (("ttft", "<=", "5"), {"alpha"}),
    (("ttft", ">", "0"), {"alpha", "beta"}),
    (("usage.total_tokens", ">=", "15"), {"alpha", "beta"}),
    (("usage.prompt_tokens", "=", "10"), {"alpha"}),
    (("usage.completion_tokens", "<", "5"), EVERYTHING - {"alpha"}),
    (("usage.total_tokens", "=", "0"), {"gamma", "failed", "bare"}),
    (("total_estimated_cost", ">", "0.4"), {"alpha"}),
    (("total_estimated_cost", "=", "0"), EVERYTHING - {"alpha"}),
    (("llm_span_count", "=", "1"), {"alpha", "beta"}),
    (("llm_span_count", "=", "0"), {"gamma", "failed", "bare"}),
    # Instants.
    (("start_time", "<", "2021-01-01T00:00:00Z"), {"failed"}),
    (("start_time", ">=", "2021-01-01T00:00:00Z"), EVERYTHING - {"failed"}),
    (("start_time", "=", "2020-01-01T00:00:00Z"), {"failed"}),
    (("end_time", ">", "2021-01-01T00:00:00Z"), {"alpha", "beta", "gamma"}),
    (("end_time", "<", "2100-01-01T00:00:00Z"), {"alpha", "beta", "gamma"}),
    (("created_at", ">", "2021-01-01T00:00:00Z"), EVERYTHING),
    (("last_updated_at", "<", "2021-01-01T00:00:00Z"), set()),
    # Dictionaries.
    (("metadata", "=", "gpt-4", "model"), {"alpha"}),
    (("metadata", "!=", "gpt-4", "model"), EVERYTHING - {"alpha"}),
    (("metadata", "contains", "LAU", "model"), {"beta"}),
    (("metadata", "not_contains", "lau", "model"), EVERYTHING - {"beta"}),
    (("metadata", "starts_with", "gpt", "model"), {"alpha"}),
    (("metadata", "ends_with", "4", "model"), {"alpha"}),
    (("metadata", "=", "1.5", "n"), {"alpha"}),
    (("metadata", ">", "1", "n"), {"alpha", "beta"}),
    (("metadata", ">=", "20", "n"), {"beta"}),
    (("metadata", "<=", "1.5", "n"), {"alpha"}),
    (("metadata", "<", "20", "n"), {"alpha"}),
    (("metadata", "=", "true", "flag"), {"alpha"}),
    (("metadata", "=", "v", "nest.k"), {"alpha"}),
    (("metadata", "=", "v", "$.nest.k"), {"alpha"}),
    (("metadata", "=", "v", ".nest.k"), {"alpha"}),
    (("metadata", "=", "dash", "a-b"), {"alpha"}),
    (("metadata", "=", "space", "two words"), {"alpha"}),
    (("metadata", "=", "dot", "x.y"), {"alpha"}),
    (("metadata", "is_not_empty", "", "model"), {"alpha", "beta"}),
    (("metadata", "is_empty", "", "model"), {"gamma", "failed", "bare"}),
    (("metadata", "is_empty", "", "none"), EVERYTHING),
    (("metadata", "is_empty", "", "nest"), EVERYTHING),
    (("input_json", "=", "deep", "list[0].x"), {"alpha"}),
    (("output_json", "contains", "lang", "answer"), {"alpha"}),
    # Lists.
    (("tags", "contains", "pro"), {"alpha"}),
    (("tags", "contains", "STAG"), {"beta"}),
    (("tags", "not_contains", "a"), {"alpha", "gamma", "failed", "bare"}),
    (("tags", "=", "Prod"), {"alpha"}),
    (("tags", "=", "prod"), set()),
    (("tags", "!=", "Prod"), EVERYTHING - {"alpha"}),
    (("tags", "is_empty", ""), {"gamma", "failed", "bare"}),
    (("tags", "is_not_empty", ""), {"alpha", "beta"}),
    # Scores.
    (("feedback_scores", ">", "0.5", "quality"), {"alpha"}),
    (("feedback_scores", "<=", "0.9", "Quality"), {"alpha", "beta"}),
    (("feedback_scores", "=", "0.2", "QUALITY"), {"beta"}),
    (("feedback_scores", "!=", "0.2", "quality"), {"alpha", "gamma"}),
    (("feedback_scores", "is_empty", "", "quality"), {"gamma", "failed", "bare"}),
    (("feedback_scores", "is_not_empty", "", "quality"), {"alpha", "beta"}),
    (("span_feedback_scores", ">=", "3", "grade"), {"alpha"}),
    # Enumerations.
    (("environment", "=", "production"), {"alpha"}),
    (("environment", "!=", "production"), EVERYTHING - {"alpha"}),
    (("environment", "in", "production, staging"), {"alpha", "beta"}),
    (("environment", "not_in", "production,staging"), {"gamma", "failed", "bare"}),
    (("environment", "is_empty", ""), {"gamma", "failed", "bare"}),
    (("source", "=", "sdk"), EVERYTHING - {"beta"}),
    (("source", "!=", "sdk"), {"beta"}),
    (("source", "=", "playground"), {"beta"}),
    (("visibility_mode", "=", "default"), EVERYTHING),
    (("visibility_mode", "=", "hidden"), set()),
    # Custom columns.
    (("custom", "contains", "rust", "input"), {"alpha"}),
    (("custom", "=", "deep", "input.list[0].x"), {"alpha"}),
    (("custom", "=", "v", "metadata.nest.k"), {"alpha"}),
    (("custom", "=", "a language", "$.output.answer"), {"alpha"}),
]

SPAN_EVERYTHING = {"llm", "tool", "other", "broken"}

SPAN_CASES = [
    (("name", "contains", "LOOK"), {"tool"}),
    (("model", "=", "GPT-4O"), {"llm"}),
    (("provider", "starts_with", "co"), {"other"}),
    (("type", "=", "llm"), {"llm", "other"}),
    (("type", "!=", "llm"), {"tool", "broken"}),
    (("type", "in", "llm,tool"), {"llm", "tool", "other"}),
    (("type", "not_in", "llm, tool"), {"broken"}),
    (("type", "=", "unheard-of"), set()),
    (("usage.total_tokens", ">", "15"), {"other"}),
    (("total_estimated_cost", ">=", "0.5"), {"llm"}),
    (("duration", ">", "39"), {"llm", "other"}),
    (("tags", "contains", "ho"), {"llm"}),
    (("metadata", ">=", "128", "dim"), {"other"}),
    (("input_json", "=", "words", "text"), {"other"}),
    (("feedback_scores", "=", "3", "grade"), {"llm"}),
    (("error_info", "is_not_empty", ""), {"broken"}),
    (("error_type", "=", "ioerror"), {"broken"}),
    (("environment", "=", "production"), {"llm"}),
    (("source", "=", "sdk"), SPAN_EVERYTHING),
]


class TestFilters:
    @pytest.mark.parametrize(("condition", "expected"), TRACE_CASES, ids=lambda value: str(value)[:60])
    def test_traces(self, library, condition, expected):
        assert matching(library, "traces", filter_by(*condition)) == expected

    @pytest.mark.parametrize(("condition", "expected"), SPAN_CASES, ids=lambda value: str(value)[:60])
    def test_spans(self, library, condition, expected):
        assert matching(library, "spans", filter_by(*condition)) == expected

    def test_by_id(self, library):
        _, _, rows, _spans = library
        assert matching(library, "traces", filter_by("id", "=", rows["gamma"]["id"])) == {"gamma"}
        assert matching(library, "spans", filter_by("trace_id", "=", rows["alpha"]["id"])) == {"llm", "tool"}

    def test_conditions_are_joined_by_and(self, library):
        conditions = [
            filter_by("duration", ">", "50"),
            filter_by("tags", "is_not_empty"),
            filter_by("name", "contains", "beta"),
        ]
        assert matching(library, "traces", *conditions) == {"beta"}
        assert matching(library, "traces", conditions[0], conditions[0]) == {"alpha", "beta", "gamma"}

    def test_two_conditions_on_one_dictionary(self, library):
        low, high = filter_by("metadata", ">", "1", "n"), filter_by("metadata", "<", "10", "n")
        assert matching(library, "traces", low, high) == {"alpha"}

    def test_empty_and_blank_mean_no_filter(self, library):
        api, project, *_ = library
        for value in ("[]", ""):
            assert api.page("traces", project_name=project, filters=value)["total"] == 5

    def test_extra_properties_are_ignored(self, library):
        condition = {**filter_by("name", "=", "gamma"), "type": "string", "id": "abc"}
        assert matching(library, "traces", condition) == {"gamma"}

    def test_values_that_look_url_encoded(self, library):
        condition = filter_by("start_time", "<", "2021-01-01T00:00:00+00:00")
        assert matching(library, "traces", condition) == {"failed"}


class TestFilterErrors:
    @pytest.mark.parametrize(
        "raw",
        [
            "nonsense",
            '{"field":"name"}',
            '[{"field":"no_such_field","operator":"=","value":"x"}]',
            '[{"field":"name","operator":"~","value":"x"}]',
        ],
    )
    def test_unreadable_query_parameter(self, library, raw):
        api, project, *_ = library
        response = api.get("/traces", expect=400, project_name=project, filters=raw)
        assert error_message(response) == f"Invalid filters query parameter '{raw}'"

    def test_unreadable_body(self, library):
        api, project, *_ = library
        body = {"project_name": project, "filters": [filter_by("no_such_field", "=", "x")]}
        assert error_message(api.post("/traces/search", body, expect=400)).startswith("Unable to process JSON. ")

    @pytest.mark.parametrize(
        ("condition", "message"),
        [
            (("name", ">=", "x"), "Invalid operator '>=' for field 'name' of type 'STRING'"),
            (("duration", "contains", "1"), "Invalid operator 'contains' for field 'duration' of type 'NUMBER'"),
            (("start_time", "contains", "1"), "Invalid operator 'contains' for field 'start_time' of type 'DATE_TIME'"),
            (("tags", ">", "1"), "Invalid operator '>' for field 'tags' of type 'LIST'"),
            (("error_info", "=", "1"), "Invalid operator '=' for field 'error_info' of type 'ERROR_CONTAINER'"),
            (("environment", ">", "1"), "Invalid operator '>' for field 'environment' of type 'ENUM'"),
            (("duration", ">", "soon"), "Invalid value 'soon' or key 'null' for field 'duration' of type 'NUMBER'"),
            (
                ("start_time", ">", "today"),
                "Invalid value 'today' or key 'null' for field 'start_time' of type 'DATE_TIME'",
            ),
            (
                ("feedback_scores", ">", "high", "s"),
                "Invalid value 'high' or key 's' for field 'feedback_scores' of type 'FEEDBACK_SCORES_NUMBER'",
            ),
            (("custom", "=", "x", "elsewhere.a"), "Invalid key 'elsewhere.a' for custom filter"),
            (("custom", "=", "x", ""), "Custom key cannot be null or empty"),
        ],
    )
    def test_messages(self, library, condition, message):
        api, project, *_ = library
        filters = [filter_by(*condition)]
        listed = api.get("/traces", expect=400, project_name=project, filters=filters)
        assert error_message(listed).replace("key ''", "key 'null'") == message
        searched = api.post("/traces/search", {"project_name": project, "filters": filters}, expect=400)
        assert error_message(searched).replace("key ''", "key 'null'") == message


def order(library, kind: str, field: str, direction: str | None = None) -> list[str]:
    api, project, rows, spans = library
    known = {row["id"]: name for name, row in (rows if kind == "traces" else spans).items()}
    element = {"field": field} if direction is None else {"field": field, "direction": direction}
    return [known[row_id] for row_id in api.ids(kind, project_name=project, size=100, sorting=[element])]


class TestSorting:
    def test_sortable_lists(self, library):
        api, project, *_ = library
        expected = {
            "traces": "id name input output start_time end_time duration ttft metadata thread_id span_count "
            "llm_span_count usage.* total_estimated_cost tags error_info created_by feedback_scores.* experiment_id "
            "environment",
            "spans": "id name type trace_id parent_span_id input output metadata start_time end_time duration ttft "
            "usage.* tags created_at last_updated_at model provider total_estimated_cost error_info created_by "
            "feedback_scores.* environment",
            "traces/threads": "id start_time end_time duration number_of_messages last_updated_at created_by "
            "created_at usage.* total_estimated_cost feedback_scores.* status tags environment",
        }
        for kind, fields in expected.items():
            assert sorted(api.page(kind, project_name=project)["sortable_by"]) == sorted(fields.split())

    def test_every_sortable_field_is_accepted(self, library):
        api, project, *_ = library
        for kind in ("traces", "spans", "traces/threads"):
            page = api.page(kind, project_name=project, size=100)
            for field in page["sortable_by"]:
                concrete = field.replace("usage.*", "usage.total_tokens").replace("scores.*", "scores.Quality")
                for direction in ("ASC", "DESC"):
                    sorted_page = api.page(
                        kind, project_name=project, size=100, sorting=[{"field": concrete, "direction": direction}]
                    )
                    assert sorted_page["total"] == page["total"], concrete

    def test_nulls_are_last(self, library):
        assert order(library, "traces", "ttft", "ASC")[:2] == ["alpha", "beta"]
        assert order(library, "traces", "ttft", "DESC")[:2] == ["beta", "alpha"]
        assert order(library, "traces", "end_time", "ASC")[:3] == ["alpha", "beta", "gamma"]
        assert order(library, "traces", "end_time", "DESC")[:3] == ["gamma", "beta", "alpha"]

    def test_text_is_sorted_by_bytes(self, library):
        assert order(library, "traces", "name") == ["alpha", "bare", "beta", "failed", "gamma"]
        assert order(library, "traces", "name", "DESC") == ["gamma", "failed", "beta", "bare", "alpha"]

    def test_map_fields(self, library):
        assert order(library, "traces", "usage.total_tokens", "DESC")[:2] == ["beta", "alpha"]
        assert order(library, "traces", "usage.total_tokens", "ASC")[-2:] == ["alpha", "beta"]
        assert order(library, "traces", "feedback_scores.Quality", "DESC")[:2] == ["alpha", "beta"]
        assert order(library, "spans", "usage.total_tokens", "DESC")[:2] == ["other", "llm"]

    def test_missing_score_comes_before_zero_ascending(self, api, project):
        missing, zero = api.add_traces(trace(project), trace(project))
        api.score_traces(score(zero["id"], "s", 0, project))
        ascending = [{"field": "feedback_scores.s", "direction": "ASC"}]
        assert api.ids("traces", project_name=project, sorting=ascending) == [missing["id"], zero["id"]]
        descending = [{"field": "feedback_scores.s", "direction": "DESC"}]
        assert api.ids("traces", project_name=project, sorting=descending) == [zero["id"], missing["id"]]

    def test_only_the_first_element_counts(self, library):
        api, project, rows, _ = library
        sorting = [{"field": "name", "direction": "ASC"}, {"field": "duration", "direction": "DESC"}]
        assert api.ids("traces", project_name=project, sorting=sorting)[0] == rows["alpha"]["id"]

    def test_unknown_field_means_default_order(self, library):
        api, project, *_ = library
        default = api.ids("traces", project_name=project)
        assert api.ids("traces", project_name=project, sorting=[{"field": "nonsense"}]) == default

    def test_malformed(self, library):
        api, project, *_ = library
        for raw in ("nonsense", '[{"field":"name","direction":"SIDEWAYS"}]'):
            response = api.get("/traces", expect=400, project_name=project, sorting=raw)
            assert error_message(response) == f"Invalid sorting query parameter '{raw}'"


class TestTextSearch:
    @pytest.mark.parametrize(
        ("kind", "text", "expected"),
        [
            ("traces", "rust?", {"alpha"}),
            ("traces", "  GAMMA ", {"gamma"}),
            ("traces", "LANGUAGE", {"alpha"}),
            ("traces", "claude", {"beta"}),
            ("traces", "timeouterror", {"failed"}),
            ("traces", "thread-2", {"beta"}),
            ("traces", "blue", {"alpha"}),
            ("traces", "nothing like this", set()),
            ("spans", "gpt-4o", {"llm"}),
            ("spans", "cohere", {"other"}),
            ("spans", "WORDS", {"other"}),
            ("spans", "hot", {"llm"}),
            ("spans", "tool", {"tool"}),
        ],
    )
    def test_matches(self, library, kind, text, expected):
        api, project, rows, spans = library
        known = {row["id"]: name for name, row in (rows if kind == "traces" else spans).items()}
        page = api.page(kind, project_name=project, search=text)
        assert {known[row["id"]] for row in page["content"]} == expected
        assert page["total"] == len(expected)
        counter = "trace_count" if kind == "traces" else "span_count"
        assert named(api.stats(kind, project_name=project, search=text)).get(counter, 0) == len(expected)

    def test_by_id(self, library):
        api, project, rows, _ = library
        wanted = rows["bare"]["id"]
        assert api.ids("traces", project_name=project, search=wanted) == [wanted]

    def test_percent_and_underscore_are_literal(self, library):
        api, project, rows, _ = library
        assert api.ids("traces", project_name=project, search="100%") == [rows["beta"]["id"]]
        assert api.ids("traces", project_name=project, search="a_pha") == []


class TestStreams:
    def test_needs_a_project(self, api):
        for kind in ("traces", "spans", "traces/threads"):
            response = api.post(f"/{kind}/search", {}, expect=400)
            assert error_message(response) == "Either 'project_name' or 'project_id' query params must be provided"

    def test_unknown_project_is_an_ordinary_error(self, api):
        response = api.post("/traces/search", {"project_name": "nowhere at all"}, expect=404)
        assert error_message(response) == "Project name: nowhere at all not found"

    @pytest.mark.parametrize("limit", [0, 2001])
    def test_limit_bounds(self, library, limit):
        api, project, *_ = library
        response = api.post("/traces/search", {"project_name": project, "limit": limit}, expect=422)
        (text,) = error_list(response)
        assert text.startswith("limit must be ")

    def test_empty_result_is_an_empty_body(self, library):
        api, project, *_ = library
        body = {"project_name": project, "filters": [filter_by("name", "=", "nobody")]}
        assert api.post("/traces/search", body, expect=200).content == b""

    def test_objects_equal_those_of_the_list(self, library):
        api, project, *_ = library
        for kind in ("traces", "spans"):
            listed = {row["id"]: row for row in api.page(kind, project_name=project, size=100)["content"]}
            streamed = {row["id"]: row for row in api.search(kind, project_name=project)}
            assert streamed == listed

    def test_scope_truncate_and_exclude(self, api, project):
        trace_id = uuid7()
        wanted = span(project, trace_id, type="llm", input={"text": "x" * 20_000}, output={"o": 1})
        api.add_spans(wanted, span(project, trace_id, type="tool"), span(project, uuid7(), type="llm"))
        (row,) = api.search(
            "spans", project_name=project, trace_id=trace_id, type="llm", truncate=True, exclude=["output"]
        )
        assert row["id"] == wanted["id"]
        assert len(row["input"]) == 10001
        assert "output" not in row
        (whole,) = api.search("spans", project_name=project, trace_id=trace_id, type="llm")
        assert whole["input"] == wanted["input"]

    def test_default_limit_is_500(self, api, project):
        api.add_traces(*[trace(project) for _ in range(600)])
        assert len(api.search("traces", project_name=project)) == 500
        assert len(api.search("traces", project_name=project, limit=2000)) == 600

    def test_lines_are_compact_json(self, library):
        api, project, *_ = library
        for line in api.post("/traces/search", {"project_name": project}, expect=200).content.split(b"\r\n")[:-1]:
            assert len(line) < len(json.dumps(json.loads(line), ensure_ascii=False).encode())


class TestStatistics:
    def test_no_match(self, api, project):
        item = api.add_traces(trace(project))[0]
        api.delete(f"/traces/{item['id']}")
        for kind in ("traces", "spans"):
            assert api.stats(kind, project_name=project) == []

    def test_spans(self, library):
        api, project, *_ = library
        stats = api.stats("spans", project_name=project)
        assert [entry["name"] for entry in stats] == [
            "span_count",
            "duration",
            "input",
            "output",
            "metadata",
            "tags",
            "total_estimated_cost",
            "total_estimated_cost_sum",
            "usage.completion_tokens",
            "usage.prompt_tokens",
            "usage.total_tokens",
            "usage_sum.completion_tokens",
            "usage_sum.prompt_tokens",
            "usage_sum.total_tokens",
            "feedback_scores.Grade",
            "error_count",
        ]
        values = named(stats)
        assert values["span_count"] == 4
        assert values["usage.total_tokens"] == 57.5
        assert values["usage_sum.total_tokens"] == 115
        assert values["total_estimated_cost"] == values["total_estimated_cost_sum"] == 0.5
        assert values["tags"] == 0.25
        assert values["error_count"] == 1
        assert values["duration"]["p50"] == pytest.approx(40)

    def test_traces(self, library):
        api, project, *_ = library
        values = named(api.stats("traces", project_name=project))
        assert values["trace_count"] == 5
        assert values["duration"] == pytest.approx({"p50": 200, "p90": 280, "p99": 298})
        assert values["thread_count"] == 2
        assert values["tags"] == pytest.approx(0.6)
        assert values["span_count"] == pytest.approx(0.8)
        assert values["llm_span_count"] == pytest.approx(0.4)
        assert values["feedback_scores.Quality"] == pytest.approx(0.55)
        assert values["feedback_scores.Tone"] == 1
        assert values["span_feedback_scores.Grade"] == 3
        assert values["guardrails_failed_count"] == 1
        assert values["error_count"] == 1

    def test_no_durations_give_zeros(self, api, project):
        api.add_traces(trace(project))
        assert named(api.stats("traces", project_name=project))["duration"] == {"p50": 0, "p90": 0, "p99": 0}

    def test_scope_of_span_statistics(self, library):
        api, project, rows, _ = library
        values = named(api.stats("spans", project_name=project, trace_id=rows["alpha"]["id"], type="tool"))
        assert values["span_count"] == 1
        assert values["duration"]["p50"] == pytest.approx(4)

    def test_threads(self, library):
        api, project, *_ = library
        stats = api.stats("traces/threads", project_name=project)
        values = named(stats)
        assert [entry["name"] for entry in stats][:7] == [
            "thread_count",
            "duration",
            "input",
            "output",
            "metadata",
            "tags",
            "total_estimated_cost",
        ]
        assert values["thread_count"] == 2
        assert values["usage_sum.total_tokens"] == 115
        assert [entry["name"] for entry in stats][-2:] == ["guardrails_failed_count", "error_count"]
