//! Streams of JSON objects, one on each line.

use std::future::Future;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use super::error::{ApiError, ApiResult};

/// Some rows of a stream and where the rest of it starts.
#[derive(Debug, Clone)]
pub struct Piece<C, T> {
    /// Rows to write.
    pub rows: Vec<T>,
    /// Where to go on; `None` ends the stream.
    pub next: Option<C>,
}

/// Answers with rows that are read piece by piece, each piece when the client has taken the one before. At most two
/// pieces are in memory. Lines end with CR LF.
///
/// # Errors
/// Those of reading the first piece. A later failure is logged and cuts the connection, so that the client does not
/// take what it got for everything.
pub async fn stream<C, T, F, Fut>(start: C, mut read: F) -> ApiResult<Response>
where
    C: Send + 'static,
    T: Serialize + Send + 'static,
    F: FnMut(C) -> Fut + Send + 'static,
    Fut: Future<Output = ApiResult<Piece<C, T>>> + Send + 'static,
{
    let first = read(start).await?;
    let pieces = stream::try_unfold((Some(first), None, read), |(ready, cursor, mut read)| async move {
        let piece = match (ready, cursor) {
            (Some(piece), _) => piece,
            (None, Some(cursor)) => read(cursor).await.map_err(cut)?,
            (None, None) => return Ok(None),
        };
        let Piece { rows, next } = piece;
        let lines = tokio::task::spawn_blocking(move || lines(&rows))
            .await
            .map_err(std::io::Error::other)??;
        Ok::<_, std::io::Error>(Some((lines, (None, next, read))))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    Ok(response)
}

fn cut(error: ApiError) -> std::io::Error {
    tracing::error!(error = error.body(), "stream was cut");
    std::io::Error::other(error.body())
}

fn lines<T: Serialize>(rows: &[T]) -> std::io::Result<Bytes> {
    let mut text = Vec::with_capacity(rows.len() * 256);
    for row in rows {
        serde_json::to_writer(&mut text, row)?;
        text.extend_from_slice(b"\r\n");
    }
    Ok(Bytes::from(text))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn pieces_become_lines() {
        let response = stream(0_u32, |cursor| async move {
            Ok(Piece {
                rows: vec![cursor, cursor + 1],
                next: (cursor < 2).then_some(cursor + 2),
            })
        })
        .await
        .unwrap();
        assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "0\r\n1\r\n2\r\n3\r\n");
    }

    #[tokio::test]
    async fn an_early_failure_is_an_answer_and_a_late_one_cuts() {
        let early = stream(0_u32, |_| async {
            Err::<Piece<u32, u32>, _>(ApiError::not_found("no"))
        })
        .await;
        assert_eq!(early.unwrap_err().status(), 404);
        let late = stream(0_u32, |cursor| async move {
            if cursor > 0 {
                Err(ApiError::internal("late"))
            } else {
                Ok(Piece {
                    rows: vec![1_u32],
                    next: Some(1),
                })
            }
        })
        .await
        .unwrap();
        assert!(late.into_body().collect().await.is_err());
    }
}
