//! Feedback definitions.
