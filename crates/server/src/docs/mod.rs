//! The OpenAPI document, made from the handlers, and a page that shows it.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa::openapi::{Info, OpenApi, Paths, Server};

use crate::health::COMPATIBLE_VERSION;

/// Shows the document; needs nothing from elsewhere.
const PAGE: &str = include_str!("page.html");

/// The document before any operation is in it.
pub(crate) fn outline() -> OpenApi {
    let mut info = Info::new("Ferropik", COMPATIBLE_VERSION);
    info.description = Some("The REST API of Opik, served by Ferropik.".to_owned());
    let mut document = OpenApi::new(info, Paths::new());
    document.servers = Some(vec![Server::new("/api"), Server::new("/")]);
    document
}

/// Serves the document and the page.
pub(crate) fn router(document: &OpenApi) -> Router {
    let text = Bytes::from(document.to_json().unwrap_or_default());
    let json = move || {
        let text = text.clone();
        async move { ([(CONTENT_TYPE, "application/json")], text).into_response() }
    };
    let page = async || {
        let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        (
            [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (CONTENT_SECURITY_POLICY, policy),
            ],
            PAGE,
        )
            .into_response()
    };
    Router::new()
        .route("/openapi.json", get(json))
        .route("/docs", get(page))
}
