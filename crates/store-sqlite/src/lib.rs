//! The embedded store: one SQLite database in one data directory.
//!
//! - **One writer, many readers.** A thread owns the only connection that writes and commits what is waiting in groups
//!   ([`engine::writer`]); readers have connections and threads of their own ([`engine::readers`]).
//! - **Narrow rows, separate payloads.** Lists, filters and sorts work on narrow rows; `input`, `output` and `metadata`
//!   lie apart as compressed frames ([`engine::payload`]).
//! - **Derived in the same transaction.** Sums of spans per trace, threads, tags, aggregated scores and hourly rollups
//!   follow from the difference of a row before and after a write ([`work`]).

pub mod admin;

mod agent_configs;
mod annotation_queues;
mod attachments;
mod cascade;
mod columns;
mod comments;
mod comparison;
mod dashboards;
mod datasets;
mod engine;
mod environments;
mod error;
mod experiments;
mod feedback_definitions;
mod functions;
mod guardrails;
mod histogram;
mod lock;
mod open;
mod optimizations;
mod otel;
mod payloads;
mod project_metrics;
mod projects;
mod prompts;
mod purge;
mod read;
mod reports;
mod retention;
mod rollup;
mod rows;
mod scan;
mod scores;
mod scoring;
mod spans;
mod state;
mod tags;
mod threads;
mod traces;
mod usage;
mod work;
mod workspaces;

pub use engine::migrations::MigrationError;
pub use open::{OpenError, SqliteOptions, SqliteStore};

pub(crate) use open::Context;

/// Rows that a deletion handles in one write, so that others do not wait long.
pub(crate) const DELETE_SLICE: usize = 50;

/// Version that a cost computed by the server carries on the wire.
pub(crate) const COST_VERSION: &str = "1.1";

/// Name of the project that traces without one go to.
pub(crate) const DEFAULT_PROJECT: &str = "Default Project";

/// User name of changes that nobody has asked for.
pub(crate) const SYSTEM_USER: &str = "admin";

pub(crate) fn threads_of_project(
    connection: &rusqlite::Connection,
    project: i64,
) -> ferropik_store::StoreResult<Vec<rows::ThreadRow>> {
    threads::rows_of_project(connection, project, i64::try_from(DELETE_SLICE).unwrap_or(100))
}
