//! Rows of the table `dataset_version`, and how versions are named.

use ferropik_model::{DatasetVersion, DatasetVersionSummary, LATEST_TAG, Timestamp, id};
use ferropik_store::{StoreError, StoreResult, VersionRef};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use super::find::DatasetRow;
use crate::Context;
use crate::error::translate;
use crate::rows::uuid_at;
use crate::work::Work;

/// A version of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionRow {
    /// Key of the row, to which experiments refer.
    pub(crate) key: i64,
    /// Key of the dataset.
    pub(crate) dataset: i64,
    /// From 1 without gaps.
    pub(crate) number: i64,
    pub(crate) id: Uuid,
    pub(crate) hash: String,
    /// Number of items.
    pub(crate) items: i64,
    pub(crate) added: i64,
    pub(crate) modified: i64,
    pub(crate) deleted: i64,
    pub(crate) description: Option<String>,
    /// JSON object of texts.
    pub(crate) metadata: Option<String>,
    /// JSON array.
    pub(crate) evaluators: Option<String>,
    /// JSON object.
    pub(crate) policy: Option<String>,
    created_us: i64,
    created_by: i64,
    updated_us: i64,
    updated_by: i64,
}

const COLUMNS: &str = "key, dataset, number, id, hash, items, added, modified, deleted, description, metadata, \
    evaluators, policy, created_us, created_by, updated_us, updated_by";

impl VersionRow {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<VersionRow> {
        Ok(VersionRow {
            key: row.get(0)?,
            dataset: row.get(1)?,
            number: row.get(2)?,
            id: uuid_at(row, 3)?,
            hash: row.get(4)?,
            items: row.get(5)?,
            added: row.get(6)?,
            modified: row.get(7)?,
            deleted: row.get(8)?,
            description: row.get(9)?,
            metadata: row.get(10)?,
            evaluators: row.get(11)?,
            policy: row.get(12)?,
            created_us: row.get(13)?,
            created_by: row.get(14)?,
            updated_us: row.get(15)?,
            updated_by: row.get(16)?,
        })
    }

    /// The name, such as `v3`.
    pub(crate) fn name(&self) -> String {
        format!("v{}", self.number)
    }

    fn tags(&self, connection: &Connection, latest: i64) -> StoreResult<Vec<String>> {
        let mut tags: Vec<String> = connection
            .prepare_cached("SELECT tag FROM dataset_version_tag WHERE version = ?1 ORDER BY tag")
            .and_then(|mut statement| statement.query_map([self.key], |row| row.get(0))?.collect())
            .map_err(translate)?;
        if self.number == latest {
            tags.push(LATEST_TAG.to_owned());
        }
        Ok(tags)
    }

    /// As a dataset shows its newest version.
    pub(crate) fn summary(&self, connection: &Connection, latest: i64) -> StoreResult<DatasetVersionSummary> {
        Ok(DatasetVersionSummary {
            id: self.id,
            version_hash: self.hash.clone(),
            version_name: self.name(),
            change_description: self.description.clone(),
            tags: self.tags(connection, latest)?,
        })
    }

    /// As clients read it.
    pub(crate) fn to_wire(
        &self,
        connection: &Connection,
        context: &Context,
        dataset: &DatasetRow,
    ) -> StoreResult<DatasetVersion> {
        let user = |number: i64| -> StoreResult<String> {
            let text = context.strings.text(connection, number).map_err(translate)?;
            Ok(text.to_string())
        };
        Ok(DatasetVersion {
            id: self.id,
            dataset_id: dataset.id,
            version_hash: self.hash.clone(),
            tags: self.tags(connection, dataset.latest)?,
            is_latest: self.number == dataset.latest,
            version_name: self.name(),
            items_total: count(self.items),
            items_added: count(self.added),
            items_modified: count(self.modified),
            items_deleted: count(self.deleted),
            change_description: self.description.clone(),
            metadata: self
                .metadata
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok()),
            evaluators: self.evaluators.as_deref().map(ferropik_model::RawJson::from_stored),
            execution_policy: super::item::policy_of(self.policy.as_deref()),
            created_at: Timestamp::from_micros(self.created_us),
            created_by: user(self.created_by)?,
            last_updated_at: Timestamp::from_micros(self.updated_us),
            last_updated_by: user(self.updated_by)?,
        })
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn find(connection: &Connection, condition: &str, parameters: &[&dyn ToSql]) -> StoreResult<Option<VersionRow>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM dataset_version WHERE {condition}"))
        .and_then(|mut statement| statement.query_row(parameters, VersionRow::from_row).optional())
        .map_err(translate)
}

/// A version by key.
pub(crate) fn by_key(connection: &Connection, key: i64) -> StoreResult<Option<VersionRow>> {
    find(connection, "key = ?1", params![key])
}

/// A version of a dataset by number.
pub(crate) fn by_number(connection: &Connection, dataset: i64, number: i64) -> StoreResult<Option<VersionRow>> {
    find(connection, "dataset = ?1 AND number = ?2", params![dataset, number])
}

/// A version of a dataset by id.
pub(crate) fn by_id(connection: &Connection, dataset: i64, id: Uuid) -> StoreResult<Option<VersionRow>> {
    find(connection, "id = ?1 AND dataset = ?2", params![id.as_bytes(), dataset])
}

/// A version of a dataset by hash.
pub(crate) fn by_hash(connection: &Connection, dataset: i64, hash: &str) -> StoreResult<Option<VersionRow>> {
    find(connection, "dataset = ?1 AND hash = ?2", params![dataset, hash])
}

/// The version that a group of writes has made.
pub(crate) fn by_group(connection: &Connection, dataset: i64, group: Uuid) -> StoreResult<Option<VersionRow>> {
    find(
        connection,
        "dataset = ?1 AND batch_group = ?2",
        params![dataset, group.as_bytes()],
    )
}

/// The newest version of a dataset, if it has any.
pub(crate) fn latest(connection: &Connection, dataset: &DatasetRow) -> StoreResult<Option<VersionRow>> {
    by_number(connection, dataset.key, dataset.latest)
}

/// The version that is meant.
pub(crate) fn resolve(
    connection: &Connection,
    dataset: &DatasetRow,
    reference: &VersionRef,
) -> StoreResult<Option<VersionRow>> {
    match reference {
        VersionRef::Latest => latest(connection, dataset),
        VersionRef::Id(id) => by_id(connection, dataset.key, *id),
        VersionRef::Hash(hash) => by_hash(connection, dataset.key, hash),
        VersionRef::Number(number) => match i64::try_from(*number) {
            Ok(number) => by_number(connection, dataset.key, number),
            Err(_) => Ok(None),
        },
        VersionRef::Text(text) => by_text(connection, dataset, text),
    }
}

/// A version by hash, else by tag, else by name.
fn by_text(connection: &Connection, dataset: &DatasetRow, text: &str) -> StoreResult<Option<VersionRow>> {
    if let Some(version) = by_hash(connection, dataset.key, text)? {
        return Ok(Some(version));
    }
    if text == LATEST_TAG {
        return latest(connection, dataset);
    }
    if let Some(key) = tagged(connection, dataset.key, text)? {
        return by_key(connection, key);
    }
    match text.strip_prefix('v').map(str::parse::<i64>) {
        Some(Ok(number)) => by_number(connection, dataset.key, number),
        _ => Ok(None),
    }
}

/// The key of the version that has a tag.
fn tagged(connection: &Connection, dataset: i64, tag: &str) -> StoreResult<Option<i64>> {
    connection
        .prepare_cached("SELECT version FROM dataset_version_tag WHERE dataset = ?1 AND tag = ?2")
        .and_then(|mut statement| statement.query_row(params![dataset, tag], |row| row.get(0)).optional())
        .map_err(translate)
}

/// Whether a tag cannot be given to a version any more.
pub(super) fn is_taken(connection: &Connection, dataset: i64, tag: &str) -> StoreResult<bool> {
    Ok(tag == LATEST_TAG || tagged(connection, dataset, tag)?.is_some())
}

/// Gives a version a tag that is not taken.
pub(super) fn add_tag(connection: &Connection, version: &VersionRow, tag: &str) -> StoreResult<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO dataset_version_tag (dataset, tag, version) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![version.dataset, tag, version.key]))
        .map_err(translate)?;
    Ok(())
}

/// One page of the versions of a dataset, newest first.
pub(super) fn page(connection: &Connection, dataset: i64, limit: i64, offset: i64) -> StoreResult<Vec<VersionRow>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset_version WHERE dataset = ?1 ORDER BY number DESC LIMIT ?2 OFFSET ?3"
        ))
        .and_then(|mut statement| {
            statement
                .query_map(params![dataset, limit, offset], VersionRow::from_row)?
                .collect()
        })
        .map_err(translate)
}

/// What a new version is made with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct NewVersion {
    /// The group of writes that makes it.
    pub(super) group: Option<Uuid>,
    pub(super) description: Option<String>,
    /// JSON object of texts.
    pub(super) metadata: Option<String>,
    /// JSON array.
    pub(super) evaluators: Option<String>,
    /// JSON object.
    pub(super) policy: Option<String>,
}

impl NewVersion {
    /// With the evaluators and the policy of another version.
    pub(super) fn like(base: Option<&VersionRow>) -> NewVersion {
        NewVersion {
            evaluators: base.and_then(|base| base.evaluators.clone()),
            policy: base.and_then(|base| base.policy.clone()),
            ..NewVersion::default()
        }
    }
}

/// Makes the next version of a dataset, which becomes the latest and has the items of the one before.
pub(super) fn create(work: &Work<'_>, dataset: &mut DatasetRow, new: &NewVersion) -> StoreResult<VersionRow> {
    let connection = work.connection;
    let items = latest(connection, dataset)?.map_or(0, |before| before.items);
    let id = fresh_id(connection, dataset.key)?;
    let number = dataset.latest + 1;
    connection
        .prepare_cached(
            "INSERT INTO dataset_version (dataset, number, id, hash, batch_group, items, added, modified, deleted, \
             description, metadata, evaluators, policy, created_us, created_by, updated_us, updated_by) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, ?8, ?9, ?10, ?11, ?12, ?11, ?12)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                dataset.key,
                number,
                id.as_bytes(),
                hash_of(id),
                new.group.as_ref().map(Uuid::as_bytes),
                items,
                new.description,
                new.metadata,
                new.evaluators,
                new.policy,
                work.now.as_micros(),
                work.user,
            ])
        })
        .map_err(translate)?;
    connection
        .prepare_cached("UPDATE dataset SET latest = ?2 WHERE key = ?1")
        .and_then(|mut statement| statement.execute([dataset.key, number]))
        .map_err(translate)?;
    dataset.latest = number;
    latest(connection, dataset)?.ok_or_else(|| StoreError::internal("a new version is missing"))
}

/// The hash of the version of an id.
fn hash_of(id: Uuid) -> String {
    let text = id.simple().to_string();
    text[text.len() - 8..].to_owned()
}

/// An id for a new version, whose hash no other version of the dataset has.
fn fresh_id(connection: &Connection, dataset: i64) -> StoreResult<Uuid> {
    loop {
        let id = id::new();
        if by_hash(connection, dataset, &hash_of(id))?.is_none() {
            return Ok(id);
        }
    }
}
