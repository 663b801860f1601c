"""Datasets themselves: create, find, list, change, delete."""

import base64

import pytest

from harness.api import error_list, error_message, filter_by, trace
from harness.datasets import create_dataset, item, item_ids, items_page, put_items, stream_items, versions
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http

DEPRECATION = "X-Opik-Deprecation"


def retrieve(api, name: str, expect: int = 200, **fields):
    return api.post("/datasets/retrieve", {"dataset_name": name, **fields}, expect=expect)


class TestCrud:
    def test_create_and_read(self, api, project):
        wanted = uuid7()
        dataset_id = create_dataset(
            api, project, id=wanted, description="about", tags=["b", "a"], visibility="public", project_name=project
        )
        assert dataset_id == wanted
        stored = api.get(f"/datasets/{dataset_id}").json()
        times = {stored.pop(key) for key in ("created_at", "last_updated_at")}
        assert all(time.endswith("Z") for time in times)
        assert stored == {
            "id": dataset_id,
            "name": project,
            "project_id": api.project_id(project),
            "type": "dataset",
            "visibility": "public",
            "tags": ["b", "a"],
            "description": "about",
            "created_by": "admin",
            "last_updated_by": "admin",
            "status": "unknown",
            "dataset_items_count": 0,
            "experiment_count": 0,
            "optimization_count": 0,
        }

    def test_defaults_are_left_out(self, api, project):
        dataset_id = create_dataset(api, project, description=None, tags=None, type=None, project_id=None)
        stored = api.get(f"/datasets/{dataset_id}").json()
        absent = {"project_id", "description", "tags", "latest_version", "most_recent_experiment_at"}
        assert not absent & set(stored)
        assert (stored["type"], stored["visibility"]) == ("dataset", "private")

    def test_location_repeats_the_url(self, api, server, project):
        response = api.post("/datasets", {"name": project}, expect=201)
        assert response.headers["Location"].startswith(f"{server.root}/api/v1/private/datasets/")

    def test_names_are_unique_in_the_workspace(self, api, project):
        create_dataset(api, f"{project} Größe", project_name=f"{project}-a")
        for name in (f"{project} Größe", f"{project} GRÖSSE".replace("SS", "ß").upper().replace("SS", "ß")):
            response = api.post("/datasets", {"name": name, "project_name": f"{project}-b"}, expect=409)
            assert error_list(response) == [f"Dataset already exists with name '{name}'"]

    def test_suites(self, api, project):
        dataset_id = create_dataset(api, project, type="evaluation_suite")
        assert api.get(f"/datasets/{dataset_id}").json()["type"] == "evaluation_suite"
        assert "latest_version" not in api.get(f"/datasets/{dataset_id}").json()

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"name": " "}, "name must not be blank"),
            ({}, "name must not be blank"),
            ({"name": "x" * 256}, "name cannot exceed 255 characters"),
            ({"name": "x", "description": " "}, "description must not be blank"),
            ({"name": "x", "description": "d" * 256}, "description cannot exceed 255 characters"),
        ],
    )
    def test_validation(self, api, body, text):
        assert error_list(api.post("/datasets", body, expect=422)) == [text]

    def test_ids_are_of_version_7(self, api, project):
        response = api.post("/datasets", {"id": uuid4(), "name": project}, expect=400)
        assert response.json() == {
            "code": 400,
            "message": "Invalid UUID for id",
            "details": "dataset id must be a version 7 UUID",
        }

    def test_malformed_bodies(self, api):
        response = api.call("POST", "/datasets", 400, data="{", headers={"Content-Type": "application/json"})
        assert error_message(response).startswith("Unable to process JSON")
        api.post("/datasets", {"name": "x", "type": "spreadsheet"}, expect=400)
        api.post("/datasets", {"name": "x", "id": "7"}, expect=400)
        api.post("/datasets", None, expect=422)

    def test_projects(self, api, project):
        by_name = create_dataset(api, f"{project}-1", project_name=project)
        project_id = api.project_id(project)
        both = create_dataset(api, f"{project}-2", project_id=project_id, project_name=f"{project}-not-created")
        for dataset_id in (by_name, both):
            assert api.get(f"/datasets/{dataset_id}").json()["project_id"] == project_id
        api.post("/projects/retrieve", {"name": f"{project}-not-created"}, expect=404)
        missing = uuid7()
        response = api.post("/datasets", {"name": f"{project}-3", "project_id": missing}, expect=404)
        assert missing in error_message(response)

    def test_update(self, api, project):
        dataset_id = create_dataset(api, project, description="about", tags=["a"])
        api.put(f"/datasets/{dataset_id}", {"name": f"{project}-new"})
        stored = api.get(f"/datasets/{dataset_id}").json()
        assert (stored["name"], stored["tags"], stored["visibility"]) == (f"{project}-new", ["a"], "private")
        assert "description" not in stored
        api.put(f"/datasets/{dataset_id}", {"name": project, "description": "d", "tags": [], "visibility": "public"})
        stored = api.get(f"/datasets/{dataset_id}").json()
        assert (stored["description"], stored["visibility"]) == ("d", "public")
        assert "tags" not in stored
        # In another case it is still the own name.
        api.put(f"/datasets/{dataset_id}", {"name": project.upper()})
        create_dataset(api, f"{project}-new")
        response = api.put(f"/datasets/{dataset_id}", {"name": f"{project}-NEW"}, expect=409)
        assert error_list(response) == [f"Dataset already exists with name '{project}-NEW'"]
        assert error_list(api.put(f"/datasets/{dataset_id}", {}, expect=422)) == ["name must not be blank"]

    def test_unknown(self, api, project):
        missing = uuid7()
        for response in (
            api.get(f"/datasets/{missing}", expect=404),
            api.put(f"/datasets/{missing}", {"name": project}, expect=404),
            retrieve(api, project, expect=404),
            retrieve(api, project, expect=404, project_name=f"no {project}"),
            api.post("/datasets/delete", {"dataset_name": project}, expect=404),
        ):
            assert error_list(response) == ["Dataset not found"]
        api.delete(f"/datasets/{missing}")
        api.post("/datasets/delete-batch", {"ids": [missing]}, expect=204)
        assert error_list(retrieve(api, " ", expect=422)) == ["datasetName must not be blank"]
        api.get("/datasets/7", expect=404)


class TestRetrieve:
    def test_in_its_project(self, api, project):
        dataset_id = create_dataset(api, project, project_name=project)
        response = retrieve(api, project.upper(), project_name=project)
        assert response.json()["id"] == dataset_id
        assert DEPRECATION not in response.headers

    @pytest.mark.parametrize("own", [True, False])
    def test_elsewhere(self, api, project, own):
        create_dataset(api, project, project_name=project if own else None)
        create_dataset(api, f"{project}-other", project_name=f"{project}-other")
        text = (
            f"Dataset '{project}' was found via workspace-wide search. In a future version, you will need to specify "
            "the project explicitly."
        )
        for named in (f"{project}-other", f"{project}-unknown"):
            response = retrieve(api, project, project_name=named)
            assert response.headers[DEPRECATION] == text
        api.post("/projects/retrieve", {"name": f"{project}-unknown"}, expect=404)

    def test_latest_version_and_items(self, api, project):
        dataset_id = create_dataset(api, project)
        put_items(api, dataset_id, item(), item())
        stored = retrieve(api, project).json()
        (version,) = versions(api, dataset_id)
        assert stored["dataset_items_count"] == 2
        assert stored["latest_version"] == {
            "id": version["id"],
            "version_hash": version["version_hash"],
            "version_name": "v1",
            "tags": ["latest"],
        }


class TestList:
    def test_order_and_pages(self, api, project):
        ids = [create_dataset(api, f"{project}-{letter}") for letter in "bac"]
        page = api.page("datasets", name=project.upper())
        assert [row["id"] for row in page["content"]] == ids[::-1]
        assert (page["page"], page["size"], page["total"]) == (1, 3, 3)
        assert page["sortable_by"] == [
            "id",
            "name",
            "description",
            "tags",
            "created_at",
            "last_updated_at",
            "created_by",
            "last_updated_by",
            "last_created_experiment_at",
            "last_created_optimization_at",
        ]
        assert api.ids("datasets", name=project, page=2, size=2) == [ids[0]]
        beyond = api.page("datasets", name=project, page=9)
        assert (beyond["content"], beyond["total"], beyond["size"]) == ([], 3, 0)
        for bad in ({"page": 0}, {"size": 0}):
            (text,) = error_list(api.get("/datasets", expect=400, **bad))
            assert text.endswith("must be greater than or equal to 1")

    def test_names_are_no_patterns(self, api, project):
        create_dataset(api, f"{project}-100%_a")
        create_dataset(api, f"{project}-100x-a")
        assert len(api.ids("datasets", name=f"{project}-100%_")) == 1

    def test_sorting(self, api, project):
        ids = [create_dataset(api, f"{project}-{letter}", description=letter) for letter in "bac"]
        by_name = [{"field": "name", "direction": "ASC"}]
        assert api.ids("datasets", name=project, sorting=by_name) == [ids[1], ids[0], ids[2]]
        descending = [{"field": "description", "direction": "DESC"}]
        assert api.ids("datasets", name=project, sorting=descending) == [ids[2], ids[0], ids[1]]
        api.put(f"/datasets/{ids[0]}", {"name": f"{project}-b"})
        updated = [{"field": "last_updated_at", "direction": "DESC"}]
        assert api.ids("datasets", name=project, sorting=updated)[0] == ids[0]
        assert api.ids("datasets", name=project, sorting=[{"field": "colour"}]) == ids[::-1]
        response = api.get("/datasets", expect=400, sorting="x")
        assert error_message(response) == "Invalid sorting query parameter 'x'"

    def test_filters(self, api, project):
        first = create_dataset(api, f"{project}-1", tags=["Red", "blue"], description="One")
        second = create_dataset(api, f"{project}-2", type="evaluation_suite")

        def found(*filters):
            return api.ids("datasets", name=project, filters=list(filters))

        assert found(filter_by("type", "=", "evaluation_suite")) == [second]
        assert found(filter_by("type", "=", "dataset")) == [first]
        assert found(filter_by("tags", "contains", "red")) == [first]
        assert found(filter_by("tags", "not_contains", "red")) == [second]
        assert found(filter_by("name", "ends_with", "-2")) == [second]
        assert found(filter_by("description", "=", "oNE")) == [first]
        assert found(filter_by("id", "=", first)) == [first]
        assert found(filter_by("created_by", "=", "admin")) == [second, first]
        assert found(filter_by("created_at", ">", "2020-01-01T00:00:00Z"), filter_by("name", "contains", "1")) == [
            first
        ]
        assert found(filter_by("created_at", "<", "2020-01-01T00:00:00Z")) == []
        assert found(filter_by("last_created_experiment_at", ">", "2020-01-01T00:00:00Z")) == []
        for filters in ([filter_by("colour", "=", "x")], [filter_by("created_at", "=", "yesterday")]):
            error_message(api.get("/datasets", expect=400, filters=filters))
        assert error_message(api.get("/datasets", expect=400, filters="x")) == "Invalid filters query parameter 'x'"

    def test_of_a_project(self, api, project):
        own = create_dataset(api, f"{project}-1", project_name=project)
        create_dataset(api, f"{project}-2")
        project_id = api.project_id(project)
        assert api.ids(f"projects/{project_id}/datasets") == [own]
        assert api.ids("datasets", project_id=project_id) == [own]
        assert api.ids(f"projects/{project_id}/datasets", name="nothing") == []
        for kind in (f"projects/{uuid7()}/datasets", f"datasets?project_id={uuid7()}"):
            page = api.page(kind)
            assert (page["content"], page["total"]) == ([], 0)

    def test_with_experiments_or_optimizations_only(self, api, project):
        create_dataset(api, project)
        assert api.ids("datasets", name=project, with_experiments_only=True) == []
        assert api.ids("datasets", name=project, with_optimizations_only=True) == []
        assert api.ids("datasets", name=project, prompt_id=uuid7()) == []
        assert len(api.ids("datasets", name=project, with_experiments_only=False)) == 1


def run_experiment(api, dataset_name: str, *item_ids: str, **fields) -> str:
    """An experiment with a run of each item."""
    response = api.post("/experiments", {"dataset_name": dataset_name, "name": "e", **fields}, expect=201)
    experiment_id = response.headers["Location"].rsplit("/", 1)[1]
    if item_ids:
        runs = [
            {"experiment_id": experiment_id, "dataset_item_id": one, "trace_id": api.add_traces(trace(None))[0]["id"]}
            for one in item_ids
        ]
        api.post("/experiments/items", {"experiment_items": runs}, expect=204)
    return experiment_id


class TestUse:
    def test_by_experiments(self, api, project):
        dataset_id = create_dataset(api, project)
        (stored,) = put_items(api, dataset_id, item())
        empty = run_experiment(api, project)
        dataset = api.get(f"/datasets/{dataset_id}").json()
        created = api.get(f"/experiments/{empty}").json()["created_at"]
        assert (dataset["experiment_count"], dataset["last_created_experiment_at"]) == (0, created)
        assert "most_recent_experiment_at" not in dataset
        trial = run_experiment(api, project, stored["id"], type="trial")
        regular = run_experiment(api, project, stored["id"])
        dataset = api.get(f"/datasets/{dataset_id}").json()
        assert dataset["experiment_count"] == 2
        assert dataset["most_recent_experiment_at"] >= dataset["last_created_experiment_at"] > created
        assert api.ids("datasets", name=project, with_experiments_only=True) == [dataset_id]
        # Lists bring summaries of experiments up to date; the answer stays the same.
        api.get("/experiments", datasetId=dataset_id)
        assert api.get(f"/datasets/{dataset_id}").json() == dataset
        recent = [filter_by("last_created_experiment_at", ">", created)]
        assert api.ids("datasets", name=project, filters=recent) == [dataset_id]
        api.post("/experiments/delete", {"ids": [empty, regular]}, expect=204)
        dataset = api.get(f"/datasets/{dataset_id}").json()
        assert dataset["experiment_count"] == 1
        assert "last_created_experiment_at" not in dataset
        assert api.ids("datasets", name=project, with_experiments_only=True) == []
        api.post("/experiments/delete", {"ids": [trial]}, expect=204)
        dataset = api.get(f"/datasets/{dataset_id}").json()
        assert dataset["experiment_count"] == 0
        assert "most_recent_experiment_at" not in dataset

    def test_items_live_as_long_as_an_experiment(self, api, project):
        dataset_id = create_dataset(api, project)
        (stored,) = put_items(api, dataset_id, item(data={"q": 1}))
        experiment = run_experiment(api, project, stored["id"])
        api.delete(f"/datasets/{dataset_id}")
        assert "dataset_name" not in api.get(f"/experiments/{experiment}").json()
        compare = api.get(f"/datasets/{dataset_id}/items/experiments/items", experiment_ids=[experiment]).json()
        assert [row["data"] for row in compare["content"]] == [{"q": 1}]
        api.get(f"/datasets/items/{stored['id']}", expect=404)
        # A new dataset of that name has nothing to do with it.
        again = create_dataset(api, project)
        assert api.get(f"/datasets/{again}").json()["experiment_count"] == 0
        api.post("/experiments/delete", {"ids": [experiment]}, expect=204)
        api.get(f"/experiments/{experiment}", expect=404)


class TestDelete:
    def test_everything_vanishes(self, api, project):
        dataset_id = create_dataset(api, project, project_name=project)
        (stored,) = put_items(api, dataset_id, item())
        api.delete(f"/datasets/{dataset_id}")
        assert error_list(api.get(f"/datasets/{dataset_id}", expect=404)) == ["Dataset not found"]
        assert items_page(api, dataset_id)["content"] == []
        assert versions(api, dataset_id) == []
        api.get(f"/datasets/items/{stored['id']}", expect=404)
        assert stream_items(api, project) == []
        assert api.ids("datasets", name=project) == []
        # The name is free again, and the items are not back.
        again = create_dataset(api, project)
        assert item_ids(api, again) == []

    def test_by_name_and_in_batches(self, api, project):
        ids = [create_dataset(api, f"{project}-{number}") for number in range(4)]
        api.post("/datasets/delete", {"dataset_name": f"{project}-0", "project_name": None}, expect=204)
        api.post("/datasets/delete-batch", {"ids": [ids[1], ids[2], uuid7()]}, expect=204)
        assert api.ids("datasets", name=project) == [ids[3]]
        for ids, text in (([], "ids size must be between 1 and 1000"), (None, "ids must not be null")):
            assert error_list(api.post("/datasets/delete-batch", {"ids": ids}, expect=422)) == [text]

    def test_many_items(self, api, project):
        dataset_id = create_dataset(api, project)
        for _ in range(3):
            put_items(api, dataset_id, *[item() for _ in range(900)])
        api.delete(f"/datasets/{dataset_id}")
        assert items_page(api, dataset_id)["total"] == 0


class TestRedirects:
    @pytest.mark.parametrize("alphabet", [base64.b64encode, base64.urlsafe_b64encode])
    def test_targets(self, api, server, alphabet):
        path = alphabet(f"{server.api}/?x=~~~".encode()).decode().rstrip("=").replace("+", "%2B")
        dataset, other = uuid7(), uuid7()
        compare = f"{dataset}/compare"
        for query, target in (
            (f"datasets?dataset_id={dataset}", f"datasets/{dataset}/items"),
            (f"datasets/?dataset_id={dataset}&workspace_name=default", f"datasets/{dataset}/items"),
            (
                f"experiments?dataset_id={dataset}&experiment_id={other}",
                f"experiments/{compare}?experiments=%5B%22{other}%22%5D",
            ),
            (
                f"optimizations/?dataset_id={dataset}&optimization_id={other}",
                f"optimizations/{compare}?optimizations=%5B%22{other}%22%5D",
            ),
        ):
            url = f"//api/v1/session/redirect/{query}&path={path}"
            response = api.call("GET", url, 303, allow_redirects=False)
            assert response.headers["Location"] == f"{server.root}/default/{target}"

    def test_parameters_are_required(self, api, server):
        path = base64.b64encode(server.root.encode()).decode()
        for query in (
            f"datasets?path={path}",
            f"datasets?dataset_id={uuid7()}",
            f"experiments?dataset_id={uuid7()}&path={path}",
            f"optimizations?dataset_id={uuid7()}&path={path}",
        ):
            api.call("GET", f"//api/v1/session/redirect/{query}", 400, allow_redirects=False)
        # A path without `/api` is taken as it is.
        url = f"//api/v1/session/redirect/datasets?dataset_id={uuid7()}&path={path}"
        response = api.call("GET", url, 303, allow_redirects=False)
        assert response.headers["Location"].startswith(f"{server.root}/default/datasets/")
