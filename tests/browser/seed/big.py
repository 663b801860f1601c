"""Sizes that a page has to stand: a trace of ten thousand spans and a project of two thousand traces."""

import datetime
import random
import time
from typing import Any

import opik

from common import ago, client, flush, id_at, later, project_id, report

SPANS_PROJECT = "Ten thousand spans"
TRACES_PROJECT = "Two thousand traces"
SPANS = 10_000
TRACES = 2_000
# The longest chain of spans, one inside of the other.
DEPTH = 120

MODELS = [("gpt-4o-mini", "openai"), ("gpt-4.1", "openai"), ("claude-sonnet-4-20250514", "anthropic")]
STEPS = {
    "general": ["plan_step", "route", "merge_results", "rank", "delegate", "reflect"],
    "tool": ["web_search", "read_file", "run_tests", "grep", "sql_query", "http_get"],
    "llm": ["ChatOpenAI", "ChatAnthropic", "summarise"],
    "guardrail": ["pii_check", "topic_check"],
}


class Tree:
    """One trace whose spans are children of spans that came before: some wide, one chain deep."""

    def __init__(self, sdk: opik.Opik, total: int):
        self.sdk = sdk
        self.total = total
        self.rng = random.Random(11)
        self.start = ago(minutes=50)
        self.trace_id = id_at(self.start)
        self.ids: dict[str, Any] = {"trace_id": self.trace_id}
        self.made = 0
        # Milliseconds that the whole trace took.
        self.length = 40 * 60 * 1000.0

    def add(self, parent: str | None, begin: float, length: float, name: str, kind: str) -> str:
        """A span that starts `begin` milliseconds after the trace and takes `length`."""
        moment = later(self.start, begin)
        span_id = id_at(moment)
        fields: dict[str, Any] = {}
        if kind == "llm":
            model, provider = self.rng.choice(MODELS)
            prompt, completion = self.rng.randrange(200, 6_000), self.rng.randrange(10, 900)
            fields = {
                "model": model,
                "provider": provider,
                "usage": {
                    "prompt_tokens": prompt,
                    "completion_tokens": completion,
                    "total_tokens": prompt + completion,
                },
                "total_cost": prompt * 4e-7 + completion * 1.6e-6,
                "input": {"messages": [{"role": "user", "content": f"Step {self.made}: what comes next?"}]},
                "output": {
                    "choices": [
                        {"message": {"role": "assistant", "content": f"Call {self.rng.choice(STEPS['tool'])}."}}
                    ]
                },
            }
        elif kind == "tool":
            fields = {"input": {"query": f"item {self.made}"}, "output": {"rows": self.rng.randrange(50)}}
        if self.rng.random() < 0.008:
            fields["error_info"] = {
                "exception_type": "TimeoutError",
                "message": f"Step {self.made} took too long",
                "traceback": f"Traceback (most recent call last):\n  step {self.made}\nTimeoutError\n",
            }
            self.ids["failed_span_id"] = span_id
        self.sdk.span(
            id=span_id,
            trace_id=self.trace_id,
            parent_span_id=parent,
            name=name,
            type=kind,
            start_time=moment,
            end_time=later(moment, length),
            project_name=SPANS_PROJECT,
            **fields,
        )
        self.made += 1
        return span_id

    def step(self) -> tuple[str, str]:
        kind = self.rng.choices(["general", "tool", "llm", "guardrail"], [3, 4, 3, 0.3])[0]
        return self.rng.choice(STEPS[kind]), kind

    def chain(self, parent: str, begin: float, length: float, depth: int) -> None:
        """Spans that call each other, each a little shorter than its caller."""
        for level in range(depth):
            begin, length = begin + length * 0.004, length * 0.99
            parent = self.add(parent, begin, length, f"recurse_{level + 1}", "general")
        self.ids["deepest_span_id"] = parent

    def branch(self, parent: str, begin: float, length: float, budget: int) -> int:
        """Up to `budget` spans below `parent`, one after the other; answers how many it made."""
        made = 0
        width = min(budget, self.rng.choice([3, 5, 8, 25]))
        for child in range(width):
            if made >= budget:
                break
            name, kind = self.step()
            offset = begin + length * child / width
            share = length / width * self.rng.uniform(0.3, 0.98)
            span_id = self.add(parent, offset, share, name, kind)
            made += 1
            if kind in ("general", "tool") and self.rng.random() < 0.7:
                made += self.branch(span_id, offset + share * 0.02, share * 0.95, min(budget - made, budget // width))
        return made

    def plant(self) -> None:
        root = self.add(None, 0, self.length, "autonomous_agent", "general")
        self.ids["root_span_id"] = root
        self.chain(root, 5, self.length * 0.98, DEPTH)
        wide = self.add(root, 40, self.length * 0.5, "fan_out_2000", "general")
        self.ids["wide_span_id"] = wide
        for number in range(2_000):
            begin = 50 + number * 500 * self.rng.random()
            self.add(wide, begin, self.rng.expovariate(1 / 900), "fetch_page", "tool")
        phase = 0
        while self.made < self.total:
            begin = self.length * (0.5 + 0.49 * self.made / self.total)
            parent = self.add(root, begin, self.length * 0.01, f"phase_{phase}", "general")
            self.branch(parent, begin + 2, self.length * 0.0098, self.total - self.made)
            phase += 1
        self.sdk.trace(
            id=self.trace_id,
            name="autonomous_agent",
            start_time=self.start,
            end_time=later(self.start, self.length),
            input={"task": "Find and fix the failing tests of the whole repository"},
            output={"fixed": 132, "open": 3},
            tags=["nightly", "long"],
            project_name=SPANS_PROJECT,
        )
        self.ids["span_count"] = self.made


def plant_traces(sdk: opik.Opik, total: int) -> dict[str, Any]:
    """Traces for scrolling, sorting and filtering: newest has the number 0."""
    rng = random.Random(12)
    ids: dict[str, Any] = {}
    for number in range(total):
        start = ago(seconds=60 + number * 600)
        trace_id = id_at(start)
        failed = rng.random() < 0.05
        sdk.trace(
            id=trace_id,
            name=f"request {number:04}",
            start_time=start,
            end_time=start + datetime.timedelta(milliseconds=rng.lognormvariate(7, 1)),
            project_name=TRACES_PROJECT,
            input={"question": f"Question {number:04}: " + "what about this and that " * rng.randrange(1, 8)},
            output=None if failed else {"answer": f"Answer {number:04}. " + "It depends. " * rng.randrange(1, 12)},
            tags=[rng.choice(["search", "chat", "batch"]), f"shard-{number % 7}"],
            metadata={"number": number, "region": rng.choice(["eu", "us", "ap"])},
            error_info={"exception_type": "ConnectionError", "message": "reset by peer", "traceback": "…"}
            if failed
            else None,
            thread_id=f"session-{number // 4}" if number % 3 else None,
            feedback_scores=[{"name": "quality", "value": round(rng.random(), 3)}] if number % 2 else None,
            environment=rng.choice(["production", "staging"]),
        )
        ids.setdefault("newest_trace_id", trace_id)
        ids["oldest_trace_id"] = trace_id
    return ids


def main() -> None:
    started = time.monotonic()
    sdk = client(SPANS_PROJECT)
    tree = Tree(sdk, SPANS)
    tree.plant()
    ids = tree.ids | plant_traces(sdk, TRACES)
    flush(sdk)
    ids |= {
        "project_id": project_id(SPANS_PROJECT),
        "traces_project_id": project_id(TRACES_PROJECT),
        "seconds": round(time.monotonic() - started, 1),
    }
    report(ids)


if __name__ == "__main__":
    main()
