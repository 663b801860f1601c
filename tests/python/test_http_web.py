"""The web interface as the binary serves it: its page, its files, and what keeps payloads from taking it over."""

import gzip
import http.client
import json
import re

import pytest
import requests

from harness.api import Api, trace
from harness.server import Server

pytestmark = pytest.mark.http

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
DEEP_LINK = "/default/projects/0193b4c4-0000-7000-8000-000000000000/logs?trace=x"


@pytest.fixture(scope="module")
def based(tmp_path_factory):
    """A server whose home is `/x`."""
    data_dir = tmp_path_factory.mktemp("based") / "data"
    running = Server(data_dir, env={"FERROPIK_BASE_PATH": "/x"}).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def visit(server):
    """Asks as a browser does that goes to a page."""
    return lambda path, **headers: fetch(server, path, {**BROWSER, **headers})


def fetch(server: Server, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> requests.Response:
    return requests.request(method, server.root + path, headers=headers, allow_redirects=False, timeout=30)


def fetch_raw(server: Server, target: str, headers: dict[str, str] | None = None, method: str = "GET"):
    """Sends a target as it is, with nothing decoded or normalized, and returns status, headers and the body as sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def is_page(response: requests.Response, base: str = "/") -> bool:
    return (
        response.status_code == 200
        and response.headers["Content-Type"] == "text/html; charset=utf-8"
        and re.findall(r"<base[^>]*>", response.text) == [f'<base href="{base}" />']
    )


def is_json_404(response: requests.Response) -> bool:
    return response.status_code == 404 and response.json() == {"code": 404, "message": "HTTP 404 Not Found"}


def nonce_of(page: requests.Response) -> str:
    return re.search(r'<meta name="csp-nonce" content="([^"]+)" />', page.text).group(1)


def entry_script(page: requests.Response) -> str:
    """Path of the hashed script that the page starts with, relative to its base."""
    return re.search(r'src="\./(assets/[^"]+\.js)"', page.text).group(1)


class TestPage:
    @pytest.mark.parametrize("path", ["/", "/default", DEEP_LINK, "/default/projects/", "/pair/v1", "/oauth/consent"])
    def test_every_other_path_is_the_page(self, visit, path):
        assert is_page(visit(path))

    @pytest.mark.parametrize("path", ["/opik", "/opik/", f"/opik{DEEP_LINK}", "/opik/pair/v1?url=x"])
    def test_below_the_prefix_of_older_links(self, visit, path):
        assert is_page(visit(path), "/opik/")

    def test_base_and_nonce_stand_first(self, visit):
        page = visit(DEEP_LINK)
        head = page.text.split("<head>", 1)[1]
        assert re.match(r'\s*<base href="/" />\s*<meta name="csp-nonce" content="[A-Za-z0-9+/]{20,}" />', head)

    def test_policy_has_the_nonce_of_this_page(self, visit):
        pages = [visit("/"), visit("/")]
        assert len({nonce_of(page) for page in pages}) == 2
        for page in pages:
            policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
            assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == "'self'"
            assert policy["style-src"] == f"'self' 'nonce-{nonce_of(page)}'"
            assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
            assert policy["base-uri"] == policy["form-action"] == "'self'"
            assert "unsafe" not in page.headers["Content-Security-Policy"]

    def test_headers(self, visit):
        headers = visit(DEEP_LINK).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "no-cache" in headers["Cache-Control"]

    def test_the_page_has_no_scripts_of_its_own(self, visit):
        for attributes, text in re.findall(r"<script([^>]*)>(.*?)</script>", visit("/").text, re.DOTALL):
            assert "src=" in attributes and not text.strip()

    def test_a_known_page_is_not_sent_again(self, visit):
        tag = visit("/").headers["ETag"]
        again = visit(DEEP_LINK, **{"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        # The client goes on with the nonce of the page it has, so it must keep that page's policy.
        assert "Content-Security-Policy" not in again.headers
        assert is_page(visit("/opik/", **{"If-None-Match": tag}), "/opik/")

    def test_head(self, server):
        status, headers, body = fetch_raw(server, DEEP_LINK, BROWSER, method="HEAD")
        assert (status, body) == (200, b"")
        assert int(headers["Content-Length"]) > 0 and "Content-Security-Policy" in headers

    def test_the_file_of_the_page_leads_to_the_page(self, visit):
        response = visit("/opik/index.html")
        assert (response.status_code, response.headers["Location"]) == (307, "/opik/")


class TestNoPage:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/private/nothing",
            "/api/default/projects",
            "/opik/api/v1/private/nothing",
            "/v1/private/nothing",
            "/is-alive/nothing",
            "/oauth/token",
            "/.well-known/oauth-authorization-server",
            "/assets/none-12345678.js",
            "/assets",
        ],
    )
    def test_paths_of_the_server(self, visit, path):
        assert is_json_404(visit(path))

    def test_programs_get_errors(self, server):
        assert is_json_404(fetch(server, "/default/projects", {"Accept": "application/json"}))
        assert is_json_404(fetch(server, "/favicon.ico", {"Accept": "image/avif,image/webp,*/*;q=0.8"}))
        for method in ("POST", "PUT", "DELETE"):
            assert is_json_404(fetch(server, "/default/projects", BROWSER, method))

    def test_routes_of_the_server_stay(self, server):
        assert fetch(server, "/health", BROWSER).text == "healthy\n"
        assert fetch(server, "/openapi.json", BROWSER).json()["openapi"].startswith("3")
        assert "<title>Ferropik API</title>" in fetch(server, "/docs", BROWSER).text
        assert fetch(server, "/opik/api/is-alive/ping", BROWSER).json()["healthy"] is True

    @pytest.mark.parametrize(
        "target",
        [
            "/assets/../index.html",
            "/assets/../../package.json",
            "/assets/%2e%2e/%2e%2e/package.json",
            "/assets/..%2f..%2fpackage.json",
            "/../package.json",
            "/%2e%2e/package.json",
            "/default/..%5c..%5cpackage.json",
            "/assets//etc/passwd",
            "/assets/..",
            "/x/%2E%2E/y",
        ],
    )
    def test_nothing_beside_the_files(self, server, target):
        status, headers, _ = fetch_raw(server, target, BROWSER)
        assert (status, headers["Content-Type"]) == (404, "application/json")


class TestFiles:
    @pytest.fixture
    def script(self, visit):
        return "/" + entry_script(visit("/"))

    def test_hashed_files_are_kept_for_ever(self, server, script):
        response = fetch(server, script)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert response.headers["X-Content-Type-Options"] == "nosniff"

    def test_missing_files_are_not_remembered(self, visit):
        assert visit("/assets/gone-12345678.js").headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("name", ["favicon.svg", "theme.js"])
    def test_other_files_are_looked_at_again(self, server, name):
        response = fetch(server, f"/{name}")
        assert response.headers["Cache-Control"] == "public, max-age=300"
        again = fetch(server, f"/{name}", {"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert fetch(server, f"/{name}", {"If-None-Match": '"other"'}).content == response.content

    @pytest.mark.parametrize(
        ("accepted", "coding"),
        [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("br;q=0.5, gzip;q=0.9", "gzip"),
            ("br;q=0, gzip", "gzip"),
            ("gzip;q=0, br;q=0", None),
            ("identity", None),
            (None, None),
        ],
    )
    def test_codings(self, server, script, accepted, coding):
        headers = {} if accepted is None else {"Accept-Encoding": accepted}
        status, answer, body = fetch_raw(server, script, headers)
        assert (status, answer["Content-Encoding"]) == (200, coding)
        assert answer["Vary"] == "accept-encoding"
        _, plain_headers, plain = fetch_raw(server, script)
        if coding == "gzip":
            assert gzip.decompress(body) == plain
        if coding is not None:
            assert len(body) < len(plain) / 2
            assert answer["ETag"] != plain_headers["ETag"]
        status, _, body = fetch_raw(server, script, {**headers, "If-None-Match": answer["ETag"]})
        assert (status, body) == (304, b"")

    def test_head(self, server, script):
        status, headers, body = fetch_raw(server, script, {"Accept-Encoding": "br"}, method="HEAD")
        _, _, whole = fetch_raw(server, script, {"Accept-Encoding": "br"})
        assert (status, body, int(headers["Content-Length"])) == (200, b"", len(whole))

    def test_everything_the_page_names_is_there(self, visit, server):
        names = re.findall(r'(?:src|href)="\./([^"]+)"', visit("/").text)
        assert names
        for name in names:
            assert fetch(server, f"/{name}").status_code == 200
            assert fetch(server, f"/opik/{name}").status_code == 200


class TestBasePath:
    @pytest.mark.parametrize("path", ["/x", "/x/", f"/x{DEEP_LINK}"])
    def test_the_page_is_below_it(self, based, path):
        assert is_page(fetch(based, path, BROWSER), "/x/")

    def test_files_and_api_are_below_it(self, based):
        page = fetch(based, "/x/default", BROWSER)
        script = fetch(based, f"/x/{entry_script(page)}")
        assert (script.status_code, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
        assert fetch(based, "/x/api/is-alive/ping").json()["healthy"] is True
        assert is_json_404(fetch(based, "/x/api/v1/nothing", BROWSER))
        assert is_json_404(fetch(based, "/x/assets/gone-12345678.js", BROWSER))

    @pytest.mark.parametrize("path", ["/", "/default/projects/?size=10"])
    def test_other_paths_lead_there(self, based, path):
        response = fetch(based, path, BROWSER)
        assert (response.status_code, response.headers["Location"]) == (307, f"/x{path}")

    def test_older_links(self, based):
        assert is_page(fetch(based, "/opik/pair/v1", BROWSER), "/opik/")

    def test_a_proxy_that_takes_it_off(self, based):
        headers = {**BROWSER, "X-Forwarded-Prefix": "/x"}
        assert is_page(fetch(based, "/default", headers), "/x/")


class TestDownloads:
    @pytest.mark.parametrize(
        ("name", "mime", "sent"),
        [
            ("page.html", "text/html", "text/html"),
            ("image.svg", "image/svg+xml", "image/svg+xml"),
            ("code.js", "text/javascript", "text/plain; charset=utf-8"),
            ("style.css", "text/css", "text/plain; charset=utf-8"),
            ("picture.png", "image/png", "image/png"),
            ("paper.pdf", "application/pdf", "application/pdf"),
        ],
    )
    def test_files_of_users_do_not_run(self, api: Api, project, name, mime, sent):
        item = api.add_traces(trace(project))[0]
        owner = {"entity_type": "trace", "entity_id": item["id"], "file_name": name, "mime_type": mime}
        body = b"<script>alert(document.domain)</script>"
        api.call("PUT", "/attachment/upload", 204, params={**owner, "project_name": project}, data=body)
        query = {**owner, "container_id": api.project_id(project)}
        response = api.call("GET", "/attachment/download", 200, params=query, headers=BROWSER)
        assert response.content == body
        assert response.headers["Content-Type"] == sent
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        policy = response.headers["Content-Security-Policy"].split("; ")
        assert "sandbox" in policy and "default-src 'none'" in policy
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"

    def test_answers_of_the_api_are_not_guessed(self, api, project):
        api.add_traces(trace(project, name="<script>alert(1)</script>"))
        response = api.call("GET", "/traces", 200, params={"project_name": project}, headers=BROWSER)
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_long_queries_fit(server):
    filters = json.dumps([{"field": "input", "operator": "contains", "value": "x" * 12_000}])
    page = requests.get(server.root + "/default/projects", params={"filters": filters}, headers=BROWSER, timeout=30)
    assert is_page(page)
