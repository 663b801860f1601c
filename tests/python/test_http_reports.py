"""Reports and their failures, the welcome wizard, and the state of an assistant."""

import gzip

import pytest

from harness.api import error_list, error_message
from harness.ids import uuid7

pytestmark = pytest.mark.http


class TestFailures:
    BODY = {"type": "agent_insights", "reason": "out of tokens"}

    def add(self, api, project_id: str, **fields) -> str:
        response = api.post("/report-failures", {**self.BODY, "project_id": project_id, **fields}, expect=201)
        return response.headers["Location"].rsplit("/", 1)[1]

    def test_create_and_list(self, api):
        project_id = uuid7()
        ids = [self.add(api, project_id, detail=f"ü {number}" if number else None) for number in range(3)]
        page = api.page("report-failures", project_id=project_id)
        assert (page["page"], page["size"], page["total"]) == (1, 10, 3)
        assert [row["id"] for row in page["content"]] == ids[::-1]
        assert set(page["content"][0]) == {
            "id", "type", "project_id", "reason", "detail",
            "created_at", "created_by", "last_updated_at", "last_updated_by",
        }  # fmt: skip
        assert "detail" not in page["content"][2]
        second = api.page("report-failures", project_id=project_id, type="agent_insights", size=2, page=2)
        assert (second["size"], [row["id"] for row in second["content"]]) == (2, ids[:1])
        assert api.page("report-failures", project_id=uuid7())["content"] == []

    def test_refused(self, api):
        project_id = uuid7()
        response = api.post("/report-failures", {**self.BODY, "project_id": project_id, "type": "weekly"}, expect=400)
        assert error_message(response) == "Unknown report failure type: 'weekly'"
        assert error_list(api.post("/report-failures", self.BODY, expect=422)) == ["projectId must not be null"]
        body = {**self.BODY, "project_id": project_id, "reason": "r" * 256}
        assert error_list(api.post("/report-failures", body, expect=422)) == ["reason size must be between 0 and 255"]
        api.get("/report-failures", size=101, expect=400)
        api.get("/report-failures", type="weekly", expect=400)


class TestReports:
    def test_there_are_none(self, api):
        base = f"/projects/{uuid7()}/reports"
        assert api.get(base, size=7).json() == {"page": 1, "size": 7, "total": 0, "content": []}
        api.get(base, size=101, expect=400)
        response = api.post(f"{base}/generate", expect=501)
        assert set(response.json()) == {"error"}
        api.post(f"{base}/{uuid7()}/complete", {"status": "completed"}, expect=404)

    def test_preferences(self, api):
        path = f"/projects/{uuid7()}/reports/preferences"
        assert api.get(path, expect=204).content == b""
        stored = api.put(path, {"enabled": True}, expect=200).json()
        assert set(stored) == {"project_id", "enabled", "schedule_time", "created_at", "last_updated_at"}
        assert (stored["enabled"], stored["schedule_time"]) == (True, "05:00:00")
        changed = api.put(
            path, {"enabled": False, "schedule_time": "23:59:59", "custom_prompt": "schau hin"}, expect=200
        ).json()
        assert (changed["enabled"], changed["schedule_time"], changed["custom_prompt"]) == (
            False,
            "23:59:59",
            "schau hin",
        )
        assert changed["created_at"] == stored["created_at"]
        assert api.get(path).json() == changed
        for schedule in ("5:00", "24:00:00", ""):
            (text,) = error_list(api.put(path, {"schedule_time": schedule}, expect=422))
            assert text.startswith("scheduleTime must match")
        response = api.put(path, {"custom_prompt": "p" * 5001}, expect=422)
        assert error_list(response) == ["customPrompt size must be between 0 and 5000"]


class TestWelcomeWizard:
    def test_refused(self, api):
        response = api.post("/welcome-wizard", {"role": "r" * 101}, expect=422)
        assert "Role cannot exceed 100 characters" in error_list(response)[0]
        response = api.post("/welcome-wizard", {"email": "nobody"}, expect=422)
        assert "Invalid email format" in error_list(response)[0]
        response = api.post("/welcome-wizard", {"email": f"a@{'b' * 260}"}, expect=422)
        assert error_list(response) == ["email size must be between 0 and 255"]

    def test_complete(self, api):
        assert isinstance(api.get("/welcome-wizard").json()["completed"], bool)
        for _ in range(2):
            api.post(
                "/welcome-wizard",
                {"role": "dev", "integrations": ["langchain"], "email": "a@b.c", "join_beta_program": None},
                expect=204,
            )
            assert api.get("/welcome-wizard").json() == {"completed": True}
        api.post("/welcome-wizard", {}, expect=204)


class TestAssistantState:
    PATH = "/ollie/state"

    def test_bytes_are_kept(self, api):
        api.delete(self.PATH)
        api.get(self.PATH, expect=404)
        for content in (gzip.compress(b'{"a": 1}'), bytes(range(256)) * 5000):
            api.call("PUT", self.PATH, 204, data=content, headers={"Content-Type": "application/gzip"})
            assert api.get(self.PATH).content == content
        api.call("PUT", self.PATH, 400, data=b"")
        api.delete(self.PATH)
        api.get(self.PATH, expect=404)

    def test_size_is_limited(self, api):
        response = api.call("PUT", self.PATH, 413, data=bytes(50 * 1024 * 1024 + 1))
        assert "52428800" in error_message(response)
