//! Signatures: which traces may hold a text, without inflating them.
//!
//! - **Grams.** A row is represented by the set of all runs of four bytes (grams) in its searched texts, and of six bytes
//!   with a digit, folded as searches compare them; of JSON also in the text with its escapes resolved. A text can only
//!   be in a row that has all grams of the text.
//! - **Blocks.** Each gram is hashed to one of [`BITS`] bits. Neighbouring rows of the same project and name, which
//!   mostly share a lot of text, share one set of bits (a block), as many rows as keep the set selective.
//! - **Segments.** [`SEGMENT_ROWS`] rows in the order of their numbers are sealed together, once they are all there and
//!   at rest. The bits of all blocks of a segment lie crosswise: one slice for each bit. A search reads only the slices
//!   of its grams.
//! - **Changes.** Rows that change after their segment was sealed are noted in a table in the transaction that changes
//!   them. They may always match, as do rows that are not sealed yet. A segment with many of them is sealed anew.

mod build;
mod sealer;
mod stored;

#[cfg(test)]
pub(crate) use sealer::Sealery;
pub(crate) use sealer::{Sealer, Sealing};
pub(crate) use stored::possible;

/// Rows of a segment: their places fill one page.
const SEGMENT_ROWS: i64 = 4_000;

/// Bits of a block.
const BITS: usize = 1 << 14;

/// Words of the bits of a block.
const WORDS: usize = BITS / 64;

/// Bytes of a gram.
const GRAM: usize = 4;

/// Bytes of a gram with a digit in it, which is used besides. Numbers and identifiers have so few different short grams
/// that a block soon has them all.
const LONG_GRAM: usize = 6;

/// Place of a row without searched text, or without a row.
const NOWHERE: u16 = u16::MAX;

/// Place of a row with so much text that it may hold anything.
const ANYTHING: u16 = u16::MAX - 1;

/// Calls `visit` with the bit of each gram of a folded text.
fn each_bit(folded: impl Iterator<Item = u8>, mut visit: impl FnMut(usize)) {
    let mut last = 0_u64;
    let mut since_digit = LONG_GRAM;
    for (position, byte) in folded.enumerate() {
        last = last << 8 | u64::from(byte);
        since_digit = if byte.is_ascii_digit() { 0 } else { since_digit + 1 };
        if position + 1 >= GRAM {
            #[expect(clippy::cast_possible_truncation, reason = "the last four bytes are wanted")]
            let gram = last as u32;
            visit((gram.wrapping_mul(0x9e37_79b1) >> (32 - BITS.ilog2())) as usize);
        }
        if position + 1 >= LONG_GRAM && since_digit < LONG_GRAM {
            let gram = last & ((1 << (8 * LONG_GRAM)) - 1);
            visit((gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS.ilog2())) as usize);
        }
    }
}

/// The segment of a row.
fn segment_of(seq: i64) -> i64 {
    seq.div_euclid(SEGMENT_ROWS)
}

/// The first row of a segment.
fn first_of(segment: i64) -> i64 {
    segment * SEGMENT_ROWS
}

/// Bytes of one slice.
fn slice_bytes(blocks: usize) -> usize {
    blocks.div_ceil(8)
}

/// Slices that are stored together, so that four such groups fill a page.
fn group_slices(blocks: usize) -> usize {
    const GROUP_BYTES: usize = 1_984;
    (GROUP_BYTES / slice_bytes(blocks).max(1)).clamp(1, BITS)
}

/// The key of a group of slices.
fn group_key(segment: i64, group: usize) -> i64 {
    segment * (1 << BITS.ilog2()) + i64::try_from(group).unwrap_or(0)
}
