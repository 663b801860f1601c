//! Exports of datasets to files.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum DatasetExportStatus {
    /// It has not begun.
    Pending,
    /// It is under way.
    Processing,
    /// The file can be downloaded.
    Completed,
    /// It has ended without a file.
    Failed,
}

impl DatasetExportStatus {
    /// All, in the order of their stored numbers.
    pub const ALL: [DatasetExportStatus; 4] = [
        DatasetExportStatus::Pending,
        DatasetExportStatus::Processing,
        DatasetExportStatus::Completed,
        DatasetExportStatus::Failed,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            DatasetExportStatus::Pending => "PENDING",
            DatasetExportStatus::Processing => "PROCESSING",
            DatasetExportStatus::Completed => "COMPLETED",
            DatasetExportStatus::Failed => "FAILED",
        }
    }
}

/// An export of one version of a dataset to a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetExportJob {
    /// UUID of version 7.
    pub id: Uuid,
    /// The dataset.
    pub dataset_id: Uuid,
    /// Its name when the export was asked for.
    pub dataset_name: String,
    /// How far it is.
    pub status: DatasetExportStatus,
    /// Where the file is kept, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_path: Option<String>,
    /// Why there is no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Latest change.
    pub last_updated_at: Timestamp,
    /// When it is deleted together with its file.
    pub expires_at: Timestamp,
    /// When someone has seen how it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewed_at: Option<Timestamp>,
    /// Who asked for it.
    pub created_by: String,
    /// User of the latest change.
    pub last_updated_by: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for status in DatasetExportStatus::ALL {
            assert_eq!(
                serde_json::to_string(&status).unwrap(),
                format!("\"{}\"", status.as_str())
            );
        }
    }
}
