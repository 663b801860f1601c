"""One of everything, made through the API, and the arguments with which each operation reads it."""

import datetime
from typing import Any

from .api import Api, score, span, times, trace
from .contract import Operation, template
from .ids import now, uuid7

POLICY = {"runs_per_item": 2, "pass_threshold": 1}
JUDGE = {"name": "judge", "type": "llm_judge", "config": {"version": "1", "schema": [{"name": "is polite"}]}}
AUTHORED = {"source": "ui"}


class Seed:
    """What a server was filled with."""

    # Reading these is refused on a server that was set up like this one.
    REFUSED: set[str] = {
        # Exports of datasets are switched off.
        "/v1/private/datasets/export-jobs",
        "/v1/private/datasets/export-jobs/{jobId}",
        "/v1/private/datasets/export-jobs/{jobId}/download",
        # There never is a state, and no file of the upload that is only begun.
        "/v1/private/ollie/state",
        # Nothing runs in the studio, and stopping it is not offered.
        "/v1/private/optimizations/studio/{id}/cancel",
    }
    # Lists that stay empty.
    EMPTY: set[str] = {"GET /v1/private/projects/{projectId}/reports"}

    def __init__(self, api: Api):
        self.api = api
        self.project = "seeded"
        self.ids: dict[str, str] = {}

    def created(self, path: str, body: dict) -> str:
        """Creates something and answers its id, which the `Location` header ends with."""
        response = self.api.post(path, body, expect=201)
        return response.headers["location"].rstrip("/").rsplit("/", 1)[-1]

    def plant(self) -> "Seed":
        self.plant_tracing()
        self.plant_management()
        self.plant_prompts()
        self.plant_evaluation()
        return self

    def plant_tracing(self) -> None:
        api, ids = self.api, self.ids
        yesterday = now() - datetime.timedelta(days=1)
        chat = trace(
            self.project,
            name="chat",
            thread_id="conversation",
            input={"question": "why"},
            output={"answer": "because"},
            metadata={"model": "gpt-4o", "deep": {"n": 1}},
            tags=["blue"],
            error_info={"exception_type": "ValueError", "message": "no", "traceback": "at 1"},
            environment="production",
            source="sdk",
            ttft=12.5,
            **times(1500),
        )
        call = span(
            self.project,
            chat["id"],
            name="call",
            type="llm",
            model="gpt-4o",
            provider="openai",
            input={"prompt": "p"},
            output={"text": "t"},
            metadata={"temperature": 0.5},
            tags=["hot"],
            usage={"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            environment="production",
            source="sdk",
            **times(900),
        )
        old = trace(self.project, id=uuid7(yesterday), name="old", **times(5, yesterday))
        api.add_traces(chat, old)
        api.add_spans(call, span(self.project, old["id"], id=uuid7(yesterday), **times(1, yesterday)))
        ids |= {"trace": chat["id"], "span": call["id"], "project": api.project_id(self.project)}
        api.patch(f"/projects/{ids['project']}", {"description": "one of everything"})
        labels = {"category_name": "good", "reason": "so"}
        api.score_traces(score(chat["id"], "quality", 0.9, self.project, **labels, **AUTHORED))
        api.score_spans(score(call["id"], "grade", 0.4, self.project, **labels))
        ids["thread"] = api.thread(self.project, "conversation")["thread_model_id"]
        api.put("/traces/threads/close", {"project_name": self.project, "thread_ids": ["conversation"]})
        api.score_threads(
            {
                "thread_id": "conversation",
                "project_name": self.project,
                "name": "mood",
                "value": 1.0,
                "source": "sdk",
                "reason": "so",
            }
        )
        for kind, entity in (("traces", "trace"), ("spans", "span"), ("traces/threads", "thread")):
            ids[f"{entity} comment"] = self.created(f"/{kind}/{ids[entity]}/comments", {"text": "a remark"})
        api.post(
            "/guardrails",
            {
                "guardrails": [
                    {
                        "entity_id": chat["id"],
                        "secondary_id": call["id"],
                        "project_name": self.project,
                        "name": "PII",
                        "result": "failed",
                        "config": {"entities": ["name"]},
                        "details": {"found": 1},
                    }
                ]
            },
            expect=204,
        )
        query = {
            "project_name": self.project,
            "entity_type": "trace",
            "entity_id": chat["id"],
            "file_name": "note.txt",
            "mime_type": "text/plain",
        }
        api.call("PUT", "/attachment/upload", 204, params=query, data=b"hello")

    def plant_management(self) -> None:
        api, ids = self.api, self.ids
        project = ids["project"]
        ids["environment"] = self.created("/environments", {"name": "canary", "description": "few", "color": "#112233"})
        for name, details in {
            "numerical": {"min": 0, "max": 5},
            "categorical": {"categories": {"good": 1.0, "bad": 0.0}},
            "boolean": {"true_label": "yes", "false_label": "no"},
        }.items():
            ids["definition"] = self.created(
                "/feedback-definitions",
                {"name": f"{name} scores", "description": "how good", "type": name, "details": details},
            )
        ids["queue"] = self.created(
            "/annotation-queues",
            {
                "project_id": project,
                "name": "review",
                "description": "the odd ones",
                "instructions": "look",
                "scope": "trace",
                "comments_enabled": True,
                "feedback_definition_names": ["quality"],
            },
        )
        api.post(f"/annotation-queues/{ids['queue']}/items/add", {"ids": [ids["trace"]]}, expect=204)
        api.put(f"/annotation-queues/{ids['queue']}/items/{ids['trace']}/lock", expect=200)
        api.score_traces(score(ids["trace"], "quality", 0.7, self.project, source_queue_id=ids["queue"], source="ui"))
        for key, path in (("dashboard", "/dashboards"), ("view", "/insights-views")):
            ids[key] = self.created(
                path,
                {
                    "name": "Overview",
                    "description": "what matters",
                    "project_id": project,
                    "config": {"version": 4, "sections": [], "lastModified": 1},
                },
            )
        ids["query"] = self.created(
            "//v1/internal/dashboard-saved-queries",
            {"project_id": project, "sql": "SELECT 1 WHERE {{window_start}} < {{window_end}}"},
        )
        ids["rule"] = self.created("/retention/rules", {"retention": "base_60d", "project_id": project})
        api.put(
            "/workspaces/configurations",
            {"timeout_to_mark_thread_as_inactive": "PT10M", "color_map": {"quality": "#112233"}},
        )
        api.post(
            "/report-failures",
            {"type": "agent_insights", "project_id": project, "reason": "nothing came", "detail": "at five"},
            expect=201,
        )
        api.put(
            f"/projects/{project}/reports/preferences",
            {"enabled": True, "schedule_time": "05:00:00", "custom_prompt": "short"},
            expect=None,
        )

    def plant_prompts(self) -> None:
        api, ids = self.api, self.ids
        project = {"project_name": self.project}
        ids["prompt"] = self.created(
            "/prompts",
            {
                "name": "greeting",
                "description": "says hello",
                "template": "Hello {{who}}",
                "metadata": {"n": 1},
                "change_description": "the first",
                "tags": ["a"],
                **project,
            },
        )
        version = api.post(
            "/prompts/versions",
            {
                "name": "greeting",
                "version": {"template": "Hi {{who}}", "metadata": {"n": 2}, "change_description": "shorter"},
                **project,
            },
            expect=200,
        ).json()
        ids |= {"version": version["id"], "commit": version["commit"]}
        api.patch("/prompts/versions", {"ids": [version["id"]], "update": {"tags": ["live"]}})
        api.patch(f"/prompts/versions/{version['id']}/environments", {"environments": ["production"]}, expect=None)
        values = [
            {"key": "model", "type": "string", "value": "gpt-4o", "description": "which"},
            {"key": "prompt", "type": "prompt", "value": version["commit"]},
            {"key": "nothing", "type": "string", "value": None},
        ]
        ids["blueprint"] = api.post(
            "/agent-configs/blueprints",
            {**project, "blueprint": {"type": "blueprint", "description": "the first", "values": values}},
            expect=201,
        ).json()["id"]
        api.patch(
            "/agent-configs/blueprints",
            {**project, "blueprint": {"type": "blueprint", "values": values[:1]}},
            expect=201,
        )

    def plant_evaluation(self) -> None:
        api, ids = self.api, self.ids
        project = {"project_name": self.project}
        ids["dataset"] = self.created(
            "/datasets", {"name": "questions", "description": "of users", "tags": ["a"], **project}
        )
        ids["item"] = uuid7()
        item = {
            "id": ids["item"],
            "source": "trace",
            "trace_id": ids["trace"],
            "data": {"question": "why", "n": 1, "deep": {"a": [None]}},
            "description": "the first",
            "tags": ["hard"],
            "evaluators": [JUDGE],
            "execution_policy": POLICY,
        }
        api.put("/datasets/items", {"dataset_name": "questions", "items": [item], **project})
        api.put(
            "/datasets/items",
            {
                "dataset_name": "questions",
                "items": [{"source": "sdk", "data": {"question": "how"}}],
                "batch_group_id": uuid7(),
                **project,
            },
        )
        newest = api.get(f"/datasets/{ids['dataset']}/versions").json()["content"][0]
        ids["hash"] = newest["version_hash"]
        changed = {
            "base_version": newest["id"],
            "change_description": "settings",
            "evaluators": [JUDGE],
            "execution_policy": POLICY,
            "metadata": {"k": "v"},
            "tags": ["stable"],
        }
        api.post(f"/datasets/{ids['dataset']}/items/changes", changed, expect=201)
        ids["optimization"] = self.created(
            "/optimizations",
            {
                "name": "tuning",
                "dataset_name": "questions",
                "objective_name": "f1",
                "status": "running",
                "metadata": {"k": "v"},
                **project,
            },
        )
        ids["experiment"] = self.created(
            "/experiments",
            {
                "name": "first run",
                "dataset_name": "questions",
                "metadata": {"model": "gpt-4o", "deep": {"n": 1}},
                "tags": ["nightly"],
                "evaluation_method": "evaluation_suite",
                "optimization_id": ids["optimization"],
                "prompt_versions": [{"id": ids["version"]}],
                "experiment_scores": [{"name": "f1", "value": 0.5}],
                **project,
            },
        )
        ids["experiment item"] = uuid7()
        link = {
            "id": ids["experiment item"],
            "experiment_id": ids["experiment"],
            "dataset_item_id": ids["item"],
            "trace_id": ids["trace"],
            **project,
        }
        api.post("/experiments/items", {"experiment_items": [link]}, expect=204)
        verdict = {
            "entity_id": ids["trace"],
            "name": "is polite",
            "status": "passed",
            "reason": "says please",
            "source": "sdk",
            **project,
        }
        api.put("/assertion-results", {"entity_type": "TRACE", "assertion_results": [verdict]})

    # Reading

    # What the parameters of a path are, one after the other, by the beginning of the path; the first rule that fits
    # wins. A value after `=` stands for itself.
    PATHS: tuple[tuple[str, list[str]], ...] = (
        ("/v1/private/projects/{}/", ["project", "rule"]),
        ("/v1/private/projects/{}", ["project"]),
        ("/v1/private/traces/threads/{}/comments/{}", ["thread", "thread comment"]),
        ("/v1/private/traces/{}/comments/{}", ["trace", "trace comment"]),
        ("/v1/private/spans/{}/comments/{}", ["span", "span comment"]),
        ("/v1/private/traces/{}", ["trace"]),
        ("/v1/private/spans/{}", ["span"]),
        ("/v1/private/datasets/export-jobs", []),
        ("/v1/private/datasets/items/{}", ["item"]),
        ("/v1/private/datasets/{}", ["dataset", "hash"]),
        ("/v1/private/experiments/items/{}", ["experiment item"]),
        ("/v1/private/experiments/{}", ["experiment"]),
        ("/v1/private/optimizations/studio/{}", ["optimization"]),
        ("/v1/private/optimizations/{}", ["optimization"]),
        ("/v1/private/prompts/by-commit/{}", ["commit"]),
        ("/v1/private/prompts/versions/{}", ["version"]),
        ("/v1/private/prompts/{}/versions/by-number/{}", ["prompt", "=v2"]),
        ("/v1/private/prompts/{}", ["prompt"]),
        ("/v1/private/environments/{}", ["environment"]),
        ("/v1/private/feedback-definitions/{}", ["definition"]),
        ("/v1/private/annotation-queues/{}", ["queue", "trace"]),
        ("/v1/private/dashboards/{}", ["dashboard"]),
        ("/v1/private/insights-views/{}", ["view"]),
        ("/v1/internal/dashboard-saved-queries/{}", ["query"]),
        ("/v1/private/retention/rules/{}", ["rule"]),
        ("/v1/private/agent-configs/blueprints/environments/{}/projects/{}", ["=prod", "project"]),
        ("/v1/private/agent-configs/blueprints/projects/{}/names/{}", ["project", "=v1"]),
        ("/v1/private/agent-configs/blueprints/history/projects/{}", ["project"]),
        ("/v1/private/agent-configs/blueprints/latest/projects/{}", ["project"]),
        ("/v1/private/agent-configs/blueprints/{}", ["blueprint"]),
    )

    def arguments(self, operation: Operation) -> tuple[dict[str, str], dict[str, Any]]:
        """Values of the parameters of a path and of a query, which name what was planted."""
        keys = next((keys for prefix, keys in self.PATHS if template(operation.path).startswith(prefix)), [])
        names = [parameter["name"] for parameter in operation.in_path()]
        ordered = sorted(names, key=lambda name: operation.path.index(f"{{{name}}}"))
        values = {
            name: key[1:] if key.startswith("=") else self.ids[key] for name, key in zip(ordered, keys, strict=False)
        }
        known = {
            "project_id": self.ids["project"],
            "experiment_ids": f'["{self.ids["experiment"]}"]',
            "entity_type": "trace",
            "entity_id": self.ids["trace"],
            "file_name": "note.txt",
            "mime_type": "text/plain",
            "container_id": self.ids["project"],
            "groups": '[{"field":"metadata","key":"model","type":"dictionary"},{"field":"dataset_id","type":"string"}]',
            "include_inactive": "true",
        }
        if operation.path.startswith("/v1/session/redirect"):
            known = {
                "path": "aHR0cDovL2xvY2FsaG9zdC9hcGkv",
                "trace_id": self.ids["trace"],
                "dataset_id": self.ids["dataset"],
                "experiment_id": self.ids["experiment"],
                "optimization_id": self.ids["optimization"],
            }
        if operation.path == "/v1/private/attachment/list":
            known["path"] = "aHR0cDovL2xvY2FsaG9zdC9hcGkv"
        if operation.path in ("/v1/private/report-failures",):
            known["type"] = "agent_insights"
        query = {
            parameter["name"]: known[parameter["name"]]
            for parameter in operation.in_query()
            if parameter["name"] in known
        }
        return values, query

    def readings(self) -> list[tuple[str, str, dict[str, str], dict]]:
        """Operations that read but take a body: method, path, parameters of the path, body."""
        ids = self.ids
        project = {"project_name": self.project}
        window = {
            "interval_start": (now() - datetime.timedelta(days=3)).isoformat(),
            "interval_end": (now() + datetime.timedelta(days=1)).isoformat(),
        }
        commits = {"commits": [ids["commit"]]}
        found = [
            ("/projects/retrieve", {}, {"name": self.project, "include_stats": True}),
            ("/traces/search", {}, project),
            ("/spans/search", {}, project),
            ("/traces/threads/search", {}, project),
            ("/traces/threads/retrieve", {}, {**project, "thread_id": "conversation"}),
            ("/datasets/retrieve", {}, {"dataset_name": "questions", **project}),
            ("/datasets/items/stream", {}, {"dataset_name": "questions", **project}),
            ("/datasets/{id}/versions/retrieve", {"id": ids["dataset"]}, {"version_name": "v1"}),
            ("/datasets/{id}/versions/restore", {"id": ids["dataset"]}, {"version_ref": "latest"}),
            ("/experiments/stream", {}, {"name": "first run", **project}),
            ("/experiments/items/stream", {}, {"experiment_name": "first run", **project}),
            ("/prompts/versions/retrieve", {}, {"name": "greeting", **project}),
            ("/prompts/versions/retrieve-by-ids", {}, {"ids": [ids["version"]]}),
            ("/prompts/retrieve-by-commits", {}, commits),
            ("/workspaces/costs", {}, window),
            ("/workspaces/costs/summaries", {}, window),
            ("/workspaces/metrics", {}, {"name": "quality", **window}),
            ("/workspaces/metrics/summaries", {}, window),
            ("/annotation-queues/{id}/items/search", {"id": ids["queue"]}, {"ids": [ids["trace"]]}),
            ("/projects/{id}/kpi-cards", {"id": ids["project"]}, {"entity_type": "traces", **window}),
        ]
        metrics = [
            *("FEEDBACK_SCORES", "TRACE_COUNT", "DURATION", "TOKEN_USAGE", "COST", "GUARDRAILS_FAILED_COUNT"),
            *("THREAD_COUNT", "THREAD_DURATION", "THREAD_FEEDBACK_SCORES", "SPAN_COUNT", "SPAN_DURATION"),
            *("SPAN_FEEDBACK_SCORES", "SPAN_TOKEN_USAGE", "TRACE_AVERAGE_DURATION", "TRACE_ERROR_RATE"),
        ]
        found += [
            ("/projects/{id}/metrics", {"id": ids["project"]}, {"metric_type": metric, "interval": "DAILY", **window})
            for metric in metrics
        ]
        return [("POST", f"/v1/private{path}", values, body) for path, values, body in found]
