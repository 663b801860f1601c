//! Threads.

mod read;
mod write;

pub(crate) use write::rows_of_project;

use async_trait::async_trait;
use ferropik_model::{Stats, Thread, ThreadStatus, ThreadUpdate};
use ferropik_store::{
    ClosedThread, Leftovers, List, Listed, Scan, Scope, Selection, StoreError, StoreResult, ThreadStore,
};
use uuid::Uuid;

use crate::SqliteStore;
use crate::error::translate;
use crate::rows::ThreadRow;
use crate::state::{project_key, workspace_key};
use crate::work::Work;

#[async_trait]
impl ThreadStore for SqliteStore {
    async fn thread(
        &self,
        scope: &Scope,
        project: Uuid,
        thread_id: &str,
        truncate: bool,
    ) -> StoreResult<Option<Thread>> {
        let (scope, context, thread_id) = (scope.clone(), self.context(), thread_id.to_owned());
        self.read(move |connection, _| read::by_id(&context, connection, &scope, project, &thread_id, truncate))
            .await
    }

    async fn threads(&self, scope: &Scope, selection: Selection, list: List) -> StoreResult<Listed<Thread>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::page(&context, connection, &scope, &selection, &list))
            .await
    }

    async fn scan_threads(&self, scope: &Scope, selection: Selection, scan: Scan) -> StoreResult<Vec<Thread>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::scan(&context, connection, &scope, &selection, &scan))
            .await
    }

    async fn thread_model_id(&self, scope: &Scope, project: Uuid, thread_id: &str) -> StoreResult<Option<Uuid>> {
        let (scope, thread_id) = (scope.clone(), thread_id.to_owned());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = project_key(connection, workspace, project)?;
            Ok(ThreadRow::find(connection, project, &thread_id)
                .map_err(translate)?
                .map(|row| row.model_id))
        })
        .await
    }

    async fn thread_stats(&self, scope: &Scope, selection: Selection) -> StoreResult<Stats> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::stats(&context, connection, &scope, &selection))
            .await
    }

    async fn thread_exists(&self, scope: &Scope, project: Uuid) -> StoreResult<bool> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = project_key(connection, workspace, project)?;
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM thread WHERE project = ?1 AND trace_count > 0)")
                .and_then(|mut statement| statement.query_row([project], |row| row.get(0)))
                .map_err(translate)
        })
        .await
    }

    async fn open_thread(&self, scope: &Scope, project: Uuid, thread_id: &str) -> StoreResult<()> {
        let (scope, thread_id) = (scope.clone(), thread_id.to_owned());
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let project = work.project(project)?;
            let (user, now) = (work.user, work.now);
            let thread = work.thread(project, &thread_id, None)?;
            thread.inactive = false;
            thread.updated_us = now.as_micros();
            thread.updated_by = user;
            work.finish()
        })
        .await
    }

    async fn close_threads(
        &self,
        scope: &Scope,
        project: Uuid,
        thread_ids: Vec<String>,
    ) -> StoreResult<Vec<ClosedThread>> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let key = work.project(project)?;
            let closed = write::close(&mut work, key, project, scope.workspace, &thread_ids)?;
            work.finish()?;
            Ok(closed)
        })
        .await
    }

    async fn close_inactive_threads(&self, default_timeout_secs: u64, limit: usize) -> StoreResult<Vec<ClosedThread>> {
        let due = self
            .read(move |connection, _| write::due(connection, default_timeout_secs, limit))
            .await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |connection, _| write::close_due(connection, &due, default_timeout_secs))
            .await
    }

    async fn delete_threads(&self, scope: &Scope, project: Uuid, thread_ids: Vec<String>) -> StoreResult<Leftovers> {
        let mut leftovers = Leftovers::default();
        for thread_id in thread_ids {
            loop {
                let (scope, thread_id) = (scope.clone(), thread_id.clone());
                let (part, finished) = self
                    .write(move |connection, state| {
                        let mut work = Work::begin(connection, state, &scope)?;
                        let mut part = Leftovers::default();
                        let project = work.project(project)?;
                        let finished = write::delete_slice(&mut work, project, &thread_id, &mut part)?;
                        work.finish()?;
                        Ok((part, finished))
                    })
                    .await?;
                leftovers.object_keys.extend(part.object_keys);
                if finished {
                    break;
                }
            }
        }
        Ok(leftovers)
    }

    async fn update_threads(
        &self,
        scope: &Scope,
        thread_model_ids: Vec<Uuid>,
        update: ThreadUpdate,
        merge_tags: bool,
    ) -> StoreResult<usize> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            let changed = write::update(&mut work, &thread_model_ids, &update, merge_tags)?;
            work.finish()?;
            Ok(changed)
        })
        .await
    }

    async fn thread_status(&self, scope: &Scope, project: Uuid, thread_id: &str) -> StoreResult<Option<ThreadStatus>> {
        let (scope, thread_id) = (scope.clone(), thread_id.to_owned());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let project = match project_key(connection, workspace, project) {
                Err(StoreError::ProjectNotFound(_)) => return Ok(None),
                other => other?,
            };
            let row = ThreadRow::find(connection, project, &thread_id).map_err(translate)?;
            Ok(row.map(|row| {
                if row.inactive {
                    ThreadStatus::Inactive
                } else {
                    ThreadStatus::Active
                }
            }))
        })
        .await
    }
}
