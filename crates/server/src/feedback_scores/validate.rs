//! Rules of scores.

use ferropik_model::decimal::SCORE_SCALE;
use ferropik_model::{ScoreItem, ScoreSource, ScoreWrite, ThreadScoreItem, wire, wire_object};
use ferropik_store::NewScore;
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use crate::http::{ApiError, ApiResult, Violations};
use crate::records::rules::{self, Place};

/// 999999999.999999999
const MAX_VALUE: Decimal = Decimal::from_parts(2_808_348_671, 232_830_643, 0, false, SCORE_SCALE);

/// Digits after the point up to which a value is read as it is; those beyond [`SCORE_SCALE`] are cut off when it is
/// stored. A value with more digits is rounded first.
const EXACT_SCALE: u32 = 12;

wire_object! {
    /// Scores of traces or of spans.
    pub struct ScoreBatch {
        /// 1 to 1000 scores.
        pub scores: Option<Vec<ScoreItem>> = wire::batch,
    }
}

wire_object! {
    /// Scores of threads.
    pub struct ThreadScoreBatch {
        /// 1 to 1000 scores.
        pub scores: Option<Vec<ThreadScoreItem>> = wire::batch,
    }
}

/// A score that is checked, with what it is on and the name of its project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckedItem<T> {
    pub(super) target: T,
    pub(super) project_name: Option<String>,
    pub(super) score: NewScore,
}

/// A single score.
///
/// # Errors
/// 422.
pub(super) fn single(score: ScoreWrite) -> ApiResult<NewScore> {
    let mut found = Violations::new();
    let score = checked(score, Place::Top, &mut found);
    found.finish()?;
    score.ok_or_else(not_checked)
}

/// Scores of traces or of spans; `entity` is `trace` or `span`.
///
/// # Errors
/// 422, or 400 when an id is not of version 7.
pub(super) fn items(batch: ScoreBatch, entity: &str) -> ApiResult<Vec<CheckedItem<Uuid>>> {
    let mut found = Violations::new();
    rules::batch(batch.scores.as_deref(), "scores", &mut found);
    let mut checked_items = Vec::new();
    for (index, item) in batch.scores.unwrap_or_default().into_iter().enumerate() {
        let place = Place::Element("scores", index);
        rules::project_name(item.project_name.as_deref(), place, &mut found);
        found.not_null(item.id.as_ref(), place.at("id"));
        let ScoreItem {
            id,
            project_name,
            name,
            category_name,
            value,
            reason,
            source,
            source_queue_id,
        } = item;
        let score = ScoreWrite {
            name,
            category_name,
            value,
            reason,
            source,
            source_queue_id,
        };
        if let (Some(target), Some(score)) = (id, checked(score, place, &mut found)) {
            checked_items.push(CheckedItem {
                target,
                project_name,
                score,
            });
        }
    }
    found.finish()?;
    checked_items
        .iter()
        .try_for_each(|item| rules::version_7(item.target, entity))?;
    Ok(checked_items)
}

/// Scores of threads.
///
/// # Errors
/// 422.
pub(super) fn thread_items(batch: ThreadScoreBatch) -> ApiResult<Vec<CheckedItem<String>>> {
    let mut found = Violations::new();
    rules::batch(batch.scores.as_deref(), "scores", &mut found);
    let mut checked_items = Vec::new();
    for (index, item) in batch.scores.unwrap_or_default().into_iter().enumerate() {
        let place = Place::Element("scores", index);
        rules::project_name(item.project_name.as_deref(), place, &mut found);
        found.not_blank(item.thread_id.as_deref(), place.at("threadId"));
        let ThreadScoreItem {
            thread_id,
            project_name,
            name,
            category_name,
            value,
            reason,
            source,
            source_queue_id,
        } = item;
        let score = ScoreWrite {
            name,
            category_name,
            value,
            reason,
            source,
            source_queue_id,
        };
        if let (Some(target), Some(score)) = (thread_id, checked(score, place, &mut found)) {
            checked_items.push(CheckedItem {
                target,
                project_name,
                score,
            });
        }
    }
    found.finish()?;
    Ok(checked_items)
}

/// The score, unless something required is missing.
pub(crate) fn checked(score: ScoreWrite, place: Place, found: &mut Violations) -> Option<NewScore> {
    found.not_blank(score.name.as_deref(), place.at("name"));
    found.not_null(score.value.as_ref(), place.at("value"));
    let value = score.value.map(rounded);
    if let Some(value) = value {
        found.check(
            value <= MAX_VALUE,
            place.at("value"),
            format_args!("must be less than or equal to {MAX_VALUE}"),
        );
        found.check(
            value >= -MAX_VALUE,
            place.at("value"),
            format_args!("must be greater than or equal to -{MAX_VALUE}"),
        );
    }
    found.not_null::<ScoreSource>(score.source.as_ref(), place.at("source"));
    Some(NewScore {
        name: score.name?,
        category_name: trimmed(score.category_name),
        value: value?,
        reason: trimmed(score.reason),
        source: score.source?,
        source_queue_id: score.source_queue_id,
    })
}

fn not_checked() -> ApiError {
    ApiError::internal("a score was not checked")
}

/// Values with very many digits, as floating-point noise has them, are rounded.
fn rounded(value: Decimal) -> Decimal {
    if value.scale() <= EXACT_SCALE {
        return value;
    }
    value.round_dp_with_strategy(SCORE_SCALE, RoundingStrategy::MidpointNearestEven)
}

fn trimmed(text: Option<String>) -> Option<String> {
    let text = text?;
    let kept = text.trim();
    if kept.is_empty() {
        return None;
    }
    if kept.len() == text.len() {
        Some(text)
    } else {
        Some(kept.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use ferropik_model::id;
    use proptest::prelude::*;

    use super::*;

    fn score(text: &str) -> ApiResult<NewScore> {
        single(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn name_value_and_source_are_required() {
        assert_eq!(
            score("{}").unwrap_err().body(),
            r#"{"errors":["name must not be blank","value must not be null","source must not be null"]}"#
        );
        let batch: ScoreBatch = serde_json::from_str(r#"{"scores":[{"name":"a","value":1,"source":"sdk"}]}"#).unwrap();
        assert_eq!(
            items(batch, "trace").unwrap_err().body(),
            r#"{"errors":["scores[0].id must not be null"]}"#
        );
        let batch: ThreadScoreBatch =
            serde_json::from_str(r#"{"scores":[{"name":"a","value":1,"source":"sdk","thread_id":""}]}"#).unwrap();
        assert_eq!(
            thread_items(batch).unwrap_err().body(),
            r#"{"errors":["scores[0].threadId must not be blank"]}"#
        );
    }

    #[test]
    fn values_have_bounds() {
        let with = |value: &str| score(&format!(r#"{{"name":"a","source":"ui","value":{value}}}"#));
        assert_eq!(MAX_VALUE.to_string(), "999999999.999999999");
        assert_eq!(
            with("1000000000").unwrap_err().body(),
            r#"{"errors":["value must be less than or equal to 999999999.999999999"]}"#
        );
        assert_eq!(
            with("-1e9").unwrap_err().body(),
            r#"{"errors":["value must be greater than or equal to -999999999.999999999"]}"#
        );
        assert_eq!(
            with("-999999999.999999999").unwrap().value.to_string(),
            "-999999999.999999999"
        );
        assert_eq!(
            with("999999999.999999999").unwrap().value.to_string(),
            "999999999.999999999"
        );
    }

    #[test]
    fn long_values_are_rounded_half_even_and_shorter_ones_kept() {
        let value = |text: &str| rounded(text.parse().unwrap()).to_string();
        assert_eq!(value("0.1234567895000"), "0.123456790");
        assert_eq!(value("0.1234567885000"), "0.123456788");
        assert_eq!(value("0.30000000000000004"), "0.300000000");
        assert_eq!(value("0.123456789999"), "0.123456789999");
    }

    #[test]
    fn labels_are_trimmed() {
        let score =
            score(r#"{"name":" a ","source":"online_scoring","value":0,"category_name":" x ","reason":" "}"#).unwrap();
        assert_eq!(score.name, " a ");
        assert_eq!((score.category_name.as_deref(), score.reason), (Some("x"), None));
    }

    #[test]
    fn ids_are_of_version_7() {
        let body = |id: Uuid| {
            let text = format!(r#"{{"scores":[{{"id":"{id}","name":"a","value":1,"source":"sdk"}}]}}"#);
            items(serde_json::from_str(&text).unwrap(), "span")
        };
        assert_eq!(body(id::new()).unwrap().len(), 1);
        assert!(
            body(Uuid::from_u128(4 << 76))
                .unwrap_err()
                .body()
                .contains("span id must be a version 7 UUID")
        );
    }

    proptest! {
        #[test]
        fn rounding_moves_less_than_the_last_digit(mantissa in any::<i64>(), scale in 0_u32..28) {
            let value = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
            prop_assert!((rounded(value) - value).abs() <= Decimal::new(5, SCORE_SCALE + 1));
            prop_assert!(rounded(value).scale() <= EXACT_SCALE);
        }
    }
}
