"""The prompt library through the SDK: text and chat prompts, their versions, environments and masks."""

import inspect

import opik
import pytest
from opik.rest_api.core.api_error import ApiError

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk

MESSAGES = [
    {"role": "system", "content": "You answer in {{language}}"},
    {"role": "user", "content": [{"type": "text", "text": "{{question}}"}]},
]


@pytest.fixture
def client(tracked):
    return tracked()


@pytest.fixture
def name(project):
    return f"prompt-{project}"


class TestTextPrompts:
    def test_create_and_get(self, client, name):
        created = client.create_prompt(
            name=name, prompt="Hello {{who}}, naïve 日本 🦀", metadata={"temperature": 0.5, "deep": {"a": [1, None]}}
        )
        found = client.get_prompt(name)
        assert found.prompt == "Hello {{who}}, naïve 日本 🦀"
        assert found.metadata == {"temperature": 0.5, "deep": {"a": [1, None]}}
        assert found.commit == created.commit
        assert len(found.commit) == 8
        assert found.format(who="world") == "Hello world, naïve 日本 🦀"

    def test_unknown(self, client, name):
        assert client.get_prompt(name) is None
        assert client.get_chat_prompt(name) is None

    def test_versions(self, client, name):
        first = client.create_prompt(name=name, prompt="one")
        same = client.create_prompt(name=name, prompt="one")
        assert same.commit == first.commit
        second = client.create_prompt(name=name, prompt="two")
        assert second.commit != first.commit
        third = client.create_prompt(name=name, prompt="two", metadata={"k": 1})
        assert third.commit != second.commit
        assert client.get_prompt(name).commit == third.commit
        assert client.get_prompt(name, commit=first.commit).prompt == "one"
        assert client.get_prompt(name, commit="00000000") is None
        history = client.get_prompt_history(name)
        assert [prompt.commit for prompt in history] == [third.commit, second.commit, first.commit]
        assert [prompt.prompt for prompt in history] == ["two", "two", "one"]

    def test_long_histories(self, client, name):
        for number in range(25):
            client.create_prompt(name=name, prompt=f"version {number}")
        history = client.get_prompt_history(name)
        assert [prompt.prompt for prompt in history] == [f"version {number}" for number in reversed(range(25))]

    def test_types(self, client, name):
        client.create_prompt(name=name, prompt="Hi {% if who %}{{ who }}{% endif %}", type=opik.PromptType.JINJA2)
        found = client.get_prompt(name)
        assert found.type == opik.PromptType.JINJA2
        assert found.format(who="you") == "Hi you"

    def test_the_class(self, client, name, project):
        options = {"project_name": project} if sdk_helper.HAS_PROMPT_VERSION_NAMES else {}
        prompt = opik.Prompt(name=name, prompt="from {{the}} class", **options)
        again = opik.Prompt(name=name, prompt="from {{the}} class", **options)
        assert prompt.commit is not None
        assert again.commit == prompt.commit
        assert client.get_prompt(name).prompt == "from {{the}} class"

    def test_description_and_tags(self, api, client, name):
        client.create_prompt(name=name, prompt="x", description="what it is for", tags=["b", "a"])
        found = api.get("/prompts", name=name).json()["content"]
        assert [(row["name"], row["description"], row["tags"]) for row in found] == [
            (name, "what it is for", ["b", "a"])
        ]

    def test_structure_cannot_change(self, client, name):
        client.create_prompt(name=name, prompt="text")
        with pytest.raises(opik.exceptions.PromptTemplateStructureMismatch):
            client.create_chat_prompt(name=name, messages=MESSAGES)
        with pytest.raises(opik.exceptions.PromptTemplateStructureMismatch):
            client.get_chat_prompt(name)

    def test_in_traces(self, client, name, project, tracked):
        prompt = client.create_prompt(name=name, prompt="Hello {{who}}")
        client.trace(name="with prompt", metadata={"opik_prompts": [{"name": name}]})

        @opik.track
        def agent():
            opik.opik_context.update_current_span(prompts=[prompt])
            opik.opik_context.update_current_trace(prompts=[prompt])
            return 1

        if "prompts" in inspect.signature(opik.opik_context.update_current_trace).parameters:
            agent()
            (trace,) = tracked().search_traces(project_name=project, filter_string='name = "agent"')
            (info,) = trace.metadata["opik_prompts"]
            assert info["name"] == name
            assert info["version"]["commit"] == prompt.commit


class TestChatPrompts:
    def test_create_and_get(self, client, name):
        created = client.create_chat_prompt(name=name, messages=MESSAGES, metadata={"m": 1})
        found = client.get_chat_prompt(name)
        assert found.template == MESSAGES
        assert (found.metadata, found.commit) == ({"m": 1}, created.commit)
        formatted = found.format({"language": "French", "question": "why"})
        assert formatted[0] == {"role": "system", "content": "You answer in French"}
        assert "why" in str(formatted[1])

    def test_versions(self, client, name):
        first = client.create_chat_prompt(name=name, messages=MESSAGES)
        assert client.create_chat_prompt(name=name, messages=MESSAGES).commit == first.commit
        second = client.create_chat_prompt(name=name, messages=MESSAGES[:1])
        assert second.commit != first.commit
        history = client.get_chat_prompt_history(name)
        assert [prompt.template for prompt in history] == [MESSAGES[:1], MESSAGES]
        assert client.get_chat_prompt(name, commit=first.commit).template == MESSAGES

    def test_the_class(self, client, name, project):
        options = {"project_name": project} if sdk_helper.HAS_PROMPT_VERSION_NAMES else {}
        assert opik.ChatPrompt(name=name, messages=MESSAGES, **options).commit
        assert client.get_chat_prompt(name).template == MESSAGES


class TestSearch:
    @pytest.fixture
    def filled(self, client, name):
        client.create_prompt(name=f"{name}-alpha", prompt="a", tags=["x", "both"])
        client.create_prompt(name=f"{name}-beta", prompt="b", tags=["both"])
        client.create_chat_prompt(name=f"{name}-gamma", messages=MESSAGES, tags=["x"])
        return client

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {"alpha", "beta", "gamma"}),
            (' AND tags contains "x"', {"alpha", "gamma"}),
            (' AND tags contains "x" AND tags contains "both"', {"alpha"}),
            (' AND name contains "BETA"', {"beta"}),
            (' AND name ends_with "a"', {"alpha", "beta", "gamma"}),
            (' AND template_structure = "chat"', {"gamma"}),
            (' AND template_structure = "text"', {"alpha", "beta"}),
        ],
    )
    def test_queries(self, filled, name, query, expected):
        found = filled.search_prompts(filter_string=f'name contains "{name}"{query}')
        assert {prompt.name.removeprefix(f"{name}-") for prompt in found} == expected

    def test_newest_versions_are_found(self, filled, name):
        filled.create_prompt(name=f"{name}-beta", prompt="changed")
        (found,) = filled.search_prompts(filter_string=f'name = "{name}-beta"')
        assert found.prompt == "changed"


class TestRestClient:
    def test_delete(self, api, client, name):
        client.create_prompt(name=name, prompt="x")
        prompt_id = api.get("/prompts", name=name).json()["content"][0]["id"]
        client.rest_client.prompts.delete_prompt(prompt_id)
        with pytest.raises(ApiError) as caught:
            client.rest_client.prompts.get_prompt_by_id(prompt_id)
        assert caught.value.status_code == 404

    def test_restore(self, api, client, name):
        first = client.create_prompt(name=name, prompt="one")
        client.create_prompt(name=name, prompt="two")
        prompt_id = api.get("/prompts", name=name).json()["content"][0]["id"]
        versions = api.get(f"/prompts/{prompt_id}/versions").json()["content"]
        oldest = next(version for version in versions if version["commit"] == first.commit)
        restored = client.rest_client.prompts.restore_prompt_version(prompt_id=prompt_id, version_id=oldest["id"])
        assert restored.template == "one"
        assert len(api.get(f"/prompts/{prompt_id}/versions").json()["content"]) == 3


if sdk_helper.HAS_PROMPT_VERSION_NAMES:
    from opik import exceptions

    class TestVersionNames:
        def test_names(self, client, name):
            for text in ("one", "two", "three"):
                client.create_prompt(name=name, prompt=text)
            assert client.get_prompt(name).version == "v3"
            assert client.get_prompt(name, version="v1").prompt == "one"
            assert client.get_prompt(name, version="v2", no_cache=True).prompt == "two"
            assert client.get_prompt(name, version="v9") is None
            assert [prompt.version for prompt in client.get_prompt_history(name)] == ["v3", "v2", "v1"]

        def test_one_pin_at_most(self, client, name):
            with pytest.raises(ValueError):
                client.get_prompt(name, version="v1", environment="production")

        def test_tags_of_versions(self, client, name):
            first = client.create_prompt(name=name, prompt="one")
            second = client.create_prompt(name=name, prompt="two")
            prompts = client.get_prompts_client()
            prompts.batch_update_prompt_version_tags([first.version_id, second.version_id], tags=["shared"])
            prompts.batch_update_prompt_version_tags([second.version_id], tags=["mine"], merge=True)
            history = {prompt.version: prompt.tags for prompt in client.get_prompt_history(name)}
            assert {version: sorted(tags) for version, tags in history.items()} == {
                "v1": ["shared"],
                "v2": ["mine", "shared"],
            }
            found = client.get_prompt_history(name, filter_string='tags contains "mine"')
            assert [prompt.version for prompt in found] == ["v2"]
            prompts.batch_update_prompt_version_tags([first.version_id], tags=[])
            assert not next(p for p in client.get_prompt_history(name) if p.version == "v1").tags

        def test_search_in_a_history(self, client, name):
            for text, stage in (("about cats", "dev"), ("about dogs", "prod"), ("about CATS again", "prod")):
                client.create_prompt(name=name, prompt=text, metadata={"stage": stage})

            def versions(**options):
                return [prompt.version for prompt in client.get_prompt_history(name, **options)]

            assert versions(search="cats") == ["v3", "v1"]
            assert versions(filter_string='template contains "dogs"') == ["v2"]
            assert versions(filter_string='metadata.stage = "prod"') == ["v3", "v2"]
            assert versions(search="cats", filter_string='metadata.stage = "prod"') == ["v3"]
            assert versions(filter_string='created_at > "2100-01-01T00:00:00Z"') == []

        def test_two_projects(self, client, name, project):
            """A name may stand for different prompts in different projects."""
            here = client.create_prompt(name=name, prompt="here")
            there = client.create_prompt(name=f"{name}-there", prompt="there", project_name=f"{project}-2")
            assert client.get_prompt(name, project_name=project).commit == here.commit
            assert client.get_prompt(f"{name}-there", project_name=f"{project}-2").commit == there.commit
            assert {prompt.name for prompt in client.search_prompts(project_name=project)} == {name}

    class TestEnvironments:
        def test_a_version_per_environment(self, client, name):
            for text in ("one", "two"):
                client.create_prompt(name=name, prompt=text)
            client.set_prompt_environments(name, ["production", "staging"], version="v1")
            assert client.get_prompt(name, environment="production", no_cache=True).prompt == "one"
            assert sorted(client.get_prompt(name, version="v1", no_cache=True).environments) == [
                "production",
                "staging",
            ]
            # An environment belongs to one version; naming it again moves it.
            client.set_prompt_environments(name, ["production"])
            assert client.get_prompt(name, environment="production", no_cache=True).prompt == "two"
            assert client.get_prompt(name, environment="staging", no_cache=True).prompt == "one"
            client.set_prompt_environments(name, [])
            assert client.get_prompt(name, environment="production", no_cache=True) is None

        def test_unknown(self, client, name):
            client.create_prompt(name=name, prompt="one")
            with pytest.raises(exceptions.EnvironmentNotFoundError):
                client.set_prompt_environments(name, ["no-such-environment"])
            with pytest.raises(exceptions.PromptNotFoundError):
                client.set_prompt_environments(f"{name}-other", ["production"])
            with pytest.raises(exceptions.PromptNotFoundError):
                client.set_prompt_environments(name, ["production"], version="v7")
