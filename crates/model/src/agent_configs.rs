//! Agent configurations.
