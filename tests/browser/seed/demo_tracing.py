"""Two weeks of a support assistant: traces with nested spans, conversations, errors, scores, comments and files."""

import base64
import datetime
import json
import random
from typing import Any

from opik import Attachment, Opik

import demo_research
import shop
from common import ago, flush, id_at, later, pdf, png, project_id, rest, wav
from models import GPT, GPT_MINI, LLAMA, Model, ModelCalls

SUPPORT = "Support assistant"
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
        self.calls = ModelCalls(client, self.rng, SUPPORT)
        self.guardrails: list[dict[str, Any]] = []
        self.comments: list[tuple[str, str]] = []
        self.traces: list[str] = []
        self.threads: list[str] = []

    def plan_payload(
        self, model: Model, scenario: shop.Scenario, case: dict[str, str], history: list[dict[str, Any]], photo: bool
    ) -> tuple[dict[str, Any], dict[str, Any], str]:
        """Request and answer of the call that decides on a tool, and the id of the tool call."""
        call_id = f"{'toolu' if model.style == 'anthropic' else 'call'}_{self.rng.randrange(16**12):012x}"
        arguments = {name: case[name] for name in scenario.arguments}
        reasoning = shop.filled(
            self.rng.choice(shop.REASONINGS), case | {"intent": scenario.intent, "tool": scenario.tool}
        )
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
        model = self.calls.any_model()
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
                id=span_id,
                trace_id=trace_id,
                parent_span_id=parent,
                name=name,
                type=kind,
                start_time=begin,
                end_time=later(begin, ms),
                project_name=SUPPORT,
                **fields,
            )
            return span_id, later(begin, ms)

        verdict = "failed" if fate == "blocked" else "passed"
        guard, clock = span(
            "input_guardrail",
            "guardrail",
            later(start, 2),
            rng.uniform(20, 70),
            input={"text": question, "checks": ["pii", "topic"]},
            output={"verdict": verdict, "pii": [], "topic": {"on_topic": fate != "blocked", "score": 0.94}},
        )
        self.guardrails.append(
            {
                "entity_id": trace_id,
                "secondary_id": guard,
                "project_name": SUPPORT,
                "name": "TOPIC",
                "result": verdict,
                "config": {"topics": ["orders", "products"]},
                "details": {"score": 0.94},
            }
        )
        output: dict[str, Any] | None = {"output": text, "intent": scenario.intent}
        if fate == "blocked":
            output = {"output": "I can only help with orders and products of our shop.", "intent": "off_topic"}
        else:
            retrieval_start = later(clock, 3)
            embedding_ms, search_ms = rng.uniform(40, 120), rng.uniform(30, 180)
            retrieval, clock = span(
                "retrieve_context",
                "general",
                retrieval_start,
                embedding_ms + search_ms + 6,
                input={"query": question},
                output={"documents": [{"title": scenario.article, "score": round(rng.uniform(0.71, 0.97), 3)}]},
            )
            span(
                "embed_query",
                "tool",
                later(retrieval_start, 1),
                embedding_ms,
                retrieval,
                input={"text": question, "dimensions": 1536},
                output={"vector": "1536 numbers"},
            )
            _, _ = span(
                "search_knowledge_base",
                "tool",
                later(retrieval_start, embedding_ms + 3),
                search_ms,
                retrieval,
                input={"top_k": 4, "query": question},
                output={"hits": [scenario.article, "kb-001 · House style"]},
            )
            self.span_scores.append(
                {
                    "id": retrieval,
                    "name": "retrieval_relevance",
                    "value": round(rng.betavariate(8, 2), 3),
                    "reason": "Share of retrieved articles that the answer used",
                    "project_name": SUPPORT,
                }
            )

            loop_start = later(clock, 2)
            loop = id_at(loop_start)
            request, planned, call_id = self.plan_payload(model, scenario, case, history, photo)
            refused = RATE_LIMIT if fate == "rate limited" else None
            clock = self.calls.write(
                trace_id, loop, "plan", later(loop_start, 1), model, (request, None if refused else planned), refused
            )
            if fate in ("fine", "tool failed"):
                result = shop.filled(scenario.result, case)
                arguments = {name: case[name] for name in scenario.arguments}
                attempts = 2 if fate == "tool failed" or rng.random() < 0.05 else 1
                for attempt in range(attempts):
                    failed = (attempt == 0 and attempts == 2) or fate == "tool failed"
                    tool, clock = span(
                        scenario.tool,
                        "tool",
                        later(clock, 2),
                        10_000 if failed else rng.uniform(60, 900),
                        loop,
                        input=arguments,
                        output=None if failed else result,
                        error_info=TIMEOUT if failed else None,
                        metadata={"attempt": attempt + 1},
                        tags=["retry"] if attempt else None,
                    )
                self.span_scores.append(
                    {
                        "id": tool,
                        "name": "tool_correctness",
                        "value": float(fate == "fine"),
                        "project_name": SUPPORT,
                    }
                )
            if fate == "fine":
                payload = self.answer_payload(model, request, planned, call_id, result, text)
                clock = self.calls.write(trace_id, loop, "answer", later(clock, 2), model, payload)
                first = round((clock - start).total_seconds() * 700, 1)
                self.calls.first_tokens.append((f"/traces/{trace_id}", {"project_name": SUPPORT, "ttft": first}))
            client.span(
                id=loop,
                trace_id=trace_id,
                name="agent_loop",
                type="general",
                start_time=loop_start,
                end_time=clock,
                input={"messages": len(history)},
                output=None if error else {"steps": 2, "tool": scenario.tool},
                error_info=error,
                project_name=SUPPORT,
            )
            if fate == "fine":
                _, clock = span(
                    "output_guardrail",
                    "guardrail",
                    later(clock, 1),
                    rng.uniform(15, 60),
                    input={"text": text},
                    output={"verdict": "passed", "promises": [], "tone": "friendly"},
                )
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
            id=trace_id,
            name="transcribe_call",
            start_time=start,
            end_time=later(start, 9_300),
            input={"recording": "call.wav", "language": "en"},
            output={"text": transcript, "seconds": 3},
            tags=["voice"],
            environment="production",
            project_name=SUPPORT,
            attachments=[
                Attachment(data=wav(3), file_name="call.wav", content_type="audio/wav"),
                Attachment(data=transcript.encode(), file_name="transcript.txt", content_type="text/plain"),
                Attachment(data=png(640, 320, (70, 130, 90)), file_name="waveform.png", content_type="image/png"),
                Attachment(
                    data=pdf(["Call report", "", "Duration: 3 s", "Mood: calm"]),
                    file_name="report.pdf",
                    content_type="application/pdf",
                ),
            ],
        )
        self.client.span(
            id=span_id,
            trace_id=trace_id,
            name="transcribe",
            type="llm",
            model="whisper-1",
            provider="openai",
            start_time=later(start, 20),
            end_time=later(start, 9_200),
            input={"file": "call.wav"},
            output={"text": transcript},
            total_cost=0.0003,
            project_name=SUPPORT,
            attachments=[
                Attachment(
                    data=b'{"segments":[{"start":0,"end":1.4,"speaker":"agent"}]}',
                    file_name="segments.json",
                    content_type="application/json",
                ),
                Attachment(
                    data=b"speaker,seconds\nagent,1.4\ncaller,1.6\n", file_name="speakers.csv", content_type="text/csv"
                ),
            ],
        )
        self.ids |= {"files_trace_id": trace_id, "files_span_id": span_id}
        self.traces.append(trace_id)

    def finish(self) -> None:
        """Scores, verdicts of guardrails, comments and times to the first token."""
        self.client.log_traces_feedback_scores(self.trace_scores)
        self.client.log_spans_feedback_scores(self.span_scores)
        flush(self.client)
        for begin in range(0, len(self.guardrails), 100):
            rest("POST", "/guardrails", {"guardrails": self.guardrails[begin : begin + 100]})
        for path, update in self.calls.first_tokens:
            rest("PATCH", path, update)
        # Scores of a conversation are taken when it is over.
        rest("PUT", "/traces/threads/close", {"project_name": SUPPORT, "thread_ids": self.threads[:-2]})
        done = set(self.threads[:-2])
        self.client.log_threads_feedback_scores([entry for entry in self.thread_scores if entry["id"] in done])
        flush(self.client)
        for trace_id, text in self.comments:
            rest("POST", f"/traces/{trace_id}/comments", {"text": text})
        example = self.ids["openai_trace_id"]
        rest(
            "POST",
            f"/traces/{example}/comments",
            {"text": "Nice example of a **tool call** with a follow-up.\nKeep it."},
        )
        rest("POST", f"/spans/{self.calls.last_span}/comments", {"text": "The last model call that was logged."})
        thread = rest("POST", "/traces/threads/retrieve", {"project_name": SUPPORT, "thread_id": self.threads[0]})
        rest("POST", f"/traces/threads/{thread['thread_model_id']}/comments", {"text": "The customer called again."})
        self.ids |= {f"{style}_span_id": span_id for style, span_id in self.calls.examples.items()}
        self.ids |= {
            "thread_id": self.threads[0],
            "thread_model_id": thread["thread_model_id"],
            "thread_count": len(self.threads),
            "trace_count": len(self.traces),
            "commented_trace_id": example,
        }


def planned_message(planned: dict[str, Any]) -> dict[str, Any]:
    return {"role": planned["role"], "content": planned["content"]}


def plant_default(client: Opik) -> None:
    """A little of what a first try leaves behind."""
    for number in range(3):
        start = ago(days=2, minutes=-number * 7)
        client.trace(
            id=id_at(start),
            name="my_first_trace",
            start_time=start,
            end_time=later(start, 640),
            input={"input": "hello"},
            output={"output": "hello, world"},
            project_name="Default Project",
        )


def plant(client: Opik, prompts: dict[str, Any], traces: int = 300) -> dict[str, Any]:
    """Everything of tracing; answers the ids of examples."""
    planter = Planter(client, prompts)
    planter.plant_support(traces)
    planter.plant_call()
    flush(client)
    planter.finish()
    ids = planter.ids | demo_research.plant(client)
    plant_default(client)
    flush(client)
    rest("PATCH", f"/projects/{project_id(SUPPORT)}", {"description": "Answers the customers of Harbor Outfitters"})
    rest("PATCH", f"/projects/{project_id(demo_research.RESEARCH)}", {"description": "Reads papers at night"})
    for key, name in {
        "project_id": SUPPORT,
        "research_project_id": demo_research.RESEARCH,
        "default_project_id": "Default Project",
    }.items():
        ids[key] = project_id(name)
    ids["project_name"] = SUPPORT
    ids["trace_ids"] = planter.traces[-20:]
    ids["threads"] = planter.threads[:5]
    return ids
