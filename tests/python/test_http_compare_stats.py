"""Statistics, output columns, verdicts and life cycles of compared experiments."""

import uuid

import pytest

from harness.api import Api, filter_by, score, trace
from harness.comparison import Run, World, quantile
from harness.ids import uuid7

pytestmark = pytest.mark.http


@pytest.fixture(scope="module")
def world(server):
    return World(Api(server.root), seed=23)


def stats(world: World, experiments: list[str], **params) -> list[dict]:
    path = f"/datasets/{world.dataset_id}/items/experiments/items/stats"
    return world.api.get(path, experiment_ids=experiments, **params).json()["stats"]


def percentiles(values: list[float]) -> dict:
    return {
        name: pytest.approx(quantile(values, q), abs=2e-9) for name, q in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)]
    }


def expected_stats(runs: list[Run]) -> list[tuple]:
    """Names, types and values in the order of the wire."""
    found = [
        ("experiment_items_count", "COUNT", len(runs)),
        ("trace_count", "COUNT", len({run.trace["id"] for run in runs})),
    ]
    costs = [run.cost for run in runs if run.cost > 0]
    if costs:
        found.append(("total_estimated_cost", "AVG", pytest.approx(sum(costs) / len(costs), abs=2e-9)))
        found.append(("total_estimated_cost", "PERCENTAGE", percentiles(costs)))
    durations = [run.duration for run in runs if run.duration is not None]
    if durations:
        found.append(("duration", "PERCENTAGE", percentiles(durations)))
    names = sorted({name for run in runs for name in run.scores})
    by_name = {name: [run.scores[name] for run in runs if name in run.scores] for name in names}
    for name, values in by_name.items():
        found.append((f"feedback_scores.{name}", "AVG", pytest.approx(sum(values) / len(values), abs=2e-9)))
    tokens = [run.tokens for run in runs if run.tokens is not None]
    if tokens:
        found.append(("usage.prompt_tokens", "AVG", 1))
        found.append(("usage.total_tokens", "AVG", pytest.approx(sum(tokens) / len(tokens), abs=2e-9)))
    for name, values in by_name.items():
        found.append((f"feedback_scores.{name}", "PERCENTAGE", percentiles(values)))
    if tokens:
        found.append(("usage.total_tokens", "PERCENTAGE", percentiles(tokens)))
    return found


def shown(stats: list[dict]) -> list[tuple]:
    return [(entry["name"], entry["type"], entry["value"]) for entry in stats]


class TestStats:
    @pytest.mark.parametrize("names", [["first"], ["third"], ["first", "second", "third"]])
    def test_they_are_exact(self, world, names):
        ids = [getattr(world, name) for name in names]
        runs = [run for run in world.runs if run.experiment in ids]
        assert shown(stats(world, ids)) == expected_stats(runs)
        # Once more, from what is remembered.
        assert shown(stats(world, ids)) == expected_stats(runs)

    @pytest.mark.parametrize(
        ("condition", "keep"),
        [
            (filter_by("duration", ">", "10"), lambda run: (run.duration or 0) > 10),
            (filter_by("feedback_scores", "is_empty", "", "tone"), lambda run: "tone" not in run.scores),
            (
                {**filter_by("data.number", ">", "0"), "type": "number"},
                lambda run: (run.data or {}).get("number", 0) > 0,
            ),
        ],
    )
    def test_filters_apply_to_runs(self, world, condition, keep):
        runs = [run for run in world.runs if keep(run)]
        assert shown(stats(world, world.all, filters=[condition])) == expected_stats(runs)

    def test_nothing_adds_up_to_nothing(self, world):
        nothing = [("experiment_items_count", "COUNT", 0), ("trace_count", "COUNT", 0)]
        assert shown(stats(world, [uuid7()])) == nothing
        assert shown(stats(world, world.all, filters=[filter_by("id", "=", "x")])) == nothing

    def test_new_scores_and_items_are_seen_at_once(self, server):
        world = World(Api(server.root), seed=5)
        ids = [world.third]
        before = stats(world, ids)
        run = next(run for run in world.runs if run.experiment == world.third and run.arrived)
        run.scores["late"] = 0.75
        world.api.score_traces(score(run.trace["id"], "late", 0.75, world.project))
        after = stats(world, ids)
        assert after != before
        assert shown(after) == expected_stats([run for run in world.runs if run.experiment == world.third])
        world._add_runs([world._make_run(world.third, run.item, run.data)])
        assert shown(stats(world, ids)) == expected_stats([one for one in world.runs if one.experiment == world.third])
        path = f"/datasets/{world.dataset_id}/items/experiments/items"
        page = world.api.get(path, experiment_ids=ids, size=100).json()
        assert page["total"] == len(world.rows(ids))
        world.api.post("/experiments/items/delete", {"ids": [run.id]}, expect=204)
        rest = [one for one in world.runs if one.experiment == world.third and one.id != run.id]
        assert shown(stats(world, ids)) == expected_stats(rest)


class TestOutputColumns:
    def columns(self, world: World, **params) -> list[dict]:
        path = f"/datasets/{world.dataset_id}/items/experiments/items/output/columns"
        body = world.api.get(path, **params).json()
        assert set(body) == {"columns"}
        return body["columns"]

    def expected(self, runs: list[Run]) -> dict[str, set[str]]:
        names = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
        found: dict[str, set[str]] = {}
        for run in runs:
            if isinstance(run.output, dict):
                for key, value in run.output.items():
                    found.setdefault(key, set()).add("null" if value is None else names[type(value)])
        return found

    def test_they_are_the_keys_of_outputs(self, world):
        for ids in [[world.first], [world.third], world.all, None]:
            runs = [run for run in world.runs if ids is None or run.experiment in ids]
            columns = self.columns(world, experiment_ids=ids)
            assert {column["name"]: set(column["types"]) for column in columns} == self.expected(runs)
            for column in columns:
                assert column["filter_field_prefix"] == "output"
                assert column["filterField"] == f"output.{column['name']}"

    def test_changed_outputs_are_seen_at_once(self, server):
        world = World(Api(server.root), seed=11)
        ids = [world.second]
        assert "fresh" not in {column["name"] for column in self.columns(world, experiment_ids=ids)}
        run = next(run for run in world.runs if run.experiment == world.second and run.arrived)
        world.api.patch(
            f"/traces/{run.trace['id']}", {"project_name": world.project, "output": {"fresh": [1]}}, expect=204
        )
        found = {column["name"]: column["types"] for column in self.columns(world, experiment_ids=ids)}
        assert found["fresh"] == ["array"]

    def test_unknown_things_have_none(self, world):
        assert self.columns(world, experiment_ids=[uuid7()]) == []
        path = f"/datasets/{uuid7()}/items/experiments/items/output/columns"
        assert world.api.get(path).json() == {"columns": []}


class Suite:
    """A test suite of one item and an experiment with runs that are judged one by one."""

    def __init__(self, api: Api, policy: dict | None = None):
        self.api = api
        self.project = f"suite-{uuid.uuid4().hex[:8]}"
        self.name = f"suite {uuid.uuid4().hex[:8]}"
        self.dataset = uuid7()
        suite = {
            "id": self.dataset,
            "name": self.name,
            "type": "evaluation_suite",
            "project_name": self.project,
        }
        api.post("/datasets", suite, expect=201)
        self.item = uuid7()
        item = {"id": self.item, "source": "sdk", "data": {"q": 1}, "execution_policy": policy}
        api.put("/datasets/items", {"dataset_name": self.name, "project_name": self.project, "items": [item]})
        self.experiment = uuid7()
        api.post(
            "/experiments",
            {
                "id": self.experiment,
                "name": "e",
                "dataset_name": self.name,
                "project_name": self.project,
                "evaluation_method": "evaluation_suite",
            },
            expect=201,
        )

    def run(self, *verdicts: tuple[str, bool, str | None]) -> str:
        one = trace(self.project, output={"a": 1})
        self.api.add_traces(one)
        if verdicts:
            self.api.put(
                "/assertion-results",
                {
                    "entity_type": "TRACE",
                    "assertion_results": [
                        {
                            "entity_id": one["id"],
                            "project_name": self.project,
                            "name": name,
                            "status": "passed" if passed else "failed",
                            "reason": reason,
                            "source": "sdk",
                        }
                        for name, passed, reason in verdicts
                    ],
                },
            )
        item = {"experiment_id": self.experiment, "dataset_item_id": self.item, "trace_id": one["id"]}
        self.api.post("/experiments/items", {"experiment_items": [item]}, expect=204)
        return one["id"]

    def row(self) -> dict:
        path = f"/datasets/{self.dataset}/items/experiments/items"
        [row] = self.api.get(path, experiment_ids=[self.experiment]).json()["content"]
        return row


class TestVerdicts:
    def test_a_failed_run_fails_an_item_that_needs_all(self, api):
        suite = Suite(api, {"runs_per_item": 2, "pass_threshold": 2})
        suite.run(("is polite", True, None), ("is short", True, "few words"))
        suite.run(("is polite", True, None), ("is short", False, "a novel"))
        row = suite.row()
        good, bad = row["experiment_items"]
        assert good["status"] == "passed"
        assert good["assertion_results"] == [
            {"value": "is polite", "passed": True},
            {"value": "is short", "passed": True, "reason": "few words"},
        ]
        assert bad["status"] == "failed"
        assert bad["assertion_results"][1] == {"value": "is short", "passed": False, "reason": "a novel"}
        assert "feedback_scores" not in bad
        assert good["execution_policy"] == {"runs_per_item": 2, "pass_threshold": 2}
        assert row["execution_policy"] == {"runs_per_item": 2, "pass_threshold": 2}
        assert row["run_summaries_by_experiment"] == {
            suite.experiment: {"passed_runs": 1, "total_runs": 2, "status": "failed"}
        }

    def test_runs_without_verdicts_count_as_runs(self, api):
        suite = Suite(api)
        suite.run(("ok", True, None))
        suite.run()
        row = suite.row()
        assert [run.get("status") for run in row["experiment_items"]] == ["passed", None]
        assert "assertion_results" not in row["experiment_items"][1]
        assert row["run_summaries_by_experiment"] == {
            suite.experiment: {"passed_runs": 1, "total_runs": 2, "status": "passed"}
        }

    def test_without_verdicts_there_is_no_summary(self, api):
        suite = Suite(api)
        suite.run()
        assert "run_summaries_by_experiment" not in suite.row()

    def test_scores_of_their_category_are_verdicts(self, api):
        suite = Suite(api)
        trace_id = suite.run()
        api.score_traces(
            score(trace_id, "is kind", 1, suite.project, category_name="suite_assertion", reason="yes"),
            score(trace_id, "is brief", 0.5, suite.project, category_name="suite_assertion"),
            score(trace_id, "plain", 0.5, suite.project),
        )
        [run] = suite.row()["experiment_items"]
        assert sorted(run["assertion_results"], key=lambda one: one["value"]) == [
            {"value": "is brief", "passed": False},
            {"value": "is kind", "passed": True, "reason": "yes"},
        ]
        assert [entry["name"] for entry in run["feedback_scores"]] == ["plain"]
        assert run["status"] == "failed"


class TestLifeCycles:
    def test_a_deleted_dataset_keeps_its_comparison(self, server):
        world = World(Api(server.root), seed=3)
        path = f"/datasets/{world.dataset_id}/items/experiments/items"
        before = world.api.get(path, experiment_ids=world.all, size=500).json()
        before_stats = stats(world, world.all)
        world.api.post("/datasets/delete", {"dataset_name": world.dataset_name}, expect=204)
        after = world.api.get(path, experiment_ids=world.all, size=500).json()
        assert after == before
        assert world.api.get(f"{path}/stats", experiment_ids=world.all).json()["stats"] == before_stats
        assert world.api.get(f"{path}/output/columns").json()["columns"]

    def test_a_deleted_trace_leaves_its_run(self, server):
        world = World(Api(server.root), seed=4)
        run = next(run for run in world.runs if run.experiment == world.second and run.output is not None)
        world.api.post("/traces/delete", {"ids": [run.trace["id"]]}, expect=204)
        path = f"/datasets/{world.dataset_id}/items/experiments/items"
        rows = world.api.get(path, experiment_ids=[world.second], size=500).json()["content"]
        left = next(one for row in rows for one in row["experiment_items"] if one["id"] == run.id)
        assert left["trace_id"] == run.trace["id"]
        for name in ["input", "output", "duration", "usage", "feedback_scores", "comments", "total_estimated_cost"]:
            assert name not in left

    def test_a_deleted_experiment_is_gone(self, server):
        world = World(Api(server.root), seed=6)
        path = f"/datasets/{world.dataset_id}/items/experiments/items"
        world.api.get(path, experiment_ids=world.all)
        world.api.post("/experiments/delete", {"ids": [world.first]}, expect=204)
        page = world.api.get(path, experiment_ids=world.all, size=500).json()
        assert [row["id"] for row in page["content"]] == [item for item, _ in world.rows([world.second, world.third])]
        assert page["total"] == len(page["content"])

    def test_experiments_of_other_datasets_do_not_count(self, server, world):
        other = Suite(world.api)
        other.run()
        path = f"/datasets/{other.dataset}/items/experiments/items"
        page = world.api.get(path, experiment_ids=[*world.all, other.experiment]).json()
        assert [row["id"] for row in page["content"]] == [other.item]

    def test_truncation_cuts_values(self, api):
        suite = Suite(api)
        image = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=="
        one = trace(suite.project, input={"image": image}, output={"text": "x" * 20_000}, metadata={"image": image})
        api.add_traces(one)
        item = uuid7()
        data = {"image": image, "long": "y" * 20_000, "short": 1}
        body = {"dataset_name": suite.name, "items": [{"id": item, "source": "sdk", "data": data}]}
        api.put("/datasets/items", body)
        link = {"experiment_id": suite.experiment, "dataset_item_id": item, "trace_id": one["id"]}
        api.post("/experiments/items", {"experiment_items": [link]}, expect=204)
        path = f"/datasets/{suite.dataset}/items/experiments/items"
        [whole] = api.get(path, experiment_ids=[suite.experiment]).json()["content"]
        assert whole["data"] == data
        assert whole["experiment_items"][0]["output"] == one["output"]
        [cut] = api.get(path, experiment_ids=[suite.experiment], truncate=True).json()["content"]
        assert cut["data"]["image"] == "[image]"
        assert cut["data"]["short"] == 1
        assert len(cut["data"]["long"]) == 10_001
        run = cut["experiment_items"][0]
        assert run["input"] == {"image": "[image]"}
        assert run["trace_metadata"] == {"image": "[image]"}
        assert isinstance(run["output"], str)
        assert len(run["output"]) == 10_001
