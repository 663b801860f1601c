//! Raw JSON text: cleaning untrusted documents and rewriting stored ones without building trees.
//!
//! `input`, `output` and `metadata` of traces and spans can be megabytes large and are echoed exactly as they came, so
//! they are carried as text ([`RawJson`]). The functions here work on that text directly. All of them run in linear
//! time, none of them recurses, and none of them panics, whatever the input.
//!
//! The life of a payload:
//!
//! 1. [`normalize`] cleans the whole request body once, then `serde_json` parses it and hands out [`RawJson`] slices;
//! 2. [`extract_attachments`] moves large base64 files out of a payload before it is stored;
//! 3. on read, [`reinject`] puts the files back, [`inject_first`] adds the provider to the metadata and [`truncate`]
//!    shortens what a list shows.
//!
//! Functions of steps 2 and 3 expect compact, valid JSON, which is what step 1 produces. On anything else they stay
//! safe but may leave text unchanged.

mod attachments;
mod normalize;
mod object;
#[cfg(test)]
mod properties;
mod raw;
mod references;
mod scan;
mod truncate;

pub use attachments::{ATTACHMENT_MIN_LEN, AttachmentField, ExtractedFile, Extraction, extract_attachments};
pub use normalize::{JsonTextError, Limits, MAX_DEPTH, MAX_STRING_CHARS, normalize, normalize_borrowed};
pub use object::{Entry, ObjectEntries, inject_first, object_entries, top_level_string, top_level_value, unescape};
pub use raw::RawJson;
pub use references::{AttachmentReferences, attachment_references, is_auto_extracted_name, reinject};
pub use truncate::{TRUNCATION_LIMIT, truncate};
