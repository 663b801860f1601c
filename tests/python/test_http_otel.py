"""OpenTelemetry: exports over OTLP/HTTP become traces and spans."""

import base64
import gzip
import hashlib
import json
import uuid

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from harness.ids import uuid7

pytestmark = pytest.mark.http

PATH = "/otel/v1/traces"
PROTOBUF = "application/x-protobuf"
START = 1_767_225_600_123_000_000
START_TEXT = "2026-01-01T00:00:00.123Z"
SECOND = 1_000_000_000
COST = 1000 * 2.5e-6 + 500 * 1e-5


def value_of(value) -> dict:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [value_of(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": attributes_of(value)}}
    return {"stringValue": value}


def attributes_of(values: dict) -> list[dict]:
    return [{"key": key, "value": value_of(value)} for key, value in values.items()]


def otel_id(size: int) -> str:
    return uuid.uuid4().hex[: size * 2]


def otel_span(trace: str, parent: dict | None = None, /, attributes=None, **fields) -> dict:
    """A span in the JSON of OTLP."""
    span = {
        "traceId": trace,
        "spanId": otel_id(8),
        "name": "step",
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": str(START + 2 * SECOND),
        "attributes": attributes_of(attributes or {}),
        **fields,
    }
    if parent:
        span["parentSpanId"] = parent["spanId"]
    return span


def export_of(*spans: dict, scope: str = "") -> dict:
    return {"resourceSpans": [{"scopeSpans": [{"scope": {"name": scope}, "spans": list(spans)}]}]}


def to_protobuf(export: dict) -> bytes:
    """The same export as protobuf."""
    request = ExportTraceServiceRequest()
    for scope in export["resourceSpans"][0]["scopeSpans"]:
        scope_spans = request.resource_spans.add().scope_spans.add()
        scope_spans.scope.name = scope["scope"]["name"]
        for span in scope["spans"]:
            added = scope_spans.spans.add()
            added.trace_id = bytes.fromhex(span["traceId"])
            added.span_id = bytes.fromhex(span["spanId"])
            added.parent_span_id = bytes.fromhex(span.get("parentSpanId", ""))
            added.name = span["name"]
            added.start_time_unix_nano = int(span["startTimeUnixNano"])
            added.end_time_unix_nano = int(span["endTimeUnixNano"])
            for attribute in span["attributes"]:
                entry = added.attributes.add()
                entry.key = attribute["key"]
                [(kind, value)] = attribute["value"].items()
                match kind:
                    case "stringValue":
                        entry.value.string_value = value
                    case "intValue":
                        entry.value.int_value = int(value)
                    case _:
                        raise ValueError(kind)
    return request.SerializeToString()


def send(api, project: str | None, export, expect: int | None = 200, **headers):
    """Sends an export: objects as JSON, bytes as protobuf."""
    is_json = isinstance(export, dict | str)
    body = json.dumps(export).encode() if is_json else export
    headers = {"Content-Type": "application/json" if is_json else PROTOBUF, **headers}
    if project is not None:
        headers["projectName"] = project
    return api.call("POST", PATH, expect, data=body, headers=headers)


def derived(hexadecimal: str, millis: int) -> str:
    digest = bytearray(millis.to_bytes(6) + hashlib.sha256(bytes.fromhex(hexadecimal)).digest()[:10])
    digest[6] = digest[6] & 0x0F | 0x70
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def spans_of(api, project: str) -> dict[str, dict]:
    return {span["name"]: span for span in api.page("spans", project_name=project, size=100)["content"]}


def traces_of(api, project: str) -> list[dict]:
    return api.page("traces", project_name=project, size=100)["content"]


def call_of_model(**more) -> dict:
    return {
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 500,
        **more,
    }


def agent_run() -> dict:
    trace = otel_id(16)
    root = otel_span(
        trace,
        name="agent",
        attributes={
            "input.value": "hello",
            "output.value": '{"answer": 42}',
            "thread_id": "conversation 1",
            "gen_ai.usage.input_tokens": 1000,
        },
    )
    llm = otel_span(
        trace,
        root,
        name="chat",
        attributes=call_of_model(**{"gen_ai.input.messages": '[{"role": "user"}]', "opik.tags": "a, b"}),
    )
    return export_of(root, llm, scope="my-framework")


class TestRecords:
    @pytest.mark.parametrize(
        "encode", [lambda export: export, to_protobuf, json.dumps], ids=["json", "protobuf", "text"]
    )
    def test_a_run_is_a_trace_with_its_spans(self, api, project, encode):
        export = agent_run()
        send(api, project, encode(export))
        [trace] = traces_of(api, project)
        spans = spans_of(api, project)
        otel_trace = export["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]
        assert trace["id"] == derived(otel_trace, START // 1_000_000)
        assert (trace["name"], trace["source"]) == ("agent", "sdk")
        assert (trace["start_time"], trace["duration"]) == (START_TEXT, 2000.0)
        assert trace["input"] == {"input.value": "hello"}
        assert trace["output"] == {"output.value": {"answer": 42}}
        assert trace["thread_id"] == "conversation 1"
        assert trace["metadata"]["integration"] == "my-framework"
        assert spans["agent"]["trace_id"] == spans["chat"]["trace_id"] == trace["id"]
        assert "parent_span_id" not in spans["agent"]
        assert spans["chat"]["parent_span_id"] == spans["agent"]["id"]
        assert spans["agent"]["type"] == "llm"
        assert spans["chat"]["type"] == "llm"
        assert (spans["chat"]["model"], spans["chat"]["provider"]) == ("gpt-4o", "openai")
        assert sorted(spans["chat"]["tags"]) == ["a", "b"]
        assert spans["chat"]["input"] == {"gen_ai.input.messages": [{"role": "user"}]}

    def test_usage_and_cost_are_counted_once(self, api, project):
        send(api, project, to_protobuf(agent_run()))
        spans = spans_of(api, project)
        usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
        assert spans["chat"]["usage"] == usage
        assert "usage" not in spans["agent"]
        assert spans["chat"]["total_estimated_cost"] == pytest.approx(COST)
        [trace] = traces_of(api, project)
        assert trace["usage"] == usage
        assert trace["total_estimated_cost"] == pytest.approx(COST)
        assert (trace["span_count"], trace["llm_span_count"]) == (2, 2)
        assert api.thread(project, "conversation 1")["number_of_messages"] == 2

    def test_parts_may_arrive_in_any_order(self, api, project):
        trace = otel_id(16)
        root = otel_span(trace, name="root", startTimeUnixNano=str(START - 5 * SECOND))
        middle = otel_span(trace, root, name="middle")
        leaf = otel_span(trace, middle, name="leaf")
        for encode in (lambda export: export, to_protobuf):
            send(api, project, encode(export_of(leaf)))
            send(api, project, encode(export_of(middle)))
        assert traces_of(api, project) == []
        send(api, project, to_protobuf(export_of(root)))
        [found] = traces_of(api, project)
        spans = spans_of(api, project)
        assert found["id"] == derived(trace, START // 1_000_000)
        assert found["span_count"] == 3
        assert spans["leaf"]["parent_span_id"] == spans["middle"]["id"]
        assert spans["middle"]["parent_span_id"] == spans["root"]["id"]
        assert {span["trace_id"] for span in spans.values()} == {found["id"]}

    def test_sending_again_changes_nothing(self, api, project):
        export = agent_run()
        for _ in range(2):
            send(api, project, export)
        assert len(traces_of(api, project)) == 1
        assert len(spans_of(api, project)) == 2

    def test_errors(self, api, project):
        exception = {"exception.type": "ValueError", "exception.message": "no", "exception.stacktrace": "line 1"}
        event = {"timeUnixNano": str(START), "name": "exception", "attributes": attributes_of(exception)}
        failed = otel_span(otel_id(16), name="failed", events=[event], status={"code": 2, "message": "broke"})
        marked = otel_span(otel_id(16), name="marked", status={"code": "STATUS_CODE_ERROR", "message": "broke"})
        send(api, project, export_of(failed, marked))
        spans = spans_of(api, project)
        assert spans["failed"]["error_info"] == {
            "exception_type": "ValueError",
            "message": "no",
            "traceback": "line 1",
        }
        assert spans["marked"]["error_info"] == {
            "exception_type": "Error",
            "message": "broke",
            "traceback": "broke",
        }
        assert spans["failed"]["metadata"]["opentelemetry.events"] == [
            {"name": "exception", "time_unix_nano": START, "attributes": exception}
        ]
        assert {trace["name"] for trace in traces_of(api, project) if trace.get("error_info")} == {"failed", "marked"}

    def test_spans_of_a_trace_of_the_sdk(self, api, project):
        trace, parent, own = uuid7(), uuid7(), uuid7()
        attributes = {"opik.trace_id": trace, "opik.parent_span_id": parent, "opik.span_id": own}
        send(api, project, export_of(otel_span(otel_id(16), attributes=attributes)))
        span = api.span(own)
        assert (span["trace_id"], span["parent_span_id"]) == (trace, parent)
        assert "input" not in span
        assert api.call("GET", f"/traces/{trace}").status_code == 404

    def test_values_keep_their_types(self, api, project):
        values = {"text": "[1] x", "number": 1, "ratio": 0.5, "flag": True, "list": ["a", 1], "object": {"a": ["b"]}}
        send(api, project, export_of(otel_span(otel_id(16), attributes=values)))
        assert spans_of(api, project)["step"]["input"] == values

    def test_traces_of_the_same_id_in_two_projects_stay_apart(self, api, project):
        trace, other = otel_id(16), f"{project}-other"
        send(api, project, export_of(otel_span(trace)))
        send(api, other, export_of(otel_span(trace, startTimeUnixNano=str(START + SECOND))))
        [one], [two] = traces_of(api, project), traces_of(api, other)
        assert one["id"] != two["id"]

    def test_more_spans_than_a_batch_holds(self, api, project):
        trace = otel_id(16)
        root = otel_span(trace, name="root")
        send(api, project, to_protobuf(export_of(root, *(otel_span(trace, root) for _ in range(2_500)))))
        [found] = traces_of(api, project)
        assert found["span_count"] == 2_501


class TestTransport:
    def test_answers_have_the_encoding_of_the_request(self, api, project):
        export = agent_run()
        answer = send(api, project, export)
        assert (answer.headers["content-type"], answer.text) == ("application/json", "{}")
        answer = send(api, project, to_protobuf(export))
        assert (answer.headers["content-type"], answer.content) == (PROTOBUF, b"")

    def test_spans_that_cannot_be_stored_are_counted(self, api, project):
        nameless = otel_span("0" * 32, name="nameless")
        late = otel_span(otel_id(16), name="late", endTimeUnixNano=str(2**64 - 1))
        export = export_of(nameless, late, otel_span(otel_id(16), name="fine"))
        partial = send(api, project, export).json()["partialSuccess"]
        assert partial == {"rejectedSpans": "2", "errorMessage": "a span has no valid trace id"}
        answer = ExportTraceServiceResponse.FromString(send(api, project, to_protobuf(export)).content)
        assert answer.partial_success.rejected_spans == 2
        assert set(spans_of(api, project)) == {"fine"}

    @pytest.mark.parametrize("encode", [lambda export: json.dumps(export).encode(), to_protobuf])
    def test_gzip(self, api, project, encode):
        body = encode(agent_run())
        kind = "application/json" if body.startswith(b"{") else PROTOBUF
        headers = {"Content-Type": kind, "Content-Encoding": "gzip", "PROJECTNAME": project}
        api.call("POST", PATH, 200, data=gzip.compress(body), headers=headers)
        assert len(spans_of(api, project)) == 2

    def test_ids_in_base64(self, api, project):
        span = otel_span(otel_id(16))
        same = {name: base64.b64encode(bytes.fromhex(span[name])).decode() for name in ("traceId", "spanId")}
        send(api, project, export_of(span))
        send(api, project, export_of({**span, **same, "name": "again"}))
        assert list(spans_of(api, project)) == ["again"]

    def test_without_header_the_default_project_is_used(self, api):
        span = otel_span(otel_id(16), name=f"step {uuid.uuid4()}")
        send(api, None, export_of(span))
        trace = api.trace(derived(span["traceId"], START // 1_000_000))
        assert trace["project_id"] == api.project_id("Default Project")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b'"x"',
            b'{"resourceSpans":3}',
            b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"#"}]}]}]}',
        ],
    )
    def test_bad_json(self, api, project, body):
        answer = api.call("POST", PATH, 400, data=body, headers={"Content-Type": "application/json"})
        assert answer.json()["message"].startswith("not an OTLP trace export: ")

    def test_bad_protobuf(self, api, project):
        assert send(api, project, b"\xff\xff\xff", expect=400).json()["code"] == 400
        assert send(api, project, b"").content == b""

    @pytest.mark.parametrize("kind", ["application/grpc", "text/plain", ""])
    def test_other_types(self, api, kind):
        api.call("POST", PATH, 415, data=b"x", headers={"Content-Type": kind})

    def test_bodies_that_would_take_much_memory(self, api, project):
        spans = b"\x12\x00" * 1_000_001
        scope = b"\x12" + varint(len(spans)) + spans
        body = b"\x0a" + varint(len(scope)) + scope
        answer = api.call(
            "POST", PATH, 413, data=gzip.compress(body), headers={"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}
        )
        assert "at most" in answer.json()["message"]

    def test_other_signals_are_not_taken(self, api):
        for signal in ("metrics", "logs"):
            api.call("POST", f"/otel/v1/{signal}", 404, data=b"", headers={"Content-Type": PROTOBUF})


def varint(number: int) -> bytes:
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


class TestInstrumentations:
    def span(self, api, project, attributes: dict, **fields) -> dict:
        send(api, project, export_of(otel_span(otel_id(16), attributes=attributes, **fields)))
        return spans_of(api, project)[fields.get("name", "step")]

    def test_openinference(self, api, project):
        span = self.span(
            api,
            project,
            {
                "openinference.span.kind": "LLM",
                "llm.model_name": "gpt-4o",
                "llm.provider": "openai",
                "llm.token_count.prompt": 1000,
                "llm.token_count.completion": 500,
                "llm.input_messages.0.message.content": "hi",
                "llm.output_messages.0.message.content": "hello",
                "input.value": '{"messages": []}',
                "session.id": "s1",
            },
        )
        assert (span["type"], span["model"], span["provider"]) == ("llm", "gpt-4o", "openai")
        assert span["usage"]["prompt"] == span["usage"]["prompt_tokens"] == 1000
        assert span["usage"]["total_tokens"] == 1500
        assert span["total_estimated_cost"] == pytest.approx(COST)
        assert span["input"] == {"llm.input_messages.0.message.content": "hi", "input.value": {"messages": []}}
        assert span["output"] == {"llm.output_messages.0.message.content": "hello"}
        assert api.thread(project, "s1")["id"] == "s1"

    def test_pydantic_ai(self, api, project):
        span = self.span(
            api,
            project,
            {
                "agent_name": "helper",
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.request.model": "gpt-4o",
                "all_messages": '[{"role": "user"}]',
                "final_result": "done",
                "logfire.json_schema": "{}",
                "code.lineno": 3,
            },
        )
        assert span["type"] == "general"
        assert span["input"] == {"all_messages": [{"role": "user"}]}
        assert span["output"] == {"final_result": "done"}
        assert span["metadata"] == {"agent_name": "helper", "gen_ai.operation.name": "invoke_agent", "code.lineno": 3}

    def test_claude_code(self, api, project):
        span = self.span(
            api,
            project,
            {"model": "claude-sonnet-4-5", "input_tokens": 10, "output_tokens": 5, "new_context": "hi", "extra": 1},
            name="claude_code.llm_request",
        )
        assert (span["type"], span["model"], span["provider"]) == ("llm", "claude-sonnet-4-5", "anthropic")
        assert span["usage"] == {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        assert span["input"] == {"new_context": "hi"}
        assert span["metadata"] == {"provider": "anthropic", "extra": 1}
        assert span["total_estimated_cost"] > 0

    def test_a_cost_that_is_given(self, api, project):
        span = self.span(api, project, call_of_model(**{"gen_ai.usage.cost": 1.25}))
        assert span["total_estimated_cost"] == 1.25


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_the_sdk_of_opentelemetry(server, api, project, compression):
    exporter = OTLPSpanExporter(
        endpoint=f"{server.api}/v1/private{PATH}", headers={"projectName": project}, compression=compression
    )
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("tests")
    with tracer.start_as_current_span("agent", attributes={"input.value": "hi"}):
        with tracer.start_as_current_span("chat", attributes=call_of_model()) as span:
            span.add_event("gen_ai.choice", {"message": '{"content": "hello"}'})
        with pytest.raises(ValueError), tracer.start_as_current_span("tool"):
            raise ValueError("no")
    provider.shutdown()
    spans = spans_of(api, project)
    [trace] = traces_of(api, project)
    assert set(spans) == {"agent", "chat", "tool"}
    assert trace["name"] == "agent"
    assert trace["metadata"]["integration"] == "tests"
    assert {span.get("parent_span_id") for span in spans.values()} == {None, spans["agent"]["id"]}
    assert spans["tool"]["error_info"]["exception_type"] == "ValueError"
    assert "Traceback" in spans["tool"]["error_info"]["traceback"]
    assert spans["chat"]["total_estimated_cost"] == pytest.approx(COST)
    [event] = spans["chat"]["metadata"]["opentelemetry.events"]
    assert event["attributes"] == {"message": {"content": "hello"}}
