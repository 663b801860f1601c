//! JSON bodies: read under limits, inflated, cleaned and parsed off the async threads.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use ferropik_model::json::{self, Limits};
use ferropik_model::wire;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout, timeout_at};

use super::budget::{BodyBudget, BodyLease, Reserved};
use super::error::{ApiError, ApiResult};
use super::inflate::inflate_gzip;
use super::rate_limit::ItemCount;
use crate::{AppState, Settings};

/// Uncompressed bodies up to this many bytes are parsed where they are read; handing them over would cost more.
const INLINE_BYTES: usize = 16 * 1024;

/// The JSON body of a request as a `T`. Absent, empty and `null` bodies are refused.
#[derive(Debug, Clone)]
pub struct JsonBody<T>(pub T);

/// The JSON body of a request as a `T`, if there is one.
#[derive(Debug, Clone)]
pub struct OptionalJsonBody<T>(pub Option<T>);

impl<T: DeserializeOwned + Send + 'static> FromRequest<AppState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<JsonBody<T>, ApiError> {
        let OptionalJsonBody(value) = OptionalJsonBody::<T>::from_request(request, state).await?;
        value
            .map(JsonBody)
            .ok_or_else(|| ApiError::invalid(vec!["The request body must not be null".to_owned()]))
    }
}

impl<T: DeserializeOwned + Send + 'static> FromRequest<AppState> for OptionalJsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<OptionalJsonBody<T>, ApiError> {
        Ok(OptionalJsonBody(
            read_json(request, &state.settings, &state.bodies).await?,
        ))
    }
}

/// The bytes of a request as they are sent, at most `MAX` of them.
#[derive(Debug)]
pub(crate) struct RawBody<const MAX: usize> {
    /// The bytes.
    pub(crate) bytes: Bytes,
    /// Their memory, given back when this is dropped.
    _reserved: Reserved,
}

impl<const MAX: usize> FromRequest<AppState> for RawBody<MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<RawBody<MAX>, ApiError> {
        let (parts, body) = request.into_parts();
        let (bytes, reserved) = read_body(body, &parts.headers, &state.settings, &state.bodies, MAX).await?;
        Ok(RawBody {
            bytes,
            _reserved: reserved,
        })
    }
}

/// Reads a body of another kind than JSON within the limits of JSON bodies, and makes a value of its bytes on a blocking
/// thread. `items` tells how many items of a batch the value holds.
///
/// # Errors
/// Those of reading, and of `decode`.
pub(crate) async fn decode_body<T: Send + 'static>(
    request: Request,
    state: &AppState,
    items: impl FnOnce(&T) -> usize,
    decode: impl FnOnce(&[u8]) -> ApiResult<T> + Send + 'static,
) -> ApiResult<T> {
    let (parts, body) = request.into_parts();
    let encoding = Encoding::of(&parts.headers)?;
    let max_bytes = state.settings.max_json_bytes;
    let (bytes, reserved) = read_body(body, &parts.headers, &state.settings, &state.bodies, max_bytes).await?;
    let budget = state.bodies.clone();
    let (value, reserved) = tokio::task::spawn_blocking(move || {
        let (plain, reserved) = encoding.inflate(bytes, max_bytes, &budget, reserved)?;
        Ok::<_, ApiError>((decode(&plain)?, reserved))
    })
    .await??;
    if let Some(count) = parts.extensions.get::<ItemCount>() {
        count.set(items(&value));
    }
    if let Some(lease) = parts.extensions.get::<BodyLease>() {
        lease.keep(reserved);
    }
    Ok(value)
}

/// Reads and parses a body; `None` when it is empty or `null`.
async fn read_json<T: DeserializeOwned + Send + 'static>(
    request: Request,
    settings: &Settings,
    budget: &BodyBudget,
) -> ApiResult<Option<T>> {
    let (parts, body) = request.into_parts();
    let encoding = Encoding::of(&parts.headers)?;
    let (bytes, reserved) = read_body(body, &parts.headers, settings, budget, settings.max_json_bytes).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if !is_json(&parts.headers) {
        return Err(unsupported("HTTP 415 Unsupported Media Type"));
    }
    let decoder = Decoder {
        encoding,
        max_bytes: settings.max_json_bytes,
        items: parts.extensions.get::<ItemCount>().cloned(),
    };
    let (value, reserved) = if bytes.len() <= INLINE_BYTES && encoding == Encoding::Identity {
        (decoder.parse(&bytes)?, reserved)
    } else {
        let budget = budget.clone();
        tokio::task::spawn_blocking(move || decoder.decode(bytes, &budget, reserved)).await??
    };
    if let Some(lease) = parts.extensions.get::<BodyLease>() {
        lease.keep(reserved);
    }
    Ok(value)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    fn of(headers: &HeaderMap) -> ApiResult<Encoding> {
        let Some(value) = headers.get(CONTENT_ENCODING) else {
            return Ok(Encoding::Identity);
        };
        match value.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Encoding::Identity),
            "gzip" | "x-gzip" => Ok(Encoding::Gzip),
            _ => Err(unsupported("The content encoding is not supported, use gzip")),
        }
    }
}

impl Encoding {
    /// The plain bytes of a body, with memory reserved for them and for as much again that is made of them.
    fn inflate(
        self,
        bytes: Bytes,
        max_bytes: usize,
        budget: &BodyBudget,
        mut reserved: Reserved,
    ) -> ApiResult<(Bytes, Reserved)> {
        let plain = match self {
            Encoding::Identity => bytes,
            Encoding::Gzip => {
                let mut inflated = budget.nothing();
                let plain = inflate_gzip(&bytes, max_bytes, &mut |len| inflated.grow_now(len))?;
                reserved = inflated;
                Bytes::from(plain)
            }
        };
        // What is made of the bytes lives beside them.
        reserved.grow_now(plain.len() * 2)?;
        Ok((plain, reserved))
    }
}

fn unsupported(text: &str) -> ApiError {
    ApiError::message(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
}

/// Whether the body may be JSON; a client that does not say is believed to send JSON.
fn is_json(headers: &HeaderMap) -> bool {
    if !headers.contains_key(CONTENT_TYPE) {
        return true;
    }
    let essence = media_type(headers);
    essence == "application/json"
        || essence == "text/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// The media type of a body in lower case, without its parameters; empty when the client does not say.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Reads a whole body of at most `max_bytes` that arrives without long pauses.
async fn read_body(
    mut body: Body,
    headers: &HeaderMap,
    settings: &Settings,
    budget: &BodyBudget,
    max_bytes: usize,
) -> ApiResult<(Bytes, Reserved)> {
    let announced = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|len| len > max_bytes as u64) {
        return Err(ApiError::too_large(max_bytes as u64));
    }
    let deadline = Instant::now() + settings.body_timeout;
    let mut reserved = budget.nothing();
    let mut first = Bytes::new();
    let mut all: Vec<u8> = Vec::new();
    loop {
        let frame = timeout_at(deadline, timeout(settings.body_idle_timeout, body.frame()))
            .await
            .map_err(|_| too_slow())?
            .map_err(|_| too_slow())?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| ApiError::bad_request("The request body ended early"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let len = first.len() + all.len() + data.len();
        if len > max_bytes {
            return Err(ApiError::too_large(max_bytes as u64));
        }
        reserved.grow_to(len).await?;
        if len == data.len() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.reserve(
                announced
                    .map_or(len * 2, |total| usize::try_from(total).unwrap_or(len))
                    .min(len * 8),
            );
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    let bytes = if all.is_empty() { first } else { Bytes::from(all) };
    Ok((bytes, reserved))
}

fn too_slow() -> ApiError {
    ApiError::message(StatusCode::REQUEST_TIMEOUT, "The request body did not arrive in time")
}

/// Makes values of the bytes of a body.
struct Decoder {
    encoding: Encoding,
    /// Limit for the inflated body.
    max_bytes: usize,
    /// Where the number of items is wanted.
    items: Option<ItemCount>,
}

impl Decoder {
    fn decode<T: DeserializeOwned>(
        &self,
        bytes: Bytes,
        budget: &BodyBudget,
        reserved: Reserved,
    ) -> ApiResult<(Option<T>, Reserved)> {
        let (plain, reserved) = self.encoding.inflate(bytes, self.max_bytes, budget, reserved)?;
        Ok((self.parse(&plain)?, reserved))
    }

    fn parse<T: DeserializeOwned>(&self, bytes: &[u8]) -> ApiResult<Option<T>> {
        let text = json::normalize(bytes, &Limits::default()).map_err(ApiError::unprocessable_json)?;
        if let Some(items) = &self.items {
            items.count(&text);
        }
        wire::read_body::<T>(&text).map_err(ApiError::unprocessable_json)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::header::HeaderName;

    use super::*;

    const JSON: (HeaderName, &str) = (CONTENT_TYPE, "application/json;charset=utf-8");
    const GZIP: (HeaderName, &str) = (CONTENT_ENCODING, "gzip");

    async fn read(headers: &[(HeaderName, &str)], body: Body) -> ApiResult<Option<Vec<String>>> {
        let mut request = Request::new(body);
        for (name, value) in headers {
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let settings = Settings {
            max_json_bytes: 100_000,
            body_budget_bytes: 400_000,
            body_idle_timeout: Duration::from_secs(1),
            ..Settings::default()
        };
        let budget = BodyBudget::new(settings.body_budget_bytes);
        let value = read_json(request, &settings, &budget).await;
        assert_eq!(budget.free_bytes(), settings.body_budget_bytes / 16_384 * 16_384);
        value
    }

    fn gzip(plain: &[u8]) -> Body {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        Body::from(encoder.finish().unwrap())
    }

    #[tokio::test]
    async fn plain_and_packed_bodies() {
        let long = format!("[\"{}\"]", "x".repeat(50_000));
        for text in ["[\"a\"]", &long] {
            let expected: Vec<String> = serde_json::from_str(text).unwrap();
            let plain = Body::from(text.to_owned());
            assert_eq!(read(&[JSON], plain).await.unwrap().as_ref(), Some(&expected));
            assert_eq!(
                read(&[JSON, GZIP], gzip(text.as_bytes())).await.unwrap().as_ref(),
                Some(&expected)
            );
            let bytes = text.as_bytes().to_vec();
            let chunks = bytes
                .chunks(700)
                .map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk)));
            let chunks = Body::from_stream(futures::stream::iter(chunks.collect::<Vec<_>>()));
            assert_eq!(read(&[JSON], chunks).await.unwrap(), Some(expected));
        }
        assert_eq!(
            read(&[], Body::from("[NaN]")).await.unwrap(),
            Some(vec!["NaN".to_owned()])
        );
    }

    #[tokio::test]
    async fn nothing_is_no_body() {
        assert_eq!(read(&[], Body::empty()).await.unwrap(), None);
        assert_eq!(read(&[JSON], Body::from(" null ")).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_is_refused() {
        let status =
            async |headers: &[(HeaderName, &str)], body| read(headers, body).await.unwrap_err().status().as_u16();
        assert_eq!(status(&[(CONTENT_TYPE, "text/plain")], Body::from("[]")).await, 415);
        assert_eq!(status(&[JSON, (CONTENT_ENCODING, "br")], Body::from("[]")).await, 415);
        assert_eq!(status(&[JSON], Body::from("[1,")).await, 400);
        assert_eq!(status(&[JSON], Body::from("{}")).await, 400);
        assert_eq!(status(&[JSON, GZIP], Body::from("[]")).await, 400);
        assert_eq!(status(&[JSON], Body::from(vec![b' '; 100_001])).await, 413);
        assert_eq!(status(&[JSON, GZIP], gzip(&vec![b' '; 5_000_000])).await, 413);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_stops_sending_is_left() {
        let stuck = futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"[")) });
        let stuck = futures::StreamExt::chain(stuck, futures::stream::pending());
        assert_eq!(read(&[JSON], Body::from_stream(stuck)).await.unwrap_err().status(), 408);
    }

    #[tokio::test]
    async fn memory_is_held_until_the_lease_ends() {
        let settings = Settings::default();
        let budget = BodyBudget::new(settings.body_budget_bytes);
        let lease = BodyLease::default();
        let mut request = Request::new(Body::from(format!("[\"{}\"]", "x".repeat(100_000))));
        request.extensions_mut().insert(lease.clone());
        let value: Option<Vec<String>> = read_json(request, &settings, &budget).await.unwrap();
        assert!(value.is_some());
        assert!(budget.free_bytes() <= settings.body_budget_bytes - 200_000);
        drop(lease);
        assert_eq!(budget.free_bytes(), settings.body_budget_bytes);
    }
}
