//! The HTTP server: Opik's REST API on any store.
//!
//! - [`http`] holds what all resources share: extractors, answers, errors, limits.
//! - Every other folder is one resource: `routes.rs` is HTTP in and out, `service.rs` holds its rules.
//! - [`web`] serves the web interface.
//! - [`App`] puts it all together, [`http::serve`] listens.

pub mod attachments;
pub mod health;
pub mod http;
pub mod web;

mod agent_configs;
mod annotation_queues;
mod app;
mod comments;
mod comparison;
mod dashboards;
mod datasets;
mod docs;
mod environments;
mod experiments;
mod feedback_definitions;
mod feedback_scores;
mod guardrails;
mod optimizations;
mod otel;
mod project_metrics;
mod projects;
mod prompts;
mod records;
mod reports;
mod retention;
mod settings;
mod spans;
mod state;
mod threads;
mod traces;
mod usage;
mod workspaces;

pub use app::{App, openapi};
pub use datasets::run as run_uploads_and_exports;
pub use settings::Settings;
pub use spans::Prices;
pub use state::AppState;
