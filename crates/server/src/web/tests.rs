//! The whole service with a small interface in memory.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;
use crate::Settings;
use crate::http::{Frame, framed};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn find(name: &str) -> Option<WebFile> {
    let text = match name {
        "index.html" => {
            "<!doctype html><html><head><base href=\"/own/\" /><script src=\"./theme.js\"></script></head></html>"
        }
        "theme.js" => "theme",
        "assets/app-1.js" => "plain",
        "assets/app-1.js.br" => "brotli",
        "assets/app-1.js.gz" => "gzip",
        "assets/font-1.woff2" => {
            "a font of more than two hundred and fifty-six bytes, which nobody packs on the way...\
             ........................................................................................................\
             ........................................................................................................"
        }
        _ => return None,
    };
    let mut hash = [0; 32];
    hash[..2].copy_from_slice(&[text.as_bytes()[0], text.as_bytes()[1]]);
    Some(WebFile::new(text.as_bytes().into(), hash))
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    #[track_caller]
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    fn is_page_at(&self, prefix: &str) {
        assert_eq!(
            (self.status, self.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        assert_eq!(self.text.matches("<base").count(), 1, "{}", self.text);
        assert!(
            self.text.contains(&format!("<base href=\"{prefix}/\" />")),
            "{}",
            self.text
        );
    }

    #[track_caller]
    fn is_json_404(&self) {
        assert_eq!((self.status, self.header("content-type")), (404, "application/json"));
    }

    #[track_caller]
    fn leads_to(&self, location: &str) {
        assert_eq!((self.status, self.header("location")), (307, location));
    }
}

async fn ask_of(find: FindFile, base_path: &str, method: Method, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let web = Web::new(find, base_path.to_owned());
    let known: Router = Router::new().route("/v1/things", get(async || "things"));
    let routes = framed(known).fallback(async move |request: Request| web.answer(&request));
    let settings = Settings {
        base_path: base_path.to_owned(),
        ..Settings::default()
    };
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let frame = Frame::new(routes, Arc::new(settings));
    let response = frame.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8_lossy(&body).into_owned(),
    }
}

async fn ask(uri: &str, headers: &[(&str, &str)]) -> Answer {
    ask_of(find, "", Method::GET, uri, headers).await
}

async fn visit(base_path: &str, uri: &str) -> Answer {
    ask_of(find, base_path, Method::GET, uri, &[("accept", BROWSER)]).await
}

#[tokio::test]
async fn paths_of_the_interface_are_the_page() {
    for uri in [
        "/",
        "/default/projects/1/logs?trace=2",
        "/default/projects/",
        "/oauth/consent?x",
        "/a.b/c.d",
    ] {
        visit("", uri).await.is_page_at("");
    }
    for uri in ["/opik", "/opik/pair/v1?url=x", "/opik/default/projects/1/"] {
        visit("", uri).await.is_page_at("/opik");
    }
    ask("/default/projects", &[]).await.is_page_at("");
    ask("/", &[("accept", "application/json")]).await.is_page_at("");
}

#[tokio::test]
async fn paths_of_the_server_are_not() {
    for uri in [
        "/api/default/projects",
        "/opik/api/v1/nothing",
        "/v1/nothing",
        "/is-alive/nothing",
        "/oauth/token",
        "/.well-known/oauth-authorization-server",
        "/opik-ai/x",
        "/health/x",
        "/assets/../index.html",
        "/default/%2e%2e/%2E%2E/etc/passwd",
        "/default\\..\\x",
    ] {
        if let Ok(parsed) = uri.parse::<http::Uri>() {
            visit("", &parsed.to_string()).await.is_json_404();
        }
    }
    assert_eq!(visit("", "/api/v1/things").await.text, "things");
}

#[tokio::test]
async fn programs_get_errors() {
    let json = [("accept", "application/json")];
    ask("/default/projects", &json).await.is_json_404();
    for uri in ["/favicon.ico", "/default/robots.txt"] {
        ask(uri, &[("accept", "image/avif,*/*;q=0.8")]).await.is_json_404();
    }
    ask_of(find, "", Method::POST, "/default/projects", &[("accept", BROWSER)])
        .await
        .is_json_404();
}

#[tokio::test]
async fn every_page_has_its_own_nonce() {
    let (first, second) = (visit("", "/").await, visit("", "/").await);
    let nonce = |answer: &Answer| {
        let (_, rest) = answer.text.split_once("<meta name=\"csp-nonce\" content=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_ne!(nonce(&first), nonce(&second));
    for answer in [&first, &second] {
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains(&format!("style-src 'self' 'nonce-{}'", nonce(answer))),
            "{policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.text.find("<base").unwrap() < answer.text.find("<script").unwrap());
    }
    assert_eq!(first.header("etag"), second.header("etag"));
}

#[tokio::test]
async fn a_page_that_is_known_keeps_its_policy() {
    let tag = visit("", "/").await.header("etag").to_owned();
    let again = ask("/default", &[("accept", BROWSER), ("if-none-match", &tag)]).await;
    assert_eq!(
        (again.status, again.text.as_str(), again.header("etag")),
        (304, "", tag.as_str())
    );
    assert!(!again.headers.contains_key("content-security-policy"));
    let elsewhere = ask("/opik/default", &[("accept", BROWSER), ("if-none-match", &tag)]).await;
    elsewhere.is_page_at("/opik");
}

#[tokio::test]
async fn files_come_in_the_best_coding() {
    for (accepted, body, coding) in [
        ("gzip, deflate, br, zstd", "brotli", "br"),
        ("gzip", "gzip", "gzip"),
        ("br;q=0.5, gzip", "gzip", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip", "gzip"),
        ("*", "brotli", "br"),
        ("identity", "plain", ""),
        ("br;q=0.5, identity", "plain", ""),
        ("", "plain", ""),
    ] {
        let answer = ask("/assets/app-1.js", &[("accept-encoding", accepted)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, body), "{accepted}");
        assert_eq!(answer.header("content-encoding"), coding, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        let tag = answer.header("etag").to_owned();
        let again = ask(
            "/assets/app-1.js",
            &[("accept-encoding", accepted), ("if-none-match", &tag)],
        )
        .await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{accepted}");
    }
    let font = ask("/assets/font-1.woff2", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((font.header("content-encoding"), font.header("vary")), ("", ""));
}

#[tokio::test]
async fn other_files_may_change() {
    let answer = ask("/theme.js", &[]).await;
    assert_eq!(
        (answer.text.as_str(), answer.header("cache-control")),
        ("theme", "public, max-age=300")
    );
    let gone = visit("", "/assets/app-0.js").await;
    gone.is_json_404();
    assert_eq!(gone.header("cache-control"), "no-store");
    visit("", "/index.html").await.leads_to("/");
}

#[tokio::test]
async fn head_has_no_body() {
    for uri in ["/default/projects", "/assets/app-1.js"] {
        let answer = ask_of(find, "", Method::HEAD, uri, &[("accept", BROWSER)]).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{uri}");
        assert!(answer.header("content-length").parse::<u64>().unwrap() > 0);
    }
}

#[tokio::test]
async fn the_interface_lives_below_its_base_path() {
    for uri in ["/x", "/x/", "/x/default/projects"] {
        visit("/x", uri).await.is_page_at("/x");
    }
    visit("/x", "/x/opik/default").await.is_page_at("/x/opik");
    visit("/x", "/opik/default").await.is_page_at("/opik");
    visit("/opik", "/opik/default").await.is_page_at("/opik");
    visit("/x", "/").await.leads_to("/x/");
    visit("/x", "/default/projects/?a=b")
        .await
        .leads_to("/x/default/projects/?a=b");
    visit("/x", "/x/index.html").await.leads_to("/x/");
    visit("/x", "/x/assets/none.js").await.is_json_404();
    assert_eq!(visit("/x", "/x/assets/app-1.js").await.text, "plain");
    assert_eq!(visit("/x", "/x/api/v1/things").await.text, "things");
}

#[tokio::test]
async fn a_proxy_may_take_the_base_path_off() {
    let taken_off = [("accept", BROWSER), ("x-forwarded-prefix", "/x/")];
    let answer = ask_of(find, "/x", Method::GET, "/default", &taken_off).await;
    answer.is_page_at("/x");
    let other = [("accept", BROWSER), ("x-forwarded-prefix", "//evil.example")];
    let answer = ask_of(find, "/x", Method::GET, "/default", &other).await;
    answer.leads_to("/x/default");
    ask_of(find, "", Method::GET, "/default", &other).await.is_page_at("");
}

#[tokio::test]
async fn without_an_interface_there_is_the_documentation() {
    for (base_path, uri, location) in [("", "/", "docs"), ("/x", "/x", "/x/docs"), ("", "/api", "docs")] {
        let answer = ask_of(|_| None, base_path, Method::GET, uri, &[("accept", BROWSER)]).await;
        answer.leads_to(location);
    }
    let answer = ask_of(|_| None, "", Method::GET, "/default", &[("accept", BROWSER)]).await;
    answer.is_json_404();
}
