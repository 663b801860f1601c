//! Tests of the embedded store through the interface that the server uses.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test shows where")]

mod admin;
mod agent_configs;
mod attachments;
mod comparison;
mod crash;
mod dataset_jobs;
mod datasets;
mod environments;
mod model;
mod projects;
mod prompts;
mod queues;
mod retention;
mod scores;
mod spans;
mod stats;
mod support;
mod tenancy;
mod threads;
mod traces;
