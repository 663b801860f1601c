//! Entity tags: whether a client still has what it asks for.

use axum::body::Body;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::WebFile;

/// Bytes of a hash that tell versions of a file apart.
const TAG_BYTES: usize = 12;

/// A short text that changes with the file.
pub(super) fn fingerprint(file: &WebFile) -> String {
    URL_SAFE_NO_PAD.encode(&file.hash[..TAG_BYTES])
}

/// Puts the tag on an answer. `headers` are those of the request; when they name the tag, the body stays away.
pub(super) fn tagged(mut response: Response, tag: &str, headers: &HeaderMap) -> Response {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, value);
    }
    if is_known(headers, tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    response
}

/// Whether a client says that it has the version with this tag.
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        for (header, expected) in [
            (r#""a""#, true),
            (r#"W/"a""#, true),
            (r#""b", W/"a""#, true),
            ("*", true),
            (r#""b""#, false),
            ("a", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(header));
            assert_eq!(is_known(&headers, r#"W/"a""#), expected, "{header}");
        }
        assert!(!is_known(&HeaderMap::new(), r#""a""#));
    }
}
