//! Datasets, their versions and items.
//!
//! An item state is one row that a range of versions shares; a change ends the state and begins another one. A new
//! version therefore costs nothing, and what did not change is stored once. What others need:
//!
//! - [`find`] – the row of a dataset, by key, id or name;
//! - [`version`] – a version by key, id, number, hash or tag, and the latest one;
//! - [`item_in_version`] and [`newest_state`] – an item as a version has it, and [`ItemState::to_wire`] to show it;
//! - [`columns_of`] – the columns of a version;
//! - [`note_use`] – what a dataset shows of the newest experiment and optimization;
//! - [`purge_if_unreferenced`] – after the last experiment of a deleted dataset has gone.

mod base;
mod delete;
mod edit;
mod exports;
mod fields;
pub(crate) mod find;
mod item;
mod list;
mod read;
mod uploads;
pub(crate) mod version;
mod write;

pub(crate) use delete::{delete_of_project, purge_if_unreferenced};
pub(crate) use item::{ItemState, item_in_version, newest_state, policy_of, policy_text, tags_text};

use async_trait::async_trait;
use ferropik_model::{Dataset, DatasetItem, DatasetStatus, DatasetVersion, Visibility};
use ferropik_store::{
    ChangeRefusal, Conflict, DatasetChanges, DatasetItemList, DatasetItemPatch, DatasetItemSelection,
    DatasetItemStream, DatasetItemsPut, DatasetList, DatasetPatch, DatasetStore, FoundDataset, Listed, ListedItems,
    NewDataset, Scope, SelectionOutcome, StoreError, StoreResult, VersionRef, WriteTo,
};
use rusqlite::{Connection, params};
use uuid::Uuid;

use self::find::{kind_number, status_number};
use self::item::EncodedItem;
use self::write::{Action, EncodedChanges, EncodedPatch, Put, Slice, SliceDone};
use crate::SqliteStore;
use crate::error::translate;
use crate::projects::folded;
use crate::read::limit_offset;
use crate::state::workspace_key;
use crate::work::Work;

/// Items that one write changes or deletes at most, so that others do not wait long.
const ITEMS_IN_WRITE: usize = 1_000;

/// Computes anew when the newest regular experiment and the newest optimization of a dataset were created. To be called
/// after one of them was created or deleted.
pub(crate) fn note_use(connection: &Connection, dataset: i64) -> StoreResult<()> {
    connection
        .prepare_cached(
            "UPDATE dataset SET \
             last_experiment_us = (SELECT created_us FROM experiment WHERE dataset = ?1 AND type = 0 \
             ORDER BY id DESC LIMIT 1), \
             last_optimization_us = (SELECT created_us FROM optimization WHERE dataset = ?1 ORDER BY id DESC LIMIT 1) \
             WHERE key = ?1",
        )
        .and_then(|mut statement| statement.execute([dataset]))
        .map_err(translate)?;
    Ok(())
}

fn insert(work: &mut Work<'_>, dataset: &NewDataset) -> StoreResult<()> {
    let connection = work.connection;
    if find::by_name(connection, work.workspace, &dataset.name)?.is_some() {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    let taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM dataset WHERE id = ?1)")
        .and_then(|mut statement| statement.query_row([dataset.id.as_bytes()], |row| row.get(0)))
        .map_err(translate)?;
    if taken {
        return Err(StoreError::Conflict(Conflict::Exists));
    }
    let project = dataset.project.map(|project| work.project(project)).transpose()?;
    let tags = tags_text(&dataset.tags)?;
    connection
        .prepare_cached(
            "INSERT INTO dataset (workspace, project, id, name, folded_name, type, visibility, status, description, \
             tags, created_us, created_by, updated_us, updated_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10, ?11, ?10, ?11)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                work.workspace,
                project,
                dataset.id.as_bytes(),
                dataset.name,
                folded(&dataset.name),
                kind_number(dataset.kind),
                i64::from(dataset.visibility == Visibility::Public),
                dataset.description,
                tags,
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

fn update(work: &Work<'_>, id: Uuid, patch: &DatasetPatch) -> StoreResult<()> {
    let connection = work.connection;
    let dataset = find::by_id(connection, work.workspace, id)?.ok_or(StoreError::NotFound)?;
    let other = find::by_name(connection, work.workspace, &patch.name)?;
    if other.is_some_and(|other| other.key != dataset.key) {
        return Err(StoreError::Conflict(Conflict::NameTaken));
    }
    let tags = match &patch.tags {
        Some(tags) => tags_text(tags)?,
        None => None,
    };
    connection
        .prepare_cached(
            "UPDATE dataset SET name = ?2, folded_name = ?3, description = ?4, visibility = COALESCE(?5, visibility), \
             tags = CASE WHEN ?6 THEN ?7 ELSE tags END, updated_us = ?8, updated_by = ?9 WHERE key = ?1",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                dataset.key,
                patch.name,
                folded(&patch.name),
                patch.description,
                patch
                    .visibility
                    .map(|visibility| i64::from(visibility == Visibility::Public)),
                patch.tags.is_some(),
                tags,
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    Ok(())
}

fn update_version(
    connection: &Connection,
    work: &Work<'_>,
    dataset: Uuid,
    hash: &str,
    description: Option<&str>,
    tags: &[String],
) -> StoreResult<(find::DatasetRow, version::VersionRow)> {
    let dataset = find::by_id(connection, work.workspace, dataset)?.ok_or(StoreError::NotFound)?;
    let version = version::by_hash(connection, dataset.key, hash)?.ok_or(StoreError::NotFound)?;
    for tag in tags {
        if version::is_taken(connection, dataset.key, tag)? {
            return Err(StoreError::Conflict(Conflict::Exists));
        }
    }
    for tag in tags {
        version::add_tag(connection, &version, tag)?;
    }
    connection
        .prepare_cached(
            "UPDATE dataset_version SET description = COALESCE(?2, description), updated_us = ?3, updated_by = ?4 \
             WHERE key = ?1",
        )
        .and_then(|mut statement| statement.execute(params![version.key, description, work.now.as_micros(), work.user]))
        .map_err(translate)?;
    let version = version::by_key(connection, version.key)?.ok_or(StoreError::NotFound)?;
    Ok((dataset, version))
}

impl SqliteStore {
    /// Changes or deletes the items of a dataset in slices, all in one version.
    async fn change_items(
        &self,
        scope: &Scope,
        (dataset, ids): (i64, Vec<Uuid>),
        target: WriteTo,
        description: Option<String>,
        action: &std::sync::Arc<Action>,
    ) -> StoreResult<u64> {
        let mut done = SliceDone::default();
        for slice in ids.chunks(ITEMS_IN_WRITE) {
            let (scope, description, action) = (scope.clone(), description.clone(), std::sync::Arc::clone(action));
            let (slice, version) = (slice.to_vec(), done.version);
            let part = self
                .write(move |connection, state| {
                    Slice {
                        dataset,
                        version,
                        target,
                        description: description.as_deref(),
                        ids: &slice,
                        action: &action,
                    }
                    .run(connection, state, &scope)
                })
                .await?;
            done.items += part.items;
            done.version = part.version.or(done.version);
        }
        Ok(done.items)
    }

    /// The items that are meant, by the keys of their datasets, the one with most items first.
    async fn select_items(
        &self,
        scope: &Scope,
        items: DatasetItemSelection,
        group: Option<Uuid>,
    ) -> StoreResult<Vec<(i64, Vec<Uuid>)>> {
        let scope = scope.clone();
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            match items {
                DatasetItemSelection::Ids(ids) => read::datasets_of(connection, &scope, workspace, &ids, group),
                DatasetItemSelection::Filter { dataset, filter } => {
                    Ok(vec![read::matching_ids(connection, &scope, dataset, &filter)?])
                }
            }
        })
        .await
    }

    /// Removes what is left of deleted datasets.
    async fn purge_datasets(&self, keys: Vec<i64>) -> StoreResult<()> {
        for key in keys {
            let mut removed = usize::MAX;
            while removed > 0 {
                removed = self
                    .write(move |connection, _| purge_if_unreferenced(connection, key, ITEMS_IN_WRITE))
                    .await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl DatasetStore for SqliteStore {
    async fn create_dataset(&self, scope: &Scope, dataset: NewDataset) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let mut work = Work::begin(connection, state, &scope)?;
            insert(&mut work, &dataset)?;
            work.finish()
        })
        .await
    }

    async fn dataset(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Dataset>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| list::one(connection, &context, &scope, id))
            .await
    }

    async fn find_dataset(
        &self,
        scope: &Scope,
        name: &str,
        project: Option<Option<Uuid>>,
    ) -> StoreResult<Option<FoundDataset>> {
        let (scope, name) = (scope.clone(), name.to_owned());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            let Some(dataset) = find::by_name(connection, workspace, &name)?.filter(|row| row.is_visible(&scope))
            else {
                return Ok(None);
            };
            let own = match dataset.project {
                Some(key) => crate::projects::id_of(connection, key).map_err(translate)?,
                None => None,
            };
            Ok(Some(FoundDataset {
                id: dataset.id,
                is_elsewhere: project.is_some_and(|named| named.is_none() || named != own),
            }))
        })
        .await
    }

    async fn datasets(&self, scope: &Scope, list: DatasetList) -> StoreResult<Listed<Dataset>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| list::many(connection, &context, &scope, &list))
            .await
    }

    async fn update_dataset(&self, scope: &Scope, id: Uuid, patch: DatasetPatch) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            update(&work, id, &patch)?;
            work.finish()
        })
        .await
    }

    async fn set_dataset_status(&self, scope: &Scope, id: Uuid, status: DatasetStatus) -> StoreResult<()> {
        let scope = scope.clone();
        self.write(move |connection, state| {
            let workspace = state.workspace(connection, &scope)?;
            connection
                .prepare_cached("UPDATE dataset SET status = ?3 WHERE id = ?1 AND workspace = ?2")
                .and_then(|mut statement| statement.execute(params![id.as_bytes(), workspace, status_number(status)]))
                .map_err(translate)?;
            Ok(())
        })
        .await
    }

    async fn delete_datasets(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()> {
        let scope = scope.clone();
        let keys = self
            .write(move |connection, state| {
                let workspace = state.workspace(connection, &scope)?;
                for id in &ids {
                    delete::hide(connection, workspace, *id)?;
                }
                delete::unfinished(connection, workspace)
            })
            .await?;
        self.purge_datasets(keys).await
    }

    async fn dataset_versions(
        &self,
        scope: &Scope,
        dataset: Uuid,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<DatasetVersion>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let Some(dataset) = find::visible(connection, &scope, dataset)? else {
                return Ok(Listed {
                    rows: Vec::new(),
                    total: 0,
                });
            };
            let (limit, offset) = limit_offset(page, size);
            let rows = version::page(connection, dataset.key, limit, offset)?
                .iter()
                .map(|version| version.to_wire(connection, &context, &dataset))
                .collect::<StoreResult<_>>()?;
            Ok(Listed {
                rows,
                total: dataset.latest.unsigned_abs(),
            })
        })
        .await
    }

    async fn dataset_version(
        &self,
        scope: &Scope,
        dataset: Uuid,
        reference: VersionRef,
    ) -> StoreResult<Option<DatasetVersion>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let Some(dataset) = find::visible(connection, &scope, dataset)? else {
                return Ok(None);
            };
            version::resolve(connection, &dataset, &reference)?
                .map(|version| version.to_wire(connection, &context, &dataset))
                .transpose()
        })
        .await
    }

    async fn update_dataset_version(
        &self,
        scope: &Scope,
        dataset: Uuid,
        hash: &str,
        description: Option<String>,
        tags: Vec<String>,
    ) -> StoreResult<DatasetVersion> {
        let (scope, context, hash) = (scope.clone(), self.context(), hash.to_owned());
        self.write(move |connection, state| {
            let work = Work::begin(connection, state, &scope)?;
            let (dataset, version) = update_version(connection, &work, dataset, &hash, description.as_deref(), &tags)?;
            work.finish()?;
            version.to_wire(connection, &context, &dataset)
        })
        .await
    }

    async fn delete_dataset_version_tag(&self, scope: &Scope, dataset: Uuid, tag: &str) -> StoreResult<()> {
        let (scope, tag) = (scope.clone(), tag.to_owned());
        self.write(move |connection, state| {
            let workspace = state.workspace(connection, &scope)?;
            if let Some(dataset) = find::by_id(connection, workspace, dataset)? {
                connection
                    .prepare_cached("DELETE FROM dataset_version_tag WHERE dataset = ?1 AND tag = ?2")
                    .and_then(|mut statement| statement.execute(params![dataset.key, tag]))
                    .map_err(translate)?;
            }
            Ok(())
        })
        .await
    }

    async fn restore_dataset_version(
        &self,
        scope: &Scope,
        dataset: Uuid,
        reference: &str,
    ) -> StoreResult<DatasetVersion> {
        let (scope, context, reference) = (scope.clone(), self.context(), reference.to_owned());
        self.write(move |connection, state| write::restore(connection, state, &scope, (&context, dataset), &reference))
            .await
    }

    async fn put_dataset_items(&self, scope: &Scope, dataset: Uuid, put: DatasetItemsPut) -> StoreResult<()> {
        let DatasetItemsPut {
            target,
            description,
            copy_from,
            items,
        } = put;
        let items = self
            .encode(move |encoder| {
                let mut last: indexmap::IndexMap<Uuid, EncodedItem> = indexmap::IndexMap::with_capacity(items.len());
                for item in &items {
                    last.insert(item.id, EncodedItem::new(encoder, item)?);
                }
                Ok(last.into_values().collect::<Vec<_>>())
            })
            .await?;
        let put = Put {
            dataset,
            target,
            description,
            copy_from,
            items,
        };
        let scope = scope.clone();
        self.write(move |connection, state| put.run(connection, state, &scope))
            .await
    }

    async fn dataset_item(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<DatasetItem>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| {
            let workspace = workspace_key(connection, &scope)?;
            read::newest(connection, &context, &scope, workspace, id)
        })
        .await
    }

    async fn update_dataset_items(
        &self,
        scope: &Scope,
        items: DatasetItemSelection,
        patch: DatasetItemPatch,
    ) -> StoreResult<SelectionOutcome> {
        let suffix = match &items {
            DatasetItemSelection::Ids(_) => "",
            DatasetItemSelection::Filter { .. } => " by filters",
        };
        let mut selected = self.select_items(scope, items, None).await?;
        if selected.len() > 1 {
            return Ok(SelectionOutcome::SeveralDatasets);
        }
        let Some(selected) = selected.pop().filter(|(_, ids)| !ids.is_empty()) else {
            return Ok(SelectionOutcome::NoneFound);
        };
        let patch = self.encode(move |encoder| EncodedPatch::new(encoder, &patch)).await?;
        let action = std::sync::Arc::new(Action::Patch(Box::new(patch)));
        let description = match selected.1.len() {
            1 => format!("Updated 1 item{suffix}"),
            count => format!("Updated {count} items{suffix}"),
        };
        let items = self
            .change_items(scope, selected, WriteTo::NewVersion, Some(description), &action)
            .await?;
        Ok(SelectionOutcome::Changed(items))
    }

    async fn delete_dataset_items(
        &self,
        scope: &Scope,
        items: DatasetItemSelection,
        group: Option<Uuid>,
    ) -> StoreResult<SelectionOutcome> {
        let is_filter = matches!(items, DatasetItemSelection::Filter { .. });
        let selected = self.select_items(scope, items, group).await?;
        let target = group.map_or(WriteTo::Latest, WriteTo::Group);
        let action = std::sync::Arc::new(Action::Delete);
        let mut items = 0;
        for part in selected {
            let description = is_filter.then(|| format!("Deleted {} item(s)", part.1.len()));
            items += self.change_items(scope, part, target, description, &action).await?;
        }
        if items == 0 {
            return Ok(SelectionOutcome::NoneFound);
        }
        Ok(SelectionOutcome::Changed(items))
    }

    async fn change_dataset(
        &self,
        scope: &Scope,
        dataset: Uuid,
        changes: DatasetChanges,
    ) -> StoreResult<Result<DatasetVersion, ChangeRefusal>> {
        let changes = self
            .encode(move |encoder| EncodedChanges::new(encoder, changes))
            .await?;
        let (scope, context) = (scope.clone(), self.context());
        self.write(move |connection, state| changes.run(connection, state, &scope, (&context, dataset)))
            .await
    }

    async fn dataset_items(&self, scope: &Scope, dataset: Uuid, list: DatasetItemList) -> StoreResult<ListedItems> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::page(connection, &context, &scope, dataset, &list))
            .await
    }

    async fn stream_dataset_items(&self, scope: &Scope, stream: DatasetItemStream) -> StoreResult<Vec<DatasetItem>> {
        let (scope, context) = (scope.clone(), self.context());
        self.read(move |connection, _| read::stream(connection, &context, &scope, &stream))
            .await
    }
}
