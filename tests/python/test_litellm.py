"""LiteLLM's own Opik logger and the SDK's OpenAI integration, against a local stand-in for the model provider."""

import asyncio
import time

import litellm
import openai
import opik
import pytest
from litellm.integrations.opik import opik as litellm_opik
from opik import opik_context
from opik.integrations.openai import track_openai

pytestmark = pytest.mark.sdk

MODEL = "openai/gpt-4o"
QUESTION = [{"role": "user", "content": "hello stub"}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "current weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
# The price of gpt-4o for 1000 prompt tokens, 200 of them cached, and 500 completion tokens.
COST = 0.00725


@pytest.fixture(autouse=True)
def clean_callbacks(monkeypatch):
    """LiteLLM keeps its callbacks and loggers in module globals."""
    from litellm.litellm_core_utils import litellm_logging

    yield
    litellm.logging_callback_manager._reset_all_callbacks()
    litellm_logging._in_memory_loggers.clear()


def eventually(read, wanted: int, seconds: float = 20):
    """LiteLLM calls its loggers on a thread of its own; waits until `wanted` rows are there."""
    deadline = time.monotonic() + seconds
    while True:
        rows = read()
        if len(rows) >= wanted or time.monotonic() > deadline:
            assert len(rows) == wanted
            return rows
        time.sleep(0.2)


def traces_of(tracked, project):
    def read():
        client = tracked()
        try:
            return client.search_traces(project_name=project)
        except opik.rest_api.core.api_error.ApiError as error:
            # The project appears with its first trace.
            assert error.status_code == 404
            return []

    return read


class TestLiteLlm:
    def test_callback_by_name(self, tracked, stub, project):
        litellm.callbacks = ["opik"]
        answer = litellm.completion(
            model=MODEL,
            messages=QUESTION,
            api_base=stub.url,
            api_key="unused",
            metadata={"opik": {"tags": ["from-litellm"], "thread_id": "litellm-thread"}},
        )
        assert answer.choices[0].message.content == "HELLO STUB"
        (trace,) = eventually(traces_of(tracked, project), 1)
        assert "from-litellm" in trace.tags
        assert trace.thread_id == "litellm-thread"
        assert trace.input == QUESTION
        client = tracked()
        (span,) = client.search_spans(project_name=project)
        assert span.trace_id == trace.id
        assert span.type == "llm"
        assert span.provider == "openai"
        assert span.usage["total_tokens"] == 1500
        assert trace.total_estimated_cost > 0

    def test_inside_a_tracked_function(self, tracked, stub, project):
        litellm.callbacks = ["opik"]

        @opik.track
        def agent(text):
            answer = litellm.completion(
                model=MODEL,
                messages=[{"role": "user", "content": text}],
                api_base=stub.url,
                api_key="unused",
                metadata={"opik": {"current_span_data": opik_context.get_current_span_data()}},
            )
            return answer.choices[0].message.content

        assert agent("nested") == "NESTED"
        client = tracked()
        spans = eventually(lambda: tracked().search_spans(project_name=project), 2)
        (trace,) = client.search_traces(project_name=project)
        assert {span.trace_id for span in spans} == {trace.id}
        outer = next(span for span in spans if span.name == "agent")
        inner = next(span for span in spans if span.type == "llm")
        assert inner.parent_span_id == outer.id

    def test_streaming(self, tracked, stub, project):
        litellm.callbacks = ["opik"]
        chunks = litellm.completion(
            model=MODEL,
            messages=QUESTION,
            api_base=stub.url,
            api_key="unused",
            stream=True,
            stream_options={"include_usage": True},
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == "HELLOSTUB"
        (trace,) = eventually(traces_of(tracked, project), 1)
        assert "HELLOSTUB" in str(trace.output)

    def test_without_the_sdk_the_logger_posts_by_itself(self, tracked, stub, project, monkeypatch):
        """Then bodies are plain JSON with explicit nulls and fields the API does not know; only 204 is success."""
        monkeypatch.setattr(litellm_opik, "opik_client", None)
        failures = []
        monkeypatch.setattr(litellm_opik.verbose_logger, "exception", lambda *args: failures.append(args))
        logger = litellm_opik.OpikLogger()
        failures.clear()  # Without a running event loop the constructor always reports that it will not batch.
        litellm.callbacks = [logger]
        litellm.completion(model=MODEL, messages=QUESTION, api_base=stub.url, api_key="unused")
        (trace,) = eventually(traces_of(tracked, project), 1)
        assert trace.input == QUESTION
        spans = eventually(lambda: tracked().search_spans(project_name=project), 1)
        assert spans[0].usage["total_tokens"] == 1500
        assert not failures

    def test_asynchronous_batches(self, tracked, stub, project, monkeypatch):
        monkeypatch.setattr(litellm_opik, "opik_client", None)

        async def run():
            logger = litellm_opik.OpikLogger()
            litellm.callbacks = [logger]
            await asyncio.gather(
                *(
                    litellm.acompletion(model=MODEL, messages=QUESTION, api_base=stub.url, api_key="unused")
                    for _ in range(5)
                )
            )
            deadline = time.monotonic() + 20
            while len(logger.log_queue) < 10 and time.monotonic() < deadline:
                await asyncio.sleep(0.1)
            await logger.flush_queue()

        asyncio.run(run())
        assert len(eventually(traces_of(tracked, project), 5)) == 5
        assert len(tracked().search_spans(project_name=project)) == 5

    def test_embeddings(self, tracked, stub, project):
        litellm.callbacks = ["opik"]
        litellm.embedding(model="openai/text-embedding-3-small", input=["a", "b"], api_base=stub.url, api_key="unused")
        (trace,) = eventually(traces_of(tracked, project), 1)
        assert trace.usage["total_tokens"] == 8


@pytest.fixture
def client(tracked, stub, project):
    return track_openai(openai.OpenAI(base_url=stub.url, api_key="unused"), project_name=project, provider="openai")


class TestOpenAi:
    def test_chat(self, tracked, client, project):
        answer = client.chat.completions.create(model="gpt-4o", messages=QUESTION, temperature=0.1)
        assert answer.choices[0].message.content == "HELLO STUB"
        reader = tracked()
        (trace,) = reader.search_traces(project_name=project)
        (span,) = reader.search_spans(project_name=project)
        assert span.type == "llm"
        assert span.model == "gpt-4o"
        assert span.provider == "openai"
        assert span.input["messages"] == QUESTION
        assert span.output["choices"][0]["message"]["content"] == "HELLO STUB"
        assert span.usage["prompt_tokens"] == 1000
        assert span.usage["original_usage.prompt_tokens_details.cached_tokens"] == 200
        assert span.total_estimated_cost == pytest.approx(COST)
        assert trace.total_estimated_cost == pytest.approx(COST)

    def test_stream(self, tracked, client, project):
        chunks = client.chat.completions.create(
            model="gpt-4o", messages=QUESTION, stream=True, stream_options={"include_usage": True}
        )
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == "HELLOSTUB"
        (span,) = tracked().search_spans(project_name=project)
        assert "HELLOSTUB" in str(span.output)
        assert span.usage["total_tokens"] == 1500

    def test_tools(self, tracked, client, project):
        answer = client.chat.completions.create(model="gpt-4o", messages=QUESTION, tools=TOOLS)
        assert answer.choices[0].message.tool_calls[0].function.name == "weather"
        (span,) = tracked().search_spans(project_name=project)
        call = span.output["choices"][0]["message"]["tool_calls"][0]
        assert call["function"] == {"name": "weather", "arguments": '{"city":"Paris"}'}

    def test_errors(self, tracked, client, project):
        with pytest.raises(openai.BadRequestError):
            client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "fail"}])
        (span,) = tracked().search_spans(project_name=project)
        assert span.error_info.exception_type == "BadRequestError"
        assert "told to fail" in span.error_info.traceback

    def test_inside_a_tracked_function(self, tracked, client, project):
        @opik.track(project_name=project)
        def agent():
            return client.chat.completions.create(model="gpt-4o", messages=QUESTION).choices[0].message.content

        assert agent() == "HELLO STUB"
        reader = tracked()
        (trace,) = reader.search_traces(project_name=project)
        spans = {span.name: span for span in reader.search_spans(project_name=project)}
        assert len(spans) == 2
        outer = spans.pop("agent")
        (inner,) = spans.values()
        assert inner.parent_span_id == outer.id
        assert trace.usage["total_tokens"] == 1500
