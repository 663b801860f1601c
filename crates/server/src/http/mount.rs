//! Where in the server's URL space a request belongs.

use http::Uri;
use http::uri::PathAndQuery;

/// Prefix that the official clients put before every path.
const API_PREFIX: &str = "/api";

/// Prefix under which everything is served too: older SDKs print links to `/opik/…`, and all of them pair machines there.
const ALIAS: &str = "/opik";

/// What was taken off the path of a request before it was routed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mount {
    /// What stands before the paths of pages, such as `/opik`; empty when nothing does.
    pub(crate) prefix: String,
    /// Whether the prefix starts with the configured base path.
    pub(crate) has_base: bool,
    /// Whether the path had the prefix of the API, so that it cannot be meant for a page.
    pub(crate) is_api: bool,
}

impl Mount {
    /// Takes base path, alias, API prefix and slashes at the end off; gives the new URI when it differs.
    pub(super) fn of(uri: &Uri, base_path: &str) -> (Mount, Option<Uri>) {
        let original = uri.path();
        let below_base = without_prefix(original, base_path);
        let mut page_path = below_base.unwrap_or(original);
        if base_path != ALIAS {
            page_path = without_prefix(page_path, ALIAS).unwrap_or(page_path);
        }
        let below_api = without_prefix(page_path, API_PREFIX);
        let mount = Mount {
            prefix: original[..original.len() - page_path.len()].to_owned(),
            has_base: below_base.is_some(),
            is_api: below_api.is_some(),
        };
        let trimmed = below_api.unwrap_or(page_path).trim_end_matches('/');
        let path = if trimmed.is_empty() { "/" } else { trimmed };
        let changed = (path != original).then(|| with_path(uri, path)).flatten();
        (mount, changed)
    }
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let target = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.ok()?);
    Uri::from_parts(parts).ok()
}

/// The path after a prefix of whole segments.
fn without_prefix<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix)
        .filter(|rest| !prefix.is_empty() && (rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(from: &str, base_path: &str) -> (Mount, String) {
        let uri: Uri = from.parse().unwrap();
        let (mount, changed) = Mount::of(&uri, base_path);
        (mount, changed.unwrap_or(uri).to_string())
    }

    #[test]
    fn prefixes_and_slashes_do_not_matter() {
        for (from, base, to) in [
            ("/api/v1/private/traces/?page=1", "", "/v1/private/traces?page=1"),
            ("/v1/private/traces//", "", "/v1/private/traces"),
            ("/opik/api/v1/x", "/opik", "/v1/x"),
            ("/opik/v1/x", "/opik", "/v1/x"),
            ("/opik/api/v1/x", "", "/v1/x"),
            ("/opik/api/v1/x", "/ferropik", "/v1/x"),
            ("/ferropik/opik/api/v1/x", "/ferropik", "/v1/x"),
            ("/opik", "/opik", "/"),
            ("/api", "", "/"),
            ("/apiary", "", "/apiary"),
            ("/opiks/v1", "/opik", "/opiks/v1"),
            ("/", "", "/"),
            ("/a%2Fb/", "", "/a%2Fb"),
        ] {
            assert_eq!(located(from, base).1, to, "{from}");
        }
        assert_eq!(
            located("http://localhost:5173/api/v1/x/", "").1,
            "http://localhost:5173/v1/x"
        );
    }

    #[test]
    fn what_was_taken_off_is_known() {
        for (from, base, prefix, has_base, is_api) in [
            ("/default/projects/", "", "", false, false),
            ("/x/default", "/x", "/x", true, false),
            ("/x/api/v1", "/x", "/x", true, true),
            ("/default", "/x", "", false, false),
            ("/opik/default", "", "/opik", false, false),
            ("/opik/default", "/opik", "/opik", true, false),
            ("/opik/opik/default", "/opik", "/opik", true, false),
            ("/x/y/opik/default", "/x/y", "/x/y/opik", true, false),
            ("/api", "", "", false, true),
        ] {
            let expected = Mount {
                prefix: prefix.to_owned(),
                has_base,
                is_api,
            };
            assert_eq!(located(from, base).0, expected, "{from}");
        }
    }
}
