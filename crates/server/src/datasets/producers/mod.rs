//! What items of datasets are made of besides what clients send one by one (traces, spans, files), and the files that
//! datasets are written to.
//!
//! Uploads and exports take their time, so that they happen in the background: their records are in the store, the
//! files beside it, and [`run`] goes on where an earlier process has ended.

mod csv_file;
mod csv_text;
mod exports;
mod form;
mod from_records;
mod json_file;
mod patience;
mod record_data;
mod routes;
mod rows;
mod uploads;

use std::sync::Arc;

use ferropik_model::id;
use ferropik_store::Scope;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::AppState;

pub(super) use routes::router;

/// Tells the work in the background that there is something to do.
#[derive(Debug, Clone)]
pub(crate) struct Wake {
    /// An id below those of all uploads of this process.
    started: Uuid,
    uploads: Arc<Notify>,
    exports: Arc<Notify>,
}

impl Default for Wake {
    fn default() -> Wake {
        Wake {
            started: id::new(),
            uploads: Arc::default(),
            exports: Arc::default(),
        }
    }
}

/// Makes items of uploaded files and writes exports until told to stop. What is under way then goes on with the next
/// call, which only one process may make at a time.
pub async fn run(state: AppState, stop: CancellationToken) {
    tokio::join!(uploads::run(&state, &stop), exports::run(&state, &stop));
}

/// Start of the keys of a kind of files of a workspace.
fn key_prefix(scope: &Scope, kind: &str) -> String {
    format!("opik/datasets/workspaces/{}/{kind}/", scope.workspace)
}
