//! What the rows of files have in common.

use std::fmt::Display;

use ferropik_model::{DatasetItemSource, ExecutionPolicy, RawJson};
use uuid::Uuid;

/// A row of a file: an item that may not have an id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Id that the file gives.
    pub(super) id: Option<Uuid>,
    /// Where the item comes from.
    pub(super) source: DatasetItemSource,
    /// An object that is not empty.
    pub(super) data: RawJson,
    /// Free text.
    pub(super) description: Option<String>,
    /// Tags, each once.
    pub(super) tags: Vec<String>,
    /// Array of evaluators that is not empty.
    pub(super) evaluators: Option<RawJson>,
    /// How often it is run.
    pub(super) policy: Option<ExecutionPolicy>,
}

impl Row {
    /// A row that is nothing but data.
    pub(super) fn of_data(data: RawJson) -> Row {
        Row {
            id: None,
            source: DatasetItemSource::Manual,
            data,
            description: None,
            tags: Vec::new(),
            evaluators: None,
            policy: None,
        }
    }

    /// About how much memory it takes, in bytes.
    pub(super) fn weight(&self) -> usize {
        let evaluators = self.evaluators.as_ref().map_or(0, |list| list.as_str().len());
        self.data.as_str().len() + evaluators + size_of::<Row>()
    }
}

/// Why a file cannot become items.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {text}")]
pub(super) struct RowError {
    line: u64,
    text: String,
}

impl RowError {
    /// At a line, from 1.
    pub(super) fn new(line: u64, text: impl Display) -> RowError {
        RowError {
            line,
            text: text.to_string(),
        }
    }
}
