//! Tests of the embedded store through the interface that the server uses.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test shows where")]

mod admin;
mod attachments;
mod crash;
mod dataset_jobs;
mod model;
mod projects;
mod scores;
mod spans;
mod stats;
mod support;
mod tenancy;
mod threads;
mod traces;
