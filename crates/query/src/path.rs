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
/// Reading it never fails: `a.b[0]`, `$.a['x y']`, `[2].c` are paths, and a key is also tried as the literal name of a
/// top-level property, which is all that remains of a key with another shape (`a..b`, `[*]`). Only a path that begins
/// with a name in quotes (`['a.b'].c`) is not, as it says itself what is literal.
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
        let is_quoted = segments.is_some() && (key.starts_with("['") || key.starts_with("[\""));
        Path {
            source: key.to_owned(),
            literal: !path_is_literal && !is_quoted,
            segments,
        }
    }

    /// The path to the top-level property of exactly that name.
    pub fn property(name: &str) -> Path {
        Path::new(&quoted(name))
    }

    /// The path that leads on from here: `a` joined with `b[0]`, `$.b[0]` or `.b[0]` is `a.b[0]`. What has not the
    /// shape of a path counts as a literal name.
    pub fn join(&self, key: &str) -> Path {
        let base = match &self.segments {
            Some(_) => self.source.clone(),
            None => quoted(&self.source),
        };
        let below = match key.strip_prefix('$') {
            Some(after_root) if after_root.is_empty() || after_root.starts_with(['.', '[']) => after_root,
            _ => key,
        };
        let dot = if below.is_empty() || below.starts_with(['.', '[']) {
            ""
        } else {
            "."
        };
        let joined = Path::new(&format!("{base}{dot}{below}"));
        if joined.segments.is_some() {
            return joined;
        }
        Path::new(&format!("{base}{}", quoted(key)))
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

/// A name as the step of a path.
fn quoted(name: &str) -> String {
    format!("['{}']", name.replace('\\', r"\\").replace('\'', r"\'"))
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
        assert_eq!(Path::new("['a.b'].c").literal(), None);
        assert_eq!(Path::new("['a").literal(), Some("['a"));
    }

    #[test]
    fn properties_and_joined_paths() {
        let joined = |path: Path| {
            let names = path.segments().unwrap_or_default().iter().map(|segment| match segment {
                Segment::Key(name) => format!("<{name}>"),
                Segment::Index(index) => format!("#{index}"),
            });
            (names.collect::<String>(), path.literal().map(str::to_owned))
        };
        for name in ["a.b", "it's", r"back\slash\'", "", "[0]", "$"] {
            assert_eq!(joined(Path::property(name)), (format!("<{name}>"), None), "{name}");
        }
        let column = Path::property("a.b");
        for (key, expected) in [
            ("c[0]", "<a.b><c>#0"),
            ("$.c", "<a.b><c>"),
            (".c", "<a.b><c>"),
            ("[1]", "<a.b>#1"),
            ("$", "<a.b>"),
            ("", "<a.b>"),
            ("$c", "<a.b><$c>"),
            ("a..b", "<a.b><a..b>"),
        ] {
            assert_eq!(joined(column.join(key)), (expected.to_owned(), None), "{key}");
        }
        assert_eq!(
            joined(Path::new("a").join("b")),
            ("<a><b>".to_owned(), Some("a.b".to_owned()))
        );
        assert_eq!(joined(Path::new("a..b").join("c")), ("<a..b><c>".to_owned(), None));
    }
}
