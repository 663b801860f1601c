//! Histograms of durations with buckets of constant relative width, as in the DDSketch paper (Masson, Rim, Lee 2019):
//! bucket `i` holds the values in `(g^(i-1), g^i]` with `g = (1 + e) / (1 - e)` and `e` = 1 %, so that a quantile read
//! from it is at most 1 % off. Unlike a sampled sketch it can be subtracted from.

use std::collections::BTreeMap;

use crate::engine::varint;

/// Bound of the relative error.
pub(crate) const RELATIVE_ERROR: f64 = 0.01;

/// The bucket of values below one microsecond.
const ZERO_BUCKET: i64 = -1;

/// Counts per bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    counts: BTreeMap<i64, i64>,
}

fn log_gamma() -> f64 {
    ((1.0 + RELATIVE_ERROR) / (1.0 - RELATIVE_ERROR)).ln()
}

fn bucket_of(micros: i64) -> i64 {
    if micros < 1 {
        ZERO_BUCKET
    } else {
        ((micros as f64).ln() / log_gamma()).ceil() as i64
    }
}

fn value_of(bucket: i64) -> f64 {
    if bucket == ZERO_BUCKET {
        return 0.0;
    }
    (bucket as f64 * log_gamma()).exp() * (1.0 - RELATIVE_ERROR)
}

impl Histogram {
    /// Adds (or with a negative count takes away) a duration.
    pub(crate) fn add(&mut self, micros: i64, count: i64) {
        let slot = self.counts.entry(bucket_of(micros)).or_default();
        *slot += count;
        if *slot == 0 {
            self.counts.remove(&bucket_of(micros));
        }
    }

    /// Adds another histogram.
    pub(crate) fn merge(&mut self, other: &Histogram) {
        for (bucket, count) in &other.counts {
            let slot = self.counts.entry(*bucket).or_default();
            *slot += count;
            if *slot == 0 {
                self.counts.remove(bucket);
            }
        }
    }

    /// Whether nothing is counted.
    pub(crate) fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The quantile `q` in microseconds, at most 1 % off; `None` when nothing is counted.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let total: i64 = self.counts.values().sum();
        if total <= 0 {
            return None;
        }
        let rank = (q * (total - 1) as f64).round() as i64;
        let mut seen = 0;
        for (bucket, count) in &self.counts {
            seen += count;
            if seen > rank {
                return Some(value_of(*bucket));
            }
        }
        self.counts.keys().next_back().map(|bucket| value_of(*bucket))
    }

    /// The blob of a column; none when empty.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        if self.counts.is_empty() {
            return None;
        }
        let mut out = Vec::with_capacity(self.counts.len() * 3);
        let mut previous = 0;
        for (bucket, count) in &self.counts {
            varint::put_signed(&mut out, bucket - previous);
            varint::put_signed(&mut out, *count);
            previous = *bucket;
        }
        Some(out)
    }

    /// Reads a column.
    pub(crate) fn decode(blob: Option<&[u8]>) -> Histogram {
        let mut bytes = blob.unwrap_or_default();
        let mut histogram = Histogram::default();
        let mut bucket = 0;
        while let Some(step) = varint::take_signed(&mut bytes)
            && let Some(count) = varint::take_signed(&mut bytes)
        {
            bucket += step;
            histogram.counts.insert(bucket, count);
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_percent() {
        let mut histogram = Histogram::default();
        for n in 1..=10_000_i64 {
            histogram.add(n * 37, 1);
        }
        for (q, exact) in [(0.5, 5_000.5 * 37.0), (0.9, 9_000.1 * 37.0), (0.99, 9_900.01 * 37.0)] {
            let found = histogram.quantile(q).unwrap();
            assert!((found - exact).abs() / exact <= 0.0102, "{q}: {found} against {exact}");
        }
        assert_eq!(Histogram::decode(histogram.encode().as_deref()), histogram);
    }

    #[test]
    fn subtraction_is_exact() {
        let mut histogram = Histogram::default();
        histogram.add(0, 1);
        histogram.add(1_000, 2);
        histogram.add(1_000, -2);
        histogram.add(0, -1);
        assert!(histogram.is_empty());
        assert_eq!(histogram.encode(), None);
        assert_eq!(histogram.quantile(0.5), None);
    }
}
