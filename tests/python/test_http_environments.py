"""Environments: seeds, rules, clashes, the limit, and names that traces and prompt versions bring along."""

import pytest

from harness.api import Api, error_list, error_message, trace
from harness.ids import uuid4, uuid7
from harness.server import Server

pytestmark = pytest.mark.http

PALETTE = ["#64748b", "#8b5cf6", "#bf399e", "#f43f5e", "#ef4444", "#f97316", "#eab308", "#10b981", "#06b6d4", "#3b82f6"]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A server of its own, as environments belong to a workspace as a whole."""
    server = Server(tmp_path_factory.mktemp("environments") / "data").start()
    yield Api(server.root)
    assert server.stop() == 0


@pytest.fixture
def clean(fresh):
    """A server with the environments of a fresh install only."""
    seeds = {"development", "staging", "production"}
    yield fresh
    extra = [row["id"] for row in fresh.get("/environments").json()["content"] if row["name"] not in seeds]
    if extra:
        fresh.post("/environments/delete", {"ids": extra}, expect=204)


def create(api, name, **fields):
    response = api.post("/environments", {"name": name, **fields}, expect=201)
    assert response.content == b""
    return response.headers["Location"].rsplit("/", 1)[1]


def names(api):
    return [row["name"] for row in api.get("/environments").json()["content"]]


def java_hash(text):
    value = 0
    units = text.encode("utf-16-be")
    for index in range(0, len(units), 2):
        value = (31 * value + int.from_bytes(units[index : index + 2], "big")) & 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value


def test_a_fresh_install_has_three(clean):
    page = clean.get("/environments").json()
    rows = [(row["name"], row["color"], row["position"]) for row in page["content"]]
    assert rows == [("development", "#945FCF", 0), ("staging", "#12A4B4", 1), ("production", "#19A979", 2)]
    assert (page["page"], page["size"], page["total"], page["sortable_by"]) == (1, 3, 3, ["created_at"])
    assert "description" not in page["content"][0]


def test_create_and_read(clean):
    wanted = uuid7()
    assert create(clean, "eu-west_1", id=wanted, description="abroad", color="#000000", position=7) == wanted
    stored = clean.get(f"/environments/{wanted}").json()
    assert stored.pop("created_at") == stored.pop("last_updated_at")
    assert stored == {
        "id": wanted,
        "name": "eu-west_1",
        "description": "abroad",
        "color": "#000000",
        "position": 7,
        "created_by": "admin",
        "last_updated_by": "admin",
    }
    create(clean, "second")
    assert names(clean)[3:] == ["eu-west_1", "second"]


@pytest.mark.parametrize("name", ["a", "ab", "qa", "long-environment-name", "zzzzzzz", "Eu_1"])
@pytest.mark.parametrize("color", [None, " "])
def test_colors_follow_from_names(clean, name, color):
    environment = create(clean, name, color=color)
    assert clean.get(f"/environments/{environment}").json()["color"] == PALETTE[java_hash(name) % 10]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "name must not be blank"),
        ({"name": " "}, "name must not be blank"),
        ({"name": "no good"}, "name must match '^[A-Za-z0-9_-]+$'"),
        ({"name": "größe"}, "name must match '^[A-Za-z0-9_-]+$'"),
        ({"name": "a" * 151}, "name "),
        ({"name": "a", "description": "d" * 501}, "description "),
        ({"name": "a", "color": "c" * 21}, "color "),
    ],
)
def test_bad_bodies(clean, body, text):
    (error,) = error_list(clean.post("/environments", body, expect=422))
    assert error.startswith(text)


def test_bad_ids_and_types(clean):
    response = clean.post("/environments", {"name": "a", "id": uuid4()}, expect=400)
    assert response.json()["details"] == "environment id must be a version 7 UUID"
    clean.post("/environments", {"name": "a", "position": "first"}, expect=400)
    clean.post("/environments", {"name": "a", "position": 1 << 40}, expect=400)
    clean.get("/environments/nonsense", expect=404)
    assert names(clean) == ["development", "staging", "production"]


def test_names_clash_in_any_case(clean):
    expected = "Environment with name 'PRODUCTION' already exists in the workspace"
    assert error_list(clean.post("/environments", {"name": "PRODUCTION"}, expect=409)) == [expected]
    other = create(clean, "other")
    assert error_list(clean.patch(f"/environments/{other}", {"name": "PRODUCTION"}, expect=409)) == [expected]
    clean.patch(f"/environments/{other}", {"name": "OTHER"})
    assert names(clean)[-1] == "OTHER"
    clean.post("/environments", {"name": "third", "id": other}, expect=409)


def test_update_keeps_what_is_absent(clean):
    environment = create(clean, "one", description="d", color="#111111", position=3)
    before = clean.get(f"/environments/{environment}").json()
    clean.patch(f"/environments/{environment}", {})
    clean.patch(f"/environments/{environment}", {"name": None, "description": None, "color": None, "position": None})
    after = clean.get(f"/environments/{environment}").json()
    assert after.pop("last_updated_at") >= before.pop("last_updated_at")
    assert after == before
    clean.patch(f"/environments/{environment}", {"name": "two", "description": "", "color": "#222222", "position": 0})
    changed = clean.get(f"/environments/{environment}").json()
    assert (changed["name"], changed.get("description", ""), changed["color"], changed["position"]) == (
        "two",
        "",
        "#222222",
        0,
    )
    assert error_list(clean.patch(f"/environments/{environment}", {"name": "no good"}, expect=422)) == [
        "name must match '^[A-Za-z0-9_-]+$'"
    ]


def test_unknown_ids(clean):
    missing = uuid7()
    for response in (
        clean.get(f"/environments/{missing}", expect=404),
        clean.patch(f"/environments/{missing}", {"name": "x"}, expect=404),
    ):
        assert error_list(response) == ["Environment not found"]
    clean.post("/environments/delete", {"ids": [missing]}, expect=204)
    assert error_list(clean.post("/environments/delete", {"ids": []}, expect=422)) == [
        "ids size must be between 1 and 1000"
    ]


def test_there_may_be_a_hundred(clean):
    for number in range(97):
        create(clean, f"env-{number}")
    full = clean.post("/environments", {"name": "too-many"}, expect=409)
    assert error_list(full) == ["Workspace already has the maximum of 100 environments"]
    assert error_list(clean.post("/environments", {"name": "env-0"}, expect=409)) == [
        "Environment with name 'env-0' already exists in the workspace"
    ]
    clean.add_traces(trace("full", environment="one-more"))
    page = clean.get("/environments").json()
    assert (page["size"], page["total"], len(page["content"])) == (100, 100, 100)
    assert "one-more" not in names(clean)


def test_traces_and_versions_bring_names(clean):
    clean.add_traces(
        trace("p", environment="canary"),
        trace("p", environment="CANARY"),
        trace("p", environment="no good"),
        trace("p", environment=""),
    )
    body = {"name": "named", "version": {"template": "t", "environments": [" blue ", "", "production"]}}
    version = clean.post("/prompts/versions", body, expect=200).json()
    assert sorted(version["environments"]) == ["blue", "production"]
    assert names(clean)[3:] == ["canary", "blue"]
    registered = clean.get("/environments").json()["content"][3]
    assert registered["color"] == PALETTE[java_hash("canary") % 10]
    assert registered["position"] == 0


def test_an_update_that_finds_no_workspace(clean):
    response = clean.call("GET", "/environments", 404, headers={"Comet-Workspace": "elsewhere"})
    assert error_message(response) == "Workspace not found"
