//! The page: the built one, told where it is and what it may do.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{WebFile, revalidation};
use crate::http::{ApiError, ApiResult};

/// Randomness of a nonce.
const NONCE_BYTES: usize = 18;

/// After which the server's elements stand: before everything that has a URL.
const HEAD: &str = "<head>";

/// Headers of every page besides its policy. Paths carry ids, so other sites never see them; and no page of another site
/// gets hold of the window.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "private, no-cache"),
    (VARY, "accept"),
    (REFERRER_POLICY, "no-referrer"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Answers with the page, whose relative URLs start at `prefix`.
///
/// The entity tag stands for what the page is made of and not for its nonce. So a client that has the page keeps it with
/// the nonce and the policy that came with it, and a 304 must not bring another policy.
///
/// # Errors
/// 500 when there is no randomness or the built page is not what the build makes.
pub(super) fn answer(template: &WebFile, prefix: &str, headers: &HeaderMap) -> ApiResult<Response> {
    let nonce = nonce()?;
    let mut response = Response::new(Body::from(rendered(template, prefix, &nonce)?));
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let version = env!("CARGO_PKG_VERSION");
    let tag = format!("W/\"{version}-{}-{prefix}\"", revalidation::fingerprint(template));
    let mut response = revalidation::tagged(response, &tag, headers);
    if response.status() != StatusCode::NOT_MODIFIED {
        let policy = HeaderValue::try_from(policy(&nonce)).map_err(ApiError::internal)?;
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

fn nonce() -> ApiResult<String> {
    let mut bytes = [0; NONCE_BYTES];
    getrandom::fill(&mut bytes).map_err(ApiError::internal)?;
    Ok(STANDARD_NO_PAD.encode(bytes))
}

fn rendered(template: &WebFile, prefix: &str, nonce: &str) -> ApiResult<String> {
    let html = std::str::from_utf8(&template.bytes).map_err(ApiError::internal)?;
    let (before, after) = html
        .split_once(HEAD)
        .ok_or_else(|| ApiError::internal("the page of the web interface has no head"))?;
    let after = without_base(after);
    Ok(format!(
        "{before}{HEAD}\n    <base href=\"{prefix}/\" />\n    <meta name=\"csp-nonce\" content=\"{nonce}\" />{after}"
    ))
}

/// A page without its own base, which holds where it is served without this server.
fn without_base(html: &str) -> Cow<'_, str> {
    let cut = html
        .split_once("<base ")
        .and_then(|(before, rest)| Some((before, rest.split_once('>')?.1)));
    match cut {
        Some((before, after)) => Cow::Owned(format!("{before}{after}")),
        None => Cow::Borrowed(html),
    }
}

/// What the page may do. Scripts come from files only; style elements need the nonce, which the editor puts on its own.
/// Payloads may show images and media from anywhere, once the user asks for them; PDF files are shown in frames that the
/// page makes itself.
fn policy(nonce: &str) -> String {
    [
        "default-src 'self'",
        "script-src 'self'",
        &format!("style-src 'self' 'nonce-{nonce}'"),
        "img-src 'self' data: blob: https: http:",
        "media-src 'self' data: blob: https: http:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
    .join("; ")
}
