//! Which keys the data of compared items and the outputs of their runs have.

use std::collections::BTreeMap;
use std::sync::Arc;

use ferropik_model::{Column, object_shape};
use ferropik_store::{StoreError, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::scope::{Compared, ComparedExperiment, Watch};
use super::state::state_of;
use crate::error::translate;
use crate::rows::flag;

/// Columns that are answered at most, so that data whose keys are ids stays readable.
const MAX_COLUMNS: usize = 1_000;

/// Items whose data is looked at one by one. Beyond it, all shapes of the versions count as seen.
const MAX_LOOKUPS: usize = 2_000;

/// Shapes of one version that are told apart.
const MAX_SHAPES: usize = 1_000;

/// Outputs between two looks at the clock.
const CHECK_INTERVAL: usize = 256;

/// Keys with the bits of the types of their values.
#[derive(Default)]
struct Keys(BTreeMap<String, u8>);

impl Keys {
    fn add(&mut self, key: &str, types: u8) {
        if let Some(known) = self.0.get_mut(key) {
            *known |= types;
        } else if self.0.len() < MAX_COLUMNS {
            self.0.insert(key.to_owned(), types);
        }
    }

    /// Adds the pairs of key and type of an interned shape.
    fn add_shape(&mut self, text: &str) {
        let pairs: Vec<(String, u8)> = serde_json::from_str(text).unwrap_or_default();
        for (key, types) in pairs {
            self.add(&key, types);
        }
    }

    fn into_columns(self, prefix: &str) -> Vec<Column> {
        self.0
            .into_iter()
            .map(|(name, types)| Column::new(prefix, &name, types))
            .collect()
    }
}

/// The columns of the data of some items, sorted.
///
/// Items of a dataset mostly have few shapes, so that a look at few items shows them all: the shapes of the versions
/// are the most that can come, and the search ends with the last of them.
pub(super) fn of_data(watch: &Watch<'_>, compared: &Compared, items: &[Uuid]) -> StoreResult<Vec<Column>> {
    let mut versions: Vec<Option<i64>> = compared
        .experiments
        .iter()
        .map(|experiment| experiment.version)
        .collect();
    versions.sort_unstable();
    versions.dedup();
    let mut missing: FxHashSet<i64> = FxHashSet::default();
    for version in &versions {
        missing.extend(shapes_of_version(watch.connection, compared.dataset, *version).map_err(translate)?);
    }
    let may_be_elsewhere = versions.contains(&None);
    let mut seen: FxHashSet<i64> = FxHashSet::default();
    let mut lookups = 0;
    for item in items {
        if (missing.is_empty() && !may_be_elsewhere) || lookups >= MAX_LOOKUPS {
            break;
        }
        for version in &versions {
            lookups += 1;
            if let Some(state) = state_of(watch, compared.dataset, *item, *version)? {
                missing.remove(&state.shape);
                seen.insert(state.shape);
            }
        }
    }
    if lookups >= MAX_LOOKUPS {
        seen.extend(missing);
    }
    let mut keys = Keys::default();
    for shape in seen {
        let text = watch.context.strings.text(watch.connection, shape).map_err(translate)?;
        keys.add_shape(&text);
    }
    Ok(keys.into_columns("data"))
}

/// The interned shapes of the items of a version, each once, along the index; of the newest states without one.
fn shapes_of_version(connection: &Connection, dataset: i64, version: Option<i64>) -> rusqlite::Result<Vec<i64>> {
    let Some(version) = version else { return Ok(Vec::new()) };
    let mut following = connection.prepare_cached(
        "SELECT shape FROM dataset_item INDEXED BY dataset_item_by_shape WHERE dataset = ?1 AND shape > ?2 \
         ORDER BY shape LIMIT 1",
    )?;
    let mut has_state = connection.prepare_cached(
        "SELECT 1 FROM dataset_item INDEXED BY dataset_item_by_shape WHERE dataset = ?1 AND shape = ?2 AND until > ?3 \
         AND first <= ?3 LIMIT 1",
    )?;
    let mut shapes = Vec::new();
    let mut last = i64::MIN;
    for _ in 0..MAX_SHAPES {
        let next: Option<i64> = following.query_row([dataset, last], |row| row.get(0)).optional()?;
        let Some(shape) = next else { break };
        if has_state.exists(params![dataset, shape, version])? {
            shapes.push(shape);
        }
        last = shape;
    }
    Ok(shapes)
}

/// The columns of the outputs of the traces of all runs, sorted.
pub(super) fn of_outputs(watch: &Watch<'_>, compared: &Compared) -> StoreResult<Vec<Column>> {
    let mut keys = Keys::default();
    for experiment in &compared.experiments {
        for column in of_experiment(watch, experiment)?.iter() {
            keys.add(&column.0, column.1);
        }
    }
    Ok(keys.into_columns("output"))
}

/// The keys of the outputs of one experiment with the bits of their types.
fn of_experiment(watch: &Watch<'_>, experiment: &ComparedExperiment) -> StoreResult<Arc<[(String, u8)]>> {
    let cache = &watch.context.comparisons;
    let key = (experiment.key, experiment.revision);
    if let Some(columns) = cache.outputs(key) {
        return Ok(columns);
    }
    let mut keys = Keys::default();
    let mut text = Vec::new();
    let mut statement = watch
        .connection
        .prepare_cached(&format!(
            "SELECT p.output FROM experiment_item x JOIN trace t ON t.seq = x.trace AND t.flags & {} = {} \
             JOIN trace_payload p ON p.seq = t.seq WHERE x.experiment = ?1",
            flag::GHOST | flag::OUTPUT,
            flag::OUTPUT
        ))
        .map_err(translate)?;
    let mut rows = statement.query([experiment.key]).map_err(translate)?;
    let mut count = 0_usize;
    while let Some(row) = rows.next().map_err(translate)? {
        if count.is_multiple_of(CHECK_INTERVAL) {
            watch.check()?;
        }
        count += 1;
        let frame = row
            .get_ref(0)
            .and_then(|value| Ok(value.as_blob_or_null()?))
            .map_err(translate)?;
        let Some(frame) = frame else { continue };
        watch
            .context
            .codec
            .decode_into(frame, &mut text)
            .map_err(StoreError::internal)?;
        let json = std::str::from_utf8(&text).map_err(StoreError::internal)?;
        for (name, types) in object_shape(json, MAX_COLUMNS) {
            keys.add(&name, types);
        }
    }
    let columns: Arc<[(String, u8)]> = keys.0.into_iter().collect();
    cache.keep_outputs(key, Arc::clone(&columns));
    Ok(columns)
}
