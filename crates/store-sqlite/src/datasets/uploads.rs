//! Files that become items of datasets.

use std::sync::Arc;

use async_trait::async_trait;
use ferropik_store::{DatasetUploadStore, Scope, SpentUpload, StoreError, StoreResult, UploadFormat, WaitingUpload};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::exports::workspace_id;
use crate::SqliteStore;
use crate::error::translate;
use crate::rows::uuid_at;
use crate::work::Work;

const RECEIVING: i64 = 0;
const WAITING: i64 = 1;
const SPENT: i64 = 2;

/// `dataset.status`.
const PROCESSING: i64 = 1;
const COMPLETED: i64 = 2;
const FAILED: i64 = 3;

fn number_of(format: UploadFormat) -> i64 {
    match format {
        UploadFormat::Csv => 0,
        UploadFormat::Json => 1,
        UploadFormat::JsonLines => 2,
    }
}

fn format_of(number: i64) -> UploadFormat {
    match number {
        0 => UploadFormat::Csv,
        1 => UploadFormat::Json,
        _ => UploadFormat::JsonLines,
    }
}

fn set_status(connection: &Connection, workspace: i64, dataset: Uuid, status: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("UPDATE dataset SET status = ?3 WHERE id = ?1 AND workspace = ?2 AND folded_name IS NOT NULL")?
        .execute(params![dataset.as_bytes(), workspace, status])
        .map(|changed| changed > 0)
}

fn has_waiting(connection: &Connection, dataset: Uuid) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM dataset_upload WHERE dataset = ?1 AND state = 1)")?
        .query_row([dataset.as_bytes()], |row| row.get(0))
}

#[async_trait]
impl DatasetUploadStore for SqliteStore {
    async fn begin_dataset_upload(&self, scope: &Scope, id: Uuid) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            connection
                .prepare_cached(
                    "INSERT INTO dataset_upload (id, workspace, state, format, items, created_by) \
                     VALUES (?1, ?2, ?3, 0, 0, ?4)",
                )
                .and_then(|mut statement| {
                    statement.execute(params![id.as_bytes(), work.workspace, RECEIVING, work.user])
                })
                .map_err(translate)?;
            work.finish()
        })
        .await
    }

    async fn accept_dataset_upload(
        &self,
        scope: &Scope,
        id: Uuid,
        dataset: Uuid,
        format: UploadFormat,
    ) -> StoreResult<()> {
        let scope = scope.clone();
        let format = number_of(format);
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            if !set_status(connection, work.workspace, dataset, PROCESSING).map_err(translate)? {
                return Err(StoreError::NotFound);
            }
            let accepted = connection
                .prepare_cached(
                    "UPDATE dataset_upload SET state = ?3, dataset = ?4, format = ?5 WHERE id = ?1 AND workspace = ?2",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        id.as_bytes(),
                        work.workspace,
                        WAITING,
                        dataset.as_bytes(),
                        format
                    ])
                })
                .map_err(translate)?;
            if accepted == 0 {
                return Err(StoreError::internal("an upload was accepted that had not begun"));
            }
            work.finish()
        })
        .await
    }

    async fn waiting_dataset_upload(&self) -> StoreResult<Option<WaitingUpload>> {
        let strings = Arc::clone(&self.context().strings);
        self.read(move |connection, _| {
            connection
                .prepare_cached(
                    "SELECT id, workspace, dataset, format, items, created_by FROM dataset_upload \
                     WHERE state = 1 ORDER BY id LIMIT 1",
                )
                .and_then(|mut statement| {
                    statement
                        .query_row([], |row| {
                            let user = strings.text(connection, row.get(5)?)?;
                            Ok(WaitingUpload {
                                id: uuid_at(row, 0)?,
                                scope: Scope::new(workspace_id(connection, row.get(1)?)?, &*user),
                                dataset: uuid_at(row, 2)?,
                                format: format_of(row.get(3)?),
                                items: row.get::<_, i64>(4)?.unsigned_abs(),
                            })
                        })
                        .optional()
                })
                .map_err(translate)
        })
        .await
    }

    async fn advance_dataset_upload(&self, scope: &Scope, id: Uuid, items: u64) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let items = i64::try_from(items).map_err(StoreError::internal)?;
            connection
                .prepare_cached("UPDATE dataset_upload SET items = ?3 WHERE id = ?1 AND workspace = ?2")
                .and_then(|mut statement| statement.execute(params![id.as_bytes(), work.workspace, items]))
                .map_err(translate)?;
            work.finish()
        })
        .await
    }

    async fn end_dataset_upload(&self, scope: &Scope, id: Uuid, is_complete: bool) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let dataset = connection
                .prepare_cached(
                    "UPDATE dataset_upload SET state = ?3 WHERE id = ?1 AND workspace = ?2 AND state = 1 \
                     RETURNING dataset",
                )
                .and_then(|mut statement| {
                    statement
                        .query_row(params![id.as_bytes(), work.workspace, SPENT], |row| uuid_at(row, 0))
                        .optional()
                })
                .map_err(translate)?;
            if let Some(dataset) = dataset
                && !has_waiting(connection, dataset).map_err(translate)?
            {
                let status = if is_complete { COMPLETED } else { FAILED };
                set_status(connection, work.workspace, dataset, status).map_err(translate)?;
            }
            work.finish()
        })
        .await
    }

    async fn abandon_dataset_uploads(&self, before: Uuid) -> StoreResult<()> {
        self.write(move |connection, _| {
            connection
                .execute(
                    "UPDATE dataset_upload SET state = ?1 WHERE state = ?2 AND id < ?3",
                    params![SPENT, RECEIVING, before.as_bytes()],
                )
                .map_err(translate)?;
            Ok(())
        })
        .await
    }

    async fn spent_dataset_uploads(&self, limit: u64) -> StoreResult<Vec<SpentUpload>> {
        self.read(move |connection, _| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            connection
                .prepare_cached("SELECT id, workspace FROM dataset_upload WHERE state = ?1 ORDER BY id LIMIT ?2")
                .and_then(|mut statement| {
                    statement
                        .query_map([SPENT, limit], |row| {
                            Ok(SpentUpload {
                                id: uuid_at(row, 0)?,
                                workspace: workspace_id(connection, row.get(1)?)?,
                            })
                        })?
                        .collect()
                })
                .map_err(translate)
        })
        .await
    }

    async fn forget_dataset_upload(&self, id: Uuid) -> StoreResult<()> {
        self.write(move |connection, _| {
            connection
                .prepare_cached("DELETE FROM dataset_upload WHERE id = ?1")
                .and_then(|mut statement| statement.execute([id.as_bytes()]))
                .map_err(translate)?;
            Ok(())
        })
        .await
    }
}
