"""Fixtures: one server for the whole session, and a fresh project name for every test."""

import os
import pathlib
import sys
import uuid

# The SDK reads its settings when it is imported; nothing of the developer's own configuration may leak in, and no
# telemetry may leave the machine.
for _name in [name for name in os.environ if name.startswith("OPIK_")]:
    del os.environ[_name]
os.environ["OPIK_CONFIG_PATH"] = os.devnull
os.environ["OPIK_SENTRY_ENABLE"] = "false"
os.environ["OPIK_ANALYTICS_ENABLE"] = "false"
os.environ["OPIK_SUPPRESS_BATCHING_UPDATE_WARNING"] = "true"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import pytest  # noqa: E402

from harness.api import Api  # noqa: E402
from harness.server import Server  # noqa: E402


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share. Tests keep apart by using projects of their own."""
    data_dir = tmp_path_factory.mktemp("ferropik") / "data"
    running = Server(data_dir).start()
    yield running
    status = running.stop()
    assert status == 0, f"the server ended with {status}:\n{running.log_tail()}"


@pytest.fixture
def api(server):
    return Api(server.root)


@pytest.fixture
def project():
    """A project name no other test uses; the project itself does not exist yet."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def sdk(server, project, monkeypatch):
    """A batching SDK client of the running server that logs to the test's own project."""
    monkeypatch.setenv("OPIK_URL_OVERRIDE", server.api)
    from harness import sdk as helper

    client = helper.client(project)
    yield client
    client.end()


@pytest.fixture
def plain_sdk(server, project, monkeypatch):
    """As `sdk`, with every trace and span sent in a request of its own."""
    monkeypatch.setenv("OPIK_URL_OVERRIDE", server.api)
    from harness import sdk as helper

    client = helper.client(project, batching=False)
    yield client
    client.end()


@pytest.fixture
def tracked(server, project, monkeypatch):
    """Makes `opik.track` log to the test's own project; call it to flush and get a client for reading."""
    monkeypatch.setenv("OPIK_URL_OVERRIDE", server.api)
    monkeypatch.setenv("OPIK_PROJECT_NAME", project)
    import opik
    from opik.api_objects import opik_client

    # The decorator keeps one client per process. It is made anew so that it sees this test's settings.
    reset = getattr(opik_client, "reset_global_client", None) or opik_client.get_client_cached.cache_clear
    reset()

    def flush():
        opik.flush_tracker()
        return opik_client.get_client_cached()

    yield flush
    opik.flush_tracker()
    reset()


@pytest.fixture(scope="session")
def stub():
    """A stand-in for a model provider."""
    from openai_stub import OpenAiStub

    running = OpenAiStub().start()
    yield running
    running.shutdown()


@pytest.fixture
def judge(stub, monkeypatch):
    """The name of a model that LiteLLM serves from the stand-in."""
    for variable in ("OPENAI_API_BASE", "OPENAI_BASE_URL"):
        monkeypatch.setenv(variable, stub.url)
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    return "openai/gpt-5-nano"
