//! Rules of reports.

use ferropik_model::{AGENT_INSIGHTS, ReportFailure, ReportFailureWrite, ReportPreference, ReportPreferenceWrite};
use ferropik_store::{NewReportFailure, NewReportPreference, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::AppState;
use crate::http::query::DEFAULT_PAGE_SIZE;
use crate::http::{ApiError, ApiResult, Query, Violations};
use crate::records::rules;

/// Most items on a page.
const MAX_PAGE_SIZE: u64 = 100;

/// Longest reason, in characters.
const MAX_REASON: usize = 255;

/// Longest prompt, in characters.
const MAX_PROMPT: usize = 5000;

/// When reports are written, where nobody says.
const DEFAULT_SCHEDULE: &str = "05:00:00";

/// A page that tells the size that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RequestedPage<T> {
    /// From 1.
    pub(crate) page: u64,
    /// The size that was asked for.
    pub(crate) size: u64,
    /// Items on all pages.
    pub(crate) total: u64,
    /// The items.
    pub(crate) content: Vec<T>,
}

/// Reads `page` and `size`.
///
/// # Errors
/// 400 for numbers out of range.
pub(crate) fn small_paging(query: &Query) -> ApiResult<(u64, u64)> {
    let size = query.size(DEFAULT_PAGE_SIZE)?;
    if size > MAX_PAGE_SIZE {
        return Err(ApiError::invalid_parameter(format!(
            "query param size must be less than or equal to {MAX_PAGE_SIZE}"
        )));
    }
    Ok((query.page()?, size))
}

fn unknown_type(name: &str) -> ApiError {
    ApiError::bad_request(format!("Unknown report failure type: '{name}'"))
}

pub(super) async fn add_failure(state: &AppState, scope: &Scope, body: ReportFailureWrite) -> ApiResult<Uuid> {
    if let Some(name) = body.r#type.as_deref().filter(|name| *name != AGENT_INSIGHTS) {
        return Err(unknown_type(name));
    }
    let mut found = Violations::new();
    found.not_null(body.r#type.as_ref(), "type");
    found.not_null(body.project_id.as_ref(), "projectId");
    found.not_blank(body.reason.as_deref(), "reason");
    rules::max_size(body.reason.as_deref(), MAX_REASON, "reason", &mut found);
    found.finish()?;
    let failure = NewReportFailure {
        kind: body.r#type.unwrap_or_default(),
        project: body
            .project_id
            .ok_or_else(|| ApiError::internal("no project after validation"))?,
        reason: body.reason.unwrap_or_default(),
        detail: body.detail,
    };
    Ok(state.store.add_report_failure(scope, failure).await?)
}

pub(super) async fn failures(
    state: &AppState,
    scope: &Scope,
    query: &Query,
) -> ApiResult<RequestedPage<ReportFailure>> {
    let (page, size) = small_paging(query)?;
    let kind = match query.text("type") {
        Some(name) if name != AGENT_INSIGHTS => return Err(unknown_type(name)),
        kind => kind.map(str::to_owned),
    };
    let project = query.uuid("project_id")?;
    let listed = state.store.report_failures(scope, kind, project, page, size).await?;
    Ok(RequestedPage {
        page,
        size,
        total: listed.total,
        content: listed.rows,
    })
}

pub(super) async fn set_preference(
    state: &AppState,
    scope: &Scope,
    project: Uuid,
    body: ReportPreferenceWrite,
) -> ApiResult<ReportPreference> {
    let schedule_time = body.schedule_time.unwrap_or_else(|| DEFAULT_SCHEDULE.to_owned());
    let mut found = Violations::new();
    found.check(
        is_time_of_day(&schedule_time),
        "scheduleTime",
        r#"must match "\d{2}:\d{2}:\d{2}""#,
    );
    rules::max_size(body.custom_prompt.as_deref(), MAX_PROMPT, "customPrompt", &mut found);
    found.finish()?;
    let preference = NewReportPreference {
        enabled: body.enabled.unwrap_or_default(),
        schedule_time,
        custom_prompt: body.custom_prompt,
    };
    Ok(state.store.set_report_preference(scope, project, preference).await?)
}

fn is_time_of_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let is_below = |part: &str, end: u8| {
        part.len() == 2
            && part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse::<u8>().is_ok_and(|number| number < end)
    };
    matches!(parts[..], [hour, minute, second] if is_below(hour, 24) && is_below(minute, 60) && is_below(second, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day() {
        for text in ["05:00:00", "23:59:59", "00:00:00"] {
            assert!(is_time_of_day(text), "{text}");
        }
        for text in [
            "5:00:00",
            "24:00:00",
            "05:00",
            "05:60:00",
            "05:00:00:00",
            "+1:00:00",
            "",
        ] {
            assert!(!is_time_of_day(text), "{text}");
        }
    }
}
