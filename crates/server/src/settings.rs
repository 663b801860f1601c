//! Limits and switches of the server.

use std::time::Duration;

/// Limits and switches of the server. The defaults are those of a fresh installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Path that the web interface lives under, and that the API is served under besides the root, such as `/opik`; empty
    /// for none.
    pub base_path: String,
    /// Largest body that is accepted at all, in bytes as they are sent. Uploads of files come close to it.
    pub max_body_bytes: u64,
    /// Largest JSON body, in bytes, as it is sent and when it is inflated.
    pub max_json_bytes: usize,
    /// Memory that the JSON bodies of all requests may take together, in bytes. A single body takes up to three times
    /// its size.
    pub body_budget_bytes: usize,
    /// Longest pause within a body.
    pub body_idle_timeout: Duration,
    /// Longest time for a whole JSON body.
    pub body_timeout: Duration,
    /// Longest time for the head of a request, and longest time that a connection may be idle.
    pub header_timeout: Duration,
    /// Most connections at a time; others wait to be accepted.
    pub max_connections: usize,
    /// How long running requests may go on after the server was told to stop.
    pub shutdown_timeout: Duration,
    /// Whether pages of other origins may call the API.
    pub cors: bool,
    /// Whether callers are limited to a number of requests per minute.
    pub rate_limit: bool,
    /// After how long without a trace a thread is closed, where the workspace does not say.
    pub thread_timeout: Duration,
    /// Length in base64 characters from which a file inside of a payload becomes an attachment.
    pub attachment_min_len: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        const MIB: usize = 1024 * 1024;
        Settings {
            base_path: String::new(),
            max_body_bytes: 2048 * MIB as u64,
            max_json_bytes: 128 * MIB,
            body_budget_bytes: 512 * MIB,
            body_idle_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(600),
            header_timeout: Duration::from_secs(30),
            max_connections: 16_384,
            shutdown_timeout: Duration::from_secs(20),
            cors: false,
            rate_limit: false,
            thread_timeout: Duration::from_secs(15 * 60),
            attachment_min_len: ferropik_model::json::ATTACHMENT_MIN_LEN,
        }
    }
}
