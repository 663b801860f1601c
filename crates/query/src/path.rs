//! Keys of dictionary filters: a literal name first, else a path into the JSON.

/// Longest path; a longer key is only a literal name.
pub const MAX_PATH_SEGMENTS: usize = 64;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Into the property of an object.
    Key(String),
    /// Into the element of an array, counted from 0.
    Index(usize),
}

/// The key of a dictionary filter.
///
/// Reading it never fails: `a.b[0]`, `$.a['x y']`, `[2].c` are paths, and every key is also tried as the literal name
/// of a top-level property, which is all that remains of a key with another shape (`a..b`, `[*]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    source: String,
    literal: bool,
    segments: Option<Vec<Segment>>,
}

impl Path {
    /// Reads a key.
    pub fn new(key: &str) -> Path {
        let segments = parse(key);
        let path_is_literal = matches!(segments.as_deref(), Some([Segment::Key(only)]) if only == key);
        Path {
            source: key.to_owned(),
            literal: !path_is_literal,
            segments,
        }
    }

    /// The key as it was given.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The name to try as a top-level property before the path, when that differs from the path.
    pub fn literal(&self) -> Option<&str> {
        self.literal.then_some(self.source.as_str())
    }

    /// The steps of the path. `None` when the key has not the shape of one.
    pub fn segments(&self) -> Option<&[Segment]> {
        self.segments.as_deref()
    }
}

fn parse(key: &str) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut rest = key;
    if let Some(after_root) = key.strip_prefix('$')
        && (after_root.is_empty() || after_root.starts_with(['.', '[']))
    {
        rest = after_root;
    } else if !key.starts_with(['.', '[']) {
        let (name, after) = take_name(key)?;
        segments.push(Segment::Key(name));
        rest = after;
    }
    while !rest.is_empty() {
        if segments.len() == MAX_PATH_SEGMENTS {
            return None;
        }
        let (segment, after) = if let Some(named) = rest.strip_prefix('.') {
            let (name, after) = take_name(named)?;
            (Segment::Key(name), after)
        } else {
            take_bracket(rest.strip_prefix('[')?)?
        };
        segments.push(segment);
        rest = after;
    }
    Some(segments)
}

fn take_name(text: &str) -> Option<(String, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty() && name != "*").then(|| (name.to_owned(), rest))
}

fn take_bracket(text: &str) -> Option<(Segment, &str)> {
    let quote = text.chars().next()?;
    if quote != '\'' && quote != '"' {
        let (digits, rest) = text.split_once(']')?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        return Some((Segment::Index(digits.parse().ok()?), rest));
    }
    let mut name = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((index, c)) = chars.next() {
        match c {
            '\\' => name.push(chars.next()?.1),
            c if c == quote => {
                let rest = text[index + c.len_utf8()..].strip_prefix(']')?;
                return Some((Segment::Key(name), rest));
            }
            c => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(key: &str) -> Option<String> {
        let path = Path::new(key);
        path.segments().map(|segments| {
            segments
                .iter()
                .map(|segment| match segment {
                    Segment::Key(name) => format!("<{name}>"),
                    Segment::Index(index) => format!("#{index}"),
                })
                .collect()
        })
    }

    #[test]
    fn reads_paths() {
        for (key, expected) in [
            ("a", "<a>"),
            ("a.b", "<a><b>"),
            ("$.a.b", "<a><b>"),
            ("$", ""),
            ("$[1].x", "#1<x>"),
            ("[0]", "#0"),
            (".a", "<a>"),
            ("list[0].x", "<list>#0<x>"),
            ("list[0][12]", "<list>#0#12"),
            ("['x y']", "<x y>"),
            ("a[\"x.y\"].z", "<a><x.y><z>"),
            (r"['it\'s']", "<it's>"),
            ("a-b c.d", "<a-b c><d>"),
            ("$price", "<$price>"),
            ("größe.ö", "<größe><ö>"),
        ] {
            assert_eq!(shape(key).as_deref(), Some(expected), "{key}");
        }
    }

    #[test]
    fn other_shapes_are_only_literal() {
        for key in [
            "a..b", "a.", "[*]", "a.*", "[x]", "[1", "['x]", "a[]", "[-1]", "a]b[", "", "[0]x",
        ] {
            let path = Path::new(key);
            if key.is_empty() {
                continue;
            }
            assert_eq!(path.segments(), None, "{key}");
            assert_eq!(path.literal(), Some(key));
        }
        let long = vec!["a"; MAX_PATH_SEGMENTS + 1].join(".");
        assert_eq!(Path::new(&long).segments(), None);
        assert!(Path::new(&long[2..]).segments().is_some());
    }

    #[test]
    fn literal_only_where_it_differs() {
        assert_eq!(Path::new("a").literal(), None);
        assert_eq!(Path::new("a.b").literal(), Some("a.b"));
        assert_eq!(Path::new("$.a").literal(), Some("$.a"));
    }
}
