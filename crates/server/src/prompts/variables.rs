//! Names in templates.

use ferropik_model::PromptType;
use indexmap::IndexSet;

/// The names that a template asks values for, each once, in the order of their first appearance.
///
/// - Mustache: the names of all value tags, also those inside of sections, but not those of sections. A template that
///   Mustache would refuse has none.
/// - Python: names in single braces.
/// - Jinja: none, as they would only be known by running it.
pub(super) fn of_template(template: &str, template_type: PromptType) -> Vec<String> {
    let names = match template_type {
        PromptType::Mustache => mustache(template).unwrap_or_default(),
        PromptType::Python => python(template),
        PromptType::Jinja2 => IndexSet::new(),
    };
    names.into_iter().map(str::to_owned).collect()
}

/// The template is no Mustache.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// The marks that tags are written between.
#[derive(Clone, Copy)]
struct Delimiters<'a> {
    open: &'a str,
    close: &'a str,
}

const BRACES: Delimiters<'static> = Delimiters {
    open: "{{",
    close: "}}",
};

fn mustache(template: &str) -> Result<IndexSet<&str>, Malformed> {
    let mut names = IndexSet::new();
    let mut sections: Vec<&str> = Vec::new();
    let mut delimiters = BRACES;
    let mut rest = template;
    while let Some(start) = rest.find(delimiters.open) {
        rest = &rest[start + delimiters.open.len()..];
        // Three braces only mean something between braces.
        if delimiters.open == BRACES.open && rest.starts_with('{') {
            let (name, after) = rest[1..].split_once("}}}").ok_or(Malformed)?;
            names.insert(value_name(name)?);
            rest = after;
            continue;
        }
        let (tag, after) = rest.split_once(delimiters.close).ok_or(Malformed)?;
        rest = after;
        let tag = tag.trim();
        let mark = tag.chars().next().ok_or(Malformed)?;
        let operand = tag[mark.len_utf8()..].trim();
        match mark {
            '!' | '>' | '%' => {}
            '#' | '^' | '<' | '$' => sections.push(operand),
            '/' => {
                if sections.pop() != Some(operand) {
                    return Err(Malformed);
                }
            }
            '=' => delimiters = new_delimiters(operand)?,
            '&' => {
                names.insert(value_name(operand)?);
            }
            _ => {
                names.insert(value_name(tag)?);
            }
        }
    }
    if sections.is_empty() { Ok(names) } else { Err(Malformed) }
}

fn value_name(name: &str) -> Result<&str, Malformed> {
    let name = name.trim();
    if name.is_empty() { Err(Malformed) } else { Ok(name) }
}

/// Reads `<% %>=`, the rest of a tag that changes the delimiters.
fn new_delimiters(operand: &str) -> Result<Delimiters<'_>, Malformed> {
    let marks = operand.strip_suffix('=').ok_or(Malformed)?;
    let mut marks = marks.split_whitespace();
    match (marks.next(), marks.next(), marks.next()) {
        (Some(open), Some(close), None) => Ok(Delimiters { open, close }),
        _ => Err(Malformed),
    }
}

/// Names of letters, digits and underscores in braces that stand alone.
fn python(template: &str) -> IndexSet<&str> {
    let bytes = template.as_bytes();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut names = IndexSet::new();
    for (index, _) in template.match_indices('{') {
        let start = index + 1;
        let length = bytes[start..].iter().take_while(|byte| is_name(**byte)).count();
        let end = start + length;
        let is_doubled = (index > 0 && bytes[index - 1] == b'{') || bytes.get(end + 1) == Some(&b'}');
        if length > 0 && bytes.get(end) == Some(&b'}') && !is_doubled {
            names.insert(&template[start..end]);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(template: &str) -> Vec<String> {
        of_template(template, PromptType::Mustache)
    }

    #[test]
    fn mustache_values_of_all_kinds() {
        assert_eq!(
            names("Hi {{ name }}, {{{raw}}} {{&also}} {{& spaced }}"),
            ["name", "raw", "also", "spaced"]
        );
        assert_eq!(names("{{a}}{{a}}{{b}}{{a}}"), ["a", "b"]);
        assert_eq!(names("{{user.name}} {{größe}} {{.}}"), ["user.name", "größe", "."]);
        assert_eq!(names("{{#list}}{{x}}{{^empty}}{{y}}{{/empty}}{{/list}}"), ["x", "y"]);
        assert_eq!(names("{{! a comment {{x}} {{y}}"), ["y"]);
        assert_eq!(names("{{=<% %>=}}<% a %> {{b}} <%={{ }}=%>{{c}}"), ["a", "c"]);
        assert_eq!(names(r#"[{"role":"user","content":"{{question}}"}]"#), ["question"]);
        assert!(names("no names").is_empty());
        assert!(names("{single}").is_empty());
    }

    #[test]
    fn malformed_mustache_has_no_names() {
        for template in [
            "{{a}} {{b",
            "{{a}} {{{b}}",
            "{{a}}{{}}",
            "{{a}}{{ }}",
            "{{a}}{{&}}",
            "{{a}}{{#s}}",
            "{{a}}{{/s}}",
            "{{#s}}{{a}}{{/t}}",
            "{{#s}}{{#t}}{{a}}{{/s}}{{/t}}",
            "{{a}}{{=x=}}",
            "{{a}}{{=<% %>}}",
        ] {
            assert!(names(template).is_empty(), "{template}");
        }
    }

    #[test]
    fn python_names_stand_in_single_braces() {
        let names = |template| of_template(template, PromptType::Python);
        assert_eq!(names("{a} {b_1}{a} {{c}} {d }, {} {e:>3} {f}} {{g} {ü}"), ["a", "b_1"]);
        assert_eq!(names("{\"k\": {v}}"), Vec::<String>::new());
        assert_eq!(names("{x} {y}"), ["x", "y"]);
        assert!(names("{").is_empty());
    }

    #[test]
    fn jinja_names_are_not_known() {
        assert!(of_template("{{ a }}", PromptType::Jinja2).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC*", kind in 0..3) {
            let kind = [PromptType::Mustache, PromptType::Jinja2, PromptType::Python][kind as usize];
            of_template(&text, kind);
        }

        #[test]
        fn any_tags_can_be_read(text in "[{}a#/^!=&<%$>. ü]{0,40}") {
            for name in names(&text) {
                prop_assert_eq!(name.trim(), &name);
                prop_assert!(!name.is_empty() && text.contains(&name));
            }
            of_template(&text, PromptType::Python);
        }

        #[test]
        fn values_are_found_between_text(parts in prop::collection::vec(("[a-z]{1,8}", "[^{}]{0,8}"), 0..8)) {
            let template: String = parts.iter().map(|(name, text)| format!("{{{{ {name} }}}}{text}")).collect();
            let expected: IndexSet<String> = parts.iter().map(|(name, _)| name.clone()).collect();
            prop_assert_eq!(names(&template), expected.into_iter().collect::<Vec<_>>());
        }
    }
}
