"""Retention rules. What they delete is tested on the store, which can be told what time it is."""

import pytest

from harness.api import error_list, error_message
from harness.ids import uuid7

pytestmark = pytest.mark.http

BASE = "/retention/rules"
WORKSPACE = "0190babc-62a0-71d2-832a-0feffa4676eb"


def create(api, **fields) -> dict:
    response = api.post(BASE, {"retention": "extended_400d", **fields}, expect=201)
    rule = response.json()
    assert response.headers["Location"].endswith(f"{BASE}/{rule['id']}")
    return rule


def rule_of(api, rule: dict) -> dict:
    return api.get(f"{BASE}/{rule['id']}").json()


@pytest.fixture
def project_id() -> str:
    return uuid7()


class TestCrud:
    def test_create_and_read(self, api, project_id):
        rule = create(api, project_id=project_id, retention="base_60d", unknown=1)
        assert set(rule) == {
            "id", "workspace_id", "project_id", "level", "retention", "apply_to_past", "enabled",
            "created_at", "created_by", "last_updated_at", "last_updated_by", "catch_up_done",
        }  # fmt: skip
        assert (rule["workspace_id"], rule["project_id"], rule["level"]) == (WORKSPACE, project_id, "project")
        assert (rule["retention"], rule["apply_to_past"], rule["enabled"]) == ("base_60d", True, True)
        assert rule["catch_up_done"] is False
        assert rule["created_by"] == rule["last_updated_by"] == "admin"
        assert rule_of(api, rule) == rule
        api.delete(f"{BASE}/{rule['id']}")

    def test_levels(self, api, project_id):
        rules = [
            create(api, project_id=project_id),
            create(api),
            create(api, organization_level=True),
            create(api, organization_level=False),
        ]
        assert [rule["level"] for rule in rules] == ["project", "workspace", "organization", "workspace"]
        assert "project_id" not in rules[1]
        for rule in rules:
            api.delete(f"{BASE}/{rule['id']}")

    @pytest.mark.parametrize(
        ("fields", "done"),
        [
            ({"retention": "short_14d"}, False),
            ({"retention": "short_14d", "apply_to_past": False}, True),
            ({"retention": "unlimited"}, True),
        ],
    )
    def test_catching_up(self, api, project_id, fields, done):
        rule = create(api, project_id=project_id, **fields)
        assert rule["catch_up_done"] is done
        api.delete(f"{BASE}/{rule['id']}")

    def test_a_new_rule_replaces_the_one_of_its_kind(self, api, project_id):
        first, other = create(api, project_id=project_id), create(api, project_id=uuid7())
        second = create(api, project_id=project_id, retention="unlimited")
        assert [rule_of(api, rule)["enabled"] for rule in (first, other, second)] == [False, True, True]
        for rule in (other, second):
            api.delete(f"{BASE}/{rule['id']}")

    def test_deactivate(self, api, project_id):
        rule = create(api, project_id=project_id)
        api.delete(f"{BASE}/{rule['id']}")
        stored = rule_of(api, rule)
        assert stored["enabled"] is False
        api.delete(f"{BASE}/{rule['id']}")
        assert rule_of(api, rule) == stored

    def test_unknown(self, api):
        missing = uuid7()
        assert error_message(api.get(f"{BASE}/{missing}", expect=404)) == "Retention rule not found"
        assert error_message(api.delete(f"{BASE}/{missing}", expect=404)) == "Retention rule not found"
        api.get(f"{BASE}/no-id", expect=404)

    def test_refused(self, api, project_id):
        body = {"retention": "short_14d", "project_id": project_id, "organization_level": True}
        response = api.post(BASE, body, expect=400)
        assert error_message(response) == "Cannot set organization_level=true with a project_id"
        assert error_list(api.post(BASE, {"project_id": project_id}, expect=422)) == ["retention must not be null"]
        api.post(BASE, {"retention": "forever"}, expect=400)

    def test_list(self, api, project_id):
        rules = [create(api, project_id=project_id, retention="unlimited") for _ in range(3)]
        active = api.page("retention/rules", size=1000)
        assert "sortable_by" not in active
        ids = [rule["id"] for rule in active["content"]]
        assert rules[2]["id"] in ids and rules[0]["id"] not in ids
        page = api.page("retention/rules", size=2, include_inactive=True)
        assert [rule["id"] for rule in page["content"]] == [rules[2]["id"], rules[1]["id"]]
        assert (page["page"], page["size"]) == (1, 2)
        assert page["total"] >= 3
        api.get(BASE, page=0, expect=400)
        api.delete(f"{BASE}/{rules[2]['id']}")
