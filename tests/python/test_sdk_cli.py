"""The command line tool of the SDK: export, import, migration, health check and usage report.

Each command is a process of its own, so what they made is set up once and looked at by several tests.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import types

import opik
import pytest
from opik import evaluation
from opik.api_objects import opik_client
from opik.evaluation import metrics

from harness import sdk as sdk_helper
from harness.api import Api
from harness.server import Server

pytestmark = pytest.mark.sdk

OPIK = pathlib.Path(sys.executable).parent / "opik"
# 1.9 exports each thing of a workspace by its name; 2.x exports a project.
HAS_PROJECT_EXPORT = sdk_helper.VERSION >= (2, 0, 0)
START = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
MESSAGES = [{"role": "user", "content": "{{question}}"}]


def run(server, *arguments, cwd, status=0, **env):
    """Runs the tool against a server, with a home directory of its own."""
    settings = {key: value for key, value in os.environ.items() if not key.startswith("OPIK_")}
    settings |= {
        "HOME": str(cwd),
        "OPIK_URL_OVERRIDE": server.api,
        "OPIK_WORKSPACE": "default",
        "OPIK_CONFIG_PATH": os.devnull,
        "OPIK_SENTRY_ENABLE": "false",
        "OPIK_ANALYTICS_ENABLE": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [OPIK, *arguments], cwd=cwd, env=settings | env, capture_output=True, text=True, timeout=120, check=False
    )
    text = done.stdout + done.stderr
    assert done.returncode == status, f"opik {' '.join(map(str, arguments))}: {done.returncode}\n{text}"
    return text


def fill(project):
    """A project with one of everything that can be exported; answers what the tests compare."""
    client = opik_client.get_client_cached()
    for number in range(3):
        start = START + datetime.timedelta(minutes=number)
        trace = client.trace(
            name=f"trace {number}",
            input={"question": f"naïve {number} 日本"},
            output={"answer": [number, None, 0.5]},
            metadata={"deep": {"n": number}},
            tags=["blue", f"n{number}"],
            thread_id="conversation",
            start_time=start,
            end_time=start + datetime.timedelta(seconds=1),
        )
        outer = trace.span(name="outer", input={"i": number}, start_time=start, end_time=start)
        outer.span(
            name="inner",
            type="llm",
            model="gpt-4o",
            provider="openai",
            usage={"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5},
            start_time=start,
            end_time=start,
        )
        trace.log_feedback_score("quality", number / 2, reason="so")
    dataset = client.create_dataset(f"dataset-{project}", description="of questions")
    dataset.insert([{"n": n, "question": f"q{n} 日本", "nested": {"a": [n, None]}} for n in range(5)])
    for text in ("first {{question}}", "second {{question}}"):
        client.create_prompt(name=f"prompt-{project}", prompt=text, metadata={"k": 1})
    client.create_chat_prompt(name=f"chat-{project}", messages=MESSAGES)
    client.flush()
    result = evaluation.evaluate(
        dataset=dataset,
        task=lambda item: {"output": item["question"] if item["n"] else "wrong"},
        scoring_metrics=[metrics.Equals()],
        scoring_key_mapping={"reference": "question"},
        experiment_name=f"experiment-{project}",
        experiment_config={"model": "none"},
        project_name=project,
        verbose=0,
    )
    client.flush()
    return result.experiment_id


@pytest.fixture(scope="module")
def settings():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def filled(server, settings):
    """Two projects of the same content; the second one is for what changes its source."""
    reset = getattr(opik_client, "reset_global_client", None) or opik_client.get_client_cached.cache_clear
    settings.setenv("OPIK_URL_OVERRIDE", server.api)
    projects = types.SimpleNamespace(names=[], experiments=[])
    for kind in ("export", "migrate"):
        project = f"cli-{kind}-{os.getpid()}"
        settings.setenv("OPIK_PROJECT_NAME", project)
        reset()
        projects.names.append(project)
        projects.experiments.append(fill(project))
        opik.flush_tracker()
    reset()
    return projects


@pytest.fixture(scope="module")
def moved(server, filled, tmp_path_factory):
    """The first project, exported and imported into another server."""
    project = filled.names[0]
    folder = tmp_path_factory.mktemp("cli")
    path = folder / "exports"
    target = Server(folder / "target").start()
    try:
        into = move(server, target, project, path, folder)
        yield types.SimpleNamespace(
            project=project,
            into=into,
            path=path,
            folder=folder,
            target=target,
            source_api=Api(server.root),
            api=Api(target.root),
            experiment=filled.experiments[0],
        )
    finally:
        status = target.stop()
    assert status == 0


def move(server, target, project, path, folder):
    """Exports a project, imports it elsewhere and answers its name there."""
    if HAS_PROJECT_EXPORT:
        run(server, "export", "default", project, "all", "--path", path, cwd=folder)
        arguments = ["import", "default", project, "all", "--path", path, "--to-project", "imported"]
        run(target, *arguments, cwd=folder)
        return "imported"
    things = {
        "dataset": f"dataset-{project}",
        "prompt": f"prompt-{project}",
        "project": project,
        "experiment": f"experiment-{project}",
    }
    for kind, name in things.items():
        run(server, "export", "default", kind, name, "--path", path, cwd=folder)
    for kind, name in things.items():
        run(target, "import", "default", kind, name, "--path", path / "default", cwd=folder)
    return project


def outline(api, project, name):
    """Traces of a project with their spans, without what differs between two servers."""
    traces = {}
    for row in api.page("traces", project_name=project, size=100)["content"]:
        if not row["name"].startswith(name):
            continue
        spans = api.page("spans", project_name=project, trace_id=row["id"], size=100)["content"]
        names = {span["id"]: span["name"] for span in spans}
        traces[row["name"]] = {
            "input": row.get("input"),
            "output": row.get("output"),
            "tags": sorted(row.get("tags", [])),
            "deep": row["metadata"]["deep"],
            "thread": row.get("thread_id"),
            "start": row["start_time"],
            "end": row.get("end_time"),
            "scores": {score["name"]: (score["value"], score.get("reason")) for score in row["feedback_scores"]},
            "spans": sorted(
                (span["name"], span["type"], span.get("model"), names.get(span.get("parent_span_id"))) for span in spans
            ),
            "usage": row.get("usage"),
        }
    return traces


def items_of(api, name):
    dataset = api.post("/datasets/retrieve", {"dataset_name": name}, expect=200).json()
    page = api.get(f"/datasets/{dataset['id']}/items", size=100).json()
    return {row["data"]["n"]: row["data"] for row in page["content"]}


def prompt_versions(api, name):
    (prompt,) = api.get("/prompts", name=name).json()["content"]
    versions = api.get(f"/prompts/{prompt['id']}/versions", size=100).json()["content"]
    return [(version["template"], version.get("metadata")) for version in versions]


class TestExportAndImport:
    def test_files(self, moved):
        files = [path.name for path in moved.path.rglob("*.json")]
        assert sum(name.startswith("dataset_") for name in files) == 1
        assert sum(name.startswith("prompt_") for name in files) == (2 if HAS_PROJECT_EXPORT else 1)
        assert sum(name.startswith("experiment_") for name in files) == 1
        # Three of their own and five of the evaluation.
        assert sum(name.startswith("trace_") for name in files) >= 8

    def test_traces(self, moved):
        exported = outline(moved.source_api, moved.project, "trace ")
        assert len(exported) == 3
        assert outline(moved.api, moved.into, "trace ") == exported

    def test_dataset(self, moved):
        name = f"dataset-{moved.project}"
        exported = items_of(moved.source_api, name)
        assert len(exported) == 5
        assert items_of(moved.api, name) == exported

    def test_prompts(self, moved):
        name = f"prompt-{moved.project}"
        exported = prompt_versions(moved.source_api, name)
        assert [template for template, _ in exported] == ["second {{question}}", "first {{question}}"]
        files = [json.loads(path.read_text()) for path in moved.path.rglob("prompt_*.json")]
        (written,) = [file for file in files if file["name"] == name]
        assert [version["prompt"] for version in written["history"]] == [template for template, _ in exported]
        # The tool imports the newest version only.
        assert prompt_versions(moved.api, name) == exported[:1]
        if HAS_PROJECT_EXPORT:
            chat = f"chat-{moved.project}"
            assert prompt_versions(moved.api, chat) == prompt_versions(moved.source_api, chat)

    def test_experiment(self, moved):
        (found,) = moved.api.get("/experiments", name=f"experiment-{moved.project}").json()["content"]
        source = moved.source_api.get(f"/experiments/{moved.experiment}").json()
        for field in ("name", "dataset_name", "trace_count", "type"):
            assert found[field] == source[field], field
        assert found["metadata"]["model"] == "none"
        rows = []
        for api, experiment in ((moved.source_api, source), (moved.api, found)):
            page = api.get(
                f"/datasets/{experiment['dataset_id']}/items/experiments/items",
                experiment_ids=[experiment["id"]],
                size=100,
            ).json()
            rows.append({row["data"]["n"]: row["experiment_items"][0].get("output") for row in page["content"]})
        assert rows[0] == rows[1]
        assert rows[0][0] == {"output": "wrong"}

    def test_a_second_import_changes_nothing(self, moved):
        if not HAS_PROJECT_EXPORT:
            return  # 1.9 keeps no record of what it imported.
        before = moved.api.page("traces", project_name=moved.into)["total"]
        run(
            moved.target,
            *["import", "default", moved.project, "all", "--path", moved.path, "--to-project", moved.into],
            cwd=moved.folder,
        )
        assert moved.api.page("traces", project_name=moved.into)["total"] == before
        assert len(moved.api.get("/experiments", name=f"experiment-{moved.project}").json()["content"]) == 1


if HAS_PROJECT_EXPORT:

    class TestOtherExports:
        def test_tables(self, server, filled, tmp_path):
            # The tool cannot write traces as a table when their spans differ in shape, as ours do.
            path = tmp_path / "csv"
            options = ["--format", "csv", "--include", "datasets,prompts", "--path", path]
            run(server, "export", "default", filled.names[0], "all", *options, cwd=tmp_path)
            tables = {table.name.split("_")[0]: table.read_text() for table in path.rglob("*.csv")}
            assert "q1 日本" in tables["dataset"]
            assert "{{question}}" in tables["prompt"]

        def test_chosen_traces(self, server, filled, tmp_path):
            run(
                server,
                *["export", "default", filled.names[0], "traces", "--path", tmp_path / "some"],
                *["--filter", 'name = "trace 1"'],
                cwd=tmp_path,
            )
            (exported,) = [json.loads(path.read_text()) for path in (tmp_path / "some").rglob("trace_*.json")]
            assert exported["trace"]["name"] == "trace 1"
            assert {span["name"] for span in exported["spans"]} == {"outer", "inner"}

        def test_unknown_project(self, server, filled, tmp_path):
            run(server, "export", "default", "no such project", "all", cwd=tmp_path, status=1)

    class TestMigration:
        def test_dataset(self, api, server, filled, tmp_path):
            """The dataset with its versions, experiments and their traces goes to another project."""
            project, name = filled.names[1], f"dataset-{filled.names[1]}"
            # A second version, so that there is a history.
            api.put(
                "/datasets/items",
                {
                    "dataset_name": name,
                    "batch_group_id": "0198a7b2-0000-7000-8000-000000000001",
                    "items": [{"source": "sdk", "data": {"n": 5, "question": "later"}}],
                },
            )
            before = items_of(api, name)
            target = f"{project}-target"
            api.post("/projects", {"name": target}, expect=201)
            run(server, "migrate", "dataset", name, "--to-project", target, "--from-project", project, cwd=tmp_path)
            moved = api.post("/datasets/retrieve", {"dataset_name": name, "project_name": target}, expect=200).json()
            assert moved["project_id"] == api.project_id(target)
            assert items_of(api, name) == before
            versions = api.get(f"/datasets/{moved['id']}/versions", size=10).json()["content"]
            assert [version["items_total"] for version in versions] == [6, 5]
            experiments = api.get("/experiments", project_id=moved["project_id"], size=10).json()["content"]
            (experiment,) = [row for row in experiments if row["dataset_id"] == moved["id"]]
            assert (experiment["trace_count"], experiment["dataset_version_summary"]["version_name"]) == (5, "v1")
            assert {score["name"]: score["value"] for score in experiment["feedback_scores"]} == {
                "equals_metric": pytest.approx(0.8)
            }
            assert (
                api.post("/datasets/retrieve", {"dataset_name": f"{name}_v1"}, expect=200).json()["id"] != moved["id"]
            )

        def test_prompt(self, api, server, filled, tmp_path):
            project, name = filled.names[1], f"prompt-{filled.names[1]}"
            (source,) = api.get("/prompts", name=name).json()["content"]
            before = api.get(f"/prompts/{source['id']}/versions", size=10).json()["content"]
            target = f"{project}-prompts"
            api.post("/projects", {"name": target}, expect=201)
            run(server, "migrate", "prompt", name, "--to-project", target, "--from-project", project, cwd=tmp_path)
            (moved,) = api.get("/prompts", project_id=api.project_id(target)).json()["content"]
            assert moved["name"] == name
            after = api.get(f"/prompts/{moved['id']}/versions", size=10).json()["content"]
            kept = ("template", "commit", "version_number", "metadata")
            assert [{key: row.get(key) for key in kept} for row in after] == [
                {key: row.get(key) for key in kept} for row in before
            ]

        def test_preview(self, api, server, filled, tmp_path):
            name = f"dataset-{filled.names[0]}"
            target = f"{filled.names[0]}-preview"
            api.post("/projects", {"name": target}, expect=201)
            run(server, "migrate", "dataset", name, "--to-project", target, "--dry-run", cwd=tmp_path)
            assert api.get("/datasets", project_id=api.project_id(target)).json()["content"] == []


class TestHealth:
    def test_check(self, server, tmp_path):
        text = run(server, "healthcheck", cwd=tmp_path)
        assert "Backend workspace available" in text or "workspace" in text.lower()

    def test_smoke_test(self, api, server, project, tmp_path):
        run(server, "healthcheck", "--smoke-test", "default", "--project-name", project, cwd=tmp_path)
        (trace,) = api.page("traces", project_name=project)["content"]
        assert trace["span_count"] >= 1


class TestUsageReport:
    def test_counts(self, server, filled, tmp_path):
        output = tmp_path / "usage.json"
        today = datetime.datetime.now(datetime.UTC).date()
        run(
            server,
            *["usage-report", "default", "--unit", "day", "--output", output],
            *["--start-date", str(today - datetime.timedelta(days=2))],
            *["--end-date", str(today + datetime.timedelta(days=1))],
            cwd=tmp_path,
        )
        report = json.loads(output.read_text())
        assert report["workspace"] == "default"
        assert report["total_datasets"] >= 1
        projects = {entry["project_name"]: entry for entry in report["projects"]}
        units = projects[filled.names[0]]["metrics_by_unit"]
        assert sum(unit.get("trace_count", 0) for unit in units.values()) >= 8
        assert "error" not in projects[filled.names[0]]
