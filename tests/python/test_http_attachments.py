"""Files attached to traces and spans: upload, list, download, automatic extraction and reinjection."""

import base64
import os
import re

import pytest
import requests

from harness.api import error_list, error_message, span, trace
from harness.ids import uuid7

pytestmark = pytest.mark.http

# Strings shorter than this many characters are never looked at for embedded files.
EXTRACTION_THRESHOLD = 256_000


@pytest.fixture
def base(server):
    return base64.b64encode(f"{server.api}/".encode()).decode()


@pytest.fixture
def item(api, project):
    return api.add_traces(trace(project))[0]


def upload(api, project, entity_id: str, name: str, content: bytes, mime: str = "text/plain", kind: str = "trace"):
    query = {"file_name": name, "project_name": project, "mime_type": mime, "entity_type": kind, "entity_id": entity_id}
    api.call("PUT", "/attachment/upload", 204, params=query, data=content)


def files(api, base, project, entity_id: str, kind: str = "trace", **params) -> list[dict]:
    query = {"project_id": api.project_id(project), "entity_type": kind, "entity_id": entity_id, "path": base}
    return api.get("/attachment/list", **query, **params).json()["content"]


class TestUpload:
    def start(self, api, base_url, project, entity, /, **fields):
        body = {
            "file_name": "a&b ü.bin",
            "num_of_file_parts": 1,
            "project_name": project,
            "entity_type": "trace",
            "entity_id": entity,
            "path": base_url,
            **fields,
        }
        return api.call("POST", "/attachment/upload-start", json={k: v for k, v in body.items() if v is not None})

    @pytest.mark.parametrize("slash", ["/", ""])
    @pytest.mark.parametrize("alphabet", ["standard", "url-safe", "unpadded"])
    def test_base_url_encodings(self, api, server, project, item, slash, alphabet):
        address = f"{server.api}{slash}".encode()
        path = base64.b64encode(address).decode()
        if alphabet == "url-safe":
            path = base64.urlsafe_b64encode(address).decode()
        if alphabet == "unpadded":
            path = path.rstrip("=")
        answer = self.start(api, path, project, item["id"]).json()
        (url,) = answer["pre_sign_urls"]
        assert url.startswith(f"{server.api}/v1/private/attachment/upload?")
        assert requests.put(url, data=b"x", timeout=30).status_code == 204

    def test_bad_base_url(self, api, project, item):
        response = self.start(api, "%%%", project, item["id"])
        assert response.status_code == 400
        assert error_message(response) == "Invalid base URL format"

    @pytest.mark.parametrize("missing", ["file_name", "num_of_file_parts", "entity_type", "entity_id", "path"])
    def test_required_fields(self, api, base, project, item, missing):
        response = self.start(api, base, project, item["id"], **{missing: None})
        assert response.status_code == 422
        (text,) = error_list(response)
        camel = re.sub("_(.)", lambda match: match.group(1).upper(), missing)
        assert text.startswith(f"{camel} must not be ")

    def test_mime_type_is_guessed(self, api, base, server, project, item):
        answer = self.start(api, base, project, item["id"], file_name="page.html").json()
        requests.put(answer["pre_sign_urls"][0], data=b"<p>", timeout=30)
        (entry,) = files(api, base, project, item["id"])
        assert entry["mime_type"] == "text/html"

    def test_completion_is_an_idempotent_success(self, api, base, project, item):
        body = {
            "file_name": "a.txt",
            "project_name": project,
            "entity_type": "trace",
            "entity_id": item["id"],
            "file_size": 3,
            "mime_type": "text/plain",
            "upload_id": "BEMinIO",
            "uploaded_file_parts": [{"e_tag": "x", "part_number": 1}],
        }
        upload(api, project, item["id"], "a.txt", b"abc")
        for _ in range(2):
            api.post("/attachment/upload-complete", body, expect=204)
        (entry,) = files(api, base, project, item["id"])
        assert entry["file_size"] == 3

    def test_chunked_upload(self, api, base, project, item):
        def chunks():
            for _ in range(64):
                yield b"0123456789abcdef" * 4096

        query = {"file_name": "big.bin", "project_name": project, "entity_type": "trace", "entity_id": item["id"]}
        query["mime_type"] = "application/octet-stream"
        api.call("PUT", "/attachment/upload", 204, params=query, data=chunks())
        (entry,) = files(api, base, project, item["id"])
        assert entry["file_size"] == 64 * 16 * 4096
        assert len(requests.get(entry["link"], timeout=30).content) == 64 * 16 * 4096

    def test_same_name_overwrites(self, api, base, project, item):
        upload(api, project, item["id"], "a.txt", b"first")
        upload(api, project, item["id"], "a.txt", b"second!")
        (entry,) = files(api, base, project, item["id"])
        assert entry["file_size"] == 7
        assert requests.get(entry["link"], timeout=30).content == b"second!"

    def test_project_is_created(self, api, base, project):
        upload(api, project, uuid7(), "a.txt", b"x")
        assert api.project_id(project)


class TestListAndDelete:
    def test_order_paging_and_scope(self, api, base, project, item):
        part = api.add_spans(span(project, item["id"]))[0]
        for name in ("b.txt", "c.txt", "a.txt"):
            upload(api, project, item["id"], name, b"x")
        upload(api, project, part["id"], "s.txt", b"x", kind="span")
        assert [entry["file_name"] for entry in files(api, base, project, item["id"])] == ["c.txt", "b.txt", "a.txt"]
        assert [entry["file_name"] for entry in files(api, base, project, item["id"], page=2, size=2)] == ["a.txt"]
        assert [entry["file_name"] for entry in files(api, base, project, part["id"], "span")] == ["s.txt"]

    def test_delete(self, api, base, project, item):
        for name in ("a.txt", "b.txt"):
            upload(api, project, item["id"], name, b"x")
        links = {entry["file_name"]: entry["link"] for entry in files(api, base, project, item["id"])}
        body = {
            "file_names": ["a.txt", "never.txt"],
            "entity_type": "trace",
            "entity_id": item["id"],
            "container_id": api.project_id(project),
        }
        api.post("/attachment/delete", body, expect=204)
        assert [entry["file_name"] for entry in files(api, base, project, item["id"])] == ["b.txt"]
        gone = requests.get(links["a.txt"], timeout=30)
        assert gone.status_code == 404
        key = (
            "opik/attachment/workspaces/0190babc-62a0-71d2-832a-0feffa4676eb/"
            f"projects/{api.project_id(project)}/traces/{item['id']}/files/a.txt"
        )
        assert error_message(gone) == f"File not found for key: {key}"

    def test_names_cannot_leave_the_store(self, api, base, project, item):
        name = "../../../../escape.txt"
        query = {"file_name": name, "project_name": project, "entity_type": "trace", "entity_id": item["id"]}
        response = api.call("PUT", "/attachment/upload", params={**query, "mime_type": "text/plain"}, data=b"x")
        assert response.status_code in (204, 400, 422)
        if response.status_code == 204:
            (entry,) = files(api, base, project, item["id"])
            assert entry["file_name"] == name
            assert requests.get(entry["link"], timeout=30).content == b"x"


def embedded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def pdf(size: int = 220_000) -> bytes:
    return b"%PDF-1.7\n" + os.urandom(size)


class TestExtraction:
    def test_short_strings_stay(self, api, base, project):
        text = embedded(b"\x89PNG\r\n\x1a\n" + os.urandom(100_000))
        item = api.add_traces(trace(project, input={"t": text}))[0]
        assert files(api, base, project, item["id"]) == []
        assert api.trace(item["id"])["input"] == {"t": text}

    def test_unknown_content_stays(self, api, base, project):
        text = "QUJD" * (EXTRACTION_THRESHOLD // 4 + 10)
        item = api.add_traces(trace(project, input={"t": text}))[0]
        assert files(api, base, project, item["id"]) == []
        assert api.trace(item["id"], strip_attachments=True)["input"] == {"t": text}

    def test_every_field_is_numbered_by_itself(self, api, base, project):
        first, second, third = embedded(pdf()), embedded(pdf()), embedded(pdf())
        item = trace(project, input={"a": first, "b": [second]}, output={"c": f"see {third} there"})
        api.add_traces(item)
        names = [entry["file_name"] for entry in files(api, base, project, item["id"])]
        shapes = sorted(re.sub(r"-\d{10,}\.", "-T.", name) for name in names)
        assert shapes == ["input-attachment-1-T.pdf", "input-attachment-2-T.pdf", "output-attachment-1-T.pdf"]
        whole = api.trace(item["id"])
        assert whole["input"] == {"a": first, "b": [second]}
        assert whole["output"] == {"c": f"see {third} there"}
        stripped = api.trace(item["id"], strip_attachments=True)
        assert re.fullmatch(r"see \[output-attachment-1-\d+\.pdf\] there", stripped["output"]["c"])

    def test_lists_and_streams_reinject(self, api, project):
        text = embedded(pdf())
        api.add_traces(trace(project, input={"t": text}))
        (row,) = api.page("traces", project_name=project)["content"]
        assert row["input"] == {"t": text}
        (row,) = api.page("traces", project_name=project, strip_attachments=True)["content"]
        assert row["input"]["t"].startswith("[input-attachment-1-")
        (row,) = api.search("traces", project_name=project)
        assert row["input"] == {"t": text}
        (row,) = api.search("traces", project_name=project, strip_attachments=True)
        assert row["input"]["t"].startswith("[input-attachment-1-")

    def test_spans_and_patches(self, api, base, project, item):
        text = embedded(pdf())
        part = api.add_spans(span(project, item["id"], metadata={"t": text}))[0]
        (entry,) = files(api, base, project, part["id"], "span")
        assert entry["file_name"].startswith("metadata-attachment-1-")
        api.patch(
            f"/spans/{part['id']}", {"project_name": project, "trace_id": item["id"], "output": {"t": embedded(pdf())}}
        )
        names = sorted(entry["file_name"].split("-")[0] for entry in files(api, base, project, part["id"], "span"))
        assert names == ["metadata", "output"]

    def test_reingestion_replaces_extracted_files_only(self, api, base, project):
        item = trace(project, input={"t": embedded(pdf())}, last_updated_at="2026-01-01T00:00:01Z")
        api.add_traces(item)
        upload(api, project, item["id"], "mine.txt", b"x")
        upload(api, project, item["id"], "input-attachment-1-1700000000000-sdk.pdf", b"x")
        replacement = {**item, "input": {"t": "small"}, "last_updated_at": "2026-01-01T00:00:02Z"}
        api.add_traces(replacement)
        names = {entry["file_name"] for entry in files(api, base, project, item["id"])}
        assert names == {"mine.txt", "input-attachment-1-1700000000000-sdk.pdf"}

    def test_references_of_the_sdk_are_reinjected(self, api, project):
        item = trace(project, input={"t": "[input-attachment-1-1700000000000-sdk.png]"})
        upload(api, project, item["id"], "input-attachment-1-1700000000000-sdk.png", b"\x89PNG", mime="image/png")
        api.add_traces(item)
        assert api.trace(item["id"])["input"] == {"t": embedded(b"\x89PNG")}

    def test_reference_without_file_stays(self, api, project):
        text = "[input-attachment-7-1700000000000.png]"
        item = api.add_traces(trace(project, input={"t": text}))[0]
        assert api.trace(item["id"])["input"] == {"t": text}
