//! Whether a client wants to see a page.

use http::HeaderMap;
use http::header::ACCEPT;

use crate::http::coding::weight;

/// What `Accept` says about HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Html {
    /// It is asked for by name, as browsers do when they go to a page.
    Named,
    /// Anything is taken, as by tools, and by browsers when they load images and scripts.
    AnyType,
    /// Only other types are.
    Refused,
}

/// Reads the headers of a request.
pub(super) fn html(headers: &HeaderMap) -> Html {
    let mut html = if headers.contains_key(ACCEPT) {
        Html::Refused
    } else {
        Html::AnyType
    };
    for value in headers.get_all(ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            if weight(parameters) <= 0.0 {
                continue;
            }
            match name.trim().to_ascii_lowercase().as_str() {
                "text/html" | "application/xhtml+xml" => return Html::Named,
                "*/*" | "text/*" => html = Html::AnyType,
                _ => {}
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn what_clients_want() {
        for (value, expected) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Html::Named,
            ),
            ("TEXT/HTML;q=0.1", Html::Named),
            ("*/*", Html::AnyType),
            ("image/avif,image/webp,*/*;q=0.8", Html::AnyType),
            ("application/json", Html::Refused),
            ("application/json, text/html;q=0", Html::Refused),
            ("", Html::Refused),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(value));
            assert_eq!(html(&headers), expected, "{value}");
        }
        assert_eq!(html(&HeaderMap::new()), Html::AnyType);
    }
}
