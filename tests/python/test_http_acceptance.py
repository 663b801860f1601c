"""The twenty promises a replacement for the upstream server must keep, one test each."""

import base64
import datetime
import functools
import gzip
import json
import math
import operator
import os
import re
import struct
import zlib

import pytest
import requests

from harness.api import error_list, error_message, filter_by, named, score, span, times, trace
from harness.ids import instant, now, uuid4, uuid7

pytestmark = pytest.mark.http


def test_gzip_batch_keeps_key_order(api, project):
    item = trace(project, input={"zeta": 1, "alpha": {"y": 1, "b": 2}, "mid": [3]})
    body = gzip.compress(json.dumps({"traces": [item]}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json;charset=utf-8"}
    api.call("POST", "/traces/batch", 204, data=body, headers=headers)
    stored = json.loads(api.get(f"/traces/{item['id']}").content)["input"]
    assert list(stored) == ["zeta", "alpha", "mid"]
    assert list(stored["alpha"]) == ["y", "b"]


@pytest.mark.parametrize("arrival", ["start first", "end first"])
def test_start_and_end_records_become_one_trace(api, project, arrival):
    started = trace(project, start_time="2026-01-01T00:00:00Z", last_updated_at="2026-01-01T00:00:00Z")
    ended = {
        **started,
        "end_time": "2026-01-01T00:00:01.500Z",
        "output": {"answer": 42},
        "last_updated_at": "2026-01-01T00:00:02Z",
    }
    for record in [started, ended] if arrival == "start first" else [ended, started]:
        api.add_traces(record)
    stored = api.trace(started["id"])
    assert stored["duration"] == 1500.0
    assert stored["output"] == {"answer": 42}
    assert api.page("traces", project_name=project)["total"] == 1


def test_patch_before_create_is_merged(api, project):
    trace_id = uuid7()
    api.patch(f"/traces/{trace_id}", {"project_name": project, "output": {"done": True}, "tags": ["early"]})
    created = trace(project, id=trace_id, name="late", input={"q": 1}, output={"done": False})
    api.post("/traces", created, expect=201)
    stored = api.trace(trace_id)
    assert stored["output"] == {"done": True}
    assert stored["tags"] == ["early"]
    assert stored["name"] == "late"
    assert stored["input"] == {"q": 1}
    assert stored["start_time"][:19] == created["start_time"][:19]


def test_second_create_conflicts_for_traces_and_is_ignored_for_spans(api, project):
    first = trace(project, name="first")
    api.post("/traces", first, expect=201)
    again = api.post("/traces", {**first, "name": "second"}, expect=409)
    assert error_list(again) == ["Trace already exists"]

    part = span(project, first["id"], name="first")
    api.post("/spans", part, expect=201)
    repeated = api.post("/spans", {**part, "name": "second"}, expect=201)
    assert repeated.headers["Location"].endswith(f"/v1/private/spans/{part['id']}")
    assert api.span(part["id"])["name"] == "first"


@pytest.mark.parametrize("count", [0, 1001])
def test_batch_size_limits(api, project, count):
    items = [trace(project) for _ in range(count)]
    response = api.post("/traces/batch", {"traces": items}, expect=422)
    assert error_list(response) == ["traces size must be between 1 and 1000"]


def test_version_4_ids_are_refused(api, project):
    response = api.post("/traces", trace(project, id=uuid4()), expect=400)
    assert response.json() == {
        "code": 400,
        "message": "Invalid UUID for id",
        "details": "Trace id must be a version 7 UUID",
    }


def test_list_needs_a_known_project(api):
    missing = api.get("/traces", expect=400)
    assert error_message(missing) == "Either 'project_name' or 'project_id' query params must be provided"
    unknown = api.get("/traces", expect=404, project_name="no such project")
    assert error_message(unknown) == "Project name: no such project not found"
    unknown_id = uuid7()
    by_id = api.get("/traces", expect=404, project_id=unknown_id)
    assert error_message(by_id) == f"Project id: {unknown_id} not found"


def test_search_pages_by_cursor(api, project):
    expected = sorted((item["id"] for item in api.add_traces(*[trace(project) for _ in range(5)])), reverse=True)
    pages, cursor = [], None
    while True:
        response = api.post(
            "/traces/search", {"project_name": project, "limit": 2, "last_retrieved_id": cursor}, expect=200
        )
        assert response.headers["Content-Type"].startswith("application/octet-stream")
        if response.content:
            assert response.content.endswith(b"\r\n")
            assert response.content.count(b"\n") == response.content.count(b"\r\n")
        page = [json.loads(line)["id"] for line in response.content.split(b"\r\n") if line]
        pages.append(page)
        if len(page) < 2:
            break
        cursor = page[-1]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert functools.reduce(operator.iadd, pages, []) == expected


def test_several_scores_of_one_name_are_averaged(api, project):
    item = api.add_traces(trace(project))[0]
    queue_id = uuid7()
    api.score_traces(
        score(item["id"], "quality", 1.0, project, reason="good"),
        score(item["id"], "quality", 0.5, project, source_queue_id=queue_id),
    )
    (stored,) = api.trace(item["id"])["feedback_scores"]
    assert stored["value"] == 0.75
    assert set(stored["value_by_author"]) == {"admin", f"admin_{queue_id}"}
    assert stored["value_by_author"]["admin"]["value"] == 1.0
    assert stored["value_by_author"][f"admin_{queue_id}"]["value"] == 0.5
    assert stored["value_by_author"][f"admin_{queue_id}"]["source_queue_id"] == queue_id
    assert stored["reason"] in ("good, <no reason>", "<no reason>, good")


def test_filters_by_score_metadata_tag_usage_and_error(api, project):
    hit = trace(
        project,
        metadata={"a": {"b": "x"}},
        tags=["Blue"],
        error_info={"exception_type": "ValueError", "message": "no", "traceback": "…"},
    )
    miss = trace(project, metadata={"a": {"b": "y"}}, tags=["red"])
    api.add_traces(hit, miss)
    api.add_spans(
        span(project, hit["id"], usage={"total_tokens": 11}), span(project, miss["id"], usage={"total_tokens": 10})
    )
    api.score_traces(score(hit["id"], "acc", 0.5, project), score(miss["id"], "acc", 0.49, project))
    for condition in [
        filter_by("feedback_scores", ">=", "0.5", "acc"),
        filter_by("metadata", "=", "x", "a.b"),
        filter_by("tags", "contains", "blu"),
        filter_by("usage.total_tokens", ">", "10"),
        filter_by("error_info", "is_not_empty"),
    ]:
        page = api.page("traces", project_name=project, filters=[condition])
        assert [row["id"] for row in page["content"]] == [hit["id"]], condition
        assert page["total"] == 1, condition
        assert [row["id"] for row in api.search("traces", project_name=project, filters=[condition])] == [hit["id"]]


def test_open_traces_sort_last_in_both_directions(api, project):
    short, long = trace(project, **times(10)), trace(project, **times(20))
    unfinished = trace(project)
    api.add_traces(long, unfinished, short)
    for direction, expected in [("DESC", [long, short, unfinished]), ("ASC", [short, long, unfinished])]:
        order = api.ids("traces", project_name=project, sorting=[{"field": "duration", "direction": direction}])
        assert order == [item["id"] for item in expected]


def test_statistics_order_and_percentiles(api, project):
    items = [trace(project, input={"n": n}, **times(n)) for n in (1, 2, 3, 4)]
    items[0]["thread_id"] = items[1]["thread_id"] = "conversation"
    items[3]["error_info"] = {"exception_type": "E", "traceback": "t"}
    api.add_traces(*items)
    api.add_spans(
        span(
            project, items[0]["id"], type="llm", usage={"prompt_tokens": 4, "total_tokens": 6}, total_estimated_cost=2
        ),
        span(project, items[1]["id"], type="llm", usage={"total_tokens": 2}, total_estimated_cost=1),
    )
    api.score_traces(score(items[0]["id"], "b", 1, project), score(items[1]["id"], "a", 0, project))
    api.score_traces(score(items[1]["id"], "b", 0, project))
    stats = api.stats("traces", project_name=project)
    assert [(entry["name"], entry["type"]) for entry in stats] == [
        ("trace_count", "COUNT"),
        ("duration", "PERCENTAGE"),
        ("input", "COUNT"),
        ("output", "COUNT"),
        ("metadata", "COUNT"),
        ("tags", "AVG"),
        ("thread_count", "COUNT"),
        ("llm_span_count", "AVG"),
        ("span_count", "AVG"),
        ("total_estimated_cost", "AVG"),
        ("total_estimated_cost_sum", "AVG"),
        ("usage.prompt_tokens", "AVG"),
        ("usage.total_tokens", "AVG"),
        ("usage_sum.prompt_tokens", "AVG"),
        ("usage_sum.total_tokens", "AVG"),
        ("feedback_scores.a", "AVG"),
        ("feedback_scores.b", "AVG"),
        ("guardrails_failed_count", "COUNT"),
        ("error_count", "COUNT"),
    ]
    values = named(stats)
    assert values["trace_count"] == 4
    assert values["duration"] == pytest.approx({"p50": 2.5, "p90": 3.7, "p99": 3.97})
    assert values["input"] == 4
    assert values["output"] == 0
    assert values["thread_count"] == 1
    assert values["span_count"] == values["llm_span_count"] == 0.5
    assert values["total_estimated_cost"] == 1.5
    assert values["total_estimated_cost_sum"] == 3
    assert values["usage.prompt_tokens"] == 4
    assert values["usage.total_tokens"] == 4
    assert values["usage_sum.total_tokens"] == 8
    assert values["feedback_scores.b"] == 0.5
    assert values["guardrails_failed_count"] == 0
    assert values["error_count"] == 1


def test_attachment_upload_list_and_download(api, server, project):
    item = api.add_traces(trace(project))[0]
    content = os.urandom(5000)
    base = base64.b64encode(f"{server.api}/".encode()).decode()
    started = api.post(
        "/attachment/upload-start",
        {
            "file_name": "weights v1.bin",
            "num_of_file_parts": 1,
            "mime_type": "application/octet-stream",
            "project_name": project,
            "entity_type": "trace",
            "entity_id": item["id"],
            "path": base,
        },
        expect=200,
    ).json()
    assert started["upload_id"] == "BEMinIO"
    (upload_url,) = started["pre_sign_urls"]
    assert upload_url.startswith(f"{server.api}/v1/private/attachment/upload?")
    assert api.session.put(upload_url, data=content).status_code == 204

    page = api.get(
        "/attachment/list",
        project_id=api.project_id(project),
        entity_type="trace",
        entity_id=item["id"],
        path=base,
    ).json()
    (listed,) = page["content"]
    assert listed["file_name"] == "weights v1.bin"
    assert listed["file_size"] == len(content)
    assert listed["mime_type"] == "application/octet-stream"
    download = requests.get(listed["link"], timeout=30)
    assert download.status_code == 200
    assert download.content == content
    assert download.headers["Content-Type"] == "application/octet-stream"
    assert 'filename="weights v1.bin"' in download.headers["Content-Disposition"]


def noisy_png(minimum_bytes: int) -> bytes:
    """A valid PNG of random pixels, at least `minimum_bytes` long."""
    side = math.isqrt(minimum_bytes) + 1
    rows = b"".join(b"\0" + os.urandom(side) for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_large_data_uri_becomes_an_attachment(api, server, project):
    encoded = base64.b64encode(noisy_png(300_000)).decode()
    text = f"data:image/png;base64,{encoded}"
    item = api.add_traces(trace(project, input={"picture": text, "note": "kept"}))[0]

    page = api.get(
        "/attachment/list",
        project_id=api.project_id(project),
        entity_type="trace",
        entity_id=item["id"],
        path=base64.b64encode(f"{server.api}/".encode()).decode(),
    ).json()
    (listed,) = page["content"]
    assert re.fullmatch(r"input-attachment-1-\d+\.png", listed["file_name"])
    assert listed["mime_type"] == "image/png"
    assert api.session.get(listed["link"]).content == base64.b64decode(encoded)

    assert api.trace(item["id"])["input"] == {"picture": text, "note": "kept"}
    stripped = api.trace(item["id"], strip_attachments=True)["input"]
    assert stripped == {"picture": f"data:image/png;base64,[{listed['file_name']}]", "note": "kept"}


COSTS = [
    ("gpt-4o", "openai", {"prompt_tokens": 1000, "completion_tokens": 500}, 0.0075),
    (
        "gpt-4o",
        "openai",
        {
            "prompt_tokens": 1000,
            "completion_tokens": 500,
            "original_usage.prompt_tokens_details.cached_tokens": 200,
        },
        0.00725,
    ),
    (
        "claude-sonnet-4-5",
        "anthropic",
        {
            "original_usage.input_tokens": 1000,
            "original_usage.output_tokens": 500,
            "original_usage.cache_read_input_tokens": 2000,
            "original_usage.cache_creation_input_tokens": 300,
        },
        0.012225,
    ),
    (
        "anthropic.claude-3-5-haiku-20241022-v1:0",
        "bedrock",
        {
            "original_usage.inputTokens": 100,
            "original_usage.outputTokens": 20,
            "original_usage.cacheReadInputTokens": 10,
            "original_usage.cacheWriteInputTokens": 5,
        },
        0.0001658,
    ),
    (
        "gpt-4o-audio-preview",
        "openai",
        {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "original_usage.prompt_tokens_details.audio_tokens": 300,
        },
        0.01575,
    ),
    (
        "gpt-4o-mini",
        "openai",
        {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "original_usage.prompt_tokens_details.audio_tokens": 300,
        },
        0.00027,
    ),
    ("sora-2", "openai", {"video_duration_seconds": 4}, 0.4),
]


@pytest.mark.parametrize(("model", "provider", "usage", "cost"), COSTS)
def test_cost_examples(api, project, model, provider, usage, cost):
    item = api.add_traces(trace(project))[0]
    part = span(project, item["id"], type="llm", model=model, provider=provider, usage=usage)
    api.add_spans(part)
    assert api.span(part["id"])["total_estimated_cost"] == pytest.approx(cost)
    assert api.trace(item["id"])["total_estimated_cost"] == pytest.approx(cost)


def test_other_workspaces_do_not_exist(api):
    response = api.call("GET", "/projects", 404, headers={"Comet-Workspace": "other"})
    assert response.json() == {"code": 404, "message": "Workspace not found"}


def test_long_input_is_truncated_to_a_string(api, project):
    text = "x" * 20_000
    item = api.add_traces(trace(project, input={"text": text}))[0]
    whole = json.dumps({"text": text}, separators=(",", ":"))
    (row,) = api.page("traces", project_name=project, truncate=True)["content"]
    assert row["input"] == whole[:10001]
    assert api.trace(item["id"])["input"] == {"text": text}


def test_non_finite_numbers_are_accepted_and_echoed_as_strings(api, project):
    item = trace(project)
    body = json.dumps({"traces": [{**item, "output": {"a": float("nan"), "b": [float("inf"), float("-inf")]}}]})
    api.call("POST", "/traces/batch", 204, data=body, headers={"Content-Type": "application/json"})
    assert api.trace(item["id"])["output"] == {"a": "NaN", "b": ["Infinity", "-Infinity"]}


def test_deleting_a_trace_removes_all_that_belongs_to_it(api, server, project):
    item = api.add_traces(trace(project))[0]
    part = api.add_spans(span(project, item["id"]))[0]
    api.score_traces(score(item["id"], "s", 1, project))
    api.score_spans(score(part["id"], "s", 1, project))
    comment = api.post(f"/traces/{item['id']}/comments", {"text": "hello"}, expect=201).json()["id"]
    base = base64.b64encode(f"{server.api}/".encode()).decode()
    api.call(
        "PUT",
        "/attachment/upload",
        204,
        params={
            "file_name": "a.txt",
            "project_name": project,
            "mime_type": "text/plain",
            "entity_type": "trace",
            "entity_id": item["id"],
        },
        data=b"content",
    )
    attachment_query = {
        "project_id": api.project_id(project),
        "entity_type": "trace",
        "entity_id": item["id"],
        "path": base,
    }
    link = api.get("/attachment/list", **attachment_query).json()["content"][0]["link"]

    api.post("/traces/delete", {"ids": [item["id"]]}, expect=204)

    missing = api.get(f"/traces/{item['id']}", expect=404)
    assert error_message(missing) == f"Trace id: {item['id']} not found"
    assert error_message(api.get(f"/spans/{part['id']}", expect=404)) == f"Span id: {part['id']} not found"
    api.get(f"/traces/{item['id']}/comments/{comment}", expect=404)
    assert api.page("traces", project_name=project)["total"] == 0
    assert api.page("spans", project_name=project)["total"] == 0
    assert api.get("/attachment/list", **attachment_query).json()["content"] == []
    assert api.session.get(link).status_code == 404
    # A trace created again under the same id starts without the old scores and comments.
    api.add_traces(item)
    revived = api.trace(item["id"])
    assert "feedback_scores" not in revived
    assert "comments" not in revived


def test_thread_of_three_traces(api, project):
    start = now().replace(microsecond=0)
    items = []
    for index in range(3):
        begin = start + datetime.timedelta(seconds=10 * index)
        items.append(
            trace(
                project,
                thread_id="chat",
                input={"turn": index},
                output={"reply": index},
                **times(5000, begin),
            )
        )
    api.add_traces(*items)
    for item in items:
        api.add_spans(span(project, item["id"], type="llm", usage={"total_tokens": 7}, total_estimated_cost=0.25))
    (thread,) = api.page("traces/threads", project_name=project)["content"]
    assert thread["id"] == "chat"
    assert thread["number_of_messages"] == 6
    assert thread["first_message"] == {"turn": 0}
    assert thread["last_message"] == {"reply": 2}
    assert thread["duration"] == 25_000.0
    assert thread["usage"] == {"total_tokens": 21}
    assert thread["total_estimated_cost"] == pytest.approx(0.75)
    assert thread["status"] == "active"

    api.put("/traces/threads/close", {"project_name": project, "thread_id": "chat"})
    assert api.thread(project, "chat")["status"] == "inactive"
    api.add_traces(trace(project, thread_id="chat", start_time=instant(now())))
    reopened = api.thread(project, "chat")
    assert reopened["status"] == "active"
    assert reopened["number_of_messages"] == 8
    assert reopened["thread_model_id"] == thread["thread_model_id"]
