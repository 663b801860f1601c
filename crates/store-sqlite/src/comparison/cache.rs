//! What is remembered of comparisons as long as none of their experiments changes.

use std::hash::Hash;
use std::sync::Arc;

use ferropik_model::Stats;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use uuid::Uuid;

/// Ids of items that are kept altogether: 16 bytes each, so that they take at most 32 MiB.
const MAX_IDS: usize = 2 << 20;

/// Results that are kept of each small kind.
const MAX_RESULTS: usize = 512;

/// Keys of experiments with their revisions, ascending.
pub(super) type Fingerprint = Vec<(i64, i64)>;

/// Keys of outputs with the bits of their types.
type OutputKeys = Arc<[(String, u8)]>;

/// Results of comparisons by the experiments and their revisions.
#[derive(Default)]
pub(crate) struct Comparisons {
    ids: Mutex<Aging<Fingerprint, Arc<[Uuid]>>>,
    stats: Mutex<Aging<Fingerprint, Stats>>,
    /// Keys of the outputs of one experiment with the bits of their types, by its key and revision.
    outputs: Mutex<Aging<(i64, i64), OutputKeys>>,
}

impl Comparisons {
    /// The ids of the compared items in descending order.
    pub(super) fn ids(&self, key: &Fingerprint) -> Option<Arc<[Uuid]>> {
        self.ids.lock().get(key)
    }

    /// Keeps ids, unless they are too many.
    pub(super) fn keep_ids(&self, key: Fingerprint, ids: Arc<[Uuid]>) {
        let weight = ids.len() + key.len() + 1;
        self.ids.lock().put(key, ids, weight, MAX_IDS);
    }

    /// Statistics of all runs.
    pub(super) fn stats(&self, key: &Fingerprint) -> Option<Stats> {
        self.stats.lock().get(key)
    }

    /// Keeps statistics.
    pub(super) fn keep_stats(&self, key: Fingerprint, stats: Stats) {
        self.stats.lock().put(key, stats, 1, MAX_RESULTS);
    }

    /// Columns of the outputs of an experiment.
    pub(super) fn outputs(&self, key: (i64, i64)) -> Option<Arc<[(String, u8)]>> {
        self.outputs.lock().get(&key)
    }

    /// Keeps columns.
    pub(super) fn keep_outputs(&self, key: (i64, i64), columns: Arc<[(String, u8)]>) {
        self.outputs.lock().put(key, columns, 1, MAX_RESULTS);
    }
}

/// A map of limited weight from which what was not asked for longest goes first.
struct Aging<K, V> {
    entries: FxHashMap<K, Entry<V>>,
    weight: usize,
    clock: u64,
}

struct Entry<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<K, V> Default for Aging<K, V> {
    fn default() -> Aging<K, V> {
        Aging {
            entries: FxHashMap::default(),
            weight: 0,
            clock: 0,
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Aging<K, V> {
    fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(entry.value.clone())
    }

    fn put(&mut self, key: K, value: V, weight: usize, limit: usize) {
        if weight > limit {
            return;
        }
        self.clock += 1;
        let entry = Entry {
            value,
            weight,
            used: self.clock,
        };
        self.weight += weight;
        if let Some(replaced) = self.entries.insert(key, entry) {
            self.weight -= replaced.weight;
        }
        while self.weight > limit {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            if let Some(gone) = self.entries.remove(&key) {
                self.weight -= gone.weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let mut cache: Aging<i32, &str> = Aging::default();
        cache.put(1, "a", 2, 6);
        cache.put(2, "b", 2, 6);
        cache.put(3, "c", 2, 6);
        assert_eq!(cache.get(&1), Some("a"));
        cache.put(4, "d", 2, 6);
        assert_eq!(cache.get(&2), None);
        assert_eq!(cache.get(&1), Some("a"));
        cache.put(1, "e", 3, 6);
        assert_eq!((cache.get(&1), cache.get(&3)), (Some("e"), None));
        assert_eq!(cache.weight, 5);
        cache.put(9, "huge", 7, 6);
        assert_eq!(cache.get(&9), None);
        assert_eq!(cache.weight, 5);
    }
}
