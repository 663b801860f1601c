//! The `sorting` parameter of the list of projects.

use serde::Deserialize;

use crate::http::{ApiError, ApiResult};

/// Fields that projects can be sorted by.
pub(super) const SORTABLE: [&str; 5] = ["id", "name", "last_updated_at", "created_at", "last_updated_trace_at"];

/// Longest parameter in bytes.
const MAX_BYTES: usize = 16 * 1024;

#[derive(Deserialize)]
struct SortField {
    field: String,
    direction: Option<Direction>,
}

#[derive(Deserialize)]
enum Direction {
    #[serde(rename = "ASC", alias = "asc")]
    Ascending,
    #[serde(rename = "DESC", alias = "desc")]
    Descending,
}

/// The field to sort by and whether it descends. Only the first field of the list counts, and one that projects cannot
/// be sorted by is no field.
///
/// # Errors
/// 400 when the text is no list of fields.
pub(super) fn parse(text: Option<&str>) -> ApiResult<Option<(String, bool)>> {
    let Some(text) = text else { return Ok(None) };
    let invalid = || {
        let echo: String = text.chars().take(200).collect();
        ApiError::bad_request(format!("Invalid sorting query parameter '{echo}'"))
    };
    if text.len() > MAX_BYTES {
        return Err(invalid());
    }
    let fields: Vec<SortField> = serde_json::from_str(text).map_err(|_| invalid())?;
    let first = fields
        .into_iter()
        .next()
        .filter(|sort| SORTABLE.contains(&sort.field.as_str()));
    Ok(first.map(|sort| (sort.field, matches!(sort.direction, Some(Direction::Descending)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_known_field_counts() {
        let sort = |text| parse(Some(text)).unwrap();
        assert_eq!(sort(r#"[{"field":"name"}]"#), Some(("name".to_owned(), false)));
        assert_eq!(
            sort(r#"[{"field":"created_at","direction":"DESC"},{"field":"name"}]"#),
            Some(("created_at".to_owned(), true))
        );
        assert_eq!(sort(r#"[{"field":"colour","direction":"ASC"}]"#), None);
        assert_eq!(sort("[]"), None);
        assert_eq!(parse(None).unwrap(), None);
        for text in [
            "{",
            "name",
            r#"[{"direction":"ASC"}]"#,
            r#"[{"field":"name","direction":"UP"}]"#,
        ] {
            let error = parse(Some(text)).unwrap_err();
            assert!(error.body().contains("Invalid sorting query parameter"), "{text}");
        }
    }
}
