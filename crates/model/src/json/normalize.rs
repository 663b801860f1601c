//! One cleaning pass over an untrusted JSON document.

use std::borrow::Cow;

use super::scan::{find_special, hex4};

/// Deepest accepted nesting of arrays and objects.
pub const MAX_DEPTH: usize = 1000;

/// Longest accepted string, in UTF-16 code units of its unescaped value (the unit Opik counts in).
pub const MAX_STRING_CHARS: usize = 104_857_600;

const REPLACEMENT_ESCAPE: &str = "\\ufffd";

/// What [`normalize`] accepts. The default holds the limits of the public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Deepest nesting of arrays and objects; a scalar document has depth 0.
    pub max_depth: usize,
    /// Longest string (value or key), in UTF-16 code units of its unescaped value.
    pub max_string_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: MAX_DEPTH,
            max_string_chars: MAX_STRING_CHARS,
        }
    }
}

/// Why a document was refused. The messages are meant for the client; all of them are 400 answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonTextError {
    /// The body is not UTF-8; `valid_up_to` is the byte offset of the first bad byte.
    #[error("Invalid UTF-8 at byte {valid_up_to}")]
    InvalidUtf8 {
        /// Length in bytes of the valid start of the body.
        valid_up_to: usize,
    },
    /// Arrays and objects nest deeper than `max`.
    #[error(
        "Document nesting depth ({depth}) exceeds the maximum allowed ({max}, from StreamReadConstraints.getMaxNestingDepth())"
    )]
    TooDeep {
        /// Depth reached, always one more than `max`.
        depth: usize,
        /// The configured limit.
        max: usize,
    },
    /// A string is longer than `max`.
    #[error(
        "String value length ({length}) exceeds the maximum allowed ({max}, from StreamReadConstraints.getMaxStringLength())"
    )]
    StringTooLong {
        /// Length of the string in UTF-16 code units.
        length: usize,
        /// The configured limit.
        max: usize,
    },
    /// The document ends inside a string.
    #[error("Unexpected end-of-input in a string that starts at byte {start}")]
    UnterminatedString {
        /// Byte offset of the opening quote (a byte order mark not counted).
        start: usize,
    },
    /// The document ends inside an array or object.
    #[error("Unexpected end-of-input: {open} arrays or objects are not closed")]
    UnclosedContainer {
        /// How many containers are still open.
        open: usize,
    },
    /// A `]` or `}` has no opening partner.
    #[error("Unexpected close marker at byte {position}")]
    UnexpectedClose {
        /// Byte offset of the bracket (a byte order mark not counted).
        position: usize,
    },
}

/// Cleans an untrusted JSON document and returns it as compact text.
///
/// - a UTF-8 byte order mark is skipped;
/// - insignificant whitespace is removed;
/// - the bare tokens `NaN`, `Infinity` and `-Infinity` become strings;
/// - surrogate escapes without a partner become `\ufffd`;
/// - raw control characters inside strings become escapes;
/// - escapes of other characters (`\u00e9`, which Python's encoder writes for all that is not ASCII) become the
///   characters, which makes the text shorter and lets searches match it as it is.
///
/// Everything else is copied unchanged: key order, duplicate keys, the spelling of numbers. This is not a complete
/// grammar check; a document that passes must still go through a JSON parser, and no malformed document becomes a valid
/// one by losing its whitespace.
///
/// # Errors
/// [`JsonTextError`] when the text is not UTF-8, breaks one of the `limits`, or ends inside a string or container.
pub fn normalize(body: &[u8], limits: &Limits) -> Result<String, JsonTextError> {
    normalize_borrowed(body, limits).map(Cow::into_owned)
}

/// Like [`normalize`], but borrows the body when there was nothing to change, which is the usual case for clients that
/// send compact JSON.
///
/// # Errors
/// The same as [`normalize`].
pub fn normalize_borrowed<'a>(body: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, JsonTextError> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|error| JsonTextError::InvalidUtf8 {
        valid_up_to: error.valid_up_to(),
    })?;
    Normalizer {
        text,
        bytes: body,
        limits: *limits,
        out: String::new(),
        copied_to: 0,
    }
    .run()
}

/// What the byte at a position outside strings asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a number or literal, or a byte that only the parser can judge.
    Scalar,
    /// `,` or `:`.
    Separator,
    Space,
    Quote,
    Open,
    Close,
    /// May start `NaN`, `Infinity` or `-Infinity`.
    MaybeNonFinite,
}

static CLASSES: [Class; 256] = {
    let mut table = [Class::Scalar; 256];
    table[b' ' as usize] = Class::Space;
    table[b'\t' as usize] = Class::Space;
    table[b'\n' as usize] = Class::Space;
    table[b'\r' as usize] = Class::Space;
    table[b'"' as usize] = Class::Quote;
    table[b'{' as usize] = Class::Open;
    table[b'[' as usize] = Class::Open;
    table[b'}' as usize] = Class::Close;
    table[b']' as usize] = Class::Close;
    table[b',' as usize] = Class::Separator;
    table[b':' as usize] = Class::Separator;
    table[b'N' as usize] = Class::MaybeNonFinite;
    table[b'I' as usize] = Class::MaybeNonFinite;
    table[b'-' as usize] = Class::MaybeNonFinite;
    table
};

fn class_at(bytes: &[u8], position: usize) -> Option<Class> {
    bytes.get(position).map(|&byte| CLASSES[byte as usize])
}

fn is_scalar(class: Option<Class>) -> bool {
    matches!(class, Some(Class::Scalar | Class::MaybeNonFinite))
}

struct Normalizer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    limits: Limits,
    /// The cleaned text up to `copied_to`; stays empty as long as nothing had to change.
    out: String,
    copied_to: usize,
}

impl<'a> Normalizer<'a> {
    fn run(mut self) -> Result<Cow<'a, str>, JsonTextError> {
        let mut depth = 0;
        let mut pos = 0;
        while let Some(class) = class_at(self.bytes, pos) {
            match class {
                Class::Scalar | Class::Separator => pos += 1,
                Class::Quote => pos = self.string(pos)?,
                Class::Space => pos = self.whitespace(pos),
                Class::Open => {
                    depth += 1;
                    if depth > self.limits.max_depth {
                        return Err(JsonTextError::TooDeep {
                            depth,
                            max: self.limits.max_depth,
                        });
                    }
                    pos += 1;
                }
                Class::Close if depth == 0 => {
                    return Err(JsonTextError::UnexpectedClose { position: pos });
                }
                Class::Close => {
                    depth -= 1;
                    pos += 1;
                }
                Class::MaybeNonFinite => pos = self.non_finite(pos),
            }
        }
        if depth > 0 {
            return Err(JsonTextError::UnclosedContainer { open: depth });
        }
        if self.copied_to == 0 {
            return Ok(Cow::Borrowed(self.text));
        }
        self.out.push_str(&self.text[self.copied_to..]);
        Ok(Cow::Owned(self.out))
    }

    /// Replaces the bytes `from..to` (never empty, both next to ASCII) of the input.
    fn replace(&mut self, from: usize, to: usize, with: &str) {
        if self.copied_to == 0 {
            self.out.reserve(self.text.len());
        }
        self.out.push_str(&self.text[self.copied_to..from]);
        self.out.push_str(with);
        self.copied_to = to;
    }

    /// Cleans the string whose opening quote is at `open`; returns the position after its closing quote.
    fn string(&mut self, open: usize) -> Result<usize, JsonTextError> {
        let content = open + 1;
        let mut pos = content;
        loop {
            pos = find_special(self.bytes, pos);
            match self.bytes.get(pos) {
                Some(b'"') => break,
                Some(b'\\') => pos = self.escape(pos),
                Some(&control) => {
                    self.replace(pos, pos + 1, &format!("\\u{control:04x}"));
                    pos += 1;
                }
                None => return Err(JsonTextError::UnterminatedString { start: open }),
            }
        }
        // Unescaping never makes a string longer, so nearly every string is settled by its raw length.
        if pos - content > self.limits.max_string_chars {
            let length = utf16_length(&self.text[content..pos]);
            if length > self.limits.max_string_chars {
                return Err(JsonTextError::StringTooLong {
                    length,
                    max: self.limits.max_string_chars,
                });
            }
        }
        Ok(pos + 1)
    }

    /// Checks the escape at `pos`; returns the position after it. Malformed escapes are left to the parser.
    fn escape(&mut self, pos: usize) -> usize {
        if self.bytes.get(pos + 1) != Some(&b'u') {
            return pos + 2;
        }
        let Some(code) = hex4(self.bytes, pos + 2) else {
            return pos + 2;
        };
        let after = pos + 6;
        match code {
            0xD800..=0xDBFF => match self.low_surrogate(after) {
                Some(low) => {
                    let code = 0x1_0000 + ((u32::from(code) - 0xD800) << 10) + (u32::from(low) - 0xDC00);
                    self.replace_by_char(pos, after + 6, code);
                    after + 6
                }
                None => {
                    self.replace(pos, after, REPLACEMENT_ESCAPE);
                    after
                }
            },
            0xDC00..=0xDFFF => {
                self.replace(pos, after, REPLACEMENT_ESCAPE);
                after
            }
            // Control characters, the quote and the backslash have to stay escaped.
            0..=0x1F | 0x22 | 0x5C | 0x7F => after,
            _ => {
                self.replace_by_char(pos, after, u32::from(code));
                after
            }
        }
    }

    fn replace_by_char(&mut self, from: usize, to: usize, code: u32) {
        if let Some(char) = char::from_u32(code) {
            self.replace(from, to, char.encode_utf8(&mut [0; 4]));
        }
    }

    fn low_surrogate(&self, pos: usize) -> Option<u16> {
        let is_escape = self.bytes.get(pos) == Some(&b'\\') && self.bytes.get(pos + 1) == Some(&b'u');
        let code = if is_escape {
            hex4(self.bytes, pos + 2)?
        } else {
            return None;
        };
        (0xDC00..=0xDFFF).contains(&code).then_some(code)
    }

    /// Removes the whitespace at `pos`; returns the position after it.
    fn whitespace(&mut self, pos: usize) -> usize {
        let mut end = pos + 1;
        while class_at(self.bytes, end) == Some(Class::Space) {
            end += 1;
        }
        let before = pos.checked_sub(1).and_then(|before| class_at(self.bytes, before));
        // `1 2` must stay an error instead of becoming `12`.
        let separates_scalars = is_scalar(before) && is_scalar(class_at(self.bytes, end));
        self.replace(pos, end, if separates_scalars { " " } else { "" });
        end
    }

    /// Quotes a non-finite number at `pos`; returns the position after what was looked at.
    fn non_finite(&mut self, pos: usize) -> usize {
        let rest = &self.bytes[pos..];
        let token = ["NaN", "Infinity", "-Infinity"]
            .into_iter()
            .find(|token| rest.starts_with(token.as_bytes()));
        let Some(token) = token else { return pos + 1 };
        let end = pos + token.len();
        let is_part_of_longer_token = is_scalar(class_at(self.bytes, end))
            || pos
                .checked_sub(1)
                .is_some_and(|before| is_scalar(class_at(self.bytes, before)));
        let is_key = self.bytes.get(super::scan::skip_whitespace(self.bytes, end)) == Some(&b':');
        if is_part_of_longer_token || is_key {
            return end;
        }
        self.replace(pos, end, &format!("\"{token}\""));
        end
    }
}

/// Length of a string's unescaped value in UTF-16 code units, given its raw content.
fn utf16_length(content: &str) -> usize {
    let mut length = 0;
    let mut chars = content.chars();
    while let Some(character) = chars.next() {
        length += character.len_utf16();
        if character == '\\' && chars.next() == Some('u') {
            // One unit, already counted for the backslash.
            chars.nth(3);
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn clean(text: &str) -> String {
        normalize(text.as_bytes(), &Limits::default()).expect("accepted")
    }

    fn refuse(text: &str) -> JsonTextError {
        normalize(text.as_bytes(), &Limits::default()).expect_err("refused")
    }

    fn is_valid(text: &str) -> bool {
        serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
    }

    #[test]
    fn compact_text_is_borrowed() {
        let text = r#"{"a":[1,-2.5e3,"x y\n",true,null],"b":{}}"#;
        let result = normalize_borrowed(text.as_bytes(), &Limits::default()).expect("accepted");
        assert!(matches!(result, Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn whitespace_outside_strings_goes() {
        assert_eq!(
            clean(" {\r\n\t\"a b\" : [ 1 , 2 ] , \"c\" : \" d \" } \n"),
            r#"{"a b":[1,2],"c":" d "}"#
        );
        assert_eq!(clean("   "), "");
        assert_eq!(clean(""), "");
    }

    #[test]
    fn removing_whitespace_never_repairs_a_document() {
        for text in [
            "1 2",
            "[1 2]",
            "tr ue",
            "- 1",
            "1. 5",
            "[1\n2]",
            "N aN",
            "- Infinity",
            "1 NaN",
            "\"a\" \"b\"",
        ] {
            assert!(!is_valid(&clean(text)), "{text}");
        }
    }

    #[test]
    fn non_finite_numbers_become_strings() {
        assert_eq!(
            clean(r#"{"a":NaN,"b":[Infinity, -Infinity],"c":"NaN -Infinity"}"#),
            r#"{"a":"NaN","b":["Infinity","-Infinity"],"c":"NaN -Infinity"}"#
        );
        assert_eq!(clean("NaN"), r#""NaN""#);
        assert_eq!(clean("[-1,-0.5]"), "[-1,-0.5]");
    }

    #[test]
    fn words_that_only_look_non_finite_stay_errors() {
        for text in [
            "NaNs",
            "1NaN",
            "--Infinity",
            "{NaN:1}",
            "{NaN :1}",
            "NaNNaN",
            "nan",
            "+Infinity",
            "Infinit",
        ] {
            assert!(!is_valid(&clean(text)), "{text}");
        }
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        assert_eq!(clean(r#""\ud800""#), r#""\ufffd""#);
        assert_eq!(clean(r#""\udc00x""#), r#""\ufffdx""#);
        assert_eq!(clean(r#""\ud800\ud83d\ude00""#), "\"\\ufffd\u{1f600}\"");
        assert_eq!(clean(r#""\ud83d\n\ude00""#), r#""\ufffd\n\ufffd""#);
        assert_eq!(clean(r#""\\ud800""#), r#""\\ud800""#);
        assert_eq!(clean(r#""\ud83d\u0041""#), r#""\ufffdA""#);
    }

    #[test]
    fn escapes_of_plain_characters_become_the_characters() {
        assert_eq!(
            clean(r#"{"\u00e9":"\uD83D\uDE00 \u4e2d\u002f"}"#),
            "{\"\u{e9}\":\"\u{1f600} \u{4e2d}/\"}"
        );
        assert_eq!(
            clean(r#""\u0022\u005c\u0000\u001f\u007f""#),
            r#""\u0022\u005c\u0000\u001f\u007f""#
        );
    }

    #[test]
    fn malformed_escapes_are_left_to_the_parser() {
        for text in [
            r#""\u12""#,
            r#""\uzzzz""#,
            r#""\x""#,
            "\"\\\u{e9}\"",
            r#""\ud83d\u12""#,
            "\"\\u00\u{e9}9\"",
        ] {
            assert!(!is_valid(&clean(text)), "{text}");
        }
    }

    #[test]
    fn raw_control_characters_are_escaped() {
        let cleaned = clean("\"a\nb\tc\u{1}\u{1f}d\u{7f}\"");
        assert_eq!(cleaned, "\"a\\u000ab\\u0009c\\u0001\\u001fd\u{7f}\"");
        assert_eq!(
            serde_json::from_str::<String>(&cleaned).expect("valid"),
            "a\nb\tc\u{1}\u{1f}d\u{7f}"
        );
    }

    #[test]
    fn byte_order_mark_is_skipped() {
        assert_eq!(clean("\u{feff}{}"), "{}");
        assert!(!is_valid(&clean("{}\u{feff}")));
    }

    #[test]
    fn invalid_utf8_is_refused() {
        let error = normalize(b"\"ab\xff\"", &Limits::default()).expect_err("refused");
        assert_eq!(error, JsonTextError::InvalidUtf8 { valid_up_to: 3 });
    }

    #[test]
    fn depth_is_limited() {
        let deepest = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(clean(&deepest), deepest);
        let error = refuse(&format!("[{deepest}]"));
        assert_eq!(error, JsonTextError::TooDeep { depth: 1001, max: 1000 });
        assert!(
            error
                .to_string()
                .starts_with("Document nesting depth (1001) exceeds the maximum allowed (1000, from")
        );
    }

    #[test]
    fn hostile_nesting_is_refused_quickly() {
        let started = Instant::now();
        for bracket in ["[", "{\"a\":", "[{\"a\":"] {
            assert!(matches!(
                refuse(&bracket.repeat(100_000)),
                JsonTextError::TooDeep { .. }
            ));
        }
        assert!(started.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn string_length_is_counted_in_utf16_units() {
        let limits = Limits {
            max_string_chars: 4,
            ..Limits::default()
        };
        for accepted in [
            "abcd",
            r"a\nbc",
            r"\u00e9\u00e9\u00e9\u00e9",
            "\u{e9}\u{e9}\u{e9}\u{e9}",
            r"\ud83d\ude00ab",
            "😀ab",
        ] {
            assert!(
                normalize(format!("\"{accepted}\"").as_bytes(), &limits).is_ok(),
                "{accepted}"
            );
        }
        for refused in ["abcde", r"\\\\\\\\\\", r"\u00e9\u00e9\u00e9\u00e9\u00e9", "😀😀a"] {
            let error = normalize(format!("[\"{refused}\"]").as_bytes(), &limits).expect_err("refused");
            assert_eq!(error, JsonTextError::StringTooLong { length: 5, max: 4 }, "{refused}");
        }
    }

    #[test]
    fn string_length_error_has_the_wording_clients_know() {
        let error = JsonTextError::StringTooLong {
            length: 104_857_601,
            max: MAX_STRING_CHARS,
        };
        assert_eq!(
            error.to_string(),
            "String value length (104857601) exceeds the maximum allowed (104857600, from StreamReadConstraints.getMaxStringLength())"
        );
    }

    #[test]
    fn unbalanced_documents_are_refused() {
        assert_eq!(refuse("[1"), JsonTextError::UnclosedContainer { open: 1 });
        assert_eq!(refuse("1]"), JsonTextError::UnexpectedClose { position: 1 });
        assert_eq!(refuse(r#"{"a"#), JsonTextError::UnterminatedString { start: 1 });
        assert_eq!(refuse(r#""a\"#), JsonTextError::UnterminatedString { start: 0 });
        assert_eq!(refuse(r#""a\""#), JsonTextError::UnterminatedString { start: 0 });
    }
}
