//! The machinery under the tables: connections, the writer, the readers, migrations, interned strings and payload
//! frames. Knows nothing of traces.

pub(crate) mod connection;
pub(crate) mod migrations;
pub(crate) mod payload;
pub(crate) mod readers;
pub(crate) mod strings;
pub(crate) mod training;
pub(crate) mod varint;
pub(crate) mod writer;
