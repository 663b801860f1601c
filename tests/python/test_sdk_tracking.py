"""Traces and spans made by the SDK: the decorator, context managers and the low-level client."""

import asyncio
import datetime

import opik
import pytest
from opik import id_helpers, opik_context
from opik.decorator.context_manager import distributed_headers

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk

UTC = datetime.UTC


def only_trace(client, project):
    (found,) = client.search_traces(project_name=project)
    return found


def spans_by_name(client, project):
    return {span.name: span for span in client.search_spans(project_name=project)}


class TestDecorator:
    def test_nested_calls(self, tracked, project):
        @opik.track(type="tool", tags=["inner"], metadata={"depth": 2})
        def lookup(key):
            return {"found": key}

        @opik.track(name="chat", type="llm")
        def call(prompt, temperature=0.5):
            opik_context.update_current_span(
                usage={"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
                model="gpt-4o",
                provider="openai",
            )
            return f"{prompt}!"

        @opik.track
        def agent(question):
            lookup("k")
            return call(question)

        assert agent("hi") == "hi!"
        client = tracked()
        trace = only_trace(client, project)
        assert trace.name == "agent"
        assert trace.input == {"question": "hi"}
        assert trace.output == {"output": "hi!"}
        assert trace.end_time is not None
        assert trace.duration >= 0
        assert trace.usage["total_tokens"] == 1500
        assert trace.total_estimated_cost == pytest.approx(0.0075)
        assert trace.span_count == 3
        assert trace.llm_span_count == 1
        assert trace.has_tool_spans is True
        assert trace.providers == ["openai"]

        spans = spans_by_name(client, project)
        assert set(spans) == {"agent", "lookup", "chat"}
        assert spans["agent"].parent_span_id is None
        assert spans["lookup"].parent_span_id == spans["agent"].id
        assert spans["chat"].parent_span_id == spans["agent"].id
        assert {span.trace_id for span in spans.values()} == {trace.id}
        assert spans["lookup"].type == "tool"
        assert spans["lookup"].tags == ["inner"]
        assert spans["lookup"].metadata["depth"] == 2
        assert spans["chat"].input == {"prompt": "hi", "temperature": 0.5}
        assert spans["chat"].model == "gpt-4o"
        assert spans["chat"].provider == "openai"
        assert spans["chat"].total_estimated_cost == pytest.approx(0.0075)

    def test_exceptions(self, tracked, project):
        @opik.track
        def fails():
            raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            fails()
        client = tracked()
        trace = only_trace(client, project)
        (span,) = client.search_spans(project_name=project)
        for entity in (trace, span):
            assert entity.error_info.exception_type == "ValueError"
            assert entity.error_info.message == "on purpose"
            assert "on purpose" in entity.error_info.traceback
            assert entity.end_time is not None

    def test_async_siblings(self, tracked, project):
        @opik.track
        async def child(number):
            await asyncio.sleep(0.01)
            return number

        @opik.track
        async def parent():
            return sum(await asyncio.gather(*(child(number) for number in range(5))))

        assert asyncio.run(parent()) == 10
        client = tracked()
        trace = only_trace(client, project)
        spans = client.search_spans(project_name=project, trace_id=trace.id)
        root = next(span for span in spans if span.name == "parent")
        children = [span for span in spans if span.name == "child"]
        assert sorted(span.input["number"] for span in children) == list(range(5))
        assert {span.parent_span_id for span in children} == {root.id}

    def test_generators(self, tracked, project):
        @opik.track(generations_aggregator=lambda items: {"joined": "-".join(items)})
        def stream():
            yield from ("a", "b", "c")

        assert list(stream()) == ["a", "b", "c"]
        client = tracked()
        assert only_trace(client, project).output == {"joined": "a-b-c"}

    def test_context_updates(self, tracked, project):
        @opik.track
        def step():
            opik_context.update_current_trace(
                name="renamed",
                tags=["t"],
                metadata={"m": 1},
                thread_id="conversation",
                feedback_scores=[{"name": "trace score", "value": 0.5, "reason": "so so"}],
            )
            opik_context.update_current_span(
                metadata={"s": 1}, feedback_scores=[{"name": "span score", "value": 1.0}], total_cost=0.25
            )
            return opik_context.get_current_trace_data().id

        trace_id = step()
        client = tracked()
        trace = client.get_trace_content(trace_id)
        assert trace.name == "renamed"
        assert trace.tags == ["t"]
        assert trace.metadata["m"] == 1
        assert trace.thread_id == "conversation"
        assert sdk_helper.scores(trace) == {"trace score": 0.5}
        assert trace.feedback_scores[0].reason == "so so"
        assert trace.total_estimated_cost == pytest.approx(0.25)
        (span,) = client.search_spans(project_name=project, trace_id=trace_id)
        assert sdk_helper.scores(span) == {"span score": 1.0}
        assert span.metadata["s"] == 1

    def test_distributed_headers(self, tracked, project):
        @opik.track
        def remote(value, **kwargs):
            return value

        @opik.track
        def here():
            headers = opik_context.get_distributed_trace_headers()
            import threading

            worker = threading.Thread(target=lambda: remote(1, opik_distributed_trace_headers=headers))
            worker.start()
            worker.join()
            return headers

        headers = here()

        @opik.track
        def later():
            return 2

        with distributed_headers(headers):
            later()
        client = tracked()
        trace = only_trace(client, project)
        spans = spans_by_name(client, project)
        assert set(spans) == {"here", "remote", "later"}
        assert {span.trace_id for span in spans.values()} == {trace.id}
        assert spans["remote"].parent_span_id == spans["here"].id
        assert spans["later"].parent_span_id == spans["here"].id

    def test_thread_id_by_argument(self, tracked, project):
        @opik.track
        def turn(text):
            return text.upper()

        for text in ("one", "two"):
            turn(text, opik_args={"trace": {"thread_id": "by-argument"}})
        client = tracked()
        (thread,) = client.get_threads_client().search_threads(project_name=project)
        assert thread.id == "by-argument"
        assert thread.number_of_messages == 4

    def test_project_of_the_decorator(self, tracked, project):
        other = f"{project}-other"

        @opik.track(project_name=other)
        def step():
            return 1

        step()
        client = tracked()
        assert only_trace(client, other).name == "step"

    def test_values_json_cannot_hold(self, tracked, project):
        @opik.track
        def step(moment, blob):
            return {"nan": float("nan"), "inf": float("inf"), "set": {1}}

        step(datetime.datetime(2026, 1, 1, tzinfo=UTC), b"bytes")
        client = tracked()
        trace = only_trace(client, project)
        assert trace.output["nan"] == "NaN"
        assert trace.output["inf"] == "Infinity"

    def test_context_managers(self, tracked, project):
        with opik.start_as_current_trace("outer", input={"a": 1}, project_name=project, thread_id="cm") as trace:
            trace.output = {"b": 2}
            with opik.start_as_current_span("inner", type="tool", input={"c": 3}, project_name=project) as span:
                span.output = {"d": 4}
        client = tracked()
        stored = only_trace(client, project)
        assert (stored.name, stored.input, stored.output) == ("outer", {"a": 1}, {"b": 2})
        assert stored.thread_id == "cm"
        (inner,) = client.search_spans(project_name=project)
        assert (inner.name, inner.type, inner.input, inner.output) == ("inner", "tool", {"c": 3}, {"d": 4})
        assert inner.trace_id == stored.id

    def test_disabled_tracing_sends_nothing(self, tracked, project):
        @opik.track
        def quiet():
            return 1

        opik.set_tracing_active(False)
        try:
            quiet()
        finally:
            opik.reset_tracing_to_config_default()
        quiet()
        assert only_trace(tracked(), project).name == "quiet"


class TestClient:
    @pytest.mark.parametrize("mode", ["sdk", "plain_sdk"])
    def test_life_of_a_trace(self, request, project, mode):
        client = request.getfixturevalue(mode)
        start = datetime.datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
        trace = client.trace(name="t", input={"i": 1}, start_time=start, tags=["x"], thread_id="th")
        span = trace.span(name="s", type="llm", start_time=start, input={"p": 1})
        child = span.span(name="c", type="tool", start_time=start)
        client.flush()
        child.end(end_time=start + datetime.timedelta(milliseconds=10))
        span.end(
            end_time=start + datetime.timedelta(milliseconds=250),
            output={"r": 1},
            usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
            model="gpt-4o",
            provider="openai",
        )
        trace.end(end_time=start + datetime.timedelta(seconds=1), output={"o": 1}, metadata={"m": 1})
        client.flush()

        stored = client.get_trace_content(trace.id)
        assert (stored.name, stored.input, stored.output) == ("t", {"i": 1}, {"o": 1})
        assert stored.duration == 1000.0
        assert stored.start_time == start
        assert stored.metadata["m"] == 1
        assert stored.tags == ["x"]
        assert stored.thread_id == "th"
        assert stored.usage["total_tokens"] == 3
        stored_span = client.get_span_content(span.id)
        assert stored_span.duration == 250.0
        assert stored_span.output == {"r": 1}
        assert stored_span.trace_id == trace.id
        stored_child = client.get_span_content(child.id)
        assert stored_child.parent_span_id == span.id
        assert stored_child.duration == 10.0

    def test_immediate_end_may_overtake_the_create(self, sdk, project):
        """With batching the update travels at once and the create two seconds later."""
        trace = sdk.trace(name="quick", input={"i": 1})
        span = trace.span(name="quick span", input={"i": 2})
        span.end(output={"o": 2})
        trace.end(output={"o": 1})
        sdk.flush()
        stored = sdk.get_trace_content(trace.id)
        assert (stored.name, stored.input, stored.output) == ("quick", {"i": 1}, {"o": 1})
        assert stored.start_time.year >= 2026
        assert stored.duration is not None
        stored_span = sdk.get_span_content(span.id)
        assert (stored_span.name, stored_span.input, stored_span.output) == ("quick span", {"i": 2}, {"o": 2})

    def test_update_by_id(self, sdk, project):
        trace = sdk.trace(name="t", input={"i": 1})
        span = trace.span(name="s")
        sdk.flush()
        sdk.update_trace(trace_id=trace.id, project_name=project, output={"late": True}, tags=["a", "b"])
        sdk.update_span(
            id=span.id,
            trace_id=trace.id,
            parent_span_id=None,
            project_name=project,
            metadata={"late": True},
            error_info={"exception_type": "E", "traceback": "t"},
        )
        sdk.flush()
        stored = sdk.get_trace_content(trace.id)
        assert stored.output == {"late": True}
        assert sorted(stored.tags) == ["a", "b"]
        assert stored.input == {"i": 1}
        stored_span = sdk.get_span_content(span.id)
        assert stored_span.metadata == {"late": True}
        assert stored_span.error_info.exception_type == "E"

    def test_spans_before_their_trace(self, sdk, project):
        trace_id = id_helpers.generate_id()
        span = sdk.span(trace_id=trace_id, name="orphan", type="tool", end_time=datetime.datetime.now(UTC))
        sdk.flush()
        assert sdk.get_span_content(span.id).trace_id == trace_id
        sdk.trace(id=trace_id, name="late", end_time=datetime.datetime.now(UTC))
        sdk.flush()
        stored = sdk.get_trace_content(trace_id)
        assert (stored.name, stored.span_count) == ("late", 1)

    def test_span_without_a_trace_makes_one(self, sdk, project):
        span = sdk.span(name="alone", input={"i": 1})
        span.end(output={"o": 1})
        sdk.flush()
        (trace,) = sdk.search_traces(project_name=project)
        assert trace.name == "alone"
        assert sdk.get_span_content(span.id).trace_id == trace.id

    def test_error_info(self, sdk, project):
        trace = sdk.trace(
            name="bad", error_info={"exception_type": "Boom", "message": "m", "traceback": "line"}, input={"x": None}
        )
        trace.end()
        sdk.flush()
        stored = sdk.get_trace_content(trace.id)
        assert stored.error_info.exception_type == "Boom"
        assert stored.input == {"x": None}

    def test_cost_and_usage_of_llm_spans(self, sdk, project):
        trace = sdk.trace(name="costs")
        openai = trace.span(
            name="openai",
            type="llm",
            model="gpt-4o",
            provider="openai",
            usage={
                "prompt_tokens": 1000,
                "completion_tokens": 500,
                "total_tokens": 1500,
                "prompt_tokens_details": {"cached_tokens": 200},
            },
        )
        manual = trace.span(name="manual", type="llm", model="gpt-4o", provider="openai", total_cost=4.5)
        for span in (openai, manual):
            span.end()
        trace.end()
        sdk.flush()
        stored = sdk.get_span_content(openai.id)
        assert stored.total_estimated_cost == pytest.approx(0.00725)
        assert stored.usage["prompt_tokens"] == 1000
        assert stored.usage["original_usage.prompt_tokens_details.cached_tokens"] == 200
        assert sdk.get_span_content(manual.id).total_estimated_cost == pytest.approx(4.5)
        assert sdk.get_trace_content(trace.id).total_estimated_cost == pytest.approx(4.50725)

    def test_large_payload(self, sdk, project):
        text = "0123456789 " * 300_000
        trace = sdk.trace(name="large", input={"text": text})
        trace.end()
        sdk.flush()
        assert sdk.get_trace_content(trace.id).input == {"text": text}

    def test_thousands_of_spans(self, sdk, project):
        moment = datetime.datetime.now(UTC)
        trace = sdk.trace(name="many", end_time=moment)
        for number in range(3000):
            trace.span(name=f"s{number}", end_time=moment, input={"n": number})
        sdk.flush()
        found = sdk.search_spans(project_name=project, max_results=5000)
        assert sorted(span.input["n"] for span in found) == list(range(3000))
        assert sdk.get_trace_content(trace.id).span_count == 3000

    def test_delete(self, sdk, project):
        traces = [sdk.trace(name=f"t{number}", end_time=datetime.datetime.now(UTC)) for number in range(3)]
        sdk.flush()
        sdk.rest_client.traces.delete_traces(ids=[trace.id for trace in traces[:2]])
        assert [trace.name for trace in sdk.search_traces(project_name=project)] == ["t2"]
        sdk.rest_client.traces.delete_trace_by_id(traces[2].id)
        assert sdk.search_traces(project_name=project) == []
        with pytest.raises(opik.rest_api.core.api_error.ApiError) as caught:
            sdk.get_trace_content(traces[0].id)
        assert caught.value.status_code == 404

    def test_copy_traces(self, sdk, project):
        trace = sdk.trace(name="original", input={"i": 1}, end_time=datetime.datetime.now(UTC))
        span = trace.span(name="part", end_time=datetime.datetime.now(UTC))
        span.span(name="child", end_time=datetime.datetime.now(UTC))
        sdk.flush()
        sdk.log_traces_feedback_scores([{"id": trace.id, "name": "s", "value": 1.0, "project_name": project}])
        sdk.flush()
        sdk.copy_traces(project_name=project, destination_project_name=f"{project}-copy")
        sdk.flush()
        (copy,) = sdk.search_traces(project_name=f"{project}-copy")
        assert copy.id != trace.id
        assert copy.input == {"i": 1}
        spans = spans_by_name(sdk, f"{project}-copy")
        assert spans["child"].parent_span_id == spans["part"].id
        assert {row.trace_id for row in spans.values()} == {copy.id}

    def test_projects(self, sdk, project):
        sdk.trace(name="t", end_time=datetime.datetime.now(UTC))
        sdk.flush()
        (trace,) = sdk.search_traces(project_name=project)
        assert sdk.get_project(trace.project_id).name == project
        assert project in sdk.get_project_url(project_name=project)
        assert sdk.rest_client.projects.retrieve_project(name=project).id == trace.project_id

    def test_auth_check_and_workspace(self, sdk):
        sdk.auth_check()

    def test_environment(self, sdk, project):
        if not sdk_helper.HAS_ENVIRONMENTS:
            # Traces of this SDK version have no environment; what the server answers for them is the empty text.
            trace = sdk.trace(name="none", end_time=datetime.datetime.now(UTC))
            sdk.flush()
            assert sdk.get_trace_content(trace.id).environment == ""
            return
        trace = sdk.trace(name="prod", environment="production", end_time=datetime.datetime.now(UTC))
        sdk.flush()
        assert sdk.get_trace_content(trace.id).environment == "production"
        assert [row.name for row in sdk.search_traces(project_name=project, filter_string='environment = "production"')]

    def test_guardrails_over_rest(self, sdk, project):
        from opik.rest_api.types.guardrail_write import GuardrailWrite

        trace = sdk.trace(name="guarded", end_time=datetime.datetime.now(UTC))
        span = trace.span(name="validation", end_time=datetime.datetime.now(UTC))
        sdk.flush()
        sdk.rest_client.guardrails.create_guardrails(
            guardrails=[
                GuardrailWrite(
                    entity_id=trace.id,
                    secondary_id=span.id,
                    project_name=project,
                    name=name,
                    result=result,
                    config={"threshold": 0.5},
                    details={},
                )
                for name, result in [("TOPIC", "passed"), ("PII", "failed")]
            ]
        )
        (validation,) = sdk.get_trace_content(trace.id).guardrails_validations
        assert validation.span_id == span.id
        assert [(check.name, check.result) for check in validation.checks] == [("PII", "failed"), ("TOPIC", "passed")]
