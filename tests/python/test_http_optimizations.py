"""Optimizations and what their experiments add up to."""

import uuid

import pytest

from harness.api import error_list, error_message, filter_by, score, span, times, trace
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http


@pytest.fixture
def dataset():
    return f"set-{uuid.uuid4().hex[:12]}"


def body_of(dataset: str, **fields) -> dict:
    return {
        "id": uuid7(),
        "name": "search",
        "dataset_name": dataset,
        "objective_name": "goal",
        "status": "running",
        **fields,
    }


def create(api, dataset: str, **fields) -> str:
    body = body_of(dataset, **fields)
    api.post("/optimizations", body, expect=201)
    return body["id"]


def get(api, optimization: str) -> dict:
    return api.get(f"/optimizations/{optimization}").json()


def add_trial(api, dataset, project, optimization, scores=(), traces=1, **fields) -> str:
    """An experiment with traces of 1 s, 0.1 dollars and the scores of the whole experiment."""
    experiment = uuid7()
    body = {"id": experiment, "dataset_name": dataset, "type": "trial", "optimization_id": optimization, **fields}
    body["experiment_scores"] = [{"name": name, "value": value} for name, value in scores]
    api.post("/experiments", body, expect=201)
    rows = api.add_traces(*(trace(project, **times(1000)) for _ in range(traces)))
    api.add_spans(*(span(project, row["id"], total_estimated_cost=0.1) for row in rows))
    items = [
        {"id": uuid7(), "experiment_id": experiment, "dataset_item_id": uuid7(), "trace_id": row["id"]} for row in rows
    ]
    api.post("/experiments/items", {"experiment_items": items}, expect=204)
    api.score_traces(*(score(row["id"], "taste", len(rows), project) for row in rows))
    return experiment


class TestWriting:
    def test_create(self, api, dataset, project):
        body = body_of(dataset, metadata={"a": None}, project_name=project)
        response = api.post("/optimizations", body, expect=201)
        assert response.headers["location"].endswith(f"/v1/private/optimizations/{body['id']}")
        found = get(api, body["id"])
        assert found.pop("created_at") and found.pop("last_updated_at") and found.pop("dataset_id")
        assert found == {
            "id": body["id"],
            "name": "search",
            "dataset_name": dataset,
            "objective_name": "goal",
            "project_id": api.project_id(project),
            "status": "running",
            "metadata": {"a": None},
            "num_trials": 0,
            "created_by": "admin",
            "last_updated_by": "admin",
        }
        retrieved = api.post("/datasets/retrieve", {"dataset_name": dataset}, expect=200).json()
        assert retrieved["optimization_count"] == 1
        assert "last_created_optimization_at" in retrieved

    def test_upsert_keeps_what_is_not_given(self, api, dataset):
        body = body_of(dataset, name=None, status="running", studio_config={"prompt": 1}, metadata={"m": 1})
        api.put("/optimizations", body, expect=201)
        first = get(api, body["id"])
        assert len(first["name"].split("_")) == 3
        assert (first["status"], first["studio_config"]) == ("initialized", {"prompt": 1})
        again = {key: value for key, value in body.items() if key not in ("studio_config", "metadata", "name")}
        response = api.put("/optimizations", {**again, "status": "completed", "error_info": {"message": "x"}}, expect=201)
        assert response.headers["location"].endswith(body["id"])
        second = get(api, body["id"])
        assert (second["name"], second["studio_config"], second["status"]) == (
            first["name"],
            {"prompt": 1},
            "completed",
        )
        assert (second["metadata"], second["error_info"]) == ({"m": 1}, {"message": "x"})
        assert second["created_at"] == first["created_at"]

    def test_what_is_refused(self, api, dataset):
        assert error_list(api.post("/optimizations", {}, expect=422)) == [
            "datasetName must not be blank",
            "objectiveName must not be blank",
            "status must not be null",
        ]
        wrong = api.post("/optimizations", body_of(dataset, id=uuid4()), expect=400).json()
        assert wrong["details"] == "Optimization id must be a version 7 UUID"
        missing = uuid7()
        response = api.get(f"/optimizations/{missing}", expect=404)
        assert response.json() == {"code": 404, "message": f"Not found optimization with id '{missing}'"}

    def test_update(self, api, dataset):
        optimization = create(api, dataset)
        error = {"exception_type": "E", "message": "m", "traceback": "t"}
        api.put(f"/optimizations/{optimization}", {"name": None, "status": "error", "error_info": error})
        api.put(f"/optimizations/{optimization}", {"metadata": {"x": 1}, "status": None})
        found = get(api, optimization)
        assert (found["name"], found["status"], found["error_info"]) == ("search", "error", error)
        assert found["metadata"] == {"x": 1}
        missing = uuid7()
        api.put(f"/optimizations/{missing}", {})
        response = api.put(f"/optimizations/{missing}", {"name": "x"}, expect=404)
        assert error_message(response) == f"Not found optimization with id '{missing}'"

    def test_only_active_studio_runs_can_be_cancelled(self, api, dataset):
        studio = create(api, dataset, studio_config={})
        api.put(f"/optimizations/{studio}", {"status": "cancelled"})
        response = api.put(f"/optimizations/{studio}", {"status": "cancelled"}, expect=409)
        assert response.json() == {
            "code": 409,
            "message": "Cannot cancel optimization with status 'CANCELLED'. Only optimizations with status "
            "[RUNNING, INITIALIZED] can be cancelled.",
        }
        plain = create(api, dataset, status="completed")
        api.put(f"/optimizations/{plain}", {"status": "cancelled"})
        api.get(f"/optimizations/studio/{studio}/cancel", expect=501)

    def test_deletion(self, api, dataset, project):
        optimization = create(api, dataset)
        trial = add_trial(api, dataset, project, optimization)
        api.post("/optimizations/delete", {"ids": [optimization, uuid7()]}, expect=204)
        api.get(f"/optimizations/{optimization}", expect=404)
        assert api.get(f"/experiments/{trial}").json()["id"] == trial
        retrieved = api.post("/datasets/retrieve", {"dataset_name": dataset}, expect=200).json()
        assert "last_created_optimization_at" not in retrieved


class TestLists:
    def test_conditions(self, api, dataset, project):
        first = create(api, dataset, name="First ä", metadata={"k": "v"})
        second = create(api, f"{dataset}-b", name="second", status="completed", project_name=project)
        page = api.page("optimizations", dataset_name=dataset.upper())
        assert [row["id"] for row in page["content"]] == [second, first]
        assert (page["total"], page["sortable_by"]) == (2, [])

        def ids(**params):
            params.setdefault("dataset_name", dataset)
            return api.ids("optimizations", **params)

        assert ids(name="FIRST Ä") == [first]
        assert ids(dataset_id=get(api, first)["dataset_id"]) == [first]
        assert ids(project_id=api.project_id(project)) == [second]
        assert api.ids(f"projects/{api.project_id(project)}/optimizations") == [second]
        assert ids(filters=[filter_by("status", "=", "completed")]) == [second]
        assert ids(filters=[filter_by("metadata", "=", "V", "k")]) == [first]
        assert ids(dataset_deleted=True) == []
        api.delete(f"/datasets/{get(api, first)['dataset_id']}")
        assert ids(dataset_deleted=True) == [first]
        assert get(api, first)["dataset_name"] == dataset
        assert error_message(api.get("/optimizations", expect=400, filters="x")) == (
            "Invalid filters query parameter 'x'"
        )


class TestTrials:
    def test_candidates(self, api, dataset, project):
        optimization = create(api, dataset)
        add_trial(api, dataset, project, optimization, [("goal", 0.5)], traces=2)
        for value, traces in ((0.9, 1), (0.7, 3)):
            metadata = {"candidate_id": "c1"}
            add_trial(api, dataset, project, optimization, [("goal", value)], traces, metadata=metadata)
        add_trial(api, dataset, project, optimization, [("goal", 1), ("other", 2)], type="mini-batch")
        found = get(api, optimization)
        assert found["num_trials"] == 4
        assert found["baseline_objective_score"] == 0.5
        assert found["best_objective_score"] == pytest.approx(0.75, abs=1e-9)
        assert (found["baseline_duration"], found["best_duration"]) == (1.0, 1.0)
        assert (found["baseline_cost"], found["best_cost"]) == (0.1, 0.1)
        assert found["total_optimization_cost"] == pytest.approx(0.7)
        assert found["experiment_scores"] == [{"name": "goal", "value": 1}, {"name": "other", "value": 2}]
        assert found["feedback_scores"] == [{"name": "taste", "value": 3}]
        (row,) = api.page("optimizations", dataset_name=dataset)["content"]
        assert row == found

    def test_without_an_objective_nothing_is_best(self, api, dataset, project):
        optimization = create(api, dataset)
        add_trial(api, dataset, project, optimization, [("other", 1)])
        found = get(api, optimization)
        assert found["baseline_cost"] == 0.1
        assert not {"baseline_objective_score", "best_objective_score", "best_cost", "best_duration"} & set(found)
