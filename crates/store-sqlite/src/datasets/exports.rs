//! Exports of datasets.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ferropik_model::{DatasetExportJob, DatasetExportStatus, Timestamp};
use ferropik_store::{ClaimedExport, DatasetExportStore, ExpiredExport, Scope, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::SqliteStore;
use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rows::{optional_uuid_at, uuid_at};
use crate::state::workspace_key;
use crate::work::Work;

const PENDING: i64 = 0;
const PROCESSING: i64 = 1;
const COMPLETED: i64 = 2;
const FAILED: i64 = 3;

const COLUMNS: &str = "id, dataset, dataset_name, status, object_key, error, created_us, updated_us, expires_us, \
                       viewed_us, created_by, updated_by";

fn status_of(number: i64) -> DatasetExportStatus {
    usize::try_from(number)
        .ok()
        .and_then(|index| DatasetExportStatus::ALL.get(index).copied())
        .unwrap_or(DatasetExportStatus::Failed)
}

fn from_row(connection: &Connection, strings: &Strings, row: &Row<'_>) -> rusqlite::Result<DatasetExportJob> {
    Ok(DatasetExportJob {
        id: uuid_at(row, 0)?,
        dataset_id: uuid_at(row, 1)?,
        dataset_name: row.get(2)?,
        status: status_of(row.get(3)?),
        file_path: row.get(4)?,
        error_message: row.get(5)?,
        created_at: Timestamp::from_micros(row.get(6)?),
        last_updated_at: Timestamp::from_micros(row.get(7)?),
        expires_at: Timestamp::from_micros(row.get(8)?),
        viewed_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_micros),
        created_by: strings.text(connection, row.get(10)?)?.to_string(),
        last_updated_by: strings.text(connection, row.get(11)?)?.to_string(),
    })
}

/// The id of a workspace by its key.
pub(super) fn workspace_id(connection: &Connection, key: i64) -> rusqlite::Result<Uuid> {
    connection
        .prepare_cached("SELECT id FROM workspace WHERE key = ?1")?
        .query_row([key], |row| uuid_at(row, 0))
}

/// Name and id of the latest version of a dataset that is not deleted.
fn exportable(connection: &Connection, workspace: i64, id: Uuid) -> rusqlite::Result<Option<(String, Option<Uuid>)>> {
    connection
        .prepare_cached(
            "SELECT d.name, v.id FROM dataset d LEFT JOIN dataset_version v ON v.dataset = d.key AND v.number = d.latest \
             WHERE d.id = ?1 AND d.workspace = ?2 AND d.folded_name IS NOT NULL",
        )?
        .query_row(params![id.as_bytes(), workspace], |row| {
            Ok((row.get(0)?, optional_uuid_at(row, 1)?))
        })
        .optional()
}

/// An export of that version that has not ended. Few have not, so all of them are looked at.
fn open_export(
    connection: &Connection,
    workspace: i64,
    dataset: Uuid,
    version: Option<Uuid>,
) -> rusqlite::Result<Option<Uuid>> {
    connection
        .prepare_cached(
            "SELECT id FROM dataset_export WHERE status < 2 AND workspace = ?1 AND dataset = ?2 AND version IS ?3 \
             AND expires_us > ?4 ORDER BY id DESC LIMIT 1",
        )?
        .query_row(
            params![
                workspace,
                dataset.as_bytes(),
                version.as_ref().map(Uuid::as_bytes),
                Timestamp::now().as_micros()
            ],
            |row| uuid_at(row, 0),
        )
        .optional()
}

fn find(
    connection: &Connection,
    strings: &Strings,
    workspace: i64,
    id: Uuid,
) -> rusqlite::Result<Option<DatasetExportJob>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset_export WHERE id = ?1 AND workspace = ?2 AND expires_us > ?3"
        ))?
        .query_row(params![id.as_bytes(), workspace, Timestamp::now().as_micros()], |row| {
            from_row(connection, strings, row)
        })
        .optional()
}

#[async_trait]
impl DatasetExportStore for SqliteStore {
    async fn start_dataset_export(
        &self,
        scope: &Scope,
        id: Uuid,
        dataset: Uuid,
        lifetime: Duration,
    ) -> StoreResult<DatasetExportJob> {
        let owned_scope = scope.clone();
        let lifetime = i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX);
        let id = self
            .write(move |connection, state| {
                let work = Work::begin(connection, state, &owned_scope)?;
                let (name, version) = exportable(connection, work.workspace, dataset)
                    .map_err(translate)?
                    .ok_or(StoreError::NotFound)?;
                let open = open_export(connection, work.workspace, dataset, version).map_err(translate)?;
                if let Some(open) = open {
                    work.finish()?;
                    return Ok(open);
                }
                let now = work.now.as_micros();
                connection
                    .prepare_cached(
                        "INSERT INTO dataset_export (id, workspace, dataset, dataset_name, version, status, \
                         created_us, created_by, updated_us, updated_by, expires_us) \
                         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?6, ?7, ?8)",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![
                            id.as_bytes(),
                            work.workspace,
                            dataset.as_bytes(),
                            name,
                            version.as_ref().map(Uuid::as_bytes),
                            now,
                            work.user,
                            now.saturating_add(lifetime),
                        ])
                    })
                    .map_err(translate)?;
                work.finish()?;
                Ok(id)
            })
            .await?;
        self.dataset_export(scope, id).await?.ok_or(StoreError::NotFound)
    }

    async fn dataset_exports(&self, scope: &Scope, limit: u64) -> StoreResult<Vec<DatasetExportJob>> {
        let (scope, strings) = (scope.clone(), Arc::clone(&self.context().strings));
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let now = Timestamp::now().as_micros();
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM dataset_export WHERE workspace = ?1 AND expires_us > ?2 \
                     ORDER BY id DESC LIMIT ?3"
                ))
                .and_then(|mut statement| {
                    statement
                        .query_map(params![workspace, now, limit], |row| {
                            from_row(connection, &strings, row)
                        })?
                        .collect()
                })
                .map_err(translate)
        })
        .await
    }

    async fn dataset_export(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<DatasetExportJob>> {
        let (scope, strings) = (scope.clone(), Arc::clone(&self.context().strings));
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            find(connection, &strings, workspace, id).map_err(translate)
        })
        .await
    }

    async fn view_dataset_export(&self, scope: &Scope, id: Uuid) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let changed = connection
                .prepare_cached(
                    "UPDATE dataset_export SET viewed_us = COALESCE(viewed_us, ?3), \
                     updated_us = IIF(viewed_us IS NULL, ?3, updated_us), \
                     updated_by = IIF(viewed_us IS NULL, ?4, updated_by) \
                     WHERE id = ?1 AND workspace = ?2 AND expires_us > ?3",
                )
                .and_then(|mut statement| {
                    statement.execute(params![id.as_bytes(), work.workspace, work.now.as_micros(), work.user])
                })
                .map_err(translate)?;
            work.finish()?;
            if changed == 0 {
                Err(StoreError::NotFound)
            } else {
                Ok(())
            }
        })
        .await
    }

    async fn claim_dataset_export(&self) -> StoreResult<Option<ClaimedExport>> {
        let strings = Arc::clone(&self.context().strings);
        self.write(move |connection, _| {
            let claimed = connection
                .prepare_cached(
                    "SELECT id, workspace, dataset, version, created_by FROM dataset_export \
                     WHERE status = 0 ORDER BY id LIMIT 1",
                )
                .and_then(|mut statement| {
                    statement
                        .query_row([], |row| {
                            let user = strings.text(connection, row.get(4)?)?;
                            Ok(ClaimedExport {
                                id: uuid_at(row, 0)?,
                                scope: Scope::new(workspace_id(connection, row.get(1)?)?, &*user),
                                dataset: uuid_at(row, 2)?,
                                version: optional_uuid_at(row, 3)?,
                            })
                        })
                        .optional()
                })
                .map_err(translate)?;
            if let Some(export) = &claimed {
                connection
                    .prepare_cached("UPDATE dataset_export SET status = ?2, updated_us = ?3 WHERE id = ?1")
                    .and_then(|mut statement| {
                        statement.execute(params![export.id.as_bytes(), PROCESSING, Timestamp::now().as_micros()])
                    })
                    .map_err(translate)?;
            }
            Ok(claimed)
        })
        .await
    }

    async fn end_dataset_export(&self, scope: &Scope, id: Uuid, outcome: Result<String, String>) -> StoreResult<bool> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let (status, object_key, error) = match &outcome {
                Ok(object_key) => (COMPLETED, Some(object_key), None),
                Err(error) => (FAILED, None, Some(error)),
            };
            let changed = connection
                .prepare_cached(
                    "UPDATE dataset_export SET status = ?3, object_key = ?4, error = ?5, updated_us = ?6, \
                     updated_by = ?7 WHERE id = ?1 AND workspace = ?2 AND status = 1",
                )
                .and_then(|mut statement| {
                    statement.execute(params![
                        id.as_bytes(),
                        work.workspace,
                        status,
                        object_key,
                        error,
                        work.now.as_micros(),
                        work.user,
                    ])
                })
                .map_err(translate)?;
            work.finish()?;
            Ok(changed > 0)
        })
        .await
    }

    async fn requeue_dataset_exports(&self) -> StoreResult<()> {
        self.write(|connection, _| {
            connection
                .execute(
                    "UPDATE dataset_export SET status = ?1 WHERE status < 2 AND status = ?2",
                    params![PENDING, PROCESSING],
                )
                .map_err(translate)?;
            Ok(())
        })
        .await
    }

    async fn expired_dataset_exports(&self, limit: u64) -> StoreResult<Vec<ExpiredExport>> {
        self.read(move |connection, _| {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let now = Timestamp::now().as_micros();
            connection
                .prepare_cached(
                    "SELECT id, workspace FROM dataset_export WHERE expires_us <= ?1 ORDER BY expires_us LIMIT ?2",
                )
                .and_then(|mut statement| {
                    statement
                        .query_map(params![now, limit], |row| {
                            Ok(ExpiredExport {
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

    async fn forget_dataset_exports(&self, ids: Vec<Uuid>) -> StoreResult<()> {
        self.write(move |connection, _| {
            let mut statement = connection
                .prepare_cached("DELETE FROM dataset_export WHERE id = ?1")
                .map_err(translate)?;
            for id in &ids {
                statement.execute([id.as_bytes()]).map_err(translate)?;
            }
            Ok(())
        })
        .await
    }
}
