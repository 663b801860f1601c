"""Every metric over random rows, against sums that are worked out from the rows themselves."""

import collections
import dataclasses
import datetime
import math
import random
import uuid
from fractions import Fraction

import pytest

from harness.api import PRIVATE, Api, filter_by, score
from harness.ids import instant

pytestmark = pytest.mark.http

HOUR = 3_600_000
DAY = 24 * HOUR
# A Wednesday.
BASE = int(datetime.datetime(2026, 2, 4, 17, 23, 41, 250_000, tzinfo=datetime.UTC).timestamp() * 1000)
RANGE = 9 * DAY
NAMES = [None, "chat", "Suche ä", "日本語", "chat ", 'a"b', "x" * 60]
TAGS = ["prod", "beta", "ü", "Unknown", "long tag"]
MODELS = [None, "gpt-x", "claude-ü", "other"]
PROVIDERS = [None, "openai-compatible", "elsewhere"]
ERRORS = ["ValueError", "Timeout", None]
SCORES = ["quality", "ß score", "zero"]
KEYS = ["prompt_tokens", "completion_tokens", "original_usage.cached"]
TEAMS = [None, "red", "blue", 'gr"ün', 7, {"nested": 1}]
WIDTHS = {"HOURLY": (HOUR, 0), "DAILY": (DAY, 0), "WEEKLY": (7 * DAY, 3 * DAY)}


@dataclasses.dataclass
class Row:
    """A trace, span or thread as the oracle knows it."""

    id: str
    millis: int
    name: str | None = None
    start: int = 0
    end: int | None = None
    tags: list[str] = dataclasses.field(default_factory=list)
    metadata: dict | None = None
    error: dict | None = None
    model: str | None = None
    provider: str | None = None
    kind: str = "general"
    cost: int = 0
    usage: dict[str, int] = dataclasses.field(default_factory=dict)
    scores: dict[str, Fraction] = dataclasses.field(default_factory=dict)
    failed: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    spans: list["Row"] = dataclasses.field(default_factory=list)
    thread: str | None = None

    @property
    def duration(self) -> Fraction | None:
        return None if self.end is None else Fraction(self.end - self.start, 1000)


class Corpus:
    """Random rows of one project, written through the API and remembered."""

    def __init__(self, api: Api, name: str, traces: int, seed: int):
        self.api, self.name = api, name
        self.random = random.Random(seed)
        self.traces = [self._row() for _ in range(traces)]
        for trace in self.traces:
            if self.random.random() < 0.4:
                trace.thread = f"thread-{self.random.randrange(max(4, traces // 12))}"
        self.spans = []
        for _ in range(traces + traces // 4):
            trace = self.random.choice(self.traces)
            span = self._row()
            near = self.random.random() < 0.8
            # Some spans have ids far away from that of their trace.
            span.millis = trace.millis + self.random.randrange(5_000) if near else span.millis
            span.id = self._id(span.millis)
            span.kind = self.random.choice(["general", "tool", "llm", "guardrail"])
            span.model, span.provider = self.random.choice(MODELS), self.random.choice(PROVIDERS)
            span.cost = self.random.choice([0, 0, self.random.randrange(1, 5_000_000)])
            for key in KEYS:
                if self.random.random() < 0.4:
                    span.usage[key] = self.random.choice([0, self.random.randrange(4_000)])
            trace.spans.append(span)
            self.spans.append((trace, span))
        self._write()
        self._change()
        self.id = api.project_id(name)
        self.threads = self._threads()

    def _id(self, millis: int) -> str:
        raw = bytearray(self.random.randbytes(16))
        raw[0:6] = millis.to_bytes(6, "big")
        raw[6] = 0x70 | raw[6] & 0x0F
        raw[8] = 0x80 | raw[8] & 0x3F
        return str(uuid.UUID(bytes=bytes(raw)))

    def _row(self) -> Row:
        pick = self.random
        millis = BASE + pick.randrange(RANGE)
        if pick.random() < 0.15:
            # Ends of hours and days, to the millisecond.
            millis = millis // HOUR * HOUR + pick.choice([0, -1, 1])
        start = millis * 1000 + pick.randrange(-5_000_000, 5_000_000)
        row = Row(id=self._id(millis), millis=millis, name=pick.choice(NAMES), start=start)
        if pick.random() < 0.8:
            row.end = start + pick.choice([0, 1_500, pick.randrange(1, 90_000_000)])
        row.tags = sorted(pick.sample(TAGS, pick.choice([0, 0, 1, 2, 3])))
        if pick.random() < 0.6:
            team = pick.choice(TEAMS)
            row.metadata = {"k": pick.randrange(3)} if team is None else {"team": team, "k": pick.randrange(3)}
        if pick.random() < 0.25:
            row.error = {"exception_type": pick.choice(ERRORS), "message": "m", "traceback": "t"}
            row.error = {key: value for key, value in row.error.items() if value is not None}
        for name in SCORES:
            if pick.random() < 0.3:
                row.scores[name] = Fraction(0) if name == "zero" else Fraction(pick.randrange(0, 1001), 1000)
        return row

    def _body(self, row: Row, **more) -> dict:
        body = {"id": row.id, "project_name": self.name, "start_time": micros(row.start), "tags": row.tags, **more}
        optional = {
            "name": row.name,
            "end_time": None if row.end is None else micros(row.end),
            "metadata": row.metadata,
            "error_info": row.error,
        }
        return body | {key: value for key, value in optional.items() if value is not None}

    def _write(self) -> None:
        traces = [self._body(row, **({"thread_id": row.thread} if row.thread else {})) for row in self.traces]
        for piece in pieces(traces, 500):
            self.api.add_traces(*piece)
        spans = []
        for trace, row in self.spans:
            body = self._body(row, trace_id=trace.id, type=row.kind, usage=row.usage)
            body["total_estimated_cost"] = row.cost / 1e9
            if row.model:
                body["model"] = row.model
            if row.provider:
                body["provider"] = row.provider
            spans.append(body)
        for piece in pieces(spans, 500):
            self.api.add_spans(*piece)
        for rows, put in ((self.traces, self.api.score_traces), ([row for _, row in self.spans], self.api.score_spans)):
            scores = [
                score(row.id, name, float(value), self.name) for row in rows for name, value in row.scores.items()
            ]
            for piece in pieces(scores, 500):
                put(*piece)
        guardrails = []
        for row in self.traces:
            if self.random.random() < 0.2:
                for name in self.random.sample(["TOPIC", "PII"], self.random.choice([1, 2])):
                    failed = self.random.random() < 0.6
                    row.failed[name] += failed
                    guardrails.append(
                        {
                            "id": self._id(row.millis),
                            "entity_id": row.id,
                            "secondary_id": self._id(row.millis),
                            "project_name": self.name,
                            "name": name,
                            "result": "failed" if failed else "passed",
                            "config": {},
                            "details": {},
                        }
                    )
        for piece in pieces(guardrails, 200):
            self.api.post("/guardrails", {"guardrails": piece}, expect=204)

    def _change(self) -> None:
        """Updates and deletions after the fact."""
        for row in self.random.sample(self.traces, 25):
            row.name, row.tags, row.end = "renamed", ["later"], row.start + self.random.randrange(9_000_000)
            body = {"project_name": self.name, "name": row.name, "tags": row.tags, "end_time": micros(row.end)}
            self.api.patch(f"/traces/{row.id}", body)
        for trace, row in self.random.sample(self.spans, 25):
            row.usage, row.model = {"prompt_tokens": 11}, "renamed"
            body = {"project_name": self.name, "trace_id": trace.id, "usage": row.usage, "model": row.model}
            # A changed model has the cost worked out anew unless it is given.
            self.api.patch(f"/spans/{row.id}", {**body, "total_estimated_cost": 0.5})
            row.cost = 500_000_000
        gone = {row.id for row in self.random.sample(self.traces, 20)}
        self.api.post("/traces/delete", {"ids": sorted(gone)}, expect=204)
        self.traces = [row for row in self.traces if row.id not in gone]
        self.spans = [(trace, row) for trace, row in self.spans if trace.id not in gone]

    def _threads(self) -> list[Row]:
        by_id: dict[str, list[Row]] = collections.defaultdict(list)
        for row in self.traces:
            if row.thread:
                by_id[row.thread].append(row)
        threads, scores = [], []
        listed = self.api.page("traces/threads", project_id=self.id, size=1000)["content"]
        assert {thread["id"] for thread in listed} == set(by_id)
        for number, thread in enumerate(listed):
            traces = by_id[thread["id"]]
            ends = [row.end for row in traces if row.end is not None]
            model_id = thread["thread_model_id"]
            row = Row(
                id=thread["id"],
                millis=uuid.UUID(model_id).int >> 80,
                start=min(row.start for row in traces),
                end=max(ends, default=None),
                cost=sum(span.cost for row in traces for span in row.spans),
            )
            if number % 3:
                row.tags = sorted(self.random.sample(TAGS, self.random.choice([1, 2])))
                self.api.patch(f"/traces/threads/{model_id}", {"tags": row.tags})
            if number % 2:
                row.scores["ß score"] = Fraction(self.random.randrange(-500, 1001), 1000)
                body = {"thread_id": row.id, "project_name": self.name, "name": "ß score", "source": "sdk"}
                scores.append({**body, "value": float(row.scores["ß score"])})
            threads.append(row)
        self.api.put("/traces/threads/close", {"project_name": self.name, "thread_ids": [row.id for row in threads]})
        for piece in pieces(scores, 500):
            self.api.score_threads(*piece)
        return threads

    def rows(self, metric: str) -> list[Row]:
        if metric.startswith("THREAD"):
            return self.threads
        if metric.startswith("SPAN"):
            return [row for _, row in self.spans]
        return self.traces


def pieces(items: list, size: int) -> list[list]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def micros(value: int) -> str:
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    return instant(epoch + datetime.timedelta(microseconds=value))


def text_of(millis: int) -> str:
    return micros(millis * 1000)


def time_of(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


# The oracle


def bucket(interval: str, millis: int) -> int:
    if interval == "TOTAL":
        return 0
    width, shift = WIDTHS[interval]
    return (millis + shift) // width * width - shift


def quantile(values: list[Fraction], q: Fraction) -> float:
    if not values:
        return 0.0
    values = sorted(values)
    place = q * (len(values) - 1)
    low = math.floor(place)
    high = min(low + 1, len(values) - 1)
    return float(values[low] + (values[high] - values[low]) * (place - low))


def mean(values: list[Fraction]) -> float | None:
    return float(sum(values) / len(values)) if values else None


def in_range_usage(row: Row, metric: str, start: int, end: int) -> collections.Counter:
    spans = [row] if metric.startswith("SPAN") else [span for span in row.spans if start <= span.millis <= end]
    found = collections.Counter()
    for span in spans:
        for key, value in span.usage.items():
            if value > 0:
                found[key] += value
    return found


QUANTILES = {"p50": Fraction(1, 2), "p90": Fraction(9, 10), "p99": Fraction(99, 100)}


def measured(metric: str, rows: list[Row], start: int, end: int) -> dict[str, float | None]:
    """The values of one bucket by the name within the metric."""
    durations = [row.duration for row in rows if row.duration is not None]
    if metric.endswith("AVERAGE_DURATION"):
        return {"": mean(durations)}
    if metric.endswith("DURATION"):
        return {name: quantile(durations, q) for name, q in QUANTILES.items()}
    if metric.endswith("FEEDBACK_SCORES"):
        names = {name for row in rows for name in row.scores}
        means = {name: mean([row.scores[name] for row in rows if name in row.scores]) for name in names}
        return {name: value if value is None or round(value, 9) != 0 else None for name, value in means.items()}
    if metric.endswith("TOKEN_USAGE"):
        sums = collections.Counter()
        for row in rows:
            sums.update(in_range_usage(row, metric, start, end))
        return dict(sums)
    if metric.endswith("ERROR_RATE"):
        return {"": 100 * sum(row.error is not None for row in rows) / len(rows)}
    if metric.endswith("COST"):
        of = (lambda row: row.cost) if metric != "COST" else (lambda row: sum(span.cost for span in row.spans))
        return {"": sum(of(row) for row in rows) / 1e9}
    if metric == "GUARDRAILS_FAILED_COUNT":
        return {"": sum(row.failed.total() for row in rows)}
    return {"": len(rows)}


def groups(field: str, row: Row) -> list[str]:
    if field == "tags":
        return row.tags or ["Unknown"]
    if field == "metadata":
        if row.metadata is None:
            return ["Unknown"]
        value = row.metadata.get("team")
        return [value if isinstance(value, str) else ""]
    if field == "error_info":
        return ["Has Error" if row.error else "No Error"]
    if field == "error_type":
        return [row.error.get("exception_type") or "Unknown Error"] if row.error else ["No Error"]
    return [{"name": row.name, "model": row.model, "provider": row.provider, "type": row.kind}[field] or "Unknown"]


def gap(metric: str) -> float | None:
    return None if metric.endswith(("DURATION", "FEEDBACK_SCORES")) else 0


SINGLE = {
    "TRACE_COUNT": "traces",
    "SPAN_COUNT": "spans",
    "THREAD_COUNT": "threads",
    "GUARDRAILS_FAILED_COUNT": "failed",
}


def series_name(metric: str, name: str) -> str:
    if name in QUANTILES and metric.endswith("DURATION"):
        return f"{metric.lower()}.{name}"
    return name or SINGLE.get(metric, metric.lower())


def buckets_of(rows: list[Row], interval: str, start: int, end: int) -> dict[int, list[Row]]:
    found = collections.defaultdict(list)
    for row in rows:
        if start <= row.millis <= end:
            found[bucket(interval, row.millis)].append(row)
    return found


def expected_plain(metric: str, rows: list[Row], interval: str, start: int, end: int) -> dict[str, list]:
    found = buckets_of(rows, interval, start, end)
    values = {at: measured(metric, members, start, end) for at, members in found.items()}
    names = {name for value in values.values() for name in value}
    if interval == "TOTAL":
        at = start // 1000 * 1000
        return {series_name(metric, name): [(at, values[0][name])] for name in names}
    shown, at = [], bucket(interval, start)
    while at < end:
        shown.append(at)
        at += WIDTHS[interval][0]
    by_name = metric.endswith(("FEEDBACK_SCORES", "TOKEN_USAGE"))
    if not names:
        names = QUANTILES if metric.endswith("DURATION") and "AVERAGE" not in metric else {""}
        if by_name:
            return {"": [(at, gap(metric)) for at in shown]}
    times = {name: sorted(set(shown) | {at for at, value in values.items() if name in value}) for name in names}
    return {
        series_name(metric, name): [(at, values.get(at, {}).get(name, gap(metric))) for at in times[name]]
        for name in names
    }


def expected_groups(metric: str, field: str, sub: str | None, rows: list[Row], interval: str, start: int, end: int):
    by_group = collections.defaultdict(list)
    for row in rows:
        if start <= row.millis <= end:
            for group in groups(field, row):
                by_group[group].append(row)
    found = {}
    for group, members in by_group.items():
        points = []
        for at, inside in sorted(buckets_of(members, interval, start, end).items()):
            values = measured(metric, inside, start, end)
            if (sub or "") in values:
                points.append((start // 1000 * 1000 if interval == "TOTAL" else at, values[sub or ""]))
        if points:
            found[group] = points
    return found


def approx(value: float | None):
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-8)


def points(series: dict) -> list[tuple]:
    assert all(set(point) == {"time", "value"} for point in series["data"])
    return [(time_of(point["time"]), point["value"]) for point in series["data"]]


def assert_points(found: list[tuple], wanted: list[tuple], what: str) -> None:
    assert [at for at, _ in found] == [at for at, _ in wanted], what
    for (at, value), (_, right) in zip(found, wanted, strict=True):
        assert value == approx(right), f"{what} at {text_of(at)}: {value} instead of {right}"


METRICS = [
    "FEEDBACK_SCORES",
    "TRACE_COUNT",
    "TOKEN_USAGE",
    "DURATION",
    "COST",
    "GUARDRAILS_FAILED_COUNT",
    "THREAD_COUNT",
    "THREAD_DURATION",
    "THREAD_FEEDBACK_SCORES",
    "SPAN_FEEDBACK_SCORES",
    "SPAN_COUNT",
    "SPAN_DURATION",
    "SPAN_TOKEN_USAGE",
    "TRACE_AVERAGE_DURATION",
    "TRACE_ERROR_RATE",
    "SPAN_AVERAGE_DURATION",
    "SPAN_COST",
    "SPAN_ERROR_RATE",
    "THREAD_AVERAGE_DURATION",
    "THREAD_COST",
]
GROUPED = {
    "tags": [metric for metric in METRICS if not metric.endswith(("AVERAGE_DURATION", "RATE", "N_COST", "D_COST"))],
    "model": ["SPAN_COUNT", "SPAN_DURATION", "SPAN_TOKEN_USAGE", "SPAN_FEEDBACK_SCORES"],
}
GROUPED["provider"] = GROUPED["type"] = GROUPED["model"]
for _field in ("name", "metadata", "error_info", "error_type"):
    GROUPED[_field] = [metric for metric in GROUPED["tags"] if not metric.startswith("THREAD")]
INTERVALS = ["HOURLY", "DAILY", "WEEKLY", "TOTAL"]
# Everything, a range within, one inside of a single hour, and none of the rows.
RANGES = [
    (BASE - DAY, BASE + RANGE + DAY),
    (BASE + 2 * DAY + 123, BASE + 6 * DAY + 4_567),
    (BASE + DAY // HOUR * HOUR + 60_000, BASE + DAY // HOUR * HOUR + 900_000),
    (BASE - 90 * DAY, BASE - 88 * DAY),
]


@pytest.fixture(scope="module", params=["few rows", "many rows"])
def corpus(request, server):
    """Few rows are read from the tables, many from columns in memory."""
    traces, seed = {"few rows": (220, 5), "many rows": (2_400, 6)}[request.param]
    api = Api(server.root)
    assert api.url("") == server.root + PRIVATE
    return Corpus(api, f"metrics-{uuid.uuid4().hex[:12]}", traces, seed)


def ask(corpus: Corpus, metric: str, interval: str, start: int, end: int, **more) -> list[dict]:
    body = {
        "metric_type": metric,
        "interval": interval,
        "interval_start": text_of(start),
        "interval_end": text_of(end),
        **more,
    }
    answer = corpus.api.post(f"/projects/{corpus.id}/metrics", body, expect=200).json()
    assert {key: answer[key] for key in ("project_id", "metric_type", "interval")} == {
        "project_id": corpus.id,
        "metric_type": metric,
        "interval": interval,
    }
    return answer["results"]


@pytest.mark.parametrize("metric", METRICS)
def test_plain(corpus, metric):
    for interval in INTERVALS:
        for start, end in RANGES:
            what = f"{metric} {interval} {text_of(start)} {text_of(end)}"
            wanted = expected_plain(metric, corpus.rows(metric), interval, start, end)
            found = {series["name"]: points(series) for series in ask(corpus, metric, interval, start, end)}
            assert set(found) == set(wanted), what
            for name, right in wanted.items():
                assert_points(found[name], right, f"{what} {name}")


def filters_of(metric: str) -> list[tuple[dict, object]]:
    if metric.startswith("THREAD"):
        return [
            ([filter_by("duration", ">", "5000")], lambda row: row.duration is not None and row.duration > 5000),
            ([filter_by("tags", "contains", "beta")], lambda row: "beta" in row.tags),
        ]
    return [
        ([filter_by("name", "=", "chat")], lambda row: (row.name or "") == "chat"),
        (
            [filter_by("duration", ">=", "1.5"), filter_by("error_info", "is_empty")],
            lambda row: row.duration is not None and row.duration >= Fraction(3, 2) and not row.error,
        ),
        (
            [filter_by("metadata", "=", "red", "team")],
            lambda row: bool(row.metadata) and row.metadata.get("team") == "red",
        ),
        (
            [filter_by("feedback_scores", ">", "0.5", "quality")],
            lambda row: row.scores.get("quality", 0) > Fraction(1, 2),
        ),
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_filtered(corpus, metric):
    own = "thread_filters" if metric.startswith("THREAD") else "trace_filters"
    own = "span_filters" if metric.startswith("SPAN") else own
    for number, (filters, passes) in enumerate(filters_of(metric)):
        # The filters of other entities are not looked at.
        lists = {name: [] for name in ("trace_filters", "span_filters", "thread_filters")} | {own: filters}
        rows = [row for row in corpus.rows(metric) if passes(row)]
        interval = INTERVALS[number % 4]
        for start, end in RANGES[:3]:
            what = f"{metric} {interval} {filters}"
            wanted = expected_plain(metric, rows, interval, start, end)
            found = {series["name"]: points(series) for series in ask(corpus, metric, interval, start, end, **lists)}
            assert set(found) == set(wanted), what
            for name, right in wanted.items():
                assert_points(found[name], right, f"{what} {name}")


@pytest.mark.parametrize("field", sorted(GROUPED))
def test_grouped(corpus, field):
    for number, metric in enumerate(GROUPED[field]):
        subs = [None]
        if metric.endswith("DURATION"):
            subs = list(QUANTILES)
        elif metric.endswith("SCORES"):
            subs = ["ß score", "no such score"]
        elif metric.endswith("USAGE"):
            subs = [KEYS[0]]
        for sub in subs:
            for interval in (INTERVALS[number % 3], "TOTAL"):
                for start, end in RANGES[:2]:
                    check_groups(corpus, metric, field, sub, interval, start, end)


def check_groups(corpus, metric, field, sub, interval, start, end):
    breakdown = {"field": field, "metadata_key": "team", "sub_metric": sub}
    found = ask(corpus, metric, interval, start, end, breakdown=breakdown)
    wanted = expected_groups(metric, field, sub, corpus.rows(metric), interval, start, end)
    what = f"{metric} {interval} by {field} {sub}"
    names = [series["name"] for series in found]
    assert len(names) == len(set(names)), what
    sums = {name: sum(value or 0 for _, value in group) for name, group in wanted.items()}
    ranked = sorted(sums, key=lambda name: (-round(sums[name], 7), name))
    shown = [name for name in names if name != "__others__"]
    assert set(shown) <= set(wanted), what
    assert len(shown) == min(10, len(wanted)), what
    assert [sums[name] for name in shown] == [approx(sums[name]) for name in ranked[: len(shown)]], what
    for series in found:
        if series["name"] != "__others__":
            assert_points(points(series), wanted[series["name"]], f"{what} {series['name']}")
    if len(wanted) > 10:
        assert names[-1] == "__others__", what
        rest = sorted(point for name in wanted if name not in shown for point in wanted[name])
        assert_points(sorted(points(found[-1])), rest, f"{what} of the others")


def test_failed_guardrails_by_name(corpus):
    start, end = RANGES[1]
    breakdown = {"field": "guardrail_name"}
    found = ask(corpus, "GUARDRAILS_FAILED_COUNT", "TOTAL", start, end, breakdown=breakdown)
    sums = collections.Counter()
    for row in corpus.traces:
        if start <= row.millis <= end:
            sums.update(row.failed)
    assert {series["name"]: series["data"][0]["value"] for series in found} == {k: v for k, v in sums.items() if v}


@pytest.mark.parametrize("entity", ["traces", "Spans", "THREADS"])
@pytest.mark.parametrize("filters", [None, [filter_by("duration", ">", "1000")]])
def test_cards(corpus, entity, filters):
    start, end = BASE + 4 * DAY + 17, BASE + 7 * DAY + 5
    rows = {"traces": corpus.traces, "spans": [row for _, row in corpus.spans], "threads": corpus.threads}[
        entity.lower()
    ]
    if filters:
        rows = [row for row in rows if row.duration is not None and row.duration > 1000]
    body = {"entity_type": entity, "interval_start": text_of(start), "interval_end": text_of(end)}
    if filters:
        body["filters"] = str(filters).replace("'", '"')
    stats = corpus.api.post(f"/projects/{corpus.id}/kpi-cards", body, expect=200).json()["stats"]
    kinds = ["count", "avg_duration", "total_cost"] + ([] if entity == "THREADS" else ["errors"])
    assert [stat["type"] for stat in stats] == kinds
    before = 2 * start - end
    for key, inside in (
        ("current_value", [row for row in rows if start <= row.millis <= end]),
        ("previous_value", [row for row in rows if before <= row.millis < start]),
    ):
        of_spans = entity.lower() == "traces"
        cost = sum(sum(span.cost for span in row.spans) if of_spans else row.cost for row in inside) / 1e9
        values = {
            "count": float(len(inside)),
            "avg_duration": mean([row.duration for row in inside if row.duration is not None]),
            "total_cost": cost,
            "errors": 100 * sum(row.error is not None for row in inside) / max(len(inside), 1),
        }
        for stat in stats:
            assert stat[key] is None or isinstance(stat[key], float)
            assert stat[key] == approx(values[stat["type"]]), f"{entity} {stat['type']} {key}"


def test_workspace_costs(corpus):
    start, end = BASE + 2 * DAY + 123, BASE + 6 * DAY + 4_567
    body = {"project_ids": [corpus.id], "interval_start": text_of(start), "interval_end": text_of(end)}
    inside = collections.defaultdict(int)
    for _, row in corpus.spans:
        if start * 1000 <= row.start < end * 1000:
            inside[row.start // 1000 // DAY * DAY] += row.cost
    (series,) = corpus.api.post("/workspaces/costs", body, expect=200).json()["results"]
    assert (series["project_id"], series["name"]) == (corpus.id, "cost")
    days = range(start // DAY * DAY, end, DAY)
    wanted = [(day, inside[day] / 1e9 if day in inside else None) for day in days]
    assert_points(points(series), wanted, "costs")
    summary = corpus.api.post("/workspaces/costs/summaries", body, expect=200).json()
    before = sum(row.cost for _, row in corpus.spans if (2 * start - end) * 1000 <= row.start < start * 1000)
    assert summary == {"name": "cost", "current": approx(sum(inside.values()) / 1e9), "previous": approx(before / 1e9)}


def test_workspace_scores(corpus):
    start, end = BASE + 2 * DAY + 123, BASE + 6 * DAY
    body = {"project_ids": [corpus.id], "interval_start": text_of(start), "interval_end": text_of(end)}
    inside = [row for row in corpus.traces if start <= row.millis < end]
    before = [row for row in corpus.traces if 2 * start - end <= row.millis < start]
    for name in ("quality", "ß score"):
        values = collections.defaultdict(list)
        for row in inside:
            if name in row.scores:
                values[bucket("DAILY", row.millis)].append(row.scores[name])
        (series,) = corpus.api.post("/workspaces/metrics", {**body, "name": name}, expect=200).json()["results"]
        assert (series["project_id"], series["name"]) == (corpus.id, name)
        days = range(start // DAY * DAY, end, DAY)
        assert_points(points(series), [(day, mean(values[day]) or None) for day in days], name)
    results = corpus.api.post("/workspaces/metrics/summaries", body, expect=200).json()["results"]
    wanted = [
        {
            "name": name,
            "current": approx(mean([row.scores[name] for row in inside if name in row.scores])),
            "previous": approx(mean([row.scores[name] for row in before if name in row.scores])),
        }
        # The mean of the scores called `zero` is 0, which is no value.
        for name in ("quality", "ß score")
    ]
    assert results == wanted


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric.startswith("SPAN")])
def test_workspace_spans(corpus, metric):
    start, end = RANGES[1]
    body = {
        "project_ids": [corpus.id, str(uuid.uuid4())],
        "metric_type": metric,
        "interval": "DAILY",
        "interval_start": text_of(start),
        "interval_end": text_of(end),
        "filters": [filter_by("type", "=", "llm")],
    }
    rows = [row for row in corpus.rows(metric) if row.kind == "llm"]
    results = corpus.api.post("/workspaces/metrics/spans", body, expect=200).json()["results"]
    wanted = expected_plain(metric, rows, "DAILY", start, end)
    assert {series["name"] for series in results} == set(wanted)
    for series in results:
        assert set(series) == {"name", "data"}
        assert_points(points(series), wanted[series["name"]], series["name"])


def test_usage_names(corpus):
    names = sorted({key for _, row in corpus.spans for key, value in row.usage.items() if value > 0})
    answer = corpus.api.post("/workspaces/token-usage/names", {"project_ids": [corpus.id, corpus.id]}, expect=200)
    assert answer.json() == {"names": names}
