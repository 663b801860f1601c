//! Changes of tags, from interned numbers to text and back.

use ferropik_store::StoreResult;
use ferropik_store::merge::TagChange;

use crate::error::translate;
use crate::work::Work;

/// The tags after a change as interned numbers; none when they stay.
pub(crate) fn apply(work: &mut Work<'_>, stored: &[i64], change: &TagChange) -> StoreResult<Option<Vec<i64>>> {
    if *change == TagChange::default() {
        return Ok(None);
    }
    let mut texts = Vec::with_capacity(stored.len());
    for number in stored {
        let text: String = work
            .connection
            .prepare_cached("SELECT text FROM string WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([number], |row| row.get(0)))
            .map_err(translate)?;
        texts.push(text);
    }
    match change.apply(&texts)? {
        Some(tags) => work.intern_all(&tags).map(Some),
        None => Ok(None),
    }
}
