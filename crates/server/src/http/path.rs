//! Ids in paths.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use uuid::Uuid;

use super::error::ApiError;

/// The first UUID of a path. A malformed one is answered like an unknown route.
#[derive(Debug, Clone, Copy)]
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, ApiError> {
        let Ids([id]) = Ids::<1>::from_request_parts(parts, state).await?;
        Ok(Id(id))
    }
}

/// The first `N` parameters of a path, all UUIDs.
#[derive(Debug, Clone, Copy)]
pub struct Ids<const N: usize>(pub [Uuid; N]);

impl<const N: usize, S: Send + Sync> FromRequestParts<S> for Ids<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Ids<N>, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::no_such_route())?;
        let mut ids = [Uuid::nil(); N];
        let mut values = params.iter().map(|(_, value)| value);
        for id in &mut ids {
            let text = values.next().ok_or_else(ApiError::no_such_route)?;
            *id = Uuid::try_parse(text).map_err(|_| ApiError::no_such_route())?;
        }
        Ok(Ids(ids))
    }
}
