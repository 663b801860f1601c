"""A stand-in for the language model that judges assertions: it speaks the chat API and decides by fixed rules."""

import http.server
import json
import os
import threading
from collections.abc import Callable
from typing import Any

# What an assertion looks for in the conversation it is given, all in lower case. Others hold.
Rule = Callable[[str], bool]


class Judge(http.server.ThreadingHTTPServer):
    """A server of the chat API on a free port; `rules` are found by a part of the assertion's text."""

    daemon_threads = True

    def __init__(self, rules: dict[str, Rule]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.rules = rules
        threading.Thread(target=self.serve_forever, daemon=True).start()
        # LiteLLM, which the SDK calls models through, reads these.
        os.environ["OPENAI_API_BASE"] = os.environ["OPENAI_BASE_URL"] = f"http://127.0.0.1:{self.server_address[1]}/v1"
        os.environ["OPENAI_API_KEY"] = "unused"

    model = "openai/gpt-5-nano"

    def verdict(self, assertion: str, conversation: str) -> bool:
        return all(rule(conversation) for part, rule in self.rules.items() if part in assertion)

    def instance_of(self, schema: dict[str, Any], shared: dict[str, Any], talk: str, about: str = "") -> Any:
        """The smallest value that fits a JSON schema; the descriptions say what its booleans are about."""
        about += schema.get("description", "")
        if "$ref" in schema:
            return self.instance_of(shared[schema["$ref"].rsplit("/", 1)[-1]], shared, talk, about)
        if "anyOf" in schema:
            return self.instance_of(schema["anyOf"][0], shared, talk, about)
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {})
                return {name: self.instance_of(field, shared, talk, about) for name, field in fields.items()}
            case "array":
                return [self.instance_of(schema["items"], shared, talk, about)]
            case "boolean":
                return self.verdict(about, talk)
            case "number" | "integer":
                return 0.9
            case _:
                holds = self.verdict(about, talk)
                return "The answer does what is asked." if holds else "I find nothing of that in the answer."


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Judge

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the output to the ids."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema", {})
        talk = json.dumps(body["messages"], ensure_ascii=False).lower()
        answer = json.dumps(self.server.instance_of(schema, schema.get("$defs", {}), talk))
        content = json.dumps(
            {
                "id": "chatcmpl-judge",
                "object": "chat.completion",
                "created": 1_767_225_600,
                "model": body["model"],
                "choices": [{"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": len(talk) // 4,
                    "completion_tokens": len(answer) // 4,
                    "total_tokens": (len(talk) + len(answer)) // 4,
                },
            }
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
