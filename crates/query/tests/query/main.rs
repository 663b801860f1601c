//! Tests of the public interface.
#![expect(clippy::unwrap_used, reason = "a failed test shows where")]

mod agreement;
mod language;
mod lowering;
mod parsing;
mod semantics;
mod store;
