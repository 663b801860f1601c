"""Experiments side by side: rows, pages, filters, search and sorting against a recomputation in Python."""

import functools
import json
import math
import operator
from typing import Any

import pytest

from harness.api import Api, error_list, error_message, filter_by
from harness.comparison import Run, World, compact
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http


@pytest.fixture(scope="module")
def world(server):
    return World(Api(server.root))


def compare(world: World, experiments: list[str] | None = None, expect: int = 200, **params: Any):
    params.setdefault("size", 500)
    response = world.api.get(
        f"/datasets/{world.dataset_id}/items/experiments/items",
        expect=expect,
        experiment_ids=experiments if experiments is not None else world.all,
        **params,
    )
    return response.json() if expect == 200 else response


def typed(name: str, kind: str, operator: str, value: str = "", key: str | None = None) -> dict:
    return {**filter_by(name, operator, value, key), "type": kind}


def check(world: World, page: dict, expected: list[tuple[str, list[Run]]]) -> None:
    assert [row["id"] for row in page["content"]] == [item for item, _ in expected]
    assert page["total"] == len(expected)
    for row, (_, runs) in zip(page["content"], expected, strict=True):
        assert sorted(run["id"] for run in row["experiment_items"]) == sorted(run.id for run in runs)


class TestRows:
    def test_items_come_newest_first_with_all_runs(self, world):
        page = compare(world)
        check(world, page, world.rows(world.all))
        assert page["size"] == len(page["content"])
        assert page["page"] == 1
        assert {"data.*", "output.*", "feedback_scores.*", "duration"} <= set(page["sortable_by"])

    @pytest.mark.parametrize("chosen", [["first"], ["second"], ["third", "first"], ["second", "second"]])
    def test_only_the_given_experiments_count(self, world, chosen):
        ids = [getattr(world, name) for name in chosen]
        page = compare(world, ids)
        check(world, page, world.rows(ids))
        for row in page["content"]:
            places = [ids.index(run["experiment_id"]) for run in row["experiment_items"]]
            assert places == sorted(places)

    def test_pages_follow_each_other(self, world):
        everything = compare(world)
        rows = []
        for number in range(1, math.ceil(everything["total"] / 7) + 2):
            page = compare(world, size=7, page=number)
            assert page["total"] == everything["total"]
            assert page["size"] == len(page["content"])
            rows += page["content"]
        assert rows == everything["content"]
        beyond = compare(world, page=10**9, size=2000)
        assert (beyond["content"], beyond["total"], beyond["size"]) == ([], everything["total"], 0)

    def test_a_run_shows_its_trace(self, world):
        by_id = {run.id: run for run in world.runs}
        dataset = world.dataset_id
        seen = 0
        for row in compare(world)["content"]:
            for shown in row["experiment_items"]:
                run = by_id[shown["id"]]
                seen += 1
                assert shown["experiment_id"] == run.experiment
                assert shown["dataset_item_id"] == run.item == row["dataset_item_id"]
                assert shown["trace_id"] == run.trace["id"]
                for name in ["created_at", "last_updated_at", "created_by", "last_updated_by"]:
                    assert shown[name]
                assert shown["execution_policy"] == {"runs_per_item": 1, "pass_threshold": 1}
                for key, value in [("input", run.input), ("output", run.output), ("trace_metadata", run.metadata)]:
                    if value is None:
                        assert key not in shown
                    elif key == "trace_metadata":
                        assert value.items() <= shown[key].items()
                    else:
                        assert shown[key] == value
                assert shown.get("duration") == run.duration
                assert shown.get("total_estimated_cost", 0) == pytest.approx(run.cost)
                assert shown.get("usage", {}).get("total_tokens") == run.tokens
                assert ("usage" in shown) == (run.tokens is not None)
                scores = {score["name"]: score["value"] for score in shown.get("feedback_scores", [])}
                assert scores == run.scores
                assert ("feedback_scores" in shown) == bool(run.scores)
                assert [comment["text"] for comment in shown.get("comments", [])] == run.comments
                assert ("comments" in shown) == bool(run.comments)
                assert shown.get("trace_visibility_mode") == ("default" if run.arrived else None)
                assert "assertion_results" not in shown
                assert "status" not in shown
            assert "run_summaries_by_experiment" not in row
            assert row["dataset_id"] == dataset
        assert seen == len(world.runs)

    def test_scores_say_who_gave_them(self, world):
        run = next(run for run in world.runs if "Quality" in run.scores)
        rows = compare(world)["content"]
        shown = next(shown for row in rows for shown in row["experiment_items"] if shown["id"] == run.id)
        quality = next(score for score in shown["feedback_scores"] if score["name"] == "Quality")
        assert quality["source"] == "sdk"
        [(author, entry)] = quality["value_by_author"].items()
        assert author == quality["created_by"]
        assert entry["value"] == quality["value"] == run.scores["Quality"]
        assert {"created_at", "last_updated_at", "last_updated_by"} <= set(quality)

    def test_data_is_what_the_experiment_saw(self, world):
        for experiment in world.all:
            runs = {run.item: run for run in world.runs if run.experiment == experiment}
            for row in compare(world, [experiment])["content"]:
                data = runs[row["id"]].data
                assert row["data"] == (data or {})
                assert row["source"] == "sdk"
                assert row["tags"] == world.tags.get(row["id"], [])
                assert row.get("description") == world.descriptions.get(row["id"])
                for shown in row["experiment_items"]:
                    assert shown.get("description") == world.descriptions.get(row["id"])
                assert row["created_at"] and row["last_updated_by"]

    def test_an_item_in_no_version_is_still_a_row(self, world):
        rows = compare(world, [world.second])["content"]
        stray = next(row for row in rows if row["id"] == world.stray)
        assert stray["data"] == {}
        assert len(stray["experiment_items"]) == 1

    def test_columns_are_those_of_all_items(self, world):
        for experiments in [[world.first], [world.second], world.all]:
            expected: dict[str, set[str]] = {}
            for run in world.runs:
                if run.experiment in experiments:
                    for key, value in (run.data or {}).items():
                        expected.setdefault(key, set()).add(json_type(value))
            page = compare(world, experiments, size=1, filters=[filter_by("id", "=", "nothing")])
            assert {column["name"]: set(column["types"]) for column in page["columns"]} == expected
            for column in page["columns"]:
                assert column["filter_field_prefix"] == "data"
                assert column["filterField"] == f"data.{column['name']}"
                assert len(column["types"]) == len(set(column["types"]))


def json_type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def text(value: Any) -> str:
    """A value inside JSON as text filters see it."""
    if value is None:
        return "null"
    return value if isinstance(value, str) else compact(value)


def column(run: Run, name: str) -> str:
    data = run.data or {}
    return text(data[name]) if name in data else ""


def inside(value: Any, *path: str | int) -> Any:
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


FILTERS = [
    (filter_by("duration", ">", "10"), lambda run: (run.duration or 0) > 10),
    (filter_by("duration", "=", "12.5"), lambda run: run.duration == 12.5),
    (filter_by("duration", "<=", "99.875"), lambda run: (run.duration or 0) <= 99.875),
    (filter_by("feedback_scores", "=", "0.5", "quality"), lambda run: run.scores.get("Quality") == 0.5),
    (filter_by("feedback_scores", "!=", "0.5", "Quality"), lambda run: run.scores.get("Quality") != 0.5),
    (filter_by("feedback_scores", ">=", "0.123456789", "tone"), lambda run: run.scores.get("tone", -1) >= 0.123456789),
    (filter_by("feedback_scores", "is_empty", "", "Quality"), lambda run: "Quality" not in run.scores),
    (filter_by("feedback_scores", "is_not_empty", "", "TONE"), lambda run: "tone" in run.scores),
    (filter_by("total_estimated_cost", ">", "0.1"), lambda run: run.cost > 0.1),
    (filter_by("usage.total_tokens", ">=", "7"), lambda run: (run.tokens or 0) >= 7),
    (
        filter_by("output", "contains", "BETA"),
        lambda run: run.output is not None and "beta" in compact(run.output).lower(),
    ),
    (
        filter_by("output", "not_contains", "a"),
        lambda run: run.output is None or "a" not in compact(run.output).lower(),
    ),
    (filter_by("source", "=", "SDK"), lambda run: run.data is not None),
    (filter_by("source", "!=", "sdk"), lambda run: run.data is None),
    (filter_by("created_at", ">", "2020-01-01T00:00:00Z"), lambda run: run.data is not None),
    (filter_by("created_at", "<", "2020-01-01T00:00:00Z"), lambda run: False),
    (typed("data.question", "string", "contains", "STRASSE"), lambda run: False),
    (typed("data.question", "string", "contains", "straße"), lambda run: "straße" in column(run, "question").lower()),
    (typed("question", "string", "starts_with", "東"), lambda run: column(run, "question").startswith("東")),
    (typed("data.question", "string", "ends_with", " 3"), lambda run: column(run, "question").endswith(" 3")),
    (typed("data.question", "string", "!=", "changed LATER"), lambda run: column(run, "question") != "changed later"),
    (typed("data.ключ", "string", "=", "JA"), lambda run: column(run, "ключ") == "ja"),
    (typed("data.ключ", "string", "not_contains", "j"), lambda run: "j" not in column(run, "ключ")),
    (
        typed("data.number", "number", ">", "2"),
        lambda run: is_number((run.data or {}).get("number")) and run.data["number"] > 2,
    ),
    (
        typed("data.number", "number", "<=", "-0.5"),
        lambda run: is_number((run.data or {}).get("number")) and run.data["number"] <= -0.5,
    ),
    (
        typed("data.labels", "list", "contains", "TOK"),
        lambda run: any("tok" in label.lower() for label in (run.data or {}).get("labels", [])),
    ),
    (
        typed("data.labels", "list", "contains", "東"),
        lambda run: any("東" in label for label in (run.data or {}).get("labels", [])),
    ),
    (
        typed("data.a.b", "dictionary", "=", "naïve", "nested[1].deep"),
        lambda run: inside(run.data, "a.b", "nested", 1, "deep") == "naïve",
    ),
    (typed("input.q", "string", "=", "alpha"), lambda run: inside(run.input, "q") == "alpha"),
    (typed("input.n", "number", ">=", "2"), lambda run: (inside(run.input, "n") or 0) >= 2),
    (typed("output.answer", "string", "contains", "a"), lambda run: "a" in output_text(run, "answer")),
    (
        typed("output.answer", "dictionary", "=", "beta", "text"),
        lambda run: str(inside(run.output, "answer", "text") or "").lower() == "beta",
    ),
    (typed("output.list", "list", "=", "two"), lambda run: "two" in (inside(run.output, "list") or [])),
    (typed("output.score", "number", "=", "2.5"), lambda run: inside(run.output, "score") == 2.5),
    (typed("metadata.model", "string", "=", "claude"), lambda run: inside(run.metadata, "model") == "Claude"),
    (typed("metadata.k.v", "number", "<", "1"), lambda run: inside(run.metadata, "k", "v") == 0),
]


def output_text(run: Run, key: str) -> str:
    if not isinstance(run.output, dict) or key not in run.output:
        return ""
    return text(run.output[key]).lower()


class TestFilters:
    @pytest.mark.parametrize(("condition", "keep"), FILTERS, ids=[json.dumps(one[0]) for one in FILTERS])
    def test_only_matching_runs_stay(self, world, condition, keep):
        page = compare(world, filters=[condition])
        check(world, page, world.rows(world.all, keep))

    def test_conditions_all_have_to_hold(self, world):
        keep = lambda run: (run.duration or 0) >= 10 and "tone" in run.scores and inside(run.input, "n") == 1  # noqa: E731
        conditions = [
            typed("input.n", "number", "=", "1"),
            filter_by("duration", ">=", "10"),
            filter_by("feedback_scores", "is_not_empty", "", "tone"),
        ]
        expected = world.rows(world.all, keep)
        assert expected
        check(world, compare(world, filters=conditions), expected)
        check(world, compare(world, filters=conditions[::-1]), expected)

    def test_the_item_can_be_named(self, world):
        item = world.runs[3].item
        check(
            world,
            compare(world, filters=[filter_by("id", "=", item)]),
            world.rows(world.all, lambda run: run.item == item),
        )
        check(world, compare(world, filters=[filter_by("id", "=", uuid7())]), [])

    def test_pages_of_matching_rows(self, world):
        condition = filter_by("duration", ">", "10")
        whole = compare(world, filters=[condition])
        part = compare(world, filters=[condition], size=5, page=2)
        assert part["content"] == whole["content"][5:10]
        assert part["total"] == whole["total"]

    @pytest.mark.parametrize(
        ("filters", "message"),
        [
            ("nonsense", "Invalid filters query parameter 'nonsense'"),
            ('[{"field":"unknown","operator":"=","value":"x"}]', "Invalid filters query parameter"),
            ('[{"field":"data.x","operator":"=","value":"x","type":"strange"}]', "Invalid filters query parameter"),
            ('[{"field":"duration","operator":"contains","value":"x"}]', "Invalid operator"),
            ('[{"field":"duration","operator":"=","value":"x"}]', "Invalid value 'x'"),
            ('[{"field":"feedback_scores","operator":"=","value":"1"}]', "Invalid value '1' or key"),
        ],
    )
    def test_malformed_filters_are_refused(self, world, filters, message):
        assert message in error_message(compare(world, expect=400, filters=filters))


class TestSearch:
    @pytest.mark.parametrize(
        "search", ["alpha", "STRASSE nothing", "東京", 'quo"te', "100% zzz", "beta\tnaïve", "just", "1"]
    )
    def test_any_word_in_item_input_or_output(self, world, search):
        terms = search.lower().split()

        def found(runs: list[Run]) -> bool:
            places = [value for run in runs for value in (run.data, run.input, run.output) if value is not None]
            texts = [compact(value).lower() for value in places] + [t.lower() for v in places for t in strings(v)]
            return any(term in one for one in texts for term in terms)

        check(world, compare(world, search=search), world.rows(world.all, found=found))

    def test_search_and_filters_together(self, world):
        keep = lambda run: "tone" in run.scores  # noqa: E731

        def found(runs: list[Run]) -> bool:
            return any(
                "alpha" in compact(value).lower()
                for run in runs
                for value in (run.data, run.input, run.output)
                if value
            )

        page = compare(world, search="alpha", filters=[filter_by("feedback_scores", "is_not_empty", "", "tone")])
        check(world, page, world.rows(world.all, keep, found))

    def test_blank_is_no_search(self, world):
        assert compare(world, search="  ")["total"] == len(world.rows(world.all))


def strings(value: Any):
    match value:
        case str():
            yield value
        case dict():
            for key, one in value.items():
                yield key
                yield from strings(one)
        case list():
            for one in value:
                yield from strings(one)


def mean(values: list[float]) -> float | None:
    # Step by step, as `sum` rounds in its own way.
    return functools.reduce(operator.add, sorted(values), 0.0) / len(values) if values else None


def numbers_or_text(runs: list[Run], values: list[Any]) -> Any:
    """What rows are sorted by: numbers before texts, nothing last."""
    numbers = [value for value in values if is_number(value)]
    if numbers:
        return (0, mean(numbers), "")
    texts = [text(value) for value in values if value is not None]
    return (1, 0, texts[0]) if texts else None


def keyed(values: list[float]) -> tuple:
    return (mean(values) or 0, bool(values))


ORDERS = [
    ("duration", lambda runs, world: mean([run.duration for run in runs if run.duration is not None])),
    ("total_estimated_cost", lambda runs, world: mean([run.cost for run in runs if run.cost > 0])),
    (
        "feedback_scores.Quality",
        lambda runs, world: keyed([r.scores["Quality"] for r in runs if "Quality" in r.scores]),
    ),
    ("usage.total_tokens", lambda runs, world: keyed([run.tokens for run in runs if run.tokens is not None])),
    ("description", lambda runs, world: world.descriptions.get(runs[0].item)),
    ("id", lambda runs, world: runs[0].item),
]


def in_order(rows: list, key, direction: str) -> list:
    """Sorted rows; of equal keys the newest item first, rows without a key last."""
    present = [row for row in rows if key(row) is not None]
    missing = [row for row in rows if key(row) is None]
    present.sort(key=key, reverse=direction == "DESC")
    if direction == "DESC":
        # Reversing keeps the order of equal rows, which come newest first.
        return present + missing
    return present + missing


class TestSorting:
    @pytest.mark.parametrize("direction", ["ASC", "DESC"])
    @pytest.mark.parametrize(("name", "key"), ORDERS, ids=[one[0] for one in ORDERS])
    def test_rows_are_sorted_by_the_mean_of_their_runs(self, world, name, key, direction):
        rows = world.rows(world.all)
        expected = in_order(rows, lambda row: key(row[1], world), direction)
        check(world, compare(world, sorting=[{"field": name, "direction": direction}]), expected)

    @pytest.mark.parametrize("direction", ["ASC", "DESC"])
    @pytest.mark.parametrize(
        "name", ["data.number", "data.question", "input.q", "input.n", "output.score", "metadata.k.v"]
    )
    def test_rows_are_sorted_by_values_inside(self, world, name, direction):
        # One experiment with one run an item, so that there is no question of which run counts.
        experiments = [world.second]
        field, *path = name.split(".")

        def key(row):
            return numbers_or_text(row[1], [inside(getattr(run, field), *path) for run in row[1]])

        expected = in_order(world.rows(experiments), key, direction)
        check(world, compare(world, experiments, sorting=[{"field": name, "direction": direction}]), expected)

    def test_a_sorted_page_with_a_filter(self, world):
        keep = lambda run: run.duration is not None  # noqa: E731
        rows = in_order(world.rows(world.all, keep), lambda row: mean([run.duration for run in row[1]]), "DESC")
        page = compare(
            world,
            filters=[filter_by("duration", ">", "0")],
            sorting=[{"field": "duration", "direction": "DESC"}],
            size=6,
            page=2,
        )
        assert [row["id"] for row in page["content"]] == [item for item, _ in rows[6:12]]
        assert page["total"] == len(rows)

    def test_unknown_fields_leave_the_default_order(self, world):
        assert compare(world, sorting=[{"field": "nope", "direction": "ASC"}]) == compare(world)

    def test_malformed_sorting_is_refused(self, world):
        assert error_message(compare(world, expect=400, sorting="x")) == "Invalid sorting query parameter 'x'"


class TestParameters:
    @pytest.mark.parametrize("path", ["", "/stats"])
    @pytest.mark.parametrize("ids", [None, "", "[]"])
    def test_experiments_are_required(self, world, path, ids):
        response = world.api.get(
            f"/datasets/{world.dataset_id}/items/experiments/items{path}", expect=400, experiment_ids=ids
        )
        assert error_message(response) == "experiment_ids cannot be empty"

    @pytest.mark.parametrize("path", ["", "/stats", "/output/columns"])
    @pytest.mark.parametrize("ids", ["x", "{}", '["x"]', "[1]"])
    def test_malformed_ids_are_refused(self, world, path, ids):
        response = world.api.get(
            f"/datasets/{world.dataset_id}/items/experiments/items{path}", expect=400, experiment_ids=ids
        )
        assert error_message(response) == f"Invalid query param ids '{ids}'"

    def test_pages_have_bounds(self, world):
        assert error_list(compare(world, expect=400, page=0)) == ["query param page must be greater than or equal to 1"]
        assert error_list(compare(world, expect=400, size=0)) == ["query param size must be greater than or equal to 1"]
        assert compare(world, size=2000)["total"] == len(world.rows(world.all))

    def test_unknown_things_have_no_rows(self, world):
        page = compare(world, [uuid7(), uuid4()])
        assert (page["content"], page["total"], page["columns"]) == ([], 0, [])
        page = world.api.get(f"/datasets/{uuid7()}/items/experiments/items", experiment_ids=world.all).json()
        assert (page["content"], page["total"]) == ([], 0)
        world.api.get("/datasets/nope/items/experiments/items", expect=404, experiment_ids=world.all)
