"""How the price of a model call is found, stored and kept."""

import pytest

from harness.api import span, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http

USAGE = {"prompt_tokens": 1000, "completion_tokens": 500}
GPT_4O_COST = 0.0075


def cost_of(api, project, **fields) -> float | None:
    part = api.add_spans(span(project, uuid7(), type="llm", **fields))[0]
    return api.span(part["id"]).get("total_estimated_cost")


class TestLookup:
    @pytest.mark.parametrize(
        ("model", "provider"),
        [
            ("gpt-4o", "openai"),
            ("openai/gpt-4o", "openai"),
            ("GPT-4o", "openai"),
            ("gpt-4o-2031-01-01", "openai"),
            ("gpt-4o:12", "openai"),
        ],
    )
    def test_spellings_of_one_model(self, api, project, model, provider):
        assert cost_of(api, project, model=model, provider=provider, usage=USAGE) == pytest.approx(GPT_4O_COST)

    @pytest.mark.parametrize(
        ("alias", "target"), [("claude-4-5-sonnet", "claude-sonnet-4-5"), ("claude-4.5-haiku", "claude-haiku-4-5")]
    )
    def test_aliases(self, api, project, alias, target):
        expected = cost_of(api, project, model=target, provider="anthropic", usage=USAGE)
        assert expected
        assert cost_of(api, project, model=alias, provider="anthropic", usage=USAGE) == pytest.approx(expected)

    def test_provider_aliases(self, api, project):
        fields = {"model": "gemini-3-flash", "usage": USAGE}
        expected = cost_of(api, project, provider="google_ai", **fields)
        assert expected == pytest.approx(1000 * 5e-7 + 500 * 3e-6)
        assert cost_of(api, project, provider="gemini", **fields) == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("model", "provider"), [("no-such-model", "openai"), ("gpt-4o", "nobody"), ("gpt-4o", None), (None, "openai")]
    )
    def test_no_price(self, api, project, model, provider):
        assert cost_of(api, project, model=model, provider=provider, usage=USAGE) is None

    def test_model_in_metadata(self, api, project):
        cost = cost_of(api, project, metadata={"model": "gpt-4o"}, provider="openai", usage=USAGE)
        assert cost == pytest.approx(GPT_4O_COST)

    @pytest.mark.parametrize(
        ("model", "provider", "usage", "cost"),
        [
            ("claude-fable-5", "anthropic", USAGE, 1000 * 1e-5 + 500 * 5e-5),
            ("us.anthropic.claude-fable-5", "bedrock", USAGE, 1000 * 1.1e-5 + 500 * 5.5e-5),
            ("elser_model_2", "elastic", {"prompt_tokens": 1000}, 1000 * 8e-8),
            ("jina-clip-v2", "jina_ai", {"prompt_tokens": 1000}, 1000 * 5e-8),
            ("gpt-oss-20b", "openai", USAGE, 1000 * 3e-8 + 500 * 1.4e-7),
            ("mistral-medium-3-5", "mistral", USAGE, 1000 * 1.5e-6 + 500 * 7.5e-6),
        ],
    )
    def test_own_prices(self, api, project, model, provider, usage, cost):
        assert cost_of(api, project, model=model, provider=provider, usage=usage) == pytest.approx(cost)


class TestSources:
    def test_cost_of_the_client_wins(self, api, project):
        cost = cost_of(api, project, model="gpt-4o", provider="openai", usage=USAGE, total_estimated_cost=2.5)
        assert cost == 2.5

    def test_cost_in_metadata(self, api, project):
        usd = {"cost": {"total_cost": 0.25, "currency": "USD"}}
        assert cost_of(api, project, metadata=usd) == pytest.approx(0.25)
        euro = {"cost": {"total_cost": 0.25, "currency": "EUR"}}
        assert cost_of(api, project, metadata=euro) is None
        text = {"cost": {"total_cost": "much", "currency": "USD"}}
        assert cost_of(api, project, metadata=text) is None
        computed = {**usd, "model": "gpt-4o"}
        assert cost_of(api, project, metadata=computed, provider="openai", usage=USAGE) == pytest.approx(GPT_4O_COST)

    def test_no_cost_is_omitted(self, api, project):
        part = api.add_spans(span(project, uuid7(), type="llm"))[0]
        stored = api.span(part["id"])
        assert "total_estimated_cost" not in stored
        assert not stored.get("total_estimated_cost_version")

    def test_version_of_a_computed_cost(self, api, project):
        part = api.add_spans(span(project, uuid7(), model="gpt-4o", provider="openai", usage=USAGE))[0]
        assert api.span(part["id"])["total_estimated_cost_version"]

    def test_large_usage(self, api, project):
        usage = {"prompt_tokens": 5_000_000_000}
        part = api.add_spans(span(project, uuid7(), usage=usage))[0]
        assert api.span(part["id"])["usage"] == usage


class TestUpdates:
    def patch(self, api, project, part, **fields):
        api.patch(f"/spans/{part['id']}", {"project_name": project, "trace_id": part["trace_id"], **fields})
        return api.span(part["id"]).get("total_estimated_cost")

    def test_recomputed_from_stored_and_new_parts(self, api, project):
        part = api.add_spans(span(project, uuid7(), model="gpt-4o", provider="openai"))[0]
        assert self.patch(api, project, part, usage=USAGE) == pytest.approx(GPT_4O_COST)
        double = {key: value * 2 for key, value in USAGE.items()}
        assert self.patch(api, project, part, usage=double) == pytest.approx(2 * GPT_4O_COST)

    def test_manual_cost_is_never_recomputed(self, api, project):
        part = api.add_spans(span(project, uuid7(), model="gpt-4o", provider="openai", usage=USAGE))[0]
        assert self.patch(api, project, part, total_estimated_cost=9) == 9
        assert self.patch(api, project, part, usage={"prompt_tokens": 1}) == 9

    def test_explicit_zero_removes_the_cost(self, api, project):
        part = api.add_spans(span(project, uuid7(), model="gpt-4o", provider="openai", usage=USAGE))[0]
        assert self.patch(api, project, part, total_estimated_cost=0) is None

    def test_metadata_cost_on_patch(self, api, project):
        part = api.add_spans(span(project, uuid7()))[0]
        assert self.patch(api, project, part, metadata={"cost": {"total_cost": 3, "currency": "USD"}}) == 3

    def test_bulk_patch_never_recomputes(self, api, project):
        part = api.add_spans(span(project, uuid7(), model="gpt-4o", provider="openai", usage=USAGE))[0]
        update = {"trace_id": part["trace_id"], "usage": {"prompt_tokens": 1}}
        api.patch("/spans/batch", {"ids": [part["id"]], "update": update})
        assert api.span(part["id"])["total_estimated_cost"] == pytest.approx(GPT_4O_COST)

    def test_sums_follow(self, api, project):
        item = api.add_traces(trace(project, thread_id="t"))[0]
        part = api.add_spans(span(project, item["id"], total_estimated_cost=1))[0]
        api.add_spans(span(project, item["id"], total_estimated_cost=2))
        self.patch(api, project, part, total_estimated_cost=5)
        assert api.trace(item["id"])["total_estimated_cost"] == 7
        assert api.thread(project, "t")["total_estimated_cost"] == 7
