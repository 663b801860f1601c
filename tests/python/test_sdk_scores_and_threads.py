"""Feedback scores, comments and threads through the SDK."""

import datetime

import pytest

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk


def now():
    return datetime.datetime.now(datetime.UTC)


def search_threads(client, project, **kwargs):
    return client.get_threads_client().search_threads(project_name=project, **kwargs)


class TestScores:
    def test_on_objects(self, sdk):
        trace = sdk.trace(name="t", end_time=now())
        span = trace.span(name="s", end_time=now())
        trace.log_feedback_score("quality", 0.5, category_name="fair", reason="average")
        span.log_feedback_score("quality", 1.0)
        sdk.flush()
        (entry,) = sdk.get_trace_content(trace.id).feedback_scores
        assert (entry.name, entry.value, entry.category_name, entry.reason) == ("quality", 0.5, "fair", "average")
        assert entry.source == "sdk"
        assert sdk_helper.scores(sdk.get_span_content(span.id)) == {"quality": 1.0}

    def test_in_batches(self, sdk, project):
        traces = [sdk.trace(name="t", end_time=now()) for _ in range(3)]
        spans = [trace.span(name="s", end_time=now()) for trace in traces]
        sdk.log_traces_feedback_scores(
            [{"id": trace.id, "name": "n", "value": index / 2} for index, trace in enumerate(traces)]
        )
        sdk.log_spans_feedback_scores(
            [{"id": span.id, "name": "m", "value": float(index), "reason": "r"} for index, span in enumerate(spans)]
        )
        sdk.flush()
        for index, (trace, span) in enumerate(zip(traces, spans, strict=True)):
            assert sdk_helper.scores(sdk.get_trace_content(trace.id)) == {"n": index / 2}
            assert sdk_helper.scores(sdk.get_span_content(span.id)) == {"m": float(index)}
        found = sdk.search_traces(project_name=project, filter_string="feedback_scores.n >= 0.5")
        assert {trace.id for trace in found} == {trace.id for trace in traces[1:]}

    def test_before_the_entity(self, sdk, plain_sdk, project):
        from opik import id_helpers

        trace_id = id_helpers.generate_id()
        sdk.log_traces_feedback_scores([{"id": trace_id, "name": "early", "value": 1.0}])
        sdk.flush()
        plain_sdk.trace(id=trace_id, name="late", end_time=now())
        plain_sdk.flush()
        assert sdk_helper.scores(sdk.get_trace_content(trace_id)) == {"early": 1.0}

    def test_delete(self, sdk):
        trace = sdk.trace(name="t", end_time=now())
        span = trace.span(name="s", end_time=now())
        for entity in (trace, span):
            entity.log_feedback_score("a", 1.0)
            entity.log_feedback_score("b", 1.0)
        sdk.flush()
        sdk.delete_trace_feedback_score(trace.id, "a")
        sdk.delete_span_feedback_score(span.id, "b")
        assert sdk_helper.scores(sdk.get_trace_content(trace.id)) == {"b": 1.0}
        assert sdk_helper.scores(sdk.get_span_content(span.id)) == {"a": 1.0}

    def test_names(self, sdk, project):
        trace = sdk.trace(name="t", end_time=now())
        trace.log_feedback_score("alpha", 1.0)
        sdk.flush()
        project_id = sdk.get_trace_content(trace.id).project_id
        if sdk_helper.VERSION < (2, 0, 0):
            # The generated client of 1.9 declares a bare list for this answer and cannot read what any server sends.
            return
        names = sdk.rest_client.traces.find_feedback_score_names2(project_id=project_id)
        assert [entry.name for entry in names.scores] == ["alpha"]

    def test_comments(self, sdk):
        trace = sdk.trace(name="t", end_time=now())
        sdk.flush()
        sdk.rest_client.traces.add_trace_comment(id_=trace.id, text="looks fine")
        (comment,) = sdk.get_trace_content(trace.id).comments
        assert comment.text == "looks fine"
        sdk.rest_client.traces.update_trace_comment(comment_id=comment.id, text="on second thought")
        assert sdk.rest_client.traces.get_trace_comment(trace.id, comment.id).text == "on second thought"
        sdk.rest_client.traces.delete_trace_comments(ids=[comment.id])
        assert not sdk.get_trace_content(trace.id).comments


@pytest.fixture
def conversations(sdk):
    """Three threads of one, two and three turns."""
    start = now() - datetime.timedelta(hours=1)
    for turns, thread_id in ((1, "short"), (2, "middle"), (3, "long")):
        for turn in range(turns):
            begin = start + datetime.timedelta(seconds=10 * turn)
            trace = sdk.trace(
                name="turn",
                thread_id=thread_id,
                input={"message": f"question {turn} of {thread_id}"},
                output={"message": f"answer {turn}"},
                start_time=begin,
                end_time=begin + datetime.timedelta(seconds=1),
            )
            span = trace.span(
                type="llm", usage={"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}, total_cost=0.5
            )
            span.end()
    sdk.flush()
    return sdk


class TestThreads:
    def test_objects(self, conversations, project):
        threads = {thread.id: thread for thread in search_threads(conversations, project)}
        assert set(threads) == {"short", "middle", "long"}
        long = threads["long"]
        assert long.number_of_messages == 6
        assert long.first_message == {"message": "question 0 of long"}
        assert long.last_message == {"message": "answer 2"}
        assert long.duration == 21_000.0
        assert long.usage["total_tokens"] == 15
        assert long.total_estimated_cost == pytest.approx(1.5)
        assert long.status == "active"

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ('id = "long"', {"long"}),
            ('id contains "o"', {"short", "long"}),
            ("number_of_messages >= 4", {"middle", "long"}),
            ('status = "active"', {"short", "middle", "long"}),
            ("duration < 5000", {"short"}),
            ("feedback_scores.mood > 0.5", {"middle"}),
            ("feedback_scores.mood is_empty", {"short", "long"}),
            ('id = "long" AND number_of_messages = 6', {"long"}),
        ],
    )
    def test_search(self, conversations, project, query, expected):
        conversations.log_threads_feedback_scores([{"id": "middle", "name": "mood", "value": 0.75}], project)
        conversations.flush()
        assert {thread.id for thread in search_threads(conversations, project, filter_string=query)} == expected

    def test_more_queries_of_newer_versions(self, conversations, project):
        if not sdk_helper.HAS_FULL_QUERY_LANGUAGE:
            # The query language of this version knows none of these fields and must refuse them by itself.
            with pytest.raises(ValueError):
                search_threads(conversations, project, filter_string="tags is_empty AND first_message is_empty")
            return
        for query, expected in [
            ('first_message contains "of middle"', {"middle"}),
            ('last_message contains "answer 2"', {"long"}),
            ('start_time > "2021-01-01T00:00:00Z"', {"short", "middle", "long"}),
            ("tags is_empty", {"short", "middle", "long"}),
            ('id starts_with "m"', {"middle"}),
        ]:
            found = conversations.search_threads(project_name=project, filter_string=query)
            assert {thread.id for thread in found} == expected, query

    def test_paging(self, conversations, project):
        found = search_threads(conversations, project, max_results=2)
        assert len(found) == 2
        assert len({thread.id for thread in found}) == 2

    def test_scores(self, conversations, project):
        conversations.log_threads_feedback_scores(
            [
                {"id": name, "name": "happy", "value": value, "reason": "because"}
                for name, value in (("short", 1.0), ("long", 0.0))
            ],
            project_name=project,
        )
        conversations.flush()
        threads = {thread.id: thread for thread in search_threads(conversations, project)}
        assert sdk_helper.scores(threads["short"]) == {"happy": 1.0}
        assert threads["short"].feedback_scores[0].reason == "because"
        assert sdk_helper.scores(threads["long"]) == {"happy": 0.0}
        assert sdk_helper.scores(threads["middle"]) == {}

    def test_closing_and_scoring(self, conversations, project):
        conversations.get_threads_client().close_thread(thread_id="short", project_name=project)
        (thread,) = search_threads(conversations, project, filter_string='id = "short"')
        assert thread.status == "inactive"
        conversations.log_threads_feedback_scores([{"id": "short", "name": "after", "value": 1.0}], project)
        conversations.flush()
        (thread,) = search_threads(conversations, project, filter_string='id = "short"')
        assert sdk_helper.scores(thread) == {"after": 1.0}

    def test_retrieve_comment_and_delete(self, conversations, project):
        traces = conversations.rest_client.traces
        thread = traces.get_trace_thread(thread_id="long", project_name=project)
        traces.add_thread_comment(id_=thread.thread_model_id, text="noted")
        assert [c.text for c in traces.get_trace_thread(thread_id="long", project_name=project).comments] == ["noted"]
        traces.delete_trace_threads(thread_ids=["long"], project_name=project)
        assert {row.id for row in search_threads(conversations, project)} == {"short", "middle"}
        assert len(conversations.search_traces(project_name=project)) == 3
