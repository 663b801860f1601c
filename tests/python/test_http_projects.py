"""Projects and the small endpoints around them: probes, toggles, workspace settings, redirects."""

import base64

import pytest

from harness.api import error_list, error_message, score, span, times, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http


def create(api, name: str, **fields) -> str:
    response = api.post("/projects", {"name": name, **fields}, expect=201)
    assert response.content == b""
    return response.headers["Location"].rsplit("/", 1)[1]


class TestCrud:
    def test_create_and_read(self, api, project):
        project_id = create(api, project, description="about")
        stored = api.get(f"/projects/{project_id}").json()
        assert stored["id"] == project_id
        assert stored["name"] == project
        assert stored["description"] == "about"
        assert stored["visibility"] == "private"
        assert stored["created_by"] == stored["last_updated_by"] == "admin"
        assert "last_updated_trace_at" not in stored

    def test_duplicate_name_in_any_case(self, api, project):
        create(api, project)
        response = api.post("/projects", {"name": project.upper()}, expect=409)
        assert error_list(response) == ["Project already exists"]

    def test_validation(self, api, project):
        assert error_list(api.post("/projects", {"name": " "}, expect=422)) == ["name must not be blank"]
        long = api.post("/projects", {"name": project, "description": "d" * 256}, expect=422)
        (text,) = error_list(long)
        assert text.endswith("cannot exceed 255 characters")

    def test_update(self, api, project):
        project_id = create(api, project, description="about")
        api.patch(f"/projects/{project_id}", {"name": f"{project}-new", "visibility": "public"})
        stored = api.get(f"/projects/{project_id}").json()
        assert (stored["name"], stored["description"], stored["visibility"]) == (f"{project}-new", "about", "public")
        api.patch(f"/projects/{project_id}", {"description": ""})
        assert api.get(f"/projects/{project_id}").json().get("description", "") == ""
        assert error_list(api.patch(f"/projects/{project_id}", {"name": " "}, expect=422)) == ["name must not be blank"]
        create(api, project)
        assert error_list(api.patch(f"/projects/{project_id}", {"name": project}, expect=409)) == [
            "Project already exists"
        ]

    def test_unknown(self, api):
        missing = uuid7()
        for response in (
            api.get(f"/projects/{missing}", expect=404),
            api.patch(f"/projects/{missing}", {"name": "x"}, expect=404),
            api.post("/projects/retrieve", {"name": f"no {missing}"}, expect=404),
        ):
            assert error_list(response) == ["Project not found"]
        api.delete(f"/projects/{missing}")
        api.post("/projects/delete", {"ids": [missing]}, expect=204)

    def test_delete_and_recreate(self, api, project):
        project_id = create(api, project)
        api.delete(f"/projects/{project_id}")
        api.get(f"/projects/{project_id}", expect=404)
        api.add_traces(trace(project))
        assert api.project_id(project) != project_id
        api.post("/projects/delete", {"ids": [api.project_id(project)]}, expect=204)
        assert api.page("projects", name=project)["total"] == 0

    def test_list(self, api, project):
        ids = [create(api, f"{project}-{letter}") for letter in "bac"]
        page = api.page("projects", name=project.upper())
        assert [row["id"] for row in page["content"]] == ids[::-1]
        assert page["total"] == 3
        assert sorted(page["sortable_by"]) == sorted(
            ["id", "name", "last_updated_at", "created_at", "last_updated_trace_at"]
        )
        by_name = api.page("projects", name=project, sorting=[{"field": "name", "direction": "ASC"}])
        assert [row["name"][-1] for row in by_name["content"]] == ["a", "b", "c"]
        api.add_traces(trace(f"{project}-a"))
        newest = api.page("projects", name=project, sorting=[{"field": "last_updated_trace_at", "direction": "DESC"}])
        assert newest["content"][0]["name"] == f"{project}-a"
        assert newest["content"][0]["last_updated_trace_at"]

    def test_retrieve(self, api, project):
        project_id = create(api, project)
        stored = api.post("/projects/retrieve", {"name": project.upper()}, expect=200).json()
        assert stored["id"] == project_id
        assert "trace_count" not in stored
        assert error_list(api.post("/projects/retrieve", {"name": " "}, expect=422)) == ["name must not be blank"]

    @pytest.mark.parametrize("spelling", ["include_stats", "includeStats"])
    def test_retrieve_with_statistics(self, api, project, spelling):
        api.add_traces(trace(project, **times(4)), trace(project, **times(2)))
        stored = api.post("/projects/retrieve", {"name": project, spelling: True}, expect=200).json()
        assert stored["trace_count"] == 2
        assert stored["duration"]["p50"] == pytest.approx(3)
        assert "thread_count" not in stored


class TestBelongings:
    def test_they_go_with_their_project(self, api):
        doomed = create(api, f"doomed-{uuid7()}")

        def made(path: str, body: dict) -> str:
            location = api.post(path, body, expect=201).headers["location"]
            return f"{path}/{location.rsplit('/', 1)[-1]}"

        dataset = f"dataset-{uuid7()}"
        resources = [
            made("/datasets", {"name": dataset, "project_id": doomed}),
            made("/prompts", {"name": f"prompt-{uuid7()}", "project_id": doomed, "template": "{{x}}"}),
            made("/dashboards", {"name": "board", "project_id": doomed, "config": {}}),
            made("/annotation-queues", {"name": "queue", "project_id": doomed, "scope": "trace"}),
        ]
        item = {"id": uuid7(), "source": "sdk", "data": {"question": "?"}}
        api.put("/datasets/items", {"dataset_name": dataset, "items": [item]})
        experiment = made("/experiments", {"dataset_name": dataset, "name": "kept", "project_id": doomed})
        for resource in [*resources, experiment]:
            api.get(resource)

        api.delete(f"/projects/{doomed}")

        for resource in resources:
            api.get(resource, expect=404)
        kept = api.get(experiment).json()
        assert kept["name"] == "kept"
        assert not {"project_id", "dataset_name"} & kept.keys()


class TestStatistics:
    def test_fields(self, api, project):
        project_id = create(api, project)
        empty = api.get("/projects/stats", name=project).json()
        assert empty == {"content": [{"project_id": project_id}]}

        first, second = api.add_traces(
            trace(project, thread_id="t", **times(1)),
            trace(project, thread_id="t", error_info={"exception_type": "E", "traceback": "t"}, **times(3)),
        )
        api.add_spans(
            span(project, first["id"], usage={"total_tokens": 10}, total_estimated_cost=2),
            span(project, second["id"], usage={"total_tokens": 20}),
        )
        api.score_traces(score(first["id"], "s", 1, project), score(second["id"], "s", 0, project))
        (entry,) = api.get("/projects/stats", name=project).json()["content"]
        assert entry["project_id"] == project_id
        assert entry["trace_count"] == 2
        assert entry["thread_count"] == 1
        assert entry["duration"]["p50"] == pytest.approx(2)
        assert entry["total_estimated_cost"] == pytest.approx(2)
        assert entry["total_estimated_cost_sum"] == pytest.approx(2)
        assert entry["usage"] == {"total_tokens": pytest.approx(15)}
        assert entry["feedback_scores"] == [{"name": "s", "value": pytest.approx(0.5)}]
        assert entry["guardrails_failed_count"] == 0
        assert entry["error_count"]["count"] == entry["error_count"]["deviation"] == 1
        assert "deviation_percentage" not in entry["error_count"]

    def test_trace_filters_apply_to_the_numbers_only(self, api, project):
        api.add_traces(trace(project, name="wanted"), trace(project, name="other"))
        filters = [{"field": "name", "operator": "=", "value": "wanted"}]
        (entry,) = api.get("/projects/stats", name=project, filters=filters).json()["content"]
        assert entry["trace_count"] == 1
        filters[0]["value"] = "nobody"
        (entry,) = api.get("/projects/stats", name=project, filters=filters).json()["content"]
        assert entry == {"project_id": api.project_id(project)}


class TestNames:
    def test_feedback_scores(self, api, project):
        first, second = api.add_traces(trace(f"{project}-a", thread_id="t"), trace(f"{project}-b"))
        part = api.add_spans(span(f"{project}-a", first["id"]))[0]
        api.score_traces(score(first["id"], "one", 1, f"{project}-a"), score(second["id"], "other", 1, f"{project}-b"))
        api.score_spans(score(part["id"], "two", 1, f"{project}-a"))
        api.score_threads(
            {"thread_id": "t", "name": "three", "value": 1, "source": "sdk", "project_name": f"{project}-a"}
        )
        ids = [api.project_id(f"{project}-a")]
        found = api.get("/projects/feedback-scores/names", project_ids=ids).json()["scores"]
        assert sorted(entry["name"] for entry in found) == ["one", "three", "two"]
        everywhere = {entry["name"] for entry in api.get("/projects/feedback-scores/names").json()["scores"]}
        assert {"one", "two", "three", "other"} <= everywhere
        bad = api.get("/projects/feedback-scores/names", expect=400, project_ids="nonsense")
        assert error_message(bad) == "Invalid query param ids 'nonsense'"

    def test_token_usage(self, api, project):
        item = api.add_traces(trace(project))[0]
        api.add_spans(span(project, item["id"], usage={"total_tokens": 3, "zero": 0, "original_usage.x": 1}))
        names = api.get(f"/projects/{api.project_id(project)}/token-usage/names").json()["names"]
        assert sorted(names) == ["original_usage.x", "total_tokens"]
        api.get(f"/projects/{uuid7()}/token-usage/names", expect=404)


class TestPlatform:
    def test_auth_probe(self, api):
        api.post("/auth", {}, expect=204)
        api.call("POST", "/auth", 204)
        assert api.get("/auth/workspace").json() == {"workspace_name": "default"}
        permissions = api.get("/workspace-permissions").json()
        assert permissions == {"user_name": "admin", "workspace_name": "default", "permissions": []}

    def test_toggles(self, api):
        toggles = api.get("/toggles/").json()
        assert toggles["default_page_size"] == 100
        assert toggles["force_workspace_version"] == "version_2"
        assert toggles["welcome_wizard_enabled"] is False
        assert all(key == key.lower() for key in toggles)

    def test_workspace_version(self, api):
        assert api.get("/workspaces/versions").json() == {"opik_version": "version_2"}

    def test_workspace_configuration(self, api):
        path = "/workspaces/configurations"
        api.delete(path)
        missing = api.get(path, expect=404)
        assert error_message(missing) == "No workspace configuration found for workspace"
        assert api.get(path, defaults="true").json() == {"truncation_on_tables": True}
        colours = {"quality": "#00ff7F"}
        api.put(path, {"timeout_to_mark_thread_as_inactive": "PT30M", "color_map": colours})
        assert api.get(path).json() == {
            "timeout_to_mark_thread_as_inactive": "PT30M",
            "truncation_on_tables": True,
            "color_map": colours,
        }
        api.put(path, {"truncation_on_tables": False})
        assert api.get(path).json() == {"truncation_on_tables": False}
        api.delete(path)
        api.get(path, expect=404)

    @pytest.mark.parametrize(
        ("body", "status", "text"),
        [
            ({"timeout_to_mark_thread_as_inactive": "soon"}, 400, "Unable to process JSON. Cannot parse Duration"),
            (
                {"timeout_to_mark_thread_as_inactive": "PT0S"},
                422,
                "timeoutToMarkThreadAsInactive minimum precision supported is seconds",
            ),
            (
                {"timeout_to_mark_thread_as_inactive": "P8D"},
                422,
                "timeoutToMarkThreadAsInactive duration exceeds the maximum allowed of PT168H",
            ),
            ({"color_map": {"a": "red"}}, 422, "Color must be a valid hex color (e.g. #FF0000)"),
        ],
    )
    def test_bad_workspace_configuration(self, api, body, status, text):
        response = api.put("/workspaces/configurations", body, expect=status)
        assert text in response.text

    def test_redirect_to_a_trace(self, api, server, project):
        item = api.add_traces(trace(project))[0]
        path = base64.b64encode(f"{server.api}/".encode()).decode()
        url = f"//api/v1/session/redirect/projects/?trace_id={item['id']}&path={path}"
        response = api.call("GET", url, 303, allow_redirects=False)
        project_id = api.project_id(project)
        expected = f"{server.root}/default/projects/{project_id}/traces?tab=logs&logsType=traces&trace={item['id']}"
        assert response.headers["Location"] == expected
        unknown = f"//api/v1/session/redirect/projects?trace_id={uuid7()}&path={path}"
        api.call("GET", unknown, 404, allow_redirects=False)

    def test_openapi_document(self, server, api):
        document = api.call("GET", "//openapi.json", 200).json()
        assert document["openapi"].startswith("3.")
        assert any(path.endswith("/v1/private/traces/batch") for path in document["paths"])
