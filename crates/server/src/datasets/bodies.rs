//! Bodies that only the routes of datasets read.

use ferropik_model::{DatasetItemUpdate, wire, wire_object};
use ferropik_query::RawFilter;
use uuid::Uuid;

use crate::records::search::FilterObject;

wire_object! {
    /// What to delete.
    pub struct DatasetsDelete {
        /// 1 to 1000 ids; unknown ones are skipped.
        pub ids: Option<Vec<Uuid>> = wire::batch,
    }
}

wire_object! {
    /// Body that changes several items.
    pub struct DatasetItemBatchUpdate {
        /// 1 to 1000 items; this or `filters`.
        pub ids: Option<Vec<Uuid>> = wire::batch,
        /// All items of the dataset that these leave.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub filters: Option<Vec<RawFilter>> = wire::list,
        /// Required with `filters`.
        pub dataset_id: Option<Uuid> = wire::optional,
        /// What to change.
        pub update: Option<DatasetItemUpdate> = wire::optional,
        /// Whether `tags` are added; absent is false with `ids` and true with `filters`.
        pub merge_tags: Option<bool> = wire::optional,
    }
}

wire_object! {
    /// Body that deletes items.
    pub struct DatasetItemsDelete {
        /// 1 to 1000 items; this or `dataset_id`.
        pub item_ids: Option<Vec<Uuid>> = wire::batch,
        /// Dataset to delete from.
        pub dataset_id: Option<Uuid> = wire::optional,
        /// Which of its items; all when absent or empty.
        #[schema(value_type = Option<Vec<FilterObject>>)]
        pub filters: Option<Vec<RawFilter>> = wire::list,
        /// Deletions of one group make one version.
        pub batch_group_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Body that adds a tag to a version.
    pub struct DatasetVersionTag {
        /// Not blank, at most 100 characters.
        pub tag: Option<String> = wire::text,
    }
}

wire_object! {
    /// Body that names a version to restore.
    pub struct DatasetVersionRestore {
        /// Hash, tag or name.
        pub version_ref: Option<String> = wire::text,
    }
}

wire_object! {
    /// Body that names a version.
    pub struct DatasetVersionRetrieve {
        /// `v` and a number.
        pub version_name: Option<String> = wire::text,
    }
}
