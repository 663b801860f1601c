//! Rules that bodies of traces, spans and threads share.

use std::fmt::{self, Display};

use ferropik_model::{Timestamp, id, wire};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::http::{ApiError, ApiResult, Violations};

/// Most elements of a batch.
pub(crate) const MAX_BATCH: usize = wire::MAX_BATCH;

/// Most tags that one request may set, add or remove.
pub(crate) const MAX_TAGS: usize = 50;

/// Longest tag, in characters.
pub(crate) const MAX_TAG_CHARS: usize = 100;

/// Longest deployment name, in characters.
const MAX_ENVIRONMENT_CHARS: usize = 150;

/// Longest name of a project, in characters.
const MAX_PROJECT_NAME_CHARS: usize = 150;

const EVENT_TIME_RULE: &str =
    "must be after or equal 1970-01-01T00:00:00.000000Z and before 2262-04-11T23:47:16.000000000Z";

/// 2300-01-01T00:00:00Z in microseconds since the epoch.
const UPDATE_TIME_END_MICROS: i64 = 10_413_792_000_000_000;

const UPDATE_TIME_RULE: &str =
    "must be after or equal 1970-01-01T00:00:00.000000Z and before 2300-01-01T00:00:00.000000Z";

/// Where in a body a property is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The body itself.
    Top,
    /// An element of a list of the body.
    Element(&'static str, usize),
    /// An object in the body.
    Within(&'static str),
}

impl Place {
    /// The path of a property that is there.
    pub(crate) fn at(self, property: &str) -> PropertyPath<'_> {
        PropertyPath { place: self, property }
    }
}

/// The path of a property, such as `traces[0].startTime`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PropertyPath<'a> {
    place: Place,
    property: &'a str,
}

impl Display for PropertyPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Top => {}
            Place::Element(list, index) => write!(f, "{list}[{index}].")?,
            Place::Within(object) => write!(f, "{object}.")?,
        }
        f.write_str(self.property)
    }
}

/// The list of a batch: present, with 1 to [`MAX_BATCH`] elements.
pub(crate) fn batch<'a, T>(list: Option<&'a [T]>, name: &'static str, found: &mut Violations) -> &'a [T] {
    let Some(list) = list else {
        found.add(name, "must not be null");
        return &[];
    };
    found.size(list.len(), 1, MAX_BATCH, name);
    list
}

/// Checks a batch of ids by itself.
///
/// # Errors
/// 422.
pub(crate) fn required_ids(ids: Option<Vec<Uuid>>) -> ApiResult<Vec<Uuid>> {
    let mut found = Violations::new();
    batch(ids.as_deref(), "ids", &mut found);
    found.finish()?;
    Ok(ids.unwrap_or_default())
}

/// `projectName` may be absent, but not blank or longer than the name of a project.
pub(crate) fn project_name(name: Option<&str>, place: Place, found: &mut Violations) {
    found.null_or_not_blank(name, place.at("projectName"));
    let is_short = name.is_none_or(|name| at_most(name.trim(), MAX_PROJECT_NAME_CHARS));
    found.check(
        is_short,
        place.at("projectName"),
        format_args!("cannot exceed {MAX_PROJECT_NAME_CHARS} characters"),
    );
}

/// A required start time in range.
pub(crate) fn start_time(time: Option<Timestamp>, place: Place, found: &mut Violations) {
    found.not_null(time.as_ref(), place.at("startTime"));
    event_time(time, "startTime", place, found);
}

/// An optional start or end time in range.
pub(crate) fn event_time(time: Option<Timestamp>, property: &str, place: Place, found: &mut Violations) {
    let end = Timestamp::from_nanos(Timestamp::MAX_EVENT_NANOS);
    let is_in_range = time.is_none_or(|time| (Timestamp::EPOCH..end).contains(&time));
    found.check(is_in_range, place.at(property), EVENT_TIME_RULE);
}

/// An optional time of the last update in range.
pub(crate) fn last_updated_at(time: Option<Timestamp>, place: Place, found: &mut Violations) {
    let end = Timestamp::from_micros(UPDATE_TIME_END_MICROS);
    let is_in_range = time.is_none_or(|time| (Timestamp::EPOCH..end).contains(&time));
    found.check(is_in_range, place.at("lastUpdatedAt"), UPDATE_TIME_RULE);
}

/// The length of a deployment name.
pub(crate) fn environment(name: Option<&str>, place: Place, found: &mut Violations) {
    let is_short = name.is_none_or(|name| at_most(name, MAX_ENVIRONMENT_CHARS));
    found.check(
        is_short,
        place.at("environment"),
        format_args!("cannot exceed {MAX_ENVIRONMENT_CHARS} characters"),
    );
}

/// A time to first token.
pub(crate) fn ttft(millis: Option<f64>, place: Place, found: &mut Violations) {
    let is_valid = millis.is_none_or(|millis| millis.is_finite() && millis >= 0.0);
    found.check(is_valid, place.at("ttft"), "must be greater than or equal to 0");
}

/// A cost that a client gives.
pub(crate) fn cost(amount: Option<Decimal>, place: Place, found: &mut Violations) {
    let is_valid = amount.is_none_or(|amount| amount >= Decimal::ZERO);
    found.check(
        is_valid,
        place.at("totalEstimatedCost"),
        "must be greater than or equal to 0.0",
    );
}

/// The three lists of tags that an update may have.
pub(crate) fn tag_lists(
    tags: Option<&[String]>,
    to_add: Option<&[String]>,
    to_remove: Option<&[String]>,
    place: Place,
    found: &mut Violations,
) {
    let lists = [
        (tags, "tags", ""),
        (to_add, "tagsToAdd", " to add"),
        (to_remove, "tagsToRemove", " to remove"),
    ];
    for (list, property, purpose) in lists {
        let Some(list) = list else { continue };
        let path = place.at(property);
        found.check(
            list.len() <= MAX_TAGS,
            path,
            format_args!("Cannot have more than {MAX_TAGS} tags{purpose}"),
        );
        for tag in list {
            let element = format_args!("{path}[].<iterable element>");
            found.check(!tag.trim().is_empty(), element, "Tag must not be blank");
            found.check(
                at_most(tag, MAX_TAG_CHARS),
                format_args!("{path}[].<iterable element>"),
                format_args!("Tag cannot exceed {MAX_TAG_CHARS} characters"),
            );
        }
    }
}

/// Whether an id that a client chose is of version 7; `entity` as in `Trace`, written the way the endpoint does.
///
/// # Errors
/// 400.
pub(crate) fn version_7(value: Uuid, entity: &str) -> ApiResult<()> {
    if id::is_v7(value) {
        Ok(())
    } else {
        Err(ApiError::not_v7(entity))
    }
}

/// The id that a client chose, or a new one.
pub(crate) fn id_or_new(chosen: Option<Uuid>) -> Uuid {
    match chosen {
        Some(chosen) => chosen,
        None => id::new(),
    }
}

/// Blank text counts as absent.
pub(crate) fn drop_blank(text: &mut Option<String>) {
    if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
        *text = None;
    }
}

/// `size must be between 0 and <max>` characters.
pub(crate) fn max_size(text: Option<&str>, max: usize, path: impl Display, found: &mut Violations) {
    found.check(
        text.is_none_or(|text| at_most(text, max)),
        path,
        format_args!("size must be between 0 and {max}"),
    );
}

/// `cannot exceed <max> characters`.
pub(crate) fn max_chars(text: Option<&str>, max: usize, path: impl Display, found: &mut Violations) {
    found.check(
        text.is_none_or(|text| at_most(text, max)),
        path,
        format_args!("cannot exceed {max} characters"),
    );
}

/// Whether a text has at most so many characters.
pub(crate) fn at_most(text: &str, chars: usize) -> bool {
    text.len() <= chars || text.chars().count() <= chars
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn errors(check: impl FnOnce(&mut Violations)) -> Vec<String> {
        let mut found = Violations::new();
        check(&mut found);
        match found.finish() {
            Ok(()) => Vec::new(),
            Err(error) => {
                let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
                assert_eq!(error.status(), 422);
                serde_json::from_value(body["errors"].clone()).unwrap()
            }
        }
    }

    #[test]
    fn batches_have_one_to_a_thousand_elements() {
        let check = |list: Option<&[u8]>| {
            errors(|found| {
                batch(list, "traces", found);
            })
        };
        let size = ["traces size must be between 1 and 1000"];
        assert_eq!(check(Some(&[])), size);
        assert_eq!(check(Some(&[0; 1001])), size);
        assert_eq!(check(None), ["traces must not be null"]);
        assert!(check(Some(&[0; 1000])).is_empty());
    }

    #[test]
    fn instants_have_bounds() {
        let text = |text: &str| Some(Timestamp::parse(text).unwrap());
        let place = Place::Element("traces", 3);
        assert_eq!(
            errors(|found| start_time(None, place, found)),
            ["traces[3].startTime must not be null"]
        );
        assert_eq!(
            errors(|found| event_time(text("2262-04-11T23:47:16Z"), "endTime", Place::Top, found)),
            ["endTime must be after or equal 1970-01-01T00:00:00.000000Z and before 2262-04-11T23:47:16.000000000Z"]
        );
        assert!(errors(|found| start_time(text("2262-04-11T23:47:15.999999999Z"), place, found)).is_empty());
        assert!(errors(|found| start_time(text("1970-01-01T00:00:00Z"), place, found)).is_empty());
        assert_eq!(
            errors(|found| start_time(text("1969-12-31T23:59:59.9Z"), place, found)).len(),
            1
        );
        assert!(errors(|found| last_updated_at(text("2299-12-31T23:59:59Z"), place, found)).is_empty());
        assert_eq!(
            errors(|found| last_updated_at(text("2300-01-01T00:00:00Z"), Place::Top, found)),
            ["lastUpdatedAt must be after or equal 1970-01-01T00:00:00.000000Z and before 2300-01-01T00:00:00.000000Z"]
        );
    }

    #[test]
    fn texts_and_numbers_have_bounds() {
        let long = "ä".repeat(151);
        assert_eq!(
            errors(|found| environment(Some(&long), Place::Element("spans", 0), found)),
            ["spans[0].environment cannot exceed 150 characters"]
        );
        assert!(errors(|found| environment(Some(&long[..300]), Place::Top, found)).is_empty());
        assert_eq!(
            errors(|found| project_name(Some(" "), Place::Top, found)),
            ["projectName must not be blank"]
        );
        assert_eq!(
            errors(|found| ttft(Some(-0.1), Place::Within("update"), found)),
            ["update.ttft must be greater than or equal to 0"]
        );
        assert_eq!(errors(|found| ttft(Some(f64::NAN), Place::Top, found)).len(), 1);
        assert_eq!(
            errors(|found| cost(Some(Decimal::NEGATIVE_ONE), Place::Top, found)),
            ["totalEstimatedCost must be greater than or equal to 0.0"]
        );
    }

    #[test]
    fn tags_have_a_number_and_a_length() {
        let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
        let odd = vec![" ".to_owned(), "x".repeat(101)];
        assert_eq!(
            errors(|found| tag_lists(Some(&many), Some(&many), Some(&odd), Place::Within("update"), found)),
            [
                "update.tags Cannot have more than 50 tags",
                "update.tagsToAdd Cannot have more than 50 tags to add",
                "update.tagsToRemove[].<iterable element> Tag must not be blank",
                "update.tagsToRemove[].<iterable element> Tag cannot exceed 100 characters",
            ]
        );
    }

    #[test]
    fn only_version_7_is_taken() {
        assert!(version_7(id::new(), "Trace").is_ok());
        assert_eq!(
            version_7(Uuid::from_u128(4 << 76), "span").unwrap_err().body(),
            r#"{"code":400,"message":"Invalid UUID for id","details":"span id must be a version 7 UUID"}"#
        );
    }

    proptest! {
        #[test]
        fn length_counts_characters(text in "\\PC{0,20}", limit in 0_usize..20) {
            prop_assert_eq!(at_most(&text, limit), text.chars().count() <= limit);
        }
    }
}
