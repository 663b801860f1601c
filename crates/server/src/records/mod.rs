//! What traces, spans and threads share: the rules of their bodies, the project they belong to, the parameters of their
//! lists and streams, and what happens to their payloads on the way in and out.

pub(crate) mod body;
pub(crate) mod docs;
pub(crate) mod listing;
pub(crate) mod payload;
pub(crate) mod project;
pub(crate) mod query;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod write;
