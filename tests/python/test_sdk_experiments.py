"""Experiments, their items and what is computed from them, through the SDK's own objects."""

import datetime

import opik
import pytest
from opik import ExperimentItemReferences
from opik.api_objects.experiment import experiment as experiment_module
from opik.exceptions import ExperimentNotFound

from harness import sdk as sdk_helper
from harness.ids import uuid7

pytestmark = pytest.mark.sdk


def now():
    return datetime.datetime.now(datetime.UTC)


@pytest.fixture
def dataset(sdk, project):
    dataset = sdk.create_dataset(f"dataset-{project}")
    dataset.insert([{"n": n, "expected": f"answer {n}"} for n in range(4)])
    return dataset


@pytest.fixture
def name(project):
    return f"experiment-{project}"


def run(sdk, experiment, dataset, runs=1, score="accuracy"):
    """Links a trace with an answer, a score and a model call to every item of the dataset."""
    start = now() - datetime.timedelta(hours=1)
    references = []
    for item in dataset.get_items():
        for attempt in range(runs):
            trace = sdk.trace(
                name="task",
                input={"n": item["n"]},
                output={"output": f"answer {item['n']}", "attempt": attempt},
                start_time=start,
                end_time=start + datetime.timedelta(milliseconds=100 * (item["n"] + 1)),
            )
            span = trace.span(
                type="llm",
                usage={"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5},
                total_cost=0.25,
                start_time=start,
                end_time=start,
            )
            del span
            trace.log_feedback_score(score, item["n"] / 4, reason=f"because {item['n']}")
            references.append(ExperimentItemReferences(dataset_item_id=item["id"], trace_id=trace.id))
    experiment.insert(references)
    sdk.flush()
    return references


class TestExperiments:
    def test_create_and_get(self, api, sdk, dataset, name):
        created = sdk.create_experiment(
            dataset_name=dataset.name,
            name=name,
            experiment_config={"model": "gpt-4o", "deep": {"temperature": 0.5}},
            tags=["nightly", "ünï"],
        )
        found = sdk.get_experiment_by_id(created.id)
        assert (found.id, found.name, found.dataset_name) == (created.id, name, dataset.name)
        assert sorted(found.tags) == ["nightly", "ünï"]
        data = found.get_experiment_data()
        assert data.metadata == {"model": "gpt-4o", "deep": {"temperature": 0.5}}
        assert data.dataset_id == dataset.id
        assert (data.type, data.status, data.trace_count) == ("regular", "completed", 0)
        assert data.created_by == "admin" or data.created_by
        if sdk_helper.HAS_DATASET_VERSIONS:
            assert data.dataset_version_id == dataset.get_version_info().id
            assert data.dataset_version_summary.version_name == "v1"

    def test_generated_names(self, sdk, dataset):
        created = sdk.create_experiment(dataset_name=dataset.name)
        words = created.name.split("_")
        assert len(words) == 3 and words[2].isdigit(), created.name
        assert sdk.get_experiment_by_name(created.name).id == created.id

    def test_by_name(self, sdk, dataset, name):
        first = sdk.create_experiment(dataset_name=dataset.name, name=name)
        second = sdk.create_experiment(dataset_name=dataset.name, name=f"{name}-second")
        found = {experiment.id for experiment in sdk.get_experiments_by_name(name)}
        assert first.id in found
        assert sdk.get_experiment_by_name(f"{name}-second").id == second.id
        assert sdk.get_experiment_by_name(name).id == first.id
        with pytest.raises(ExperimentNotFound):
            sdk.get_experiment_by_name(f"{name}-third")

    def test_unknown(self, sdk):
        with pytest.raises(ExperimentNotFound):
            sdk.get_experiment_by_id(uuid7())

    def test_many_of_one_name(self, sdk, dataset, name):
        ids = {sdk.create_experiment(dataset_name=dataset.name, name=name).id for _ in range(5)}
        assert {experiment.id for experiment in sdk.get_experiments_by_name(name)} == ids

    def test_update(self, sdk, dataset, name):
        created = sdk.create_experiment(dataset_name=dataset.name, name=name, experiment_config={"a": 1})
        sdk.update_experiment(created.id, name=f"{name} renamed")
        data = sdk.get_experiment_by_id(created.id).get_experiment_data()
        assert (data.name, data.metadata) == (f"{name} renamed", {"a": 1})
        sdk.update_experiment(created.id, experiment_config={"b": [2]})
        data = sdk.get_experiment_by_id(created.id).get_experiment_data()
        assert (data.name, data.metadata) == (f"{name} renamed", {"b": [2]})

    def test_experiments_of_a_dataset(self, sdk, dataset, name):
        ids = {sdk.create_experiment(dataset_name=dataset.name, name=f"{name}-{n}").id for n in range(3)}
        assert {experiment.id for experiment in sdk.get_dataset_experiments(dataset.name)} == ids
        assert len(sdk.get_dataset_experiments(dataset.name, max_results=2)) == 2

    def test_delete(self, sdk, dataset, name):
        created = sdk.create_experiment(dataset_name=dataset.name, name=name)
        sdk.rest_client.experiments.delete_experiments_by_id(ids=[created.id])
        with pytest.raises(ExperimentNotFound):
            sdk.get_experiment_by_id(created.id)

    def test_of_a_deleted_dataset(self, api, sdk, dataset, name):
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        run(sdk, experiment, dataset)
        dataset_id = dataset.id
        sdk.delete_dataset(dataset.name)
        row = api.get(f"/experiments/{experiment.id}").json()
        assert row["dataset_id"] == dataset_id
        assert "dataset_name" not in row
        deleted = api.get("/experiments", dataset_deleted=True, name=name).json()["content"]
        assert [entry["id"] for entry in deleted] == [experiment.id]

    def test_scores_of_the_experiment(self, sdk, dataset, name):
        from opik.evaluation.metrics.score_result import ScoreResult

        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        experiment.log_experiment_scores(
            [
                ScoreResult(name="f1", value=0.75),
                ScoreResult(name="broken", value=0.0, scoring_failed=True),
                ScoreResult(name="recall", value=1.0),
            ]
        )
        data = experiment.get_experiment_data()
        assert {score.name: score.value for score in data.experiment_scores} == {"f1": 0.75, "recall": 1.0}

    def test_prompts(self, api, sdk, tracked, dataset, name, project):
        first = sdk.create_prompt(name=f"prompt-{project}", prompt="Answer {{question}}")
        second = sdk.create_prompt(name=f"other-{project}", prompt="Check {{answer}}")
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name, prompts=[first, second])
        row = api.get(f"/experiments/{experiment.id}").json()
        assert {version["prompt_name"] for version in row["prompt_versions"]} == {first.name, second.name}
        assert {version["commit"] for version in row["prompt_versions"]} == {first.commit, second.commit}
        assert row["metadata"]["prompts"] == {first.name: "Answer {{question}}", second.name: "Check {{answer}}"}


class TestItems:
    def test_insert_and_get(self, sdk, dataset, name, project):
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        references = run(sdk, experiment, dataset)
        items = {item.dataset_item_id: item for item in experiment.get_items()}
        assert {item.trace_id for item in items.values()} == {reference.trace_id for reference in references}
        for source in dataset.get_items():
            item = items[source["id"]]
            assert {key: item.dataset_item_data[key] for key in ("n", "expected")} == {
                "n": source["n"],
                "expected": source["expected"],
            }
            assert item.evaluation_task_output == {"output": f"answer {source['n']}", "attempt": 0}
            (score,) = item.feedback_scores
            assert (score["name"], score["value"]) == ("accuracy", source["n"] / 4)
            assert score["reason"] == f"because {source['n']}"

    def test_aggregates(self, api, sdk, dataset, name):
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        run(sdk, experiment, dataset)
        row = api.get(f"/experiments/{experiment.id}").json()
        assert row["trace_count"] == 4
        assert row["feedback_scores"] == [{"name": "accuracy", "value": 0.375}]
        assert row["duration"]["p50"] == pytest.approx(250)
        usage = {key: value for key, value in row["usage"].items() if not key.startswith("original_usage.")}
        assert usage == {"prompt_tokens": 2.0, "completion_tokens": 3.0, "total_tokens": 5.0}
        assert row["total_estimated_cost"] == pytest.approx(1.0)
        assert row["total_estimated_cost_avg"] == pytest.approx(0.25)

    def test_several_runs_of_an_item(self, sdk, dataset, name):
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        run(sdk, experiment, dataset, runs=3)
        items = experiment.get_items()
        assert len(items) == 12
        runs = {}
        for item in items:
            runs.setdefault(item.dataset_item_id, set()).add(item.evaluation_task_output["attempt"])
        assert list(runs.values()) == [{0, 1, 2}] * 4
        assert len(experiment.get_items(max_results=5)) == 5

    def test_before_the_traces(self, sdk, dataset, name):
        """Items may name traces that the server learns of later."""
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        item = dataset.get_items()[0]
        trace_id = uuid7()
        experiment.insert([ExperimentItemReferences(dataset_item_id=item["id"], trace_id=trace_id)])
        sdk.flush()
        (found,) = experiment.get_items()
        assert found.evaluation_task_output is None
        sdk.trace(id=trace_id, name="late", output={"output": "here"}, end_time=now())
        sdk.flush()
        (found,) = experiment.get_items()
        assert found.evaluation_task_output == {"output": "here"}

    def test_items_of_several_experiments(self, sdk, dataset, name, project):
        experiments = [sdk.create_experiment(dataset_name=dataset.name, name=f"{name}-{n}") for n in range(2)]
        for experiment in experiments:
            run(sdk, experiment, dataset)
        client = sdk.get_experiments_client()
        options = {"project_name": project} if sdk_helper.HAS_PROJECTS_OF_DATASETS else {}
        items = client.find_experiment_items_for_dataset(
            dataset_name=dataset.name, experiment_ids=[e.id for e in experiments], truncate=False, **options
        )
        assert len(items) == 8
        some = client.find_experiment_items_for_dataset(
            dataset_name=dataset.name,
            experiment_ids=[experiments[0].id],
            filter_string='feedback_scores.accuracy >= "0.5"'
            if sdk_helper.VERSION < (2, 0, 0)
            else "feedback_scores.accuracy >= 0.5",
            **options,
        )
        assert len(some) == 2

    def test_items_of_an_old_version(self, sdk, dataset, name):
        """What an experiment ran on does not change with the dataset."""
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        run(sdk, experiment, dataset)
        changed = dataset.get_items()[0]
        if not sdk_helper.HAS_DATASET_VERSIONS:
            return  # The client of 1.9 changes the newest version in place.
        dataset.update([{"id": changed["id"], "n": changed["n"], "expected": "something else"}])
        items = {item.dataset_item_id: item for item in experiment.get_items()}
        assert items[changed["id"]].dataset_item_data["expected"] == changed["expected"]

    def test_assertion_results(self, sdk, dataset, name):
        if not hasattr(opik.Opik, "log_assertion_results"):
            return  # Assertions came with 2.x.
        experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
        references = run(sdk, experiment, dataset)
        sdk.log_assertion_results(
            [
                {"id": references[0].trace_id, "name": "is polite", "status": "passed"},
                {"id": references[0].trace_id, "name": "is short", "status": "failed", "reason": "three pages"},
            ]
        )
        sdk.flush()
        items = {item.trace_id: item for item in experiment.get_items()}
        found = {result["value"]: result for result in items[references[0].trace_id].assertion_results}
        assert found["is polite"]["passed"] is True
        assert found["is short"]["passed"] is False
        assert found["is short"]["reason"] == "three pages"
        assert not items[references[1].trace_id].assertion_results


if hasattr(experiment_module.Experiment, "batch_upload_items"):
    from opik import ExperimentItemBulkRecord, ExperimentItemBulkSpan, ExperimentItemBulkTrace

    class TestBulkUpload:
        def test_results(self, api, sdk, dataset, name):
            experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
            experiment.batch_upload_items(
                [
                    ExperimentItemBulkRecord(
                        dataset_item_id=item["id"],
                        evaluate_task_result={"answer": item["n"]},
                        feedback_scores=[{"name": "accuracy", "value": item["n"] / 4, "reason": "r"}],
                    )
                    for item in dataset.get_items()
                ]
            )
            items = experiment.get_items()
            assert sorted(item.evaluation_task_output["answer"] for item in items) == [0, 1, 2, 3]
            row = api.get(f"/experiments/{experiment.id}").json()
            assert row["trace_count"] == 4
            assert row["feedback_scores"] == [{"name": "accuracy", "value": 0.375}]
            trace = api.trace(items[0].trace_id)
            assert (trace["visibility_mode"], trace["source"]) == ("hidden", "experiment")

        def test_traces_and_spans(self, sdk, dataset, name):
            experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
            item = dataset.get_items()[0]
            trace_id = uuid7()
            experiment.batch_upload_items(
                [
                    ExperimentItemBulkRecord(
                        dataset_item_id=item["id"],
                        trace=ExperimentItemBulkTrace(
                            id=trace_id, start_time=now(), end_time=now(), name="given", input={"i": 1}, output={"o": 2}
                        ),
                        spans=[
                            ExperimentItemBulkSpan(
                                start_time=now(), name="call", type="llm", usage={"total_tokens": 7}, model="gpt-4o"
                            )
                        ],
                    )
                ]
            )
            (found,) = experiment.get_items()
            assert (found.trace_id, found.evaluation_task_output) == (trace_id, {"o": 2})
            trace = sdk.get_trace_content(trace_id)
            assert (trace.name, trace.span_count, trace.usage["total_tokens"]) == ("given", 1, 7)

        def test_more_than_one_request_holds(self, sdk, dataset, name):
            """Records of 16 MB in all; the client splits them below the limit of a request."""
            experiment = sdk.create_experiment(dataset_name=dataset.name, name=name)
            ids = [item["id"] for item in dataset.get_items()]
            experiment.batch_upload_items(
                ExperimentItemBulkRecord(
                    dataset_item_id=ids[n % 4], evaluate_task_result={"n": n, "text": "y" * 200_000}
                )
                for n in range(80)
            )
            items = experiment.get_items()
            assert sorted(item.evaluation_task_output["n"] for item in items) == list(range(80))
