//! Limits of the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// File descriptors that are kept for files, not for connections.
const RESERVED_FILES: usize = 512;

/// Raises the number of open files as far as the system lets, and answers how many connections then fit.
pub(crate) fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::debug!(%error, "the number of open files could not be raised");
            limit.current
        }
    };
    let Some(files) = current else { return wanted };
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let fitting = files.saturating_sub(RESERVED_FILES).max(files / 2).max(1);
    if fitting < wanted {
        tracing::warn!(
            files,
            connections = fitting,
            "the system allows fewer open files than max_connections needs"
        );
    }
    fitting.min(wanted)
}
