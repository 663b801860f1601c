"""Items of datasets that are made of traces and spans."""

import base64

import pytest

from harness.api import error_list, error_message, score, span, times, trace
from harness.datasets import create_dataset, items_page, put_items, versions
from harness.datasets import item as new_item
from harness.ids import uuid4, uuid7

pytestmark = pytest.mark.http

EVERYTHING = {
    "include_spans": True,
    "include_tags": True,
    "include_feedback_scores": True,
    "include_comments": True,
    "include_usage": True,
    "include_metadata": True,
}
EVALUATOR = {"name": "judge", "type": "llm_judge", "config": {"customParameters": {}}}


@pytest.fixture
def dataset(api, project):
    return create_dataset(api, project)


@pytest.fixture
def suite(api, project):
    return create_dataset(api, f"{project}-suite", type="evaluation_suite")


def from_traces(api, dataset, *ids, expect=204, **body):
    body.setdefault("enrichment_options", {})
    return api.post(f"/datasets/{dataset}/items/from-traces", {"trace_ids": list(ids), **body}, expect=expect)


def from_spans(api, dataset, *ids, expect=204, **body):
    body.setdefault("enrichment_options", {})
    return api.post(f"/datasets/{dataset}/items/from-spans", {"span_ids": list(ids), **body}, expect=expect)


def rich_trace(api, project):
    """A trace with everything that can go into an item, and its two spans."""
    start = times(100)
    (parent,) = api.add_traces(
        trace(
            project,
            input={"question": {"text": "why"}, "list": [1, {"x": "y"}]},
            output={"answer": "because"},
            metadata={"model": "m"},
            tags=["b", "a"],
            **start,
        )
    )
    first, second = api.add_spans(
        span(project, parent["id"], name="first", type="llm", input={"p": 1}, output="o", metadata={"k": 1}, **start),
        span(project, parent["id"], name="second", type="tool", usage={"total_tokens": 7}, tags=["s"], **times(5)),
    )
    api.score_traces(score(parent["id"], "quality", 0.5, project, reason="so", category_name="good"))
    api.score_spans(score(second["id"], "speed", 1, project))
    api.post(f"/traces/{parent['id']}/comments", {"text": "nice"}, expect=201)
    api.post(f"/spans/{second['id']}/comments", {"text": "fast"}, expect=201)
    return parent, first, second


class TestTraces:
    def test_input_and_output_are_always_there(self, api, project, dataset):
        parent, _, _ = rich_trace(api, project)
        (bare,) = api.add_traces(trace(project))
        from_traces(api, dataset, parent["id"], bare["id"])
        of_bare, of_parent = items_page(api, dataset)["content"]
        assert of_parent["data"] == {"input": parent["input"], "expected_output": parent["output"]}
        assert (of_parent["source"], of_parent["trace_id"]) == ("trace", parent["id"])
        assert "span_id" not in of_parent
        assert of_bare["data"] == {"input": None}

    def test_everything(self, api, project, dataset):
        parent, first, second = rich_trace(api, project)
        from_traces(api, dataset, parent["id"], enrichment_options=EVERYTHING)
        (item,) = items_page(api, dataset)["content"]
        data = item["data"]
        assert list(data) == [
            "input",
            "expected_output",
            "spans",
            "tags",
            "feedback_scores",
            "comments",
            "usage",
            "metadata",
        ]
        assert sorted(data["tags"]) == ["a", "b"]
        assert data["feedback_scores"] == [
            {"name": "quality", "category_name": "good", "value": 0.5, "reason": "so", "source": "sdk"}
        ]
        assert [(set(comment), comment["text"]) for comment in data["comments"]] == [({"id", "text"}, "nice")]
        assert data["usage"] == {"total_tokens": 7}
        assert data["metadata"] == {"model": "m"}
        of_first, of_second = data["spans"]
        assert (of_first["start_time"], of_first["end_time"]) != (None, None)
        for field in ("start_time", "end_time"):
            assert of_first.pop(field).endswith("Z")
        assert of_first == {
            "id": first["id"],
            "name": "first",
            "type": "llm",
            "input": {"p": 1},
            "output": "o",
            "metadata": {"k": 1},
        }
        assert of_second["id"] == second["id"]
        assert of_second["feedback_scores"] == [{"name": "speed", "value": 1, "source": "sdk"}]
        assert [comment["text"] for comment in of_second["comments"]] == ["fast"]

    def test_what_is_empty_is_left_out(self, api, project, dataset):
        (bare,) = api.add_traces(trace(project, input="text", output=None, metadata={}))
        from_traces(api, dataset, bare["id"], enrichment_options=EVERYTHING)
        (item,) = items_page(api, dataset)["content"]
        assert item["data"] == {"input": "text"}

    def test_mappings(self, api, project, dataset):
        parent, _, _ = rich_trace(api, project)
        from_traces(
            api,
            dataset,
            parent["id"],
            enrichment_options={"include_metadata": True},
            field_mappings={
                "question": "input.question.text",
                "second": "input.list[1].x",
                "expected_output": "output.answer",
                "metadata": "metadata.model",
                "missing": "output.nothing",
                "": "",
                "odd": "..",
                "null": None,
            },
        )
        (item,) = items_page(api, dataset)["content"]
        assert item["data"] == {
            "input": parent["input"],
            "expected_output": "because",
            "metadata": "m",
            "question": "why",
            "second": "y",
        }

    def test_one_new_version_without_description(self, api, project, dataset):
        put_items(api, dataset, new_item())
        traces = api.add_traces(*(trace(project, input={"n": n}) for n in range(3)))
        ids = [row["id"] for row in traces]
        from_traces(api, dataset, *ids, ids[0])
        latest, first = versions(api, dataset)
        assert (first["version_name"], latest["version_name"]) == ("v1", "v2")
        assert (latest["items_total"], latest["items_added"]) == (4, 3)
        assert "change_description" not in latest
        assert [row.get("trace_id") for row in items_page(api, dataset)["content"]][:3] == ids[::-1]

    def test_unknown_traces_are_skipped(self, api, project, dataset):
        (known,) = api.add_traces(trace(project))
        from_traces(api, dataset, uuid7(), known["id"], uuid4())
        assert [row["trace_id"] for row in items_page(api, dataset)["content"]] == [known["id"]]
        from_traces(api, dataset, uuid7())
        assert len(versions(api, dataset)) == 1

    def test_evaluators_and_policy(self, api, project, dataset):
        (known,) = api.add_traces(trace(project))
        policy = {"runs_per_item": 3, "pass_threshold": 2}
        from_traces(api, dataset, known["id"], evaluators=[EVALUATOR], execution_policy=policy)
        (item,) = items_page(api, dataset)["content"]
        assert (item["evaluators"], item["execution_policy"]) == ([EVALUATOR], policy)

    def test_suites_have_the_input_alone(self, api, project, suite):
        inputs = [{"q": {"a": 1}}, "text", [1, 2], None]
        traces = api.add_traces(*(trace(project, input=value, output="o", tags=["t"]) for value in inputs))
        ids = [row["id"] for row in traces]
        from_traces(api, suite, *ids, enrichment_options=EVERYTHING, field_mappings={"x": "output"})
        found = {row["trace_id"]: row["data"] for row in items_page(api, suite)["content"]}
        assert [found[key] for key in ids] == [{"q": {"a": 1}}, {"input": "text"}, {"input": [1, 2]}, {}]

    def test_files_are_in_the_data(self, api, project, dataset):
        image = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000).decode()
        (known,) = api.add_traces(trace(project, input={"image": image}))
        stripped = api.get(f"/traces/{known['id']}", strip_attachments=True).json()
        assert stripped["input"]["image"] != image
        from_traces(api, dataset, known["id"])
        (item,) = items_page(api, dataset)["content"]
        assert item["data"]["input"]["image"] == image

    def test_refusals(self, api, project, dataset):
        path = f"/datasets/{dataset}/items/from-traces"
        known = uuid7()
        assert error_list(api.post(path, {}, expect=422)) == [
            "traceIds must not be empty",
            "enrichmentOptions must not be null",
        ]
        assert error_list(from_traces(api, dataset, expect=422)) == ["traceIds must not be empty"]
        many = [uuid7() for _ in range(1001)]
        assert error_list(from_traces(api, dataset, *many, expect=422)) == ["traceIds size must be between 1 and 1000"]
        policy = {"runs_per_item": 1, "pass_threshold": 2}
        assert len(error_list(from_traces(api, dataset, known, execution_policy=policy, expect=422))) == 1
        assert len(error_list(from_traces(api, dataset, known, evaluators=[{}], expect=422))) == 3
        api.post(path, {"trace_ids": ["x"], "enrichment_options": {}}, expect=400)
        unknown = uuid7()
        response = from_traces(api, unknown, known, expect=404)
        assert error_message(response) == f"Dataset not found: '{unknown}'"
        from_traces(api, "nonsense", known, expect=404)


class TestSpans:
    def test_everything(self, api, project, dataset):
        _, first, second = rich_trace(api, project)
        from_spans(api, dataset, first["id"], second["id"], enrichment_options={**EVERYTHING, "include_spans": None})
        of_second, of_first = items_page(api, dataset)["content"]
        assert of_first["data"] == {"input": {"p": 1}, "expected_output": "o", "metadata": {"k": 1}}
        assert (of_first["source"], of_first["span_id"]) == ("span", first["id"])
        assert "trace_id" not in of_first
        data = of_second["data"]
        assert (data["input"], data["tags"], data["usage"]) == (None, ["s"], {"total_tokens": 7})
        assert data["feedback_scores"] == [{"name": "speed", "value": 1, "source": "sdk"}]
        assert [comment["text"] for comment in data["comments"]] == ["fast"]

    def test_mappings_and_suites(self, api, project, dataset, suite):
        _, first, _ = rich_trace(api, project)
        from_spans(api, dataset, first["id"], field_mappings={"p": "input.p", "kind": "type"})
        (item,) = items_page(api, dataset)["content"]
        assert item["data"] == {"input": {"p": 1}, "expected_output": "o", "p": 1, "kind": "llm"}
        from_spans(api, suite, first["id"], enrichment_options=EVERYTHING)
        (item,) = items_page(api, suite)["content"]
        assert item["data"] == {"p": 1}

    def test_refusals(self, api, dataset):
        assert error_list(api.post(f"/datasets/{dataset}/items/from-spans", {"span_ids": []}, expect=422)) == [
            "spanIds must not be empty",
            "enrichmentOptions must not be null",
        ]
        unknown = uuid7()
        assert error_message(from_spans(api, unknown, uuid7(), expect=404)) == f"Dataset not found: '{unknown}'"
        from_spans(api, dataset, uuid7())
        assert versions(api, dataset) == []
