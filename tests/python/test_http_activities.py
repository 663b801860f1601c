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
