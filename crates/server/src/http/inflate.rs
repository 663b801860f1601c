//! Inflating request bodies.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use memchr::memmem;

use super::error::{ApiError, ApiResult};

/// Deflate cannot shrink data further than this; a trailer that promises more is wrong.
const MAX_RATIO: usize = 1032;

/// How much is inflated between two looks at the limits.
const CHUNK_BYTES: usize = 256 * 1024;

/// Inflates a gzip body of one or more members to at most `max_bytes`. `reserve` is called with the size in bytes that
/// the result is about to have, before memory is taken for it.
///
/// # Errors
/// 413 when the result would be larger, 400 when the body is damaged, and those of `reserve`.
pub(super) fn inflate_gzip(
    body: &[u8],
    max_bytes: usize,
    reserve: &mut dyn FnMut(usize) -> ApiResult<()>,
) -> ApiResult<Vec<u8>> {
    if let Some(len) = promised_len(body) {
        if len > max_bytes {
            return Err(ApiError::too_large(max_bytes as u64));
        }
        reserve(len)?;
        if let Some(plain) = inflate_whole(body, len) {
            return Ok(plain);
        }
    }
    inflate_streaming(body, max_bytes, reserve)
}

/// Size that the last eight bytes of the body promise, unless that is impossible.
fn promised_len(body: &[u8]) -> Option<usize> {
    let len = u32::from_le_bytes(*body.last_chunk::<4>()?) as usize;
    (len <= body.len().saturating_mul(MAX_RATIO)).then_some(len)
}

/// The fast way, for a body of a single member. `None` when it is something else.
fn inflate_whole(body: &[u8], len: usize) -> Option<Vec<u8>> {
    if may_have_more_members(body) {
        return None;
    }
    let trailer = body.last_chunk::<8>()?;
    let checksum = u32::from_le_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
    let mut plain = vec![0; len];
    let written = libdeflater::Decompressor::new()
        .gzip_decompress(body, &mut plain)
        .ok()?;
    // Bytes after the member are not looked at: then the trailer at the end is not the one that was checked.
    (written == len && libdeflater::crc32(&plain) == checksum).then_some(plain)
}

/// Whether a second member could start somewhere. Compressed data may look like it by chance.
fn may_have_more_members(body: &[u8]) -> bool {
    const START_OF_MEMBER: &[u8] = &[0x1f, 0x8b, 8];
    body.get(START_OF_MEMBER.len()..)
        .is_some_and(|rest| memmem::find(rest, START_OF_MEMBER).is_some())
}

fn inflate_streaming(
    body: &[u8],
    max_bytes: usize,
    reserve: &mut dyn FnMut(usize) -> ApiResult<()>,
) -> ApiResult<Vec<u8>> {
    let mut decoder = MultiGzDecoder::new(body);
    let mut plain = Vec::new();
    loop {
        reserve(plain.len() + CHUNK_BYTES)?;
        let read = decoder
            .by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut plain)
            .map_err(|error| ApiError::bad_request(format!("Unable to inflate the request body: {error}")))?;
        if plain.len() > max_bytes {
            return Err(ApiError::too_large(max_bytes as u64));
        }
        if read == 0 {
            return Ok(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(body: &[u8], max_bytes: usize) -> ApiResult<Vec<u8>> {
        inflate_gzip(body, max_bytes, &mut |_| Ok(()))
    }

    fn refusal(body: &[u8], max_bytes: usize) -> Option<u16> {
        inflate(body, max_bytes).err().map(|error| error.status().as_u16())
    }

    #[test]
    fn several_members_are_one_body() {
        for parts in [["{\"a\":", "1}"], ["twin", "twin"], ["", "x"]] {
            let body = [gzip(parts[0].as_bytes()), gzip(parts[1].as_bytes())].concat();
            assert_eq!(inflate(&body, 100).unwrap(), parts.concat().as_bytes());
        }
    }

    #[test]
    fn bombs_are_refused() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert!(bomb.len() < 100_000);
        assert_eq!(refusal(&bomb, 1_000_000), Some(413));
        let mut liar = bomb.clone();
        let end = liar.len();
        liar[end - 4..].copy_from_slice(&5_u32.to_le_bytes());
        assert_eq!(refusal(&liar, 1_000_000), Some(413));
        let members = [gzip(&vec![b' '; 900_000]), gzip(&vec![b' '; 900_000])].concat();
        assert_eq!(refusal(&members, 1_000_000), Some(413));
    }

    #[test]
    fn damage_is_noticed() {
        let body = gzip(b"a body that is damaged on its way");
        assert_eq!(refusal(&body[..body.len() - 3], 100), Some(400));
        let mut flipped = body.clone();
        let end = flipped.len();
        flipped[end - 6] ^= 1;
        assert_eq!(refusal(&flipped, 100), Some(400));
        assert_eq!(refusal(b"{}", 100), Some(400));
    }

    proptest! {
        #[test]
        fn inverse_of_gzip(plain in proptest::collection::vec(any::<u8>(), 0..4096)) {
            prop_assert_eq!(inflate(&gzip(&plain), 4096).unwrap(), plain);
        }

        #[test]
        fn never_panics(body in proptest::collection::vec(any::<u8>(), 0..512)) {
            let _ = inflate(&body, 1024);
        }
    }
}
