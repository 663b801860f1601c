//! The HTTP server: Opik's REST API on any store.
//!
//! - [`http`] holds what all resources share: extractors, answers, errors, limits.
//! - Every other folder is one resource: `routes.rs` is HTTP in and out, `service.rs` holds its rules.
//! - [`App`] puts it all together, [`http::serve`] listens.

pub mod attachments;
pub mod health;
pub mod http;

mod app;
mod comments;
mod docs;
mod feedback_scores;
mod guardrails;
mod projects;
mod records;
mod settings;
mod spans;
mod state;
mod threads;
mod traces;
mod workspaces;

pub use app::App;
pub use settings::Settings;
pub use spans::Prices;
pub use state::AppState;
