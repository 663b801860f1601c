//! Experiments, their items and assertion results.
