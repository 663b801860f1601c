//! Series of metrics over time.
