"""Dashboards, insights views and saved queries."""

import pytest

from harness.api import error_list, error_message, filter_by
from harness.ids import uuid7

pytestmark = pytest.mark.http

CONFIG = {
    "version": 4,
    "sections": [
        {
            "id": "s1",
            "title": "Übersicht",
            "widgets": [{"id": "w1", "type": "text_markdown", "config": {"content": "# hi", "nothing": None}}],
            "layout": [{"i": "w1", "x": 0, "y": 0, "w": 2, "h": 4, "minW": 1}],
        }
    ],
    "lastModified": 1767225600000,
}
KINDS = ["dashboards", "insights-views"]
SORTABLE = [
    "id", "name", "description", "type", "created_at", "last_updated_at", "created_by", "last_updated_by",
]  # fmt: skip


def create(api, kind: str, name: str, **fields) -> dict:
    response = api.post(f"/{kind}", {"name": name, "config": CONFIG, **fields}, expect=201)
    body = response.json()
    assert response.headers["Location"].endswith(f"/{kind}/{body['id']}")
    return body


@pytest.mark.parametrize("kind", KINDS)
class TestCrud:
    def test_create_and_read(self, api, project, kind):
        created = create(api, kind, project, description="about", type="experiments")
        assert created["config"] == CONFIG
        assert created["name"] == project
        assert created["type"] == "experiments"
        assert created["scope"] == ("workspace" if kind == "dashboards" else "insights")
        assert created["workspace_id"] == "0190babc-62a0-71d2-832a-0feffa4676eb"
        assert created["created_by"] == created["last_updated_by"] == "admin"
        assert "project_id" not in created
        assert api.get(f"/{kind}/{created['id']}").json() == created

    def test_defaults(self, api, project, kind):
        created = create(api, kind, project, description=None, unknown=1)
        assert created["type"] == "multi_project"
        assert "description" not in created
        for config in (1, "text", [], {}, False):
            assert create(api, kind, project, config=config)["config"] == config

    def test_the_other_scope_does_not_know_it(self, api, project, kind):
        other = KINDS[1 - KINDS.index(kind)]
        created = create(api, kind, project)
        path = f"/{other}/{created['id']}"
        assert error_message(api.get(path, expect=404)) == "Dashboard not found"
        assert error_message(api.patch(path, {"name": "x"}, expect=404)) == "Dashboard not found"
        api.delete(path)
        api.post(f"/{other}/delete-batch", {"ids": [created["id"]]}, expect=204)
        api.get(f"/{kind}/{created['id']}")

    def test_update(self, api, project, kind):
        created = create(api, kind, project, description="about")
        changed = api.patch(
            f"/{kind}/{created['id']}", {"description": "", "type": "experiments", "config": {"a": [1]}}, expect=200
        ).json()
        assert changed["config"] == {"a": [1]}
        assert (changed["description"], changed["type"], changed["slug"]) == ("", "experiments", created["slug"])
        assert changed["last_updated_at"] > created["last_updated_at"]
        assert changed["created_at"] == created["created_at"]
        kept = api.patch(f"/{kind}/{created['id']}", {"config": None, "name": project}, expect=200).json()
        assert (kept["config"], kept["slug"]) == ({"a": [1]}, created["slug"])
        assert api.get(f"/{kind}/{created['id']}").json() == kept

    def test_delete(self, api, project, kind):
        ids = [create(api, kind, f"{project} {number}")["id"] for number in range(3)]
        api.delete(f"/{kind}/{ids[0]}")
        api.delete(f"/{kind}/{ids[0]}")
        api.get(f"/{kind}/{ids[0]}", expect=404)
        api.post(f"/{kind}/delete-batch", {"ids": [*ids, uuid7()]}, expect=204)
        assert api.page(kind, name=project)["total"] == 0
        response = api.post(f"/{kind}/delete-batch", {"ids": []}, expect=422)
        assert error_list(response) == ["ids size must be between 1 and 1000"]

    def test_validation(self, api, project, kind):
        def refused(**fields) -> list[str]:
            return error_list(api.post(f"/{kind}", {"name": project, "config": {}, **fields}, expect=422))

        assert refused(name=" ") == ["name must not be blank"]
        assert refused(name=None) == ["name must not be blank"]
        assert refused(name="n" * 121) == ["name size must be between 1 and 120"]
        assert refused(description="d" * 1001) == ["description size must be between 0 and 1000"]
        assert refused(config=None) == ["config must not be null"]
        assert refused(project_name=" ") == ["projectName must not be blank"]
        api.post(f"/{kind}", {"name": project, "config": {}, "type": "other"}, expect=400)
        created = create(api, kind, project)
        response = api.patch(f"/{kind}/{created['id']}", {"name": " "}, expect=422)
        assert error_list(response) == ["name must not be blank"]

    def test_slugs(self, api, project, kind):
        name = f"{project} Überblick & Café!"
        first = create(api, kind, name)["slug"]
        assert first.endswith("-uberblick-cafe")
        second = create(api, kind, name)
        assert second["slug"] == f"{first}-2"
        third = create(api, kind, name)
        assert third["slug"] == f"{first}-3"
        # Two slugs are left, and the number that follows is taken.
        api.delete(f"/{kind}/{second['id']}")
        response = api.post(f"/{kind}", {"name": name, "config": {}}, expect=409)
        assert error_list(response) == ["Dashboard already exists"]
        renamed = api.patch(f"/{kind}/{third['id']}", {"name": f"{project} other"}, expect=200).json()
        assert renamed["slug"].endswith("-other")
        # The slug that it has counts.
        renamed = api.patch(f"/{kind}/{third['id']}", {"name": f"{project} OTHER"}, expect=200).json()
        assert renamed["slug"].endswith("-other-2")

    def test_list(self, api, project, kind):
        ids = [create(api, kind, f"{project} {letter}")["id"] for letter in "bCa"]
        page = api.page(kind, name=f" {project.upper()} ")
        assert [row["id"] for row in page["content"]] == ids[::-1]
        assert (page["page"], page["size"], page["total"]) == (1, 3, 3)
        assert page["sortable_by"] == SORTABLE

        def names(**params) -> list[str]:
            return [row["name"][-1] for row in api.page(kind, name=project, **params)["content"]]

        assert names(sorting=[{"field": "name", "direction": "ASC"}]) == ["a", "b", "C"]
        assert names(sorting=[{"field": "name", "direction": "DESC"}]) == ["C", "b", "a"]
        assert names(sorting=[{"field": "created_at"}]) == ["b", "C", "a"]
        assert names(sorting=[{"field": "nope"}]) == ["a", "C", "b"]
        assert names(size=2, page=2) == ["b"]
        assert names(page=7) == []
        assert names(filters=[filter_by("name", "ends_with", " c")]) == ["C"]
        assert names(filters=[filter_by("id", "=", ids[0])]) == ["b"]
        assert names(filters=[filter_by("type", "=", "experiments")]) == []
        assert names(filters=[filter_by("created_by", "=", "admin")]) == ["a", "C", "b"]
        assert names(filters=[filter_by("created_at", "<", "2020-01-01T00:00:00Z")]) == []
        api.get(f"/{kind}", filters="x", expect=400)
        api.get(f"/{kind}", sorting="x", expect=400)

    def test_projects(self, api, project, kind):
        project_id = api.post("/projects", {"name": project}, expect=201).headers["Location"].rsplit("/", 1)[1]
        by_id = create(api, kind, "by id", project_id=project_id)
        by_name = create(api, kind, "by name", project_name=f"{project}-new")
        assert by_id["project_id"] == project_id
        assert by_name["project_id"] == api.project_id(f"{project}-new")
        assert api.ids(kind, project_id=project_id) == [by_id["id"]]
        of_project = api.page(f"projects/{project_id}/dashboards")
        assert [row["id"] for row in of_project["content"]] == ([by_id["id"]] if kind == "dashboards" else [])
        assert of_project["sortable_by"] == SORTABLE


class TestQueries:
    SQL = "SELECT {{window_start}}, {{window_end}}"
    PATH = "//api/v1/internal/dashboard-saved-queries"

    def test_custom_charts_are_not_available(self, api, project):
        for kind in KINDS:
            dashboard = create(api, kind, project)
            response = api.post(f"/{kind}/{dashboard['id']}/widgets/w1/query", {}, expect=501)
            assert error_message(response) == "Custom charts are not available"

    def test_saved_queries(self, api, project):
        chosen, project_id = uuid7(), uuid7()
        body = {"id": chosen, "project_id": project_id, "sql": self.SQL}
        response = api.post(self.PATH, body, expect=201)
        assert response.headers["Location"].endswith(f"/{chosen}")
        stored = api.get(f"{self.PATH}/{chosen}").json()
        assert set(stored) == {"id", "project_id", "sql", "created_at", "created_by"}
        assert (stored["id"], stored["project_id"], stored["sql"]) == (chosen, project_id, self.SQL)
        api.post(self.PATH, body, expect=409)
        made = api.post(self.PATH, {"sql": self.SQL}, expect=201).headers["Location"].rsplit("/", 1)[1]
        assert "project_id" not in api.get(f"{self.PATH}/{made}").json()

    def test_refused(self, api):
        assert error_list(api.post(self.PATH, {}, expect=422)) == ["sql must not be blank"]
        response = api.post(self.PATH, {"sql": "SELECT {{window_end}}"}, expect=422)
        assert error_list(response) == ["sql must contain {{window_start}}"]
        version_4 = "6a4dff8e-43e5-4a4d-9e2c-2c3a3f1d2b1a"
        api.post(self.PATH, {"id": version_4, "sql": self.SQL}, expect=400)
        assert error_message(api.get(f"{self.PATH}/{uuid7()}", expect=404)) == "Saved query not found"
