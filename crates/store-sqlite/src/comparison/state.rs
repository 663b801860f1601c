//! Dataset items as experiments saw them.

use std::cell::OnceCell;
use std::ops::Deref;

use ferropik_store::StoreResult;
use uuid::Uuid;

use super::merge::Run;
use super::scope::{Compared, Watch};
use crate::datasets::{ItemState, item_in_version, newest_state};

/// The state of an item in a version; the newest one when the version does not hold it, or there is no version.
pub(super) fn state_of(
    watch: &Watch<'_>,
    dataset: i64,
    item: Uuid,
    version: Option<i64>,
) -> StoreResult<Option<ItemState>> {
    let pinned = match version {
        Some(version) => item_in_version(watch.connection, dataset, item, version)?,
        None => None,
    };
    match pinned {
        Some(state) => Ok(Some(state)),
        None => newest_state(watch.connection, dataset, item),
    }
}

/// A state of an item with its data, which is read when the first run asks for it.
pub(super) struct SeenState {
    state: ItemState,
    data: OnceCell<String>,
}

impl SeenState {
    /// The JSON text of the data.
    pub(super) fn data(&self, watch: &Watch<'_>) -> StoreResult<&str> {
        if let Some(known) = self.data.get() {
            return Ok(known);
        }
        let text = self.state.data_text(watch.connection, watch.context)?;
        Ok(self.data.get_or_init(|| text))
    }
}

impl Deref for SeenState {
    type Target = ItemState;

    fn deref(&self) -> &ItemState {
        &self.state
    }
}

/// The states of one item in the versions that the experiments are pinned to.
pub(super) struct States {
    /// By version.
    known: Vec<(Option<i64>, Option<SeenState>)>,
}

impl States {
    /// The states that some runs of an item saw.
    pub(super) fn of_runs(watch: &Watch<'_>, compared: &Compared, item: Uuid, runs: &[Run]) -> StoreResult<States> {
        let mut known: Vec<(Option<i64>, Option<SeenState>)> = Vec::with_capacity(1);
        for run in runs {
            let version = compared.experiments[run.experiment].version;
            if known.iter().all(|(seen, _)| *seen != version) {
                let state = state_of(watch, compared.dataset, item, version)?;
                let seen = state.map(|state| SeenState {
                    state,
                    data: OnceCell::new(),
                });
                known.push((version, seen));
            }
        }
        Ok(States { known })
    }

    /// No states, for when nothing looks at them.
    pub(super) fn none() -> States {
        States { known: Vec::new() }
    }

    /// What a run saw.
    pub(super) fn of_run(&self, compared: &Compared, run: Run) -> Option<&SeenState> {
        let version = compared.experiments[run.experiment].version;
        let state = self.known.iter().find(|(known, _)| *known == version);
        state.and_then(|(_, state)| state.as_ref())
    }

    /// The one to show for the item: the newest.
    pub(super) fn newest(&self) -> Option<&SeenState> {
        self.known
            .iter()
            .filter_map(|(_, state)| state.as_ref())
            .max_by_key(|state| state.first)
    }
}
