"""Dashboards through the SDK."""

import opik
import pytest
from opik.rest_api.core.api_error import ApiError

pytestmark = pytest.mark.sdk

if hasattr(opik.Opik, "create_dashboard"):
    from opik.api_objects.dashboard.types import DashboardLayoutItem, DashboardSection, DashboardWidget

    @pytest.fixture
    def name(project):
        return f"dashboard {project}"

    class TestDashboards:
        def test_create_and_get(self, sdk, name):
            created = sdk.create_dashboard(name, description="what matters")
            found = sdk.get_dashboard(created.id)
            assert (found.name, found.description, found.type) == (name, "what matters", "multi_project")
            assert [section.title for section in found.sections] == ["Overview"]
            assert found.config["version"] == 4
            assert found.config == created.config

        def test_of_a_project(self, api, sdk, name, project):
            created = sdk.create_dashboard(name, project_name=project)
            assert created.project_id == api.project_id(project)
            assert [found.id for found in sdk.get_dashboards(project_id=created.project_id)] == [created.id]

        def test_widgets(self, sdk, name, project):
            dashboard = sdk.create_dashboard(name, project_name=project)
            text = dashboard.add_widget(
                DashboardWidget(type="text_markdown", title="Notes", config={"content": "# Hello"})
            )
            section = dashboard.add_section("Numbers")
            card = dashboard.add_widget(
                {
                    "type": "project_stats_card",
                    "title": "Traces",
                    "config": {"source": "traces", "metric": "trace_count"},
                },
                section_id=section,
            )
            read = sdk.get_dashboard(dashboard.id)
            widgets = {widget.id: widget for part in read.sections for widget in part.widgets}
            assert widgets[text].config["content"] == "# Hello"
            assert widgets[card].config["metric"] == "trace_count"
            assert {part.title: len(part.widgets) for part in read.sections} == {"Overview": 1, "Numbers": 1}
            assert len(read.sections[0].layout) == 1

            read.update_widget(text, title="More notes", config={"content": "changed"})
            read.remove_widget(card)
            dashboard.reload()
            widgets = {widget.id: widget for part in dashboard.sections for widget in part.widgets}
            assert set(widgets) == {text}
            assert (widgets[text].title, widgets[text].config["content"]) == ("More notes", "changed")

        def test_sections_given_at_creation(self, sdk, name):
            widget = DashboardWidget(type="text_markdown", title="ünï", config={"content": "日本"})
            layout = DashboardLayoutItem(i=widget.id, x=0, y=0, w=2, h=4)
            section = DashboardSection(title="Only", widgets=[widget], layout=[layout])
            created = sdk.create_dashboard(name, sections=[section])
            read = sdk.get_dashboard(created.id)
            assert [part.widgets[0].config["content"] for part in read.sections] == ["日本"]

        def test_rename_and_describe(self, sdk, name):
            dashboard = sdk.create_dashboard(name)
            dashboard.rename(f"{name} renamed")
            dashboard.set_description("described")
            read = sdk.get_dashboard(dashboard.id)
            assert (read.name, read.description) == (f"{name} renamed", "described")

        def test_list_and_delete(self, sdk, name):
            ids = [sdk.create_dashboard(f"{name} {n}").id for n in range(3)]
            assert {found.id for found in sdk.get_dashboards(name=name)} == set(ids)
            assert len(sdk.get_dashboards(name=name, max_results=2)) == 2
            sdk.delete_dashboard(ids[0])
            assert {found.id for found in sdk.get_dashboards(name=name)} == set(ids[1:])
            with pytest.raises(ApiError) as caught:
                sdk.get_dashboard(ids[0])
            assert caught.value.status_code == 404

        def test_experiments(self, sdk, name):
            created = sdk.create_dashboard(name, type="experiments")
            assert sdk.get_dashboard(created.id).type == "experiments"
