//! `Content-Disposition` of downloads.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What an extended parameter value must escape.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// Tells browsers to save the file under its name. Names beyond plain ASCII are sent twice: readable for all, and
/// escaped for those that understand it.
pub(super) fn attachment(file_name: &str) -> HeaderValue {
    let plain: String = file_name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' => '_',
            ' '..='~' => letter,
            _ => '_',
        })
        .collect();
    let mut text = format!("attachment; filename=\"{plain}\"");
    if plain != file_name {
        text.push_str("; filename*=UTF-8''");
        text.extend(utf8_percent_encode(file_name, ESCAPED));
    }
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes() {
        assert_eq!(attachment("a b.png"), "attachment; filename=\"a b.png\"");
        assert_eq!(
            attachment("\"; x=\r\n\u{e4}.png"),
            "attachment; filename=\"_; x=___.png\"; filename*=UTF-8''%22%3B%20x%3D%0D%0A%C3%A4.png"
        );
    }
}
