//! Reads single values out of JSON text without building a tree: subtrees that are not on the path are skipped.
//!
//! The text is JSON that was checked when it was stored. On anything else the scanner finds nothing or something, but it
//! never fails, and depth costs no stack.

use std::borrow::Cow;

use crate::path::{Path, Segment};

/// The JSON text of the value that a key leads to.
pub(crate) fn find<'a>(json: &'a str, path: &Path) -> Option<&'a str> {
    if let Some(name) = path.literal()
        && let Some(value) = property(json, name)
    {
        return Some(value);
    }
    path.segments()?
        .iter()
        .try_fold(trim(json), |value, segment| match segment {
            Segment::Key(name) => property(value, name),
            Segment::Index(index) => element(value, *index),
        })
}

/// The text of a scalar: strings without quotes and escapes, numbers in their shortest form, `true`, `false`, `null`.
/// `None` for objects and arrays.
pub(crate) fn scalar(json: &str) -> Option<Cow<'_, str>> {
    match json.as_bytes().first()? {
        b'"' => Some(unescape(json.strip_prefix('"')?.strip_suffix('"')?)),
        b'{' | b'[' => None,
        b't' | b'f' | b'n' => Some(Cow::Borrowed(json)),
        _ => Some(shortest_number(json)),
    }
}

/// The text of any value: of strings without quotes and escapes, else the JSON text.
pub(crate) fn plain(json: &str) -> Cow<'_, str> {
    let content = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    content.map_or(Cow::Borrowed(json), unescape)
}

/// Integers are kept exactly; decimals become the shortest text of their double.
fn shortest_number(json: &str) -> Cow<'_, str> {
    if !json.contains(['.', 'e', 'E']) {
        return Cow::Borrowed(json);
    }
    let Ok(number) = json.parse::<f64>() else {
        return Cow::Borrowed(json);
    };
    let is_readable = number == 0.0 || (1e-7..1e21).contains(&number.abs());
    Cow::Owned(if is_readable {
        number.to_string()
    } else {
        format!("{number:e}")
    })
}

/// The text with JSON escapes resolved. Half surrogates become U+FFFD, unknown escapes stay as they are.
pub fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut next = Some(first);
    while let Some(at) = next {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let consumed = push_escape(escape, &mut out);
        rest = &escape[consumed..];
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Resolves the escape that the text begins with and returns its length in bytes.
fn push_escape(text: &str, out: &mut String) -> usize {
    let resolved = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'u') => return push_unicode_escape(text, out),
        _ => {
            out.push('\\');
            return 1;
        }
    };
    out.push(resolved);
    2
}

fn push_unicode_escape(text: &str, out: &mut String) -> usize {
    let unit_at = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        // `from_str_radix` would take a sign.
        digits
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit())
            .then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let Some(unit) = unit_at(0) else {
        out.push('\\');
        return 1;
    };
    if (0xd800..0xdc00).contains(&unit)
        && let Some(low) = unit_at(6)
        && (0xdc00..0xe000).contains(&low)
    {
        let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        return 12;
    }
    out.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    6
}

/// The value of an object's property; the last of equal names wins.
fn property<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let mut cursor = Cursor { text: json, at: 0 };
    cursor.skip_space();
    cursor.expect(b'{')?;
    let mut found = None;
    loop {
        cursor.skip_space();
        if cursor.peek()? == b'}' {
            return found;
        }
        let key = cursor.take_value()?;
        cursor.skip_space();
        cursor.expect(b':')?;
        cursor.skip_space();
        let value = cursor.take_value()?;
        if is_string(key, name) {
            found = Some(value);
        }
        cursor.skip_space();
        if cursor.peek()? == b',' {
            cursor.at += 1;
        }
    }
}

/// The JSON texts of an array's elements. `None` when the value is no array.
pub(crate) fn elements(json: &str) -> Option<impl Iterator<Item = &str>> {
    let mut cursor = Cursor { text: json, at: 0 };
    cursor.skip_space();
    cursor.expect(b'[')?;
    Some(std::iter::from_fn(move || {
        cursor.skip_space();
        if cursor.peek()? == b',' {
            cursor.at += 1;
            cursor.skip_space();
        }
        if cursor.peek()? == b']' {
            return None;
        }
        cursor.take_value()
    }))
}

/// The element of an array.
fn element(json: &str, index: usize) -> Option<&str> {
    elements(json)?.nth(index)
}

fn is_string(json: &str, expected: &str) -> bool {
    let Some(content) = json.strip_prefix('"').and_then(|json| json.strip_suffix('"')) else {
        return false;
    };
    content == expected || (content.contains('\\') && unescape(content) == expected)
}

const SPACES: [char; 4] = [' ', '\t', '\n', '\r'];

fn trim(json: &str) -> &str {
    json.trim_matches(SPACES)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Moves behind the value that begins here and returns its text. Always moves when it succeeds.
    fn take_value(&mut self) -> Option<&'a str> {
        let start = self.at;
        match self.peek()? {
            b'"' => self.skip_string()?,
            b'{' | b'[' => self.skip_nested()?,
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b':' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                self.at += self.rest().iter().position(is_end).unwrap_or(self.rest().len());
            }
        }
        if self.at == start {
            return None;
        }
        self.text.get(start..self.at)
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let next = memchr::memchr2(b'"', b'\\', self.rest())?;
            let is_end = self.rest()[next] == b'"';
            self.at += next + if is_end { 1 } else { 2 };
            if is_end {
                return Some(());
            }
        }
    }

    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.skip_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(json: &str, key: &str) -> Option<String> {
        find(json, &Path::new(key)).and_then(scalar).map(Cow::into_owned)
    }

    #[test]
    fn finds_values() {
        let json = r#"{"a":{"b":1.50,"c":[10,{"x":"y"}]},"a.b":"literal","q\"k":true,"x y":null,"o":{},"a":{"b":2.50,"c":[10,{"x":"y\n\u00e9"}]},"big":123456789012345678901234567890,"$.z":1}"#;
        assert_eq!(text(json, "a.b").as_deref(), Some("literal"));
        assert_eq!(text(json, "$.a.b").as_deref(), Some("2.5"), "the last of equal names");
        assert_eq!(text(json, "a.c[1].x").as_deref(), Some("y\né"));
        assert_eq!(text(json, "a.c[0]").as_deref(), Some("10"));
        assert_eq!(text(json, "a.c[2]"), None);
        assert_eq!(text(json, "q\"k").as_deref(), Some("true"));
        assert_eq!(text(json, "['x y']").as_deref(), Some("null"));
        assert_eq!(text(json, "x y").as_deref(), Some("null"));
        assert_eq!(text(json, "o"), None);
        assert_eq!(text(json, "missing"), None);
        assert_eq!(text(json, "a.b.c"), None);
        assert_eq!(text(json, "big").as_deref(), Some("123456789012345678901234567890"));
        assert_eq!(text(json, "$.z").as_deref(), Some("1"));
    }

    #[test]
    fn root_and_spaces() {
        assert_eq!(text("\"hello\"", "$").as_deref(), Some("hello"));
        assert_eq!(text(" { \"a\" : [ 1 , 2 ] } ", "a[1]").as_deref(), Some("2"));
        assert_eq!(text("[[1,2],[3]]", "[1][0]").as_deref(), Some("3"));
    }

    #[test]
    fn elements_of_arrays() {
        let all = |json| elements(json).map(Iterator::collect::<Vec<_>>);
        assert_eq!(
            all(r#" [1, "a,]" ,[2,3],{"x":4}] "#).unwrap(),
            ["1", r#""a,]""#, "[2,3]", r#"{"x":4}"#]
        );
        assert_eq!(all("[]").unwrap(), [""; 0]);
        assert_eq!(all("{}"), None);
        assert_eq!(all("[1").unwrap(), ["1"]);
    }

    #[test]
    fn plain_text_of_values() {
        for (json, expected) in [
            (r#""a\"b""#, "a\"b"),
            ("\"\"", ""),
            ("1.50", "1.50"),
            (r#"["x"]"#, r#"["x"]"#),
            ("\"", "\""),
        ] {
            assert_eq!(plain(json), expected);
        }
    }

    #[test]
    fn numbers_in_shortest_form() {
        for (json, expected) in [
            ("1.50", "1.5"),
            ("1.0", "1"),
            ("-0.0", "-0"),
            ("1e3", "1000"),
            ("1E-3", "0.001"),
            ("1e300", "1e300"),
            ("1.5e-9", "1.5e-9"),
            ("17", "17"),
        ] {
            assert_eq!(scalar(json).as_deref(), Some(expected));
        }
    }

    #[test]
    fn deep_values_cost_no_stack() {
        let depth = 100_000;
        let json = format!("{{\"deep\":{}1{},\"a\":5}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(text(&json, "a").as_deref(), Some("5"));
        let keys = vec!["k"; crate::MAX_PATH_SEGMENTS];
        let nested = keys
            .iter()
            .rev()
            .fold("7".to_owned(), |inner, key| format!("{{\"{key}\":{inner}}}"));
        assert_eq!(text(&nested, &keys.join(".")).as_deref(), Some("7"));
    }

    #[test]
    fn resolves_escapes() {
        for (escaped, plain) in [
            (r#"a\"b\\c\/d"#, r#"a"b\c/d"#),
            (r"\n\t\r\b\f", "\n\t\r\u{8}\u{c}"),
            (r"\u00e9\u00E9", "éé"),
            (r"\ud83d\ude00!", "😀!"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\u12", r"\u12"),
            (r"\u+123", r"\u+123"),
            (r"\q\", r"\q\"),
            ("é\\né", "é\né"),
            (r"\u12é4", r"\u12é4"),
        ] {
            assert_eq!(unescape(escaped), plain, "{escaped}");
        }
    }

    #[test]
    fn damaged_text_finds_nothing() {
        for json in [
            "",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":\"x",
            "{\"a\":[",
            "{a}",
            "[",
            "[1",
            "{\"a\":}",
            "{:}",
            "nul",
            "\"",
            "{\"a\\",
        ] {
            let _ = text(json, "a");
            let _ = text(json, "[0]");
        }
        assert_eq!(text("{\"a\":\"x", "a"), None);
    }

    fn json_value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e6..1e6).prop_map(|number: f64| number.into()),
            "[ -~é\"\\\\\n]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[ab\"é.]{1,2}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn never_panics(json in "[\\[\\]{}:,\"\\\\a0é u]{0,40}", key in "[a.\\[\\]0'$é]{0,8}") {
            let _ = text(&json, &key);
            let _ = unescape(&json);
        }

        #[test]
        fn agrees_with_a_tree(value in json_value(), key in "[ab\"é]{1,2}", index in 0_usize..3) {
            let json = value.to_string();
            let expect = |found: Option<&serde_json::Value>| match found? {
                serde_json::Value::String(text) => Some(text.clone()),
                serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
                serde_json::Value::Number(number) if number.is_f64() => number.as_f64().map(|number| number.to_string()),
                other => Some(other.to_string()),
            };
            prop_assert_eq!(text(&json, &key), expect(value.get(&key)));
            prop_assert_eq!(text(&json, &format!("[{index}]")), expect(value.get(index)));
            let nested = value.get(&key).and_then(|inner| inner.get(index));
            prop_assert_eq!(text(&json, &format!("$.{key}[{index}]")), expect(nested));
        }
    }
}
