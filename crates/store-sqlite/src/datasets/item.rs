//! States of dataset items: rows of the table `dataset_item`, and the frames that they refer to.

use ferropik_model::{
    DatasetItem, DatasetItemSource, ExecutionPolicy, RawJson, Timestamp, object_shape, truncated_values,
};
use ferropik_store::{NewDatasetItem, StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::find::{source_number, source_of};
use crate::Context;
use crate::error::translate;
use crate::payloads::Encoder;
use crate::rows::{optional_uuid_at, uuid_at};

/// The end of states that the latest version has. It stands in statements as a literal, so that the index over these
/// states is used.
pub(crate) const OPEN: i64 = i64::MAX;

/// Most keys of one item that become columns.
const MAX_COLUMNS_OF_ITEM: usize = 1_000;

/// One state of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ItemState {
    pub(crate) seq: i64,
    /// Key of the dataset.
    pub(crate) dataset: i64,
    /// Stable id.
    pub(crate) id: Uuid,
    /// First version that has the state.
    pub(crate) first: i64,
    /// First version after it that does not; [`OPEN`] when the latest one has it.
    pub(crate) until: i64,
    /// Key of the frame of its data.
    pub(crate) data: i64,
    /// Interned shape of its data.
    pub(crate) shape: i64,
    pub(crate) source: i64,
    pub(crate) trace_id: Option<Uuid>,
    pub(crate) span_id: Option<Uuid>,
    pub(crate) description: Option<String>,
    /// JSON array; none when empty.
    pub(crate) tags: Option<String>,
    /// JSON array; none when empty.
    pub(crate) evaluators: Option<String>,
    /// JSON object.
    pub(crate) policy: Option<String>,
    pub(crate) created_us: i64,
    pub(crate) created_by: i64,
    pub(crate) updated_us: i64,
    pub(crate) updated_by: i64,
}

/// The columns, in the order in which [`ItemState::from_row`] reads them. The table must be called `i`.
pub(crate) const COLUMNS: &str = "i.seq, i.dataset, i.id, i.first, i.until, i.data, i.shape, i.source, i.trace_id, \
    i.span_id, i.description, i.tags, i.evaluators, i.policy, i.created_us, i.created_by, i.updated_us, i.updated_by";

impl ItemState {
    /// Reads [`COLUMNS`].
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<ItemState> {
        Ok(ItemState {
            seq: row.get(0)?,
            dataset: row.get(1)?,
            id: uuid_at(row, 2)?,
            first: row.get(3)?,
            until: row.get(4)?,
            data: row.get(5)?,
            shape: row.get(6)?,
            source: row.get(7)?,
            trace_id: optional_uuid_at(row, 8)?,
            span_id: optional_uuid_at(row, 9)?,
            description: row.get(10)?,
            tags: row.get(11)?,
            evaluators: row.get(12)?,
            policy: row.get(13)?,
            created_us: row.get(14)?,
            created_by: row.get(15)?,
            updated_us: row.get(16)?,
            updated_by: row.get(17)?,
        })
    }

    /// Its tags.
    pub(crate) fn tag_list(&self) -> Vec<String> {
        tags_of(self.tags.as_deref())
    }

    /// The text of its data.
    pub(crate) fn data_text(&self, connection: &Connection, context: &Context) -> StoreResult<String> {
        connection
            .prepare_cached("SELECT data FROM dataset_item_data WHERE key = ?1")
            .and_then(|mut statement| {
                statement.query_row([self.data], |row| {
                    Ok(row.get_ref(0)?.as_blob().map(|frame| context.codec.decode(frame))?)
                })
            })
            .map_err(translate)?
            .map_err(StoreError::internal)
    }

    /// As clients read it, in the dataset of that id; optionally with shortened values.
    pub(crate) fn to_wire(
        &self,
        connection: &Connection,
        context: &Context,
        dataset: Uuid,
        truncate: bool,
    ) -> StoreResult<DatasetItem> {
        let user = |number: i64| -> StoreResult<String> {
            let text = context.strings.text(connection, number).map_err(translate)?;
            Ok(text.to_string())
        };
        let text = self.data_text(connection, context)?;
        let data = if truncate {
            truncated_values(&text)
        } else {
            RawJson::from_stored(&text)
        };
        Ok(DatasetItem {
            id: self.id,
            dataset_item_id: self.id,
            trace_id: self.trace_id,
            span_id: self.span_id,
            source: source_of(self.source),
            data,
            description: self.description.clone(),
            tags: self.tag_list(),
            evaluators: self.evaluators.as_deref().map(RawJson::from_stored),
            execution_policy: policy_of(self.policy.as_deref()),
            dataset_id: dataset,
            created_at: Timestamp::from_micros(self.created_us),
            last_updated_at: Timestamp::from_micros(self.updated_us),
            created_by: user(self.created_by)?,
            last_updated_by: user(self.updated_by)?,
        })
    }
}

fn tags_of(text: Option<&str>) -> Vec<String> {
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The policy in a column.
pub(crate) fn policy_of(text: Option<&str>) -> Option<ExecutionPolicy> {
    text.and_then(|text| serde_json::from_str(text).ok())
}

/// The state of an item in a version of a dataset.
pub(crate) fn item_in_version(
    connection: &Connection,
    dataset: i64,
    id: Uuid,
    number: i64,
) -> StoreResult<Option<ItemState>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset_item i WHERE i.dataset = ?1 AND i.id = ?2 AND i.first <= ?3 AND i.until > ?3"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![dataset, id.as_bytes(), number], ItemState::from_row)
                .optional()
        })
        .map_err(translate)
}

/// The newest state that an item of a dataset has had, whether the latest version still has it or not.
pub(crate) fn newest_state(connection: &Connection, dataset: i64, id: Uuid) -> StoreResult<Option<ItemState>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dataset_item i WHERE i.dataset = ?1 AND i.id = ?2 ORDER BY i.first DESC LIMIT 1"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![dataset, id.as_bytes()], ItemState::from_row)
                .optional()
        })
        .map_err(translate)
}

/// Data ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedData {
    pub(crate) frame: Vec<u8>,
    /// JSON text of the sorted pairs of key and type bit.
    pub(crate) shape: String,
}

impl EncodedData {
    /// Compresses data and takes its shape.
    pub(crate) fn new(encoder: &mut Encoder<'_>, data: &RawJson) -> StoreResult<EncodedData> {
        let shape = object_shape(data.as_str(), MAX_COLUMNS_OF_ITEM);
        Ok(EncodedData {
            frame: encoder.item(data),
            shape: serde_json::to_string(&shape).map_err(StoreError::internal)?,
        })
    }
}

/// An item ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EncodedItem {
    pub(crate) id: Uuid,
    pub(crate) data: EncodedData,
    pub(crate) source: i64,
    pub(crate) trace_id: Option<Uuid>,
    pub(crate) span_id: Option<Uuid>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Option<String>,
    pub(crate) evaluators: Option<String>,
    pub(crate) policy: Option<String>,
}

impl EncodedItem {
    /// Compresses the data of an item; to be called on a thread for blocking work.
    pub(crate) fn new(encoder: &mut Encoder<'_>, item: &NewDatasetItem) -> StoreResult<EncodedItem> {
        Ok(EncodedItem {
            id: item.id,
            data: EncodedData::new(encoder, &item.data)?,
            source: source_number(item.source),
            trace_id: item.trace_id,
            span_id: item.span_id,
            description: item.description.clone(),
            tags: tags_text(&item.tags)?,
            evaluators: item.evaluators.as_ref().map(|array| array.as_str().to_owned()),
            policy: item.policy.as_ref().map(policy_text).transpose()?,
        })
    }
}

/// The column of a source.
pub(super) fn source_column(source: Option<DatasetItemSource>) -> Option<i64> {
    source.map(source_number)
}

/// The column of tags; none when there are no tags.
pub(crate) fn tags_text(tags: &[String]) -> StoreResult<Option<String>> {
    if tags.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(tags).map(Some).map_err(StoreError::internal)
}

/// The column of a policy.
pub(crate) fn policy_text(policy: &ExecutionPolicy) -> StoreResult<String> {
    serde_json::to_string(policy).map_err(StoreError::internal)
}
