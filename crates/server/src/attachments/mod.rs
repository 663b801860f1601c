//! Files that belong to traces and spans: their bytes, their records, and moving them out of and into payloads.

mod disposition;
mod files;
mod links;
mod payloads;
mod range;
mod routes;
pub mod service;

pub use files::Files;
pub(crate) use files::StoredFile;
pub(crate) use links::decode_text;
pub use payloads::Reinjection;
pub(crate) use routes::{router, send};
