"""The prompt library, annotation queues, dashboards, an agent configuration and a retention rule."""

from typing import Any

import opik
from opik.api_objects.dashboard.types import DashboardWidget

from common import project_id, prompt_id, rest
from demo_research import RESEARCH
from demo_tracing import SUPPORT

TEXT_VERSIONS = [
    "Answer the customer.\n\nQuestion: {{question}}",
    "Answer the customer briefly and friendly.\n\nQuestion: {{question}}",
    "You are the support assistant of {{shop}}. Answer briefly and friendly.\n\nQuestion: {{question}}\n"
    "Context: {{context}}",
    "You are the support assistant of {{shop}}. Answer briefly and friendly, and name the article "
    "of the knowledge base that you used.\n\nQuestion: {{question}}\nContext: {{context}}",
    "You are the support assistant of {{shop}}. Answer in at most three sentences, friendly, and name the article "
    "of the knowledge base that you used.\nNever promise dates that the carrier has not confirmed.\n\n"
    "Question: {{question}}\nContext: {{context}}",
]
CHANGES = [None, "Ask for a friendly tone", "Name the shop, add context", "Cite the article", "Limit the length"]


def plant_prompts(client: opik.Opik) -> tuple[dict[str, Any], dict[str, Any]]:
    """Text and chat prompts with versions; they come first as traces refer to them."""
    objects = [
        client.create_prompt(
            "support-answer",
            text,
            metadata={"owner": "support", "reviewed": index > 2},
            change_description=change,
            description="Answer to a customer",
            tags=["support", "production"],
            project_name=SUPPORT,
        )
        for index, (text, change) in enumerate(zip(TEXT_VERSIONS, CHANGES, strict=True))
    ]
    chat: list[dict[str, Any]] = [
        {"role": "system", "content": "You sort mails of customers by {{labels}}."},
        {"role": "user", "content": "{{mail}}"},
    ]
    versions = [
        chat,
        [chat[0], {"role": "assistant", "content": "Which labels are there?"}, chat[1]],
        [
            {"role": "system", "content": "You sort mails of customers by {{labels}}. Answer with one label."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "{{mail}}"},
                    {"type": "image_url", "image_url": {"url": "{{screenshot}}"}},
                ],
            },
        ],
    ]
    for messages in versions:
        client.create_chat_prompt(
            "mail-triage", messages, description="Sorts mails", tags=["support"], project_name=SUPPORT
        )
    client.create_prompt(
        "report-outline",
        "Outline a report on {{ topic }}{% if audience %} for {{ audience }}{% endif %}.",
        type=opik.PromptType.JINJA2,
        description="First step of the research pipeline",
        project_name=RESEARCH,
    )
    client.set_prompt_environments("support-answer", ["production"], version=objects[3].version, project_name=SUPPORT)
    client.set_prompt_environments(
        "support-answer", ["staging", "development"], version=objects[4].version, project_name=SUPPORT
    )
    described = [prompt.__internal_api__to_info_dict__() for prompt in objects[2:]]
    ids = {
        "prompt_id": prompt_id("support-answer"),
        "chat_prompt_id": prompt_id("mail-triage"),
        "prompt_name": "support-answer",
    }
    return {"text": described, "objects": objects[1:]}, ids


def plant_queues(client: opik.Opik, ids: dict[str, Any]) -> dict[str, Any]:
    definitions = [
        ("Correctness", "numerical", {"min": 0, "max": 10}, "0 is wrong, 10 is complete and right"),
        ("Tone", "categorical", {"categories": {"rude": 0.0, "neutral": 0.5, "friendly": 1.0}}, "How it reads"),
        ("Resolved", "boolean", {"true_label": "Yes", "false_label": "No"}, "Does the customer need to ask again?"),
    ]
    for name, kind, details, description in definitions:
        body = {"name": name, "type": kind, "details": details, "description": description}
        rest("POST", "/feedback-definitions", body)
    names = [name for name, *_ in definitions]
    traces = client.create_traces_annotation_queue(
        "Weekly review",
        project_name=SUPPORT,
        description="A sample of last week",
        instructions="Read the question first.\n\n- **Correctness**: compare with the tool's result\n"
        "- **Tone**: as a customer",
        comments_enabled=True,
        feedback_definition_names=names,
    )
    rest("POST", f"/annotation-queues/{traces.id}/items/add", {"ids": ids["trace_ids"][:12]})
    threads = client.create_threads_annotation_queue(
        "Conversations with low CSAT",
        project_name=SUPPORT,
        instructions="What should the assistant have done?",
        comments_enabled=True,
        feedback_definition_names=["Resolved", "Tone"],
    )
    models = [
        rest("POST", "/traces/threads/retrieve", {"project_name": SUPPORT, "thread_id": thread})["thread_model_id"]
        for thread in ids["threads"]
    ]
    rest("POST", f"/annotation-queues/{threads.id}/items/add", {"ids": models})
    # Two of the traces are reviewed already.
    for trace_id, value in zip(ids["trace_ids"][:2], (8.0, 4.0), strict=True):
        scores = [
            {"name": "Correctness", "value": value, "reason": "Checked against the order"},
            {"name": "Tone", "value": 1.0, "category_name": "friendly"},
        ]
        rest(
            "PUT",
            "/traces/feedback-scores",
            {
                "scores": [
                    {**score, "id": trace_id, "project_name": SUPPORT, "source": "ui", "source_queue_id": traces.id}
                    for score in scores
                ]
            },
        )
    return {"trace_queue_id": traces.id, "thread_queue_id": threads.id}


def widgets() -> list[tuple[DashboardWidget, dict[str, int]]]:
    def card(title: str, metric: str) -> tuple[DashboardWidget, dict[str, int]]:
        config = {"source": "traces", "metric": metric}
        return DashboardWidget(type="project_stats_card", title=title, config=config), {"w": 1, "h": 2}

    def chart(title: str, metric: str, **config: Any) -> tuple[DashboardWidget, dict[str, int]]:
        widget = DashboardWidget(type="project_metrics", title=title, config={"metricType": metric, **config})
        return widget, {"w": 3, "h": 4}

    return [
        card("Traces", "trace_count"),
        card("Errors", "error_count"),
        card("Median duration", "duration.p50"),
        card("Slowest 1 %", "duration.p99"),
        card("Cost", "total_estimated_cost_sum"),
        chart("Traces by name", "TRACE_COUNT", chartType="bar", breakdown={"field": "name"}),
        chart("Duration", "DURATION", chartType="line", durationMetrics=["p50", "p90", "p99"]),
        chart("Scores", "FEEDBACK_SCORES", chartType="line", feedbackScores=["helpfulness", "hallucination"]),
        chart("Cost", "COST", chartType="bar"),
        (
            DashboardWidget(
                type="text_markdown",
                title="On call",
                config={
                    "content": "## Who to call\n\n"
                    "| Day | Name |\n| --- | --- |\n| Mon–Thu | Mei |\n| Fri–Sun | Jonas |",
                },
            ),
            {"w": 2, "h": 4},
        ),
    ]


def plant_dashboards(client: opik.Opik, support: str) -> dict[str, Any]:
    health = client.create_dashboard("Assistant health", description="What on-call looks at", project_name=SUPPORT)
    for widget, size in widgets():
        health.add_widget(widget, size=size)
    experiments = client.create_dashboard("Nightly experiments", type="experiments", description="Before a release")
    experiments.add_widget(
        DashboardWidget(
            type="experiments_feedback_scores",
            title="Scores",
            config={
                "chartType": "bar",
                "feedbackScores": ["correctness", "conciseness", "cites_source"],
                "maxExperimentsCount": 10,
            },
        )
    )
    experiments.add_widget(
        DashboardWidget(
            type="experiment_leaderboard",
            title="Best",
            config={
                "selectedColumns": ["dataset_id", "created_at", "duration.p50"],
                "enableRanking": True,
                "rankingMetric": "feedback_scores.correctness",
                "rankingDirection": True,
                "maxRows": 10,
            },
        )
    )
    view = rest(
        "POST",
        "/insights-views",
        {
            "name": "Cost and tokens",
            "description": "What the models cost",
            "project_id": support,
            "config": client.get_dashboard(health.id).config,
        },
    )
    view_id = view["id"] if isinstance(view, dict) else view
    return {"dashboard_id": health.id, "experiments_dashboard_id": experiments.id, "insights_view_id": view_id}


class AssistantConfig(opik.Config):
    model: str = "gpt-4o-mini"
    temperature: float = 0.2
    top_k: int = 4
    allow_refunds: bool = False


def plant(client: opik.Opik, ids: dict[str, Any]) -> dict[str, Any]:
    support = project_id(SUPPORT)
    made = plant_queues(client, ids) | plant_dashboards(client, support)
    client.create_config(AssistantConfig(), project_name=SUPPORT, description="As it went live")
    client.create_config(AssistantConfig(model="gpt-4.1", top_k=6), project_name=SUPPORT)
    client.set_config_env(project_name=SUPPORT, version="v2", env="staging")
    client.create_environment("canary", description="Five percent of the users", color="#b45309")
    rule = rest("POST", "/retention/rules", {"project_id": project_id(RESEARCH), "retention": "extended_400d"})
    return made | {"retention_rule_id": rule["id"]}
