//! `/v1/private/welcome-wizard`

use axum::extract::State;
use axum::response::Response;
use ferropik_model::{WelcomeWizardAnswers, WelcomeWizardStatus};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::AppState;
use crate::http::respond::{no_content, small_json};
use crate::http::{ApiResult, ErrorList, JsonBody, RequestScope, Violations};
use crate::records::rules;

/// Longest role, in characters.
const MAX_ROLE: usize = 100;

/// Longest mail address, in characters.
const MAX_EMAIL: usize = 255;

/// Most integrations.
const MAX_INTEGRATIONS: usize = 1000;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(status, submit))
}

/// Whether the welcome wizard is done
#[utoipa::path(
    get, path = "/v1/private/welcome-wizard", tag = "Welcome Wizard", operation_id = "getWelcomeWizardStatus",
    responses((status = 200, body = WelcomeWizardStatus)),
)]
async fn status(State(state): State<AppState>, RequestScope(scope): RequestScope) -> ApiResult<Response> {
    small_json(&WelcomeWizardStatus {
        completed: state.store.is_welcomed(&scope).await?,
    })
}

/// Answer the welcome wizard
#[utoipa::path(
    post, path = "/v1/private/welcome-wizard", tag = "Welcome Wizard", operation_id = "submitWelcomeWizard",
    request_body = WelcomeWizardAnswers, responses((status = 204), (status = 422, body = ErrorList)),
)]
async fn submit(
    State(state): State<AppState>,
    RequestScope(scope): RequestScope,
    JsonBody(body): JsonBody<WelcomeWizardAnswers>,
) -> ApiResult<Response> {
    check(&body)?;
    let answers = json!({
        "role": body.role,
        "integrations": body.integrations,
        "email": body.email,
        "join_beta_program": body.join_beta_program,
    });
    state.store.set_welcomed(&scope, answers.to_string()).await?;
    Ok(no_content())
}

fn check(body: &WelcomeWizardAnswers) -> ApiResult<()> {
    let mut found = Violations::new();
    if body.role.as_ref().is_some_and(|role| role.chars().count() > MAX_ROLE) {
        found.add("role", format_args!("Role cannot exceed {MAX_ROLE} characters"));
    }
    if body.email.as_deref().is_some_and(|email| !is_address(email)) {
        found.add("email", "Invalid email format");
    }
    rules::max_size(body.email.as_deref(), MAX_EMAIL, "email", &mut found);
    let integrations = body.integrations.as_ref().map_or(0, Vec::len);
    found.size(integrations, 0, MAX_INTEGRATIONS, "integrations");
    found.finish()
}

/// Whether a text looks like a mail address; empty text says that there is none.
fn is_address(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let is_plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && !part.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '@')
    };
    is_plain(local) && is_plain(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for address in ["", "a@b", "first.last+tag@example.com"] {
            assert!(is_address(address), "{address}");
        }
        for address in ["a", "a@", "@b", "a b@c", "a@b@c", "a..b@c", "a@.c"] {
            assert!(!is_address(address), "{address}");
        }
    }

    #[test]
    fn violations() {
        let errors = |json: &str| check(&serde_json::from_str(json).unwrap()).unwrap_err().body();
        let role = format!(r#"{{"role":"{}"}}"#, "r".repeat(101));
        assert_eq!(
            errors(&role),
            r#"{"errors":["role Role cannot exceed 100 characters"]}"#
        );
        assert_eq!(
            errors(r#"{"email":"x"}"#),
            r#"{"errors":["email Invalid email format"]}"#
        );
    }
}
