//! What all reads share.

pub(crate) mod assemble;
pub(crate) mod columns_sql;
mod experiments_sql;
pub(crate) mod listing;
pub(crate) mod scores;
pub(crate) mod statement;

/// `LIMIT` and `OFFSET` of a page.
pub(crate) fn limit_offset(page: u64, size: u64) -> (i64, i64) {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let before = i64::try_from(page.saturating_sub(1)).unwrap_or(i64::MAX);
    (size, before.saturating_mul(size))
}
