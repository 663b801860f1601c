//! The web interface: its files, and its page for every path that is nobody else's.
//!
//! Routes of the interface live in the browser. So every path that the server does not know answers with the same page,
//! as long as whoever asks wants to see one; programs get the error of the API.

mod accept;
mod files;
mod page;
mod revalidation;

use std::borrow::Cow;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::http::mount::Mount;
use crate::http::respond::OriginalPath;
use crate::http::{ApiError, Route};

/// File that the page is made of.
const PAGE: &str = "index.html";

/// First segments of paths that are never pages, even where nothing answers them.
const NO_PAGES: [&str; 11] = [
    ".well-known",
    "assets",
    "docs",
    "health",
    "health-check",
    "is-alive",
    "metrics",
    "oauth",
    "openapi.json",
    "opik-ai",
    "v1",
];

/// The one path below `/oauth` that people see.
const CONSENT: &str = "/oauth/consent";

/// Path prefix that a proxy has taken off.
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// A file of the built web interface.
#[derive(Debug, Clone)]
pub struct WebFile {
    bytes: Bytes,
    hash: [u8; 32],
}

impl WebFile {
    /// A file and a hash of its bytes.
    pub fn new(bytes: Cow<'static, [u8]>, hash: [u8; 32]) -> WebFile {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        WebFile { bytes, hash }
    }
}

/// Finds a file of the built web interface by its path without a slash in front, such as `assets/index-x1y2.js`.
pub type FindFile = fn(&str) -> Option<WebFile>;

/// Answers what no route of the API does.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    find: FindFile,
    base_path: String,
}

impl Web {
    /// An interface of these files, which is at home under the base path.
    pub(crate) fn new(find: FindFile, base_path: String) -> Web {
        Web { find, base_path }
    }

    /// Answers with a file, the page, a redirect, or the API's 404.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let mut response = self.respond(request).unwrap_or_else(IntoResponse::into_response);
        if response.status() != StatusCode::NOT_FOUND {
            response.extensions_mut().insert(Route::Web);
        }
        response
    }

    fn respond(&self, request: &Request) -> Result<Response, ApiError> {
        let path = request.uri().path();
        let headers = request.headers();
        let mount = request.extensions().get::<Mount>().cloned().unwrap_or_default();
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(ApiError::no_such_route());
        }
        let prefix = if !mount.has_base && self.is_base_path_taken_off(headers) {
            format!("{}{}", self.base_path, mount.prefix)
        } else {
            mount.prefix
        };
        let Some(page) = (self.find)(PAGE).filter(|_| !mount.is_api) else {
            return if path == "/" {
                Ok(redirect(&docs_below(&prefix)))
            } else {
                Err(ApiError::no_such_route())
            };
        };
        if let Some(response) = files::answer(self.find, path, headers) {
            return Ok(response);
        }
        if path.starts_with("/assets/") {
            return Ok(missing_asset());
        }
        if !is_page(path, headers) {
            return Err(ApiError::no_such_route());
        }
        if prefix.is_empty() && !self.base_path.is_empty() {
            return Ok(redirect(&self.below_base(request)));
        }
        if path.strip_prefix('/') == Some(PAGE) {
            return Ok(redirect(&format!("{prefix}/")));
        }
        page::answer(&page, &prefix, headers)
    }

    /// Whether a proxy says that it has taken the base path off.
    fn is_base_path_taken_off(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get(X_FORWARDED_PREFIX)
            .and_then(|value| value.to_str().ok())
            .map(|text| text.trim_end_matches('/'));
        !self.base_path.is_empty() && given == Some(&self.base_path)
    }

    /// The URL of a request that came without the base path, under the base path.
    fn below_base(&self, request: &Request) -> String {
        let path = request
            .extensions()
            .get::<OriginalPath>()
            .map_or(request.uri().path(), |OriginalPath(path)| path);
        match request.uri().query() {
            Some(query) => format!("{}{path}?{query}", self.base_path),
            None => format!("{}{path}", self.base_path),
        }
    }
}

/// Where the API is described. Without a prefix the URL is relative, so that it also holds behind a proxy that has taken
/// a prefix off.
fn docs_below(prefix: &str) -> String {
    if prefix.is_empty() {
        "docs".to_owned()
    } else {
        format!("{prefix}/docs")
    }
}

fn redirect(location: &str) -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response()
}

/// Pages that were opened before an update may ask for files that are gone; nobody may remember that they are.
fn missing_asset() -> Response {
    let mut response = ApiError::no_such_route().into_response();
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn is_page(path: &str, headers: &HeaderMap) -> bool {
    if path == "/" || path == CONSENT {
        return true;
    }
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let mut segments = decoded.split(['/', '\\']).skip(1);
    let first = segments.clone().next().unwrap_or_default();
    if NO_PAGES.contains(&first) || segments.any(|segment| matches!(segment, "." | "..")) {
        return false;
    }
    let looks_like_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match accept::html(headers) {
        accept::Html::Named => true,
        accept::Html::AnyType => !looks_like_file,
        accept::Html::Refused => false,
    }
}

#[cfg(test)]
mod tests;
