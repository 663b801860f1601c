//! The guide to filters holds the tables that the code declares.

use std::fmt::Write as _;
use std::path::Path;

use ferropik_query::{Entity, fields_markdown};

const INTRODUCTION: &str = "# Filters and sorting

Lists take `filters` (the text of a JSON array) and `sorting` as query parameters, searches take `filters` as an array in
the body. All conditions must hold. SDKs build them from the query language, for example
`opik.Opik().search_traces(filter_string='tags contains \"prod\" AND feedback_scores.accuracy > 0.8')`.

```json
[{\"field\": \"metadata\", \"key\": \"user.plan\", \"operator\": \"=\", \"value\": \"pro\"}]
```

This page is generated from the tables in the code: run `FERROPIK_UPDATE_DOCS=1 cargo test -p ferropik-query --test docs`
after a change.
";

const INSIDE_JSON: &str = "The rows of the view that compares experiments. A filter on any other field also names the `type` of the value, which is
`string`, `number`, `dictionary` or `list`: `input.<path>`, `output.<path>` and `metadata.<path>` reach into the trace,
`data.<column>` or a bare name is a column of the dataset item. The `key` of a dictionary leads on from there.

```json
[{\"field\": \"data.question\", \"type\": \"string\", \"operator\": \"contains\", \"value\": \"Rust\"}]
```

";

#[test]
fn the_guide_to_filters_is_current() {
    let mut page = INTRODUCTION.to_owned();
    for entity in Entity::ALL {
        let name = entity.as_str();
        let (first, rest) = name.split_at(1);
        write!(page, "\n## {}{rest}s\n\n", first.to_uppercase()).unwrap();
        if entity == Entity::ExperimentItem {
            page.push_str(INSIDE_JSON);
        }
        page.push_str(&fields_markdown(entity));
    }
    let page = format!("{}\n", page.trim_end());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/filters.md");
    if std::env::var_os("FERROPIK_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap_or_default(),
        page,
        "docs/filters.md is not current"
    );
}
