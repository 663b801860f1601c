"""Short cuts for tests about datasets."""

import json
from typing import Any

from .ids import uuid7


def create_dataset(api, name: str, **fields: Any) -> str:
    """Creates a dataset and answers its id."""
    response = api.post("/datasets", {"name": name, **fields}, expect=201)
    assert response.content == b""
    return response.headers["Location"].rsplit("/", 1)[1]


def item(**fields: Any) -> dict:
    """An item as the SDK sends it; `data` is made up when it is not given."""
    body = {
        "id": uuid7(),
        "trace_id": None,
        "span_id": None,
        "source": "sdk",
        "description": None,
        "evaluators": None,
        "execution_policy": None,
        **fields,
    }
    body.setdefault("data", {"question": body["id"]})
    return body


def put_items(api, dataset_id: str, *items: dict, group: str | None = None, **fields: Any) -> list[dict]:
    """Adds or replaces items."""
    body = {"dataset_id": dataset_id, "items": list(items), "batch_group_id": group, **fields}
    api.put("/datasets/items", body)
    return list(items)


def items_page(api, dataset_id: str, **params: Any) -> dict:
    """One page of items."""
    params.setdefault("size", 100)
    return api.get(f"/datasets/{dataset_id}/items", **params).json()


def item_ids(api, dataset_id: str, **params: Any) -> list[str]:
    """The ids of a page of items."""
    return [row["id"] for row in items_page(api, dataset_id, **params)["content"]]


def stream_items(api, name: str, **body: Any) -> list[dict]:
    """All items of one stream."""
    response = api.post("/datasets/items/stream", {"dataset_name": name, **body}, expect=200)
    assert response.headers["Content-Type"] == "application/octet-stream"
    if response.content:
        assert response.content.endswith(b"\r\n")
    return [json.loads(line) for line in response.content.splitlines()]


def versions(api, dataset_id: str, **params: Any) -> list[dict]:
    """The versions of a dataset, newest first."""
    return api.get(f"/datasets/{dataset_id}/versions", **params).json()["content"]


def latest_version(api, dataset_id: str) -> dict:
    """The newest version of a dataset."""
    return versions(api, dataset_id, page=1, size=1)[0]


def apply_changes(api, dataset_id: str, expect: int = 201, override: bool = False, **body: Any):
    """Posts a change set; answers the new version, or the response when another status is expected."""
    path = f"/datasets/{dataset_id}/items/changes?override={str(override).lower()}"
    response = api.post(path, body, expect=expect)
    return response.json() if expect == 201 else response
