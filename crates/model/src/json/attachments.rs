//! Moving large base64 files out of payloads.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr;

use super::scan::{base64_run, base64_text, may_hold_base64_run, next_char, string_end};

/// Default length, in base64 characters, from which a file is moved out of a payload.
pub const ATTACHMENT_MIN_LEN: usize = 256_000;

/// The payload an attachment was found in; part of the attachment's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttachmentField {
    /// `input` of a trace or span.
    Input,
    /// `output` of a trace or span.
    Output,
    /// `metadata` of a trace or span.
    Metadata,
}

impl AttachmentField {
    /// All fields.
    pub const ALL: [Self; 3] = [Self::Input, Self::Output, Self::Metadata];

    /// The name on the wire, such as `input`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Metadata => "metadata",
        }
    }
}

/// A file taken out of a payload.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtractedFile {
    /// `<field>-attachment-<n>-<epoch millis>.<extension>`.
    pub name: String,
    /// Media type, found by the first bytes of the file.
    pub mime_type: String,
    /// The decoded file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for ExtractedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExtractedFile")
            .field("name", &self.name)
            .field("mime_type", &self.mime_type)
            .field("len", &self.bytes.len())
            .finish()
    }
}

/// A payload without its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// The JSON text with references in place of the files.
    pub text: String,
    /// The files, in the order of their references.
    pub files: Vec<ExtractedFile>,
}

/// Moves the large files of a payload into attachments.
///
/// Looks in every string value (not in keys) for maximal runs of base64 characters, `min_len` or more of them without
/// padding. A run that decodes to a known kind of file is replaced by `[<attachment name>]`; the text around it, such
/// as `data:image/png;base64,`, stays. Runs are numbered from 1 per call, so there must be one call per field;
/// `now_millis` (milliseconds since 1970) makes the names of later calls differ.
///
/// Left in place are runs that are not base64, runs that encoding the file again would not reproduce (missing padding,
/// stray bits at the end), and runs that hold text or an unknown kind of data. That makes
/// [`reinject`](super::reinject) the exact inverse.
///
/// Returns `None` when nothing was moved; that costs almost nothing for text without long runs.
pub fn extract_attachments(field: AttachmentField, text: &str, min_len: usize, now_millis: i64) -> Option<Extraction> {
    let bytes = text.as_bytes();
    if !may_hold_base64_run(bytes, min_len) {
        return None;
    }
    let mut extractor = Extractor {
        field,
        text,
        min_len: min_len.max(1),
        now_millis: now_millis.max(0),
        out: String::new(),
        copied_to: 0,
        files: Vec::new(),
    };
    let mut pos = 0;
    while let Some(offset) = memchr(b'"', &bytes[pos..]) {
        let content = pos + offset + 1;
        let Some(close) = string_end(bytes, content) else {
            break;
        };
        pos = close + 1;
        let is_key = bytes.get(pos) == Some(&b':');
        if !is_key && may_hold_base64_run(&bytes[content..close], min_len) {
            extractor.string(content, close);
        }
    }
    extractor.finish()
}

struct Extractor<'a> {
    field: AttachmentField,
    text: &'a str,
    min_len: usize,
    now_millis: i64,
    /// The new text up to `copied_to` of the old one.
    out: String,
    copied_to: usize,
    files: Vec<ExtractedFile>,
}

impl Extractor<'_> {
    /// Moves the files out of the string with the content `from..to`.
    fn string(&mut self, from: usize, to: usize) {
        let content = &self.text.as_bytes()[..to];
        let mut pos = from;
        while pos < to {
            let run = base64_run(content, pos);
            if run.digits == 0 {
                pos = next_char(content, pos);
                continue;
            }
            if run.digits >= self.min_len {
                let encoded = base64_text(&content[pos..run.end], run.escaped);
                if let Some((kind, file)) = decode_file(&encoded) {
                    self.take(pos, run.end, kind, file);
                }
            }
            pos = run.end;
        }
    }

    fn take(&mut self, from: usize, to: usize, kind: FileKind, bytes: Vec<u8>) {
        let number = self.files.len() + 1;
        let name = format!(
            "{}-attachment-{number}-{}.{}",
            self.field.name(),
            self.now_millis,
            kind.extension
        );
        self.out.push_str(&self.text[self.copied_to..from]);
        self.out.push('[');
        self.out.push_str(&name);
        self.out.push(']');
        self.copied_to = to;
        self.files.push(ExtractedFile {
            name,
            mime_type: kind.mime_type.to_owned(),
            bytes,
        });
    }

    fn finish(mut self) -> Option<Extraction> {
        if self.files.is_empty() {
            return None;
        }
        self.out.push_str(&self.text[self.copied_to..]);
        Some(Extraction {
            text: self.out,
            files: self.files,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileKind {
    mime_type: &'static str,
    /// Letters, digits and underscores only, so that references stay recognizable.
    extension: &'static str,
}

/// Decodes base64 if it is canonical and holds a kind of file worth an attachment.
fn decode_file(encoded: &[u8]) -> Option<(FileKind, Vec<u8>)> {
    let file = STANDARD.decode(encoded).ok()?;
    let kind = file_kind(&file)?;
    Some((kind, file))
}

/// The kind of a file by its first bytes; `None` for text and unknown data.
fn file_kind(file: &[u8]) -> Option<FileKind> {
    // MPEG audio without tags: the frame headers the library does not list (MPEG 2, MPEG 2.5, with and without CRC).
    if matches!(file, [0xFF, 0xFA | 0xF2 | 0xF3 | 0xE2 | 0xE3, ..]) {
        return Some(FileKind {
            mime_type: "audio/mpeg",
            extension: "mp3",
        });
    }
    let found = infer::get(file)?;
    let mime_type = match found.mime_type() {
        // Names that browsers know.
        "audio/x-wav" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        "audio/x-aiff" => "audio/aiff",
        "audio/m4a" => "audio/mp4",
        "application/font-woff" if found.extension() == "woff2" => "font/woff2",
        "application/font-woff" => "font/woff",
        "application/font-sfnt" if found.extension() == "otf" => "font/otf",
        "application/font-sfnt" => "font/ttf",
        other => other,
    };
    if mime_type.starts_with("text/") || mime_type == "application/octet-stream" {
        return None;
    }
    let is_word = |extension: &str| {
        extension
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let extension = Some(found.extension()).filter(|extension| !extension.is_empty() && is_word(extension));
    Some(FileKind {
        mime_type,
        extension: extension.unwrap_or("bin"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::reinject;

    const NOW: i64 = 1_700_000_000_000;
    const PNG_HEAD: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn file(head: &[u8], length: usize) -> Vec<u8> {
        let filler = (0..length).map(|index| (index * 37 % 251) as u8);
        head.iter().copied().chain(filler).collect()
    }

    fn extract(text: &str, min_len: usize) -> Option<Extraction> {
        extract_attachments(AttachmentField::Input, text, min_len, NOW)
    }

    fn restore(extraction: &Extraction) -> String {
        let mut resolve = |name: &str| {
            extraction
                .files
                .iter()
                .find(|file| file.name == name)
                .map(|file| file.bytes.clone())
        };
        reinject(&extraction.text, &mut resolve).into_owned()
    }

    #[test]
    fn a_data_uri_keeps_its_head() {
        let png = file(PNG_HEAD, 300_000);
        let text = format!(
            r#"{{"a":1,"image":{{"url":"data:image/png;base64,{}"}}}}"#,
            STANDARD.encode(&png)
        );
        let extraction = extract(&text, ATTACHMENT_MIN_LEN).expect("a file");
        assert_eq!(
            extraction.text,
            r#"{"a":1,"image":{"url":"data:image/png;base64,[input-attachment-1-1700000000000.png]"}}"#
        );
        assert_eq!(extraction.files.len(), 1);
        assert_eq!(extraction.files[0].mime_type, "image/png");
        assert_eq!(extraction.files[0].bytes, png);
        assert_eq!(restore(&extraction), text);
    }

    #[test]
    fn short_runs_stay() {
        // 100 bytes are 136 characters, two of them padding.
        let text = format!("\"{}\"", STANDARD.encode(file(PNG_HEAD, 84)));
        assert!(text.contains("==") && text.len() == 138);
        assert!(extract(&text, 134).is_some());
        assert_eq!(extract(&text, 135), None);
        assert_eq!(extract(&text, ATTACHMENT_MIN_LEN), None);
    }

    #[test]
    fn files_are_numbered_per_field() {
        let jpeg = STANDARD.encode(file(b"\xFF\xD8\xFF\xE0", 201));
        let pdf = STANDARD.encode(file(b"%PDF-1.7\n", 200));
        let text = format!(r#"["{jpeg} and {pdf}",{{"{jpeg}":"{pdf}"}}]"#);
        let extraction = extract_attachments(AttachmentField::Output, &text, 100, 5).expect("files");
        assert_eq!(
            extraction.text,
            format!(
                r#"["[output-attachment-1-5.jpg] and [output-attachment-2-5.pdf]",{{"{jpeg}":"[output-attachment-3-5.pdf]"}}]"#
            )
        );
        assert_eq!(restore(&extraction), text);
    }

    #[test]
    fn escaped_characters_belong_to_runs() {
        let wav = file(b"RIFF\x24\x08\x00\x00WAVEfmt \xFF\xFF\xFF", 200);
        let plain = STANDARD.encode(&wav);
        assert!(plain.contains('/') && plain.contains('+'));
        let escaped = plain
            .replace('/', "\\/")
            .replace('+', "\\u002b")
            .replace('=', "\\u003D");
        let extraction = extract(&format!(r#"["x\n{escaped}\t\"y"]"#), 200).expect("a file");
        assert_eq!(extraction.text, r#"["x\n[input-attachment-1-1700000000000.wav]\t\"y"]"#);
        assert_eq!(extraction.files[0].bytes, wav);
        assert_eq!(restore(&extraction), format!(r#"["x\n{plain}\t\"y"]"#));
    }

    #[test]
    fn runs_that_would_not_come_back_the_same_stay() {
        let encoded = STANDARD.encode(file(PNG_HEAD, 84));
        let unpadded = encoded.trim_end_matches('=');
        for content in [
            unpadded.to_owned(),
            format!("{unpadded}="),
            format!("A{encoded}"),
            "z".repeat(137),
        ] {
            assert_eq!(extract(&format!("\"{content}\""), 100), None, "{content}");
        }
    }

    #[test]
    fn text_and_unknown_data_stay() {
        for content in [
            "plain text ".repeat(30).into_bytes(),
            format!("<svg xmlns='x'>{}</svg>", "x".repeat(300)).into_bytes(),
            format!("<!DOCTYPE html><html>{}", "x".repeat(300)).into_bytes(),
            file(&[0x00, 0xFF, 0x17, 0x93], 300),
        ] {
            assert_eq!(extract(&format!("\"{}\"", STANDARD.encode(content)), 100), None);
        }
    }

    #[test]
    fn common_kinds_are_known() {
        let kinds: [(&[u8], &str, &str); 21] = [
            (b"%PDF-1.4\n%", "application/pdf", "pdf"),
            (PNG_HEAD, "image/png", "png"),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", "image/jpeg", "jpg"),
            (b"GIF89a\x01\0\x01\0", "image/gif", "gif"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp", "webp"),
            (b"BM\x36\0\x0c\0\0\0\0\0", "image/bmp", "bmp"),
            (b"II*\0\x08\0\0\0\x10\0", "image/tiff", "tif"),
            (b"MM\0*\0\0\0\x08\0\x10", "image/tiff", "tif"),
            (b"ID3\x04\0\0", "audio/mpeg", "mp3"),
            (b"\xFF\xFB\x90\0", "audio/mpeg", "mp3"),
            (b"\xFF\xF3\x90\0", "audio/mpeg", "mp3"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav", "wav"),
            (b"OggS\0\x02\0\0\0\0", "audio/ogg", "ogg"),
            (b"fLaC\0\0\0\x22", "audio/flac", "flac"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4", "mp4"),
            (b"\0\0\0\x18ftypisom\0\0\x02\0isommp41", "video/mp4", "mp4"),
            (b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", "audio/mp4", "m4a"),
            (
                b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\xF7\x81\x01\x42\xF2\x81\x04\x42\xF3\x81\x08\x42\x82\x84webm",
                "video/webm",
                "webm",
            ),
            (b"PK\x03\x04\x14\0\0\0\x08\0", "application/zip", "zip"),
            (b"\x1F\x8B\x08\0\0\0\0\0", "application/gzip", "gz"),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "image/avif", "avif"),
        ];
        for (head, mime_type, extension) in kinds {
            assert_eq!(
                file_kind(&file(head, 300)),
                Some(FileKind { mime_type, extension }),
                "{mime_type}"
            );
        }
    }

    #[test]
    fn a_long_number_is_not_a_file() {
        assert_eq!(extract(&format!("[{}]", "4".repeat(400)), 100), None);
    }

    #[test]
    fn an_open_string_is_left_alone() {
        assert_eq!(
            extract(&format!("[\"{}", STANDARD.encode(file(PNG_HEAD, 300))), 100),
            None
        );
    }
}
