"""Versions of prompts: commits, numbers, environments, tags, masks, retrieval."""

import threading

import pytest

from harness.api import error_list, error_message, filter_by
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http

SORTABLE = ["id", "commit", "template", "change_description", "type", "tags", "created_at", "created_by"]


def commit(api, name, template="t", expect=200, **fields):
    """A new version; keyword arguments are those of the version but for the project and the structure."""
    body = {"name": name, "version": {"template": template}}
    for key in ("project_name", "project_id", "template_structure"):
        if key in fields:
            body[key] = fields.pop(key)
    body["version"].update(fields)
    response = api.post("/prompts/versions", body, expect=expect)
    return response.json() if expect == 200 else response


def retrieve(api, name, expect=200, **fields):
    return api.post("/prompts/versions/retrieve", {"name": name, **fields}, expect=expect)


def version_of(api, version_id):
    return api.get(f"/prompts/versions/{version_id}").json()


class TestCreate:
    def test_of_a_new_prompt(self, api, project):
        wanted = uuid7()
        made = commit(
            api,
            project,
            "Hi {{a}}",
            id=wanted,
            project_name=project,
            template_structure="chat",
            metadata={"k": "v"},
            type="mustache",
            change_description="why",
            tags=["y", "x", "y"],
            environments=["production", " staging ", "", "production"],
        )
        prompt = api.get(f"/prompts/{made['prompt_id']}").json()
        assert (prompt["name"], prompt["project_id"]) == (project, api.project_id(project))
        assert prompt["template_structure"] == "chat"
        shown = version_of(api, wanted)
        assert shown == made
        assert made.pop("created_at")
        assert made == {
            "id": wanted,
            "prompt_id": prompt["id"],
            "commit": wanted[-8:],
            "version_number": "v1",
            "template": "Hi {{a}}",
            "metadata": {"k": "v"},
            "type": "mustache",
            "version_type": "prompt_version",
            "environments": ["production", "staging"],
            "change_description": "why",
            "tags": ["y", "x"],
            "variables": ["a"],
            "template_structure": "chat",
            "created_by": "admin",
        }

    def test_of_a_known_prompt(self, api, project):
        first = commit(api, project, project_name=project)
        before = api.get(f"/prompts/{first['prompt_id']}").json()
        second = commit(api, project.upper(), "u", project_name=project, template_structure="chat")
        assert second["prompt_id"] == first["prompt_id"]
        assert (second["version_number"], second["template_structure"]) == ("v2", "text")
        for absent in ("metadata", "change_description", "tags"):
            assert absent not in second
        after = api.get(f"/prompts/{first['prompt_id']}").json()
        assert after["version_count"] == 2
        assert after["last_updated_at"] == second["created_at"] > before["last_updated_at"]

    def test_projects_stay_apart_but_share_what_has_none(self, api, project):
        first = commit(api, project, project_name=f"{project}-a")
        second = commit(api, project, project_name=f"{project}-b")
        assert first["prompt_id"] != second["prompt_id"]
        assert second["version_number"] == "v1"
        assert commit(api, project)["prompt_id"] == second["prompt_id"], "the newest of the workspace"
        shared = commit(api, f"{project}-shared")
        assert "project_id" not in api.get(f"/prompts/{shared['prompt_id']}").json()
        inside = commit(api, f"{project}-shared", project_name=f"{project}-a")
        assert (inside["prompt_id"], inside["version_number"]) == (shared["prompt_id"], "v2")
        missing = uuid7()
        response = commit(api, project, expect=404, project_id=missing)
        assert error_message(response) == f"Project id: {missing} not found"

    def test_commits_are_unique_in_a_prompt(self, api, project):
        made = commit(api, project, commit="abCD0123")
        assert made["commit"] == "abCD0123"
        assert commit(api, f"{project}-2", commit="abCD0123")["commit"] == "abCD0123"
        for fields in ({"commit": "abCD0123"}, {"id": made["id"]}):
            response = commit(api, project, expect=409, **fields)
            assert error_message(response) == "Prompt version already exists"
        response = commit(api, f"{project}-3", expect=409, id=made["id"])
        assert error_message(response) == "Prompt version already exists"
        assert api.page("prompts", name=f"{project}-3")["total"] == 0
        same_end = uuid7()
        clash = same_end[:-12] + "0000" + made["id"][-8:]
        commit(api, f"{project}-4", id=same_end, commit=made["id"][-8:])
        other = commit(api, f"{project}-4", id=clash)
        assert other["commit"] != made["id"][-8:] and len(other["commit"]) == 8

    def test_numbers_are_given_once(self, api, project):
        commit(api, project)
        numbers = []

        def work():
            for number in range(8):
                numbers.append(commit(api, project, str(number))["version_number"])

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers, key=lambda text: int(text[1:])) == [f"v{number}" for number in range(2, 34)]

    def test_masks(self, api, project):
        first = commit(api, project)
        before = api.get(f"/prompts/{first['prompt_id']}").json()
        mask = commit(api, project, "m", version_type="mask", commit="maskmask")
        assert mask["version_type"] == "mask"
        assert "version_number" not in mask
        after = api.get(f"/prompts/{first['prompt_id']}").json()
        assert after == before
        page = api.get(f"/prompts/{first['prompt_id']}/versions").json()
        assert [row["id"] for row in page["content"]] == [first["id"]]
        assert version_of(api, mask["id"])["template"] == "m"
        assert retrieve(api, project).json()["id"] == first["id"]
        assert commit(api, project)["version_number"] == "v2"

    def test_environments_have_one_owner(self, api, project):
        commit(api, project, environments=["staging", "production"])
        taken = commit(api, project, expect=409, environments=["STAGING", "other"])
        assert error_message(taken) == "Environments already mapped to another version: '[STAGING]'"
        assert retrieve(api, project).json()["version_number"] == "v1"
        assert commit(api, f"{project}-2", environments=["staging"])["environments"] == ["staging"]

    @pytest.mark.parametrize(
        ("body", "texts"),
        [
            ({}, ["name must not be blank", "version must not be null"]),
            ({"name": " ", "version": {}}, ["name must not be blank", "version.template must not be blank"]),
            ({"name": "n", "project_name": " ", "version": {"template": "t"}}, ["projectName must not be blank"]),
            (
                {"name": "n", "version": {"template": "t", "commit": "short"}},
                ["version.commit if present, the commit message must be 8 alphanumeric characters long"],
            ),
            (
                {"name": "n", "version": {"template": "t", "environments": ["no good"]}},
                ["version.environments[].<iterable element> must match '^[A-Za-z0-9_-]+$'"],
            ),
        ],
    )
    def test_bad_bodies(self, api, body, texts):
        assert error_list(api.post("/prompts/versions", body, expect=422)) == texts

    def test_more_bad_bodies(self, api, project):
        mask = commit(api, project, expect=422, version_type="mask", environments=["production"])
        assert error_list(mask)[0].endswith("environments cannot be set on a mask version")
        commit(api, project, expect=422, tags=["a", " "])
        commit(api, project, expect=422, environments=[f"e{number}" for number in range(101)])
        commit(api, project, expect=400, type="nope")
        commit(api, project, expect=400, version_type="nope")
        bad_id = commit(api, project, expect=400, id=uuid4())
        assert bad_id.json()["details"] == "prompt version id must be a version 7 UUID"
        assert api.page("prompts", name=project)["total"] == 0

    @pytest.mark.parametrize(
        ("kind", "template", "variables"),
        [
            ("mustache", "{{#s}}{{a}}{{/s}} {{& b }} {{! c }} {{{d}}} {{a}}", ["a", "b", "d"]),
            ("mustache", "{{a}} {{#open}}", []),
            ("mustache", '[{"role": "user", "content": "{{q}}"}]', ["q"]),
            ("jinja2", "{{ a }} {% if b %}{% endif %}", []),
            ("python", "{a} {{b}} {c d} {e}", ["a", "e"]),
        ],
    )
    def test_variables(self, api, project, kind, template, variables):
        assert sorted(commit(api, project, template, type=kind)["variables"]) == variables

    def test_large_templates(self, api, project):
        template = "{{name}} größe 🎉 \n" * 20_000
        made = commit(api, project, template, metadata={"text": "x" * 100_000})
        shown = version_of(api, made["id"])
        assert shown["template"] == template
        assert shown["metadata"] == {"text": "x" * 100_000}
        assert shown["variables"] == ["name"]


class TestList:
    def test_pages_and_orders(self, api, project):
        made = [commit(api, project, template) for template in ("b", "a", "c")]
        path = f"/prompts/{made[0]['prompt_id']}/versions"
        page = api.get(path, size=2).json()
        assert (page["page"], page["size"], page["total"], page["sortable_by"]) == (1, 2, 3, SORTABLE)
        assert [row["version_number"] for row in page["content"]] == ["v3", "v2"]
        shown = dict(made[2])
        del shown["variables"]
        assert page["content"][0] == shown

        def order(field, direction="ASC"):
            rows = api.get(path, sorting=[{"field": field, "direction": direction}]).json()["content"]
            return "".join(row["template"] for row in rows)

        assert order("template") == "abc"
        assert order("created_at") == "bac"
        assert order("id", "DESC") == "cab"
        assert api.get(path, size=2, page=3).json()["content"] == []
        unknown = api.get(f"/prompts/{uuid7()}/versions").json()
        assert (unknown["total"], unknown["size"], unknown["content"]) == (0, 0, [])

    def test_search(self, api, project):
        one = commit(api, project, "Tell me of Größe " * 50)
        two = commit(api, project, "x", change_description="About größe")
        commit(api, project, "y")
        path = f"/prompts/{one['prompt_id']}/versions"
        page = api.get(path, search="GRÖSSE".replace("SS", "ß")).json()
        assert ([row["id"] for row in page["content"]], page["total"]) == ([two["id"], one["id"]], 2)
        assert api.get(path, search="nowhere").json()["total"] == 0
        assert api.get(path, search="100%_").json()["total"] == 0

    def test_filters(self, api, project):
        one = commit(api, project, "first {{x}}", tags=["red"], metadata={"a": {"b": "Deep"}, "n": 5}, type="jinja2")
        two = commit(api, project, "second", tags=["blue", "RED"], change_description="fix", commit="abcdef12")
        path = f"/prompts/{one['prompt_id']}/versions"

        def found(*filters):
            page = api.get(path, filters=list(filters)).json()
            assert page["total"] == len(page["content"])
            return [row["id"] for row in page["content"]]

        assert found(filter_by("template", "contains", "FIRST")) == [one["id"]]
        assert found(filter_by("commit", "=", "ABCDEF12")) == [two["id"]]
        assert found(filter_by("version_number", "=", "v2")) == [two["id"]]
        assert found(filter_by("change_description", "starts_with", "fi")) == [two["id"]]
        assert found(filter_by("tags", "contains", "red")) == [two["id"], one["id"]]
        assert found(filter_by("tags", "contains", "blue")) == [two["id"]]
        assert found(filter_by("type", "=", "jinja2")) == [one["id"]]
        assert found(filter_by("type", "!=", "jinja2")) == [two["id"]]
        assert found(filter_by("metadata", "=", "deep", key="a.b")) == [one["id"]]
        assert found(filter_by("metadata", ">", "4", key="n")) == [one["id"]]
        assert found(filter_by("id", "=", one["id"])) == [one["id"]]
        assert found(filter_by("created_by", "=", "ADMIN")) == [two["id"], one["id"]]
        assert found(filter_by("created_at", ">", "2020-01-01T00:00:00Z")) == [two["id"], one["id"]]
        bad = api.get(path, expect=400, filters=[filter_by("nope", "=", "x")])
        assert error_message(bad).startswith("Invalid filters query parameter '")


class TestLookUp:
    def test_by_id_and_number(self, api, project):
        one, two = commit(api, project, "1"), commit(api, project, "2")
        root = f"/prompts/{one['prompt_id']}/versions/by-number"
        assert api.get(f"{root}/v1").json() == one
        assert api.get(f"{root}/v2").json()["id"] == two["id"]
        for number in ("v3", "v01", "v0"):
            assert error_message(api.get(f"{root}/{number}", expect=404)) == "Prompt version not found"
        for number in ("1", "vx", "v1234567890"):
            api.get(f"{root}/{number}", expect=400)
        api.get(f"/prompts/{uuid7()}/versions/by-number/v1", expect=404)
        assert error_message(api.get(f"/prompts/versions/{uuid7()}", expect=404)) == "Prompt version not found"
        api.get("/prompts/versions/nonsense", expect=404)

    def test_by_ids(self, api, project):
        one, two = commit(api, project, "{{a}}"), commit(api, f"{project}-2", version_type="mask")
        body = {"ids": [one["id"], two["id"], uuid7()]}
        assert api.post("/prompts/versions/retrieve-by-ids", body, expect=200).json() == [two, one]
        assert error_list(api.post("/prompts/versions/retrieve-by-ids", {"ids": []}, expect=422)) == [
            "ids size must be between 1 and 1000"
        ]

    def test_by_commits(self, api, project):
        one, two = commit(api, project), commit(api, f"{project}-2", version_type="mask")
        body = {"commits": [two["commit"], "zzzzzzzz", one["commit"]]}
        found = api.post("/prompts/retrieve-by-commits", body, expect=200).json()
        assert found == [
            {
                "prompt_version_id": two["id"],
                "commit": two["commit"],
                "prompt_id": two["prompt_id"],
                "prompt_name": f"{project}-2",
            },
            {"commit": "zzzzzzzz"},
            {
                "prompt_version_id": one["id"],
                "commit": one["commit"],
                "prompt_id": one["prompt_id"],
                "prompt_name": project,
            },
        ]
        assert error_list(api.post("/prompts/retrieve-by-commits", {"commits": []}, expect=422)) == [
            "commits size must be between 1 and 1000"
        ]


class TestRetrieve:
    def test_selectors(self, api, project):
        one = commit(api, project, "1", environments=["production"])
        mask = commit(api, project, "m", version_type="mask")
        two = commit(api, project, "2")
        assert retrieve(api, project.upper()).json() == two
        assert retrieve(api, project, commit=one["commit"]).json()["id"] == one["id"]
        assert retrieve(api, project, commit=mask["commit"]).json()["id"] == mask["id"]
        assert retrieve(api, project, version_number="v1").json()["id"] == one["id"]
        assert retrieve(api, project, environment="PRODUCTION").json()["id"] == one["id"]
        for fields in ({"commit": "zzzzzzzz"}, {"version_number": "v9"}, {"environment": "staging"}):
            assert error_message(retrieve(api, project, expect=404, **fields)) == "Prompt version not found"
        assert error_message(retrieve(api, f"{project}-x", expect=404)) == "Prompt not found"
        api.post("/prompts", {"name": f"{project}-empty"}, expect=201)
        assert error_message(retrieve(api, f"{project}-empty", expect=404)) == "Prompt version not found"

    def test_bad_bodies(self, api):
        both = retrieve(api, "n", expect=422, commit="abcdef12", version_number="v1")
        (text,) = error_list(both)
        assert text.endswith("commit, environment and version_number are mutually exclusive")
        assert error_list(retrieve(api, "n", expect=422, project_name=" ")) == ["projectName must not be blank"]
        assert error_list(retrieve(api, None, expect=422)) == ["name must not be blank"]
        retrieve(api, "n", expect=422, version_number="1")
        retrieve(api, "n", expect=422, environment="no good")

    def test_the_greatest_id_is_the_latest(self, api, project):
        ids = sorted(uuid7() for _ in range(3))
        for version in (ids[1], ids[2], ids[0]):
            commit(api, project, version, id=version)
        latest = retrieve(api, project).json()
        assert (latest["id"], latest["version_number"]) == (ids[2], "v2")

    def test_projects(self, api, project):
        inside = commit(api, project, project_name=f"{project}-a")
        found = retrieve(api, project, project_name=f"{project}-A")
        assert found.json()["id"] == inside["id"]
        assert "X-Opik-Deprecation" not in found.headers
        everywhere = retrieve(api, project)
        assert everywhere.json()["id"] == inside["id"]
        assert "X-Opik-Deprecation" not in everywhere.headers
        api.post("/projects", {"name": f"{project}-b"}, expect=201)
        assert error_message(retrieve(api, project, expect=404, project_name=f"{project}-b")) == "Prompt not found"
        retrieve(api, project, expect=404, project_name=f"{project}-unknown")

        api.post("/prompts", {"name": f"{project}-free", "template": "t"}, expect=201)
        fallback = retrieve(api, f"{project}-free", project_name=f"{project}-b")
        assert fallback.headers["X-Opik-Deprecation"] == (
            f"Prompt '{project}-free' was found via workspace-wide search. In a future version, you will need to "
            "specify the project explicitly."
        )
        own = commit(api, project, project_name=f"{project}-b")
        assert retrieve(api, project, project_name=f"{project}-b").json()["id"] == own["id"]
        assert retrieve(api, project).json()["id"] == own["id"], "the newest prompt of the name"


class TestTags:
    def test_replace_merge_and_clear(self, api, project):
        ids = [commit(api, project, tags=["b"])["id"], commit(api, project)["id"]]

        def update(expect=204, **fields):
            return api.patch("/prompts/versions", {"ids": ids, **fields}, expect)

        def tags():
            return [version_of(api, version).get("tags") for version in ids]

        update(update={"tags": ["z", "a", "b"]}, merge_tags=True)
        assert tags() == [["b", "z", "a"], ["z", "a", "b"]]
        update(update={"tags": []}, merge_tags=True)
        update(update={"tags": None})
        update(update={})
        assert tags() == [["b", "z", "a"], ["z", "a", "b"]]
        update(update={"tags": ["x", "x"]})
        assert tags() == [["x"], ["x"]]
        update(update={"tags": []})
        assert not any(tags())
        assert error_list(update(422)) == ["update must not be null"]
        assert error_list(update(422, ids=[], update={})) == ["ids size must be between 1 and 1000"]
        update(422, update={"tags": [str(number) for number in range(51)]})
        update(422, update={"tags": [" "]})
        update(422, update={"tags": ["t" * 101]})
        api.patch("/prompts/versions", {"ids": [uuid7()], "update": {"tags": ["x"]}})


class TestEnvironments:
    def test_set(self, api, project):
        one = commit(api, project, environments=["production"])["id"]
        two = commit(api, project)["id"]

        def put(version, *names, expect=204):
            return api.patch(f"/prompts/versions/{version}/environments", {"environments": list(names)}, expect)

        put(two, "production", "staging")
        assert version_of(api, two)["environments"] == ["production", "staging"]
        assert version_of(api, one)["environments"] == []
        put(two, "development")
        assert version_of(api, two)["environments"] == ["development"]
        put(two)
        assert version_of(api, two)["environments"] == []
        unknown = put(one, "production", f"e-{project}", expect=409)
        assert error_message(unknown) == f"Environments do not exist in the workspace: '[e-{project}]'"
        assert version_of(api, one)["environments"] == []
        assert error_message(put(uuid7(), "production", expect=404)) == "Prompt version not found"
        mask = commit(api, project, version_type="mask")["id"]
        assert error_message(put(mask, "production", expect=400)) == "environment cannot be set on a mask version"
        put(one, *[f"e{number}" for number in range(101)], expect=422)
        put(one, "no good", expect=422)
        api.patch(f"/prompts/versions/{one}/environments", {}, expect=422)


class TestRestore:
    def test_restore(self, api, project):
        one = commit(api, project, "{{one}}", metadata={"a": 1}, type="jinja2", tags=["t"], environments=["staging"])
        mask = commit(api, project, "masked", version_type="mask")
        commit(api, project, "two")
        root = f"/prompts/{one['prompt_id']}/versions"
        restored = api.post(f"{root}/{one['id']}/restore", expect=200).json()
        assert restored["version_number"] == "v3"
        assert (restored["template"], restored["metadata"], restored["type"]) == ("{{one}}", {"a": 1}, "jinja2")
        assert restored["change_description"] == "Restored from version v1"
        assert (restored["environments"], restored.get("tags")) == ([], None)
        assert restored["variables"] == []
        assert retrieve(api, project).json() == restored
        of_mask = api.post(f"{root}/{mask['id']}/restore", expect=200).json()
        assert of_mask["change_description"] == f"Restored from version {mask['commit']}"
        assert (of_mask["version_number"], of_mask["version_type"]) == ("v4", "prompt_version")
        text = "Prompt version not found for the specified prompt"
        other = commit(api, f"{project}-2")
        for path in (
            f"{root}/{uuid7()}/restore",
            f"{root}/{other['id']}/restore",
            f"/prompts/{uuid7()}/versions/{one['id']}/restore",
        ):
            assert error_message(api.post(path, expect=404)) == text
