//! Latency samples and their summary.

use serde_json::{Value, json};
use std::time::Duration;

/// Collected request times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latencies {
    millis: Vec<f64>,
}

impl Latencies {
    /// Adds one sample.
    pub(crate) fn push(&mut self, elapsed: Duration) {
        self.millis.push(elapsed.as_secs_f64() * 1000.0);
    }

    /// Adds all samples of another collection.
    pub(crate) fn extend(&mut self, other: Self) {
        self.millis.extend(other.millis);
    }

    /// Number of samples.
    pub(crate) fn len(&self) -> usize {
        self.millis.len()
    }

    /// The smallest sample that at least `percent` of the samples do not exceed, in milliseconds
    /// (nearest rank); 0 without samples.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.millis.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
    }

    /// `{"count","p50_ms","p90_ms","p99_ms","max_ms"}`, times rounded to microseconds.
    pub(crate) fn summary(&self) -> Value {
        json!({
            "count": self.len(),
            "p50_ms": rounded(self.percentile(50.0)),
            "p90_ms": rounded(self.percentile(90.0)),
            "p99_ms": rounded(self.percentile(99.0)),
            "max_ms": rounded(self.percentile(100.0)),
        })
    }
}

/// Rounds to three decimals for reports.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_use_the_nearest_rank() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile(50.0), 0.0);
        for millis in (1..=100).rev() {
            latencies.push(Duration::from_millis(millis));
        }
        assert_eq!(latencies.percentile(50.0), 50.0);
        assert_eq!(latencies.percentile(99.0), 99.0);
        assert_eq!(latencies.percentile(100.0), 100.0);
        let mut other = Latencies::default();
        other.push(Duration::from_millis(500));
        latencies.extend(other);
        assert_eq!(latencies.summary()["max_ms"], 500.0);
        assert_eq!(latencies.summary()["count"], 101);
    }
}
