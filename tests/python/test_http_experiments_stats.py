"""What experiments, their groups and suites add up to, computed once more from the rows that were sent."""

import random
import uuid
from collections import defaultdict
from fractions import Fraction

import pytest

from harness.api import score, span, times, trace
from harness.ids import now, uuid7

pytestmark = pytest.mark.http

SCORES = ("quality", "größe", "名前", "a.b")
ASSERTIONS = ("is kind", "is wise", "quality")


def close(left, right) -> bool:
    return abs(float(left) - float(right)) <= 1e-9 * max(1.0, abs(float(right)))


def quantile(values: list[float], q: float) -> float:
    values = sorted(values)
    if not values:
        return 0.0
    rank = q * (len(values) - 1)
    low = int(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def mean(values) -> Fraction:
    values = [Fraction(value) for value in values]
    return sum(values, Fraction(0)) / len(values)


class World:
    """The rows that were sent, changed at random, and what they should add up to."""

    def __init__(self, api, seed: int):
        self.api = api
        self.random = random.Random(seed)
        self.mark = uuid.uuid4().hex[:10]
        self.project = f"stats-{self.mark}"
        self.start = now()
        self.traces: dict[str, dict] = {}
        self.experiments: dict[str, dict] = {}
        self.items: dict[str, dict] = {}

    def add_experiment(self) -> None:
        pick = self.random.choice
        experiment = {
            "id": uuid7(),
            "name": f"{self.mark} {pick(['α', 'β'])}",
            "dataset_name": f"set-{self.mark}-{pick('ab')}",
            "type": "regular",
            "evaluation_method": pick(["dataset", "evaluation_suite"]),
            "metadata": pick([{"m": "x"}, {"m": 1.5}, {"m": None}, {"m": [1]}, {}]),
            "tags": pick([[], ["t"], ["t", "ü"]]),
            "experiment_scores": [
                {"name": name, "value": self.random.randrange(-1000, 1000) / 1000}
                for name in self.random.sample(("f1", "ä"), self.random.randrange(3))
            ],
        }
        self.api.post("/experiments", experiment, expect=201)
        self.experiments[experiment["id"]] = experiment

    def add_trace(self) -> None:
        duration = self.random.choice([None, 0, 1, 250, 250, self.random.randrange(5_000_000) / 1000])
        body = trace(self.project, **(times(duration, self.start) if duration is not None else {}))
        self.api.add_traces(body)
        self.traces[body["id"]] = {"body": body, "duration": duration, "cost": Fraction(0), "usage": {}, "spans": []}
        self.traces[body["id"]] |= {"scores": {}, "verdicts": {}, "gone": False}
        for _ in range(self.random.randrange(3)):
            self.add_span(body["id"])

    def living(self) -> list[str]:
        return [key for key, row in self.traces.items() if not row["gone"]]

    def add_span(self, trace_id: str) -> None:
        row = self.traces[trace_id]
        usage = {key: self.random.randrange(100) for key in self.random.sample(("total_tokens", "x"), 2)}
        usage.pop("x") if self.random.random() < 0.5 else None
        cost = Fraction(self.random.randrange(1000), 10**6)
        self.api.add_spans(span(self.project, trace_id, usage=usage, total_estimated_cost=float(cost)))
        row["cost"] += cost
        for key, value in usage.items():
            row["usage"][key] = row["usage"].get(key, 0) + value

    def add_item(self) -> None:
        experiment = self.random.choice(list(self.experiments))
        policy = self.random.choice([None, {"runs_per_item": 2, "pass_threshold": 2}])
        items = [row["dataset_item_id"] for row in self.items.values() if row["experiment_id"] == experiment]
        reused = items and self.random.random() < 0.5
        row = {
            "id": uuid7(),
            "experiment_id": experiment,
            "dataset_item_id": self.random.choice(items) if reused else uuid7(),
            "trace_id": self.random.choice([*self.living(), uuid7()]),
        }
        if reused:
            policy = next(
                known["policy"] for known in self.items.values() if known["dataset_item_id"] == row["dataset_item_id"]
            )
        body = row if policy is None else {**row, "execution_policy": policy}
        if any(
            known["experiment_id"] == experiment and known["trace_id"] == row["trace_id"]
            for known in self.items.values()
        ):
            return
        self.api.post("/experiments/items", {"experiment_items": [body]}, expect=204)
        self.items[row["id"]] = {**row, "policy": policy}

    def put_score(self) -> None:
        trace_id, name = self.random.choice(self.living()), self.random.choice(SCORES)
        value = self.random.choice([0, 1, 0.5, self.random.randrange(-(10**9), 10**9) / 10**9])
        self.api.score_traces(score(trace_id, name, value, self.project))
        self.traces[trace_id]["scores"][name] = Fraction(str(value))

    def put_verdict(self) -> None:
        trace_id, name = self.random.choice(self.living()), self.random.choice(ASSERTIONS)
        passed = self.random.random() < 0.7
        verdict = {
            "entity_id": trace_id,
            "project_name": self.project,
            "name": name,
            "status": "passed" if passed else "failed",
            "source": "sdk",
        }
        self.api.put("/assertion-results", {"entity_type": "TRACE", "assertion_results": [verdict]})
        self.traces[trace_id]["verdicts"][name] = passed

    def delete_score(self) -> None:
        trace_id, name = self.random.choice(self.living()), self.random.choice(SCORES)
        self.api.post(f"/traces/{trace_id}/feedback-scores/delete", {"name": name}, expect=204)
        self.traces[trace_id]["scores"].pop(name, None)

    def delete_trace(self) -> None:
        if len(self.living()) > 5:
            trace_id = self.random.choice(self.living())
            self.api.delete(f"/traces/{trace_id}")
            self.traces[trace_id]["gone"] = True

    def delete_item(self) -> None:
        if self.items:
            item_id = self.random.choice(list(self.items))
            self.api.post("/experiments/items/delete", {"ids": [item_id]}, expect=204)
            del self.items[item_id]

    def end_trace(self) -> None:
        trace_id = self.random.choice(self.living())
        body = self.traces[trace_id]["body"]
        duration = self.random.randrange(1, 9000)
        ended = times(duration, self.start)
        if body["start_time"] != ended["start_time"]:
            return
        self.api.patch(f"/traces/{trace_id}", {"project_name": self.project, "end_time": ended["end_time"]})
        self.traces[trace_id]["duration"] = duration

    def step(self) -> None:
        steps = [self.add_item] * 5 + [self.put_score] * 5 + [self.put_verdict] * 4 + [self.add_trace] * 2
        steps += [self.delete_score, self.delete_trace, self.delete_item, self.end_trace]
        self.random.choice(steps)()

    # What it adds up to

    def expected(self, experiment_id: str) -> dict:
        experiment = self.experiments[experiment_id]
        items = [row for row in self.items.values() if row["experiment_id"] == experiment_id]
        ids = {row["trace_id"] for row in items}
        rows = {key: self.traces[key] for key in ids if key in self.traces and not self.traces[key]["gone"]}
        scores, usage = defaultdict(list), defaultdict(list)
        for row in rows.values():
            for name, value in row["scores"].items():
                scores[name].append(value)
            for key, value in row["usage"].items():
                usage[key].append(value)
        durations = [row["duration"] for row in rows.values() if row["duration"] is not None]
        cost = sum((row["cost"] for row in rows.values()), Fraction(0))
        found = {
            "trace_count": len(ids),
            "items": len(items),
            "feedback_scores": {name: mean(values) for name, values in scores.items()},
            "experiment_scores": {s["name"]: Fraction(str(s["value"])) for s in experiment["experiment_scores"]},
            "usage": {key: mean(values) for key, values in usage.items()},
            "duration": {f"p{q}": quantile(durations, q / 100) for q in (50, 90, 99)},
            "cost": cost,
            "cost_avg": cost / len(items) if items else Fraction(0),
            "suite": None,
        }
        if experiment["evaluation_method"] == "evaluation_suite":
            runs, shares = defaultdict(list), defaultdict(list)
            for row in items:
                verdicts = rows[row["trace_id"]]["verdicts"] if row["trace_id"] in rows else {}
                runs[row["dataset_item_id"]].append((verdicts, row["policy"]))
            for row in rows.values():
                for name, passed in row["verdicts"].items():
                    shares[name].append(int(passed))
            judged = {key: value for key, value in runs.items() if any(verdicts for verdicts, _ in value)}
            passing = sum(
                sum(bool(verdicts) and all(verdicts.values()) for verdicts, _ in value)
                >= (value[0][1] or {"pass_threshold": 1})["pass_threshold"]
                for value in judged.values()
            )
            found["suite"] = (passing, len(judged), {name: mean(values) for name, values in shares.items()})
        return found

    def check(self) -> None:
        content = self.api.page("experiments", name=self.mark, size=100)["content"]
        assert {row["id"] for row in content} == set(self.experiments)
        for row in content:
            self.check_one(row, self.expected(row["id"]))
        one = self.random.choice(content)
        assert self.api.get(f"/experiments/{one['id']}").json() == one

    def check_one(self, row: dict, expected: dict) -> None:
        assert row["trace_count"] == expected["trace_count"]
        for field in ("feedback_scores", "experiment_scores"):
            self.same_values(row.get(field), expected[field])
        assert set(row["usage"]) == set(expected["usage"])
        assert all(close(row["usage"][key], value) for key, value in expected["usage"].items())
        for key, value in expected["duration"].items():
            assert abs(row["duration"][key] - value) < 1e-6, (row["duration"], expected["duration"])
        for field, key in (("total_estimated_cost", "cost"), ("total_estimated_cost_avg", "cost_avg")):
            assert close(row.get(field, 0), expected[key]), field
            assert (field in row) == (expected[key] > 0)
        if expected["suite"] is None:
            assert not {"pass_rate", "passed_count", "total_count", "assertion_scores"} & set(row)
            return
        passed, judged, shares = expected["suite"]
        assert (row["passed_count"], row["total_count"]) == (passed, judged)
        assert ("pass_rate" in row) == (judged > 0)
        assert not judged or close(row["pass_rate"], Fraction(passed, judged))
        self.same_values(row.get("assertion_scores"), shares)

    def same_values(self, found: list[dict] | None, expected: dict) -> None:
        values = {entry["name"]: entry["value"] for entry in found or []}
        assert set(values) == set(expected)
        assert all(close(values[name], value) for name, value in expected.items()), (values, expected)
        assert found is None or found

    def check_groups(self) -> None:
        levels = [
            {"field": "dataset_id", "type": "string"},
            {"field": "metadata", "key": "m", "type": "dictionary"},
            {"field": "tags", "type": "list"},
        ]
        found = self.api.get("/experiments/groups/aggregations", groups=levels, name=self.mark).json()["content"]
        texts = {"x": "x", 1.5: "1.5"}
        tree: dict = {}
        for experiment_id, experiment in self.experiments.items():
            value = experiment["metadata"].get("m")
            metadata = texts.get(value, "") if not isinstance(value, list) else ""
            for tag in experiment["tags"] or [""]:
                leaf = tree.setdefault(experiment["dataset_name"], {}).setdefault(metadata, {})
                leaf.setdefault(tag, []).append(self.expected(experiment_id))
        self.check_level({group["label"]: group for group in found.values()}, tree)

    def check_level(self, found: dict, expected: dict) -> list[dict]:
        assert set(found) == set(expected)
        totals = []
        for key, children in expected.items():
            group = found[key]
            if isinstance(children, list):
                assert group["groups"] == {}
                total = self.leaf(children)
            else:
                total = self.inner(self.check_level(group["groups"], children))
            self.check_total(group["aggregations"], total)
            totals.append(total)
        return totals

    def leaf(self, rows: list[dict]) -> dict:
        with_items = [row for row in rows if row["items"]]
        suites = [row["suite"] for row in rows if row["suite"] and row["suite"][1]]
        return {
            "count": len(rows),
            "traces": sum(row["trace_count"] for row in rows),
            "cost": sum(row["cost"] for row in rows),
            "cost_avg": mean(row["cost_avg"] for row in rows),
            "duration": {
                key: mean(row["duration"][key] for row in with_items) for key in ("p50", "p90", "p99") if with_items
            },
            **{
                field: {
                    name: mean(row[field][name] for row in rows if name in row[field])
                    for name in {name for row in rows for name in row[field]}
                }
                for field in ("feedback_scores", "experiment_scores")
            },
            "rate": mean(Fraction(passed, judged) for passed, judged, _ in suites) if suites else None,
            "passed": sum(passed for passed, _, _ in suites),
            "judged": sum(judged for _, judged, _ in suites),
        }

    def inner(self, children: list[dict]) -> dict:
        def weighed(pairs):
            pairs = list(pairs)
            weight = sum(weight for _, weight in pairs)
            return sum(Fraction(value) * weight for value, weight in pairs) / weight if weight else None

        total = {key: sum(child[key] for child in children) for key in ("count", "traces", "cost", "passed", "judged")}
        total["cost_avg"] = weighed((child["cost_avg"], child["count"]) for child in children)
        timed = [child for child in children if child["duration"]]
        total["duration"] = {
            key: weighed((child["duration"][key], child["count"]) for child in timed)
            for key in ("p50", "p90", "p99")
            if timed
        }
        for field in ("feedback_scores", "experiment_scores"):
            names = {name for child in children for name in child[field]}
            total[field] = {
                name: weighed((child[field][name], child["count"]) for child in children if name in child[field])
                for name in names
            }
        total["rate"] = weighed((child["rate"], child["count"]) for child in children if child["rate"] is not None)
        return total

    def check_total(self, found: dict, expected: dict) -> None:
        assert (found["experiment_count"], found["trace_count"]) == (expected["count"], expected["traces"])
        assert close(found["total_estimated_cost"], expected["cost"])
        # Means are rounded on every level.
        assert abs(float(found["total_estimated_cost_avg"]) - float(expected["cost_avg"])) < 3e-9
        assert set(found.get("duration", {})) == set(expected["duration"])
        for key, value in expected["duration"].items():
            assert abs(found["duration"][key] - float(value)) < 1e-6
        for field in ("feedback_scores", "experiment_scores"):
            values = {entry["name"]: entry["value"] for entry in found.get(field, [])}
            assert set(values) == set(expected[field])
            assert all(abs(values[name] - float(value)) < 3e-9 for name, value in expected[field].items())
        if not expected["judged"]:
            assert not {"pass_rate_avg", "passed_count_sum", "total_count_sum"} & set(found)
            return
        assert (found["passed_count_sum"], found["total_count_sum"]) == (expected["passed"], expected["judged"])
        assert abs(found["pass_rate_avg"] - float(expected["rate"])) < 3e-9


@pytest.mark.parametrize("seed", range(4))
def test_sums_follow_from_the_rows(api, seed):
    world = World(api, seed)
    for _ in range(6):
        world.add_experiment()
    for _ in range(12):
        world.add_trace()
    world.check()
    for _ in range(6):
        for _ in range(40):
            world.step()
        world.check()
        world.check_groups()
