//! Shortening payloads for lists.

use std::borrow::Cow;

use memchr::memchr;

use super::scan::{base64_run, eat, prefix, string_end};

/// Size in bytes of compact JSON text from which a truncated read returns only the start of a payload.
pub const TRUNCATION_LIMIT: usize = 10_001;

const IMAGE_PLACEHOLDER: &str = "\"[image]\"";

/// Base64 of the first bytes of JPEG, PNG, GIF (two versions), BMP, TIFF (two byte orders) and WebP files.
const IMAGE_MAGICS: [&[u8]; 8] = [
    b"/9j/",
    b"iVBORw0KGgo",
    b"R0lGODlh",
    b"R0lGODdh",
    b"Qk",
    b"SUkq",
    b"TU0A",
    b"UklGR",
];

/// Longest `<x>` accepted in `data:image/<x>;base64,`.
const MAX_IMAGE_SUBTYPE: usize = 64;

/// Shortens compact JSON text for a list.
///
/// First every string value that is one base64 image, with or without a `data:image/<x>;base64,` head, becomes
/// `"[image]"` (keys are left alone). Then, if at least `limit` bytes remain, the result is one JSON string that holds
/// the first `limit` bytes of the text, cut on a character boundary. The result is valid JSON if `text` was.
///
/// Only the part of `text` that can show up in the result is looked at, plus the images that begin in that part.
pub fn truncate(text: &str, limit: usize) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied_to = 0usize;
    let mut pos = 0;
    while out.len() < limit {
        // Whatever begins at or after this position would land beyond the limit.
        let horizon = bytes.len().min(copied_to.saturating_add(limit - out.len()));
        let Some(offset) = bytes.get(pos..horizon).and_then(|window| memchr(b'"', window)) else {
            break;
        };
        let open = pos + offset;
        if let Some(end) = image_string_end(bytes, open) {
            out.push_str(&text[copied_to..open]);
            out.push_str(IMAGE_PLACEHOLDER);
            copied_to = end;
            pos = end;
            continue;
        }
        let Some(close) = string_end(&bytes[..horizon], open + 1) else {
            break;
        };
        pos = close + 1;
    }

    let rest = &text[copied_to..];
    if out.len() + rest.len() >= limit {
        out.push_str(prefix(rest, limit.saturating_sub(out.len())));
        let head = prefix(&out, limit);
        return Cow::Owned(serde_json::to_string(head).expect("a string is always serializable"));
    }
    if copied_to == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Position after the string value whose opening quote is at `open`, if its whole content is an image.
fn image_string_end(bytes: &[u8], open: usize) -> Option<usize> {
    let content = open + 1;
    // Most strings are settled by their first byte.
    if !matches!(
        bytes.get(content),
        Some(b'd' | b'/' | b'i' | b'R' | b'Q' | b'S' | b'T' | b'U' | b'\\')
    ) {
        return None;
    }
    let body = data_head_end(bytes, content).unwrap_or(content);
    if !IMAGE_MAGICS.iter().any(|magic| eat(bytes, body, magic).is_some()) {
        return None;
    }
    let close = base64_run(bytes, body).end;
    let is_whole_string = bytes.get(close) == Some(&b'"');
    let is_key = bytes.get(close + 1) == Some(&b':');
    (is_whole_string && !is_key).then_some(close + 1)
}

/// Position after `data:image/<x>;base64,` at `from`.
fn data_head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let subtype = eat(bytes, from, b"data:image/")?;
    let window = &bytes[subtype..bytes.len().min(subtype + MAX_IMAGE_SUBTYPE)];
    let length = window.iter().position(|byte| matches!(byte, b';' | b'"' | b'\\'))?;
    if length == 0 {
        return None;
    }
    eat(bytes, subtype + length, b";base64,")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const PNG: &str = "iVBORw0KGgoAAAANSUhEUg==";

    fn unchanged(text: &str) -> bool {
        matches!(truncate(text, TRUNCATION_LIMIT), Cow::Borrowed(same) if same == text)
    }

    #[test]
    fn short_text_without_images_is_borrowed() {
        assert!(unchanged(r#"{"a":[1,"x"],"b":"data:text/plain;base64,AAAA"}"#));
        assert!(unchanged("null"));
        assert!(unchanged(""));
    }

    #[test]
    fn images_become_placeholders() {
        let text = format!(r#"{{"a":"{PNG}","b":["data:image/png;base64,{PNG}"],"c":"x"}}"#);
        assert_eq!(
            truncate(&text, TRUNCATION_LIMIT),
            r#"{"a":"[image]","b":["[image]"],"c":"x"}"#
        );
        assert_eq!(truncate(&format!("\"{PNG}\""), TRUNCATION_LIMIT), r#""[image]""#);
    }

    #[test]
    fn every_image_kind_is_known() {
        for magic in [
            "/9j/",
            "iVBORw0KGgo",
            "R0lGODlh",
            "R0lGODdh",
            "Qk",
            "SUkq",
            "TU0A",
            "UklGR",
        ] {
            assert_eq!(
                truncate(&format!("[\"{magic}AAAA\"]"), 100),
                r#"["[image]"]"#,
                "{magic}"
            );
            let head = format!("[\"data:image/x-kind;base64,{magic}AA==\"]");
            assert_eq!(truncate(&head, 100), r#"["[image]"]"#, "{magic}");
        }
    }

    #[test]
    fn escaped_slashes_belong_to_images() {
        assert_eq!(
            truncate(r#"["data:image\/jpeg;base64,\/9j\/4AAQ\/+"]"#, 100),
            r#"["[image]"]"#
        );
        assert_eq!(truncate(r#"["\/9j\/4AAQ"]"#, 100), r#"["[image]"]"#);
    }

    #[test]
    fn strings_that_only_contain_an_image_stay() {
        for content in [
            format!("see {PNG}"),
            format!("{PNG} there"),
            format!("data:image/png;base64, {PNG}"),
            format!("data:image/;base64,{PNG}"),
            format!("data:image/png;{PNG}"),
            format!("data:application/pdf;base64,{PNG}"),
            "iVBORw0KGg".to_owned(),
            "R0lGODlhAA===".to_owned(),
            r"Qkab\n".to_owned(),
        ] {
            assert!(unchanged(&format!("{{\"a\":\"{content}\"}}")), "{content}");
        }
    }

    #[test]
    fn keys_are_not_images() {
        assert!(unchanged(r#"{"Qkey":1}"#));
    }

    #[test]
    fn the_limit_itself_is_truncated() {
        let below = format!("\"{}\"", "x".repeat(TRUNCATION_LIMIT - 3));
        assert_eq!(below.len(), TRUNCATION_LIMIT - 1);
        assert!(unchanged(&below));

        let at = format!("\"{}\"", "x".repeat(TRUNCATION_LIMIT - 2));
        let shortened = truncate(&at, TRUNCATION_LIMIT);
        assert_eq!(serde_json::from_str::<String>(&shortened).expect("valid"), at);

        let beyond = format!("{{\"a\":\"{}\"}}", "y\\\"".repeat(TRUNCATION_LIMIT));
        let shortened = truncate(&beyond, TRUNCATION_LIMIT);
        assert_eq!(
            serde_json::from_str::<String>(&shortened).expect("valid"),
            beyond[..TRUNCATION_LIMIT]
        );
    }

    #[test]
    fn characters_are_never_split() {
        let text = format!("\"{}\"", "é".repeat(20));
        let shortened: String = serde_json::from_str(&truncate(&text, 10)).expect("valid");
        assert_eq!(shortened, "\"éééé");
    }

    #[test]
    fn size_is_measured_after_replacing_images() {
        let image = format!("iVBORw0KGgo{}", "A".repeat(50_000));
        let text = format!(r#"{{"a":"{image}","b":"{image}"}}"#);
        assert_eq!(truncate(&text, TRUNCATION_LIMIT), r#"{"a":"[image]","b":"[image]"}"#);

        let filler = "z".repeat(200);
        let text = format!(r#"["{image}","{filler}","{image}"]"#);
        let shortened: String = serde_json::from_str(&truncate(&text, 100)).expect("valid");
        assert_eq!(shortened, format!(r#"["[image]","{filler}"#)[..100]);
    }

    #[test]
    fn an_image_across_the_limit_counts_as_its_placeholder() {
        let text = format!(r#"["{}","{PNG}"]"#, "x".repeat(80));
        assert_eq!(truncate(&text, 96), format!(r#"["{}","[image]"]"#, "x".repeat(80)));
        let cut: String = serde_json::from_str(&truncate(&text, 90)).expect("valid");
        assert_eq!(cut, format!(r#"["{}","[imag"#, "x".repeat(80)));
    }

    #[test]
    fn tiny_limits_work() {
        assert_eq!(truncate("[1]", 0), r#""""#);
        assert_eq!(truncate("[1]", 1), r#""[""#);
    }

    #[test]
    fn cost_does_not_grow_with_the_text() {
        let text = format!("[{}1]", "\"some text\",".repeat(500_000));
        let started = Instant::now();
        for _ in 0..200 {
            assert!(truncate(&text, TRUNCATION_LIMIT).len() < 20_000);
        }
        // Scanning all of it 200 times would take far longer.
        assert!(started.elapsed() < Duration::from_secs(1));
    }
}
