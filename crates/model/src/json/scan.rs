//! Byte-level scanning shared by the JSON text functions.
//!
//! Positions are byte offsets. Every position these functions return next to a JSON token borders an ASCII byte, so it
//! is always a valid `str` boundary.

use std::borrow::Cow;

use memchr::memchr2;

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Width of the blocks that are checked at once; small enough to waste little, large enough for wide registers.
const BLOCK: usize = 64;

/// `true` for the bytes of the standard base64 alphabet (padding excluded).
static BASE64: [bool; 256] = base64_table();

const fn base64_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < table.len() {
        table[index] = is_base64_digit(index as u8);
        index += 1;
    }
    table
}

const fn is_base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// First position at or after `from` that holds a quote, a backslash or a control character (below 0x20);
/// `bytes.len()` when there is none.
pub(super) fn find_special(bytes: &[u8], from: usize) -> usize {
    let mut pos = from.min(bytes.len());
    // Eight bytes per step. Borrows only spread upwards from a real hit, so the lowest marked byte is always exact.
    while let Some(chunk) = bytes[pos..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (LOW_BITS * b'"' as u64);
        let backslash = word ^ (LOW_BITS * b'\\' as u64);
        let marks = (quote.wrapping_sub(LOW_BITS) & !quote)
            | (backslash.wrapping_sub(LOW_BITS) & !backslash)
            | (word.wrapping_sub(LOW_BITS * 0x20) & !word);
        let marks = marks & HIGH_BITS;
        if marks != 0 {
            return pos + marks.trailing_zeros() as usize / 8;
        }
        pos += 8;
    }
    let tail = bytes[pos..]
        .iter()
        .position(|&byte| matches!(byte, b'"' | b'\\') || byte < 0x20);
    tail.map_or(bytes.len(), |offset| pos + offset)
}

/// Position of the quote that closes the string whose content starts at `from`; `None` when it is not closed.
pub(super) fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut pos = from;
    loop {
        pos += memchr2(b'"', b'\\', bytes.get(pos..)?)?;
        if bytes[pos] == b'"' {
            return Some(pos);
        }
        pos += 2;
    }
}

/// First position at or after `from` that is not insignificant whitespace.
pub(super) fn skip_whitespace(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let offset = rest
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    from + offset.unwrap_or(rest.len())
}

/// Position right after the value that starts at `from` (no leading whitespace); `None` when a string or bracket stays
/// open. An empty range means that there is no value.
pub(super) fn skip_value(bytes: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut pos = from;
    loop {
        match bytes.get(pos) {
            Some(b'"') => pos = string_end(bytes, pos + 1)? + 1,
            Some(b'{' | b'[') => {
                depth += 1;
                pos += 1;
                continue;
            }
            Some(b'}' | b']') if depth > 0 => {
                depth -= 1;
                pos += 1;
            }
            Some(b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') if depth == 0 => {
                return Some(pos);
            }
            None if depth == 0 => return Some(pos),
            None => return None,
            Some(_) => {
                pos += 1;
                continue;
            }
        }
        if depth == 0 {
            return Some(pos);
        }
    }
}

/// Value of the four hexadecimal digits at `from`.
pub(super) fn hex4(bytes: &[u8], from: usize) -> Option<u16> {
    let digits = bytes.get(from..from + 4)?;
    digits.iter().try_fold(0u16, |value, &digit| {
        let digit = (digit as char).to_digit(16)?;
        Some(value << 4 | digit as u16)
    })
}

/// The character at `from` inside a string and the position after it.
///
/// An escape of an ASCII character counts as that character. Other escapes and other bytes give `None`.
fn ascii_char(bytes: &[u8], from: usize) -> (Option<u8>, usize) {
    match (bytes.get(from), bytes.get(from + 1)) {
        (Some(b'\\'), Some(b'/')) => (Some(b'/'), from + 2),
        (Some(b'\\'), Some(b'u')) => match hex4(bytes, from + 2) {
            Some(code) => (u8::try_from(code).ok().filter(u8::is_ascii), from + 6),
            None => (None, from + 2),
        },
        (Some(b'\\'), Some(_)) => (None, from + 2),
        (Some(&byte), _) => (Some(byte).filter(u8::is_ascii), from + 1),
        (None, _) => (None, from),
    }
}

/// Position after the character at `from` of a string's content.
pub(super) fn next_char(bytes: &[u8], from: usize) -> usize {
    ascii_char(bytes, from).1.min(bytes.len())
}

/// Position after `expected`, if the string content at `from` spells it (possibly with escapes such as `\/`).
pub(super) fn eat(bytes: &[u8], from: usize, expected: &[u8]) -> Option<usize> {
    expected
        .iter()
        .try_fold(from, |pos, &wanted| match ascii_char(bytes, pos) {
            (Some(found), next) if found == wanted => Some(next),
            _ => None,
        })
}

/// A stretch of base64 inside the content of a JSON string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base64Run {
    /// Position after the last base64 character and its padding (at most two `=`).
    pub(super) end: usize,
    /// Characters of the base64 alphabet, padding not counted, escapes counted once.
    pub(super) digits: usize,
    /// Whether some characters are written as escapes, so that the raw bytes are not the base64 text.
    pub(super) escaped: bool,
}

/// Longest run of base64 characters that starts at `from`, with its padding.
pub(super) fn base64_run(bytes: &[u8], from: usize) -> Base64Run {
    let mut run = Base64Run {
        end: from,
        digits: 0,
        escaped: false,
    };
    loop {
        let plain_end = plain_base64_end(bytes, run.end);
        run.digits += plain_end - run.end;
        run.end = plain_end;
        if bytes.get(run.end) != Some(&b'\\') {
            break;
        }
        match ascii_char(bytes, run.end) {
            (Some(digit), next) if is_base64_digit(digit) => {
                run.digits += 1;
                run.escaped = true;
                run.end = next;
            }
            _ => break,
        }
    }
    if run.digits == 0 {
        return run;
    }
    for _ in 0..2 {
        let Some(next) = eat(bytes, run.end, b"=") else {
            break;
        };
        run.escaped |= next - run.end > 1;
        run.end = next;
    }
    run
}

fn plain_base64_end(bytes: &[u8], from: usize) -> usize {
    let mut pos = from;
    // Without early exit inside a block the compiler can check the block with wide instructions.
    while let Some(block) = bytes[pos..].first_chunk::<BLOCK>() {
        if !block.iter().fold(true, |all, &byte| all & is_base64_digit(byte)) {
            break;
        }
        pos += BLOCK;
    }
    let rest = &bytes[pos..];
    pos + rest
        .iter()
        .position(|&byte| !BASE64[byte as usize])
        .unwrap_or(rest.len())
}

/// The base64 text of a run found by [`base64_run`], given its raw bytes.
pub(super) fn base64_text(raw: &[u8], escaped: bool) -> Cow<'_, [u8]> {
    if !escaped {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut pos = 0;
    while pos < raw.len() {
        let (byte, next) = ascii_char(raw, pos);
        text.extend(byte);
        pos = next;
    }
    Cow::Owned(text)
}

/// Whether `bytes` may hold a base64 run of at least `min_len` characters: a cheap test that can say yes wrongly, but
/// never no wrongly.
///
/// Looks at the last byte of each window first, so that ordinary text is skipped in steps of nearly `min_len` bytes.
pub(super) fn may_hold_base64_run(bytes: &[u8], min_len: usize) -> bool {
    let min_len = min_len.max(1);
    let mut start = 0;
    // Bytes of the window that the previous step has checked already.
    let mut checked_to = 0;
    while let Some(window) = bytes.get(start..start + min_len) {
        let known = checked_to - start;
        match window[known..]
            .iter()
            .rposition(|&byte| !BASE64[byte as usize] && byte != b'\\')
        {
            None => return true,
            Some(offset) => {
                checked_to = start + min_len;
                start += known + offset + 1;
            }
        }
    }
    false
}

/// Longest prefix of `text` with at most `limit` bytes that ends on a character boundary.
pub(super) fn prefix(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_special_reports_the_first_hit_at_any_offset() {
        for special in [b'"', b'\\', 0, 0x1f] {
            for length in 0..40 {
                for at in 0..length {
                    let mut bytes = vec![0xC3u8; length];
                    bytes[at] = special;
                    // Bytes right after a hit must not shadow it.
                    if at + 1 < length {
                        bytes[at + 1] = special ^ 1;
                    }
                    assert_eq!(find_special(&bytes, 0), at);
                    assert_eq!(find_special(&bytes, at), at);
                }
            }
        }
        assert_eq!(find_special(b"plain text of some length", 0), 25);
        assert_eq!(find_special(b"abc", 9), 3);
    }

    #[test]
    fn find_special_ignores_neighbours_of_special_bytes() {
        let harmless: Vec<u8> = (0x20..=0xFF).filter(|byte| !matches!(byte, b'"' | b'\\')).collect();
        assert_eq!(find_special(&harmless, 0), harmless.len());
    }

    #[test]
    fn string_end_steps_over_escapes() {
        assert_eq!(string_end(br#"a\"b" "#, 0), Some(4));
        assert_eq!(string_end(br#"a\\" "#, 0), Some(3));
        assert_eq!(string_end(br"a\", 0), None);
        assert_eq!(string_end(b"abc", 0), None);
        assert_eq!(string_end(b"abc", 7), None);
    }

    #[test]
    fn skip_value_finds_the_end_of_every_kind() {
        for (text, end) in [
            ("12,3", 2),
            ("true}", 4),
            (r#""a,]",1"#, 5),
            (r#"{"a":[1,{"]":2}]},3"#, 17),
            ("[],1", 2),
            ("null", 4),
            (",", 0),
        ] {
            assert_eq!(skip_value(text.as_bytes(), 0), Some(end), "{text}");
        }
        assert_eq!(skip_value(b"[1,2", 0), None);
        assert_eq!(skip_value(br#"{"a"#, 0), None);
    }

    #[test]
    fn base64_run_counts_escapes_once() {
        let run = base64_run(br#"AB\/\u002bC==="#, 0);
        assert_eq!(
            run,
            Base64Run {
                end: 13,
                digits: 5,
                escaped: true
            }
        );
        assert_eq!(&*base64_text(&br#"AB\/\u002bC==="#[..13], true), b"AB/+C==");
        assert_eq!(
            base64_run(b"=AB", 0),
            Base64Run {
                end: 0,
                digits: 0,
                escaped: false
            }
        );
        assert_eq!(
            base64_run(br"AB\n", 0),
            Base64Run {
                end: 2,
                digits: 2,
                escaped: false
            }
        );
        let long = [b'A'; 1000];
        assert_eq!(base64_run(&long, 0).end, 1000);
    }

    #[test]
    fn run_test_agrees_with_a_plain_scan() {
        for text in [
            "",
            "AAAA",
            "AAA AAAA",
            "a b c d e",
            "AAA\u{e9}AAA",
            "xxx yyyy",
            "AA-AA-AAA-AAAA",
        ] {
            for min_len in 1..6 {
                let longest = text
                    .split(|c: char| !(c.is_ascii_alphanumeric()))
                    .map(str::len)
                    .max()
                    .unwrap_or(0);
                assert_eq!(
                    may_hold_base64_run(text.as_bytes(), min_len),
                    longest >= min_len,
                    "{text} {min_len}"
                );
            }
        }
    }
}
