//! Datasets, their versions and items.

use async_trait::async_trait;
use ferropik_model::{
    Column, Dataset, DatasetItem, DatasetItemSource, DatasetStatus, DatasetType, DatasetVersion, ExecutionPolicy,
    RawJson, Visibility,
};
use ferropik_query::Filter;
use indexmap::IndexMap;
use uuid::Uuid;

use crate::merge::TagChange;
use crate::{Listed, Listing, Scope, StoreResult};

/// A dataset to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDataset {
    /// UUID of version 7.
    pub id: Uuid,
    /// Unique in the workspace regardless of case.
    pub name: String,
    /// Project that it belongs to; must exist.
    pub project: Option<Uuid>,
    /// What it is for.
    pub kind: DatasetType,
    /// Who may see it.
    pub visibility: Visibility,
    /// Tags.
    pub tags: Vec<String>,
    /// Free text.
    pub description: Option<String>,
}

/// What to change of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetPatch {
    /// New name.
    pub name: String,
    /// New text; none clears it.
    pub description: Option<String>,
    /// Stays when absent.
    pub visibility: Option<Visibility>,
    /// Stay when absent.
    pub tags: Option<Vec<String>>,
}

/// Which page of the datasets of a workspace.
#[derive(Debug, Clone, Default)]
pub struct DatasetList {
    /// Page, name, project, filter, order.
    pub listing: Listing,
    /// Only datasets with regular experiments.
    pub with_experiments_only: bool,
    /// Only datasets with optimizations.
    pub with_optimizations_only: bool,
    /// Only datasets whose regular experiments use a version of this prompt.
    pub prompt: Option<Uuid>,
}

/// A dataset found by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundDataset {
    /// The dataset.
    pub id: Uuid,
    /// Whether a project was named that the dataset does not belong to.
    pub is_elsewhere: bool,
}

/// Names a version of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionRef {
    /// The newest.
    Latest,
    /// A hash, else a tag, else a name such as `v3`.
    Text(String),
    /// The hash alone.
    Hash(String),
    /// The number, from 1.
    Number(u64),
    /// The id.
    Id(Uuid),
}

/// An item to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDatasetItem {
    /// Stable id, a UUID of version 7.
    pub id: Uuid,
    /// Where it comes from.
    pub source: DatasetItemSource,
    /// Trace that it was made of.
    pub trace_id: Option<Uuid>,
    /// Span that it was made of.
    pub span_id: Option<Uuid>,
    /// An object.
    pub data: RawJson,
    /// Free text.
    pub description: Option<String>,
    /// Tags, each once.
    pub tags: Vec<String>,
    /// Array of evaluators; none when it would be empty.
    pub evaluators: Option<RawJson>,
    /// How often it is run.
    pub policy: Option<ExecutionPolicy>,
}

/// What to change of an item; absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetItemPatch {
    /// Replaces all data.
    pub data: Option<RawJson>,
    /// New source.
    pub source: Option<DatasetItemSource>,
    /// New trace.
    pub trace_id: Option<Uuid>,
    /// New span.
    pub span_id: Option<Uuid>,
    /// New text.
    pub description: Option<String>,
    /// Change of tags.
    pub tags: TagChange,
    /// Replaces the evaluators; `Some(None)` takes them away.
    pub evaluators: Option<Option<RawJson>>,
    /// Replaces the policy; `Some(None)` takes it away.
    pub policy: Option<Option<ExecutionPolicy>>,
}

/// A version of another dataset to begin a new version with. Its items get new ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyFrom {
    /// The dataset.
    pub dataset: Uuid,
    /// Id of its version.
    pub version: Uuid,
}

/// Where items are written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteTo {
    /// The latest version as it is; the first one when there is none.
    Latest,
    /// The version of a group of writes, which the first of them makes.
    Group(Uuid),
    /// A new version.
    NewVersion,
}

/// Items that are added or replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetItemsPut {
    /// Where to.
    pub target: WriteTo,
    /// Description of the version, if one is made.
    pub description: Option<String>,
    /// What the version begins with instead of the latest one, if one is made; makes [`WriteTo::Latest`] make one.
    pub copy_from: Option<CopyFrom>,
    /// The items; of equal ids the last one counts.
    pub items: Vec<NewDatasetItem>,
}

/// Which items of a dataset.
#[derive(Debug, Clone)]
pub enum DatasetItemSelection {
    /// These, of whatever dataset; unknown ones are skipped.
    Ids(Vec<Uuid>),
    /// All items of the latest version of a dataset that a filter leaves.
    Filter {
        /// The dataset.
        dataset: Uuid,
        /// All conditions must hold.
        filter: Filter,
    },
}

/// What a change set does to the version that it is based on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatasetChanges {
    /// Version that the changes are based on.
    pub base: Option<Uuid>,
    /// Whether an older base is accepted.
    pub is_override: bool,
    /// Items to add.
    pub added: Vec<NewDatasetItem>,
    /// Items to change; unknown ones are skipped.
    pub edited: Vec<(Uuid, DatasetItemPatch)>,
    /// Items to delete; unknown ones are skipped.
    pub deleted: Vec<Uuid>,
    /// Tags of the new version.
    pub tags: Vec<String>,
    /// What was changed, in words.
    pub description: Option<String>,
    /// Free texts by key.
    pub metadata: Option<IndexMap<String, String>>,
    /// Evaluators of the new version: those of the base, none, or these.
    pub evaluators: Option<Option<RawJson>>,
    /// Policy of the new version: that of the base, none, or this.
    pub policy: Option<Option<ExecutionPolicy>>,
    /// What to begin with instead of the base.
    pub copy_from: Option<CopyFrom>,
}

/// Why a change set is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// There is no such dataset.
    UnknownDataset,
    /// The base, or the version to begin with, does not exist.
    UnknownVersion,
    /// The base is not the latest version.
    StaleBase,
    /// There is no base although the dataset has versions.
    HasVersions,
    /// A tag is used by another version.
    TagTaken,
}

/// What became of a change or a deletion of several items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectionOutcome {
    /// So many items were changed.
    Changed(u64),
    /// None of the items exists; nothing was changed.
    NoneFound,
    /// The items are in several datasets; nothing was changed.
    SeveralDatasets,
}

/// Which page of the items of a version.
#[derive(Debug, Clone)]
pub struct DatasetItemList {
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub size: u64,
    /// Which version.
    pub version: VersionRef,
    /// All conditions must hold.
    pub filter: Filter,
    /// Whether values are shortened.
    pub truncate: bool,
}

/// A page of items and the columns of their version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedItems {
    /// The items, newest id first.
    pub rows: Vec<DatasetItem>,
    /// Number of items that match.
    pub total: u64,
    /// Keys of the data of all items of the version.
    pub columns: Vec<Column>,
}

/// Where a stream of items stands.
#[derive(Debug, Clone)]
pub struct DatasetItemStream {
    /// The dataset.
    pub dataset: Uuid,
    /// Which version.
    pub version: VersionRef,
    /// All conditions must hold.
    pub filter: Filter,
    /// Only items with smaller ids.
    pub before: Option<Uuid>,
    /// Most items to read.
    pub limit: u64,
}

/// Reads and writes datasets, their versions and items.
#[async_trait]
pub trait DatasetStore {
    /// Creates a dataset without a version.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken), [`Conflict::Exists`](crate::Conflict::Exists) for the id,
    /// [`StoreError::ProjectNotFound`](crate::StoreError::ProjectNotFound).
    async fn create_dataset(&self, scope: &Scope, dataset: NewDataset) -> StoreResult<()>;

    /// A dataset that is not deleted, with what is computed from its experiments and optimizations.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dataset(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<Dataset>>;

    /// Finds a dataset by name, compared without case, in the whole workspace. `project` is where the caller believes
    /// it to be; `None` there is a project that does not exist.
    ///
    /// # Errors
    /// Only technical ones.
    async fn find_dataset(
        &self,
        scope: &Scope,
        name: &str,
        project: Option<Option<Uuid>>,
    ) -> StoreResult<Option<FoundDataset>>;

    /// One page of datasets.
    ///
    /// # Errors
    /// Only technical ones.
    async fn datasets(&self, scope: &Scope, list: DatasetList) -> StoreResult<Listed<Dataset>>;

    /// Changes a dataset.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`](crate::Conflict::NameTaken), [`StoreError::NotFound`](crate::StoreError::NotFound).
    async fn update_dataset(&self, scope: &Scope, id: Uuid, patch: DatasetPatch) -> StoreResult<()>;

    /// Sets how far an upload is; nothing happens to an unknown dataset.
    ///
    /// # Errors
    /// Only technical ones.
    async fn set_dataset_status(&self, scope: &Scope, id: Uuid, status: DatasetStatus) -> StoreResult<()>;

    /// Deletes datasets; unknown ones are skipped. Experiments stay, and with them the items that they were run on.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_datasets(&self, scope: &Scope, ids: Vec<Uuid>) -> StoreResult<()>;

    /// One page of the versions of a dataset, newest first; empty for an unknown one.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dataset_versions(
        &self,
        scope: &Scope,
        dataset: Uuid,
        page: u64,
        size: u64,
    ) -> StoreResult<Listed<DatasetVersion>>;

    /// A version of a dataset.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dataset_version(
        &self,
        scope: &Scope,
        dataset: Uuid,
        version: VersionRef,
    ) -> StoreResult<Option<DatasetVersion>>;

    /// Changes the description of a version and adds tags to it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the version,
    /// [`Conflict::Exists`](crate::Conflict::Exists) when a version of the dataset has one of the tags.
    async fn update_dataset_version(
        &self,
        scope: &Scope,
        dataset: Uuid,
        hash: &str,
        description: Option<String>,
        tags: Vec<String>,
    ) -> StoreResult<DatasetVersion>;

    /// Takes a tag off whatever version of the dataset has it.
    ///
    /// # Errors
    /// Only technical ones.
    async fn delete_dataset_version_tag(&self, scope: &Scope, dataset: Uuid, tag: &str) -> StoreResult<()>;

    /// Makes a new version with the items, evaluators and policy of an older one, and answers it. The latest version
    /// is answered as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for dataset or version.
    async fn restore_dataset_version(
        &self,
        scope: &Scope,
        dataset: Uuid,
        reference: &str,
    ) -> StoreResult<DatasetVersion>;

    /// Adds or replaces items.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the dataset or the version to copy from.
    async fn put_dataset_items(&self, scope: &Scope, dataset: Uuid, put: DatasetItemsPut) -> StoreResult<()>;

    /// The newest state of an item.
    ///
    /// # Errors
    /// Only technical ones.
    async fn dataset_item(&self, scope: &Scope, id: Uuid) -> StoreResult<Option<DatasetItem>>;

    /// Changes items of the latest version in a new one, whose description names their number.
    ///
    /// # Errors
    /// [`StoreError::TagLimit`](crate::StoreError::TagLimit), and
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the dataset of a filter.
    async fn update_dataset_items(
        &self,
        scope: &Scope,
        items: DatasetItemSelection,
        patch: DatasetItemPatch,
    ) -> StoreResult<SelectionOutcome>;

    /// Deletes items from the latest version, or in the version of a group of deletions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the dataset of a filter.
    async fn delete_dataset_items(
        &self,
        scope: &Scope,
        items: DatasetItemSelection,
        group: Option<Uuid>,
    ) -> StoreResult<SelectionOutcome>;

    /// Makes a new version out of a change set.
    ///
    /// # Errors
    /// Only technical ones; refusals are answered.
    async fn change_dataset(
        &self,
        scope: &Scope,
        dataset: Uuid,
        changes: DatasetChanges,
    ) -> StoreResult<Result<DatasetVersion, ChangeRefusal>>;

    /// One page of the items of a version, newest id first; empty for an unknown dataset or one without versions.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the version.
    async fn dataset_items(&self, scope: &Scope, dataset: Uuid, list: DatasetItemList) -> StoreResult<ListedItems>;

    /// The next items of a version, newest id first; empty for an unknown dataset or one without versions, and at the
    /// end. Fewer than the limit are answered when they are large.
    ///
    /// # Errors
    /// [`StoreError::NotFound`](crate::StoreError::NotFound) for the version.
    async fn stream_dataset_items(&self, scope: &Scope, stream: DatasetItemStream) -> StoreResult<Vec<DatasetItem>>;
}
