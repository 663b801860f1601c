//! Large bodies that are taken as they come.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::StatusCode;

use super::error::{ApiError, ApiResult};

/// The bytes of a body, which ends with an error once it is longer than `max_bytes`, or pauses longer than `idle`.
pub(crate) fn chunks(
    body: Body,
    idle: Duration,
    max_bytes: u64,
) -> impl Stream<Item = ApiResult<Bytes>> + Send + Unpin {
    let start = (body.into_data_stream(), 0_u64);
    let stream = futures::stream::unfold(start, move |(mut data, size)| async move {
        let chunk = match tokio::time::timeout(idle, data.next()).await {
            Ok(None) => return None,
            Ok(Some(Ok(chunk))) => Ok(chunk),
            Ok(Some(Err(_))) => Err(ApiError::bad_request("The request body ended early")),
            Err(_) => Err(ApiError::message(
                StatusCode::REQUEST_TIMEOUT,
                "The request body did not arrive in time",
            )),
        };
        let size = size + chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        let chunk = if size > max_bytes {
            Err(ApiError::too_large(max_bytes))
        } else {
            chunk
        };
        Some((chunk, (data, size)))
    });
    Box::pin(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_has_an_end() {
        let parts = (0..4).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"1234")));
        let body = Body::from_stream(futures::stream::iter(parts));
        let read: Vec<ApiResult<Bytes>> = chunks(body, Duration::from_secs(1), 9).take(3).collect().await;
        assert_eq!(read.iter().filter(|chunk| chunk.is_ok()).count(), 2);
        assert_eq!(read[2].as_ref().unwrap_err().status(), 413);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_is_left() {
        let body = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let first = chunks(body, Duration::from_secs(1), 9).next().await.unwrap();
        assert_eq!(first.unwrap_err().status(), 408);
    }
}
