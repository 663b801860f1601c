"""A small server that speaks enough of the OpenAI API for client libraries: chat (plain, streamed, tools), embeddings.

Answers are fixed functions of the request, so that tests can compare them. A request for structured output gets the
smallest instance of its schema, which makes the stub a judge: a boolean is true unless `STUB-NO` stands in its
description or in that of an object around it, a number is 0 unless `STUB-YES` stands in the messages, then 1.

Run it by hand with `python openai_stub.py 8080`.
"""

import http.server
import json
import sys
import threading

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 500,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 200, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 100, "audio_tokens": 0},
}


def reply_to(messages: list[dict]) -> str:
    """The stub answers with the last message in capitals."""
    content = messages[-1].get("content") or ""
    if isinstance(content, list):
        content = " ".join(part.get("text", "") for part in content)
    return content.upper()


def instance_of(schema: dict, definitions: dict, messages: str, description: str = "") -> object:
    """A value that fits a JSON schema of the kind that language models are given."""
    description += schema.get("description", "")
    if "$ref" in schema:
        return instance_of(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions, messages, description)
    if "anyOf" in schema:
        return instance_of(schema["anyOf"][0], definitions, messages, description)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: instance_of(field, definitions, messages, description) for name, field in fields.items()}
        case "array":
            return [instance_of(schema["items"], definitions, messages, description)]
        case "boolean":
            return "STUB-NO" not in description
        case "number" | "integer":
            return 1 if "STUB-YES" in messages else 0
        case _:
            return "the stub says so"


def structured_reply_to(body: dict) -> str:
    """The answer to a request whose `response_format` is a schema, or JSON of no given shape."""
    messages = json.dumps(body["messages"])
    schema = body["response_format"].get("json_schema", {}).get("schema")
    if schema is None:
        return json.dumps({"score": 1.0 if "STUB-YES" in messages else 0.0, "reason": ["the stub says so"]})
    return json.dumps(instance_of(schema, schema.get("$defs", {}), messages))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        """Keeps the test output quiet."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, body))
        path = self.path.split("?")[0].removeprefix("/v1")
        if path == "/chat/completions":
            if body["messages"][-1].get("content") == "fail":
                self.send_json(400, {"error": {"message": "told to fail", "type": "invalid_request_error"}})
            elif body.get("stream"):
                self.send_stream(body)
            else:
                self.send_json(200, self.completion(body))
        elif path == "/embeddings":
            inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
            self.send_json(
                200,
                {
                    "object": "list",
                    "model": body["model"],
                    "data": [
                        {"object": "embedding", "index": index, "embedding": [0.0, 0.5, float(index)]}
                        for index, _ in enumerate(inputs)
                    ],
                    "usage": {"prompt_tokens": 8, "total_tokens": 8},
                },
            )
        else:
            self.send_json(404, {"error": {"message": f"no such route {self.path}", "type": "invalid_request_error"}})

    def completion(self, body: dict) -> dict:
        message = {"role": "assistant", "content": reply_to(body["messages"])}
        finish = "stop"
        if (body.get("response_format") or {}).get("type") in ("json_schema", "json_object"):
            message["content"] = structured_reply_to(body)
        elif body.get("tools"):
            finish = "tool_calls"
            function = {"name": body["tools"][0]["function"]["name"], "arguments": '{"city":"Paris"}'}
            message = {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
            }
        return {
            "id": "chatcmpl-stub",
            "object": "chat.completion",
            "created": 1_767_225_600,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": USAGE,
        }

    def send_json(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def send_stream(self, body: dict) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        base = {
            "id": "chatcmpl-stub",
            "object": "chat.completion.chunk",
            "created": 1_767_225_600,
            "model": body["model"],
        }
        deltas = [{"role": "assistant", "content": ""}]
        deltas += [{"content": word} for word in reply_to(body["messages"]).split(" ")]
        for delta in deltas:
            self.send_event({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        self.send_event({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            self.send_event({**base, "choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def send_event(self, event: dict) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.flush()


class OpenAiStub(http.server.ThreadingHTTPServer):
    """The server; `requests` holds every (path, body) it was sent."""

    daemon_threads = True

    def __init__(self, port: int = 0):
        super().__init__(("127.0.0.1", port), Handler)
        self.requests: list[tuple[str, dict]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def start(self) -> "OpenAiStub":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self


if __name__ == "__main__":
    OpenAiStub(int(sys.argv[1]) if len(sys.argv) > 1 else 8080).serve_forever()
