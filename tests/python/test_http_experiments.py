"""Experiments, their items, groups, streams, runs in bulk and assertion results."""

import gzip
import json
import uuid

import pytest

from harness.api import error_list, error_message, filter_by, score, span, times, trace
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http


@pytest.fixture
def dataset():
    return f"set-{uuid.uuid4().hex[:12]}"


def create(api, dataset: str, expect: int = 201, **fields) -> str:
    body = {"id": uuid7(), "dataset_name": dataset, "name": "run", **fields}
    api.post("/experiments", body, expect=expect)
    return body["id"]


def get(api, experiment: str) -> dict:
    return api.get(f"/experiments/{experiment}").json()


def item(experiment: str, trace_id: str, dataset_item: str | None = None, **fields) -> dict:
    return {
        "id": uuid7(),
        "experiment_id": experiment,
        "dataset_item_id": dataset_item or uuid7(),
        "trace_id": trace_id,
        **fields,
    }


def add_items(api, *items: dict) -> list[dict]:
    api.post("/experiments/items", {"experiment_items": list(items)}, expect=204)
    return list(items)


def listed(api, **params) -> list[str]:
    return [row["id"] for row in api.page("experiments", **params)["content"]]


def lines(response) -> list[dict]:
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.content == b"" or response.content.endswith(b"\r\n")
    return [json.loads(line) for line in response.content.split(b"\r\n") if line]


def add_dataset_items(api, dataset: str, *items: dict) -> list[str]:
    rows = [{"id": uuid7(), "source": "sdk", "data": {"q": index}, **row} for index, row in enumerate(items)]
    api.put("/datasets/items", {"dataset_name": dataset, "items": rows})
    return [row["id"] for row in rows]


class TestCreation:
    def test_an_empty_experiment(self, api, dataset, project):
        body = {"dataset_name": dataset, "name": "ä run", "project_name": project, "id": uuid7()}
        response = api.post("/experiments", body, expect=201)
        assert response.content == b""
        assert response.headers["location"].endswith(f"/v1/private/experiments/{body['id']}")
        found = get(api, body["id"])
        assert found["name"] == "ä run"
        assert found["dataset_name"] == dataset
        assert found["project_name"] == project
        assert found["project_id"] == api.project_id(project)
        assert (found["type"], found["evaluation_method"], found["status"]) == ("regular", "dataset", "completed")
        assert found["trace_count"] == 0
        assert found["duration"] == {"p50": 0.0, "p90": 0.0, "p99": 0.0}
        assert found["usage"] == {}
        assert found["created_by"] == found["last_updated_by"] == "admin"
        absent = (
            "metadata tags feedback_scores experiment_scores comments total_estimated_cost total_estimated_cost_avg "
            "prompt_version prompt_versions dataset_version_id dataset_version_summary optimization_id pass_rate "
            "passed_count total_count assertion_scores finished_at"
        )
        assert not set(absent.split()) & set(found)

    def test_everything_that_can_be_given(self, api, dataset):
        optimization = uuid7()
        resume = json.dumps({"schema_version": 1, "ü": [1, None]})
        experiment = create(
            api,
            dataset,
            metadata={"model": "m", "_opik_resume": resume, "nothing": None},
            tags=["a", "b", "a"],
            type="mini-batch",
            evaluation_method="evaluation_suite",
            optimization_id=optimization,
            status="running",
            experiment_scores=[{"name": "f1", "value": 0.123456789}],
            unknown={"x": 1},
        )
        found = get(api, experiment)
        assert found["metadata"] == {"model": "m", "_opik_resume": resume, "nothing": None}
        assert found["tags"] == ["a", "b"]
        assert (found["type"], found["evaluation_method"], found["status"]) == (
            "mini-batch",
            "evaluation_suite",
            "running",
        )
        assert found["optimization_id"] == optimization
        assert found["experiment_scores"] == [{"name": "f1", "value": 0.123456789}]
        assert (found["passed_count"], found["total_count"]) == (0, 0)

    def test_names_are_made_up(self, api, dataset):
        for name in (None, "", "  "):
            made = get(api, create(api, dataset, name=name))["name"]
            adjective, noun, number = made.split("_")
            assert adjective and noun and 0 <= int(number) <= 9999

    def test_the_same_id_twice_changes_nothing(self, api, dataset):
        experiment = create(api, dataset, name="first")
        api.post("/experiments", {"id": experiment, "dataset_name": f"{dataset}-2", "name": "second"}, expect=201)
        found = get(api, experiment)
        assert (found["name"], found["dataset_name"]) == ("first", dataset)
        assert api.page("datasets", name=f"{dataset}-2")["total"] == 0

    def test_what_is_refused(self, api, dataset):
        assert error_list(api.post("/experiments", {"name": "x"}, expect=422)) == ["datasetName must not be blank"]
        wrong = api.post("/experiments", {"id": uuid4(), "dataset_name": dataset}, expect=400).json()
        assert wrong == {
            "code": 400,
            "message": "Invalid UUID for id",
            "details": "Experiment id must be a version 7 UUID",
        }
        response = api.post(
            "/experiments", {"dataset_name": dataset, "prompt_versions": [{"id": uuid7()}]}, expect=409
        )
        assert response.json() == {"code": 409, "message": "Prompt version not found"}
        for _ in range(2):
            response = api.post("/experiments", {"dataset_name": dataset, "dataset_version_id": uuid7()}, expect=409)
            assert response.json() == {"code": 409, "message": "Dataset version not found"}
            create(api, dataset)
        api.post("/experiments", {"dataset_name": dataset, "project_id": uuid7()}, expect=404)
        assert len(error_list(api.post("/experiments", {"dataset_name": dataset, "tags": ["x"] * 51}, expect=422))) == 1

    def test_unknown_ids(self, api):
        missing = uuid7()
        response = api.get(f"/experiments/{missing}", expect=404)
        assert response.json() == {"code": 404, "message": f"Not found experiment with id '{missing}'"}
        api.get("/experiments/nonsense", expect=404)

    def test_unknown_statuses_are_completed(self, api, dataset):
        assert get(api, create(api, dataset, status="whatever"))["status"] == "completed"

    def test_the_latest_version_is_pinned(self, api, dataset):
        add_dataset_items(api, dataset, {})
        dataset_id = api.post("/datasets/retrieve", {"dataset_name": dataset}, expect=200).json()["id"]
        (version,) = api.get(f"/datasets/{dataset_id}/versions").json()["content"]
        experiment = create(api, dataset)
        api.put(
            "/datasets/items",
            {
                "dataset_name": dataset,
                "batch_group_id": uuid7(),
                "items": [{"id": uuid7(), "source": "sdk", "data": {"q": "new"}}],
            },
        )
        found = get(api, experiment)
        assert found["dataset_version_id"] == version["id"]
        assert found["dataset_version_summary"]["version_name"] == "v1"
        later = get(api, create(api, dataset))
        assert later["dataset_version_summary"]["version_name"] == "v2"
        assert "latest" in later["dataset_version_summary"]["tags"]
        pinned = create(api, dataset, dataset_version_id=version["id"])
        assert get(api, pinned)["dataset_version_id"] == version["id"]

    def test_the_dataset_knows_its_newest_regular_experiment(self, api, dataset):
        first = create(api, dataset)
        create(api, dataset, type="trial")

        def newest():
            found = api.post("/datasets/retrieve", {"dataset_name": dataset}, expect=200).json()
            return found.get("last_created_experiment_at")

        assert newest() == get(api, first)["created_at"]
        second = create(api, dataset)
        assert newest() == get(api, second)["created_at"]
        api.post("/experiments/delete", {"ids": [second]}, expect=204)
        assert newest() == get(api, first)["created_at"]
        api.post("/experiments/delete", {"ids": [first]}, expect=204)
        assert newest() is None

    def test_a_dataset_of_another_project_is_found(self, api, dataset, project):
        create(api, dataset, project_name=project)
        response = api.post(
            "/experiments", {"dataset_name": dataset, "project_name": f"{project}-other"}, expect=201
        )
        assert response.headers["x-opik-deprecation"] == (
            f"Dataset '{dataset}' was found via workspace-wide search. In a future version, you will need to specify "
            "the project explicitly."
        )


class TestChanges:
    def test_update(self, api, dataset):
        experiment = create(api, dataset, metadata={"a": 1}, tags=["x"], experiment_scores=[{"name": "s", "value": 1}])
        api.patch(f"/experiments/{experiment}", {"name": "new", "metadata": {"b": [2]}, "type": "trial"})
        found = get(api, experiment)
        assert (found["name"], found["metadata"], found["type"]) == ("new", {"b": [2]}, "trial")
        assert (found["tags"], found["experiment_scores"]) == (["x"], [{"name": "s", "value": 1}])
        api.patch(f"/experiments/{experiment}", {"tags_to_add": ["y"], "tags_to_remove": ["x"]})
        api.patch(f"/experiments/{experiment}", {"experiment_scores": []})
        api.patch(f"/experiments/{experiment}", {"status": "cancelled", "name": None})
        found = get(api, experiment)
        assert (found["tags"], found["status"], found["name"]) == (["y"], "cancelled", "new")
        assert "experiment_scores" not in found and "finished_at" in found

    def test_refused_updates(self, api, dataset):
        missing = uuid7()
        response = api.patch(f"/experiments/{missing}", {"name": "x"}, expect=404)
        assert error_message(response) == f"Experiment not found: '{missing}'"
        experiment = create(api, dataset)
        assert error_list(api.patch(f"/experiments/{experiment}", {"name": " "}, expect=422)) == [
            "name must not be blank"
        ]
        errors = error_list(
            api.patch(f"/experiments/{experiment}", {"experiment_scores": [{"name": ""}]}, expect=422)
        )
        assert errors == ["experimentScores[0].name must not be blank", "experimentScores[0].value must not be null"]

    def test_batch_update(self, api, dataset):
        first, second = create(api, dataset, tags=["a"]), create(api, dataset, tags=["b"])
        body = {"ids": [first, second, uuid7()], "update": {"tags": ["c"]}, "merge_tags": True}
        api.patch("/experiments/batch", body)
        assert [get(api, one)["tags"] for one in (first, second)] == [["a", "c"], ["b", "c"]]
        api.patch("/experiments/batch", {"ids": [first], "update": {"tags": ["z"]}})
        assert get(api, first)["tags"] == ["z"]
        assert error_list(api.patch("/experiments/batch", {"ids": []}, expect=422)) == [
            "ids size must be between 1 and 1000",
            "update must not be null",
        ]

    def test_finish_and_cancel(self, api, dataset):
        experiment = create(api, dataset, status="running")
        api.post("/experiments/finish", {"ids": [experiment, uuid7()]}, expect=204)
        found = get(api, experiment)
        assert found["status"] == "running" and "finished_at" in found
        api.put("/experiments/cancel", {"ids": [experiment]})
        assert get(api, experiment)["status"] == "cancelled"
        assert error_list(api.post("/experiments/finish", {}, expect=422)) == ["ids must not be null"]

    def test_deletion(self, api, dataset, project):
        experiment = create(api, dataset)
        (body,) = api.add_traces(trace(project))
        (one,) = add_items(api, item(experiment, body["id"]))
        api.post("/experiments/delete", {"ids": [experiment, uuid7()]}, expect=204)
        api.get(f"/experiments/{experiment}", expect=404)
        api.get(f"/experiments/items/{one['id']}", expect=404)
        assert api.trace(body["id"])["id"] == body["id"]


class TestItems:
    def test_an_item(self, api, dataset, project):
        experiment = create(api, dataset)
        (body,) = api.add_traces(trace(project))
        (one,) = add_items(api, item(experiment, body["id"]))
        found = api.get(f"/experiments/items/{one['id']}").json()
        assert found.pop("created_at") and found.pop("last_updated_at")
        assert found == {
            "id": one["id"],
            "experiment_id": experiment,
            "dataset_item_id": one["dataset_item_id"],
            "trace_id": body["id"],
            "project_id": api.project_id(project),
            "created_by": "admin",
            "last_updated_by": "admin",
        }
        assert get(api, experiment)["trace_count"] == 1
        assert get(api, experiment)["project_name"] == project
        api.post("/experiments/items/delete", {"ids": [one["id"], uuid7()]}, expect=204)
        response = api.get(f"/experiments/items/{one['id']}", expect=404)
        assert error_message(response) == f"Not found experiment item with id '{one['id']}'"
        assert get(api, experiment)["trace_count"] == 0

    def test_everything_may_arrive_later(self, api, dataset, project):
        experiment, later = uuid7(), uuid7()
        (one,) = add_items(api, item(experiment, later))
        found = api.get(f"/experiments/items/{one['id']}").json()
        assert (found["experiment_id"], found["trace_id"]) == (experiment, later)
        api.get(f"/experiments/{experiment}", expect=404)
        create(api, dataset, id=experiment)
        assert get(api, experiment)["trace_count"] == 1
        assert "project_id" not in get(api, experiment)
        api.score_traces(score(later, "s", 0.5, project))
        api.add_traces(trace(project, id=later, **times(250)))
        found = get(api, experiment)
        assert found["duration"]["p50"] == 250
        assert found["feedback_scores"] == [{"name": "s", "value": 0.5}]
        assert found["project_name"] == project

    def test_an_item_of_the_same_id_is_replaced(self, api, dataset, project):
        first, second = create(api, dataset), create(api, dataset)
        traces = api.add_traces(trace(project), trace(project))
        (one,) = add_items(api, item(first, traces[0]["id"]))
        add_items(api, {**one, "experiment_id": second, "trace_id": traces[1]["id"]})
        assert [get(api, each)["trace_count"] for each in (first, second)] == [0, 1]
        assert api.get(f"/experiments/items/{one['id']}").json()["trace_id"] == traces[1]["id"]

    def test_a_named_project(self, api, dataset, project):
        experiment = create(api, dataset)
        (one,) = add_items(api, item(experiment, uuid7(), project_name=f"{project}-x"))
        found = api.get(f"/experiments/items/{one['id']}").json()
        assert found["project_id"] == api.project_id(f"{project}-x")

    def test_what_is_refused(self, api):
        errors = error_list(api.post("/experiments/items", {"experiment_items": [{}]}, expect=422))
        assert errors == [
            "experimentItems[0].experimentId must not be null",
            "experimentItems[0].datasetItemId must not be null",
            "experimentItems[0].traceId must not be null",
        ]
        assert error_list(api.post("/experiments/items", {"experiment_items": []}, expect=422)) == [
            "experimentItems size must be between 1 and 1000"
        ]
        good = item(uuid7(), uuid7())
        for field, label in [
            ("id", "Experiment Item"),
            ("experiment_id", "Experiment Item experiment"),
            ("dataset_item_id", "Experiment Item datasetItem"),
            ("trace_id", "Experiment Item trace"),
        ]:
            body = {"experiment_items": [{**good, field: uuid4()}]}
            response = api.post("/experiments/items", body, expect=400)
            assert response.json()["details"] == f"{label} id must be a version 7 UUID"

    def test_deleted_traces_leave_their_items(self, api, dataset, project):
        experiment = create(api, dataset)
        bodies = api.add_traces(trace(project, **times(100)), trace(project, **times(300)))
        items = add_items(api, *(item(experiment, body["id"]) for body in bodies))
        api.score_traces(*(score(body["id"], "s", value, project) for body, value in zip(bodies, (0, 1), strict=True)))
        assert get(api, experiment)["feedback_scores"] == [{"name": "s", "value": 0.5}]
        api.delete(f"/traces/{bodies[1]['id']}")
        found = get(api, experiment)
        assert found["trace_count"] == 2
        assert found["feedback_scores"] == [{"name": "s", "value": 0}]
        assert found["duration"]["p99"] == 100
        kept = api.get(f"/experiments/items/{items[1]['id']}").json()
        assert kept["trace_id"] == bodies[1]["id"]
        assert "project_id" not in kept
        api.get(f"/traces/{bodies[1]['id']}", expect=404)
        api.add_traces(trace(project, id=bodies[1]["id"], **times(500)))
        assert get(api, experiment)["duration"]["p99"] > 400


class TestLists:
    def test_conditions(self, api, dataset, project):
        optimization = uuid7()
        plain = create(api, dataset, name="Alpha %_", metadata={"model": "m1"}, tags=["red"])
        trial = create(api, dataset, name="beta", type="trial", optimization_id=optimization)
        (body,) = api.add_traces(trace(project))
        add_items(api, item(trial, body["id"]))
        dataset_id = get(api, plain)["dataset_id"]
        base = {"datasetId": dataset_id}
        assert listed(api, **base) == [trial, plain]
        assert listed(api, **base, name="ALPHA %") == [plain]
        assert listed(api, **base, name="%%") == []
        assert listed(api, **base, types=["regular"]) == [plain]
        assert listed(api, **base, types=["trial", "mutation"]) == [trial]
        assert listed(api, optimization_id=optimization) == [trial]
        assert listed(api, **base, experiment_ids=[plain, uuid7()]) == [plain]
        assert listed(api, **base, project_id=api.project_id(project)) == [trial]
        assert listed(api, datasetId=uuid7()) == []
        page = api.get(f"/projects/{api.project_id(project)}/experiments").json()
        assert [row["id"] for row in page["content"]] == [trial]
        assert listed(api, **base, filters=[filter_by("metadata", "=", "M1", "model")]) == [plain]
        assert listed(api, **base, filters=[filter_by("tags", "contains", "RE")]) == [plain]
        assert listed(api, **base, filters=[filter_by("dataset_id", "=", dataset_id)]) == [trial, plain]
        assert listed(api, **base, project_deleted=True) == [plain]
        assert listed(api, **base, dataset_deleted=True) == []

    def test_pages(self, api, dataset):
        ids = [create(api, dataset) for _ in range(5)]
        dataset_id = get(api, ids[0])["dataset_id"]
        page = api.page("experiments", datasetId=dataset_id, page=2, size=2)
        assert (page["page"], page["size"], page["total"]) == (2, 2, 5)
        assert [row["id"] for row in page["content"]] == [ids[2], ids[1]]
        assert "duration.*" in page["sortable_by"] and "pass_rate" in page["sortable_by"]
        past = api.page("experiments", datasetId=dataset_id, page=9, size=2)
        assert (past["content"], past["total"]) == ([], 5)
        assert error_list(api.get("/experiments", expect=400, page=0)) == [
            "query param page must be greater than or equal to 1"
        ]

    def test_malformed_parameters(self, api):
        for name, value, text in [
            ("types", "x", "Invalid query param types 'x'"),
            ("types", '["other"]', "Invalid query param types '[\"other\"]'"),
            ("experiment_ids", "[1]", "Invalid query param ids '[1]'"),
            ("sorting", "x", "Invalid sorting query parameter 'x'"),
            ("filters", "x", "Invalid filters query parameter 'x'"),
        ]:
            assert error_message(api.get("/experiments", expect=400, **{name: value})) == text

    def test_scores_and_sums_filter_and_sort(self, api, dataset, project):
        ids = [create(api, dataset, name=name) for name in ("a", "b", "c")]
        for experiment, values in zip(ids, ([0.2, 0.4], [0.9], []), strict=True):
            bodies = api.add_traces(*(trace(project, **times(1000 * value)) for value in values)) if values else []
            for body, value in zip(bodies, values, strict=True):
                add_items(api, item(experiment, body["id"]))
                api.score_traces(score(body["id"], "Q ü", value, project))
        api.patch(f"/experiments/{ids[2]}", {"experiment_scores": [{"name": "f1", "value": -0.5}]})
        base = {"datasetId": get(api, ids[0])["dataset_id"]}

        def ordered(field, direction="ASC"):
            return listed(api, **base, sorting=[{"field": field, "direction": direction}])

        a, b, c = ids
        assert ordered("feedback_scores.Q ü") == [c, a, b]
        assert ordered("feedback_scores.Q ü", "DESC") == [b, a, c]
        assert ordered("experiment_scores.f1") == [c, b, a]
        assert ordered("trace_count", "DESC") == [a, b, c]
        assert ordered("duration.p50", "DESC") == [b, a, c]
        assert ordered("name", "DESC") == [c, b, a]
        assert ordered("unknown", "DESC") == [c, b, a]
        scored = [filter_by("feedback_scores", ">=", "0.3", "q Ü")]
        assert listed(api, **base, filters=scored) == [b, a]
        assert listed(api, **base, filters=[filter_by("feedback_scores", "is_empty", "", "q ü")]) == [c]
        assert listed(api, **base, filters=[filter_by("experiment_scores", "<", "0", "F1")]) == [c]

    def test_a_deleted_dataset(self, api, dataset):
        experiment = create(api, dataset)
        dataset_id = get(api, experiment)["dataset_id"]
        api.delete(f"/datasets/{dataset_id}")
        found = get(api, experiment)
        assert found["dataset_id"] == dataset_id and "dataset_name" not in found
        assert listed(api, datasetId=dataset_id, dataset_deleted=True) == [experiment]
        api.post("/experiments/delete", {"ids": [experiment]}, expect=204)
        assert listed(api, datasetId=dataset_id) == []

    def test_stream(self, api, dataset):
        mark = uuid.uuid4().hex
        ids = [create(api, dataset, name=f"Stream {mark} {index}", type="trial") for index in range(5)]
        found = lines(api.post("/experiments/stream", {"name": f"stream {mark}", "limit": 3}, expect=200))
        assert [row["id"] for row in found] == ids[:1:-1]
        body = {"name": mark, "last_retrieved_id": found[-1]["id"]}
        assert [row["id"] for row in lines(api.post("/experiments/stream", body, expect=200))] == ids[1::-1]
        body = {"name": mark, "project_name": f"no-such-{mark}"}
        assert lines(api.post("/experiments/stream", body, expect=200)) == []
        assert error_list(api.post("/experiments/stream", {}, expect=422)) == ["name must not be blank"]
        assert error_list(api.post("/experiments/stream", {"name": "x", "limit": 2001}, expect=422)) == [
            "limit must be less than or equal to 2000"
        ]


class TestGroups:
    def groups(self, api, groups, path="groups", **params):
        return api.get(f"/experiments/{path}", groups=groups, **params).json()

    def test_nested_groups(self, api, dataset):
        mark = uuid.uuid4().hex
        for model, tags in (("m1", ["x", "y"]), ("m2", []), ({"no": "scalar"}, ["x"])):
            create(api, dataset, name=mark, metadata={"llm": {"model": model}}, tags=tags)
        dataset_id = api.post("/datasets/retrieve", {"dataset_name": dataset}, expect=200).json()["id"]
        levels = [
            {"field": "dataset_id", "type": "string"},
            {"field": "metadata", "key": "llm.model", "type": "dictionary"},
            {"field": "tags", "type": "list"},
        ]
        found = self.groups(api, levels, name=mark)
        assert found["content"] == {
            dataset_id: {
                "label": dataset,
                "groups": {
                    "": {"groups": {"x": {"groups": {}}}},
                    "m2": {"groups": {"": {"groups": {}}}},
                    "m1": {"groups": {"x": {"groups": {}}, "y": {"groups": {}}}},
                },
            }
        }
        assert [level["group_sorting"] for level in found["details"]["groups_details"]] == [
            [dataset],
            ["", "m2", "m1"],
            ["x", "", "y"],
        ]
        api.delete(f"/datasets/{dataset_id}")
        found = self.groups(api, levels[:1], name=mark)
        assert found["content"] == {dataset_id: {"label": "__DELETED", "groups": {}}}
        added = self.groups(api, levels[:1], "groups/aggregations", name=mark)
        (group,) = added["content"].values()
        assert (group["label"], group["aggregations"]["experiment_count"]) == ("__DELETED", 3)
        assert set(group["aggregations"]) == {
            "experiment_count",
            "trace_count",
            "total_estimated_cost",
            "total_estimated_cost_avg",
        }

    def test_projects(self, api, dataset, project):
        mark = uuid.uuid4().hex
        create(api, dataset, name=mark, project_name=project)
        create(api, dataset, name=mark)
        found = self.groups(api, [{"field": "project_id", "type": "string"}], name=mark)["content"]
        assert found == {
            "": {"label": "__DELETED", "groups": {}},
            api.project_id(project): {"label": project, "groups": {}},
        }

    def test_malformed_groups(self, api):
        for groups, text in [
            (None, "Required query parameter 'groups' is missing"),
            ("x", "Invalid grouping query parameter 'x'"),
            ([], "At least one grouping field must be specified"),
            ([{"field": "metadata", "type": "dictionary"}], "Key must be specified for json field 'metadata'"),
        ]:
            for path in ("groups", "groups/aggregations"):
                assert error_message(api.get(f"/experiments/{path}", expect=400, groups=groups)) == text


class TestScoreNames:
    def test_names(self, api, dataset, project):
        first = create(api, dataset, experiment_scores=[{"name": "b", "value": 1}, {"name": "z", "value": 1}])
        second = create(api, dataset, project_name=project)
        bodies = api.add_traces(trace(project), trace(project))
        add_items(api, item(first, bodies[0]["id"]), item(second, bodies[1]["id"]))
        api.score_traces(score(bodies[0]["id"], "b", 1, project), score(bodies[1]["id"], "ä", 1, project))

        def names(**params):
            found = api.get("/experiments/feedback-scores/names", **params).json()["scores"]
            return [(entry["name"], entry["type"]) for entry in found]

        assert names(experiment_ids=[first]) == [
            ("b", "feedback_scores"),
            ("b", "experiment_scores"),
            ("z", "experiment_scores"),
        ]
        assert names(project_id=api.project_id(project)) == [("b", "feedback_scores"), ("ä", "feedback_scores")]
        assert ("ä", "feedback_scores") in names()
        assert names(experiment_ids=[uuid7()]) == []


class TestAssertions:
    def verdict(self, entity: str, name: str, passed: bool, **fields) -> dict:
        status = "passed" if passed else "failed"
        return {"entity_id": entity, "name": name, "status": status, "source": "sdk", **fields}

    def put(self, api, *verdicts, expect=204, entity_type="TRACE"):
        body = {"entity_type": entity_type, "assertion_results": list(verdicts)}
        return api.put("/assertion-results", body, expect=expect)

    def test_a_suite(self, api, dataset, project):
        first, second = add_dataset_items(api, dataset, {}, {"execution_policy": {"runs_per_item": 2, "pass_threshold": 2}})
        experiment = create(api, dataset, evaluation_method="evaluation_suite")
        bodies = api.add_traces(*(trace(project) for _ in range(4)))
        ids = [body["id"] for body in bodies]
        add_items(
            api,
            item(experiment, ids[0], first),
            item(experiment, ids[1], second),
            item(experiment, ids[2], second),
            item(experiment, ids[3]),
        )
        self.put(
            api,
            self.verdict(ids[0], "is kind", True, project_name=project),
            self.verdict(ids[1], "is kind", True, project_name=project),
            self.verdict(ids[1], "is wise", True),
            self.verdict(ids[2], "is kind", True),
            self.verdict(ids[2], "is wise", False, reason="not wise"),
        )
        found = get(api, experiment)
        assert (found["passed_count"], found["total_count"], found["pass_rate"]) == (1, 2, 0.5)
        assert found["assertion_scores"] == [{"name": "is kind", "value": 1}, {"name": "is wise", "value": 0.5}]
        assert "feedback_scores" not in found
        self.put(api, self.verdict(ids[2], "is wise", True))
        found = get(api, experiment)
        assert (found["passed_count"], found["pass_rate"]) == (2, 1)
        assert "feedback_scores" not in api.trace(ids[2])

    def test_scores_of_the_category_are_verdicts(self, api, dataset, project):
        experiment = create(api, dataset, evaluation_method="evaluation_suite", name=f"v {dataset}")
        (body,) = api.add_traces(trace(project))
        add_items(api, item(experiment, body["id"]))
        api.score_traces(
            score(body["id"], "same", 0.25, project),
            score(body["id"], "same", 0.99, project, category_name="suite_assertion", reason="almost"),
        )
        found = get(api, experiment)
        assert found["feedback_scores"] == [{"name": "same", "value": 0.25}]
        assert found["assertion_scores"] == [{"name": "same", "value": 0}]
        assert (found["passed_count"], found["total_count"], found["pass_rate"]) == (0, 1, 0)
        (row,) = lines(api.post("/experiments/items/stream", {"experiment_name": f"v {dataset}"}, expect=200))
        assert row["assertion_results"] == [{"value": "same", "passed": False, "reason": "almost"}]
        assert row["status"] == "failed"
        assert [entry["value"] for entry in row["feedback_scores"]] == [0.25]
        assert [entry["value"] for entry in api.trace(body["id"])["feedback_scores"]] == [0.25]

    def test_what_is_refused(self, api):
        assert self.put(api, self.verdict(uuid7(), "x", True), entity_type="THREAD", expect=400)
        assert error_list(self.put(api, expect=422)) == ["assertionResults size must be between 1 and 1000"]
        errors = error_list(self.put(api, {}, expect=422))
        assert errors == [
            "assertionResults[0].entityId must not be null",
            "assertionResults[0].name must not be blank",
            "assertionResults[0].status must not be null",
            "assertionResults[0].source must not be null",
        ]
        self.put(api, self.verdict(uuid4(), "x", True), expect=400)


class TestItemStream:
    def test_records(self, api, dataset, project):
        name = f"Stream {dataset}"
        experiment = create(api, dataset, name=name)
        (body,) = api.add_traces(
            trace(project, input={"q": 1}, output={"a": "x"}, metadata={"m": 1}, **times(125))
        )
        api.add_spans(span(project, body["id"], usage={"total_tokens": 12}, total_estimated_cost=0.5))
        api.post(f"/traces/{body['id']}/comments", {"text": "hm"}, expect=201)
        api.score_traces(score(body["id"], "s", 0.5, project))
        one, two = add_items(
            api,
            item(experiment, body["id"], execution_policy={"runs_per_item": 3, "pass_threshold": 2}),
            item(experiment, uuid7()),
        )
        found = lines(api.post("/experiments/items/stream", {"experiment_name": name}, expect=200))
        assert [row["id"] for row in found] == [two["id"], one["id"]]
        bare, full = found
        assert not {"input", "output", "duration", "usage", "feedback_scores", "status", "project_id"} & set(bare)
        assert bare["execution_policy"] == {"runs_per_item": 1, "pass_threshold": 1}
        assert (full["input"], full["output"], full["duration"]) == ({"q": 1}, {"a": "x"}, 125)
        assert (full["usage"], full["total_estimated_cost"]) == ({"total_tokens": 12}, 0.5)
        assert full["execution_policy"] == {"runs_per_item": 3, "pass_threshold": 2}
        assert full["trace_visibility_mode"] == "default"
        assert [entry["text"] for entry in full["comments"]] == ["hm"]
        (scored,) = full["feedback_scores"]
        assert (scored["name"], scored["value"], scored["source"]) == ("s", 0.5, "sdk")
        assert full["project_id"] == api.project_id(project)
        (comment,) = get(api, experiment)["comments"]
        assert comment["text"] == "hm"

    def test_exact_names_come_first(self, api, dataset):
        name = f"n{dataset}"
        exact, longer = create(api, dataset, name=name), create(api, dataset, name=f"{name} b")
        one, two = add_items(api, item(exact, uuid7()), item(longer, uuid7()))

        def streamed(**body):
            return [row["id"] for row in lines(api.post("/experiments/items/stream", body, expect=200))]

        assert streamed(experiment_name=name) == [one["id"]]
        assert streamed(experiment_name=name.upper()) == [two["id"], one["id"]]
        assert streamed(experiment_name=name.upper(), limit=1) == [two["id"]]
        assert streamed(experiment_name=name.upper(), last_retrieved_id=two["id"]) == [one["id"]]
        assert streamed(experiment_name=name, project_name=f"no {name}") == []
        assert error_list(api.post("/experiments/items/stream", {"experiment_name": ""}, expect=422)) == [
            "experimentName must not be blank"
        ]


class TestBulk:
    def body(self, dataset, *items, **fields) -> dict:
        return {"experiment_name": f"bulk {dataset}", "dataset_name": dataset, "items": list(items), **fields}

    def put(self, api, body, expect=204):
        return api.put("/experiments/items/bulk", body, expect=expect)

    def stream(self, api, dataset):
        return lines(api.post("/experiments/items/stream", {"experiment_name": f"bulk {dataset}"}, expect=200))

    def test_results_become_traces(self, api, dataset, project):
        experiment = uuid7()
        items = [{"dataset_item_id": uuid7(), "evaluate_task_result": {"answer": index}} for index in range(3)]
        response = self.put(api, self.body(dataset, *items, experiment_id=experiment, project_name=project))
        assert "x-opik-deprecation" not in response.headers
        rows = self.stream(api, dataset)
        assert sorted(row["output"]["answer"] for row in rows) == [0, 1, 2]
        assert {row["trace_visibility_mode"] for row in rows} == {"hidden"}
        found = get(api, experiment)
        assert (found["trace_count"], found["project_name"], found["name"]) == (3, project, f"bulk {dataset}")
        made = api.trace(rows[0]["trace_id"])
        assert (made["source"], made["visibility_mode"]) == ("experiment", "hidden")
        hidden = [filter_by("visibility_mode", "=", "default")]
        assert api.page("traces", project_name=project, filters=hidden)["total"] == 0
        self.put(api, self.body(dataset, {"dataset_item_id": uuid7()}, experiment_id=experiment))
        assert get(api, experiment)["trace_count"] == 4

    def test_given_traces(self, api, dataset, project):
        body = trace(None, input={"i": 1}, **times(50))
        one = {
            "dataset_item_id": uuid7(),
            "trace": body,
            "spans": [span(None, body["id"], usage={"total_tokens": 5}, total_estimated_cost=0.25)],
            "feedback_scores": [
                {"name": "acc", "value": 1, "source": "sdk"},
                {"name": "polite", "value": 1, "source": "sdk", "category_name": "suite_assertion"},
            ],
        }
        raw = gzip.compress(json.dumps(self.body(dataset, one, project_name=project)).encode())
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        api.call("PUT", "/experiments/items/bulk", 204, data=raw, headers=headers)
        (row,) = self.stream(api, dataset)
        assert (row["trace_id"], row["trace_visibility_mode"]) == (body["id"], "default")
        assert row["assertion_results"] == [{"value": "polite", "passed": True}]
        found = get(api, row["experiment_id"])
        assert found["feedback_scores"] == [{"name": "acc", "value": 1}]
        assert (found["total_estimated_cost"], found["usage"]) == (0.25, {"total_tokens": 5})
        assert api.trace(body["id"])["source"] == "experiment"

    def test_projects(self, api, dataset, project):
        one = {"dataset_item_id": uuid7(), "evaluate_task_result": 1}
        response = self.put(api, self.body(dataset, one))
        assert "x-opik-deprecation" in response.headers
        (row,) = self.stream(api, dataset)
        assert row["project_id"] == api.project_id("Default Project")
        assert get(api, row["experiment_id"])["project_name"] == "Default Project"
        other = f"{dataset}-2"
        api.post("/datasets", {"name": other, "project_name": project}, expect=201)
        response = self.put(api, self.body(other, one))
        assert "x-opik-deprecation" in response.headers
        (row,) = self.stream(api, other)
        assert row["project_id"] == api.project_id(project)

    def test_conflicts(self, api, dataset, project):
        one = {"dataset_item_id": uuid7()}
        experiment = create(api, dataset)
        wrong = self.put(api, self.body(f"{dataset}-2", one, experiment_id=experiment), expect=409)
        assert error_message(wrong) == (
            f"Experiment '{experiment}' belongs to dataset '{dataset}', but request specifies dataset '{dataset}-2'"
        )
        wrong = self.put(api, self.body(dataset, one, experiment_id=experiment, project_name=project), expect=409)
        assert f"but request specifies project_name '{project}'" in error_message(wrong)
        owned = create(api, dataset, project_name=project)
        wrong = self.put(api, self.body(dataset, one, experiment_id=owned, project_name=f"{project}2"), expect=409)
        assert error_message(wrong) == (
            f"Experiment '{owned}' belongs to project '{project}', but request specifies project_name '{project}2'"
        )
        api.post("/datasets", {"name": f"{dataset}-3", "project_name": project}, expect=201)
        wrong = self.put(api, self.body(f"{dataset}-3", one, project_name=f"{project}2"), expect=409)
        assert error_message(wrong) == (
            f"Dataset '{dataset}-3' belongs to a different project than the request project_name '{project}2'"
        )

    def test_what_is_refused(self, api, dataset, project):
        run = {"dataset_item_id": uuid7()}
        both = {**run, "evaluate_task_result": 1, "trace": trace(None)}
        text = "cannot provide both evaluate_task_result and trace together"
        assert text in error_list(self.put(api, self.body(dataset, both), expect=422))[0]
        spans = {**run, "spans": [span(None, uuid7())]}
        assert error_message(self.put(api, self.body(dataset, spans), expect=400)) == (
            "Trace is required when spans are provided"
        )
        spans["trace"] = trace(None)
        assert error_message(self.put(api, self.body(dataset, spans), expect=400)) == (
            "Trace ID must match the span's trace ID"
        )
        other = {**run, "trace": trace(f"{project}2")}
        errors = error_list(self.put(api, self.body(dataset, other, project_name=project), expect=422))
        assert "trace project_name must match the request project_name" in errors[0]
        large = {**run, "evaluate_task_result": "x" * (4 * 1024 * 1024)}
        errors = error_list(self.put(api, self.body(dataset, large), expect=422))
        assert errors == ["Request size exceeds the maximum allowed size of 4MB"]
        assert "experimentName must not be blank" in error_list(self.put(api, {"items": [run]}, expect=422))


class TestTraces:
    def test_traces_know_their_experiment(self, api, dataset, project):
        experiment = create(api, dataset, name="the run")
        bodies = api.add_traces(trace(project), trace(project))
        (one,) = add_items(api, item(experiment, bodies[0]["id"]))
        expected = {
            "id": experiment,
            "name": "the run",
            "dataset_id": get(api, experiment)["dataset_id"],
            "dataset_item_id": one["dataset_item_id"],
        }
        assert api.trace(bodies[0]["id"])["experiment"] == expected
        assert "experiment" not in api.trace(bodies[1]["id"])

        def ids(**params):
            return api.ids("traces", project_name=project, **params)

        assert ids(filters=[filter_by("experiment_id", "=", experiment)]) == [bodies[0]["id"]]
        assert ids(filters=[filter_by("experiment_id", "!=", experiment)]) == [bodies[1]["id"]]
        assert ids(filters=[filter_by("experiment_ids", "in", f"{uuid7()},{experiment}")]) == [bodies[0]["id"]]
        assert ids(filters=[filter_by("experiment_ids", "not_in", experiment)]) == [bodies[1]["id"]]
        order = [{"field": "experiment_id", "direction": "ASC"}]
        assert ids(sorting=order)[0] == bodies[0]["id"]
        (row,) = [row for row in api.page("traces", project_name=project)["content"] if "experiment" in row]
        assert row["experiment"] == expected


