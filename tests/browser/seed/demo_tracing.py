"""Two weeks of a support assistant: traces with nested spans, conversations, errors, scores, comments and files."""

import base64
import dataclasses
import datetime
import json
import random
from typing import Any

import shop
from common import ago, id_at, later, pdf, png, project_id, rest, wav
from opik import Attachment, Opik

SUPPORT = "Support assistant"
RESEARCH = "Research pipeline"
DAYS = 14

SYSTEM = (
    "You are the support assistant of Harbor Outfitters. Answer briefly and friendly, use the tools for facts about "
    "orders, and never promise dates that a carrier has not confirmed."
)

SUPPORT_GRAPH = """flowchart TD
    start([message]) --> guard{input guardrail}
    guard -- blocked --> refuse[refuse politely]
    guard -- ok --> retrieve[retrieve context]
    retrieve --> plan[plan with the model]
    plan -- tool call --> tools[[order and product tools]]
    tools --> plan
    plan -- answer --> check{output guardrail}
    check -- ok --> reply([reply])
    check -- failed --> plan
    refuse --> reply"""

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


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    provider: str
    style: str
    tokens_per_second: float
    # Dollars of a million tokens, for models whose price the server does not know.
    price: tuple[float, float] | None = None


GPT_MINI = Model("gpt-4o-mini", "openai", "openai", 90)
GPT = Model("gpt-4.1", "openai", "openai", 60)
CLAUDE = Model("claude-sonnet-4-20250514", "anthropic", "anthropic", 70)
LLAMA = Model("llama-3.3-70b-instruct", "vllm", "openai", 35, (0.6, 0.8))
MODELS = [(GPT_MINI, 5), (GPT, 3), (CLAUDE, 4), (LLAMA, 1)]

TIMEOUT = {
    "exception_type": "httpx.ReadTimeout",
    "message": "The order service did not answer within 10.0 s",
    "traceback": """Traceback (most recent call last):
  File "/srv/assistant/agent/loop.py", line 118, in run_tool
    result = tool(**arguments)
             ^^^^^^^^^^^^^^^^^
  File "/srv/assistant/tools/orders.py", line 41, in lookup_order
    response = self.http.get(f"/v2/orders/{order_id}", timeout=10.0)
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.12/site-packages/httpx/_client.py", line 1053, in get
    return self.request("GET", url, timeout=timeout)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
httpx.ReadTimeout: The order service did not answer within 10.0 s
""",
}
RATE_LIMIT = {
    "exception_type": "openai.RateLimitError",
    "message": "Error code: 429 - Rate limit reached for gpt-4.1 on tokens per min (TPM): Limit 450000, Used 449210",
    "traceback": """Traceback (most recent call last):
  File "/srv/assistant/agent/loop.py", line 77, in plan
    completion = self.llm.chat.completions.create(**request)
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.12/site-packages/openai/_base_client.py", line 1037, in request
    raise self._make_status_error_from_response(err.response) from None
openai.RateLimitError: Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4.1', 'code': 'rate_limit'}}
""",
}
BAD_ARGUMENTS = {
    "exception_type": "pydantic_core.ValidationError",
    "message": "1 validation error for ToolCall\norder_id\n  String should match pattern '^HO-[0-9]{6}$'",
    "traceback": """Traceback (most recent call last):
  File "/srv/assistant/agent/loop.py", line 104, in parse_tool_call
    return ToolCall.model_validate_json(call.function.arguments)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
pydantic_core._pydantic_core.ValidationError: 1 validation error for ToolCall
order_id
  String should match pattern '^HO-[0-9]{6}$' [type=string_pattern_mismatch, input_value='HO-12', input_type=str]
""",
}


def tool_schema(scenario: shop.Scenario) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": scenario.tool,
            "description": f"Facts for questions about {scenario.intent.replace('_', ' ')}",
            "parameters": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in scenario.arguments},
                "required": list(scenario.arguments),
            },
        },
    }


class Planter:
    """Writes traces of one project; every choice comes from one seeded generator."""

    def __init__(self, client: Opik, prompts: dict[str, Any], seed: int = 20_260_101):
        self.client = client
        self.rng = random.Random(seed)
        self.prompts = prompts
        self.photo = png(320, 200, (176, 84, 60))
        self.ids: dict[str, Any] = {}
        self.trace_scores: list[dict[str, Any]] = []
        self.span_scores: list[dict[str, Any]] = []
        self.thread_scores: list[dict[str, Any]] = []
        self.first_tokens: list[tuple[str, dict[str, Any]]] = []
        self.guardrails: list[dict[str, Any]] = []
        self.comments: list[tuple[str, str]] = []
        self.traces: list[str] = []
        self.threads: list[str] = []

    # Model calls

    def model(self) -> Model:
        models, weights = zip(*MODELS, strict=True)
        return self.rng.choices(models, weights)[0]

    def llm_span(
        self,
        trace_id: str,
        parent: str | None,
        name: str,
        start: datetime.datetime,
        model: Model,
        payload: tuple[dict[str, Any], dict[str, Any] | None],
        error: dict[str, str] | None = None,
        project: str = SUPPORT,
        output_tokens: int | None = None,
    ) -> datetime.datetime:
        """Writes a call of a model and answers when it ended."""
        request, answer = payload
        prompt_tokens = 180 + len(json.dumps(request)) // 4
        completion_tokens = 0 if error else output_tokens or 20 + len(json.dumps(answer)) // 4
        first = self.rng.uniform(180, 900)
        end = later(start, 420 if error else first + completion_tokens * 1000 / model.tokens_per_second)
        if model.style == "anthropic":
            usage = {
                "input_tokens": prompt_tokens,
                "output_tokens": completion_tokens,
                "cache_read_input_tokens": prompt_tokens // 3,
                "cache_creation_input_tokens": 0,
            }
        else:
            usage = {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            }
        cost = None
        if model.price and not error:
            cost = (prompt_tokens * model.price[0] + completion_tokens * model.price[1]) / 1e6
        span_id = id_at(start)
        self.client.span(
            id=span_id,
            trace_id=trace_id,
            parent_span_id=parent,
            name=name,
            type="llm",
            start_time=start,
            end_time=end,
            input=request,
            output=answer,
            metadata={"temperature": 0.2, "max_tokens": 1024, "created_from": model.provider},
            usage=None if error else usage,
            model=model.name,
            provider=model.provider,
            error_info=error,
            total_cost=cost,
            tags=["tool-call"] if name == "plan" else None,
            project_name=project,
        )
        if not error:
            update = {"project_name": project, "trace_id": trace_id, "parent_span_id": parent, "ttft": round(first, 1)}
            self.first_tokens.append((f"/spans/{span_id}", update))
        self.ids.setdefault(f"{model.style}_span_id", span_id)
        self.last_span = span_id
        return end

    def plan_payload(
        self, model: Model, scenario: shop.Scenario, case: dict[str, str], history: list[dict[str, Any]], photo: bool
    ) -> tuple[dict[str, Any], dict[str, Any], str]:
        """Request and answer of the call that decides on a tool, and the id of the tool call."""
        call_id = f"{'toolu' if model.style == 'anthropic' else 'call'}_{self.rng.randrange(16**12):012x}"
        arguments = {name: case[name] for name in scenario.arguments}
        reasoning = shop.filled(self.rng.choice(shop.REASONINGS), case | {"intent": scenario.intent, "tool": scenario.tool})
        if model.style == "anthropic":
            schema = tool_schema(scenario)["function"]
            request = {
                "system": SYSTEM,
                "messages": history,
                "tools": [{"name": schema["name"], "input_schema": schema["parameters"]}],
                "thinking": {"type": "enabled", "budget_tokens": 2048},
            }
            answer = {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": reasoning, "signature": f"{self.rng.randrange(16**16):016x}"},
                    {"type": "text", "text": "Let me look that up."},
                    {"type": "tool_use", "id": call_id, "name": scenario.tool, "input": arguments},
                ],
                "stop_reason": "tool_use",
            }
            return request, answer, call_id
        messages = [{"role": "system", "content": SYSTEM}, *history]
        if photo:
            text = messages[-1]["content"]
            url = f"data:image/png;base64,{base64.b64encode(self.photo).decode()}"
            messages[-1] = {
                "role": "user",
                "content": [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}],
            }
        request = {"messages": messages, "tools": [tool_schema(scenario)], "tool_choice": "auto"}
        call = {
            "id": call_id,
            "type": "function",
            "function": {"name": scenario.tool, "arguments": json.dumps(arguments)},
        }
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        if model is LLAMA:
            message["reasoning_content"] = reasoning
        return request, {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}, call_id

    def answer_payload(
        self, model: Model, request: dict[str, Any], planned: dict[str, Any], call_id: str, result: Any, text: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Request and answer of the call that reads the tool's result and writes to the customer."""
        content = json.dumps(result, ensure_ascii=False)
        if model.style == "anthropic":
            block = {"type": "tool_result", "tool_use_id": call_id, "content": content}
            messages = [*request["messages"], planned_message(planned), {"role": "user", "content": [block]}]
            answer = {"role": "assistant", "content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
            return {**request, "messages": messages}, answer
        message = planned["choices"][0]["message"]
        messages = [*request["messages"], message, {"role": "tool", "tool_call_id": call_id, "content": content}]
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return {**request, "messages": messages}, {"choices": [choice]}

    # Traces

    def turn(
        self,
        scenario: shop.Scenario,
        case: dict[str, str],
        start: datetime.datetime,
        history: list[dict[str, Any]],
        question: str,
        text: str,
        thread_id: str | None,
        environment: str,
        name: str = "handle_message",
    ) -> tuple[str, datetime.datetime]:
        """One message of a customer and all that the assistant does for it."""
        rng, client = self.rng, self.client
        model = self.model()
        trace_id = id_at(start)
        fate = rng.choices(["fine", "tool failed", "rate limited", "bad arguments", "blocked"], [88, 4, 3, 2, 3])[0]
        if fate == "rate limited":
            model = GPT
        photo = scenario.intent == "damaged_item" and not history and model is GPT_MINI
        history = [*history, {"role": "user", "content": question}]
        error = {"tool failed": TIMEOUT, "rate limited": RATE_LIMIT, "bad arguments": BAD_ARGUMENTS}.get(fate)

        def span(name: str, kind: str, begin: datetime.datetime, ms: float, parent: str | None = None, **fields: Any):
            span_id = id_at(begin)
            client.span(
                id=span_id, trace_id=trace_id, parent_span_id=parent, name=name, type=kind, start_time=begin,
                end_time=later(begin, ms), project_name=SUPPORT, **fields,
            )  # fmt: skip
            return span_id, later(begin, ms)

        verdict = "failed" if fate == "blocked" else "passed"
        guard, clock = span(
            "input_guardrail", "guardrail", later(start, 2), rng.uniform(20, 70),
            input={"text": question, "checks": ["pii", "topic"]},
            output={"verdict": verdict, "pii": [], "topic": {"on_topic": fate != "blocked", "score": 0.94}},
        )  # fmt: skip
        self.guardrails.append({
            "entity_id": trace_id, "secondary_id": guard, "project_name": SUPPORT, "name": "TOPIC", "result": verdict,
            "config": {"topics": ["orders", "products"]}, "details": {"score": 0.94},
        })  # fmt: skip
        output: dict[str, Any] | None = {"output": text, "intent": scenario.intent}
        if fate == "blocked":
            output = {"output": "I can only help with orders and products of our shop.", "intent": "off_topic"}
        else:
            retrieval_start = later(clock, 3)
            embedding_ms, search_ms = rng.uniform(40, 120), rng.uniform(30, 180)
            retrieval, clock = span(
                "retrieve_context", "general", retrieval_start, embedding_ms + search_ms + 6,
                input={"query": question},
                output={"documents": [{"title": scenario.article, "score": round(rng.uniform(0.71, 0.97), 3)}]},
            )  # fmt: skip
            span(
                "embed_query", "tool", later(retrieval_start, 1), embedding_ms, retrieval,
                input={"text": question, "dimensions": 1536}, output={"vector": "1536 numbers"},
            )  # fmt: skip
            _, _ = span(
                "search_knowledge_base", "tool", later(retrieval_start, embedding_ms + 3), search_ms, retrieval,
                input={"top_k": 4, "query": question}, output={"hits": [scenario.article, "kb-001 · House style"]},
            )  # fmt: skip
            self.span_scores.append({
                "id": retrieval, "name": "retrieval_relevance", "value": round(rng.betavariate(8, 2), 3),
                "reason": "Share of retrieved articles that the answer used", "project_name": SUPPORT,
            })  # fmt: skip

            loop_start = later(clock, 2)
            loop = id_at(loop_start)
            request, planned, call_id = self.plan_payload(model, scenario, case, history, photo)
            refused = RATE_LIMIT if fate == "rate limited" else None
            clock = self.llm_span(
                trace_id, loop, "plan", later(loop_start, 1), model, (request, None if refused else planned), refused
            )
            if fate in ("fine", "tool failed"):
                result = shop.filled(scenario.result, case)
                arguments = {name: case[name] for name in scenario.arguments}
                attempts = 2 if fate == "tool failed" or rng.random() < 0.05 else 1
                for attempt in range(attempts):
                    failed = attempt == 0 and attempts == 2 or fate == "tool failed"
                    tool, clock = span(
                        scenario.tool, "tool", later(clock, 2), 10_000 if failed else rng.uniform(60, 900), loop,
                        input=arguments, output=None if failed else result, error_info=TIMEOUT if failed else None,
                        metadata={"attempt": attempt + 1}, tags=["retry"] if attempt else None,
                    )  # fmt: skip
                self.span_scores.append({
                    "id": tool, "name": "tool_correctness", "value": float(fate == "fine"), "project_name": SUPPORT,
                })  # fmt: skip
            if fate == "fine":
                payload = self.answer_payload(model, request, planned, call_id, result, text)
                clock = self.llm_span(trace_id, loop, "answer", later(clock, 2), model, payload)
                first = round((clock - start).total_seconds() * 700, 1)
                self.first_tokens.append((f"/traces/{trace_id}", {"project_name": SUPPORT, "ttft": first}))
            client.span(
                id=loop, trace_id=trace_id, name="agent_loop", type="general", start_time=loop_start, end_time=clock,
                input={"messages": len(history)}, output=None if error else {"steps": 2, "tool": scenario.tool},
                error_info=error, project_name=SUPPORT,
            )  # fmt: skip
            if fate == "fine":
                _, clock = span(
                    "output_guardrail", "guardrail", later(clock, 1), rng.uniform(15, 60),
                    input={"text": text}, output={"verdict": "passed", "promises": [], "tone": "friendly"},
                )  # fmt: skip
            elif error:
                output = None

        prompt = rng.choice(self.prompts["text"])
        attachments = None
        if scenario.intent == "damaged_item" and fate == "fine":
            attachments = [Attachment(data=self.photo, file_name="zip.png", content_type="image/png")]
            if not history[:-1]:
                label = pdf(["Return label RL-" + case["case"], "", case["customer"], f"Carrier: {case['carrier']}"])
                attachments.append(Attachment(data=label, file_name="label.pdf", content_type="application/pdf"))
        client.trace(
            id=trace_id,
            name=name,
            start_time=start,
            end_time=later(clock, 4),
            input={"message": question, "customer": {"name": case["customer"], "tier": rng.choice(["basic", "plus"])}},
            output=output,
            metadata={
                "release": "2026.11.2" if (ago() - start).days < 5 else "2026.10.4",
                "intent": scenario.intent,
                "channel": rng.choice(["web", "web", "mail", "app"]),
                "model": model.name,
                "opik_prompts": [prompt],
                "_opik_graph_definition": {"format": "mermaid", "data": SUPPORT_GRAPH},
            },
            tags=[scenario.intent, *(["vip"] if rng.random() < 0.1 else []), *(["escalated"] if error else [])],
            project_name=SUPPORT,
            error_info=error,
            thread_id=thread_id,
            attachments=attachments,
            environment=environment,
        )
        self.traces.append(trace_id)
        self.remember(trace_id, fate, model, photo, bool(attachments))
        self.score(trace_id, fate)
        return trace_id, later(clock, 4)

    def remember(self, trace_id: str, fate: str, model: Model, photo: bool, attached: bool) -> None:
        """Keeps one example of each kind of trace for the tests."""
        ids = self.ids
        if fate == "fine":
            ids[f"{model.style}_trace_id"] = trace_id
            if photo:
                ids["image_trace_id"] = trace_id
            if attached:
                ids["attachment_trace_id"] = trace_id
        else:
            ids[f"{fate.replace(' ', '_')}_trace_id"] = trace_id

    def score(self, trace_id: str, fate: str) -> None:
        rng = self.rng
        good = fate == "fine"

        def add(name: str, value: float, **fields: Any) -> None:
            self.trace_scores.append({"id": trace_id, "name": name, "value": value, "project_name": SUPPORT, **fields})

        if rng.random() < 0.8:
            helpful = round(rng.betavariate(9, 2) if good else rng.betavariate(2, 7), 2)
            reason = "Answers the question with a fact from the tool" if good else "The customer got no answer"
            add("helpfulness", helpful, reason=reason)
        if good and rng.random() < 0.7:
            made_up = rng.random() < 0.07
            add(
                "hallucination",
                1.0 if made_up else 0.0,
                reason="Names a date that no tool returned" if made_up else "Every claim is in the context",
            )
        if rng.random() < 0.25:
            up = rng.random() < (0.85 if good else 0.1)
            add("User feedback", 1.0 if up else 0.0, category_name="👍" if up else "👎")
        if rng.random() < 0.05:
            text = "Good answer, keep as an example." if good else "Please check the timeout of the order service."
            self.comments.append((trace_id, text))

    def conversation(self, start: datetime.datetime, turns: int, environment: str) -> None:
        """A thread: the first question, then follow-ups until the wanted number of turns."""
        rng = self.rng
        case = shop.facts(rng)
        scenario = rng.choice(shop.SCENARIOS)
        thread_id = f"chat-{start:%m%d}-{rng.randrange(16**6):06x}"
        lines = [(scenario.question, scenario.answer), *scenario.follow_ups]
        history: list[dict[str, Any]] = []
        for question, text in self.lengthened(lines, turns):
            question, text = shop.filled(question, case), shop.filled(text, case)
            _, end = self.turn(scenario, case, start, history, question, text, thread_id, environment)
            history = [*history, {"role": "user", "content": question}, {"role": "assistant", "content": text}]
            start = later(end, rng.uniform(8_000, 90_000))
            if start > ago(seconds=5):
                break
        self.threads.append(thread_id)

        def add(name: str, value: float, reason: str) -> None:
            entry = {"id": thread_id, "name": name, "value": value, "reason": reason, "project_name": SUPPORT}
            self.thread_scores.append(entry)

        if rng.random() < 0.7:
            stars = rng.choices([1, 2, 3, 4, 5], [1, 1, 2, 5, 6])[0]
            add("csat", float(stars), "Asked at the end of the chat")
        if rng.random() < 0.5:
            add("resolved", float(rng.random() < 0.85), "The customer did not come back within a day")

    def lengthened(self, lines: list[tuple[str, str]], turns: int) -> list[tuple[str, str]]:
        """The conversation, with small talk of all scenarios when it needs more turns."""
        if turns <= len(lines):
            return lines[:turns]
        extra = [pair for other in shop.SCENARIOS for pair in other.follow_ups if pair not in lines]
        return lines + self.rng.sample(extra, turns - len(lines))

    def environment(self) -> str:
        return self.rng.choices(["production", "staging", "development"], [8, 2, 1])[0]

    def moment(self) -> datetime.datetime:
        """A time of the last two weeks; days are busier than nights, and the last days than the first."""
        while True:
            moment = ago(days=DAYS * self.rng.random() ** 1.3, minutes=20)
            if self.rng.random() < (1.0 if 7 <= moment.hour <= 20 else 0.25):
                return moment

    def plant_support(self, traces: int) -> None:
        """Conversations and single messages until there are about that many traces."""
        while len(self.traces) < traces * 2 // 3:
            self.conversation(self.moment(), self.rng.randint(2, 8), self.environment())
        while len(self.traces) < traces - 12:
            self.single(self.moment())
        # Something within the last hour, whatever time it is.
        for minutes in range(48, 0, -4):
            self.single(ago(minutes=minutes))

    def single(self, moment: datetime.datetime) -> None:
        case = shop.facts(self.rng)
        scenario = self.rng.choice(shop.SCENARIOS)
        question, text = shop.filled(scenario.question, case), shop.filled(scenario.answer, case)
        name = self.rng.choice(["handle_message", "triage_email", "draft_reply"])
        self.turn(scenario, case, moment, [], question, text, None, self.environment(), name)

    def plant_call(self) -> None:
        """A phone call: recordings, a transcript and a table as files, of a trace and of its span."""
        start = ago(hours=3)
        trace_id, span_id = id_at(start), id_at(later(start, 20))
        transcript = "Agent: Harbor Outfitters, how can I help?\nCaller: My parcel never arrived.\n"
        self.client.trace(
            id=trace_id, name="transcribe_call", start_time=start, end_time=later(start, 9_300),
            input={"recording": "call.wav", "language": "en"}, output={"text": transcript, "seconds": 3},
            tags=["voice"], environment="production", project_name=SUPPORT,
            attachments=[
                Attachment(data=wav(3), file_name="call.wav", content_type="audio/wav"),
                Attachment(data=transcript.encode(), file_name="transcript.txt", content_type="text/plain"),
                Attachment(data=png(640, 320, (70, 130, 90)), file_name="waveform.png", content_type="image/png"),
                Attachment(data=pdf(["Call report", "", "Duration: 3 s", "Mood: calm"]), file_name="report.pdf",
                           content_type="application/pdf"),
            ],
        )  # fmt: skip
        self.client.span(
            id=span_id, trace_id=trace_id, name="transcribe", type="llm", model="whisper-1", provider="openai",
            start_time=later(start, 20), end_time=later(start, 9_200), input={"file": "call.wav"},
            output={"text": transcript}, total_cost=0.0003, project_name=SUPPORT,
            attachments=[
                Attachment(data=b'{"segments":[{"start":0,"end":1.4,"speaker":"agent"}]}', file_name="segments.json",
                           content_type="application/json"),
                Attachment(data=b"speaker,seconds\nagent,1.4\ncaller,1.6\n", file_name="speakers.csv",
                           content_type="text/csv"),
            ],
        )  # fmt: skip
        self.ids |= {"files_trace_id": trace_id, "files_span_id": span_id}
        self.traces.append(trace_id)

    def finish(self) -> None:
        """Scores, verdicts of guardrails, comments and times to the first token."""
        self.client.log_traces_feedback_scores(self.trace_scores)
        self.client.log_spans_feedback_scores(self.span_scores)
        self.client.flush()
        for begin in range(0, len(self.guardrails), 100):
            rest("POST", "/guardrails", {"guardrails": self.guardrails[begin : begin + 100]})
        for path, update in self.first_tokens:
            rest("PATCH", path, update)
        # Scores of a conversation are taken when it is over.
        rest("PUT", "/traces/threads/close", {"project_name": SUPPORT, "thread_ids": self.threads[:-2]})
        done = set(self.threads[:-2])
        self.client.log_threads_feedback_scores([entry for entry in self.thread_scores if entry["id"] in done])
        self.client.flush()
        for trace_id, text in self.comments:
            rest("POST", f"/traces/{trace_id}/comments", {"text": text})
        example = self.ids["openai_trace_id"]
        rest("POST", f"/traces/{example}/comments", {"text": "Nice example of a **tool call** with a follow-up.\nKeep it."})
        rest("POST", f"/spans/{self.last_span}/comments", {"text": "The last model call that was logged."})
        thread = rest(
            "POST", "/traces/threads/retrieve", {"project_name": SUPPORT, "thread_id": self.threads[0]}
        )
        rest("POST", f"/traces/threads/{thread['thread_model_id']}/comments", {"text": "The customer called again."})
        self.ids |= {
            "thread_id": self.threads[0],
            "thread_model_id": thread["thread_model_id"],
            "thread_count": len(self.threads),
            "trace_count": len(self.traces),
            "commented_trace_id": example,
        }


def planned_message(planned: dict[str, Any]) -> dict[str, Any]:
    return {"role": planned["role"], "content": planned["content"]}


# Research pipeline

QUESTIONS = [
    "How do solid-state batteries compare with lithium-ion cells in cold climates?",
    "What do cities report about the cost of separated bike lanes?",
    "Which retrieval methods keep up with long context windows?",
    "How has the price of green hydrogen changed since 2020?",
    "What is known about sleep and learning in teenagers?",
]


def plant_research(client: Opik, seed: int = 7) -> dict[str, Any]:
    """Long runs with a graph of steps that may go round several times."""
    rng = random.Random(seed)
    planter = Planter(client, {"text": [{}]}, seed)
    ids: dict[str, Any] = {}
    for number in range(24):
        question = QUESTIONS[number % len(QUESTIONS)]
        start = ago(days=13 * (24 - number) / 24, minutes=25)
        trace_id = id_at(start)
        clock = later(start, 15)
        sources: list[dict[str, Any]] = []

        def step(name: str, begin: datetime.datetime, end: datetime.datetime, parent: str | None, **fields: Any) -> str:
            fields.setdefault("id", id_at(begin))
            client.span(
                trace_id=trace_id, parent_span_id=parent, name=name, start_time=begin, end_time=end,  # noqa: B023
                project_name=RESEARCH, **fields,
            )  # fmt: skip
            return fields["id"]

        def ask(parent: str, begin: datetime.datetime, prompt: str, answer: str, tokens: int) -> datetime.datetime:
            request = {"messages": [{"role": "user", "content": prompt}]}
            reply = {"choices": [{"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}]}
            return planter.llm_span(
                trace_id, parent, "ChatOpenAI", begin, GPT, (request, reply), None, RESEARCH, tokens  # noqa: B023
            )

        root, root_start = id_at(clock), clock
        node_start = later(clock, 4)
        node = id_at(node_start)
        clock = ask(node, later(node_start, 3), f"Plan the research for: {question}", "1. Search\n2. Read\n3. Compare", 400)
        step("planner", node_start, clock, root, id=node, metadata={"langgraph_step": 1, "langgraph_node": "planner"})
        rounds = rng.randint(1, 4)
        failed = number % 8 == 5
        for turn in range(rounds):
            node_start, clock = clock, later(clock, rng.uniform(1_500, 6_000))
            found = [{"url": f"https://papers.example/{rng.randrange(9999)}", "title": f"Source {turn + 1}.{n + 1}"}
                     for n in range(3)]  # fmt: skip
            sources += found
            node = step("search", node_start, clock, root, input={"query": question, "round": turn + 1},
                        output={"results": found}, metadata={"langgraph_step": 2 + turn * 3, "langgraph_node": "search"})  # fmt: skip
            step("tavily_search", later(node_start, 5), clock, node, type="tool", input={"q": question}, output={"n": 3})
            node_start = clock
            node = id_at(node_start)
            for source in found:
                begin, clock = clock, later(clock, rng.uniform(2_000, 9_000))
                step("fetch_page", begin, clock, node, type="tool", input=source, output={"characters": rng.randrange(9_000)})
                clock = ask(node, clock, f"Summarise {source['title']} for: {question}", "Summary. " * 40, 700)
            step("read", node_start, clock, root, id=node, output={"summaries": len(found)},
                 metadata={"langgraph_step": 3 + turn * 3, "langgraph_node": "read"})  # fmt: skip
            node_start = clock
            node = id_at(node_start)
            verdict = "good enough" if turn == rounds - 1 else "needs more"
            clock = ask(node, clock, "Is the evidence sufficient?", verdict, 150)
            step("critique", node_start, clock, root, id=node, output={"verdict": verdict},
                 metadata={"langgraph_step": 4 + turn * 3, "langgraph_node": "critique"})  # fmt: skip
        error = None
        if failed:
            error = {
                "exception_type": "langgraph.errors.GraphRecursionError",
                "message": "Recursion limit of 25 reached without hitting a stop condition.",
                "traceback": "Traceback (most recent call last):\n  File \"/srv/research/graph.py\", line 64, in invoke\n"
                "langgraph.errors.GraphRecursionError: Recursion limit of 25 reached\n",
            }
        else:
            node_start = clock
            node = id_at(node_start)
            clock = ask(node, clock, f"Write the report on: {question}", f"# Report\n\n{question}\n\n" + "Finding. " * 120, 2_400)
            step("write", node_start, clock, root, id=node, metadata={"langgraph_node": "write"})
        step("LangGraph", root_start, clock, None, id=root, input={"question": question}, error_info=error,
             output=None if error else {"rounds": rounds})  # fmt: skip
        client.trace(
            id=trace_id, name="LangGraph", start_time=start, end_time=later(clock, 20), project_name=RESEARCH,
            input={"question": question, "max_rounds": 4}, error_info=error,
            output=None if error else {"report": f"# {question}\n\n" + "Finding. " * 30, "sources": sources},
            metadata={"created_from": "langgraph", "_opik_graph_definition": {"format": "mermaid", "data": RESEARCH_GRAPH}},
            tags=["nightly"] if number % 3 else ["manual"], environment="staging" if number % 3 else "development",
        )  # fmt: skip
        ids["research_trace_id"] = trace_id
        if failed:
            ids["research_failed_trace_id"] = trace_id
        else:
            score = {"name": "report_quality", "value": round(rng.betavariate(6, 3), 2), "reason": "Graded by a reader"}
            client.log_traces_feedback_scores([{"id": trace_id, "project_name": RESEARCH, **score}])
    return ids


def plant_default(client: Opik) -> None:
    """A little of what a first try leaves behind."""
    for number in range(3):
        start = ago(days=2, minutes=-number * 7)
        client.trace(
            id=id_at(start), name="my_first_trace", start_time=start, end_time=later(start, 640), input={"input": "hello"},
            output={"output": "hello, world"}, project_name="Default Project",
        )  # fmt: skip


def plant(client: Opik, prompts: dict[str, Any], traces: int = 300) -> dict[str, Any]:
    """Everything of tracing; answers the ids of examples."""
    planter = Planter(client, prompts)
    planter.plant_support(traces)
    planter.plant_call()
    client.flush()
    planter.finish()
    ids = planter.ids | plant_research(client)
    plant_default(client)
    client.flush()
    rest("PATCH", f"/projects/{project_id(SUPPORT)}", {"description": "Answers the customers of Harbor Outfitters"})
    rest("PATCH", f"/projects/{project_id(RESEARCH)}", {"description": "Reads papers at night"})
    for key, name in {"project_id": SUPPORT, "research_project_id": RESEARCH, "default_project_id": "Default Project"}.items():
        ids[key] = project_id(name)
    ids["project_name"] = SUPPORT
    ids["trace_ids"] = planter.traces[-20:]
    ids["threads"] = planter.threads[:5]
    return ids
