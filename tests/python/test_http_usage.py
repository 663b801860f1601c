"""Counts for operators, and the queries that are not available."""

import datetime

import pytest

from harness.api import error_list, span, trace
from harness.ids import now, uuid7

pytestmark = pytest.mark.http

BASE = "//api/v1/internal/usage"
WORKSPACE = "0190babc-62a0-71d2-832a-0feffa4676eb"


def yesterday() -> datetime.datetime:
    return (now() - datetime.timedelta(days=1)).replace(hour=12)


def count_of(rows: list[dict], **wanted) -> int:
    keys = {"count", "trace_count", "span_count"}
    for row in rows:
        if all(row.get(name) == value for name, value in wanted.items()):
            return next(value for name, value in row.items() if name in keys)
    return 0


class TestCounts:
    def test_the_day_before(self, api, project):
        def counts() -> list[int]:
            return [
                count_of(
                    api.get(f"{BASE}/workspace-trace-counts").json()["workspaces_traces_count"], workspace=WORKSPACE
                ),
                count_of(
                    api.get(f"{BASE}/workspace-span-counts").json()["workspaces_spans_count"], workspace=WORKSPACE
                ),
                count_of(api.get(f"{BASE}/bi-traces").json()["bi_information"], workspace_id=WORKSPACE, user="admin"),
                count_of(api.get(f"{BASE}/bi-spans").json()["bi_information"], workspace_id=WORKSPACE, user="admin"),
            ]

        before = counts()
        old, new = trace(project, id=uuid7(yesterday())), trace(project)
        api.add_traces(old, new)
        api.add_spans(span(project, old["id"], id=uuid7(yesterday())), span(project, new["id"]))
        assert [after - earlier for after, earlier in zip(counts(), before, strict=True)] == [1, 1, 1, 1]
        breakdown = api.get(f"{BASE}/workspace-span-counts-breakdown").json()["breakdown"]
        project_id = api.project_id(project)
        assert [row for row in breakdown if row["project_id"] == project_id] == [
            {
                "workspace_id": WORKSPACE,
                "project_id": project_id,
                "project_name": project,
                "user": "admin",
                "count": 1,
            }
        ]

    def test_of_today_nothing_counts(self, api):
        for kind in ("bi-experiments", "bi-datasets"):
            assert isinstance(api.get(f"{BASE}/{kind}").json()["bi_information"], list)


class TestProjects:
    def test_search(self, api, project):
        api.post("/projects", {"name": f"{project} b"}, expect=201)
        api.post("/projects", {"name": f"{project} A"}, expect=201)

        def names(**body) -> list[str]:
            body = {"workspace_ids": [WORKSPACE], "name": project.upper(), **body}
            found = api.post(f"{BASE}/projects", body, expect=200).json()["projects"]
            assert all(set(row) == {"workspace_id", "project_id", "name"} for row in found)
            return [row["name"][-1] for row in found]

        assert names() == ["A", "b"]
        assert names(limit=1) == ["A"]
        assert names(project_ids=[api.project_id(f"{project} b")]) == ["b"]
        assert names(workspace_ids=[uuid7(), "default"]) == []
        assert names(project_ids=[]) == []

    def test_refused(self, api):
        assert error_list(api.post(f"{BASE}/projects", {}, expect=422)) == ["workspaceIds must not be null"]
        response = api.post(f"{BASE}/projects", {"workspace_ids": [WORKSPACE], "limit": 0}, expect=422)
        assert error_list(response) == ["limit must be greater than or equal to 1"]


class TestQueries:
    def test_not_available(self, api):
        for path in ("", f"/projects/{uuid7()}"):
            response = api.post(
                f"//api/v1/internal/analytics-queries{path}", {"query": "SELECT 1 AS result"}, expect=501
            )
            assert response.content == b""

    def test_workspaces(self, api):
        assert api.get("/workspaces/versions").json() == {"opik_version": "version_2"}
