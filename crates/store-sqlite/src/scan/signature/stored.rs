//! Segments in the database: writing, and looking for texts in them.

use std::collections::BTreeMap;

use ferropik_store::StoreResult;
use rusqlite::{Connection, OptionalExtension, params};

use super::build::Built;
use super::{
    ANYTHING, GRAM, NOWHERE, SEGMENT_ROWS, each_bit, first_of, group_key, group_slices, segment_of, slice_bytes,
};
use crate::error::translate;

/// Number of sealed segments: they have no gaps.
pub(super) fn sealed_segments(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT COALESCE(MAX(segment) + 1, 0) FROM search_segment")?
        .query_row([], |row| row.get(0))
}

/// Stores a segment, and forgets changes of its rows that were noted before `mark`.
pub(super) fn write(connection: &Connection, segment: i64, built: &Built, mark: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM search_slices WHERE key BETWEEN ?1 AND ?2")?
        .execute([group_key(segment, 0), group_key(segment + 1, 0) - 1])?;
    let mut insert = connection.prepare_cached("INSERT INTO search_slices (key, bits) VALUES (?1, ?2)")?;
    for (number, group) in built.groups().enumerate() {
        insert.execute(params![group_key(segment, number), group])?;
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO search_segment (segment, blocks, places) VALUES (?1, ?2, ?3)")?
        .execute(params![segment, built.blocks(), built.place_bytes()])?;
    connection
        .prepare_cached("DELETE FROM search_change WHERE trace BETWEEN ?1 AND ?2 AND mark < ?3")?
        .execute([first_of(segment), first_of(segment + 1) - 1, mark])?;
    Ok(())
}

/// Which candidates (numbers of traces) may hold all of the folded texts, as a bit for each index; `None` when the
/// signatures know nothing about the texts.
pub(crate) fn possible(connection: &Connection, candidates: &[i64], folded: &[&str]) -> StoreResult<Option<Vec<u64>>> {
    let mut bits = Vec::new();
    for text in folded.iter().filter(|text| text.len() >= GRAM) {
        each_bit(text.bytes(), |bit| bits.push(bit));
    }
    bits.sort_unstable();
    bits.dedup();
    if bits.is_empty() {
        return Ok(None);
    }
    look(connection, candidates, &bits).map_err(translate)
}

fn look(connection: &Connection, candidates: &[i64], bits: &[usize]) -> rusqlite::Result<Option<Vec<u64>>> {
    let sealed = sealed_segments(connection)?;
    if sealed == 0 {
        return Ok(None);
    }
    let mut known: BTreeMap<i64, Rows> = BTreeMap::new();
    let mut possible = vec![0_u64; candidates.len().div_ceil(64)];
    let mut current: (i64, Rows) = (-1, Rows::Any);
    for (index, seq) in candidates.iter().enumerate() {
        let segment = segment_of(*seq);
        if current.0 != segment {
            let rows = match known.remove(&segment) {
                Some(rows) => rows,
                None if segment < sealed && segment >= 0 => Rows::read(connection, segment, bits)?,
                None => Rows::Any,
            };
            let (last, rows_of_last) = std::mem::replace(&mut current, (segment, rows));
            known.insert(last, rows_of_last);
        }
        if current.1.has(*seq - first_of(segment)) {
            possible[index / 64] |= 1 << (index % 64);
        }
    }
    Ok(Some(possible))
}

/// Rows of a segment.
enum Rows {
    Any,
    None,
    These(Vec<u64>),
}

impl Rows {
    fn has(&self, offset: i64) -> bool {
        match self {
            Rows::Any => true,
            Rows::None => false,
            Rows::These(words) => usize::try_from(offset)
                .ok()
                .and_then(|offset| words.get(offset / 64).map(|word| word >> (offset % 64) & 1 != 0))
                .unwrap_or(false),
        }
    }

    /// The rows of a segment that may have all bits, and those that have changed since.
    fn read(connection: &Connection, segment: i64, bits: &[usize]) -> rusqlite::Result<Rows> {
        let mut statement =
            connection.prepare_cached("SELECT blocks, places FROM search_segment WHERE segment = ?1")?;
        let mut found = statement.query([segment])?;
        let Some(row) = found.next()? else { return Ok(Rows::Any) };
        let blocks = usize::from(row.get::<_, u16>(0)?);
        let places = row.get_ref(1)?.as_blob()?;
        let hits = blocks_with(connection, segment, blocks, bits)?;
        let mut words = vec![0_u64; usize::try_from(SEGMENT_ROWS).unwrap_or(0).div_ceil(64)];
        let mut is_empty = true;
        let mut put = |offset: usize| {
            is_empty = false;
            if let Some(word) = words.get_mut(offset / 64) {
                *word |= 1 << (offset % 64);
            }
        };
        for (offset, place) in places.chunks_exact(2).enumerate() {
            let is_possible = match u16::from_le_bytes([place[0], place[1]]) {
                NOWHERE => false,
                ANYTHING => true,
                block => hits
                    .get(usize::from(block) / 8)
                    .is_some_and(|byte| byte >> (block % 8) & 1 != 0),
            };
            if is_possible {
                put(offset);
            }
        }
        let mut statement =
            connection.prepare_cached("SELECT trace FROM search_change WHERE trace BETWEEN ?1 AND ?2")?;
        let mut changed = statement.query([first_of(segment), first_of(segment + 1) - 1])?;
        while let Some(row) = changed.next()? {
            let trace: i64 = row.get(0)?;
            put(usize::try_from(trace - first_of(segment)).unwrap_or(0));
        }
        Ok(if is_empty { Rows::None } else { Rows::These(words) })
    }
}

/// The blocks of a segment that have all bits.
fn blocks_with(connection: &Connection, segment: i64, blocks: usize, bits: &[usize]) -> rusqlite::Result<Vec<u8>> {
    let width = slice_bytes(blocks);
    let mut hits = vec![u8::MAX; width];
    let together = group_slices(blocks);
    let mut statement = connection.prepare_cached("SELECT bits FROM search_slices WHERE key = ?1")?;
    for bit in bits {
        if hits.iter().all(|byte| *byte == 0) {
            break;
        }
        let mut found = statement.query([group_key(segment, bit / together)])?;
        let Some(row) = found.next()? else { continue };
        let group = row.get_ref(0)?.as_blob()?;
        let start = bit % together * width;
        // A slice that is not there excludes nothing.
        for (hit, byte) in hits.iter_mut().zip(group.get(start..start + width).unwrap_or_default()) {
            *hit &= byte;
        }
    }
    Ok(hits)
}

/// A segment that should be sealed anew: the one with the most changed rows, if they are enough.
pub(super) fn most_changed(connection: &Connection, sealed: i64, enough: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT trace / ?1 FROM search_change WHERE trace < ?2 GROUP BY trace / ?1 HAVING COUNT(*) >= ?3 \
             ORDER BY COUNT(*) DESC LIMIT 1",
        )?
        .query_row([SEGMENT_ROWS, first_of(sealed), enough], |row| row.get(0))
        .optional()
}

/// A segment with signatures of which no row is left.
pub(super) fn abandoned(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT segment FROM search_segment WHERE blocks > 0 AND NOT EXISTS \
             (SELECT 1 FROM trace WHERE seq BETWEEN segment * ?1 AND (segment + 1) * ?1 - 1) LIMIT 1",
        )?
        .query_row([SEGMENT_ROWS], |row| row.get(0))
        .optional()
}
