"""Rules every route follows: paths, headers, compression, JSON reading and writing, dates, identifiers, paging."""

import datetime
import gzip
import json
import uuid

import pytest
import requests

from harness.api import error_list, error_message, score, span, times, trace
from harness.ids import instant, now, uuid4, uuid7

pytestmark = pytest.mark.http


class TestRouting:
    @pytest.mark.parametrize("prefix", ["", "/api"])
    def test_health_probe(self, server, prefix):
        ping = requests.get(f"{server.root}{prefix}/is-alive/ping", timeout=10)
        assert ping.status_code == 200
        assert ping.json() == {"message": "Healthy Server", "healthy": True}
        version = requests.get(f"{server.root}{prefix}/is-alive/ver", timeout=10)
        assert version.status_code == 200
        assert set(version.json()) == {"version"}

    def test_front_health_text(self, server):
        response = requests.get(f"{server.root}/health", timeout=10)
        assert response.status_code == 200
        assert response.text == "healthy\n"

    @pytest.mark.parametrize("prefix", ["", "/api"])
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_both_prefixes_and_trailing_slashes(self, server, api, project, prefix, slash):
        item = trace(project)
        base = f"{server.root}{prefix}/v1/private"
        created = requests.post(f"{base}/traces{slash}", json=item, timeout=10)
        assert created.status_code == 201
        assert created.content == b""
        assert created.headers["Location"].endswith(f"/v1/private/traces/{item['id']}")
        listed = requests.get(f"{base}/traces{slash}", params={"project_name": project}, timeout=10)
        assert [row["id"] for row in listed.json()["content"]] == [item["id"]]
        one = requests.get(f"{base}/traces/{item['id']}{slash}", timeout=10)
        assert one.json()["id"] == item["id"]
        assert requests.get(f"{base}/toggles{slash}", timeout=10).status_code == 200

    def test_literal_segments_win_over_ids(self, api, project):
        api.add_traces(trace(project))
        assert "stats" in api.get("/traces/stats", project_name=project).json()
        assert api.get("/traces/exists", project_name=project).json() == {"exists": True}
        assert "scores" in api.get("/traces/feedback-scores/names").json()
        assert "content" in api.get("/traces/threads", project_name=project).json()

    def test_unknown_route(self, api):
        response = api.get("/no-such-resource", expect=404)
        assert response.json() == {"code": 404, "message": "HTTP 404 Not Found"}

    def test_wrong_method(self, api):
        response = api.call("DELETE", "/traces/batch", expect=405)
        assert response.json() == {"code": 405, "message": "HTTP 405 Method Not Allowed"}

    def test_other_request_types_are_refused(self, api):
        response = api.call("POST", "/traces", data="name=x", headers={"Content-Type": "text/plain"})
        assert response.status_code == 415


class TestCompression:
    def test_small_and_large_answers(self, api, project):
        item = api.add_traces(trace(project, input={"text": "y" * 5000}))[0]
        large = api.call("GET", f"/traces/{item['id']}", 200, headers={"Accept-Encoding": "gzip"})
        assert large.headers["Content-Encoding"] == "gzip"
        plain = api.call("GET", f"/traces/{item['id']}", 200, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert plain.json() == large.json()

    def test_search_streams_are_compressed(self, api, project):
        api.add_traces(*[trace(project, input={"text": "y" * 500}) for _ in range(5)])
        response = api.post(
            "/traces/search", {"project_name": project}, expect=200, headers={"Accept-Encoding": "gzip"}
        )
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(response.content.splitlines()) == 5

    def test_gzip_bodies_on_every_verb(self, api, project):
        item = api.add_traces(trace(project))[0]
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json;charset=utf-8"}

        def send(method, path, body, expect):
            return api.call(method, path, expect, data=gzip.compress(json.dumps(body).encode()), headers=headers)

        send("PATCH", f"/traces/{item['id']}", {"project_name": project, "name": "renamed"}, 204)
        send("PUT", f"/traces/{item['id']}/feedback-scores", {"name": "s", "value": 1, "source": "sdk"}, 204)
        found = send("POST", "/traces/search", {"project_name": project}, 200)
        assert json.loads(found.content)["name"] == "renamed"

    def test_broken_gzip_is_a_client_error(self, api):
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        response = api.call("POST", "/traces/batch", data=b"\x1f\x8b not gzip at all", headers=headers)
        assert response.status_code == 400


class TestHeaders:
    @pytest.mark.parametrize("value", [None, "", "default"])
    def test_default_workspace(self, api, value):
        headers = {} if value is None else {"Comet-Workspace": value}
        api.call("GET", "/projects", 200, headers=headers)

    @pytest.mark.parametrize("value", ["Default", "DEFAULT", "another"])
    def test_other_workspaces(self, api, value):
        for method, path in [("GET", "/projects"), ("GET", f"/traces/{uuid7()}"), ("POST", "/traces/batch")]:
            response = api.call(method, path, 404, headers={"Comet-Workspace": value})
            assert response.json() == {"code": 404, "message": "Workspace not found"}

    def test_credentials_and_informational_headers_are_ignored(self, api):
        headers = {
            "Authorization": "some-key",
            "Cookie": "sessionToken=abc",
            "X-OPIK-DEBUG-SDK-VERSION": "2.2.122",
            "X-OPIK-DEBUG-PY-VERSION": "3.11",
            "X-Opik-Client-Id": "0" * 64,
            "Comet-Sdk-Api": "x",
            "comet-username": "someone",
        }
        api.call("GET", "/projects", 200, headers=headers)

    def test_author_is_admin(self, api, project):
        item = api.add_traces(trace(project))[0]
        stored = api.trace(item["id"])
        assert stored["created_by"] == stored["last_updated_by"] == "admin"

    def test_no_cross_origin_headers_by_default(self, api):
        response = api.call("GET", "/projects", 200, headers={"Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Origin" not in response.headers


def store_raw(api, project, fragment: str) -> str:
    """Stores a trace whose `input` is the given JSON text and returns its id."""
    trace_id = uuid7()
    body = (
        f'{{"traces":[{{"id":"{trace_id}","project_name":"{project}","start_time":"2026-01-01T00:00:00Z",'
        f'"input":{fragment}}}]}}'
    )
    api.call("POST", "/traces/batch", 204, data=body.encode(), headers={"Content-Type": "application/json"})
    return trace_id


class TestJsonReading:
    def test_unknown_fields_are_ignored(self, api, project):
        item = api.add_traces(trace(project, total_cost=3, created_at="nonsense", visibility_mode="hidden"))[0]
        stored = api.trace(item["id"])
        assert stored["visibility_mode"] == "default"
        assert "total_cost" not in stored

    @pytest.mark.parametrize(
        ("sent", "echoed"),
        [
            ('{"v":NaN}', {"v": "NaN"}),
            ('{"v":[Infinity,-Infinity]}', {"v": ["Infinity", "-Infinity"]}),
            ('{"v":123456789012345678901234567890}', {"v": 123456789012345678901234567890}),
            ('{"v":1.10}', {"v": 1.1}),
            ('{"v":1,"v":2}', {"v": 2}),
            ('"just text"', "just text"),
            ("[1,[2,[3]]]", [1, [2, [3]]]),
            ('{"v":"\\u00e9\\ud83d\\ude00"}', {"v": "é😀"}),
            ('{"":{"":0}}', {"": {"": 0}}),
        ],
    )
    def test_free_json(self, api, project, sent, echoed):
        trace_id = store_raw(api, project, sent)
        assert json.loads(api.get(f"/traces/{trace_id}").content)["input"] == echoed

    def test_lone_surrogates_are_accepted(self, api, project):
        trace_id = store_raw(api, project, '{"v":"a\\ud800b"}')
        text = api.trace(trace_id)["input"]["v"]
        assert text.startswith("a") and text.endswith("b")

    @pytest.mark.parametrize(
        "body",
        ["", "{", '{"traces":', '{"traces":[{]}', "[]", '"text"', '{"traces":{}}', '{"traces":[1]}', "\xff\xfe"],
    )
    def test_malformed_bodies(self, api, body):
        response = api.call(
            "POST", "/traces/batch", data=body.encode("latin-1"), headers={"Content-Type": "application/json"}
        )
        if body == "":
            assert response.status_code == 422
            assert error_list(response) == ["The request body must not be null"]
        else:
            assert response.status_code == 400
            assert error_message(response).startswith("Unable to process JSON")

    def test_missing_body(self, api):
        for path in ["/traces", "/traces/batch", "/spans/batch", "/traces/delete", "/traces/search"]:
            response = api.call("POST", path, 422, headers={"Content-Type": "application/json"})
            assert error_list(response) == ["The request body must not be null"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"start_time": 12.5, "name": {"not": "text"}},
            {"start_time": "2026-01-01T00:00:00"},
            {"start_time": "yesterday"},
            {"source": "nowhere"},
            {"id": "not-a-uuid"},
            {"tags": "not a list"},
        ],
    )
    def test_wrong_types(self, api, project, fields):
        response = api.post("/traces", trace(project, **fields), expect=400)
        assert error_message(response).startswith("Unable to process JSON")

    def test_null_is_absent(self, api, project):
        item = trace(project, end_time=None, tags=None, metadata=None, input=None, thread_id=None, error_info=None)
        api.add_traces(item)
        stored = api.trace(item["id"])
        for field in ("end_time", "tags", "input", "thread_id", "error_info", "metadata"):
            assert field not in stored

    def test_span_type_in_any_case(self, api, project):
        item = api.add_traces(trace(project))[0]
        part = api.add_spans(span(project, item["id"], type="LLM"))[0]
        assert api.span(part["id"])["type"] == "llm"

    def test_ids_in_any_case(self, api, project):
        item = trace(project)
        api.add_traces({**item, "id": item["id"].upper()})
        assert api.trace(item["id"].upper())["id"] == item["id"]


class TestJsonWriting:
    def test_unset_fields_are_omitted(self, api, project):
        item = api.add_traces(trace(project))[0]
        stored = api.trace(item["id"])
        assert None not in stored.values()
        for field in (
            "tags",
            "feedback_scores",
            "span_feedback_scores",
            "comments",
            "guardrails_validations",
            "usage",
            "total_estimated_cost",
            "duration",
            "end_time",
            "project_name",
            "experiment",
            "source",
            "error_info",
        ):
            assert field not in stored
        assert stored["environment"] == ""
        assert stored["span_count"] == stored["llm_span_count"] == 0
        assert stored["has_tool_spans"] is False
        assert stored["providers"] == []
        assert stored["visibility_mode"] == "default"
        assert stored["project_id"] == api.project_id(project)

    def test_page_lists_are_always_written(self, api, project):
        item = api.add_traces(trace(project))[0]
        api.post("/traces/delete", {"ids": [item["id"]]}, expect=204)
        page = api.page("traces", project_name=project)
        assert page["content"] == []
        assert page["total"] == page["size"] == 0
        assert "usage.*" in page["sortable_by"]

    def test_wire_names_are_snake_case(self, api, project):
        item = api.add_traces(trace(project, **times(5)))[0]
        for key in api.trace(item["id"]):
            assert key == key.lower()


class TestInstants:
    @pytest.mark.parametrize(
        ("sent", "echoed"),
        [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.120Z", "2026-01-02T03:04:05.120Z"),
            ("2026-01-02T03:04:05.1203Z", "2026-01-02T03:04:05.120300Z"),
            ("2026-01-02T03:04:05.1203004Z", "2026-01-02T03:04:05.120300400Z"),
            ("2026-01-02T03:04:05.000000Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T05:04:05.5+02:00", "2026-01-02T03:04:05.500Z"),
            (1767323045.25, "2026-01-02T03:04:05.250Z"),
        ],
    )
    def test_forms(self, api, project, sent, echoed):
        item = api.add_traces(trace(project, start_time=sent))[0]
        assert api.trace(item["id"])["start_time"] == echoed

    @pytest.mark.parametrize("field", ["start_time", "end_time"])
    @pytest.mark.parametrize("value", ["1969-12-31T23:59:59Z", "2262-04-11T23:47:16Z"])
    def test_range(self, api, project, field, value):
        response = api.post("/traces/batch", {"traces": [trace(project, **{field: value})]}, expect=422)
        name = "startTime" if field == "start_time" else "endTime"
        assert error_list(response) == [
            f"traces[0].{name} must be after or equal 1970-01-01T00:00:00.000000Z "
            "and before 2262-04-11T23:47:16.000000000Z"
        ]

    def test_last_updated_at_range(self, api, project):
        response = api.post("/traces", trace(project, last_updated_at="2300-01-01T00:00:00Z"), expect=422)
        (text,) = error_list(response)
        assert text.startswith("lastUpdatedAt must be after or equal 1970-01-01T00:00:00.000000Z and before 2300-01-01")

    def test_query_parameters(self, api, project):
        item = api.add_traces(trace(project))[0]
        moment = now()
        early, late = moment - datetime.timedelta(minutes=5), moment + datetime.timedelta(minutes=5)
        for start, end in [
            (instant(early), instant(late)),
            (int(early.timestamp() * 1000), int(late.timestamp() * 1000)),
            ("", ""),
        ]:
            assert api.ids("traces", project_name=project, from_time=start, to_time=end) == [item["id"]]
        assert api.ids("traces", project_name=project, from_time=instant(late)) == []
        assert api.ids("traces", project_name=project, to_time=instant(early)) == []

        bad = api.get("/traces", expect=400, project_name=project, from_time="soon")
        assert error_message(bad) == (
            "Invalid instant format: 'soon'. Expected ISO-8601 (e.g., 2024-01-01T00:00:00Z) or milliseconds since epoch"
        )
        swapped = api.get("/traces", expect=400, project_name=project, from_time=instant(late), to_time=instant(early))
        assert error_message(swapped) == "Parameter 'from_time' must be before 'to_time'"

    def test_time_bounds_are_inclusive_and_use_the_id(self, api, project):
        moment = datetime.datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=datetime.UTC)
        item = trace(project, id=uuid7(moment), start_time="2020-01-01T00:00:00Z")
        api.add_traces(item)
        exact = instant(moment)
        hour = datetime.timedelta(hours=1)
        assert api.ids("traces", project_name=project, from_time=exact, to_time=instant(moment + hour)) == [item["id"]]
        assert api.ids("traces", project_name=project, from_time=instant(moment - hour), to_time=exact) == [item["id"]]


class TestIdentifiers:
    def test_generated_when_absent(self, api, project):
        body = trace(project)
        del body["id"]
        created = api.post("/traces", body, expect=201)
        new_id = created.headers["Location"].rsplit("/", 1)[1]
        assert uuid.UUID(new_id).version == 7
        assert api.trace(new_id)["name"] == body["name"]

    @pytest.mark.parametrize(
        ("method", "path", "body", "entity"),
        [
            ("POST", "/traces", {"id": "{bad}", "start_time": "2026-01-01T00:00:00Z"}, "Trace"),
            ("POST", "/traces/batch", {"traces": [{"id": "{bad}", "start_time": "2026-01-01T00:00:00Z"}]}, "Trace"),
            ("PATCH", "/traces/{bad}", {"name": "x"}, "Trace"),
            (
                "POST",
                "/spans",
                {"id": "{bad}", "trace_id": "{good}", "name": "s", "start_time": "2026-01-01T00:00:00Z"},
                "Span",
            ),
            ("PATCH", "/spans/{bad}", {"trace_id": "{good}", "name": "x"}, "Span"),
            (
                "PUT",
                "/traces/feedback-scores",
                {"scores": [{"id": "{bad}", "name": "s", "value": 1, "source": "sdk"}]},
                "trace",
            ),
            (
                "PUT",
                "/spans/feedback-scores",
                {"scores": [{"id": "{bad}", "name": "s", "value": 1, "source": "sdk"}]},
                "span",
            ),
        ],
    )
    def test_other_versions(self, api, method, path, body, entity):
        bad, good = uuid4(), uuid7()
        text = json.dumps(body).replace("{bad}", bad).replace("{good}", good)
        path = path.replace("{bad}", bad)
        response = api.call(method, path, 400, data=text, headers={"Content-Type": "application/json"})
        assert response.json() == {
            "code": 400,
            "message": "Invalid UUID for id",
            "details": f"{entity} id must be a version 7 UUID",
        }

    def test_malformed_uuid_in_path_or_query(self, api):
        for path, params in [("/traces/nonsense", {}), ("/traces", {"project_id": "nonsense"})]:
            response = api.get(path, expect=404, **params)
            assert response.json() == {"code": 404, "message": "HTTP 404 Not Found"}


class TestPaging:
    def test_pages(self, api, project):
        expected = sorted((item["id"] for item in api.add_traces(*[trace(project) for _ in range(12)])), reverse=True)
        first = api.page("traces", project_name=project)
        assert (first["page"], first["size"], first["total"]) == (1, 10, 12)
        second = api.page("traces", project_name=project, page=2)
        assert (second["page"], second["size"], second["total"]) == (2, 2, 12)
        assert [row["id"] for row in first["content"] + second["content"]] == expected
        past = api.page("traces", project_name=project, page=5)
        assert (past["page"], past["size"], past["total"], past["content"]) == (5, 0, 12, [])
        assert api.page("traces", project_name=project, size=15_000)["size"] == 12

    @pytest.mark.parametrize("name", ["page", "size"])
    @pytest.mark.parametrize("kind", ["traces", "spans", "traces/threads", "projects"])
    def test_values_below_one(self, api, project, kind, name):
        api.add_traces(trace(project))
        response = api.get(f"/{kind}", expect=400, project_name=project, **{name: 0})
        assert error_list(response) == [f"query param {name} must be greater than or equal to 1"]


class TestValidationSentences:
    def test_paths_are_camel_case_with_indexes(self, api, project):
        broken = trace(project)
        del broken["start_time"]
        response = api.post("/traces/batch", {"traces": [trace(project), broken]}, expect=422)
        assert error_list(response) == ["traces[1].startTime must not be null"]

    def test_one_entry_per_violation(self, api):
        response = api.post("/traces", {"project_name": "  "}, expect=422)
        assert sorted(error_list(response)) == ["projectName must not be blank", "startTime must not be null"]

    @pytest.mark.parametrize(
        ("method", "path", "body", "sentence"),
        [
            ("POST", "/spans/batch", {"spans": []}, "spans size must be between 1 and 1000"),
            ("PUT", "/traces/feedback-scores", {"scores": []}, "scores size must be between 1 and 1000"),
            ("PUT", "/spans/feedback-scores", {"scores": []}, "scores size must be between 1 and 1000"),
            ("PUT", "/traces/threads/feedback-scores", {"scores": []}, "scores size must be between 1 and 1000"),
            ("POST", "/traces/delete", {"ids": []}, "ids size must be between 1 and 1000"),
            ("POST", "/traces/comments/delete", {"ids": []}, "ids size must be between 1 and 1000"),
            (
                "PUT",
                "/traces/threads/feedback-scores",
                {"scores": [{"thread_id": " ", "name": "n", "value": 1, "source": "sdk"}]},
                "scores[0].threadId must not be blank",
            ),
            (
                "POST",
                "/traces/threads/delete",
                {"project_name": "p", "thread_ids": [" "]},
                "threadIds[0].<list element> must not be blank",
            ),
        ],
    )
    def test_sentences(self, api, method, path, body, sentence):
        response = api.call(method, path, 422, json=body)
        assert error_list(response) == [sentence]

    def test_environment_length(self, api, project):
        single = api.post("/traces", trace(project, environment="e" * 151), expect=422)
        assert error_list(single) == ["environment cannot exceed 150 characters"] or error_list(single) == [
            "environment environment cannot exceed 150 characters"
        ]
        batch = api.post("/traces/batch", {"traces": [trace(project, environment="e" * 151)]}, expect=422)
        (text,) = error_list(batch)
        assert text.startswith("traces[0].environment ")
        assert text.endswith("cannot exceed 150 characters")

    def test_numbers(self, api, project):
        item = api.add_traces(trace(project))[0]
        cost = api.post("/spans", span(project, item["id"], total_estimated_cost=-1), expect=422)
        assert error_list(cost) == ["totalEstimatedCost must be greater than or equal to 0.0"]
        ttft = api.post("/traces", trace(project, ttft=-1), expect=422)
        assert error_list(ttft) == ["ttft must be greater than or equal to 0"]

    def test_nothing_of_a_rejected_batch_is_stored(self, api, project):
        good, bad = trace(project), trace(project)
        del bad["start_time"]
        api.post("/traces/batch", {"traces": [good, bad]}, expect=422)
        api.get(f"/traces/{good['id']}", expect=404)


class TestProjectResolution:
    def test_created_once_in_the_first_spelling(self, api, project):
        api.add_traces(trace(f"  {project}  "))
        api.add_traces(trace(project.upper()))
        page = api.page("traces", project_name=project)
        assert page["total"] == 2
        listed = api.page("projects", name=project)["content"]
        assert [row["name"] for row in listed] == [project]

    def test_default_project(self, api):
        item = trace(None)
        api.add_traces(item)
        assert api.trace(item["id"])["project_id"] == api.project_id("Default Project")

    def test_reads_do_not_create(self, api, project):
        api.get("/traces", expect=404, project_name=project)
        api.post("/traces/search", {"project_name": project}, expect=404)
        assert api.page("projects", name=project)["total"] == 0

    def test_every_kind_of_write_creates(self, api, project):
        item, names = uuid7(), [f"{project}-{kind}" for kind in ("spans", "patch", "scores", "guardrails")]
        api.add_spans(span(names[0], item))
        api.patch(f"/traces/{uuid7()}", {"project_name": names[1], "name": "n"})
        api.score_traces(score(uuid7(), "s", 1, names[2]))
        api.post(
            "/guardrails",
            {
                "guardrails": [
                    {
                        "entity_id": item,
                        "secondary_id": uuid7(),
                        "project_name": names[3],
                        "name": "PII",
                        "result": "passed",
                        "config": {},
                        "details": {},
                    }
                ]
            },
            expect=204,
        )
        for name in names:
            assert api.project_id(name)

    def test_patch_with_unknown_project_id(self, api):
        response = api.patch(f"/traces/{uuid7()}", {"project_id": uuid7(), "name": "n"}, expect=404)
        assert error_message(response) == "Project not found"
