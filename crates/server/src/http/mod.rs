//! HTTP conventions that every resource shares: how a request is read, how an answer and an error look, and which
//! limits hold for all of them.

pub mod body;
pub mod budget;
pub mod error;
pub mod metrics;
pub mod ndjson;
pub mod path;
pub mod query;
pub(crate) mod rate_limit;
pub mod respond;
pub mod scope;
pub mod validate;

pub(crate) mod chunks;
pub(crate) mod coding;
pub(crate) mod compress;
mod frame;
mod inflate;
pub(crate) mod mount;
mod serve;

pub use body::{JsonBody, OptionalJsonBody};
pub use error::{ApiError, ApiResult, ErrorList, ErrorMessage};
pub use frame::Frame;
pub(crate) use frame::{Route, framed};
pub use path::{Id, Ids};
pub use query::Query;
pub use respond::RequestUrl;
pub use scope::RequestScope;
pub use serve::serve;
pub use validate::Violations;
