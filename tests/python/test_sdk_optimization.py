"""Optimizations through the SDK's own objects."""

import pytest
from opik.rest_api.core.api_error import ApiError

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk


@pytest.fixture
def dataset(sdk, project):
    return sdk.create_dataset(f"dataset-{project}")


class TestOptimizations:
    def test_life_cycle(self, sdk, dataset, project):
        created = sdk.create_optimization(
            dataset_name=dataset.name,
            objective_name="accuracy",
            name=f"optimization-{project}",
            metadata={"optimizer": "by hand", "steps": [1, 2]},
        )
        content = sdk.get_optimization_by_id(created.id).fetch_content()
        assert (content.name, content.dataset_name) == (f"optimization-{project}", dataset.name)
        assert (content.objective_name, content.status) == ("accuracy", "running")
        assert content.metadata == {"optimizer": "by hand", "steps": [1, 2]}
        assert content.num_trials == 0

        created.update(status="completed")
        content = created.fetch_content()
        assert (content.status, content.name) == ("completed", f"optimization-{project}")
        created.update(name="renamed")
        content = created.fetch_content()
        assert (content.status, content.name) == ("completed", "renamed")

        sdk.delete_optimizations([created.id])
        with pytest.raises(ApiError) as caught:
            created.fetch_content()
        assert caught.value.status_code == 404

    def test_generated_names(self, sdk, dataset):
        created = sdk.create_optimization(dataset_name=dataset.name, objective_name="accuracy")
        assert created.fetch_content().name

    def test_trials(self, api, sdk, dataset, project):
        """The objective is read from the scores of the experiments; the first candidate is the baseline."""
        from opik.evaluation.metrics.score_result import ScoreResult

        dataset.insert([{"n": 1}])
        optimization = sdk.create_optimization(dataset_name=dataset.name, objective_name="accuracy")
        for candidate, value in (("a", 0.25), ("b", 0.75), ("c", 0.5)):
            experiment = sdk.create_experiment(
                dataset_name=dataset.name,
                name=f"trial-{candidate}-{project}",
                experiment_config={"candidate_id": candidate},
                type="trial",
                optimization_id=optimization.id,
            )
            trace = sdk.trace(name="t", output={"o": 1})
            from opik import ExperimentItemReferences

            experiment.insert(
                [ExperimentItemReferences(dataset_item_id=dataset.get_items()[0]["id"], trace_id=trace.id)]
            )
            experiment.log_experiment_scores([ScoreResult(name="accuracy", value=value)])
        sdk.flush()
        row = api.get(f"/optimizations/{optimization.id}").json()
        assert row["num_trials"] == 3
        assert row["experiment_scores"] == [{"name": "accuracy", "value": 0.75}]
        assert row["baseline_objective_score"] == pytest.approx(0.25)
        assert row["best_objective_score"] == pytest.approx(0.75)

    def test_after_the_dataset_is_gone(self, sdk, dataset):
        """The generated client cannot read an optimization without the name of its dataset."""
        created = sdk.create_optimization(dataset_name=dataset.name, objective_name="accuracy")
        sdk.delete_dataset(dataset.name)
        assert created.fetch_content().dataset_name == dataset.name


if sdk_helper.VERSION >= (2, 2, 0):

    class TestErrors:
        def test_error_info(self, sdk, dataset):
            created = sdk.create_optimization(dataset_name=dataset.name, objective_name="accuracy")
            error = {"exception_type": "ValueError", "message": "no candidates", "traceback": "at line 1"}
            created.update(status="error", error_info=error)
            content = created.fetch_content()
            assert content.status == "error"
            assert content.error_info.exception_type == "ValueError"
            assert content.error_info.message == "no candidates"
