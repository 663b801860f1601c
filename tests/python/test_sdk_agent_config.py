"""Agent configurations through the SDK: versions, environments, masks and what traces record of them."""

import typing

import opik
import pytest

pytestmark = pytest.mark.sdk

if hasattr(opik, "Config"):
    from opik.api_objects.agent_config.config import ConfigManager
    from opik.exceptions import ConfigMismatch, ConfigNotFound

    class Agent(opik.Config):
        model: str = "gpt-4o"
        temperature: float = 0.5
        retries: int = 3
        verbose: bool = True
        tools: typing.Any = None

    @pytest.fixture
    def client(tracked):
        return tracked()

    def fetch(client, **options):
        """The configuration as an agent sees it, which has to be inside of a trace."""

        @opik.track
        def agent():
            config = client.get_or_create_config(**options)
            return {
                "model": config.model,
                "temperature": config.temperature,
                "retries": config.retries,
                "verbose": config.verbose,
                "tools": config.tools,
                "fallback": config.is_fallback,
            }

        return agent()

    DEFAULTS = {
        "model": "gpt-4o",
        "temperature": 0.5,
        "retries": 3,
        "verbose": True,
        "tools": None,
        "fallback": False,
    }

    class TestVersions:
        def test_the_first_one_is_made_from_the_fallback(self, api, client, project):
            assert fetch(client, fallback=Agent(), project_name=project) == DEFAULTS
            project_id = api.project_id(project)
            page = api.get(f"/agent-configs/blueprints/history/projects/{project_id}").json()
            (blueprint,) = page["content"]
            assert (blueprint["name"], blueprint["envs"]) == ("v1", ["prod"])
            values = {value["key"]: (value["type"], value.get("value")) for value in blueprint["values"]}
            assert values == {
                "model": ("string", "gpt-4o"),
                "temperature": ("float", "0.5"),
                "retries": ("integer", "3"),
                "verbose": ("boolean", "true"),
                "tools": ("string", None),
            }
            # The second time nothing is made.
            assert fetch(client, fallback=Agent(model="other"), project_name=project) == DEFAULTS
            assert api.get(f"/agent-configs/blueprints/history/projects/{project_id}").json()["total"] == 1

        def test_create(self, api, client, project):
            assert client.create_config(Agent(), project_name=project, description="the first") == "v1"
            assert client.create_config(Agent(model="gpt-5", retries=1), project_name=project) == "v2"
            newest = fetch(client, fallback=Agent(), project_name=project, version="latest")
            assert (newest["model"], newest["retries"]) == ("gpt-5", 1)
            assert fetch(client, fallback=Agent(), project_name=project, version="v1")["model"] == "gpt-4o"
            assert fetch(client, fallback=Agent(), project_name=project)["model"] == "gpt-4o", "v1 is what prod means"
            page = api.get(f"/agent-configs/blueprints/history/projects/{api.project_id(project)}").json()
            assert [row.get("description") for row in page["content"]] == [
                "Modified model, retries to 1",
                "the first",
            ]

        def test_unknown(self, client, project):
            client.create_config(Agent(), project_name=project)
            with pytest.raises(ConfigNotFound):
                fetch(client, project_name=project, version="v9")
            with pytest.raises(ConfigNotFound):
                fetch(client, project_name=project, env="nowhere")
            with pytest.raises(ConfigNotFound):
                fetch(client, project_name=f"{project}-other")

        def test_a_field_that_no_version_has(self, client, project):
            class Smaller(opik.Config):
                model: str = "gpt-4o"

            client.create_config(Smaller(), project_name=project)
            with pytest.raises(ConfigMismatch):
                fetch(client, fallback=Agent(), project_name=project)

    class TestEnvironments:
        def test_versions_move_between_environments(self, client, project):
            for model in ("one", "two"):
                client.create_config(Agent(model=model), project_name=project)
            client.set_config_env(project_name=project, version="v2", env="staging")
            assert fetch(client, fallback=Agent(), project_name=project, env="staging")["model"] == "two"
            assert fetch(client, fallback=Agent(), project_name=project, env="prod")["model"] == "one"
            client.set_config_env(project_name=project, version="v2", env="prod")
            assert fetch(client, fallback=Agent(), project_name=project, env="prod")["model"] == "two"
            client.set_config_env(project_name=project, version="v1", env="staging")
            assert fetch(client, fallback=Agent(), project_name=project, env="staging")["model"] == "one"

    class TestMasks:
        def test_overlay(self, api, client, project):
            client.create_config(Agent(), project_name=project)
            manager = ConfigManager(project_name=project, rest_client_=client.rest_client)
            mask = manager.create_mask(parameters={"model": "masked"})
            with opik.agent_config_context(mask):
                found = fetch(client, fallback=Agent(), project_name=project)
            assert (found["model"], found["temperature"]) == ("masked", 0.5)
            assert fetch(client, fallback=Agent(), project_name=project)["model"] == "gpt-4o"
            page = api.get(f"/agent-configs/blueprints/history/projects/{api.project_id(project)}").json()
            assert page["total"] == 1, "a mask is no version"

        def test_a_version_forced_by_the_context(self, client, project):
            for model in ("one", "two"):
                client.create_config(Agent(model=model), project_name=project)
            with opik.agent_config_context(None, blueprint_name="v2"):
                assert fetch(client, fallback=Agent(), project_name=project)["model"] == "two"

    class TestPrompts:
        def test_a_prompt_in_a_configuration(self, client, project):
            class Prompted(opik.Config):
                prompt: typing.Any = None

            prompt = client.create_prompt(name=f"prompt-{project}", prompt="Hello {{who}}", project_name=project)
            client.create_prompt(name=f"prompt-{project}", prompt="Changed {{who}}", project_name=project)
            client.create_config(Prompted(prompt=prompt), project_name=project)

            @opik.track
            def agent():
                found = client.get_or_create_config(fallback=Prompted(prompt=prompt), project_name=project).prompt
                return {"text": found.prompt, "commit": found.commit}

            assert agent() == {"text": "Hello {{who}}", "commit": prompt.commit}

    class TestTraces:
        def test_what_was_read_is_recorded(self, tracked, client, project):
            client.create_config(Agent(), project_name=project)
            fetch(client, fallback=Agent(), project_name=project)
            (trace,) = tracked().search_traces(project_name=project, filter_string='name = "agent"')
            recorded = trace.metadata["agent_configuration"]
            assert recorded["blueprint_version"] == "v1"
            assert recorded["values"]["model"] == {"value": "gpt-4o", "type": "string"}
            assert set(recorded["values"]) == {"model", "temperature", "retries", "verbose", "tools"}
