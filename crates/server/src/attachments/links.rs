//! URLs at which a client finds files again, built on the base URL that it names itself.

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use crate::http::{ApiError, ApiResult};

/// Either alphabet, padded or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads text that a client encoded as base64 in the standard or the URL-safe alphabet.
pub(crate) fn decode_text(encoded: &str) -> Option<String> {
    let url_safe: String = encoded
        .chars()
        .map(|letter| match letter {
            // A plus sign that was not escaped in a query arrives as a space.
            '+' | ' ' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    LENIENT
        .decode(url_safe)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
}

/// The URL of an attachment endpoint, such as `upload`, below a base URL in base64, with these parameters.
///
/// # Errors
/// 400 when the base cannot be decoded.
pub(super) fn endpoint_url(base: &str, endpoint: &str, parameters: &[(&str, &str)]) -> ApiResult<String> {
    let base = decode_text(base)
        .filter(|text| text.starts_with("http://") || text.starts_with("https://"))
        .ok_or_else(|| ApiError::bad_request("Invalid base URL format"))?;
    let query = serde_urlencoded::to_string(parameters).map_err(ApiError::internal)?;
    Ok(format!(
        "{}/v1/private/attachment/{endpoint}?{query}",
        base.trim_end_matches('/')
    ))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

    use super::*;

    #[test]
    fn any_alphabet_and_padding() {
        let base = "http://localhost:5173/api/\u{3ff}?>";
        for encoded in [
            STANDARD.encode(base),
            URL_SAFE.encode(base),
            STANDARD_NO_PAD.encode(base),
        ] {
            assert_eq!(decode_text(&encoded).as_deref(), Some(base), "{encoded}");
            assert_eq!(
                decode_text(&encoded.replace('+', " ")).as_deref(),
                Some(base),
                "{encoded}"
            );
        }
        assert_eq!(decode_text("*"), None);
    }

    #[test]
    fn parameters_are_escaped_and_the_slash_is_optional() {
        for base in ["http://localhost:5173/api/", "http://localhost:5173/api"] {
            let url = endpoint_url(&STANDARD.encode(base), "upload", &[("file_name", "a b&c.png")]).unwrap();
            assert_eq!(
                url,
                "http://localhost:5173/api/v1/private/attachment/upload?file_name=a+b%26c.png"
            );
        }
        for bad in ["javascript:alert(1)", ""] {
            assert_eq!(
                endpoint_url(&STANDARD.encode(bad), "upload", &[]).unwrap_err().status(),
                400
            );
        }
    }
}
