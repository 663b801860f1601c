//! Signatures: which traces may hold a text, without inflating them.
//!
//! - **Grams.** A row is represented by the set of all runs of four bytes (grams) in its searched texts, folded as
//!   searches compare them; of JSON also in the text with its escapes resolved. A text can only be in a row that has all
//!   grams of the text.
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

/// Place of a row without searched text, or without a row.
const NOWHERE: u16 = u16::MAX;

/// Place of a row with so much text that it may hold anything.
const ANYTHING: u16 = u16::MAX - 1;

/// The bit of a gram.
fn bit_of(gram: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - BITS.ilog2())) as usize
}

/// Calls `visit` with the bit of each gram of a folded text.
fn each_bit(folded: impl Iterator<Item = u8>, mut visit: impl FnMut(usize)) {
    let mut gram = 0_u32;
    for (position, byte) in folded.enumerate() {
        gram = gram >> 8 | u32::from(byte) << 24;
        if position + 1 >= GRAM {
            visit(bit_of(gram));
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
