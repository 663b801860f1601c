"""What the seed scripts share: a client of the server, its REST API, ids that carry a time, and small files."""

import datetime
import io
import json
import logging
import math
import os
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request
import wave
import zlib
from typing import Any

SERVER = os.environ.get("FERROPIK_URL", "http://127.0.0.1:6200").rstrip("/")
# The SDK reads its configuration when it is imported.
os.environ["OPIK_URL_OVERRIDE"] = f"{SERVER}/api"
os.environ.setdefault("OPIK_WORKSPACE", "default")
os.environ.setdefault("OPIK_ANALYTICS_ENABLED", "false")
os.environ.setdefault("OPIK_SENTRY_ENABLE", "false")
os.environ.setdefault("OPIK_CONSOLE_LOGGING_LEVEL", "ERROR")
# Prices come with LiteLLM; it need not look for newer ones.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import opik  # noqa: E402
from opik import id_helpers  # noqa: E402

# Libraries print to the standard output, which is to hold nothing but the report.
OUTPUT, sys.stdout = sys.stdout, sys.stderr

TIMEOUT_SECONDS = 60
UTC = datetime.UTC


def client(project: str) -> opik.Opik:
    """An SDK client whose traces go to `project` unless they say otherwise."""
    logging.getLogger("opik").setLevel(logging.ERROR)
    made = opik.Opik(project_name=project)
    # Decorators and the evaluation functions take the global one.
    opik.set_global_client(made)
    return made


def rest(method: str, path: str, body: Any = None, **query: Any) -> Any:
    """One request to `/api/v1/private{path}`: the answer's JSON, or the id in its `Location` header."""
    url = f"{SERVER}/api/v1/private{path}"
    if query:
        url += "?" + urllib.parse.urlencode({k: v if isinstance(v, str) else json.dumps(v) for k, v in query.items()})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            content = response.read()
            if content:
                return json.loads(content)
            location = response.headers.get("Location")
            return location.rstrip("/").rsplit("/", 1)[-1] if location else None
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path}: {error.code} {error.read()[:1000]!r}") from None


def flush(sdk: opik.Opik) -> None:
    """Waits until everything is sent, and ends the script when something was not."""
    sdk.flush(timeout=120)
    result = sdk.last_flush_result
    if result is not None and not result.success:
        raise SystemExit(f"the server did not take everything: {result}")


def project_id(name: str) -> str:
    """The id of a project that exists."""
    return rest("POST", "/projects/retrieve", {"name": name})["id"]


def prompt_id(name: str) -> str:
    """The id of a prompt: the objects of the SDK carry the id of a version."""
    found = rest("GET", "/prompts", name=name, size=100)["content"]
    return next(prompt["id"] for prompt in found if prompt["name"] == name)


def id_at(moment: datetime.datetime) -> str:
    """A version 7 UUID of that moment: lists and time ranges go by the time in the id."""
    return id_helpers.generate_id(moment)


def ago(**delta: float) -> datetime.datetime:
    return datetime.datetime.now(UTC) - datetime.timedelta(**delta)


def later(moment: datetime.datetime, milliseconds: float) -> datetime.datetime:
    return moment + datetime.timedelta(milliseconds=milliseconds)


def report(ids: dict[str, Any]) -> None:
    """Prints what was made, for the tests to read."""
    json.dump(ids, OUTPUT, indent=2, ensure_ascii=False)
    OUTPUT.write("\n")


# Files


def png(width: int, height: int, colour: tuple[int, int, int] = (64, 120, 192)) -> bytes:
    """A picture with a diagonal gradient, so that a scaled or cropped preview can be told from the whole."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            shade = (x / width + y / height) / 2
            rows += bytes(round(part + (255 - part) * shade) for part in colour)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )


def wav(seconds: float, hertz: float = 440.0, rate: int = 8000) -> bytes:
    """A tone that fades out."""
    content = io.BytesIO()
    with wave.open(content, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        total = int(seconds * rate)
        sound.writeframes(
            b"".join(
                struct.pack("<h", int(12_000 * (1 - n / total) * math.sin(2 * math.pi * hertz * n / rate)))
                for n in range(total)
            )
        )
    return content.getvalue()


def pdf(lines: list[str]) -> bytes:
    """A document of one page with these lines of plain Latin text."""

    def escaped(line: str) -> str:
        return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")

    shown = " T* ".join(f"({escaped(line)}) Tj" for line in lines)
    stream = f"BT /F1 14 Tf 18 TL 72 760 Td {shown} ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    content = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(content)
