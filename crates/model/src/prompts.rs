//! Prompts and their versions.
