"""Searching through the SDK: the query language, paging, exclusion and waiting."""

import datetime

import opik
import pytest

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def after(**kwargs):
    return START + datetime.timedelta(**kwargs)


@pytest.fixture
def filled(sdk):
    """Three traces, one of them with an error, and two spans."""
    alpha = sdk.trace(
        name="alpha",
        input={"question": "what is rust"},
        output={"answer": "a language"},
        metadata={"model": "gpt", "n": 3, "deep": {"key": "v"}},
        tags=["prod", "blue"],
        thread_id="thread-1",
        start_time=START,
        end_time=after(milliseconds=100),
    )
    beta = sdk.trace(
        name="beta",
        input={"question": "why"},
        metadata={"model": "claude", "n": 30},
        tags=["dev"],
        start_time=after(days=1),
        end_time=after(days=1, milliseconds=500),
    )
    gamma = sdk.trace(
        name="gamma",
        start_time=after(days=2),
        error_info={"exception_type": "E", "traceback": "t"},
    )
    chat = alpha.span(
        name="chat",
        type="llm",
        model="gpt-4o",
        provider="openai",
        usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        input={"prompt": "hello there"},
        metadata={"temperature": 0.5},
        tags=["hot"],
        start_time=START,
        end_time=after(milliseconds=90),
        total_cost=0.5,
    )
    beta.span(name="tool call", type="tool", start_time=START, end_time=after(milliseconds=9))
    for trace, value in ((alpha, 0.9), (beta, 0.1)):
        trace.log_feedback_score("accuracy", value)
    chat.log_feedback_score("grade", 3.0)
    sdk.flush()
    sdk.test_ids = {alpha.id: "alpha", beta.id: "beta", gamma.id: "gamma"}
    return sdk


# Queries every SDK version under test can express.
TRACE_QUERIES = [
    ('name = "alpha"', {"alpha"}),
    ('name != "alpha"', {"beta", "gamma"}),
    ('name contains "A"', {"alpha", "beta", "gamma"}),
    ('name not_contains "amm"', {"alpha", "beta"}),
    ('name starts_with "al"', {"alpha"}),
    ('name ends_with "ta"', {"beta"}),
    ('name > "alpha"', {"beta", "gamma"}),
    ('name < "beta"', {"alpha"}),
    ('input contains "RUST"', {"alpha"}),
    ('output not_contains "language"', {"beta", "gamma"}),
    ('start_time >= "2026-01-02T00:00:00Z"', {"beta", "gamma"}),
    ('start_time > "2026-01-01T00:00:00Z" AND start_time < "2026-01-03T00:00:00Z"', {"beta"}),
    ('end_time <= "2026-01-01T12:00:00Z"', {"alpha"}),
    ('metadata.model = "gpt"', {"alpha"}),
    ('metadata.model contains "laud"', {"beta"}),
    ("metadata.n > 5", {"beta"}),
    ("metadata.n < 5", {"alpha"}),
    ('metadata."deep.key" = "v"', {"alpha"}),
    ('tags contains "blue"', {"alpha"}),
    ("usage.total_tokens > 10", {"alpha"}),
    ("usage.prompt_tokens = 10", {"alpha"}),
    ("usage.completion_tokens != 5", {"beta", "gamma"}),
    ("feedback_scores.accuracy > 0.5", {"alpha"}),
    ("feedback_scores.accuracy <= 0.9", {"alpha", "beta"}),
    ("feedback_scores.accuracy is_empty", {"gamma"}),
    ("feedback_scores.accuracy is_not_empty", {"alpha", "beta"}),
    ('feedback_scores."accuracy" = 0.1', {"beta"}),
    ("duration > 200", {"beta"}),
    ("duration <= 100", {"alpha", "gamma"}),
    ("total_estimated_cost > 0.1", {"alpha"}),
    ('thread_id = "thread-1"', {"alpha"}),
    ('tags contains "prod" AND duration >= 100 and name contains "alpha"', {"alpha"}),
]

# Queries of the 2.x language only.
NEW_TRACE_QUERIES = [
    ("metadata.n >= 3", {"alpha", "beta"}),
    ("metadata.n <= 3", {"alpha"}),
    ('metadata.model != "gpt"', {"beta", "gamma"}),
    ('metadata.model starts_with "cl"', {"beta"}),
    ('metadata.model ends_with "pt"', {"alpha"}),
    ('metadata.model not_contains "g"', {"beta", "gamma"}),
    ('input_json.question = "why"', {"beta"}),
    ('output_json.answer contains "lang"', {"alpha"}),
    ('tags not_contains "blue"', {"beta", "gamma"}),
    ("tags is_empty", {"gamma"}),
    ("tags is_not_empty", {"alpha", "beta"}),
    ('tags = "dev"', {"beta"}),
    ("feedback_scores.accuracy != 0.9", {"beta"}),
    ("span_feedback_scores.grade >= 3", {"alpha"}),
    ("error_info is_not_empty", {"gamma"}),
    ("error_info is_empty", {"alpha", "beta"}),
    ("llm_span_count = 1", {"alpha"}),
    ('start_time != "2026-01-01T00:00:00Z"', {"beta", "gamma"}),
    ('created_at > "2021-01-01T00:00:00Z"', {"alpha", "beta", "gamma"}),
    ('last_updated_at < "2021-01-01T00:00:00Z"', set()),
    ('input starts_with "{"', {"alpha", "beta"}),
    ('guardrails = "failed"', set()),
]

SPAN_QUERIES = [
    ('name = "chat"', {"chat"}),
    ('type = "llm"', {"chat"}),
    ('type != "llm"', {"tool call"}),
    ('model contains "gpt"', {"chat"}),
    ('provider = "openai"', {"chat"}),
    ("usage.total_tokens >= 15", {"chat"}),
    ("duration < 50", {"tool call"}),
    ('input contains "hello"', {"chat"}),
    ('metadata.temperature = "0.5"', {"chat"}),
    ('tags contains "hot"', {"chat"}),
    ("feedback_scores.grade > 2", {"chat"}),
    ("total_estimated_cost >= 0.5", {"chat"}),
]

NEW_SPAN_QUERIES = [
    ('type in ("llm", "tool")', {"chat", "tool call"}),
    ('type not_in ("llm")', {"tool call"}),
    ('input_json.prompt contains "there"', {"chat"}),
    ("error_info is_empty", {"chat", "tool call"}),
]


def names(rows):
    return {row.name for row in rows}


class TestQueries:
    @pytest.mark.parametrize("newer", [False, True])
    def test_traces(self, filled, project, newer):
        if newer and not sdk_helper.HAS_FULL_QUERY_LANGUAGE:
            # The 1.9 language refuses these by itself; the server is not asked.
            with pytest.raises(ValueError):
                filled.search_traces(project_name=project, filter_string="tags is_empty")
            return
        wrong = {}
        for query, expected in NEW_TRACE_QUERIES if newer else TRACE_QUERIES:
            found = names(filled.search_traces(project_name=project, filter_string=query))
            if found != expected:
                wrong[query] = (found, expected)
        assert not wrong

    def test_spans(self, filled, project):
        wrong = {}
        for query, expected in SPAN_QUERIES:
            found = names(filled.search_spans(project_name=project, filter_string=query))
            if found != expected:
                wrong[query] = (found, expected)
        assert not wrong

    def test_newer_span_queries(self, filled, project):
        for query, expected in NEW_SPAN_QUERIES:
            try:
                found = filled.search_spans(project_name=project, filter_string=query)
            except ValueError:
                # Lists of values and JSON fields are refused by the parser of 1.9.
                assert not sdk_helper.HAS_FULL_QUERY_LANGUAGE, query
                continue
            assert names(found) == expected, query

    def test_by_id(self, filled, project):
        for trace_id, name in filled.test_ids.items():
            (found,) = filled.search_traces(project_name=project, filter_string=f'id = "{trace_id}"')
            assert found.name == name

    def test_unknown_field_is_refused_by_the_server(self, filled, project):
        with pytest.raises((opik.rest_api.core.api_error.ApiError, ValueError)):
            filled.search_traces(project_name=project, filter_string='no_such_field = "x"')


class TestPaging:
    def test_more_than_one_page(self, sdk, project):
        for number in range(2500):
            sdk.trace(name=f"t{number}", start_time=START, end_time=START)
        sdk.flush()
        found = sdk.search_traces(project_name=project, max_results=5000)
        assert sorted(int(trace.name[1:]) for trace in found) == list(range(2500))
        ids = [trace.id for trace in found]
        assert ids == sorted(ids, reverse=True)
        assert [trace.id for trace in sdk.search_traces(project_name=project, max_results=2100)] == ids[:2100]
        assert len(sdk.search_traces(project_name=project)) == 1000

    def test_small_pages(self, sdk, project):
        for number in range(25):
            sdk.trace(name=f"t{number}", start_time=START, end_time=START)
        sdk.flush()
        options = {"max_batch_size": 10} if sdk_helper.HAS_EXCLUDE else {}
        found = sdk.search_traces(project_name=project, max_results=25, **options)
        assert len({trace.id for trace in found}) == 25

    def test_waiting(self, sdk, project):
        for _ in range(3):
            sdk.trace(name="t", start_time=START, end_time=START)
        sdk.flush()
        assert len(sdk.search_traces(project_name=project, wait_for_at_least=3, wait_for_timeout=10)) == 3


class TestShape:
    def test_truncation(self, sdk, project):
        trace = sdk.trace(name="t", input={"text": "x" * 30_000}, start_time=START, end_time=START)
        sdk.flush()
        (cut,) = sdk.search_traces(project_name=project)
        assert isinstance(cut.input, str)
        assert len(cut.input) == 10_001
        (whole,) = sdk.search_traces(project_name=project, truncate=False)
        assert whole.input == {"text": "x" * 30_000}
        assert sdk.get_trace_content(trace.id).input == whole.input

    def test_exclusion(self, filled, project):
        if not sdk_helper.HAS_EXCLUDE:
            # The 1.9 search methods have no such parameter; its REST client has.
            page = filled.rest_client.traces.get_traces_by_project(project_name=project, exclude='["input"]')
            assert all(row.input is None for row in page.content)
            return
        rows = filled.search_traces(project_name=project, exclude=["input", "feedback_scores"])
        assert all(row.input is None and row.feedback_scores is None for row in rows)
        assert any(row.output for row in rows)
        spans = filled.search_spans(project_name=project, exclude=["usage"])
        assert all(row.usage is None for row in spans)

    def test_spans_of_one_trace(self, filled, project):
        alpha = next(trace_id for trace_id, name in filled.test_ids.items() if name == "alpha")
        assert names(filled.search_spans(project_name=project, trace_id=alpha)) == {"chat"}

    def test_list_and_statistics(self, filled, project):
        page = filled.rest_client.traces.get_traces_by_project(project_name=project, size=2, page=1)
        assert (page.total, page.size, len(page.content)) == (3, 2, 2)
        stats = filled.rest_client.traces.get_trace_stats(project_name=project)
        by_name = {entry.name: entry.value for entry in stats.stats}
        assert by_name["trace_count"] == 3
        assert by_name["error_count"] == 1
        assert by_name["duration"].p50 == pytest.approx(300)
        spans = filled.rest_client.spans.get_spans_by_project(project_name=project, type="llm")
        assert [span.name for span in spans.content] == ["chat"]
