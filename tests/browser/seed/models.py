"""Calls of language models: what they cost, how long they take, and the spans that record them."""

import dataclasses
import datetime
import json
import random
from typing import Any

from opik import Opik

from common import id_at, later


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


class ModelCalls:
    """Writes spans of model calls into one project."""

    def __init__(self, client: Opik, rng: random.Random, project: str):
        self.client = client
        self.rng = rng
        self.project = project
        # Paths and bodies of updates that set the time to the first token, which the SDK has no argument for.
        self.first_tokens: list[tuple[str, dict[str, Any]]] = []
        # The first call of each style of payload.
        self.examples: dict[str, str] = {}
        self.last_span = ""

    def any_model(self) -> Model:
        models, weights = zip(*MODELS, strict=True)
        return self.rng.choices(models, weights)[0]

    def write(
        self,
        trace_id: str,
        parent: str | None,
        name: str,
        start: datetime.datetime,
        model: Model,
        payload: tuple[dict[str, Any], dict[str, Any] | None],
        error: dict[str, str] | None = None,
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
            project_name=self.project,
        )
        if not error:
            update = {
                "project_name": self.project,
                "trace_id": trace_id,
                "parent_span_id": parent,
                "ttft": round(first, 1),
            }
            self.first_tokens.append((f"/spans/{span_id}", update))
        self.examples.setdefault(model.style, span_id)
        self.last_span = span_id
        return end
