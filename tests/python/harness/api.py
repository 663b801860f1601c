"""A thin HTTP client: one method per verb that checks the status, and short cuts for what most tests do."""

import datetime
import json
from typing import Any

import requests

from .ids import instant, now, uuid7

PRIVATE = "/api/v1/private"
TIMEOUT_SECONDS = 60


class Api:
    """Talks to one server. Paths are relative to `/api/v1/private` unless they start with `//`."""

    def __init__(self, root: str):
        self.root = root
        self.session = requests.Session()

    def url(self, path: str) -> str:
        if path.startswith("//"):
            return self.root + path[1:]
        return f"{self.root}{PRIVATE}{path}"

    def call(self, method: str, path: str, expect: int | None = None, **kwargs: Any) -> requests.Response:
        """Sends a request; with `expect`, fails with the whole answer when the status differs."""
        kwargs.setdefault("timeout", TIMEOUT_SECONDS)
        response = self.session.request(method, self.url(path), **kwargs)
        if expect is not None:
            assert response.status_code == expect, (
                f"{method} {path}: expected {expect}, got {response.status_code} {response.text[:2000]}"
            )
        return response

    def get(self, path: str, /, expect: int | None = 200, **params: Any) -> requests.Response:
        return self.call("GET", path, expect, params=encode_params(params))

    def post(self, path: str, body: Any = None, expect: int | None = None, **kwargs: Any) -> requests.Response:
        return self.call("POST", path, expect, json=body, **kwargs)

    def put(self, path: str, body: Any = None, expect: int | None = 204, **kwargs: Any) -> requests.Response:
        return self.call("PUT", path, expect, json=body, **kwargs)

    def patch(self, path: str, body: Any = None, expect: int | None = 204, **kwargs: Any) -> requests.Response:
        return self.call("PATCH", path, expect, json=body, **kwargs)

    def delete(self, path: str, expect: int | None = 204) -> requests.Response:
        return self.call("DELETE", path, expect)

    # Writing

    def add_traces(self, *traces: dict) -> list[dict]:
        self.post("/traces/batch", {"traces": list(traces)}, expect=204)
        return list(traces)

    def add_spans(self, *spans: dict) -> list[dict]:
        self.post("/spans/batch", {"spans": list(spans)}, expect=204)
        return list(spans)

    def score_traces(self, *scores: dict) -> None:
        self.put("/traces/feedback-scores", {"scores": list(scores)})

    def score_spans(self, *scores: dict) -> None:
        self.put("/spans/feedback-scores", {"scores": list(scores)})

    def score_threads(self, *scores: dict) -> None:
        self.put("/traces/threads/feedback-scores", {"scores": list(scores)})

    # Reading

    def trace(self, trace_id: str, **params: Any) -> dict:
        return self.get(f"/traces/{trace_id}", **params).json()

    def span(self, span_id: str, **params: Any) -> dict:
        return self.get(f"/spans/{span_id}", **params).json()

    def page(self, kind: str, **params: Any) -> dict:
        """One page of a list; `kind` is `traces`, `spans`, `traces/threads`, `projects` …"""
        return self.get(f"/{kind}", **params).json()

    def ids(self, kind: str, **params: Any) -> list[str]:
        return [row["id"] for row in self.page(kind, **params)["content"]]

    def search(self, kind: str, expect: int = 200, **body: Any) -> list[dict]:
        """All objects of one search response."""
        response = self.post(f"/{kind}/search", body, expect=expect)
        return [json.loads(line) for line in response.content.splitlines()]

    def stats(self, kind: str, **params: Any) -> list[dict]:
        return self.get(f"/{kind}/stats", **params).json()["stats"]

    def project_id(self, name: str) -> str:
        return self.post("/projects/retrieve", {"name": name}, expect=200).json()["id"]

    def thread(self, project: str, thread_id: str, **body: Any) -> dict:
        return self.post(
            "/traces/threads/retrieve", {"project_name": project, "thread_id": thread_id, **body}, expect=200
        ).json()


def encode_params(params: dict[str, Any]) -> dict[str, Any]:
    """Lists and objects travel as JSON text, booleans as `true` and `false`."""
    encoded = {}
    for key, value in params.items():
        if isinstance(value, (list, dict, bool)):
            encoded[key] = json.dumps(value)
        elif value is not None:
            encoded[key] = value
    return encoded


def trace(project: str | None, **fields: Any) -> dict:
    """A trace as a client sends it; keyword arguments add or replace fields."""
    body = {"id": uuid7(), "name": "a trace", "start_time": instant(now()), **fields}
    if project is not None:
        body.setdefault("project_name", project)
    return body


def span(project: str | None, trace_id: str, **fields: Any) -> dict:
    """A span as a client sends it."""
    body = {
        "id": uuid7(),
        "trace_id": trace_id,
        "name": "a span",
        "type": "general",
        "start_time": instant(now()),
        **fields,
    }
    if project is not None:
        body.setdefault("project_name", project)
    return body


def score(entity_id: str, name: str, value: float, project: str | None = None, **fields: Any) -> dict:
    """A feedback score of a batch."""
    body = {"id": entity_id, "name": name, "value": value, "source": "sdk", **fields}
    if project is not None:
        body["project_name"] = project
    return body


def times(duration_ms: float, start: datetime.datetime | None = None) -> dict:
    """`start_time` and `end_time` that lie `duration_ms` apart."""
    start = start or now()
    return {
        "start_time": instant(start),
        "end_time": instant(start + datetime.timedelta(milliseconds=duration_ms)),
    }


def filter_by(field: str, operator: str, value: str = "", key: str | None = None) -> dict:
    """One element of a filter list."""
    element = {"field": field, "operator": operator, "value": value}
    if key is not None:
        element["key"] = key
    return element


def named(stats: list[dict]) -> dict[str, Any]:
    """Statistics as a map from name to value."""
    return {entry["name"]: entry["value"] for entry in stats}


def error_list(response: requests.Response) -> list[str]:
    """The `errors` of a validation answer."""
    body = response.json()
    assert set(body) == {"errors"}, body
    return body["errors"]


def error_message(response: requests.Response) -> str:
    """The `message` of the other error shape; its `code` must repeat the status."""
    body = response.json()
    assert body["code"] == response.status_code, body
    return body["message"]
