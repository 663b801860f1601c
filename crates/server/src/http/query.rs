//! Query parameters.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use ferropik_model::Timestamp;
use http::request::Parts;
use uuid::Uuid;

use super::error::{ApiError, ApiResult};

/// Number of items on a page when the client does not say.
pub const DEFAULT_PAGE_SIZE: u64 = 10;

/// The query parameters of a request. Of a repeated parameter the first one counts.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the text after the question mark. Escapes that are no UTF-8 become replacement characters.
    pub fn parse(text: &str) -> Query {
        // Reading pairs of text from an URL-encoded text has no failing case.
        Query(serde_urlencoded::from_str(text).unwrap_or_default())
    }

    /// A parameter as it was sent, also when it is empty.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that is not blank.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.trim().is_empty())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// 400 when it is absent or blank.
    pub fn required(&self, name: &str) -> ApiResult<&str> {
        self.text(name)
            .ok_or_else(|| ApiError::invalid_parameter(format!("query param {name} must not be null")))
    }

    /// A UUID.
    ///
    /// # Errors
    /// 404 for other text, as for a path that leads nowhere.
    pub fn uuid(&self, name: &str) -> ApiResult<Option<Uuid>> {
        self.text(name)
            .map(|text| Uuid::try_parse(text).map_err(|_| ApiError::no_such_route()))
            .transpose()
    }

    /// A UUID that must be there.
    ///
    /// # Errors
    /// 400 when it is absent, 404 when it is malformed.
    pub fn required_uuid(&self, name: &str) -> ApiResult<Uuid> {
        self.required(name)?;
        self.uuid(name)?.ok_or_else(ApiError::no_such_route)
    }

    /// An instant: ISO-8601 or milliseconds since the epoch; blank is absent.
    ///
    /// # Errors
    /// 400 for other text.
    pub fn instant(&self, name: &str) -> ApiResult<Option<Timestamp>> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        Timestamp::parse_iso_or_millis(text).map(Some).map_err(|_| {
            ApiError::bad_request(format!(
                "Invalid instant format: '{text}'. Expected ISO-8601 (e.g., 2024-01-01T00:00:00Z) or milliseconds since \
                 epoch"
            ))
        })
    }

    /// `from_time` and `to_time`.
    ///
    /// # Errors
    /// 400 for malformed instants or when the range is empty.
    pub fn time_range(&self) -> ApiResult<(Option<Timestamp>, Option<Timestamp>)> {
        let (from, to) = (self.instant("from_time")?, self.instant("to_time")?);
        check_time_range(from, to)?;
        Ok((from, to))
    }

    /// The number of the page, from 1.
    ///
    /// # Errors
    /// 400 below 1, 404 when it is no number.
    pub fn page(&self) -> ApiResult<u64> {
        self.positive("page", 1)
    }

    /// How many items a page holds at most.
    ///
    /// # Errors
    /// 400 below 1, 404 when it is no number.
    pub fn size(&self, default: u64) -> ApiResult<u64> {
        self.positive("size", default)
    }

    /// Whether a parameter is `true`; anything else is false.
    pub fn flag(&self, name: &str) -> bool {
        self.raw(name)
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    fn positive(&self, name: &str, default: u64) -> ApiResult<u64> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let number: i64 = text.trim().parse().map_err(|_| ApiError::no_such_route())?;
        u64::try_from(number).ok().filter(|number| *number >= 1).ok_or_else(|| {
            ApiError::invalid_parameter(format!("query param {name} must be greater than or equal to 1"))
        })
    }
}

/// Whether a time range holds an instant.
///
/// # Errors
/// 400 when `from` is not before `to`.
pub fn check_time_range(from: Option<Timestamp>, to: Option<Timestamp>) -> ApiResult<()> {
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            Err(ApiError::bad_request("Parameter 'from_time' must be before 'to_time'"))
        }
        _ => Ok(()),
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Query, Infallible> {
        Ok(Query::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_count_from_one() {
        let query = Query::parse("page=0&size=25&x=");
        assert_eq!(
            query.page().unwrap_err().body(),
            r#"{"errors":["query param page must be greater than or equal to 1"]}"#
        );
        assert_eq!(query.size(DEFAULT_PAGE_SIZE).unwrap(), 25);
        assert_eq!(Query::parse("size=-3").size(10).unwrap_err().status(), 400);
        assert_eq!(Query::parse("page=two").page().unwrap_err().status(), 404);
        assert_eq!(Query::parse("page=").page().unwrap(), 1);
        assert_eq!((query.text("x"), query.raw("x")), (None, Some("")));
    }

    #[test]
    fn instants_and_their_order() {
        let range = Query::parse("from_time=2026-01-02T00:00:00%2B00:00&to_time=1767398400000")
            .time_range()
            .unwrap();
        assert_eq!(range.0.unwrap().to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(range.1.unwrap().to_string(), "2026-01-03T00:00:00Z");
        let empty = Query::parse("from_time=2026-01-02T00:00:00Z&to_time=2026-01-02T00:00:00Z").time_range();
        assert!(
            empty
                .unwrap_err()
                .body()
                .contains("Parameter 'from_time' must be before 'to_time'")
        );
        let malformed = Query::parse("from_time=yesterday").instant("from_time").unwrap_err();
        assert!(malformed.body().contains("Invalid instant format: 'yesterday'"));
    }

    #[test]
    fn malformed_ids_lead_nowhere() {
        assert_eq!(
            Query::parse("project_id=5").uuid("project_id").unwrap_err().status(),
            404
        );
        assert_eq!(Query::parse("").uuid("project_id").unwrap(), None);
        assert_eq!(Query::parse("").required_uuid("project_id").unwrap_err().status(), 400);
    }

    #[test]
    fn flags_and_escapes() {
        let query = Query::parse("truncate=True&name=a%20b+c&bad=%ff");
        assert!(query.flag("truncate") && !query.flag("name"));
        assert_eq!(query.text("name"), Some("a b c"));
        assert!(query.raw("bad").is_some());
    }
}
