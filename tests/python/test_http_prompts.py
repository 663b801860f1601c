"""Prompts: create, read, change, find, delete."""

import pytest

from harness.api import error_list, error_message, filter_by
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http

SORTABLE = [
    "id",
    "name",
    "description",
    "created_at",
    "last_updated_at",
    "created_by",
    "last_updated_by",
    "version_count",
    "tags",
]


def create(api, name, **fields):
    """The id of a new prompt."""
    response = api.post("/prompts", {"name": name, **fields}, expect=201)
    assert response.content == b""
    return response.headers["Location"].rsplit("/", 1)[1]


def commit(api, name, template="t", **fields):
    """A new version; keyword arguments are those of the version but for the project and the structure."""
    body = {"name": name, "version": {"template": template}}
    for key in ("project_name", "project_id", "template_structure"):
        if key in fields:
            body[key] = fields.pop(key)
    body["version"].update(fields)
    return api.post("/prompts/versions", body, expect=200).json()


def read(api, prompt, **params):
    return api.get(f"/prompts/{prompt}", **params).json()


class TestCreate:
    def test_with_a_template(self, api, project):
        wanted = uuid7()
        made = create(
            api,
            project,
            id=wanted,
            project_name=project,
            description="about",
            template="Hi {{name}}, {{name}} {{{other}}}",
            metadata={"b": 1, "a": [None]},
            change_description="first",
            tags=["z", "a", "z"],
        )
        assert made == wanted
        stored = read(api, wanted)
        version = stored.pop("latest_version")
        assert stored.pop("created_at") == stored.pop("last_updated_at") == version.pop("created_at")
        assert stored == {
            "id": wanted,
            "name": project,
            "project_id": api.project_id(project),
            "description": "about",
            "template_structure": "text",
            "tags": ["z", "a"],
            "created_by": "admin",
            "last_updated_by": "admin",
            "version_count": 1,
        }
        assert version.pop("commit") == version.pop("id")[-8:]
        assert version.pop("environments") == []
        assert sorted(version.pop("variables")) == ["name", "other"]
        assert version == {
            "version_number": "v1",
            "template": "Hi {{name}}, {{name}} {{{other}}}",
            "metadata": {"b": 1, "a": [None]},
            "type": "mustache",
            "version_type": "prompt_version",
            "change_description": "first",
            "created_by": "admin",
        }

    def test_without_a_template(self, api, project):
        stored = read(api, create(api, project))
        assert stored["version_count"] == 0
        for absent in ("latest_version", "requested_version", "project_id", "description", "tags"):
            assert absent not in stored

    def test_structures_and_types(self, api, project):
        chat = create(api, f"{project}-chat", template="[]", template_structure="chat", type="jinja2")
        assert read(api, chat)["template_structure"] == "chat"
        assert read(api, chat)["latest_version"]["type"] == "jinja2"
        assert read(api, create(api, f"{project}-poem", template_structure="poem"))["template_structure"] == "text"
        api.post("/prompts", {"name": f"{project}-x", "template": "t", "type": "mustard"}, expect=400)

    def test_names_are_unique_in_a_project(self, api, project):
        first = create(api, project, project_name=project)
        create(api, project, project_name=f"{project}-2")
        create(api, project)
        for body in (
            {"name": project.upper(), "project_name": project},
            {"name": f"{project}-new", "id": first},
        ):
            assert error_message(api.post("/prompts", body, expect=409)) == "Prompt id or name already exists"

    def test_projects(self, api, project):
        missing = uuid7()
        response = api.post("/prompts", {"name": project, "project_id": missing}, expect=404)
        assert error_message(response) == f"Project id: {missing} not found"
        api.post("/projects", {"name": project}, expect=201)
        made = create(api, project, project_id=api.project_id(project), project_name="ignored")
        assert read(api, made)["project_id"] == api.project_id(project)

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({}, "name must not be blank"),
            ({"name": None}, "name must not be blank"),
            ({"name": " "}, "name must not be blank"),
            ({"name": "n", "description": " "}, "description must not be blank"),
            ({"name": "n", "description": "d" * 256}, "description cannot exceed 255 characters"),
            ({"name": "n", "template": " "}, "template must not be blank"),
            ({"name": "n", "project_name": ""}, "projectName must not be blank"),
        ],
    )
    def test_bad_bodies(self, api, body, text):
        assert error_list(api.post("/prompts", body, expect=422)) == [text]

    def test_bad_ids(self, api, project):
        response = api.post("/prompts", {"name": project, "id": uuid4()}, expect=400)
        assert response.json()["details"] == "prompt id must be a version 7 UUID"
        api.post("/prompts", {"name": project, "id": "x"}, expect=400)

    def test_unicode(self, api, project):
        name = f"grün 🎉 {project}"
        made = create(api, name, template="{{grün}} 🎉", tags=["ö"], description="日本")
        assert read(api, made)["name"] == name
        assert read(api, made)["latest_version"]["variables"] == ["grün"]
        assert api.page("prompts", name=name.upper())["total"] == 1


class TestChange:
    def test_update(self, api, project):
        made = create(api, project, description="about", tags=["a"], template="t")
        before = read(api, made)
        api.put(f"/prompts/{made}", {"name": f"{project}-new"})
        stored = read(api, made)
        assert stored["name"] == f"{project}-new"
        assert "description" not in stored
        assert stored["tags"] == ["a"]
        assert stored["last_updated_at"] > before["last_updated_at"]
        api.put(f"/prompts/{made}", {"name": f"{project}-NEW", "description": "again", "tags": []})
        stored = read(api, made)
        assert (stored["name"], stored["description"]) == (f"{project}-NEW", "again")
        assert "tags" not in stored

    def test_refusals(self, api, project):
        made = create(api, project)
        create(api, f"{project}-taken")
        taken = api.put(f"/prompts/{made}", {"name": f"{project}-TAKEN"}, expect=409)
        assert error_message(taken) == "Prompt id or name already exists"
        assert error_list(api.put(f"/prompts/{made}", {}, expect=422)) == ["name must not be blank"]
        assert error_list(api.put(f"/prompts/{made}", {"name": "n", "description": "d" * 256}, expect=422)) == [
            "description cannot exceed 255 characters"
        ]
        assert error_message(api.put(f"/prompts/{uuid7()}", {"name": "n"}, expect=404)) == "Prompt not found"

    def test_delete(self, api, project):
        made = create(api, project, template="t")
        version = read(api, made)["latest_version"]["id"]
        commit(api, project, environments=["production"])
        api.delete(f"/prompts/{made}")
        assert error_message(api.get(f"/prompts/{made}", expect=404)) == "Prompt not found"
        assert error_message(api.get(f"/prompts/versions/{version}", expect=404)) == "Prompt version not found"
        assert api.get(f"/prompts/{made}/versions").json()["total"] == 0
        assert error_message(api.delete(f"/prompts/{made}", expect=404)) == "Prompt not found"
        again = create(api, project, template="t")
        assert read(api, again)["latest_version"]["version_number"] == "v1"

    def test_delete_many(self, api, project):
        made = [create(api, f"{project}-{number}", template="t") for number in range(3)]
        for number in range(30):
            commit(api, f"{project}-0", str(number))
        api.post("/prompts/delete", {"ids": [*made[:2], uuid7()]}, expect=204)
        assert [row["id"] for row in api.page("prompts", name=project)["content"]] == made[2:]
        assert error_list(api.post("/prompts/delete", {"ids": []}, expect=422)) == [
            "ids size must be between 1 and 1000"
        ]


class TestList:
    def test_pages(self, api, project):
        made = [create(api, f"{project}-{letter}", template="t") for letter in "bca"]
        page = api.page("prompts", name=project.upper(), size=2)
        assert (page["page"], page["size"], page["total"]) == (1, 2, 3)
        assert [row["id"] for row in page["content"]] == made[:0:-1]
        assert page["sortable_by"] == SORTABLE
        assert "latest_version" not in page["content"][0]
        last = api.page("prompts", name=project, size=2, page=2)
        assert (last["size"], last["total"]) == (1, 3)
        beyond = api.page("prompts", name=project, size=2, page=3)
        assert (beyond["size"], beyond["content"], beyond["total"]) == (0, [], 3)
        assert api.page("prompts", name=project, size=1000)["size"] == 3

    @pytest.mark.parametrize(
        ("field", "direction", "expected"),
        [
            ("name", "ASC", "abC"),
            ("name", "DESC", "Cba"),
            ("version_count", "DESC", "aCb"),
            ("created_at", "ASC", "bCa"),
            ("description", "ASC", "Cba"),
            ("nonsense", "ASC", "aCb"),
        ],
    )
    def test_orders(self, api, project, field, direction, expected):
        create(api, f"{project}-b", description="2", template="t")
        create(api, f"{project}-C", description="1", template="t")
        create(api, f"{project}-a", description="3", template="t")
        commit(api, f"{project}-a", "u")
        sorting = [{"field": field, "direction": direction}]
        page = api.page("prompts", name=project, sorting=sorting)
        assert "".join(row["name"][-1] for row in page["content"]) == expected

    def test_bad_parameters(self, api):
        assert error_message(api.get("/prompts", expect=400, sorting="x")) == "Invalid sorting query parameter 'x'"
        assert error_message(api.get("/prompts", expect=400, filters="x")) == "Invalid filters query parameter 'x'"
        api.get("/prompts", expect=400, page=0)
        api.get("/prompts", expect=404, size="many")
        api.get("/prompts", expect=404, project_id="x")
        bad = api.get("/prompts", expect=400, filters=[filter_by("name", ">", "a")])
        assert error_message(bad).startswith("Invalid operator '>' for field 'name' of type '")

    def test_filters(self, api, project):
        one = create(api, f"{project} One", description="Über", tags=["red", "blue"], template="t")
        two = create(api, f"{project} two", template_structure="chat", project_name=project)
        commit(api, f"{project} two", "x", project_name=project)
        commit(api, f"{project} two", "y", project_name=project)

        def found(*filters, **params):
            page = api.page("prompts", name=project, filters=list(filters), **params)
            assert page["total"] == len(page["content"])
            return [row["id"] for row in page["content"]]

        assert found(filter_by("name", "=", f"{project} ONE")) == [one]
        assert found(filter_by("name", "!=", f"{project} ONE")) == [two]
        assert found(filter_by("name", "ends_with", "TWO")) == [two]
        assert found(filter_by("name", "not_contains", "two")) == [one]
        assert found(filter_by("id", "=", one)) == [one]
        assert found(filter_by("description", "contains", "über")) == [one]
        assert found(filter_by("tags", "contains", "blue")) == [one]
        assert found(filter_by("tags", "not_contains", "blue")) == [two]
        assert found(filter_by("template_structure", "=", "chat")) == [two]
        assert found(filter_by("version_count", ">=", "2")) == [two]
        assert found(filter_by("version_count", "=", "1")) == [one]
        assert found(filter_by("created_by", "=", "admin")) == [two, one]
        assert found(filter_by("last_updated_by", "starts_with", "ad"), filter_by("name", "contains", "one")) == [one]
        assert found(filter_by("created_at", "<", "2020-01-01T00:00:00Z")) == []
        assert found(filter_by("last_updated_at", ">", "2020-01-01T00:00:00Z")) == [two, one]
        assert found(project_id=api.project_id(project)) == [two]
        assert found(project_id=uuid7()) == []

    def test_of_a_project(self, api, project):
        create(api, project)
        inside = create(api, f"{project}-x", project_name=project)
        path = f"/projects/{api.project_id(project)}/prompts"
        page = api.get(path).json()
        assert ([row["id"] for row in page["content"]], page["sortable_by"]) == ([inside], SORTABLE)
        assert api.get(path, name="nobody").json()["total"] == 0
        assert api.get(f"/projects/{uuid7()}/prompts").json()["content"] == []


class TestRequestedVersion:
    def test_masks_and_environments(self, api, project):
        made = create(api, project, template="one")
        mask = commit(api, project, "masked {{x}}", version_type="mask")
        owned = commit(api, project, "two", environments=["staging"])
        latest = commit(api, project, "three")
        shown = read(api, made, mask_id=mask["id"])
        assert shown["latest_version"]["id"] == latest["id"]
        assert shown["requested_version"]["id"] == mask["id"]
        assert shown["requested_version"]["version_type"] == "mask"
        assert shown["requested_version"]["variables"] == ["x"]
        for absent in ("prompt_id", "template_structure", "version_number"):
            assert absent not in shown["requested_version"]
        assert read(api, made, environment="STAGING")["requested_version"]["id"] == owned["id"]

        both = api.get(f"/prompts/{made}", expect=400, mask_id=mask["id"], environment="staging")
        assert error_message(both) == "environment and mask_id are mutually exclusive"
        for params in ({"environment": "production"}, {"mask_id": uuid7()}, {"mask_id": latest["id"]}):
            missing = api.get(f"/prompts/{made}", expect=404, **params)
            assert error_message(missing) == "Prompt version not found"
        api.get(f"/prompts/{made}", expect=400, environment="no good")
        assert error_message(api.get(f"/prompts/{uuid7()}", expect=404, environment="staging")) == "Prompt not found"

    def test_by_commit(self, api, project):
        made = create(api, project, template="one")
        mask = commit(api, project, "masked", version_type="mask")
        for version in (read(api, made)["latest_version"], mask):
            shown = api.get(f"/prompts/by-commit/{version['commit']}").json()
            assert shown["id"] == made
            assert shown["requested_version"]["id"] == version["id"]
            assert "latest_version" not in shown
        shared = uuid7()[-8:]
        commit(api, project, "x", commit=shared)
        commit(api, f"{project}-2", "x", commit=shared)
        ambiguous = api.get(f"/prompts/by-commit/{shared}", expect=409)
        assert error_message(ambiguous) == (f"Ambiguous commit: multiple prompt versions found for commit '{shared}'")
        assert error_message(api.get("/prompts/by-commit/zzzzzzzz", expect=404)) == "Prompt version not found"
        for bad in ("short", "muchtoolong", "abcd-123"):
            api.get(f"/prompts/by-commit/{bad}", expect=400)
