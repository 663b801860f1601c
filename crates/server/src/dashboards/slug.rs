//! Names as parts of URLs.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// Longest slug without its number, in characters.
const MAX_CHARS: usize = 150;

/// The name in lower case, without accents, with one hyphen for each run of what is neither letter nor digit.
pub(super) fn slug(name: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    let mut slug = String::with_capacity(decomposed.len());
    for character in decomposed.chars().filter(|character| !is_mark(*character)) {
        if character.is_alphanumeric() {
            slug.extend(character.to_lowercase().filter(|character| !is_mark(*character)));
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_matches('-').chars().take(MAX_CHARS).collect();
    slug.trim_end_matches('-').to_owned()
}

/// Whether a character only changes the one before it.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_plain() {
        for (name, expected) in [
            ("My Dashboard", "my-dashboard"),
            ("  --Überblick: Qualité & Coût!! ", "uberblick-qualite-cout"),
            ("a__b  c", "a-b-c"),
            ("İstanbul", "istanbul"),
            ("日本 2026", "日本-2026"),
            ("!!!", ""),
        ] {
            assert_eq!(slug(name), expected, "{name}");
        }
        assert_eq!(slug(&"x".repeat(200)).len(), MAX_CHARS);
    }
}
