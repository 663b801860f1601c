"""Long runs of a research agent with a graph of steps that may go round several times."""

import datetime
import random
from typing import Any

from opik import Opik

from common import ago, id_at, later
from models import GPT, ModelCalls

RESEARCH = "Research pipeline"
RUNS = 24

RESEARCH_GRAPH = """graph TD;
    __start__([<p>__start__</p>]):::first
    planner(planner)
    search(search)
    read(read)
    critique(critique)
    write(write)
    __end__([<p>__end__</p>]):::last
    __start__ --> planner;
    planner --> search;
    search --> read;
    read --> critique;
    critique -. &nbsp;needs more&nbsp; .-> search;
    critique -. &nbsp;good enough&nbsp; .-> write;
    write --> __end__;
    classDef default fill:#f2f0ff,line-height:1.2
    classDef first fill-opacity:0
    classDef last fill:#bfb6fc"""


QUESTIONS = [
    "How do solid-state batteries compare with lithium-ion cells in cold climates?",
    "What do cities report about the cost of separated bike lanes?",
    "Which retrieval methods keep up with long context windows?",
    "How has the price of green hydrogen changed since 2020?",
    "What is known about sleep and learning in teenagers?",
]


def plant(client: Opik, seed: int = 7) -> dict[str, Any]:
    """Two weeks of nightly runs; answers the ids of the last one and of a failed one."""
    rng = random.Random(seed)
    calls = ModelCalls(client, rng, RESEARCH)
    ids: dict[str, Any] = {}
    for number in range(RUNS):
        trace_id, failed = plant_run(client, calls, rng, number)
        ids["research_failed_trace_id" if failed else "research_trace_id"] = trace_id
    return ids


def plant_run(client: Opik, calls: ModelCalls, rng: random.Random, number: int) -> tuple[str, bool]:
    """One run; answers its id and whether it failed."""
    question = QUESTIONS[number % len(QUESTIONS)]
    start = ago(days=13 * (RUNS - number) / RUNS, minutes=25)
    trace_id = id_at(start)
    clock = later(start, 15)
    sources: list[dict[str, Any]] = []

    def step(name: str, begin: datetime.datetime, end: datetime.datetime, parent: str | None, **fields: Any) -> str:
        fields.setdefault("id", id_at(begin))
        client.span(
            trace_id=trace_id,
            parent_span_id=parent,
            name=name,
            start_time=begin,
            end_time=end,
            project_name=RESEARCH,
            **fields,
        )
        return fields["id"]

    def ask(parent: str, begin: datetime.datetime, prompt: str, answer: str, tokens: int) -> datetime.datetime:
        request = {"messages": [{"role": "user", "content": prompt}]}
        reply = {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}]
        }
        return calls.write(trace_id, parent, "ChatOpenAI", begin, GPT, (request, reply), output_tokens=tokens)

    root, root_start = id_at(clock), clock
    node_start = later(clock, 4)
    node = id_at(node_start)
    clock = ask(node, later(node_start, 3), f"Plan the research for: {question}", "1. Search\n2. Read\n3. Compare", 400)
    step("planner", node_start, clock, root, id=node, metadata={"langgraph_step": 1, "langgraph_node": "planner"})
    rounds = rng.randint(1, 4)
    failed = number % 8 == 5
    for turn in range(rounds):
        node_start, clock = clock, later(clock, rng.uniform(1_500, 6_000))
        found = [
            {"url": f"https://papers.example/{rng.randrange(9999)}", "title": f"Source {turn + 1}.{n + 1}"}
            for n in range(3)
        ]
        sources += found
        node = step(
            "search",
            node_start,
            clock,
            root,
            input={"query": question, "round": turn + 1},
            output={"results": found},
            metadata={"langgraph_step": 2 + turn * 3, "langgraph_node": "search"},
        )
        step("tavily_search", later(node_start, 5), clock, node, type="tool", input={"q": question}, output={"n": 3})
        node_start = clock
        node = id_at(node_start)
        for source in found:
            begin, clock = clock, later(clock, rng.uniform(2_000, 9_000))
            step(
                "fetch_page",
                begin,
                clock,
                node,
                type="tool",
                input=source,
                output={"characters": rng.randrange(9_000)},
            )
            clock = ask(node, clock, f"Summarise {source['title']} for: {question}", "Summary. " * 40, 700)
        step(
            "read",
            node_start,
            clock,
            root,
            id=node,
            output={"summaries": len(found)},
            metadata={"langgraph_step": 3 + turn * 3, "langgraph_node": "read"},
        )
        node_start = clock
        node = id_at(node_start)
        verdict = "good enough" if turn == rounds - 1 else "needs more"
        clock = ask(node, clock, "Is the evidence sufficient?", verdict, 150)
        step(
            "critique",
            node_start,
            clock,
            root,
            id=node,
            output={"verdict": verdict},
            metadata={"langgraph_step": 4 + turn * 3, "langgraph_node": "critique"},
        )
    error = None
    if failed:
        error = {
            "exception_type": "langgraph.errors.GraphRecursionError",
            "message": "Recursion limit of 25 reached without hitting a stop condition.",
            "traceback": 'Traceback (most recent call last):\n  File "/srv/research/graph.py", line 64, in invoke\n'
            "langgraph.errors.GraphRecursionError: Recursion limit of 25 reached\n",
        }
    else:
        node_start = clock
        node = id_at(node_start)
        clock = ask(
            node,
            clock,
            f"Write the report on: {question}",
            f"# Report\n\n{question}\n\n" + "Finding. " * 120,
            2_400,
        )
        step("write", node_start, clock, root, id=node, metadata={"langgraph_node": "write"})
    step(
        "LangGraph",
        root_start,
        clock,
        None,
        id=root,
        input={"question": question},
        error_info=error,
        output=None if error else {"rounds": rounds},
    )
    client.trace(
        id=trace_id,
        name="LangGraph",
        start_time=start,
        end_time=later(clock, 20),
        project_name=RESEARCH,
        input={"question": question, "max_rounds": 4},
        error_info=error,
        output=None if error else {"report": f"# {question}\n\n" + "Finding. " * 30, "sources": sources},
        metadata={
            "created_from": "langgraph",
            "_opik_graph_definition": {"format": "mermaid", "data": RESEARCH_GRAPH},
        },
        tags=["nightly"] if number % 3 else ["manual"],
        environment="staging" if number % 3 else "development",
    )
    if not failed:
        score = {"name": "report_quality", "value": round(rng.betavariate(6, 3), 2), "reason": "Graded by a reader"}
        client.log_traces_feedback_scores([{"id": trace_id, "project_name": RESEARCH, **score}])
    return trace_id, failed
