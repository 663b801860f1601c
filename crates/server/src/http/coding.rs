//! Content codings that a client takes.

use http::HeaderMap;
use http::header::ACCEPT_ENCODING;

/// What `Accept-Encoding` says.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Codings {
    brotli: Option<f32>,
    gzip: Option<f32>,
    identity: Option<f32>,
    others: Option<f32>,
}

impl Codings {
    /// Reads the headers of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Codings {
        let mut codings = Codings::default();
        for value in headers.get_all(ACCEPT_ENCODING) {
            for coding in value.to_str().unwrap_or_default().split(',') {
                let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
                let weight = weight(parameters);
                match name.trim().to_ascii_lowercase().as_str() {
                    "br" => codings.brotli = Some(weight),
                    "gzip" | "x-gzip" => codings.gzip = Some(weight),
                    "identity" => codings.identity = Some(weight),
                    "*" => codings.others = Some(weight),
                    _ => {}
                }
            }
        }
        codings
    }

    /// How much gzip is wanted, from 0 (not at all) to 1.
    pub(crate) fn gzip(&self) -> f32 {
        self.gzip.or(self.others).unwrap_or(0.0)
    }

    /// How much Brotli is wanted, from 0 (not at all) to 1.
    pub(crate) fn brotli(&self) -> f32 {
        self.brotli.or(self.others).unwrap_or(0.0)
    }

    /// How much an unpacked body is wanted, from 0 to 1. It is always taken, so this only says what is better.
    pub(crate) fn identity(&self) -> f32 {
        self.identity.unwrap_or(0.0)
    }
}

/// The `q` of a list element's parameters; 1 when it has none.
pub(crate) fn weight(parameters: &str) -> f32 {
    parameters
        .split(';')
        .find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            let is_weight = name.trim().eq_ignore_ascii_case("q");
            is_weight.then(|| value.trim().parse().unwrap_or(1.0))
        })
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn codings(value: &'static str) -> Codings {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
        Codings::of(&headers)
    }

    #[test]
    fn what_clients_take() {
        for yes in ["gzip", "br, gzip;q=0.5", "*", "deflate, GZIP", "identity, *;q=0.1"] {
            assert!(codings(yes).gzip() > 0.0, "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0, *", "identity"] {
            assert!(codings(no).gzip() <= 0.0, "{no}");
        }
        assert_eq!(Codings::of(&HeaderMap::new()), Codings::default());
    }

    #[test]
    fn weights() {
        let read = codings("gzip;q=0.8, br; Q=0.25 ,identity;q=1.0");
        assert_eq!((read.gzip(), read.brotli(), read.identity()), (0.8, 0.25, 1.0));
        let rest = codings("br;q=0, *;q=0.5");
        assert_eq!((rest.gzip(), rest.brotli(), rest.identity()), (0.5, 0.0, 0.0));
        assert_eq!(weight("level=1; q=0.3"), 0.3);
    }
}
