"""Environments of a workspace, and where they are used."""

import datetime

import opik
import pytest

pytestmark = pytest.mark.sdk

if hasattr(opik.Opik, "create_environment"):
    from opik import exceptions

    @pytest.fixture
    def name(project, sdk):
        name = f"env-{project}"[:50]
        yield name
        sdk.delete_environment(name)

    def names(sdk):
        return {environment.name for environment in sdk.get_environments()}

    class TestEnvironments:
        def test_life_cycle(self, sdk, name):
            created = sdk.create_environment(name, description="half of the users", color="#112233")
            assert (created.name, created.description, created.color) == (name, "half of the users", "#112233")
            assert name in names(sdk)
            updated = sdk.update_environment(name, description="all of them")
            assert (updated.id, updated.description, updated.color) == (created.id, "all of them", "#112233")
            sdk.delete_environment(name)
            assert name not in names(sdk)
            sdk.delete_environment(name)

        def test_there_are_some_from_the_start(self, sdk):
            assert {"production", "staging", "development"} <= names(sdk)

        def test_twice(self, sdk, name):
            sdk.create_environment(name)
            with pytest.raises(exceptions.EnvironmentAlreadyExists):
                sdk.create_environment(name)

        def test_unknown(self, sdk, name):
            with pytest.raises(exceptions.OpikException, match="No environment found"):
                sdk.update_environment(name, description="x")

        def test_traces_of_an_environment(self, sdk, project, name):
            """Traces need no environment of the list; one that exists may be used to find them."""
            sdk.create_environment(name)
            kept = sdk.trace(name="kept", environment=name, end_time=datetime.datetime.now(datetime.UTC))
            sdk.trace(name="other", environment="elsewhere")
            sdk.flush()
            found = sdk.search_traces(project_name=project, filter_string=f'environment = "{name}"')
            assert [trace.id for trace in found] == [kept.id]
