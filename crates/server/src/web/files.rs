//! Files of the web interface, packed when they were built.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};

use super::{FindFile, PAGE, WebFile, revalidation};
use crate::http::coding::Codings;
use crate::http::compress::AsItIs;

/// Files whose names change with their contents.
const HASHED: &str = "assets/";

/// A coding that the build has packed files with.
struct Packing {
    coding: &'static str,
    suffix: &'static str,
    weight: fn(&Codings) -> f32,
}

/// The better one comes first.
const PACKINGS: [Packing; 2] = [
    Packing {
        coding: "br",
        suffix: ".br",
        weight: Codings::brotli,
    },
    Packing {
        coding: "gzip",
        suffix: ".gz",
        weight: Codings::gzip,
    },
];

/// The file at a path, in the coding that the client likes best; `None` when there is none.
pub(super) fn answer(find: FindFile, path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = file_name(path)?;
    let plain = find(name)?;
    let packed: Vec<(&Packing, WebFile)> = PACKINGS
        .iter()
        .filter_map(|packing| find(&format!("{name}{}", packing.suffix)).map(|file| (packing, file)))
        .collect();
    let fingerprint = revalidation::fingerprint(&plain);
    let best = best(&packed, Codings::of(headers));
    let (bytes, tag) = match best {
        Some((packing, file)) => (file.bytes.clone(), format!("\"{fingerprint}-{}\"", packing.coding)),
        None => (plain.bytes, format!("\"{fingerprint}\"")),
    };
    let mut response = Response::new(Body::from(bytes));
    response.extensions_mut().insert(AsItIs);
    let own = response.headers_mut();
    own.insert(CONTENT_TYPE, media_type(name));
    let lifetime = if name.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    own.insert(CACHE_CONTROL, HeaderValue::from_static(lifetime));
    if !packed.is_empty() {
        own.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if let Some((packing, _)) = best {
        own.insert(CONTENT_ENCODING, HeaderValue::from_static(packing.coding));
    }
    Some(revalidation::tagged(response, &tag, headers))
}

/// The name of the file that a path may mean. Names are plain, so nothing is decoded; the page and packed files are not
/// handed out as they are.
fn file_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let is_plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    let is_hidden = name
        .split('/')
        .any(|segment| segment.is_empty() || segment.starts_with('.'));
    let is_packed = PACKINGS.iter().any(|packing| name.ends_with(packing.suffix));
    (is_plain && !is_hidden && !is_packed && name != PAGE).then_some(name)
}

fn best<'a>(packed: &'a [(&'a Packing, WebFile)], codings: Codings) -> Option<&'a (&'a Packing, WebFile)> {
    let mut best: Option<(&(&Packing, WebFile), f32)> = None;
    for candidate in packed {
        let weight = (candidate.0.weight)(&codings);
        let least = best.map_or(codings.identity(), |(_, weight)| weight);
        let is_better = if best.is_some() {
            weight > least
        } else {
            weight >= least
        };
        if weight > 0.0 && is_better {
            best = Some((candidate, weight));
        }
    }
    best.map(|(candidate, _)| candidate)
}

fn media_type(name: &str) -> HeaderValue {
    let guessed = mime_guess::from_path(name).first_or_octet_stream();
    let essence = guessed.essence_str();
    let is_text = guessed.type_() == "text" || essence == "application/json" || essence == "image/svg+xml";
    let text = if is_text {
        format!("{essence}; charset=utf-8")
    } else {
        essence.to_owned()
    };
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_files() {
        for (path, expected) in [
            ("/theme.js", Some("theme.js")),
            ("/assets/index-B1_x.js", Some("assets/index-B1_x.js")),
            ("/", None),
            ("/index.html", None),
            ("/theme.js.br", None),
            ("/assets/a.js.gz", None),
            ("/assets/../index.html", None),
            ("/assets/%2e%2e/index.html", None),
            ("//etc/passwd", None),
            ("/assets/", None),
            ("/.env", None),
            ("/a\\b", None),
        ] {
            assert_eq!(file_name(path), expected, "{path}");
        }
    }

    #[test]
    fn types_are_what_browsers_insist_on() {
        for (name, expected) in [
            ("a.js", "text/javascript; charset=utf-8"),
            ("a.css", "text/css; charset=utf-8"),
            ("a.svg", "image/svg+xml; charset=utf-8"),
            ("a.json", "application/json; charset=utf-8"),
            ("a.woff2", "font/woff2"),
            ("a.png", "image/png"),
            ("a", "application/octet-stream"),
        ] {
            assert_eq!(media_type(name), expected, "{name}");
        }
    }
}
