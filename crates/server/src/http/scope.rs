//! Which workspace a request is about, and who asks.

use axum::extract::FromRequestParts;
use ferropik_model::id::DEFAULT_WORKSPACE_ID;
use ferropik_store::Scope;
use http::request::Parts;

use super::error::{ApiError, ApiResult};
use super::query::Query;

/// Header that names the workspace.
pub const WORKSPACE_HEADER: &str = "comet-workspace";

/// Query parameter that names the workspace on links that a browser follows.
pub const WORKSPACE_PARAMETER: &str = "workspace_name";

/// Name of the only workspace of an installation without authentication.
pub const DEFAULT_WORKSPACE_NAME: &str = "default";

/// User that everything is recorded under without authentication.
pub const DEFAULT_USER: &str = "admin";

/// The scope of a request: its workspace comes from the header [`WORKSPACE_HEADER`], else from the parameter
/// [`WORKSPACE_PARAMETER`], else it is the default one.
#[derive(Debug, Clone)]
pub struct RequestScope(pub Scope);

impl RequestScope {
    fn of(parts: &Parts) -> ApiResult<RequestScope> {
        let header = match parts.headers.get(WORKSPACE_HEADER) {
            Some(value) => value.to_str().map_err(|_| unknown_workspace())?,
            None => "",
        };
        if !header.is_empty() {
            return RequestScope::named(header);
        }
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        RequestScope::named(query.raw(WORKSPACE_PARAMETER).unwrap_or_default())
    }

    fn named(workspace: &str) -> ApiResult<RequestScope> {
        if !workspace.is_empty() && workspace != DEFAULT_WORKSPACE_NAME {
            return Err(unknown_workspace());
        }
        Ok(RequestScope(Scope::new(DEFAULT_WORKSPACE_ID, DEFAULT_USER)))
    }
}

fn unknown_workspace() -> ApiError {
    ApiError::not_found("Workspace not found")
}

impl<S: Sync> FromRequestParts<S> for RequestScope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<RequestScope, ApiError> {
        RequestScope::of(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope_of(uri: &str, header: Option<&str>) -> ApiResult<RequestScope> {
        let mut request = http::Request::builder().uri(uri);
        if let Some(header) = header {
            request = request.header(WORKSPACE_HEADER, header);
        }
        RequestScope::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn only_the_default_workspace_is_known() {
        for (uri, header) in [
            ("/", None),
            ("/", Some("")),
            ("/", Some("default")),
            ("/?workspace_name=default", None),
        ] {
            assert_eq!(
                scope_of(uri, header).unwrap().0.workspace,
                DEFAULT_WORKSPACE_ID,
                "{uri} {header:?}"
            );
        }
        for (uri, header) in [
            ("/", Some("Default")),
            ("/?workspace_name=other", None),
            ("/", Some("other")),
        ] {
            let error = scope_of(uri, header).unwrap_err();
            assert_eq!(error.body(), r#"{"code":404,"message":"Workspace not found"}"#);
        }
    }
}
