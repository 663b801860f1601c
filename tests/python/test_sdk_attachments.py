"""Files attached through the SDK."""

import base64
import datetime
import hashlib
import os

import pytest
from opik import Attachment

from harness import sdk as sdk_helper

pytestmark = pytest.mark.sdk


def now():
    return datetime.datetime.now(datetime.UTC)


def listed(client, project, entity_id, kind="trace"):
    found = client.get_attachment_client().get_attachment_list(
        project_name=project, entity_id=entity_id, entity_type=kind
    )
    return {entry.file_name: entry for entry in found}


def download(client, project, entity_id, name, mime, kind="trace") -> bytes:
    pieces = client.get_attachment_client().download_attachment(
        project_name=project, entity_type=kind, entity_id=entity_id, file_name=name, mime_type=mime
    )
    return b"".join(pieces)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "picture one.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(200_000))
    return path


def test_file_on_trace_and_span(sdk, project, file):
    trace = sdk.trace(name="t", end_time=now(), attachments=[Attachment(data=str(file))])
    span = trace.span(
        name="s",
        end_time=now(),
        attachments=[Attachment(data=str(file), file_name="renamed.bin", content_type="application/octet-stream")],
    )
    sdk.flush()
    entries = listed(sdk, project, trace.id)
    assert set(entries) == {"picture one.png"}
    assert entries["picture one.png"].file_size == file.stat().st_size
    assert entries["picture one.png"].mime_type == "image/png"
    assert download(sdk, project, trace.id, "picture one.png", "image/png") == file.read_bytes()
    assert set(listed(sdk, project, span.id, "span")) == {"renamed.bin"}
    octets = "application/octet-stream"
    assert download(sdk, project, span.id, "renamed.bin", octets, "span") == file.read_bytes()


def test_attachment_client_upload(sdk, project, file):
    trace = sdk.trace(name="t", end_time=now())
    sdk.flush()
    sdk.get_attachment_client().upload_attachment(
        project_name=project, entity_type="trace", entity_id=trace.id, file_path=str(file), file_name="later.png"
    )
    assert set(listed(sdk, project, trace.id)) == {"later.png"}
    assert download(sdk, project, trace.id, "later.png", "image/png") == file.read_bytes()


def test_large_file(sdk, project, tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(1024 * 1024) * 30)
    trace = sdk.trace(name="t", end_time=now(), attachments=[Attachment(data=str(path))])
    sdk.flush()
    content = download(sdk, project, trace.id, "large.bin", "application/octet-stream")
    assert hashlib.sha256(content).digest() == hashlib.sha256(path.read_bytes()).digest()


def test_bytes_in_memory(sdk, project):
    if not sdk_helper.HAS_IN_MEMORY_ATTACHMENTS:
        # This version takes file paths only and refuses bytes itself.
        with pytest.raises(ValueError):
            Attachment(data=b"\xff\x00bytes", file_name="a.bin")
        return
    trace = sdk.trace(name="t", end_time=now(), attachments=[Attachment(data=b"\xff\x00bytes", file_name="a.bin")])
    sdk.flush()
    assert download(sdk, project, trace.id, "a.bin", "application/octet-stream") == b"\xff\x00bytes"


def test_embedded_image(sdk, project):
    """The client cuts large base64 texts out, or the server does; the file is there and reading restores the text."""
    content = b"\x89PNG\r\n\x1a\n" + os.urandom(400_000)
    text = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    trace = sdk.trace(name="t", input={"picture": text}, end_time=now())
    sdk.flush()
    (name,) = listed(sdk, project, trace.id)
    assert name.startswith("input-attachment-")
    assert name.endswith(".png")
    assert download(sdk, project, trace.id, name, "image/png") == content
    restored = sdk.get_trace_content(trace.id).input["picture"]
    assert base64.b64decode(restored.removeprefix("data:image/png;base64,")) == content
    (stripped,) = sdk.rest_client.traces.get_traces_by_project(project_name=project, strip_attachments=True).content
    assert f"[{name}]" in stripped.input["picture"]
