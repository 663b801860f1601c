//! Adding up whole hours from the rollups, and the pieces of hours at the ends of a range row by row.

use ferropik_model::{MetricEntity, MetricInterval, Timestamp};
use ferropik_store::{Selection, StoreResult};
use rusqlite::{Connection, OptionalExtension, params};

use super::cells::{By, Cells, Group, Outside, Request, What};
use super::rows;
use crate::error::translate;
use crate::rollup::{self, Hours, Sources};
use crate::rows::HOUR_MILLIS;
use crate::scan::Reader;
use crate::scoring;

/// Whether rollups know what is asked for.
pub(super) fn can_answer(entity: MetricEntity, request: &Request) -> bool {
    entity != MetricEntity::Threads && request.by == By::Nothing && request.what != What::Durations
}

/// Adds up what [`can_answer`] holds for.
pub(super) fn add(
    reader: Reader<'_>,
    entity: MetricEntity,
    project: i64,
    (selection, sources): (&Selection, Sources),
    request: &Request,
    outside: &[Outside],
    cells: &mut Cells,
) -> StoreResult<()> {
    let connection = reader.connection;
    let hours = Hours::of(selection.from, selection.to);
    let kind = match entity {
        MetricEntity::Spans => rollup::SPANS,
        MetricEntity::Traces | MetricEntity::Threads => rollup::TRACES,
    };
    let whole = Whole {
        connection,
        project,
        hours,
        sources,
        interval: request.interval,
    };
    match request.what {
        What::Rows { .. } | What::Guardrails => whole.sums(kind, request.what, cells)?,
        What::Usage(wanted) => {
            whole.pairs("usage_rollup", kind, wanted, cells)?;
            if entity == MetricEntity::Traces {
                whole.take_away(outside, wanted, cells)?;
            }
        }
        What::Scores(wanted) => {
            let kind = match entity {
                MetricEntity::Spans => scoring::SPAN,
                MetricEntity::Traces | MetricEntity::Threads => scoring::TRACE,
            };
            whole.pairs("score_rollup", kind, wanted, cells)?;
        }
        What::Durations => {}
    }
    for (from, to) in hours.pieces() {
        let piece = Selection {
            from: Some(Timestamp::from_millis(from)),
            to: Some(Timestamp::from_millis(to)),
            ..selection.clone()
        };
        rows::add(reader, entity, project, &piece, request, outside, cells)?;
    }
    Ok(())
}

/// The whole hours of a range.
struct Whole<'a> {
    connection: &'a Connection,
    project: i64,
    hours: Hours,
    sources: Sources,
    interval: MetricInterval,
}

impl Whole<'_> {
    fn number(&self, hour: i64) -> i64 {
        self.interval.number(hour.saturating_mul(HOUR_MILLIS))
    }

    fn sums(&self, kind: i64, what: What, cells: &mut Cells) -> StoreResult<()> {
        let mut statement = self
            .connection
            .prepare_cached(&format!(
                "SELECT hour, rows, errors, cost, durations, duration_us, failed_guardrails FROM rollup \
                 WHERE kind = ?1 AND project = ?2 AND hour BETWEEN ?3 AND ?4 AND rows > 0 AND source IN ({})",
                self.sources.sql_list()
            ))
            .map_err(translate)?;
        let mut rows = statement
            .query(params![kind, self.project, self.hours.first, self.hours.last])
            .map_err(translate)?;
        let group = cells.only();
        while let Some(row) = rows.next().map_err(translate)? {
            let number = |index| row.get::<_, i64>(index).map_err(translate);
            let cell = cells.cell(group, self.number(number(0)?));
            cell.rows += number(1)?;
            cell.errors += number(2)?;
            cell.cost += i128::from(number(3)?);
            if what == What::Guardrails {
                cell.total += i128::from(number(6)?);
            } else {
                cell.count += number(4)?;
                cell.total += i128::from(number(5)?);
            }
        }
        Ok(())
    }

    fn pairs(&self, table: &str, kind: i64, wanted: Option<i64>, cells: &mut Cells) -> StoreResult<()> {
        let mut statement = self
            .connection
            .prepare_cached(&format!(
                "SELECT hour, name, rows, total FROM {table} WHERE kind = ?1 AND project = ?2 \
                 AND hour BETWEEN ?3 AND ?4 AND rows > 0 AND source IN ({}) AND (?5 IS NULL OR name = ?5)",
                self.sources.sql_list()
            ))
            .map_err(translate)?;
        let mut rows = statement
            .query(params![kind, self.project, self.hours.first, self.hours.last, wanted])
            .map_err(translate)?;
        while let Some(row) = rows.next().map_err(translate)? {
            let number = |index| row.get::<_, i64>(index).map_err(translate);
            let group = self.group(wanted, number(1)?, cells);
            let cell = cells.cell(group, self.number(number(0)?));
            cell.count += number(2)?;
            cell.total += i128::from(number(3)?);
        }
        Ok(())
    }

    /// Each name has a group of its own, unless a single one is asked for.
    fn group(&self, wanted: Option<i64>, name: i64, cells: &mut Cells) -> u32 {
        match wanted {
            Some(_) => cells.only(),
            None => cells.group(Group::Interned(name)),
        }
    }

    /// Takes away usage that the hours hold although it does not count.
    fn take_away(&self, outside: &[Outside], wanted: Option<i64>, cells: &mut Cells) -> StoreResult<()> {
        for Outside { trace, millis, usage } in outside {
            let hour = millis.div_euclid(HOUR_MILLIS);
            if !(self.hours.first..=self.hours.last).contains(&hour) {
                continue;
            }
            // The trace may have moved to another project, or have a source that is not asked for.
            let place: Option<(i64, i64)> = self
                .connection
                .prepare_cached("SELECT project, source FROM trace WHERE seq = ?1 AND flags & 1 = 0")
                .and_then(|mut statement| {
                    statement
                        .query_row([trace], |row| Ok((row.get(0)?, row.get(1)?)))
                        .optional()
                })
                .map_err(translate)?;
            if !place.is_some_and(|(project, source)| project == self.project && self.sources.admits(source)) {
                continue;
            }
            for (key, value) in usage {
                if wanted.is_none_or(|wanted| wanted == *key) {
                    let group = self.group(wanted, *key, cells);
                    cells.cell(group, self.number(hour)).total -= i128::from(*value);
                }
            }
        }
        Ok(())
    }
}
