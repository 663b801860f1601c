//! `/v1/private/workspaces/configurations`: stored preferences of a workspace.

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{WorkspaceConfiguration, wire, wire_object};
use indexmap::IndexMap;
use jiff::SpanRelativeTo;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::{no_content, small_json};
use crate::http::{ApiError, ApiResult, ErrorList, ErrorMessage, JsonBody, Query, RequestScope, Violations};

/// Longest time after which a thread counts as inactive: seven days, in seconds.
const MAX_TIMEOUT_SECONDS: i64 = 7 * 24 * 3600;

/// Most entries of a colour map.
const MAX_COLORS: usize = 10_000;

/// Longest name in a colour map, in characters.
const MAX_COLOR_NAME: usize = 256;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get_configuration, set_configuration, delete_configuration))
}

wire_object! {
    /// Preferences of a workspace; what is absent goes back to its default.
    pub struct ConfigurationWrite {
        /// ISO-8601 duration of whole seconds, at most seven days.
        pub timeout_to_mark_thread_as_inactive: Option<String> = wire::text,
        /// Whether tables cut long values; true when absent.
        pub truncation_on_tables: Option<bool> = wire::optional,
        /// Colours such as `#ff8800` by name.
        #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
        pub color_map: Option<IndexMap<String, Option<String>>> = wire::map,
    }
}

/// Get the preferences of the workspace
///
/// Without stored ones the answer is 404, unless `defaults` asks for those that apply.
#[utoipa::path(
    get, path = "/v1/private/workspaces/configurations", tag = "Workspaces", operation_id = "getWorkspaceConfiguration",
    params(("defaults" = Option<bool>, Query, description = "answer with the defaults when nothing is stored")),
    responses((status = 200, body = WorkspaceConfiguration), (status = 404, body = ErrorMessage)),
)]
async fn get_configuration(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    query: Query,
) -> ApiResult<Response> {
    let stored = state.store.workspace_configuration(&scope).await?;
    let configuration = stored.or_else(|| query.flag("defaults").then(defaults));
    small_json(&configuration.ok_or_else(|| ApiError::not_found("No workspace configuration found for workspace"))?)
}

/// What counts while a workspace has stored nothing.
fn defaults() -> WorkspaceConfiguration {
    WorkspaceConfiguration {
        truncation_on_tables: true,
        ..WorkspaceConfiguration::default()
    }
}

/// Replace the preferences of the workspace
#[utoipa::path(
    put, path = "/v1/private/workspaces/configurations", tag = "Workspaces", operation_id = "upsertWorkspaceConfiguration", request_body = ConfigurationWrite,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 422, body = ErrorList)),
)]
async fn set_configuration(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<ConfigurationWrite>,
) -> ApiResult<Response> {
    state
        .store
        .set_workspace_configuration(&scope, Some(validated(body)?))
        .await?;
    Ok(no_content())
}

/// Forget the preferences of the workspace
#[utoipa::path(
    delete, path = "/v1/private/workspaces/configurations", tag = "Workspaces", operation_id = "deleteWorkspaceConfiguration", responses((status = 204)),
)]
async fn delete_configuration(State(state): State<AppState>, RequestScope(scope): RequestScope) -> ApiResult<Response> {
    state.store.set_workspace_configuration(&scope, None).await?;
    Ok(no_content())
}

fn validated(body: ConfigurationWrite) -> ApiResult<WorkspaceConfiguration> {
    let mut violations = Violations::new();
    let timeout = match body
        .timeout_to_mark_thread_as_inactive
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
    {
        Some(text) => checked_timeout(&mut violations, duration(text)?),
        None => None,
    };
    let color_map = body
        .color_map
        .filter(|colors| !colors.is_empty())
        .map(|colors| checked_colors(&mut violations, colors));
    violations.finish()?;
    Ok(WorkspaceConfiguration {
        timeout_to_mark_thread_as_inactive: timeout,
        truncation_on_tables: body.truncation_on_tables.unwrap_or(true),
        color_map,
    })
}

/// Reads an ISO-8601 duration, in which a day is always 24 hours.
fn duration(text: &str) -> ApiResult<jiff::SignedDuration> {
    text.parse::<jiff::Span>()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .map_err(|error| {
            ApiError::unprocessable_json(format_args!("Cannot parse Duration from string '{text}': {error}"))
        })
}

fn checked_timeout(violations: &mut Violations, timeout: jiff::SignedDuration) -> Option<u64> {
    const PATH: &str = "timeoutToMarkThreadAsInactive";
    if timeout.subsec_nanos() != 0 || timeout.as_secs() < 1 {
        violations.add(
            PATH,
            "minimum precision supported is seconds, please use a duration with seconds precision or higher",
        );
        return None;
    }
    if timeout.as_secs() > MAX_TIMEOUT_SECONDS {
        violations.add(PATH, "duration exceeds the maximum allowed of PT168H");
        return None;
    }
    u64::try_from(timeout.as_secs()).ok()
}

fn checked_colors(violations: &mut Violations, colors: IndexMap<String, Option<String>>) -> IndexMap<String, String> {
    violations.size(colors.len(), 0, MAX_COLORS, "colorMap");
    let mut checked = IndexMap::with_capacity(colors.len());
    for (name, color) in colors {
        if name.chars().count() > MAX_COLOR_NAME {
            violations.add("colorMap", format_args!("size must be between 0 and {MAX_COLOR_NAME}"));
            continue;
        }
        match color.filter(|color| is_color(color)) {
            Some(color) => {
                checked.insert(name, color);
            }
            None => {
                violations.add(
                    format_args!("colorMap[{name}]"),
                    "Color must be a valid hex color (e.g. #FF0000)",
                );
            }
        }
    }
    checked
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(json: &str) -> ApiResult<WorkspaceConfiguration> {
        validated(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn defaults() {
        let configuration = write(r#"{"timeout_to_mark_thread_as_inactive":"","color_map":{}}"#).unwrap();
        assert_eq!(
            configuration,
            WorkspaceConfiguration {
                timeout_to_mark_thread_as_inactive: None,
                truncation_on_tables: true,
                color_map: None
            }
        );
    }

    #[test]
    fn timeouts() {
        for (text, seconds) in [
            ("PT30M", 1800),
            ("pt1h", 3600),
            ("P7D", 604_800),
            ("PT168H", 604_800),
            ("PT1M30S", 90),
        ] {
            let json = format!(r#"{{"timeout_to_mark_thread_as_inactive":"{text}"}}"#);
            assert_eq!(
                write(&json).unwrap().timeout_to_mark_thread_as_inactive,
                Some(seconds),
                "{text}"
            );
        }
        for (text, status, message) in [
            ("PT0S", 422, "minimum precision supported is seconds"),
            ("PT0.5S", 422, "minimum precision supported is seconds"),
            ("-PT5S", 422, "minimum precision supported is seconds"),
            ("PT168H1S", 422, "duration exceeds the maximum allowed of PT168H"),
            ("soon", 400, "Cannot parse Duration from string 'soon'"),
            ("P1M", 400, "Cannot parse Duration"),
        ] {
            let error = write(&format!(r#"{{"timeout_to_mark_thread_as_inactive":"{text}"}}"#)).unwrap_err();
            assert!(
                error.status() == status && error.body().contains(message),
                "{text}: {}",
                error.body()
            );
        }
    }

    #[test]
    fn colors() {
        let configuration = write(r##"{"color_map":{"accuracy":"#Ff0000"}}"##).unwrap();
        assert_eq!(configuration.color_map.unwrap()["accuracy"], "#Ff0000");
        for color in ["\"red\"", "\"#12345\"", "\"#12345g\"", "null"] {
            let error = write(&format!(r#"{{"color_map":{{"a":{color}}}}}"#)).unwrap_err();
            assert!(error.body().contains("Color must be a valid hex color"), "{color}");
        }
    }
}
