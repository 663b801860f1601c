//! Payload fields of traces and spans: from wire objects to frames, and into the payload tables.

use ferropik_model::{ErrorInfo, RawJson};
use ferropik_store::StoreResult;
use rusqlite::{Connection, params};

use crate::engine::payload::{Codec, Field};
use crate::engine::training::{Collector, TrainingSet};
use crate::error::translate;
use crate::rows::flag;

/// The payload fields of one row, ready to be stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Payload {
    pub(crate) input: Option<Vec<u8>>,
    pub(crate) output: Option<Vec<u8>>,
    pub(crate) metadata: Option<Vec<u8>>,
    pub(crate) error: Option<Vec<u8>>,
    pub(crate) error_type: Option<String>,
}

/// How payload fields meet stored ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All stored fields go.
    Replace,
    /// Stored fields stay, only missing ones are filled.
    Fill,
    /// New fields go over stored ones.
    Overlay,
}

/// Compresses payloads on the thread of the request, never on the writer's.
pub(crate) struct Encoder<'a> {
    codec: &'a Codec,
    collector: &'a Collector,
    trainings: Vec<TrainingSet>,
}

impl<'a> Encoder<'a> {
    /// An encoder that also collects samples for dictionaries.
    pub(crate) fn new(codec: &'a Codec, collector: &'a Collector) -> Encoder<'a> {
        Encoder {
            codec,
            collector,
            trainings: Vec::new(),
        }
    }

    /// The payload fields of a trace or span.
    pub(crate) fn payload(
        &mut self,
        input: Option<&RawJson>,
        output: Option<&RawJson>,
        metadata: Option<&RawJson>,
        error: Option<&ErrorInfo>,
    ) -> StoreResult<Payload> {
        let error = error.filter(|error| **error != ErrorInfo::default());
        let error_text = error
            .map(serde_json::to_string)
            .transpose()
            .map_err(ferropik_store::StoreError::internal)?;
        Ok(Payload {
            input: self.json(Field::Input, input),
            output: self.json(Field::Output, output),
            metadata: self.json(Field::Metadata, metadata),
            error: error_text.map(|text| self.codec.encode(Field::Error, &text)),
            error_type: error
                .map(|error| error.exception_type.as_deref().unwrap_or_default().trim().to_owned())
                .filter(|name| !name.is_empty()),
        })
    }

    /// The frame of the data of a dataset item.
    pub(crate) fn item(&mut self, data: &RawJson) -> Vec<u8> {
        let text = data.as_str();
        if let Some(training) = self.collector.add(Field::Item, text) {
            self.trainings.push(training);
        }
        self.codec.encode(Field::Item, text)
    }

    /// One field, none for `null`.
    pub(crate) fn json(&mut self, field: Field, value: Option<&RawJson>) -> Option<Vec<u8>> {
        let text = value.filter(|value| !value.is_null())?.as_str();
        if let Some(training) = self.collector.add(field, text) {
            self.trainings.push(training);
        }
        Some(self.codec.encode(field, text))
    }

    /// Sets of samples that have become complete.
    pub(crate) fn into_trainings(self) -> Vec<TrainingSet> {
        self.trainings
    }
}

impl Payload {
    /// Bits of `flags` for the fields that are present.
    pub(crate) fn flags(&self) -> i64 {
        let bit = |present: bool, bit: i64| if present { bit } else { 0 };
        bit(self.input.is_some(), flag::INPUT)
            | bit(self.output.is_some(), flag::OUTPUT)
            | bit(self.metadata.is_some(), flag::METADATA)
            | bit(self.error.is_some(), flag::ERROR)
    }

    fn is_empty(&self) -> bool {
        self.input.is_none() && self.output.is_none() && self.metadata.is_none() && self.error.is_none()
    }

    /// Writes the fields of a row of `table` (`trace_payload` or `span_payload`).
    pub(crate) fn write(
        &self,
        connection: &Connection,
        table: &str,
        seq: i64,
        exists: bool,
        mode: Mode,
    ) -> StoreResult<()> {
        if self.is_empty() && (!exists || mode != Mode::Replace) {
            return Ok(());
        }
        let on_conflict = match mode {
            Mode::Replace => {
                "SET input = excluded.input, output = excluded.output, metadata = excluded.metadata, \
                 error = excluded.error"
            }
            Mode::Fill => {
                "SET input = COALESCE(input, excluded.input), output = COALESCE(output, excluded.output), \
                 metadata = COALESCE(metadata, excluded.metadata), error = COALESCE(error, excluded.error)"
            }
            Mode::Overlay => {
                "SET input = COALESCE(excluded.input, input), output = COALESCE(excluded.output, output), \
                 metadata = COALESCE(excluded.metadata, metadata), error = COALESCE(excluded.error, error)"
            }
        };
        let sql = format!(
            "INSERT INTO {table} (seq, input, output, metadata, error) VALUES (?1, ?2, ?3, ?4, ?5) \
             ON CONFLICT DO UPDATE {on_conflict}"
        );
        connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement.execute(params![seq, self.input, self.output, self.metadata, self.error])
            })
            .map_err(translate)?;
        Ok(())
    }
}
