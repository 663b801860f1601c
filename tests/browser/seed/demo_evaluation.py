"""Datasets with versions, experiments of which one got worse, a test suite and an optimization."""

import os
import random
import tempfile
import time
from typing import Any

import opik
from opik import opik_context
from opik.evaluation import metrics
from opik.evaluation.metrics import score_result

import shop
from common import ago, flush, id_at, later, rest
from demo_tracing import SUPPORT
from judge import Judge

QUESTIONS = "Support questions"


class Correctness(metrics.BaseMetric):
    """Share of the expected facts that the answer names."""

    def __init__(self) -> None:
        super().__init__(name="correctness", track=False)

    def score(self, output: str, expected_facts: list[str], **ignored: Any) -> score_result.ScoreResult:
        named = [fact for fact in expected_facts if fact.lower() in output.lower()]
        missing = ", ".join(fact for fact in expected_facts if fact not in named) or "nothing"
        value = len(named) / len(expected_facts)
        return score_result.ScoreResult(self.name, value, reason=f"Missing: {missing}")


class Style(metrics.BaseMetric):
    """Two scores of how the answer is written."""

    def __init__(self) -> None:
        super().__init__(name="style", track=False)

    def score(self, output: str, **ignored: Any) -> list[score_result.ScoreResult]:
        words = len(output.split())
        return [
            score_result.ScoreResult("conciseness", round(min(1.0, 30 / max(words, 1)), 3), reason=f"{words} words"),
            score_result.ScoreResult("cites_source", float("kb-" in output)),
        ]


def items(count: int, seed: int) -> list[dict[str, Any]]:
    """Questions with the facts that a right answer names."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        scenario = shop.SCENARIOS[number % len(shop.SCENARIOS)]
        case = shop.facts(rng)
        answer = shop.filled(scenario.answer, case)
        made.append(
            {
                "question": shop.filled(scenario.question, case),
                "expected_answer": answer,
                "expected_facts": [
                    case["product"] if case["product"] in answer else scenario.tool,
                    scenario.article[:6],
                ],
                "intent": scenario.intent,
                "difficulty": rng.choice(["easy", "medium", "hard"]),
                "customer": {"name": case["customer"], "city": case["city"]},
            }
        )
    return made


def plant_datasets(client: opik.Opik) -> tuple[opik.Dataset, dict[str, Any]]:
    """One dataset with four versions, a small one and an empty one."""
    dataset = client.create_dataset(QUESTIONS, description="Questions of customers with the facts of a good answer")
    dataset.insert(items(50, 1))
    dataset.insert(items(62, 2)[50:])
    stored = dataset.get_items()
    hard = [item for item in stored if item["difficulty"] == "hard"][:6]
    dataset.update([item | {"difficulty": "very hard"} for item in hard])
    dataset.delete([item["id"] for item in stored if item["intent"] == "discount_code"][:2])
    rest(
        "PUT",
        f"/datasets/{dataset.id}",
        {
            "name": QUESTIONS,
            "description": "Questions of customers with the facts of a good answer",
            "tags": ["regression", "english"],
        },
    )
    versions = rest("GET", f"/datasets/{dataset.id}/versions", size="20")["content"]
    rest("POST", f"/datasets/{dataset.id}/versions/hash/{versions[-1]['version_hash']}/tags", {"tag": "baseline"})
    notes = {"change_description": "Marked the hardest questions"}
    rest("PATCH", f"/datasets/{dataset.id}/versions/hash/{versions[1]['version_hash']}", notes)
    newest = [item["id"] for item in dataset.get_items()]
    rest(
        "PATCH",
        "/datasets/items/batch",
        {
            "ids": newest[:8],
            "dataset_id": dataset.id,
            "update": {"tags": ["smoke", "from-production"]},
        },
    )

    small = client.create_dataset("Refund edge cases", description="Where policies meet")
    small.insert(
        [
            {"case": "Gift card and card mixed", "amount_eur": 40.0, "allowed": True},
            {"case": "Return after 31 days", "amount_eur": 129.9, "allowed": False},
            {
                "case": "Parcel lost on the way back",
                "amount_eur": 89.0,
                "allowed": True,
                "notes": ["ask for the receipt"],
            },
            {"case": "Opened food", "amount_eur": 9.5, "allowed": False},
        ]
    )
    client.create_dataset("Voice transcripts", description="Nothing yet")
    return dataset, {"dataset_id": dataset.id, "dataset_name": QUESTIONS, "dataset_item_id": newest[0]}


def assistant(model: str, provider: str, skill: float, cites: float, words: int, seed: int) -> Any:
    """A task that answers with the given share of right and of quoted answers."""
    rng = random.Random(seed)

    @opik.track(name="retrieve", type="tool")
    def retrieve(question: str) -> list[str]:
        return [scenario.article for scenario in shop.SCENARIOS if scenario.intent.split("_")[0] in question.lower()][
            :3
        ]

    @opik.track(name="chat_completion", type="llm")
    def complete(messages: list[dict[str, str]], text: str) -> dict[str, Any]:
        tokens = {"prompt_tokens": 320 + len(messages[-1]["content"]), "completion_tokens": len(text) // 3}
        opik_context.update_current_span(
            model=model, provider=provider, usage={**tokens, "total_tokens": sum(tokens.values())}
        )
        time.sleep(0.004 + len(text) / 60_000)
        message = {"role": "assistant", "content": text}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    def task(item: dict[str, Any]) -> dict[str, Any]:
        question, expected = item["question"], item["expected_answer"]
        text = expected if rng.random() < skill else "I am not sure. Please have a look at our help pages."
        if rng.random() < cites:
            text += f" (Source: {item['expected_facts'][1]})"
        if skill > 0.5 and rng.random() < skill:
            text += f" I checked this with {item['expected_facts'][0]}."
        text += " Have a nice day!" * words
        retrieve(question)
        complete([{"role": "system", "content": "Answer briefly."}, {"role": "user", "content": question}], text)
        return {"output": text}

    return task


EXPERIMENTS = [
    ("baseline", "gpt-4o-mini", "openai", 0.74, 0.5, 0, 1),
    ("cite sources", "gpt-4o-mini", "openai", 0.82, 0.95, 1, 2),
    ("shorter prompt", "gpt-4o-mini", "openai", 0.48, 0.3, 0, 3),
    ("claude", "claude-sonnet-4-20250514", "anthropic", 0.93, 0.97, 2, 4),
]


def pass_share(results: list[Any]) -> score_result.ScoreResult:
    """A score of the whole experiment."""
    right = [s.value == 1.0 for r in results for s in r.score_results if s.name == "correctness"]
    return score_result.ScoreResult("all_facts", sum(right) / len(right) if right else 0.0, reason="Share of items")


def plant_experiments(dataset: opik.Dataset, prompts: dict[str, Any]) -> dict[str, Any]:
    ids = []
    for number, (name, model, provider, skill, cites, words, seed) in enumerate(EXPERIMENTS):
        result = opik.evaluate(
            dataset=dataset,
            task=assistant(model, provider, skill, cites, words, seed),
            scoring_metrics=[Correctness(), Style()],
            experiment_name=name,
            project_name=SUPPORT,
            experiment_config={"model": model, "temperature": 0.2, "retriever": {"top_k": 3 + number}, "seed": seed},
            experiment_tags=["nightly", *(["regression"] if name == "shorter prompt" else [])],
            experiment_scoring_functions=[pass_share],
            prompts=[prompts["objects"][min(number, len(prompts["objects"]) - 1)]],
            verbose=0,
            task_threads=1,
        )
        ids.append(result.experiment_id)
    repeated = opik.evaluate(
        dataset=dataset,
        task=assistant("gpt-4.1", "openai", 0.85, 0.8, 1, 9),
        scoring_metrics=[Correctness()],
        experiment_name="gpt-4.1, three trials",
        project_name=SUPPORT,
        experiment_config={"model": "gpt-4.1"},
        nb_samples=10,
        trial_count=3,
        verbose=0,
        task_threads=1,
    )
    return {"experiment_ids": ids, "regressed_experiment_id": ids[2], "trials_experiment_id": repeated.experiment_id}


def plant_suite(client: opik.Opik) -> dict[str, Any]:
    """A test suite of which some items fail, run through the SDK with a stand-in for the judge."""
    judge = Judge({"cites": lambda talk: "kb-" in talk, "return label": lambda talk: "rl-" in talk})
    suite = client.create_test_suite(
        "Answers to customers",
        description="What every release has to keep",
        global_assertions=["The answer is polite", "The answer cites an article"],
        global_execution_policy={"runs_per_item": 2, "pass_threshold": 2},
        tags=["release"],
    )
    rng = random.Random(3)
    entries = []
    for scenario in shop.SCENARIOS:
        entry: dict[str, Any] = {"data": {"question": shop.filled(scenario.question, shop.facts(rng))}}
        entry["description"] = scenario.intent.replace("_", " ")
        if scenario.intent == "damaged_item":
            entry["assertions"] = ["The answer names a return label"]
            entry["execution_policy"] = {"runs_per_item": 3, "pass_threshold": 1}
        entries.append(entry)
    suite.insert(entries)

    def run(name: str, quoting: float) -> str:
        answers = random.Random(5)

        def task(item: dict[str, Any]) -> dict[str, Any]:
            source = "kb-087" if answers.random() < quoting else "our help pages"
            return {"input": item, "output": f"Happy to help! See {source}. The label is RL-40213."}

        with tempfile.TemporaryDirectory() as folder:
            result = opik.run_tests(
                test_suite=suite,
                task=task,
                experiment_name=name,
                experiment_config={"quoting": quoting},
                experiment_tags=["suite"],
                model=judge.model,
                verbose=0,
                worker_threads=1,
                report_output_path=os.path.join(folder, "report.json"),
                scoring_tool_strategy="never",
            )
        return result.experiment_id

    ids = [run("suite run 1", 1.0), run("suite run 2", 0.7)]
    judge.shutdown()
    return {"suite_id": suite.id, "suite_name": suite.name, "suite_experiment_ids": ids}


def plant_optimization(client: opik.Opik, dataset: opik.Dataset) -> dict[str, Any]:
    """Trials that try six candidates of a prompt, two of them at the same step."""
    optimization = client.create_optimization(
        dataset_name=QUESTIONS,
        objective_name="correctness",
        name="Shorten the system prompt",
        metadata={"optimizer": "MetaPromptOptimizer"},
        project_name=SUPPORT,
    )
    contents = dataset.get_items(nb_samples=6)
    parents: list[str] = []
    for number, (step, quality) in enumerate([(0, 0.5), (1, 0.6), (1, 0.4), (2, 0.8), (3, 0.75), (4, 0.9)]):
        prompt = [
            {"role": "system", "content": f"Answer briefly, candidate {number}."},
            {"role": "user", "content": "{{question}}"},
        ]
        experiment = client.create_experiment(
            dataset_name=QUESTIONS,
            name=f"trial {number + 1}",
            type="trial",
            optimization_id=optimization.id,
            project_name=SUPPORT,
            experiment_config={
                "step_index": step,
                "candidate_id": f"candidate-{number}",
                "parent_candidate_ids": parents,
                "configuration": {"prompt": prompt},
            },
        )
        references = []
        for index, item in enumerate(contents):
            start = ago(days=8, minutes=-12 * number, seconds=-5 * index)
            trace_id, end = id_at(start), later(start, 900 - 80 * number + 30 * index)
            client.trace(
                id=trace_id,
                name="trial",
                start_time=start,
                end_time=end,
                input={"question": item["question"]},
                output={"output": item["expected_answer"]},
                project_name=SUPPORT,
                feedback_scores=[{"name": "correctness", "value": min(1.0, quality + index / 60)}],
            )
            client.span(
                trace_id=trace_id,
                name="chat_completion",
                type="llm",
                start_time=start,
                end_time=end,
                model="gpt-4o-mini",
                provider="openai",
                project_name=SUPPORT,
                usage={
                    "prompt_tokens": 900 - 100 * number,
                    "completion_tokens": 120,
                    "total_tokens": 1020 - 100 * number,
                },
            )
            references.append(opik.ExperimentItemReferences(dataset_item_id=item["id"], trace_id=trace_id))
        flush(client)
        experiment.insert(references)
        if step != 1 or quality > 0.5:
            parents = [f"candidate-{number}"]
    optimization.update(status="completed")
    return {"optimization_id": optimization.id}


def plant(client: opik.Opik, prompts: dict[str, Any]) -> dict[str, Any]:
    dataset, ids = plant_datasets(client)
    ids |= plant_experiments(dataset, prompts)
    ids |= plant_suite(client)
    ids |= plant_optimization(client, dataset)
    return ids
