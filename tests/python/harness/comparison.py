"""Experiments over one dataset, made through the API and remembered here, so that answers can be worked out again."""

import datetime
import json
import math
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .api import Api, score, span, trace
from .ids import instant, now, uuid7

ITEMS = 60
WORDS = ["Straße", "naïve", "東京", "alpha", "Beta", "100%", "a_b", 'quo"te', "back\\slash", "line\nbreak"]


@dataclass
class Run:
    """One experiment item with its trace."""

    id: str
    experiment: str
    item: str
    data: dict | None
    trace: dict
    arrived: bool = True
    duration: float | None = None
    cost: float = 0.0
    tokens: int | None = None
    scores: dict[str, float] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)

    @property
    def input(self) -> Any:
        return self.trace.get("input") if self.arrived else None

    @property
    def output(self) -> Any:
        return self.trace.get("output") if self.arrived else None

    @property
    def metadata(self) -> Any:
        return self.trace.get("metadata") if self.arrived else None


class World:
    """A dataset with two versions and three experiments: `first` saw the first version, the others the second."""

    def __init__(self, api: Api, seed: int = 7):
        self.api = api
        self.random = random.Random(seed)
        self.project = f"compare-{uuid.uuid4().hex[:10]}"
        self.dataset_name = f"dataset {uuid.uuid4().hex[:10]}"
        self.dataset_id = uuid7()
        api.post(
            "/datasets",
            {"id": self.dataset_id, "name": self.dataset_name, "project_name": self.project},
            expect=201,
        )
        self.items: dict[str, dict] = {}
        self.descriptions: dict[str, str | None] = {}
        self.tags: dict[str, list[str]] = {}
        self.runs: list[Run] = []
        self._write_first_version()
        self.first = self._experiment("first")
        first_items = dict(self.items)
        self._write_second_version()
        self.second = self._experiment("second")
        self.third = self._experiment("third")
        self.all = [self.first, self.second, self.third]
        self._run(self.first, first_items, share=0.8, repeats=2)
        self._run(self.second, self.items, share=0.7, repeats=1)
        self._run(self.third, self.items, share=0.15, repeats=3)
        # Never in any version.
        self.stray = uuid7()
        self._add_runs([self._make_run(self.second, self.stray, None)])

    def _data(self, number: int) -> dict:
        rng = self.random
        data: dict[str, Any] = {
            "number": rng.choice([number % 5, number / 4, -number]),
            "question": f"{rng.choice(WORDS)} {number % 7}",
        }
        if number % 3 == 0:
            data["flag"] = rng.choice([True, False, None])
        if number % 4 == 0:
            data["labels"] = rng.sample(WORDS, 2)
            data["a.b"] = {"nested": [number, {"deep": rng.choice(WORDS)}]}
        if number % 5 == 0:
            data["ключ"] = rng.choice(["ja", "", None, 1.50])
        return data

    def _put(self, items: dict[str, dict], group: str) -> None:
        body = [
            {
                "id": key,
                "source": "sdk",
                "data": data,
                "description": self.descriptions.get(key),
                "tags": self.tags.get(key),
            }
            for key, data in items.items()
        ]
        self.api.put(
            "/datasets/items",
            {
                "dataset_name": self.dataset_name,
                "project_name": self.project,
                "items": body,
                "batch_group_id": group,
            },
        )

    def _write_first_version(self) -> None:
        for number in range(ITEMS):
            key = uuid7()
            self.items[key] = self._data(number)
            if number % 6 == 0:
                self.descriptions[key] = f"Item {self.random.choice(WORDS)}"
                self.tags[key] = self.random.sample(["x", "y", "z"], 2)
        self._put(self.items, uuid7())

    def _write_second_version(self) -> None:
        keys = list(self.items)
        group = uuid7()
        gone, changed = keys[5:9], keys[10:20]
        self.api.post("/datasets/items/delete", {"item_ids": gone, "batch_group_id": group}, expect=204)
        for key in gone:
            del self.items[key]
        updates = {key: {**self.items[key], "question": "changed later", "late": 1} for key in changed}
        self.items.update(updates)
        self._put(updates, group)

    def _experiment(self, name: str) -> str:
        key = uuid7()
        self.api.post(
            "/experiments",
            {
                "id": key,
                "name": name,
                "dataset_name": self.dataset_name,
                "project_name": self.project,
            },
            expect=201,
        )
        return key

    def _make_run(self, experiment: str, item: str, data: dict | None) -> Run:
        rng = self.random
        start = now()
        duration = rng.choice([None, 10.0, 10.0, 12.5, 99.875, 1000.0])
        body: dict[str, Any] = {"start_time": instant(start)}
        if duration is not None:
            body["end_time"] = instant(start + datetime.timedelta(milliseconds=duration))
        if rng.random() < 0.9:
            body["input"] = {"q": rng.choice(WORDS), "n": rng.randrange(4)}
        if rng.random() < 0.8:
            body["output"] = rng.choice(
                [
                    {"answer": rng.choice(WORDS), "score": rng.choice([1, 2.5, 10, 9])},
                    {"answer": None, "list": [1, "two"], "ok": True},
                    {"answer": {"text": rng.choice(WORDS)}},
                    "just text",
                    [1, 2],
                ]
            )
        if rng.random() < 0.5:
            body["metadata"] = {"model": rng.choice(["gpt-4", "Claude"]), "k": {"v": rng.randrange(3)}}
        run = Run(uuid7(), experiment, item, data, trace(self.project, **body), duration=duration)
        if rng.random() < 0.08:
            # The trace never arrives.
            run.arrived, run.duration = False, None
            return run
        if rng.random() < 0.5:
            run.cost = rng.choice([0.1, 0.25, 0.0001])
            run.tokens = rng.choice([3, 7, 100])
        for name in ["Quality", "tone"]:
            if rng.random() < 0.6:
                run.scores[name] = rng.choice([0, 0.5, 0.5, 1, 0.123456789])
        if rng.random() < 0.15:
            run.comments = [f"remark {rng.choice(WORDS)}"]
        return run

    def _run(self, experiment: str, items: dict[str, dict], share: float, repeats: int) -> None:
        runs = []
        for key, data in items.items():
            if self.random.random() >= share:
                continue
            for _ in range(self.random.randint(1, repeats)):
                runs.append(self._make_run(experiment, key, data))
        self.random.shuffle(runs)
        self._add_runs(runs)

    def _add_runs(self, runs: list[Run]) -> None:
        arrived = [run for run in runs if run.arrived]
        if arrived:
            self.api.add_traces(*[run.trace for run in arrived])
        spans = [
            span(
                self.project,
                run.trace["id"],
                type="llm",
                total_estimated_cost=run.cost,
                usage={"total_tokens": run.tokens, "prompt_tokens": 1},
            )
            for run in arrived
            if run.tokens is not None
        ]
        if spans:
            self.api.add_spans(*spans)
        scores = [
            score(run.trace["id"], name, value, self.project) for run in arrived for name, value in run.scores.items()
        ]
        if scores:
            self.api.score_traces(*scores)
        for run in arrived:
            for text in run.comments:
                self.api.post(f"/traces/{run.trace['id']}/comments", {"text": text}, expect=201)
        self.api.post(
            "/experiments/items",
            {
                "experiment_items": [
                    {
                        "id": run.id,
                        "experiment_id": run.experiment,
                        "dataset_item_id": run.item,
                        "trace_id": run.trace["id"],
                    }
                    for run in runs
                ]
            },
            expect=204,
        )
        self.runs.extend(runs)

    # Working answers out

    def rows(
        self,
        experiments: list[str],
        keep: Callable[[Run], bool] = lambda run: True,
        found: Callable[[list[Run]], bool] = lambda runs: True,
    ) -> list[tuple[str, list[Run]]]:
        """Items with the runs that are kept, newest item first."""
        rows: dict[str, list[Run]] = {}
        for run in self.runs:
            if run.experiment in experiments and keep(run):
                rows.setdefault(run.item, []).append(run)
        return [(item, runs) for item, runs in sorted(rows.items(), reverse=True) if found(runs)]


def compact(value: Any) -> str:
    """JSON text without spaces, as whole-text filters see it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def quantile(values: list[float], q: float) -> float:
    """The quantile, linearly interpolated between the closest ranks."""
    values = sorted(values)
    rank = q * (len(values) - 1)
    below = math.floor(rank)
    above = math.ceil(rank)
    return values[below] + (values[above] - values[below]) * (rank - below)
