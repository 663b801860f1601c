//! Reproducible random numbers, addressed by row instead of by position in one long stream.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of numbers is used for, so that drawing more numbers for one purpose never
/// changes the values of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Ids, times and flags of one trace and its spans.
    Plan = 1,
    /// Payload texts of one trace and its spans.
    Text = 2,
    /// Properties shared by all traces of one thread.
    Thread = 3,
    /// Choices of the query measurements.
    Query = 4,
    /// Datasets, experiments and their runs.
    Evaluation = 5,
}

/// A random stream that depends only on (seed, salt, stream, row).
pub(crate) struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    /// Opens the stream of one row. `salt` separates data sets that share a seed.
    pub(crate) fn new(seed: u64, salt: u64, stream: Stream, row: u64) -> Self {
        let mut key = [0_u8; 32];
        key[0..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&salt.to_le_bytes());
        key[16..24].copy_from_slice(&(stream as u64).to_le_bytes());
        key[24..32].copy_from_slice(&row.to_le_bytes());
        Self {
            rng: ChaCha8Rng::from_seed(key),
        }
    }

    /// The next 32 bits.
    #[inline]
    pub(crate) fn bits(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// A number below `limit`; 0 when `limit` is 0. `limit` should stay far below 2^32.
    #[inline]
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (u64::from(self.bits()) * limit) >> 32
    }

    /// True in `per_mille` of 1000 calls on average.
    #[inline]
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// A number in `low..high` with many small and few large values (cube of a uniform number;
    /// the median lies at one eighth of the range, the mean at one quarter).
    pub(crate) fn skewed(&mut self, low: u64, high: u64) -> u64 {
        let uniform = f64::from(self.bits()) / 4_294_967_296.0;
        let width = (high - low) as f64;
        low + (uniform * uniform * uniform * width) as u64
    }

    /// Ten random bytes, the random part of a version 7 UUID.
    pub(crate) fn id_bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0_u8; 10];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn streams_are_reproducible_and_independent() {
        let take = |seed, salt, stream, row| {
            let mut draw = Draw::new(seed, salt, stream, row);
            [draw.bits(), draw.bits(), draw.bits()]
        };
        assert_eq!(take(1, 2, Stream::Plan, 3), take(1, 2, Stream::Plan, 3));
        assert_ne!(take(1, 2, Stream::Plan, 3), take(2, 2, Stream::Plan, 3));
        assert_ne!(take(1, 2, Stream::Plan, 3), take(1, 3, Stream::Plan, 3));
        assert_ne!(take(1, 2, Stream::Plan, 3), take(1, 2, Stream::Text, 3));
        assert_ne!(take(1, 2, Stream::Plan, 3), take(1, 2, Stream::Plan, 4));
    }

    proptest! {
        #[test]
        fn bounded_draws_stay_in_range(row in any::<u64>(), low in 0_u64..1000, width in 1_u64..1_000_000) {
            let mut draw = Draw::new(7, 0, Stream::Plan, row);
            prop_assert!(draw.below(width) < width);
            let value = draw.skewed(low, low + width);
            prop_assert!((low..low + width).contains(&value));
        }
    }
}
