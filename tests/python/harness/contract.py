"""Reads the server's own API description: its operations, plausible requests for them and the shapes of the answers."""

import dataclasses
import json
import pathlib
import re
from typing import Any

import jsonschema_rs

from .api import Api
from .ids import uuid7

METHODS = ("get", "post", "put", "patch", "delete")
DATA = pathlib.Path(__file__).parent.parent / "data"


def template(path: str) -> str:
    """A path template without the names of its parameters, so that two of them can be compared."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


@dataclasses.dataclass
class Operation:
    """One operation of the document."""

    method: str
    path: str
    id: str
    parameters: list[dict]
    body: dict | None
    responses: dict[str, dict]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def key(self) -> tuple[str, str]:
        return self.method, template(self.path)

    @property
    def takes_json(self) -> bool:
        return self.body is not None and "application/json" in self.body.get("content", {})

    def body_schema(self) -> dict:
        return self.body["content"]["application/json"].get("schema", {})

    def documented(self, status: int) -> bool:
        return str(status) in self.responses

    def in_path(self) -> list[dict]:
        return [parameter for parameter in self.parameters if parameter["in"] == "path"]

    def in_query(self) -> list[dict]:
        return [parameter for parameter in self.parameters if parameter["in"] == "query"]


class Document:
    """The document a running server serves."""

    def __init__(self, api: Api):
        self.content = api.get("//openapi.json").json()
        self.operations = [
            Operation(
                method=method.upper(),
                path=path,
                id=item[method]["operationId"],
                parameters=item.get("parameters", []) + item[method].get("parameters", []),
                body=item[method].get("requestBody"),
                responses=item[method]["responses"],
            )
            for path, item in self.content["paths"].items()
            for method in METHODS
            if method in item
        ]

    def resolve(self, schema: dict) -> dict:
        """A schema with its outermost reference followed."""
        while "$ref" in schema:
            schema = self.content["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return schema

    def properties(self, schema: dict) -> list[str]:
        """Names of the properties of an object, wherever its parts are described."""
        schema = self.resolve(schema)
        names = list(schema.get("properties", {}))
        for keyword in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(keyword, []):
                names += self.properties(part)
        return names

    def validator(self, schema: dict) -> Any:
        """Checks values against a schema of the document."""
        return jsonschema_rs.Draft202012Validator(
            {**schema, "components": self.closed_components()}, validate_formats=True
        )

    def closed_components(self) -> dict:
        """The schemas, in which an object has no property but the described ones.

        Parts of an `allOf` cannot be closed one by one, so these stay open.
        """
        if not hasattr(self, "_closed"):
            text = json.dumps(self.content["components"]["schemas"])
            parts = set(re.findall(r'"allOf": \[(.*?)\]', text))
            open_names = {name for part in parts for name in re.findall(r"schemas/([^\"]+)\"", part)}
            schemas = json.loads(text)
            for name, schema in schemas.items():
                if name not in open_names:
                    close(schema)
            self._closed = {"schemas": schemas}
        return self._closed

    def problems(self, operation: Operation, status: int, content_type: str, text: str) -> list[str]:
        """What is wrong with an answer, compared with what the document says of it."""
        described = operation.responses.get(str(status))
        if described is None:
            return [f"status {status} is not described"]
        kinds = described.get("content")
        if not kinds:
            return [f"a body that is not described: {text[:200]}"] if text.strip() else []
        kind = content_type.split(";")[0].strip()
        media = kinds.get(kind)
        if "application/octet-stream" in kinds and media is None:
            return []  # A file, which has its own type.
        if media is None:
            return [f"answers {kind!r}, the document says {sorted(kinds)}"]
        if "schema" not in media or kind in ("text/plain", "application/octet-stream"):
            return []
        validator = self.validator(media["schema"])
        lines = text.splitlines() if "ndjson" in kind else [text]
        return [
            f"at {'/'.join(str(step) for step in error.instance_path) or 'the top'}: {error.message[:300]}"
            for line in lines
            for error in validator.iter_errors(json.loads(line))
        ]


def close(schema: Any) -> None:
    """Forbids properties that are not described, in a schema and in everything inside of it."""
    if isinstance(schema, list):
        for part in schema:
            close(part)
    elif isinstance(schema, dict):
        if "allOf" in schema:
            return
        if schema.get("properties") and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for part in schema.values():
            close(part)


def sample_of(parameter: dict) -> str:
    """A value for a parameter that fits it and names nothing that exists."""
    if parameter["name"] == "entity_type":
        return "trace"
    return uuid7() if parameter["name"].endswith("_id") else sample(parameter.get("schema", {}))


def sample(schema: dict) -> str:
    """A value that fits a schema."""
    for keyword in ("oneOf", "anyOf"):
        for part in schema.get(keyword, []):
            if part.get("type") != "null":
                return sample(part)
    if "enum" in schema:
        return str(schema["enum"][0])
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
    if schema.get("format") == "uuid":
        return uuid7()
    if schema.get("format") == "date-time":
        return "2026-01-01T00:00:00Z"
    if kind in ("integer", "number"):
        return "1"
    if kind == "boolean":
        return "true"
    if kind == "array":
        return "[]"
    return "nothing"


def url_of(operation: Operation, values: dict[str, str] | None = None) -> str:
    """The path of an operation; parameters that `values` does not give get a sample."""
    path = operation.path
    for parameter in operation.in_path():
        name = parameter["name"]
        value = (values or {}).get(name) or sample_of(parameter)
        path = path.replace(f"{{{name}}}", str(value))
    return path


def required_query(operation: Operation) -> dict[str, str]:
    """Samples of the query parameters that must be there."""
    return {parameter["name"]: sample_of(parameter) for parameter in operation.in_query() if parameter.get("required")}
