//! Text tests: the eight operators, case folding, and a fast case-insensitive substring search.

use std::borrow::Cow;
use std::cmp::Ordering;

use memchr::memmem;

use crate::operator::{TextMode, TextOp};
use crate::scan::unescape;

/// A text to look for, prepared once and used on many haystacks.
#[derive(Debug, Clone)]
pub struct Needle {
    raw: String,
    folded: String,
    plan: Plan,
    /// Searches the folded needle in text that was folded before.
    finder: memmem::Finder<'static>,
    /// JSON may write some of the characters as escapes.
    escapable: bool,
}

#[derive(Debug, Clone, Copy)]
enum Plan {
    Empty,
    /// The folded needle is ASCII: look for its rarest byte in both cases, then for the second rarest.
    Ascii {
        rare: usize,
        second: usize,
    },
    Unicode,
}

impl PartialEq for Needle {
    fn eq(&self, other: &Needle) -> bool {
        self.raw == other.raw
    }
}

impl Needle {
    /// Prepares a text. Costs a few allocations.
    pub fn new(text: &str) -> Needle {
        let folded = fold(text).into_owned();
        let plan = if folded.is_empty() {
            Plan::Empty
        } else if folded.is_ascii() {
            let (rare, second) = rarest(folded.as_bytes());
            Plan::Ascii { rare, second }
        } else {
            Plan::Unicode
        };
        let is_escapable = |c: char| c.is_control() || matches!(c, '"' | '\\') || !c.is_ascii();
        Needle {
            raw: text.to_owned(),
            plan,
            finder: memmem::Finder::new(folded.as_bytes()).into_owned(),
            folded,
            escapable: text.chars().any(is_escapable),
        }
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The text in its folded form, see [`fold`].
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

/// Positions of the two bytes that are least frequent in JSON text (the same twice for a needle of one byte).
fn rarest(needle: &[u8]) -> (usize, usize) {
    let best = |skip: Option<usize>| {
        (0..needle.len())
            .filter(|index| Some(*index) != skip)
            .max_by_key(|index| rarity(needle[*index]))
    };
    let first = best(None).unwrap_or(0);
    (first, best(Some(first)).unwrap_or(first))
}

/// How rare a lower-case byte is in English JSON text: greater is rarer. Only speed depends on it.
fn rarity(byte: u8) -> usize {
    const FROM_COMMON: &[u8] = br#" etaoinsrlhd"cumfpgy,.w:bv0k12345{}[]-_6789/\xjqz"#;
    FROM_COMMON
        .iter()
        .position(|common| *common == byte)
        .unwrap_or(FROM_COMMON.len())
}

/// Text in the form in which case-insensitive substring tests compare: every character in lower case by itself, and
/// both forms of the small sigma as one.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        folded.push_str(&rest[..ascii]);
        rest = &rest[ascii..];
        rest.chars().next()
    } {
        folded.extend(c.to_lowercase().map(|lower| if lower == 'ς' { 'σ' } else { lower }));
        rest = &rest[c.len_utf8()..];
    }
    folded.make_ascii_lowercase();
    Cow::Owned(folded)
}

/// Whether the folded haystack holds the folded needle. Linear in the haystack; no allocation unless the haystack
/// holds characters outside ASCII and the needle may match them.
pub fn contains_folded(haystack: &str, needle: &Needle) -> bool {
    match needle.plan {
        Plan::Empty => true,
        Plan::Ascii { rare, second } => match find_ascii(haystack.as_bytes(), needle.folded.as_bytes(), rare, second) {
            Search::Found => true,
            Search::Missing => folds_to_ascii(haystack, &needle.folded) && find_by_folding(haystack, needle),
            Search::TooSlow => find_by_folding(haystack, needle),
        },
        Plan::Unicode => !haystack.is_ascii() && find_by_folding(haystack, needle),
    }
}

fn find_by_folding(haystack: &str, needle: &Needle) -> bool {
    needle.finder.find(fold(haystack).as_bytes()).is_some()
}

/// Whether the haystack holds one of the two characters outside ASCII that fold to letters inside (the Kelvin sign
/// and the capital I with dot), and the needle has that letter.
fn folds_to_ascii(haystack: &str, folded_needle: &str) -> bool {
    let holds = |letter: u8, origin: &str| {
        memchr::memchr(letter, folded_needle.as_bytes()).is_some()
            && memmem::find(haystack.as_bytes(), origin.as_bytes()).is_some()
    };
    !haystack.is_ascii() && (holds(b'k', "\u{212a}") || holds(b'i', "\u{130}"))
}

enum Search {
    Found,
    Missing,
    /// Too many false candidates: only a search with a linear bound will do.
    TooSlow,
}

fn find_ascii(haystack: &[u8], needle: &[u8], rare: usize, second: usize) -> Search {
    let Some(last_start) = haystack.len().checked_sub(needle.len()) else {
        return Search::Missing;
    };
    // Only where the rare byte can stand when the needle begins between 0 and `last_start`.
    let window = &haystack[rare..=rare + last_start];
    let byte = needle[rare];
    if byte.is_ascii_lowercase() {
        verify(
            memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), window),
            haystack,
            needle,
            second,
        )
    } else {
        verify(memchr::memchr_iter(byte, window), haystack, needle, second)
    }
}

fn verify(starts: impl Iterator<Item = usize>, haystack: &[u8], needle: &[u8], second: usize) -> Search {
    let second_byte = needle[second];
    let mut budget = 4 * haystack.len() + 1024;
    for start in starts {
        if haystack[start + second].to_ascii_lowercase() != second_byte {
            continue;
        }
        if haystack[start..start + needle.len()].eq_ignore_ascii_case(needle) {
            return Search::Found;
        }
        match budget.checked_sub(needle.len()) {
            Some(rest) => budget = rest,
            None => return Search::TooSlow,
        }
    }
    Search::Missing
}

/// A text test. A missing haystack is the empty text.
pub fn text_test(op: TextOp, mode: TextMode, haystack: Option<&str>, needle: &Needle) -> bool {
    let haystack = haystack.unwrap_or_default();
    let holds = |test: fn(&str, &Needle, TextMode) -> bool| {
        test(haystack, needle, mode)
            || (mode == TextMode::Json
                && needle.escapable
                && memchr::memchr(b'\\', haystack.as_bytes()).is_some()
                && test(&unescape(haystack), needle, mode))
    };
    match op {
        TextOp::Contains => holds(contains),
        TextOp::NotContains => !holds(contains),
        TextOp::StartsWith => holds(starts_with),
        TextOp::EndsWith => holds(ends_with),
        TextOp::Equal => holds(equals),
        TextOp::NotEqual => !holds(equals),
        TextOp::Greater => order(mode, haystack, needle).is_gt(),
        TextOp::Less => order(mode, haystack, needle).is_lt(),
    }
}

fn contains(haystack: &str, needle: &Needle, mode: TextMode) -> bool {
    match mode {
        TextMode::Sensitive => memmem::find(haystack.as_bytes(), needle.raw.as_bytes()).is_some(),
        TextMode::Insensitive | TextMode::Json => contains_folded(haystack, needle),
    }
}

fn starts_with(haystack: &str, needle: &Needle, mode: TextMode) -> bool {
    haystack
        .as_bytes()
        .get(..needle.raw.len())
        .is_some_and(|start| same(start, needle, mode))
}

fn ends_with(haystack: &str, needle: &Needle, mode: TextMode) -> bool {
    let start = haystack.len().checked_sub(needle.raw.len());
    start.is_some_and(|start| same(&haystack.as_bytes()[start..], needle, mode))
}

fn equals(haystack: &str, needle: &Needle, mode: TextMode) -> bool {
    same(haystack.as_bytes(), needle, mode)
}

fn same(text: &[u8], needle: &Needle, mode: TextMode) -> bool {
    match mode {
        TextMode::Sensitive => text == needle.raw.as_bytes(),
        TextMode::Insensitive | TextMode::Json => text.eq_ignore_ascii_case(needle.raw.as_bytes()),
    }
}

fn order(mode: TextMode, haystack: &str, needle: &Needle) -> Ordering {
    if mode == TextMode::Sensitive {
        return haystack.cmp(&needle.raw);
    }
    let common = haystack
        .bytes()
        .zip(needle.raw.bytes())
        .take_while(|(a, b)| a.eq_ignore_ascii_case(b))
        .count();
    lower_byte_at(haystack, common).cmp(&lower_byte_at(&needle.raw, common))
}

fn lower_byte_at(text: &str, index: usize) -> Option<u8> {
    text.as_bytes().get(index).map(u8::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MODES: [TextMode; 3] = [TextMode::Insensitive, TextMode::Sensitive, TextMode::Json];

    fn naive_fold(text: &str) -> String {
        text.chars()
            .flat_map(char::to_lowercase)
            .map(|c| if c == 'ς' { 'σ' } else { c })
            .collect()
    }

    fn test(op: TextOp, mode: TextMode, haystack: &str, needle: &str) -> bool {
        text_test(op, mode, Some(haystack), &Needle::new(needle))
    }

    #[test]
    fn contains_ignores_case() {
        for (haystack, needle, expected) in [
            ("Hello World", "o wOR", true),
            ("Hello World", "", true),
            ("", "", true),
            ("", "a", false),
            ("École", "ÉCOLE", true),
            ("ΟΔΟΣ", "οδος", true),
            ("\u{212a}elvin", "kelvin", true),
            ("kelvin", "\u{212a}", true),
            ("\u{130}x", "i", true),
            ("straße", "STRASSE", false),
            ("100%", "0%", true),
            ("100x", "0%", false),
            ("axb", "a_b", false),
        ] {
            for mode in [TextMode::Insensitive, TextMode::Json] {
                assert_eq!(
                    test(TextOp::Contains, mode, haystack, needle),
                    expected,
                    "{haystack} {needle}"
                );
                assert_eq!(test(TextOp::NotContains, mode, haystack, needle), !expected);
            }
        }
    }

    #[test]
    fn case_by_mode() {
        use TextOp::{Contains, EndsWith, Equal, Greater, Less, NotContains, NotEqual, StartsWith};
        for (op, haystack, needle, insensitive, sensitive) in [
            (Contains, "AbC", "bc", true, false),
            (NotContains, "AbC", "bc", false, true),
            (StartsWith, "AbC", "ab", true, false),
            (StartsWith, "AbC", "AbCd", false, false),
            (EndsWith, "AbC", "bc", true, false),
            (EndsWith, "é", "\u{29}", false, false),
            (Equal, "AbC", "aBc", true, false),
            (NotEqual, "AbC", "aBc", false, true),
            (Greater, "b", "A", true, true),
            (Greater, "B", "a", true, false),
            (Less, "B", "a", false, true),
            (Less, "a", "ab", true, true),
            (Greater, "ab", "a", true, true),
            (Greater, "a", "A", false, true),
        ] {
            assert_eq!(
                test(op, TextMode::Insensitive, haystack, needle),
                insensitive,
                "{op:?} {haystack} {needle}"
            );
            assert_eq!(test(op, TextMode::Json, haystack, needle), insensitive);
            assert_eq!(
                test(op, TextMode::Sensitive, haystack, needle),
                sensitive,
                "{op:?} {haystack} {needle}"
            );
        }
    }

    #[test]
    fn missing_is_empty() {
        for mode in MODES {
            assert!(text_test(TextOp::Equal, mode, None, &Needle::new("")));
            assert!(text_test(TextOp::NotEqual, mode, None, &Needle::new("x")));
            assert!(text_test(TextOp::NotContains, mode, None, &Needle::new("x")));
            assert!(text_test(TextOp::Less, mode, None, &Needle::new("x")));
            assert!(!text_test(TextOp::Greater, mode, None, &Needle::new("")));
        }
    }

    #[test]
    fn finds_escaped_forms_in_json() {
        let json = r#"{"a":"say \"hi\"\nbye C:\\x \u00c9cole \ud83d\ude00"}"#;
        for needle in [
            "say \"HI\"",
            "\"\nbye",
            "c:\\X",
            "école",
            "😀",
            r#"\"hi\""#,
            r"\u00C9",
            r#"{"a":"say"#,
        ] {
            assert!(test(TextOp::Contains, TextMode::Json, json, needle), "{needle}");
            assert!(!test(TextOp::NotContains, TextMode::Json, json, needle), "{needle}");
        }
        assert!(!test(TextOp::Contains, TextMode::Insensitive, json, "école"));
        assert!(!test(TextOp::Contains, TextMode::Json, json, "\n\n"));
        assert!(test(TextOp::Equal, TextMode::Json, r#""a\nb""#, "\"a\nb\""));
        assert!(test(TextOp::EndsWith, TextMode::Json, r#""a\nb""#, "\nB\""));
    }

    #[test]
    fn stays_linear_on_hostile_input() {
        // Every position is a candidate whose first half agrees.
        let haystack = "z".repeat(2_000_000);
        let needle = Needle::new(&format!("{}e{}", "z".repeat(20_000), "z".repeat(20_000)));
        let start = std::time::Instant::now();
        assert!(!contains_folded(&haystack, &needle));
        assert!(start.elapsed().as_secs() < 2);
    }

    proptest! {
        #[test]
        fn agrees_with_naive_search(
            haystack in "[a-cA-Ckié\u{c9}\u{212a}\u{130}\u{307}σΣς \"\\\\]{0,24}",
            needle in "[a-cA-Ckié\u{c9}\u{212a}\u{130}\u{307}σΣς \"]{0,4}",
        ) {
            let expected = naive_fold(&haystack).contains(&naive_fold(&needle));
            prop_assert_eq!(contains_folded(&haystack, &Needle::new(&needle)), expected);
        }

        #[test]
        fn agrees_with_naive_search_on_any_text(haystack: String, needle: String, from in 0_usize..9, length in 0_usize..5) {
            let part: String = haystack.chars().skip(from).take(length).collect::<String>().to_uppercase();
            for needle in [needle, part] {
                let expected = naive_fold(&haystack).contains(&naive_fold(&needle));
                prop_assert_eq!(contains_folded(&haystack, &Needle::new(&needle)), expected);
            }
        }

        #[test]
        fn agrees_with_naive_search_on_ascii(haystack in "[aAbB]{0,60}", needle in "[aAbB]{1,8}") {
            let expected = haystack.to_lowercase().contains(&needle.to_lowercase());
            prop_assert_eq!(contains_folded(&haystack, &Needle::new(&needle)), expected);
        }

        #[test]
        fn order_is_that_of_lower_case(haystack in "[aAbB\\[é]{0,4}", needle in "[aAbB\\[é]{0,4}") {
            let ordering = haystack.to_ascii_lowercase().cmp(&needle.to_ascii_lowercase());
            prop_assert_eq!(test(TextOp::Greater, TextMode::Insensitive, &haystack, &needle), ordering.is_gt());
            prop_assert_eq!(test(TextOp::Less, TextMode::Insensitive, &haystack, &needle), ordering.is_lt());
        }
    }
}
