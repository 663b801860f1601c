//! Traces, spans, threads, scores, comments and guardrails through the whole HTTP stack, on an embedded store in a
//! temporary directory.

#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod client;

mod comments;
mod payloads;
mod scores;
mod search;
mod spans;
mod stats;
mod threads;
mod traces;
mod validation;
