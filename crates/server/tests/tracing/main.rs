//! Traces, spans, threads, scores, comments and guardrails through the whole HTTP stack, on an embedded store in a
//! temporary directory.

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
