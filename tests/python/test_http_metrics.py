"""Metrics of projects and workspaces: what is refused, gaps, names, and what nothing looks like."""

import datetime
import uuid

import pytest

from harness.api import error_list, error_message, filter_by, score, span, times, trace
from harness.ids import instant, uuid7

pytestmark = pytest.mark.http

DAY = datetime.timedelta(days=1)
START = datetime.datetime(2026, 1, 5, 10, 30, tzinfo=datetime.UTC)
END = START + 2 * DAY


def body(metric: str = "TRACE_COUNT", interval: str = "DAILY", **more) -> dict:
    return {
        "metric_type": metric,
        "interval": interval,
        "interval_start": instant(START),
        "interval_end": instant(END),
        **more,
    }


def day(number: int) -> str:
    return f"2026-01-{number:02}T00:00:00Z"


def data(*values) -> list[dict]:
    return [{"time": day(5 + number), "value": value} for number, value in enumerate(values)]


@pytest.fixture
def known(api, project):
    """A project with one trace, whose span costs something."""
    row = trace(project, id=uuid7(START + DAY), tags=["a"], **times(250, START + DAY))
    api.add_traces(row)
    at = START + DAY + datetime.timedelta(seconds=1)
    api.add_spans(
        span(
            project,
            row["id"],
            id=uuid7(at),
            total_estimated_cost=0.25,
            usage={"prompt_tokens": 7, "none": 0},
            **times(125.5, at),
        )
    )
    return api, api.project_id(project), row


def results(known, request: dict, expect: int = 200):
    api, project_id, _ = known
    answer = api.post(f"/projects/{project_id}/metrics", request, expect=expect)
    return answer.json()["results"] if expect == 200 else answer


class TestRefusals:
    @pytest.mark.parametrize("missing", ["metric_type", "interval", "interval_start"])
    @pytest.mark.parametrize("as_null", [True, False])
    def test_required_properties(self, known, missing, as_null):
        request = body()
        del request[missing]
        if as_null:
            request[missing] = None
        assert error_message(results(known, request, 400)).startswith("Unable to process JSON. ")

    @pytest.mark.parametrize(
        "request_body",
        [
            body(metric="NO_SUCH_METRIC"),
            body(metric="trace_count"),
            body(interval="MINUTELY"),
            body(breakdown={"field": "colour"}),
        ],
    )
    def test_unknown_words(self, known, request_body):
        message = error_message(results(known, request_body, 400))
        assert message.startswith("Unable to process JSON. Cannot deserialize value of type")

    @pytest.mark.parametrize(
        "changes",
        [
            {"interval_start": "yesterday"},
            {"interval_start": {"a": 1}},
            {"trace_filters": "[]"},
            {"trace_filters": [{"field": "name"}]},
            {"breakdown": "tags"},
        ],
    )
    def test_wrong_types(self, known, changes):
        assert error_message(results(known, body() | changes, 400)).startswith("Unable to process JSON. ")

    @pytest.mark.parametrize("end", [START, START - DAY])
    def test_order_of_the_ends_is_checked_before_the_project(self, api, end):
        request = body(interval_end=instant(end))
        for project_id in (str(uuid.uuid4()), uuid7()):
            answer = api.post(f"/projects/{project_id}/metrics", request, expect=400)
            assert answer.json() == {"code": 400, "message": "'start_time' must be before 'end_time'"}

    def test_unknown_project(self, api):
        api.post(f"/projects/{uuid7()}/metrics", body(), expect=404)
        api.post("/projects/nonsense/metrics", body(), expect=404)

    @pytest.mark.parametrize(
        "filters",
        [
            [filter_by("colour", "=", "red")],
            [filter_by("name", "resembles", "red")],
            [filter_by("duration", "contains", "1")],
            [filter_by("duration", ">", "long")],
        ],
    )
    def test_filters(self, known, filters):
        assert results(known, body(trace_filters=filters), 400).json()["code"] == 400
        # Filters of other entities are ignored.
        assert results(known, body("SPAN_COUNT", trace_filters=filters))[0]["data"] == data(0, 1, 0)

    def test_too_many_intervals(self, known):
        request = body(interval="HOURLY", interval_start="1700-01-01T00:00:00Z")
        assert error_message(results(known, request, 400)) == "The range holds too many intervals"

    @pytest.mark.parametrize("metric", ["TRACE_COUNT", "SPAN_COUNT", "COST"])
    def test_group_by_metadata_needs_a_key(self, known, metric):
        for key in (None, "", " "):
            request = body(metric, breakdown={"field": "metadata", "metadata_key": key})
            assert error_list(results(known, request, 422)) == [
                "breakdown metadata_key is required when group by field is 'metadata'"
            ]

    @pytest.mark.parametrize(
        ("metric", "field", "supported"),
        [
            ("TRACE_COUNT", "model", "Span metrics only"),
            ("COST", "provider", "Span metrics only"),
            ("THREAD_COUNT", "type", "Span metrics only"),
            ("THREAD_COUNT", "name", "Trace and Span metrics"),
            ("THREAD_COUNT", "error_info", "Trace and Span metrics"),
            ("THREAD_COUNT", "error_type", "Trace and Span metrics"),
            ("TRACE_ERROR_RATE", "name", "Trace and Span metrics"),
            ("SPAN_COST", "tags", "Trace, Span, and Thread metrics"),
            ("THREAD_COST", "tags", "Trace, Span, and Thread metrics"),
            ("SPAN_AVERAGE_DURATION", "model", "Span metrics only"),
        ],
    )
    def test_groups_that_do_not_go_with_the_metric(self, known, metric, field, supported):
        assert error_list(results(known, body(metric, breakdown={"field": field}), 422)) == [
            f"breakdown Group by field '{field}' is not compatible with metric type '{metric}'. "
            f"This field supports {supported}."
        ]

    @pytest.mark.parametrize("metric", ["DURATION", "SPAN_DURATION", "THREAD_DURATION"])
    def test_percentile_of_groups(self, known, metric):
        def errors(sub_metric):
            breakdown = {"field": "tags", "sub_metric": sub_metric}
            return error_list(results(known, body(metric, breakdown=breakdown), 422))

        assert errors(None) == [
            "breakdown.subMetric sub_metric is required for duration metrics with breakdown. "
            "Valid values: p50, p90, p99"
        ]
        assert errors("p75") == ["breakdown.subMetric Invalid sub_metric 'p75'. Valid values: p50, p90, p99"]
        results(known, body(metric, breakdown={"field": "tags", "sub_metric": "P90"}))

    @pytest.mark.parametrize("metric", ["FEEDBACK_SCORES", "TOKEN_USAGE", "SPAN_TOKEN_USAGE", "THREAD_FEEDBACK_SCORES"])
    def test_named_values_of_groups(self, known, metric):
        errors = error_list(results(known, body(metric, breakdown={"field": "tags"}), 422))
        assert len(errors) == 1
        assert errors[0].startswith("breakdown.subMetric ")

    def test_all_violations_at_once(self, known):
        request = body("THREAD_DURATION", breakdown={"field": "metadata"})
        assert len(error_list(results(known, request, 422))) == 3


class TestSeries:
    def test_days(self, known):
        assert results(known, body()) == [{"name": "traces", "data": data(0, 1, 0)}]
        assert results(known, body("TOKEN_USAGE")) == [{"name": "prompt_tokens", "data": data(0, 7, 0)}]
        assert results(known, body("SPAN_TOKEN_USAGE")) == [{"name": "prompt_tokens", "data": data(0, 7, 0)}]
        assert results(known, body("COST")) == [{"name": "cost", "data": data(0, 0.25, 0)}]
        assert results(known, body("SPAN_AVERAGE_DURATION")) == [
            {"name": "span_average_duration", "data": data(None, 125.5, None)}
        ]
        assert results(known, body("DURATION")) == [
            {"name": f"duration.{name}", "data": data(None, 250.0, None)} for name in ("p50", "p90", "p99")
        ]

    def test_the_end_is_exclusive_for_gaps_only(self, api, project):
        midnight = datetime.datetime(2026, 1, 7, tzinfo=datetime.UTC)
        api.add_traces(trace(project, id=uuid7(midnight - datetime.timedelta(milliseconds=1))))
        known = (api, api.project_id(project), None)
        request = body(interval_end=instant(midnight))
        assert results(known, request)[0]["data"] == data(0, 1)
        api.add_traces(trace(project, id=uuid7(midnight)))
        assert results(known, request)[0]["data"] == data(0, 1, 1)
        assert results(known, body("DURATION", interval_end=instant(midnight)))[0]["data"] == data(None, 0.0, 0.0)

    def test_end_is_now_when_absent(self, api, project):
        api.add_traces(trace(project))
        now = datetime.datetime.now(datetime.UTC)
        request = body(interval="HOURLY", interval_start=instant(now - datetime.timedelta(hours=2)))
        del request["interval_end"]
        (series,) = results((api, api.project_id(project), None), request)
        assert len(series["data"]) in (3, 4)
        assert sum(point["value"] for point in series["data"]) == 1
        assert series["data"][0]["time"] == (now - datetime.timedelta(hours=2)).strftime("%Y-%m-%dT%H:00:00Z")

    def test_id_time_counts_not_the_start_time(self, api, project):
        api.add_traces(trace(project, id=uuid7(START + DAY), start_time="2020-01-01T00:00:00Z"))
        assert results((api, api.project_id(project), None), body())[0]["data"] == data(0, 1, 0)

    def test_weeks_begin_on_monday(self, known):
        (series,) = results(known, body(interval="WEEKLY", interval_start="2026-01-04T23:00:00Z"))
        assert series["data"] == [
            {"time": "2025-12-29T00:00:00Z", "value": 0},
            {"time": "2026-01-05T00:00:00Z", "value": 1},
        ]

    @pytest.mark.parametrize(
        ("metric", "names", "value"),
        [
            ("FEEDBACK_SCORES", [""], None),
            ("TRACE_COUNT", ["traces"], 0),
            ("TOKEN_USAGE", [""], 0),
            ("DURATION", ["duration.p50", "duration.p90", "duration.p99"], None),
            ("COST", ["cost"], 0),
            ("GUARDRAILS_FAILED_COUNT", ["failed"], 0),
            ("THREAD_COUNT", ["threads"], 0),
            ("THREAD_DURATION", ["thread_duration.p50", "thread_duration.p90", "thread_duration.p99"], None),
            ("THREAD_FEEDBACK_SCORES", [""], None),
            ("SPAN_FEEDBACK_SCORES", [""], None),
            ("SPAN_COUNT", ["spans"], 0),
            ("SPAN_DURATION", ["span_duration.p50", "span_duration.p90", "span_duration.p99"], None),
            ("SPAN_TOKEN_USAGE", [""], 0),
            ("TRACE_AVERAGE_DURATION", ["trace_average_duration"], None),
            ("TRACE_ERROR_RATE", ["trace_error_rate"], 0),
            ("SPAN_AVERAGE_DURATION", ["span_average_duration"], None),
            ("SPAN_COST", ["span_cost"], 0),
            ("SPAN_ERROR_RATE", ["span_error_rate"], 0),
            ("THREAD_AVERAGE_DURATION", ["thread_average_duration"], None),
            ("THREAD_COST", ["thread_cost"], 0),
        ],
    )
    def test_nothing(self, api, project, metric, names, value):
        api.post("/projects", {"name": project}, expect=201)
        empty = (api, api.project_id(project), None)
        assert results(empty, body(metric)) == [{"name": name, "data": data(value, value, value)} for name in names]
        assert results(empty, body(metric, "TOTAL")) == []

    def test_total_is_one_point_at_the_start(self, known):
        request = body(interval="TOTAL", interval_start="2026-01-05T10:30:15.987654Z")
        assert results(known, request) == [{"name": "traces", "data": [{"time": "2026-01-05T10:30:15Z", "value": 1}]}]

    def test_a_mean_of_zero_is_no_value(self, known, project):
        api, _, row = known
        api.score_traces(score(row["id"], "zero", 0, project), score(row["id"], "half", 0.5, project))
        assert {series["name"]: series["data"] for series in results(known, body("FEEDBACK_SCORES"))} == {
            "zero": data(None, None, None),
            "half": data(None, 0.5, None),
        }

    def test_usage_of_spans_outside_of_the_range(self, known, project):
        api, _, row = known
        far = END + 30 * DAY
        api.add_spans(span(project, row["id"], id=uuid7(far), usage={"prompt_tokens": 100, "late": 1}))
        assert results(known, body("TOKEN_USAGE")) == [{"name": "prompt_tokens", "data": data(0, 7, 0)}]
        breakdown = {"field": "tags", "sub_metric": "prompt_tokens"}
        assert results(known, body("TOKEN_USAGE", breakdown=breakdown)) == [
            {"name": "a", "data": [{"time": day(6), "value": 7}]}
        ]
        wide = body("TOKEN_USAGE", "TOTAL", interval_end=instant(far + DAY))
        assert {series["name"]: series["data"][0]["value"] for series in results(known, wide)} == {
            "prompt_tokens": 107,
            "late": 1,
        }

    def test_groups_have_no_gaps_and_the_rest_is_put_together(self, api, project):
        rows = []
        for number in range(12):
            for repeat in range(number + 1):
                at = START + datetime.timedelta(days=repeat % 2)
                rows.append(trace(project, id=uuid7(at), name=f"name {number:02}"))
        api.add_traces(*rows)
        known = (api, api.project_id(project), None)
        found = results(known, body(breakdown={"field": "name"}))
        assert [series["name"] for series in found] == [f"name {number:02}" for number in range(11, 1, -1)] + [
            "__others__"
        ]
        assert found[0]["data"] == data(6, 6)
        # Those of the others are not added up: two groups on the first day, one on the second.
        assert sorted(point["time"] for point in found[-1]["data"]) == [day(5), day(5), day(6)]
        total = results(known, body(interval="TOTAL", breakdown={"field": "name"}))
        assert total[0]["data"] == [{"time": "2026-01-05T10:30:00Z", "value": 12}]
        assert [point["value"] for point in total[-1]["data"]] == [2, 1]
        assert results(known, body(breakdown={"field": "none"}))[0]["name"] == "traces"
        nowhere = body(interval_start="2020-01-01T00:00:00Z", interval_end="2020-01-02T00:00:00Z")
        assert results(known, nowhere | {"breakdown": {"field": "name"}}) == []


class TestCards:
    def test_nothing(self, api):
        request = {"entity_type": "traces", "interval_start": instant(START), "interval_end": instant(END)}
        stats = api.post(f"/projects/{uuid7()}/kpi-cards", request, expect=200).json()
        assert stats == {
            "stats": [
                {"type": "count", "current_value": 0.0, "previous_value": 0.0},
                {"type": "avg_duration", "current_value": None, "previous_value": None},
                {"type": "total_cost", "current_value": 0.0, "previous_value": 0.0},
                {"type": "errors", "current_value": 0.0, "previous_value": 0.0},
            ]
        }

    def test_required_properties(self, known):
        api, project_id, _ = known
        path = f"/projects/{project_id}/kpi-cards"
        assert error_list(api.post(path, {}, expect=422)) == [
            "entityType must not be null",
            "intervalStart must not be null",
        ]
        for end in ({}, {"interval_end": "2998-01-01T00:00:00Z"}):
            request = {"entity_type": "spans", "interval_start": "2999-01-01T00:00:00Z", **end}
            assert any(
                "intervalStart must be before intervalEnd or current time" in error
                for error in error_list(api.post(path, request, expect=422))
            )
        request = {"entity_type": "dogs", "interval_start": instant(START)}
        assert error_message(api.post(path, request, expect=400)).startswith("Unable to process JSON. ")

    def test_filters_are_text(self, known):
        api, project_id, _ = known
        path = f"/projects/{project_id}/kpi-cards"
        request = {"entity_type": "TRACES", "interval_start": instant(START), "interval_end": instant(END)}
        for filters, count in (
            ('[{"field":"tags","operator":"contains","value":"a"}]', 1.0),
            ('[{"field":"tags","operator":"contains","value":"b"}]', 0.0),
            ("[]", 1.0),
            ("", 1.0),
            (None, 1.0),
        ):
            stats = api.post(path, request | {"filters": filters}, expect=200).json()["stats"]
            assert stats[0]["current_value"] == count, filters
        message = error_message(api.post(path, request | {"filters": "[{"}, expect=400))
        assert message == "Invalid filters query parameter '[{'"


class TestSearch:
    """The text that lists and statistics are searched for narrows metrics and cards down, too."""

    @pytest.fixture
    def searched(self, api, project):
        """Two traces with a span each on the last day of the range, one on the day before the range."""
        for at, answer, error in (
            (START + DAY, "A Needle in hay", None),
            (START + DAY, "hay", {"exception_type": "E", "message": "m", "traceback": "t"}),
            (START - DAY, "needle", None),
        ):
            row = trace(project, id=uuid7(at), thread_id=uuid7(), output={"answer": answer}, **times(100, at))
            api.add_traces(row | ({"error_info": error} if error else {}))
            api.add_spans(span(project, row["id"], id=uuid7(at), output={"answer": answer}, **times(50, at)))
        return api, api.project_id(project)

    @pytest.mark.parametrize(
        ("search", "found"), [("needle", 1), (" NEEDLE ", 1), ("hay", 2), ("nowhere", 0), ("", 2), (None, 2)]
    )
    @pytest.mark.parametrize(
        ("metric", "filters"),
        [("TRACE_COUNT", "trace_filters"), ("SPAN_COUNT", "span_filters"), ("THREAD_COUNT", "thread_filters")],
    )
    def test_metrics(self, searched, metric, filters, search, found):
        counted = results(searched + (None,), body(metric, "TOTAL", search=search, **{filters: []}))
        assert sum(point["value"] or 0 for series in counted for point in series["data"]) == found

    def test_search_and_filters_both_hold(self, searched):
        errors = [filter_by("error_info", "is_not_empty", "")]
        for search, found in (("hay", 1), ("needle", 0)):
            request = body(interval="TOTAL", search=search, trace_filters=errors)
            counted = results(searched + (None,), request)
            assert sum(point["value"] or 0 for series in counted for point in series["data"]) == found

    @pytest.mark.parametrize("entity", ["traces", "spans", "threads"])
    def test_cards(self, searched, entity):
        api, project_id = searched
        request = {"entity_type": entity, "interval_start": instant(START), "interval_end": instant(END)}
        for search, current, previous in (("needle", 1, 1), ("hay", 2, 0), ("nowhere", 0, 0), (" ", 2, 1)):
            path = f"/projects/{project_id}/kpi-cards"
            stats = api.post(path, request | {"search": search}, expect=200).json()["stats"]
            assert (stats[0]["current_value"], stats[0]["previous_value"]) == (current, previous), search


class TestWorkspace:
    PATHS = ("/workspaces/costs", "/workspaces/costs/summaries", "/workspaces/metrics/summaries")

    @pytest.mark.parametrize("path", PATHS)
    def test_refusals(self, api, path):
        same = {"interval_start": instant(START), "interval_end": instant(START)}
        assert error_list(api.post(path, same, expect=422)) == [
            "startBeforeEnd intervalStart must be before intervalEnd"
        ]
        assert error_list(api.post(path, {}, expect=422)) == [
            "intervalStart must not be null",
            "intervalEnd must not be null",
        ]
        api.post(path, same | {"project_ids": ["x"]}, expect=400)

    def test_nothing(self, api):
        unknown = uuid7()
        request = {
            "project_ids": [unknown],
            "interval_start": instant(START),
            "interval_end": "2026-01-07T00:00:00Z",
        }
        assert api.post("/workspaces/costs", request, expect=200).json() == {
            "results": [{"project_id": unknown, "name": "cost", "data": data(None, None)}]
        }
        assert api.post("/workspaces/costs/summaries", request, expect=200).json() == {
            "name": "cost",
            "current": None,
            "previous": None,
        }
        assert api.post("/workspaces/metrics/summaries", request, expect=200).json() == {"results": []}
        assert api.post("/workspaces/metrics", request | {"name": "x"}, expect=200).json() == {
            "results": [{"project_id": unknown, "name": "x", "data": data(None, None)}]
        }

    def test_all_projects_when_none_is_named(self, known):
        api, project_id, _ = known
        request = {"interval_start": instant(START), "interval_end": instant(END)}
        for ids in ({}, {"project_ids": []}, {"project_ids": None}):
            (series,) = api.post("/workspaces/costs", request | ids, expect=200).json()["results"]
            assert set(series) == {"name", "data"}
            assert series["data"][1]["value"] >= 0.25
        (series,) = api.post("/workspaces/costs", request | {"project_ids": [project_id]}, expect=200).json()["results"]
        assert (series["project_id"], series["data"]) == (project_id, data(None, 0.25, None))

    def test_cost_goes_by_the_start_of_the_span(self, api, project):
        row = trace(project)
        api.add_traces(row)
        api.add_spans(span(project, row["id"], total_estimated_cost=2, **times(5, START)))
        request = {
            "project_ids": [api.project_id(project)],
            "interval_start": instant(START),
            "interval_end": instant(END),
        }
        (series,) = api.post("/workspaces/costs", request, expect=200).json()["results"]
        assert series["data"] == data(2, None, None)
        # The end is exclusive.
        request |= {"interval_start": instant(START - DAY), "interval_end": instant(START)}
        assert api.post("/workspaces/costs/summaries", request, expect=200).json()["current"] is None

    def test_a_score_needs_a_name(self, api):
        request = {"interval_start": instant(START), "interval_end": instant(END)}
        assert error_list(api.post("/workspaces/metrics", request, expect=422)) == ["name must not be blank"]

    def test_span_metrics(self, known):
        api, project_id, _ = known
        request = {
            "project_ids": [project_id],
            "metric_type": "SPAN_COUNT",
            "interval": "DAILY",
            "interval_start": instant(START),
            "interval_end": instant(END),
        }
        path = "/workspaces/metrics/spans"
        assert api.post(path, request, expect=200).json() == {"results": [{"name": "spans", "data": data(0, 1, 0)}]}
        breakdown = {"breakdown": {"field": "type"}}
        assert api.post(path, request | breakdown, expect=200).json() == {
            "results": [{"name": "general", "data": [{"time": day(6), "value": 1}]}]
        }
        api.post(path, request | {"metric_type": "TRACE_COUNT"}, expect=400)
        api.post(path, request | {"filters": [filter_by("thread_id", "=", "x")]}, expect=400)
        assert error_list(api.post(path, request | {"interval_end": instant(START)}, expect=422)) == [
            "startBeforeEnd intervalStart must be before intervalEnd"
        ]

    def test_usage_names(self, known):
        api, project_id, _ = known
        path = "/workspaces/token-usage/names"
        assert api.post(path, {"project_ids": [project_id]}, expect=200).json() == {"names": ["prompt_tokens"]}
        assert api.post(path, {"project_ids": [uuid7()]}, expect=200).json() == {"names": []}
        assert "prompt_tokens" in api.post(path, {}, expect=200).json()["names"]
        # The same names that the project lists.
        assert api.get(f"/projects/{project_id}/token-usage/names").json() == {"names": ["prompt_tokens"]}
