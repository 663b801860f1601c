"""Agent configurations: blueprints, masks, environments, removals."""

import threading

import pytest

from harness.api import error_list, error_message
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http

ROOT = "/agent-configs/blueprints"


def value(key, text, kind="string", **fields):
    return {"key": key, "value": text, "type": kind, **fields}


def blueprint(*values, kind="blueprint", **fields):
    return {"type": kind, "values": list(values), **fields}


def create(api, project, *values, **fields):
    """The id of the first blueprint of a project."""
    body = {"project_name": project, "blueprint": blueprint(*values, **fields)}
    response = api.post(ROOT, body, expect=201)
    made = response.json()["id"]
    assert response.headers["Location"].endswith(f"{ROOT}/{made}")
    return made


def add(api, project, *values, **fields):
    """The id of a blueprint added to a project."""
    body = {"project_name": project, "blueprint": blueprint(*values, **fields)}
    response = api.patch(ROOT, body, expect=201)
    assert response.content == b""
    assert f"{ROOT}/" in response.headers["Location"]
    return response.headers["Location"].rsplit("/", 1)[1]


def read(api, made, **params):
    return api.get(f"{ROOT}/{made}", **params).json()


class TestWriting:
    def test_create(self, api, project):
        wanted, config = uuid7(), uuid7()
        values = [value("model", "gpt", description="which"), value("n", "5", "integer"), value("off", None)]
        body = {"project_name": project, "id": config, "blueprint": blueprint(*values, id=wanted, description="first")}
        made = api.post(ROOT, body, expect=201).json()
        shown = [values[0], values[1], {"key": "off", "type": "string"}]
        assert made == {"id": wanted, "type": "blueprint", "description": "first", "values": shown}
        stored = read(api, wanted)
        assert stored.pop("created_at") == stored.pop("last_updated_at")
        assert stored == {
            "id": wanted,
            "project_id": api.project_id(project),
            "name": "v1",
            "type": "blueprint",
            "description": "first",
            "envs": ["prod"],
            "values": shown,
            "created_by": "admin",
            "last_updated_by": "admin",
        }

    def test_one_configuration_for_each_project(self, api, project):
        create(api, project, value("a", "1"))
        project_id = api.project_id(project)
        again = api.post(ROOT, {"project_id": project_id, "blueprint": blueprint(value("a", "1"))}, expect=409)
        assert error_list(again) == [f"Config already exists for project '{project_id}'. Use PATCH to add blueprints."]

    def test_the_first_is_no_mask(self, api, project):
        body = {"project_name": project, "blueprint": blueprint(value("a", "1"), kind="mask")}
        assert error_list(api.post(ROOT, body, expect=400)) == [
            "Cannot create config with a MASK blueprint. Use BLUEPRINT type for POST."
        ]

    def test_adding_needs_a_configuration(self, api, project):
        body = {"project_name": project, "blueprint": blueprint(value("a", "1"))}
        assert error_message(api.patch(ROOT, body, expect=404)) == f"Project '{project}' not found"
        api.post("/projects", {"name": project}, expect=201)
        project_id = api.project_id(project)
        assert error_list(api.patch(ROOT, body, expect=404)) == [
            f"No config found for project '{project_id}'. Use POST to create one first."
        ]
        body = {"project_id": uuid7(), "blueprint": body["blueprint"]}
        assert error_list(api.patch(ROOT, body, expect=404)) == ["Project not found"]
        assert error_list(api.post(ROOT, body, expect=404)) == ["Project not found"]

    def test_names_count_and_masks_have_none(self, api, project):
        create(api, project, value("a", "1"))
        mask = add(api, project, value("a", "2"), kind="mask")
        second = add(api, project, value("b", "1"))
        assert read(api, second)["name"] == "v2"
        assert read(api, second)["values"] == [value("b", "1")], "a blueprint is complete"
        shown = api.get(f"{ROOT}/{mask}/deltas").json()
        assert (shown["name"], shown["type"], "envs" in shown) == ("", "mask", False)
        assert error_message(api.get(f"{ROOT}/{mask}", expect=404)) == f"Blueprint '{mask}' not found"
        assert "envs" not in api.get(f"{ROOT}/{second}/deltas").json()

    def test_descriptions_tell_what_changed(self, api, project):
        first = create(api, project, value("n", "1", "integer"), value("c", "x"), value("d", "y"), value("e", "z"))
        assert read(api, first)["description"] == "Added n, c, d, e"
        second = add(api, project, value("a", "1"), value("b", "2"), value("c", "new"), value("n", "5", "integer"))
        assert read(api, second)["description"] == "Added a, b. Modified c, n to 5. Removed d, e"
        same = add(api, project, value("a", "1"), value("b", "2"), value("c", "new"), value("n", "5", "integer"))
        assert "description" not in read(api, same)
        many = [value(f"key-{number}", "x") for number in range(100)]
        long = read(api, add(api, project, *many, description=" "))["description"]
        assert len(long) == 255
        assert long.startswith("Added key-0, key-1") and long.endswith("...")
        mask = add(api, project, value("a", "2"), kind="mask")
        assert "description" not in api.get(f"{ROOT}/{mask}/deltas").json()

    @pytest.mark.parametrize(
        ("body", "texts"),
        [
            (
                {"blueprint": blueprint(value("a", "1"))},
                ["Either projectId or projectName must be provided"],
            ),
            ({"project_name": " ", "blueprint": blueprint(value("a", "1"))}, ["projectName must not be blank"]),
            ({"project_name": "p"}, ["blueprint must not be null"]),
            ({"project_name": "p", "blueprint": {"values": [value("a", "1")]}}, ["blueprint.type must not be null"]),
            (
                {"project_name": "p", "blueprint": blueprint()},
                ["blueprint.values blueprint must have between 1 and 250 values"],
            ),
            (
                {"project_name": "p", "blueprint": blueprint(*[value(str(number), "1") for number in range(251)])},
                ["blueprint.values blueprint must have between 1 and 250 values"],
            ),
            (
                {"project_name": "p", "blueprint": blueprint(value("", "1"), {"key": "a"})},
                ["blueprint.values[0].key must not be blank", "blueprint.values[1].type must not be null"],
            ),
            (
                {"project_name": "p", "blueprint": blueprint(value("a", "1"), value("a", "2"))},
                ["blueprint. Duplicate configuration keys are not allowed"],
            ),
            (
                {"project_name": "p", "blueprint": blueprint(value("a", "1"), description="d" * 256)},
                ["blueprint.description cannot exceed 255 characters"],
            ),
        ],
    )
    def test_bad_bodies(self, api, body, texts):
        assert error_list(api.post(ROOT, body, expect=422)) == texts
        assert error_list(api.patch(ROOT, body, expect=422)) == texts

    def test_bad_types_and_ids(self, api, project):
        api.post(ROOT, {"project_name": project, "blueprint": blueprint(value("a", "1", "list"))}, expect=400)
        api.post(ROOT, {"project_name": project, "blueprint": blueprint(value("a", "1"), kind="other")}, expect=400)
        body = {"project_name": project, "blueprint": blueprint(value("a", "1"), id=uuid4())}
        assert "version 7" in api.post(ROOT, body, expect=400).json()["details"]
        first = create(api, project, value("a", "1"))
        body = {"project_name": project, "blueprint": blueprint(value("a", "1"), id=first)}
        api.patch(ROOT, body, expect=409)

    def test_names_are_given_once(self, api, project):
        create(api, project, value("a", "1"))
        made = []

        def work():
            for number in range(5):
                made.append(add(api, project, value("a", str(number))))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        names = {read(api, each)["name"] for each in made}
        assert names == {f"v{number}" for number in range(2, 22)}


class TestReading:
    def test_latest_name_and_environment(self, api, project):
        first = create(api, project, value("a", "1"))
        second = add(api, project, value("a", "2"))
        project_id = api.project_id(project)
        assert api.get(f"{ROOT}/latest/projects/{project_id}").json()["id"] == second
        assert api.get(f"{ROOT}/latest/projects/{project_id}").json()["envs"] == []
        assert api.get(f"{ROOT}/projects/{project_id}/names/v1").json()["id"] == first
        assert api.get(f"{ROOT}/environments/prod/projects/{project_id}").json()["id"] == first

    def test_what_is_missing(self, api, project):
        create(api, project, value("a", "1"))
        project_id, missing = api.project_id(project), uuid7()
        for path, text in [
            (f"{ROOT}/latest/projects/{missing}", f"No configuration found for project '{missing}'"),
            (f"{ROOT}/{missing}", f"Blueprint '{missing}' not found"),
            (f"{ROOT}/{missing}/deltas", f"Blueprint '{missing}' not found"),
            (f"{ROOT}/projects/{project_id}/names/v2", "Blueprint with name 'v2' not found"),
            (f"{ROOT}/projects/{project_id}/names/v01", "Blueprint with name 'v01' not found"),
            (f"{ROOT}/projects/{project_id}/names/größe", "Blueprint with name 'größe' not found"),
            (f"{ROOT}/environments/qa/projects/{project_id}", "No blueprint found for environment 'qa'"),
            (f"{ROOT}/environments/prod/projects/{missing}", "No blueprint found for environment 'prod'"),
        ]:
            assert error_message(api.get(path, expect=404)) == text
        api.get(f"{ROOT}/latest/projects/nonsense", expect=404)
        api.get(f"{ROOT}/environments/prod/projects/nonsense", expect=404)

    def test_masks_lie_over_values(self, api, project):
        first = create(api, project, value("a", "1"), value("b", "2"))
        mask = add(api, project, value("c", "3"), value("b", "9", "integer"), kind="mask")
        project_id = api.project_id(project)
        expected = [value("a", "1"), value("b", "9", "integer"), value("c", "3")]
        for path in [
            f"{ROOT}/{first}",
            f"{ROOT}/latest/projects/{project_id}",
            f"{ROOT}/projects/{project_id}/names/v1",
            f"{ROOT}/environments/prod/projects/{project_id}",
        ]:
            shown = api.get(path, mask_id=mask).json()
            assert (shown["id"], shown["name"], shown["values"]) == (first, "v1", expected)
            for unknown in (first, uuid7()):
                text = f"Mask blueprint '{unknown}' not found in project '{project_id}'"
                assert error_message(api.get(path, expect=404, mask_id=unknown)) == text
        create(api, f"{project}-other", value("a", "1"))
        other = api.project_id(f"{project}-other")
        foreign = api.get(f"{ROOT}/latest/projects/{other}", expect=404, mask_id=mask)
        assert error_message(foreign) == f"Mask blueprint '{mask}' not found in project '{other}'"

    def test_history(self, api, project):
        made = [create(api, project, value("a", "0"))]
        add(api, project, value("a", "x"), kind="mask")
        made += [add(api, project, value("a", str(number))) for number in range(1, 4)]
        project_id = api.project_id(project)
        page = api.get(f"{ROOT}/history/projects/{project_id}", size=3).json()
        assert (page["page"], page["size"], page["total"]) == (1, 3, 4)
        assert "sortable_by" not in page
        assert [row["id"] for row in page["content"]] == made[:0:-1]
        assert "envs" not in page["content"][0]
        last = api.get(f"{ROOT}/history/projects/{project_id}", size=3, page=2).json()
        assert (last["size"], [row["envs"] for row in last["content"]]) == (3, [["prod"]])
        assert api.get(f"{ROOT}/history/projects/{project_id}", page=9).json()["content"] == []
        empty = api.get(f"{ROOT}/history/projects/{uuid7()}").json()
        assert (empty["total"], empty["content"]) == (0, [])
        assert error_list(api.get(f"{ROOT}/history/projects/{project_id}", expect=400, size=0)) == [
            "query param size must be greater than or equal to 1"
        ]


class TestDerived:
    def test_of_a_mask(self, api, project):
        create(api, project, value("a", "1"), value("b", "2"))
        mask = add(api, project, value("b", "3"), value("c", "4"), kind="mask")
        project_id = api.project_id(project)
        response = api.post(f"{ROOT}/projects/{project_id}/masks/{mask}", expect=201)
        made = response.headers["Location"].rsplit("/", 1)[1]
        assert response.headers["Location"].endswith(f"{ROOT}/{made}")
        shown = read(api, made)
        assert shown["name"] == "v2"
        assert shown["values"] == [value("a", "1"), value("b", "3"), value("c", "4")]
        assert shown["description"] == "Added c. Modified b"
        missing = uuid7()
        assert error_message(api.post(f"{ROOT}/projects/{project_id}/masks/{missing}", expect=404)) == (
            f"Mask blueprint '{missing}' not found in project '{project_id}'"
        )
        api.post(f"{ROOT}/projects/{missing}/masks/{mask}", expect=404)

    def test_without_keys(self, api, project):
        create(api, project, value("a", "1"), value("b", "2"), value("c", "3"))
        body = {"project_name": project, "keys": ["c", "a", "nope"]}
        response = api.post(f"{ROOT}/remove-keys", body, expect=201)
        made = response.headers["Location"].rsplit("/", 1)[1]
        assert response.headers["Location"].endswith(f"{ROOT}/{made}")
        shown = read(api, made)
        assert (shown["name"], shown["values"]) == ("v2", [value("b", "2")])
        assert shown["description"] == "Deleted configuration parameters: [c, a]"
        api.post(f"{ROOT}/remove-keys", body, expect=204)
        assert api.get(f"{ROOT}/latest/projects/{api.project_id(project)}").json()["id"] == made
        for bad in ({"project_name": project, "keys": []}, {"project_name": project}):
            api.post(f"{ROOT}/remove-keys", bad, expect=422)
        missing = {"project_name": f"{project}-x", "keys": ["a"]}
        assert error_message(api.post(f"{ROOT}/remove-keys", missing, expect=404)) == f"Project '{project}-x' not found"


class TestEnvironments:
    def test_set_and_move(self, api, project):
        first = create(api, project, value("a", "1"))
        second = add(api, project, value("a", "2"))
        project_id = api.project_id(project)
        envs = [{"env_name": "prod", "blueprint_id": second}, {"env_name": "qa", "blueprint_id": second}]
        api.post(f"{ROOT}/environments", {"project_id": project_id, "envs": envs}, expect=204)
        assert read(api, second)["envs"] == ["prod", "qa"]
        assert read(api, first)["envs"] == []
        api.put(f"{ROOT}/environments/qa/projects/{project_id}", {"blueprint_name": "v1"})
        assert api.get(f"{ROOT}/environments/qa/projects/{project_id}").json()["id"] == first
        api.delete(f"{ROOT}/environments/qa/projects/{project_id}")
        api.delete(f"{ROOT}/environments/qa/projects/{project_id}")
        api.get(f"{ROOT}/environments/qa/projects/{project_id}", expect=404)
        assert read(api, first)["envs"] == []

    def test_bad_requests(self, api, project):
        first = create(api, project, value("a", "1"))
        mask = add(api, project, value("a", "2"), kind="mask")
        project_id, missing = api.project_id(project), uuid7()

        def post(expect, *envs, **fields):
            return api.post(f"{ROOT}/environments", {"project_id": project_id, "envs": list(envs), **fields}, expect)

        env = {"env_name": "x", "blueprint_id": first}
        assert error_message(post(400, env, env)) == "Duplicate env names in request"
        unknown = post(404, env, {"env_name": "y", "blueprint_id": missing})
        assert error_message(unknown) == f"Blueprints not found: [{missing}]"
        api.get(f"{ROOT}/environments/x/projects/{project_id}", expect=404)
        assert error_message(post(404, {"env_name": "y", "blueprint_id": mask})) == f"Blueprints not found: [{mask}]"
        assert error_list(post(422)) == ["envs size must be between 1 and 100"]
        assert error_list(post(422, env, project_id=None)) == ["projectId must not be null"]
        assert error_list(post(422, {"env_name": " ", "blueprint_id": first})) == ["envs[0].envName must not be blank"]
        post(422, {"env_name": "e" * 51, "blueprint_id": first})
        by_name = api.put(f"{ROOT}/environments/x/projects/{project_id}", {"blueprint_name": "v9"}, expect=404)
        assert error_message(by_name) == "Blueprint with name 'v9' not found"
        assert error_list(api.put(f"{ROOT}/environments/x/projects/{project_id}", {}, expect=422)) == [
            "blueprintName must not be blank"
        ]
