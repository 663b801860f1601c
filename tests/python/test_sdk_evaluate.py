"""The evaluation functions of the SDK, from tasks and metrics to what the server shows of an experiment."""

import json

import opik
import pytest
from opik import evaluation
from opik.evaluation import metrics
from opik.evaluation.metrics import score_result
from opik.evaluation.samplers import random_dataset_sampler

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk

CAPITALS = {"France": "Paris", "Spain": "Madrid", "Norway": "Oslo", "Kenya": "Nairobi"}


class Lengths(metrics.BaseMetric):
    """Two scores in one metric, with reasons."""

    def score(self, output, expected, **ignored):
        return [
            score_result.ScoreResult(name="length", value=len(output), reason=f"{len(output)} characters"),
            score_result.ScoreResult(name="difference", value=abs(len(output) - len(expected))),
        ]


class Shouts(metrics.BaseMetric):
    def score(self, output, **ignored):
        return score_result.ScoreResult(name=self.name, value=1.0 if output.startswith("CAPITAL") else 0.0)


class Fails(metrics.BaseMetric):
    def score(self, output, **ignored):
        raise ValueError("the metric is broken")


@pytest.fixture
def client(tracked):
    return tracked()


@pytest.fixture
def dataset(client, project):
    dataset = client.create_dataset(f"dataset-{project}")
    dataset.insert([{"country": country, "expected": capital} for country, capital in CAPITALS.items()])
    return dataset


@pytest.fixture
def name(project):
    return f"experiment-{project}"


@opik.track
def lookup(country):
    return CAPITALS[country]


def answer(item):
    """Right but for Kenya."""
    return {"output": "Mombasa" if item["country"] == "Kenya" else lookup(item["country"])}


def values(result, score):
    """The scores of one name by the country they are for."""
    return {
        test.test_case.dataset_item_content.get("country"): entry.value
        for test in result.test_results
        for entry in test.score_results
        if entry.name == score
    }


def averages(api, experiment_id):
    row = api.get(f"/experiments/{experiment_id}").json()
    return {score["name"]: score["value"] for score in row.get("feedback_scores", [])}


class TestEvaluate:
    def test_end_to_end(self, api, tracked, client, dataset, name, project):
        result = evaluation.evaluate(
            dataset=dataset,
            task=answer,
            scoring_metrics=[metrics.Equals(), metrics.Contains(), metrics.LevenshteinRatio(), Lengths(name="lengths")],
            scoring_key_mapping={"reference": "expected"},
            experiment_name=name,
            experiment_config={"model": "lookup", "n": 1},
            project_name=project,
            experiment_tags=["first"],
            verbose=0,
        )
        assert len(result.test_results) == 4
        assert result.experiment_name == name
        expected = {"France": 1.0, "Spain": 1.0, "Norway": 1.0, "Kenya": 0.0}
        by_item = {
            test.test_case.dataset_item_id: {entry.name: entry.value for entry in test.score_results}
            for test in result.test_results
        }
        items = {item["id"]: item["country"] for item in dataset.get_items()}
        assert {items[item]: scores["equals_metric"] for item, scores in by_item.items()} == expected
        assert all({"length", "difference"} <= set(scores) for scores in by_item.values())

        row = api.get(f"/experiments/{result.experiment_id}").json()
        assert (row["name"], row["dataset_name"], row["dataset_id"]) == (name, dataset.name, dataset.id)
        assert (row["type"], row["trace_count"], row["tags"]) == ("regular", 4, ["first"])
        assert (row["metadata"]["model"], row["metadata"]["n"]) == ("lookup", 1)
        assert row["duration"]["p50"] > 0
        scores = {score["name"]: score["value"] for score in row["feedback_scores"]}
        assert scores["equals_metric"] == pytest.approx(0.75)
        assert scores["contains_metric"] == pytest.approx(0.75)
        assert scores["length"] == pytest.approx((5 + 6 + 4 + 7) / 4)

        experiment = client.get_experiment_by_id(result.experiment_id)
        for item in experiment.get_items():
            country = items[item.dataset_item_id]
            assert item.evaluation_task_output == {"output": "Mombasa" if country == "Kenya" else CAPITALS[country]}
            assert {score["name"]: score["value"] for score in item.feedback_scores}["equals_metric"] == expected[
                country
            ]

        traces = tracked().search_traces(project_name=project, filter_string='name = "evaluation_task"')
        assert len(traces) == 4
        assert {trace.output["output"] for trace in traces} == {"Paris", "Madrid", "Oslo", "Mombasa"}
        if sdk_helper.VERSION >= (2, 0, 0):
            assert {trace.source for trace in traces} == {"experiment"}
        spans = client.search_spans(project_name=project, filter_string='name = "lookup"')
        assert len(spans) == 3
        assert {span.trace_id for span in spans} <= {trace.id for trace in traces}

    def test_generated_name_and_address(self, client, dataset):
        result = evaluation.evaluate(dataset=dataset, task=answer, scoring_metrics=[], verbose=0)
        assert client.get_experiment_by_id(result.experiment_id).name == result.experiment_name
        assert result.dataset_id == dataset.id
        assert result.experiment_id in result.experiment_url
        prefixed = evaluation.evaluate(
            dataset=dataset, task=answer, scoring_metrics=[], experiment_name_prefix="nightly", verbose=0
        )
        assert prefixed.experiment_name.startswith("nightly-")

    def test_trials(self, api, client, dataset, name):
        result = evaluation.evaluate(
            dataset=dataset,
            task=answer,
            scoring_metrics=[metrics.Equals()],
            scoring_key_mapping={"reference": "expected"},
            experiment_name=name,
            trial_count=3,
            verbose=0,
        )
        assert len(result.test_results) == 12
        assert api.get(f"/experiments/{result.experiment_id}").json()["trace_count"] == 12
        items = client.get_experiment_by_id(result.experiment_id).get_items()
        assert len(items) == 12
        assert len({item.dataset_item_id for item in items}) == 4
        page = api.get(
            f"/datasets/{dataset.id}/items/experiments/items", experiment_ids=[result.experiment_id], size=10
        ).json()
        assert page["total"] == 4
        assert [len(row["experiment_items"]) for row in page["content"]] == [3] * 4

    def test_some_items(self, dataset, name):
        ids = [item["id"] for item in dataset.get_items() if item["country"] in ("Spain", "Kenya")]
        chosen = evaluation.evaluate(dataset=dataset, task=answer, scoring_metrics=[], dataset_item_ids=ids, verbose=0)
        assert {test.test_case.dataset_item_id for test in chosen.test_results} == set(ids)
        few = evaluation.evaluate(dataset=dataset, task=answer, scoring_metrics=[], nb_samples=3, verbose=0)
        assert len(few.test_results) == 3
        sampled = evaluation.evaluate(
            dataset=dataset,
            task=answer,
            scoring_metrics=[],
            dataset_sampler=random_dataset_sampler.RandomDatasetSampler(max_samples=2, seed=1),
            verbose=0,
        )
        assert len(sampled.test_results) == 2

    def test_failing_metric(self, api, dataset, name):
        result = evaluation.evaluate(
            dataset=dataset,
            task=answer,
            scoring_metrics=[Fails(name="broken"), metrics.Equals()],
            scoring_key_mapping={"reference": "expected"},
            experiment_name=name,
            verbose=0,
        )
        failed = [entry for test in result.test_results for entry in test.score_results if entry.scoring_failed]
        assert len(failed) == 4
        assert averages(api, result.experiment_id) == {"equals_metric": pytest.approx(0.75)}

    def test_failing_task(self, tracked, client, dataset, name, project):
        def sometimes(item):
            if item["country"] == "Norway":
                raise RuntimeError("no such country")
            return answer(item)

        with pytest.raises(RuntimeError, match="no such country"):
            evaluation.evaluate(
                dataset=dataset,
                task=sometimes,
                scoring_metrics=[],
                experiment_name=name,
                project_name=project,
                task_threads=1,
                verbose=0,
            )
        reader = tracked()
        failed = reader.search_traces(project_name=project, filter_string="error_info is_not_empty")
        assert len(failed) == 1
        assert failed[0].error_info.exception_type == "RuntimeError"
        (experiment,) = reader.get_experiments_by_name(name)
        outputs = {item.trace_id: item.evaluation_task_output for item in experiment.get_items()}
        assert outputs[failed[0].id] is None

    def test_experiment_scores(self, api, client, dataset, name):
        def share(test_results):
            right = sum(entry.value for test in test_results for entry in test.score_results)
            return [
                score_result.ScoreResult(name="share", value=right / len(test_results)),
                score_result.ScoreResult(name="count", value=float(len(test_results))),
            ]

        result = evaluation.evaluate(
            dataset=dataset,
            task=answer,
            scoring_metrics=[metrics.Equals()],
            scoring_key_mapping={"reference": "expected"},
            experiment_name=name,
            experiment_scoring_functions=[share],
            verbose=0,
        )
        row = api.get(f"/experiments/{result.experiment_id}").json()
        assert {score["name"]: score["value"] for score in row["experiment_scores"]} == {"share": 0.75, "count": 4.0}

    def test_prompts(self, api, client, dataset, name, project):
        prompt = client.create_prompt(name=f"prompt-{project}", prompt="Capital of {{country}}?")
        result = evaluation.evaluate(
            dataset=dataset, task=answer, scoring_metrics=[], experiment_name=name, prompts=[prompt], verbose=0
        )
        row = api.get(f"/experiments/{result.experiment_id}").json()
        (version,) = row["prompt_versions"]
        assert (version["prompt_name"], version["commit"]) == (prompt.name, prompt.commit)
        listed = api.get("/experiments", prompt_id=version["prompt_id"], size=100).json()["content"]
        assert [entry["id"] for entry in listed] == [result.experiment_id]

    def test_the_resume_record_comes_back_as_text(self, api, dataset, name):
        result = evaluation.evaluate(dataset=dataset, task=answer, scoring_metrics=[], experiment_name=name, verbose=0)
        metadata = api.get(f"/experiments/{result.experiment_id}").json().get("metadata") or {}
        if hasattr(evaluation, "evaluate_resume"):
            assert json.loads(metadata["_opik_resume"])["schema_version"] == 1
        else:
            assert metadata == {}


if sdk_helper.HAS_DATASET_FILTERS:

    class TestSelection:
        def test_filters(self, dataset):
            result = evaluation.evaluate(
                dataset=dataset,
                task=answer,
                scoring_metrics=[],
                dataset_filter_string='source = "sdk"',
                verbose=0,
            )
            countries = {test.test_case.dataset_item_content["country"] for test in result.test_results}
            assert countries == {"France", "Spain", "Norway", "Kenya"}
            result = evaluation.evaluate(
                dataset=dataset,
                task=answer,
                scoring_metrics=[],
                dataset_filter_string='data.expected starts_with "M"',
                verbose=0,
            )
            assert [test.test_case.task_output for test in result.test_results] == [{"output": "Madrid"}]

        def test_versions(self, api, client, dataset):
            old = dataset.get_version_view("v1")
            dataset.insert([{"country": "Peru", "expected": "Lima"}])
            result = evaluation.evaluate(dataset=old, task=answer, scoring_metrics=[], verbose=0)
            assert len(result.test_results) == 4
            row = api.get(f"/experiments/{result.experiment_id}").json()
            assert row["dataset_version_id"] == old.version_id
            assert row["dataset_version_summary"]["version_name"] == "v1"


if hasattr(evaluation, "evaluate_resume"):

    class TestResume:
        def test_what_is_missing_is_run(self, api, client, dataset, name):
            broken = {"Norway", "Kenya"}
            seen = []

            def task(item):
                seen.append(item["country"])
                if item["country"] in broken:
                    raise RuntimeError("provider is down")
                return answer(item)

            options = {
                "task": task,
                "scoring_metrics": [metrics.Equals()],
                "scoring_key_mapping": {"reference": "expected"},
                "verbose": 0,
                "task_threads": 1,
            }
            with pytest.raises(RuntimeError):
                evaluation.evaluate(dataset=dataset, experiment_name=name, **options)
            client.flush()
            (experiment,) = client.get_experiments_by_name(name)
            done = {item.dataset_item_id for item in experiment.get_items() if item.evaluation_task_output}
            assert len(done) <= 2
            broken.clear()
            seen.clear()
            result = evaluation.evaluate_resume(experiment_id=experiment.id, **options)
            missing = {item["country"] for item in dataset.get_items() if item["id"] not in done}
            assert sorted(seen) == sorted(missing)
            assert result.experiment_id == experiment.id
            assert len(result.test_results) == 4
            assert averages(api, experiment.id)["equals_metric"] == pytest.approx(0.75)


class TestScoringAgain:
    def test_by_name(self, api, client, dataset, name):
        first = evaluation.evaluate(dataset=dataset, task=answer, scoring_metrics=[], experiment_name=name, verbose=0)
        assert averages(api, first.experiment_id) == {}
        again = evaluation.evaluate_experiment(
            experiment_name=name,
            scoring_metrics=[metrics.Equals()],
            scoring_key_mapping={"reference": "expected"},
            verbose=0,
        )
        assert again.experiment_id == first.experiment_id
        assert len(again.test_results) == 4
        client.flush()
        assert averages(api, first.experiment_id)["equals_metric"] == pytest.approx(0.75)

    def test_by_id(self, api, client, dataset, name):
        first = evaluation.evaluate(dataset=dataset, task=answer, scoring_metrics=[], experiment_name=name, verbose=0)
        evaluation.evaluate_experiment(
            experiment_name=name,
            experiment_id=first.experiment_id,
            scoring_metrics=[Lengths(name="lengths")],
            verbose=0,
        )
        client.flush()
        assert averages(api, first.experiment_id)["difference"] == pytest.approx(0.0)

    def test_nothing_to_score(self, client, dataset, name):
        client.create_experiment(dataset_name=dataset.name, name=name)
        with pytest.raises(getattr(opik.exceptions, "EmptyExperiment", Exception)):
            evaluation.evaluate_experiment(experiment_name=name, scoring_metrics=[metrics.Equals()], verbose=0)


class TestModels:
    def test_prompt(self, api, client, dataset, name, judge):
        result = evaluation.evaluate_prompt(
            dataset=dataset,
            messages=[{"role": "user", "content": "capital of {{country}}"}],
            model=judge,
            scoring_metrics=[Shouts(name="output")],
            experiment_name=name,
            experiment_config={"k": 1},
            verbose=0,
        )
        outputs = {test.test_case.task_output["output"] for test in result.test_results}
        assert outputs == {f"CAPITAL OF {country.upper()}" for country in CAPITALS}
        row = api.get(f"/experiments/{result.experiment_id}").json()
        assert row["metadata"]["k"] == 1
        assert row["metadata"]["model"] == judge
        assert averages(api, result.experiment_id)["output"] == pytest.approx(1.0)

    def test_judge(self, api, client, dataset, name, judge):
        """A metric that asks a model; its answer and reason are stored as any other score."""

        def task(item):
            made_up = "STUB-YES" if item["country"] == "Kenya" else ""
            return {"input": item["country"], "output": f"{answer(item)['output']} {made_up}", "context": ["an atlas"]}

        result = evaluation.evaluate(
            dataset=dataset,
            task=task,
            scoring_metrics=[metrics.Hallucination(model=judge)],
            experiment_name=name,
            verbose=0,
        )
        assert averages(api, result.experiment_id) == {"hallucination_metric": pytest.approx(0.25)}
        for item in client.get_experiment_by_id(result.experiment_id).get_items():
            (score,) = item.feedback_scores
            assert "the stub says so" in score["reason"]


class TestWithoutDatasets:
    def test_dict_items(self, client, tracked, project):
        result = evaluation.evaluate_on_dict_items(
            items=[{"country": country, "expected": capital} for country, capital in CAPITALS.items()],
            task=answer,
            scoring_metrics=[metrics.Equals()],
            scoring_key_mapping={"reference": "expected"},
            project_name=project,
        )
        assert len(result.test_results) == 4
        assert result.aggregate_evaluation_scores()["equals_metric"].mean == pytest.approx(0.75)

    def test_threads(self, client, project):
        from opik.evaluation.metrics import ConversationThreadMetric

        class Turns(ConversationThreadMetric):
            def score(self, conversation, **ignored):
                return score_result.ScoreResult(name="turns", value=len(conversation), reason="counted")

        for thread, turns in (("short", 1), ("long", 3)):
            for turn in range(turns):
                client.trace(
                    name="turn", thread_id=thread, input={"text": f"q{turn}"}, output={"text": f"a{turn}"}
                ).end()
        client.flush()
        for thread in ("short", "long"):
            client.rest_client.traces.close_trace_thread(project_name=project, thread_id=thread)
        result = evaluation.evaluate_threads(
            project_name=project,
            filter_string=None,
            eval_project_name=f"{project}-evaluation",
            metrics=[Turns(name="turns")],
            trace_input_transform=lambda value: value["text"],
            trace_output_transform=lambda value: value["text"],
            verbose=0,
        )
        assert {entry.thread_id: entry.scores[0].value for entry in result.results} == {"short": 2, "long": 6}
        client.flush()
        threads = client.get_threads_client().search_threads(project_name=project)
        scores = {thread.id: {entry.name: entry.value for entry in thread.feedback_scores or []} for thread in threads}
        assert scores == {"short": {"turns": 2.0}, "long": {"turns": 6.0}}


if hasattr(evaluation, "evaluate_optimization_trial"):

    class TestOptimizationTrials:
        def test_trials_of_an_optimization(self, api, tracked, client, dataset, name, project):
            optimization = client.create_optimization(
                dataset_name=dataset.name, objective_name="equals_metric", name=f"optimization-{project}"
            )
            ids = []
            for index in range(2):
                result = evaluation.evaluate_optimization_trial(
                    optimization_id=optimization.id,
                    dataset=dataset,
                    task=answer if index else (lambda item: {"output": "nowhere"}),
                    scoring_metrics=[metrics.Equals()],
                    scoring_key_mapping={"reference": "expected"},
                    experiment_name=f"{name}-{index}",
                    verbose=0,
                )
                ids.append(result.experiment_id)
            listed = api.get("/experiments", optimization_id=optimization.id, types=["trial"]).json()["content"]
            assert {entry["id"] for entry in listed} == set(ids)
            assert {entry["type"] for entry in listed} == {"trial"}
            traces = tracked().search_traces(project_name=project, filter_string='name = "evaluation_task"')
            assert {trace.source for trace in traces} == {"optimization"}
            row = api.get(f"/optimizations/{optimization.id}").json()
            assert row["num_trials"] == 2
            scores = {score["name"]: score["value"] for score in row["feedback_scores"]}
            assert scores["equals_metric"] == pytest.approx(0.75)
