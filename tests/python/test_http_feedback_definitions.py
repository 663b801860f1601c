"""Feedback definitions: what annotators may choose from."""

import pytest

from harness.api import error_list, error_message
from harness.ids import uuid7

pytestmark = pytest.mark.http

BASE = "/feedback-definitions"
DEFAULT_ID = "0190babc-62a0-71d2-832a-0feffa4676eb"
NUMERICAL = {"type": "numerical", "details": {"min": 0, "max": 1}}


def create(api, name: str, **fields) -> str:
    response = api.post(BASE, {"name": name, **(NUMERICAL | fields)}, expect=201)
    assert response.content == b""
    return response.headers["Location"].rsplit("/", 1)[1]


class TestSeed:
    def test_user_feedback_is_there(self, api):
        stored = api.get(f"{BASE}/{DEFAULT_ID}").json()
        assert stored["name"] == "User feedback"
        assert stored["type"] == "categorical"
        assert stored["details"] == {"categories": {"👍": 1.0, "👎": 0.0}}
        assert "description" not in stored

    def test_user_feedback_stays(self, api, project):
        message = "Cannot delete feedback definition 'User feedback'"
        assert error_message(api.delete(f"{BASE}/{DEFAULT_ID}", expect=409)) == message
        other = create(api, project)
        response = api.post(f"{BASE}/delete", {"ids": [other, DEFAULT_ID]}, expect=409)
        assert error_message(response) == message
        api.get(f"{BASE}/{other}")
        api.delete(f"{BASE}/{other}")


class TestCrud:
    @pytest.mark.parametrize(
        ("fields", "details"),
        [
            (NUMERICAL, {"min": 0, "max": 1}),
            (
                {"type": "categorical", "details": {"categories": {"gut": 1, "schlecht é": 0.25}}},
                {"categories": {"gut": 1.0, "schlecht é": 0.25}},
            ),
            (
                {"type": "boolean", "details": {"true_label": "Pass", "false_label": "Fail"}},
                {"true_label": "Pass", "false_label": "Fail"},
            ),
            (
                {"type": "boolean", "details": {"trueLabel": "Pass", "falseLabel": "Fail"}},
                {"true_label": "Pass", "false_label": "Fail"},
            ),
        ],
    )
    def test_create_and_read(self, api, project, fields, details):
        definition = create(api, project, description="about", id=uuid7(), unknown=None, **fields)
        stored = api.get(f"{BASE}/{definition}").json()
        assert set(stored) == {
            "id", "name", "description", "type", "details",
            "created_at", "created_by", "last_updated_at", "last_updated_by",
        }  # fmt: skip
        assert stored["id"] == definition
        assert (stored["name"], stored["description"]) == (project, "about")
        assert (stored["type"], stored["details"]) == (fields["type"], details)
        assert stored["created_by"] == stored["last_updated_by"] == "admin"
        api.delete(f"{BASE}/{definition}")

    def test_a_chosen_id_is_ignored(self, api, project):
        chosen = uuid7()
        assert create(api, project, id=chosen) != chosen

    def test_names_are_unique_in_any_case(self, api, project):
        create(api, project)
        response = api.post(BASE, {"name": project.upper(), **NUMERICAL}, expect=409)
        assert error_list(response) == ["Feedback already exists"]
        other = create(api, f"{project}-2")
        response = api.put(f"{BASE}/{other}", {"name": project, **NUMERICAL}, expect=409)
        assert error_list(response) == ["Feedback already exists"]
        api.put(f"{BASE}/{other}", {"name": f"{project}-2".upper(), **NUMERICAL})

    def test_replace(self, api, project):
        definition = create(api, project, description="about")
        before = api.get(f"{BASE}/{definition}").json()
        boolean = {"type": "boolean", "details": {"true_label": "y", "false_label": "n"}}
        response = api.put(f"{BASE}/{definition}", {"name": f"{project}-new", **boolean})
        assert response.content == b""
        stored = api.get(f"{BASE}/{definition}").json()
        assert stored["name"] == f"{project}-new"
        assert (stored["type"], stored["details"]) == ("boolean", boolean["details"])
        assert "description" not in stored
        assert stored["created_at"] == before["created_at"]
        assert stored["last_updated_at"] > before["last_updated_at"]

    def test_unknown(self, api, project):
        missing = uuid7()
        assert error_list(api.get(f"{BASE}/{missing}", expect=404)) == ["Feedback definition not found"]
        response = api.put(f"{BASE}/{missing}", {"name": project, **NUMERICAL}, expect=404)
        assert error_list(response) == ["Feedback definition not found"]
        api.delete(f"{BASE}/{missing}")
        api.post(f"{BASE}/delete", {"ids": [missing]}, expect=204)
        api.get(f"{BASE}/no-id", expect=404)

    def test_delete(self, api, project):
        ids = [create(api, f"{project}-{number}") for number in range(3)]
        api.delete(f"{BASE}/{ids[0]}")
        api.post(f"{BASE}/delete", {"ids": ids[1:]}, expect=204)
        assert api.page("feedback-definitions", name=project)["total"] == 0
        response = api.post(f"{BASE}/delete", {"ids": []}, expect=422)
        assert error_list(response) == ["ids size must be between 1 and 1000"]


class TestList:
    def test_pages(self, api, project):
        ids = [create(api, f"{project}-{number}") for number in range(3)]
        page = api.page("feedback-definitions", name=project.upper(), size=2)
        assert [row["id"] for row in page["content"]] == ids[:0:-1]
        assert (page["page"], page["size"], page["total"]) == (1, 2, 3)
        assert "sortable_by" not in page
        last = api.page("feedback-definitions", name=project, size=2, page=2)
        assert [row["id"] for row in last["content"]] == ids[:1]
        beyond = api.page("feedback-definitions", name=project, size=2, page=9)
        assert (beyond["size"], beyond["content"]) == (0, [])

    def test_types(self, api, project):
        create(api, f"{project}-n")
        flag = create(api, f"{project}-b", type="boolean", details={"true_label": "y", "false_label": "n"})
        assert api.ids("feedback-definitions", name=project, type="boolean") == [flag]
        assert api.ids("feedback-definitions", name=project, type="categorical") == []
        api.get(BASE, type="stars", expect=400)

    def test_parameters(self, api):
        api.get(BASE, page=0, expect=400)
        api.get(BASE, size=0, expect=400)
        api.get(BASE, size=1000)


class TestValidation:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"name": " "}, "name must not be blank"),
            ({"name": None}, "name must not be blank"),
            ({"description": "d" * 256}, "description cannot exceed 255 characters"),
            ({"details": None}, "details must not be null"),
            ({"details": {"max": 1}}, "details.min must not be null"),
            ({"details": {"min": 1}}, "details.max must not be null"),
            ({"details": {"min": 2, "max": 1}}, "details.min has to be smaller than details.max"),
            ({"details": {"min": 1, "max": 1}}, "details.min has to be smaller than details.max"),
            ({"type": "categorical", "details": {}}, "details.categories must not be null"),
            (
                {"type": "categorical", "details": {"categories": {"a": 1}}},
                "details.categories size must be between 2 and 2147483647",
            ),
            ({"type": "boolean", "details": {"false_label": "n"}}, "details.trueLabel must not be blank"),
            (
                {"type": "boolean", "details": {"true_label": "y", "false_label": " "}},
                "details.falseLabel must not be blank",
            ),
        ],
    )
    def test_rules(self, api, project, fields, expected):
        response = api.post(BASE, {"name": project, **NUMERICAL, **fields}, expect=422)
        assert error_list(response) == [expected]

    @pytest.mark.parametrize(
        "fields", [{"type": None}, {"type": "stars"}, {"details": "text"}, {"details": {"min": []}}]
    )
    def test_malformed(self, api, project, fields):
        response = api.post(BASE, {"name": project, **NUMERICAL, **fields}, expect=400)
        assert error_message(response).startswith("Unable to process JSON.")
