//! Training of payload dictionaries: samples are collected while payloads are compressed, a thread of its own trains.

use parking_lot::Mutex;

use super::payload::{FIELDS, Field};

/// Samples of one field that a training needs.
const SAMPLES: usize = 4_000;

/// Bytes of samples that are enough, even when they are fewer.
const SAMPLE_BYTES: usize = 6 << 20;

/// Longer payloads are cut: what repeats is mostly at the beginning.
const MAX_SAMPLE: usize = 16 << 10;

/// Size of a dictionary.
const DICTIONARY_BYTES: usize = 112 << 10;

#[derive(Default)]
struct Samples {
    sizes: Vec<usize>,
    bytes: Vec<u8>,
    done: bool,
}

/// Collects samples of each field until there are enough.
#[derive(Default)]
pub(crate) struct Collector {
    fields: [Mutex<Samples>; FIELDS],
}

/// Enough samples of one field.
pub(crate) struct TrainingSet {
    /// The field.
    pub(crate) field: Field,
    sizes: Vec<usize>,
    bytes: Vec<u8>,
}

impl Collector {
    /// Stops collecting for a field that has a dictionary.
    pub(crate) fn finish(&self, field: Field) {
        let mut samples = self.fields[field as usize].lock();
        *samples = Samples {
            done: true,
            ..Samples::default()
        };
    }

    /// Adds a payload. Answers the samples once there are enough; then it collects no more for the field.
    pub(crate) fn add(&self, field: Field, text: &str) -> Option<TrainingSet> {
        // A miss costs a sample, waiting would cost time.
        let mut samples = self.fields[field as usize].try_lock()?;
        if samples.done || text.len() < 64 {
            return None;
        }
        let cut = text.len().min(MAX_SAMPLE);
        samples.bytes.extend_from_slice(&text.as_bytes()[..cut]);
        samples.sizes.push(cut);
        if samples.sizes.len() < SAMPLES && samples.bytes.len() < SAMPLE_BYTES {
            return None;
        }
        samples.done = true;
        Some(TrainingSet {
            field,
            sizes: std::mem::take(&mut samples.sizes),
            bytes: std::mem::take(&mut samples.bytes),
        })
    }
}

impl TrainingSet {
    /// Trains a dictionary; takes about half a second. `None` when the samples have nothing in common.
    pub(crate) fn train(&self) -> Option<Vec<u8>> {
        zstd::dict::from_continuous(&self.bytes, &self.sizes, DICTIONARY_BYTES).ok()
    }
}
