//! Gzip for answers.

use std::io::Write;

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, VARY};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use libdeflater::{CompressionLvl, Compressor};

/// Smaller bodies are sent as they are.
const MIN_BYTES: u64 = 256;

/// Larger bodies are compressed on a blocking thread.
const INLINE_BYTES: usize = 32 * 1024;

/// Marks an answer whose coding was chosen already, be it none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AsItIs;

/// Compresses an answer for a client that takes gzip, if that is worth it. Downloads are sent as they are: most files
/// are compressed already.
pub(super) async fn compress(response: Response) -> Response {
    let headers = response.headers();
    let is_fixed = [CONTENT_ENCODING, CONTENT_DISPOSITION, CONTENT_RANGE]
        .iter()
        .any(|name| headers.contains_key(name));
    let is_chosen = response.extensions().get::<AsItIs>().is_some();
    if is_fixed || is_chosen || response.body().is_end_stream() {
        return response;
    }
    let exact = response.body().size_hint().exact();
    if exact.is_some_and(|len| len < MIN_BYTES) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if exact.is_none() {
        mark(&mut parts.headers);
        return Response::from_parts(parts, compressed_stream(body));
    }
    let plain = match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) => return Response::from_parts(parts, Body::from_stream(failed(error))),
    };
    let packed = if plain.len() <= INLINE_BYTES {
        gzip(&plain)
    } else {
        let shared = plain.clone();
        tokio::task::spawn_blocking(move || gzip(&shared)).await.unwrap_or(None)
    };
    match packed {
        Some(packed) => {
            mark(&mut parts.headers);
            Response::from_parts(parts, Body::from(packed))
        }
        None => Response::from_parts(parts, Body::from(plain)),
    }
}

fn mark(headers: &mut HeaderMap) {
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
}

fn failed(error: axum::Error) -> impl futures::Stream<Item = Result<Bytes, axum::Error>> {
    futures::stream::once(async { Err(error) })
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::fastest());
    let mut packed = vec![0; compressor.gzip_compress_bound(plain.len())];
    let len = compressor.gzip_compress(plain, &mut packed).ok()?;
    packed.truncate(len);
    Some(packed)
}

/// Every chunk can be read by the client as soon as it has arrived.
fn compressed_stream(body: Body) -> Body {
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let chunks = futures::stream::unfold(Some((body.into_data_stream(), encoder)), |open| async move {
        let (mut data, encoder) = open?;
        match data.next().await {
            Some(Ok(chunk)) => match packed_chunk(encoder, chunk).await {
                Ok((encoder, packed)) => Some((Ok(packed), Some((data, encoder)))),
                Err(error) => Some((Err(error), None)),
            },
            Some(Err(error)) => Some((Err(std::io::Error::other(error)), None)),
            None => Some((encoder.finish().map(Bytes::from), None)),
        }
    });
    Body::from_stream(chunks)
}

async fn packed_chunk(mut encoder: GzEncoder<Vec<u8>>, chunk: Bytes) -> std::io::Result<(GzEncoder<Vec<u8>>, Bytes)> {
    let is_small = chunk.len() <= INLINE_BYTES;
    let work = move || {
        encoder.write_all(&chunk)?;
        encoder.flush()?;
        let packed = Bytes::from(std::mem::take(encoder.get_mut()));
        Ok((encoder, packed))
    };
    if is_small {
        work()
    } else {
        tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    async fn inflated(response: Response) -> (HeaderMap, Vec<u8>) {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        if !parts.headers.contains_key(CONTENT_ENCODING) {
            return (parts.headers, body.to_vec());
        }
        let mut plain = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
        (parts.headers, plain)
    }

    #[tokio::test]
    async fn bodies_and_streams_round_trip() {
        for len in [0_usize, 255, 256, INLINE_BYTES + 1, 500_000] {
            let plain: Vec<u8> = (0..len).map(|index| b"abc"[index % 3]).collect();
            let (headers, read) = inflated(compress(Response::new(Body::from(plain.clone()))).await).await;
            assert_eq!(headers.contains_key(CONTENT_ENCODING), len >= 256, "{len}");
            assert_eq!(read, plain);
            let chunks: Vec<std::io::Result<Bytes>> = plain
                .chunks(40_000)
                .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
                .collect();
            let body = Body::from_stream(futures::stream::iter(chunks));
            let (headers, read) = inflated(compress(Response::new(body)).await).await;
            assert_eq!(headers[CONTENT_ENCODING], "gzip");
            assert_eq!(read, plain);
        }
    }

    #[tokio::test]
    async fn a_chosen_coding_is_kept() {
        let mut response = Response::new(Body::from(vec![b'a'; 1000]));
        response.extensions_mut().insert(AsItIs);
        assert!(!compress(response).await.headers().contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn downloads_stay_as_they_are() {
        let mut response = Response::new(Body::from(vec![b'a'; 1000]));
        response
            .headers_mut()
            .insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
        assert!(!compress(response).await.headers().contains_key(CONTENT_ENCODING));
    }
}
