//! Annotation queues.

mod automation;
mod items;
mod progress;
mod queues;

use async_trait::async_trait;
use ferropik_model::{AnnotationQueue, AnnotationQueueUpdate, QueueItem};
use ferropik_store::{
    AnnotationQueueStore, ItemAnnotators, Listed, Listing, NewAnnotationQueue, Scope, StoreError, StoreResult,
};
use uuid::Uuid;

pub(crate) use automation::Router;
pub(crate) use items::{forget, ids_of_matching, of_item};

use rusqlite::{Connection, OptionalExtension};

use crate::SqliteStore;
use crate::error::translate;
use crate::state::workspace_key;
use crate::work::Work;

/// Items of a deleted queue that go in one write.
const DELETE_ITEMS: usize = 2_000;

#[async_trait]
impl AnnotationQueueStore for SqliteStore {
    async fn create_annotation_queues(&self, scope: &Scope, queues: Vec<NewAnnotationQueue>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            for queue in &queues {
                queues::put(&work, queue)?;
            }
            work.finish()
        })
        .await
    }

    async fn update_annotation_queue(&self, scope: &Scope, id: Uuid, update: AnnotationQueueUpdate) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            queues::update(&work, id, &update)?;
            work.finish()
        })
        .await
    }

    async fn annotation_queue(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<AnnotationQueue>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            queues::find(connection, &strings, workspace, id)
        })
        .await
    }

    async fn annotation_queues(&self, scope: &Scope, listing: Listing) -> StoreResult<Listed<AnnotationQueue>> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            queues::list(connection, &strings, workspace, &listing)
        })
        .await
    }

    async fn delete_annotation_queues(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        for id in ids {
            loop {
                let scope = scope.clone();
                let is_gone = self
                    .write(move |connection, state| {
                        let work = Work::begin(connection, state, &scope)?;
                        let is_gone = queues::delete_slice(&work, id, DELETE_ITEMS)?;
                        work.finish()?;
                        Ok(is_gone)
                    })
                    .await?;
                if is_gone {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn add_queue_items(&self, scope: &Scope, id: Uuid, items: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let queue = items::queue_key(connection, work.workspace, id)?.ok_or(StoreError::NotFound)?;
            for item in &items {
                items::add(connection, queue, *item, false)?;
            }
            work.finish()
        })
        .await
    }

    async fn remove_queue_items(&self, scope: &Scope, id: Uuid, items: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let queue = items::queue_key(connection, work.workspace, id)?.ok_or(StoreError::NotFound)?;
            for item in &items {
                items::remove(connection, queue, *item)?;
            }
            work.finish()
        })
        .await
    }

    async fn queue_items(&self, scope: &Scope, id: Uuid, items: Vec<Uuid>) -> StoreResult<Vec<QueueItem>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let queue = items::queue_key(connection, workspace, id)?.ok_or(StoreError::NotFound)?;
            items::found(connection, queue, &items)
        })
        .await
    }

    async fn item_annotators(&self, scope: &Scope, id: Uuid, item: Uuid) -> StoreResult<ItemAnnotators> {
        let (scope, strings) = (scope.clone(), self.strings());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            progress::annotators(connection, &strings, workspace, id, item)
        })
        .await
    }
}

/// Deletes annotation queues of a deleted project: at most about `limit` of their items. Answers how many steps were
/// done; 0 means that nothing is left to do.
pub(crate) fn delete_of_project(connection: &Connection, project: Uuid, limit: usize) -> StoreResult<usize> {
    let queue: Option<i64> = connection
        .prepare_cached("SELECT key FROM annotation_queue WHERE project = ?1 LIMIT 1")
        .and_then(|mut statement| statement.query_row([project.as_bytes()], |row| row.get(0)).optional())
        .map_err(translate)?;
    let Some(queue) = queue else { return Ok(0) };
    if items::remove_slice(connection, queue, limit)? {
        connection
            .prepare_cached("DELETE FROM annotation_queue WHERE key = ?1")
            .and_then(|mut statement| statement.execute([queue]))
            .map_err(translate)?;
    }
    Ok(1)
}
