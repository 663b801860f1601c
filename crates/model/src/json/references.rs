//! References that stand for attachments inside payloads, such as `[input-attachment-1-1700000000000.png]`.

use std::borrow::Cow;
use std::iter::FusedIterator;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::attachments::AttachmentField;

const MARKER: &str = "-attachment-";

/// The names of the attachments that `text` refers to, in order of appearance, repeated if they are repeated.
///
/// A reference is `[<field>-attachment-<digits>-<digits>[-sdk].<extension>]`, where the extension consists of ASCII
/// letters, digits and underscores. Files taken out by the server have no `-sdk`; clients that extract files
/// themselves add it.
pub fn attachment_references(text: &str) -> AttachmentReferences<'_> {
    AttachmentReferences { text, pos: 0 }
}

/// Iterator over the attachment names in a text; see [`attachment_references`].
#[derive(Clone, Debug)]
pub struct AttachmentReferences<'a> {
    text: &'a str,
    pos: usize,
}

impl AttachmentReferences<'_> {
    /// Range of the next name, without its brackets.
    fn next_range(&mut self) -> Option<Range<usize>> {
        let bytes = self.text.as_bytes();
        while let Some(offset) = bytes
            .get(self.pos..)
            .and_then(|rest| memmem::find(rest, MARKER.as_bytes()))
        {
            let marker = self.pos + offset;
            let tail = marker + MARKER.len();
            self.pos = tail;
            let field = AttachmentField::ALL
                .into_iter()
                .find(|field| bytes[..marker].ends_with(field.name().as_bytes()));
            let Some(field) = field else { continue };
            let start = marker - field.name().len();
            if !bytes[..start].ends_with(b"[") {
                continue;
            }
            let Some(tail_length) = tail_length(&bytes[tail..], Origin::Any) else {
                continue;
            };
            let end = tail + tail_length;
            if bytes.get(end) == Some(&b']') {
                self.pos = end + 1;
                return Some(start..end);
            }
        }
        self.pos = bytes.len();
        None
    }
}

impl<'a> Iterator for AttachmentReferences<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.text;
        self.next_range().map(|range| &text[range])
    }
}

impl FusedIterator for AttachmentReferences<'_> {}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Any,
    Server,
}

/// Length of the `<digits>-<digits>[-sdk].<extension>` that `bytes` starts with.
fn tail_length(bytes: &[u8], origin: Origin) -> Option<usize> {
    let rest = strip_some(bytes, |byte| byte.is_ascii_digit())?;
    let rest = rest.strip_prefix(b"-")?;
    let rest = strip_some(rest, |byte| byte.is_ascii_digit())?;
    let rest = match rest.strip_prefix(b"-sdk") {
        Some(rest) if origin == Origin::Any => rest,
        _ => rest,
    };
    let rest = rest.strip_prefix(b".")?;
    let rest = strip_some(rest, |byte| byte.is_ascii_alphanumeric() || byte == b'_')?;
    Some(bytes.len() - rest.len())
}

/// What follows a non-empty run of `wanted` bytes.
fn strip_some(bytes: &[u8], wanted: impl Fn(u8) -> bool) -> Option<&[u8]> {
    let length = bytes.iter().position(|&byte| !wanted(byte)).unwrap_or(bytes.len());
    (length > 0).then(|| &bytes[length..])
}

/// Whether an attachment of this name was taken out of a payload by the server, so that sending the payload again
/// replaces it. Files extracted by a client (`-sdk`) and uploads of users are not.
pub fn is_auto_extracted_name(name: &str) -> bool {
    let tail = AttachmentField::ALL
        .into_iter()
        .find_map(|field| name.strip_prefix(field.name())?.strip_prefix(MARKER));
    tail.is_some_and(|tail| tail_length(tail.as_bytes(), Origin::Server) == Some(tail.len()))
}

/// Replaces each attachment reference in `text` by the standard base64 of its file.
///
/// `resolve` gets the name and returns the bytes of the file; references whose file is missing (`None`) stay. Inserted
/// files are not searched for references again. Borrows `text` when nothing was replaced.
pub fn reinject<'a>(text: &'a str, resolve: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Cow<'a, str> {
    let mut references = attachment_references(text);
    let mut out = String::new();
    let mut copied_to = 0;
    while let Some(name) = references.next_range() {
        let Some(file) = resolve(&text[name.clone()]) else {
            continue;
        };
        // The brackets go as well.
        out.push_str(&text[copied_to..name.start - 1]);
        copied_to = name.end + 1;
        STANDARD.encode_string(file, &mut out);
    }
    if copied_to == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied_to..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        attachment_references(text).collect()
    }

    #[test]
    fn references_are_found_in_order() {
        let text = r#"{"a":"[input-attachment-1-17.png] x [output-attachment-22-1700000000000-sdk.json]","b":["[metadata-attachment-3-4.x_1]"]}"#;
        assert_eq!(
            names(text),
            [
                "input-attachment-1-17.png",
                "output-attachment-22-1700000000000-sdk.json",
                "metadata-attachment-3-4.x_1"
            ]
        );
    }

    #[test]
    fn near_misses_are_ignored() {
        for text in [
            "input-attachment-1-1.png",
            "[input-attachment-1-1.png",
            "[input-attachment-1-1]",
            "[input-attachment-1.png]",
            "[input-attachment--1.png]",
            "[input-attachment-1-1-foo.png]",
            "[input-attachment-1-1.]",
            "[input-attachment-1-1.p-g]",
            "[other-attachment-1-1.png]",
            "[xinput-attachment-1-1.png]",
            "[ input-attachment-1-1.png]",
            "[input-attachment-1-1.png ]",
            "[input-attachment-é-1.png]",
            "-attachment-",
            "",
        ] {
            assert_eq!(names(text), [""; 0], "{text}");
        }
        assert_eq!(
            names("[input-attachment-[input-attachment-1-2.png]"),
            ["input-attachment-1-2.png"]
        );
    }

    #[test]
    fn auto_extracted_names() {
        for name in [
            "input-attachment-1-1700000000000.png",
            "output-attachment-12-0.bin",
            "metadata-attachment-1-2.a_B9",
        ] {
            assert!(is_auto_extracted_name(name), "{name}");
        }
        for name in [
            "input-attachment-1-1700000000000-sdk.png",
            "photo.png",
            "input-attachment-1.png",
            "input-attachment-1-2.png.gz",
            "xinput-attachment-1-2.png",
            "input-attachment-1-2.png]",
            "input-attachment-1-2",
            "",
        ] {
            assert!(!is_auto_extracted_name(name), "{name}");
        }
    }

    #[test]
    fn known_files_come_back_and_missing_ones_stay() {
        let text = r#"{"a":"data:x,[input-attachment-1-1.png]!","b":"[input-attachment-2-1.png]"}"#;
        let result = reinject(text, &mut |name| {
            (name == "input-attachment-1-1.png").then(|| vec![0xFF, 0xFE])
        });
        assert_eq!(result, r#"{"a":"data:x,//4=!","b":"[input-attachment-2-1.png]"}"#);
        assert!(matches!(reinject(text, &mut |_| None), Cow::Borrowed(_)));
    }

    #[test]
    fn inserted_files_are_not_searched_again() {
        let mut calls = 0;
        let text = "[input-attachment-1-1.png][input-attachment-1-1.png]";
        let result = reinject(text, &mut |_| {
            calls += 1;
            Some(text.as_bytes().to_vec())
        });
        assert_eq!(result, STANDARD.encode(text).repeat(2));
        assert_eq!(calls, 2);
    }
}
