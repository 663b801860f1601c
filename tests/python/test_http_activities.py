"""What has happened in a project lately."""

import datetime

import pytest

from harness.api import trace
from harness.ids import now, uuid7

pytestmark = pytest.mark.http


def activities(api, project_id: str, **params) -> dict:
    return api.get(f"/projects/{project_id}/activities", **params).json()


class TestTraces:
    def test_days(self, api, project):
        today = now()
        earlier, older = today - datetime.timedelta(days=2), today - datetime.timedelta(days=40)
        api.add_traces(
            trace(project),
            trace(project),
            *(trace(project, id=uuid7(earlier)) for _ in range(3)),
            trace(project, id=uuid7(older)),
        )
        page = activities(api, api.project_id(project))
        assert (page["page"], page["size"], page["total"]) == (1, 10, 2)
        assert [(row["type"], row["name"]) for row in page["content"]] == [("trace_daily", "2"), ("trace_daily", "3")]
        assert all(set(row) == {"type", "id", "name", "created_at"} for row in page["content"])
        assert page["content"][0]["created_at"][:10] == today.date().isoformat()
        assert page["content"][1]["created_at"] == f"{earlier.date().isoformat()}T12:00:00Z"

    def test_pages(self, api, project):
        days = [now() - datetime.timedelta(days=days) for days in range(3)]
        api.add_traces(*(trace(project, id=uuid7(day)) for day in days))
        project_id = api.project_id(project)
        first = activities(api, project_id, size=2)
        assert (first["size"], first["total"], len(first["content"])) == (2, 2, 2)
        assert activities(api, project_id, size=2, page=2)["content"] == []
        assert len(activities(api, project_id, size=100)["content"]) == 3

    def test_parameters(self, api):
        assert activities(api, uuid7()) == {"page": 1, "size": 10, "total": 0, "content": []}
        api.get(f"/projects/{uuid7()}/activities", size=101, expect=400)
        api.get(f"/projects/{uuid7()}/activities", page=0, expect=400)
        api.get("/projects/no-id/activities", expect=404)


class TestOtherSources:
    def test_everything_that_is_made(self, api, project):
        def made(path: str, body: dict) -> str:
            return api.post(path, body, expect=201).headers["Location"].rsplit("/", 1)[1]

        project_id = made("/projects", {"name": project})
        dataset = made("/datasets", {"name": f"{project} data", "project_name": project})
        api.put("/datasets/items", {"dataset_id": dataset, "items": [{"source": "sdk", "data": {"a": 1}}]})
        experiment = made("/experiments", {"dataset_name": f"{project} data", "name": "a run", "project_name": project})
        made("/prompts", {"name": f"{project} prompt", "template": "hi {{x}}", "project_name": project})
        api.post(
            "/prompts/versions",
            {"name": f"{project} prompt", "version": {"template": "ho {{x}}"}, "project_name": project},
            expect=200,
        )
        found = activities(api, project_id, size=100)["content"]
        seen = [(row["type"], row["name"], row.get("resource_id")) for row in found]
        prompt = api.page("prompts", name=f"{project} prompt")["content"][0]["id"]
        assert sorted(seen) == sorted(
            [
                ("prompt_version", f"{project} prompt v2", prompt),
                ("prompt_version", f"{project} prompt v1", prompt),
                ("experiment", "a run", dataset),
                ("dataset_version", f"{project} data", dataset),
                ("dataset_version", f"{project} data", dataset),
            ]
        )
        assert all(row["created_by"] == "admin" for row in found)
        assert [row["id"] for row in found if row["type"] == "experiment"] == [experiment]
        times = [row["created_at"] for row in found]
        assert times == sorted(times, reverse=True)
