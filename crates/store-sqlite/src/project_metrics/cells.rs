//! What is added up for each group and interval, and the series that follow from it.

use ferropik_model::{Measure, MetricInterval, MetricValue, decimal};
use ferropik_store::{FoundSeries, MetricTotals, Percentile, StoreResult, SubMetric};
use rusqlite::Connection;
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

use crate::engine::strings::Strings;
use crate::error::translate;
use crate::rollup::exact_percentiles;
use crate::scoring::mean;

/// Values of all durations together from which on two threads sort them.
const VALUES_FOR_TWO_THREADS: usize = 100_000;

/// What is read of the entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Their number and what is asked for beside it.
    Rows { errors: bool, cost: bool, durations: bool },
    /// Failed guardrail results.
    Guardrails,
    /// Every duration.
    Durations,
    /// Usage of one interned key, or of each.
    Usage(Option<i64>),
    /// Aggregated scores of one interned name, or of each.
    Scores(Option<i64>),
}

/// What entities are grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    Nothing,
    Tags,
    Name,
    ErrorInfo,
    ErrorType,
    Model,
    Provider,
    Type,
    /// A key of the metadata.
    Metadata(ferropik_query::Path),
    GuardrailName,
}

/// What is to be added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) interval: MetricInterval,
    pub(crate) what: What,
    pub(crate) by: By,
}

/// A group, score name or usage key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Group {
    /// An interned string.
    Interned(i64),
    /// A word of ours.
    Word(&'static str),
    /// Any other text.
    Text(Box<str>),
}

impl Group {
    /// Entities without a value.
    pub(crate) const UNKNOWN: Group = Group::Word("Unknown");
    /// Entities with an error.
    pub(crate) const HAS_ERROR: Group = Group::Word("Has Error");
    /// Entities without an error.
    pub(crate) const NO_ERROR: Group = Group::Word("No Error");
    /// Entities with an error whose type has no name.
    pub(crate) const UNKNOWN_ERROR: Group = Group::Word("Unknown Error");
}

/// Usage of a span outside of the range that its trace lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outside {
    /// `seq` of the trace.
    pub(crate) trace: i64,
    /// Time in the id of the trace.
    pub(crate) millis: i64,
    /// Interned key and value.
    pub(crate) usage: Vec<(i64, i64)>,
}

/// The sums of a group in an interval.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Entities.
    pub(crate) rows: i64,
    /// Entities with an error.
    pub(crate) errors: i64,
    /// Entities that have the value that `total` adds up.
    pub(crate) count: i64,
    /// Durations in microseconds, usage, scores in 1e-9, failed guardrails.
    pub(crate) total: i128,
    /// In 1e-12 US dollars.
    pub(crate) cost: i128,
    /// Durations in microseconds.
    pub(crate) values: Vec<i64>,
}

impl Cell {
    fn merge(&mut self, mut other: Cell) {
        self.rows += other.rows;
        self.errors += other.errors;
        self.count += other.count;
        self.total += other.total;
        self.cost += other.cost;
        if self.values.len() < other.values.len() {
            std::mem::swap(&mut self.values, &mut other.values);
        }
        self.values.append(&mut other.values);
    }
}

/// All sums, by group and interval.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    groups: Vec<Group>,
    numbers: FxHashMap<Group, u32>,
    cells: Vec<Cell>,
    /// Group and interval of each cell.
    places: Vec<(u32, i64)>,
    by_place: FxHashMap<(u32, i64), u32>,
    /// By group, the interval and the cell that were asked for last: rows mostly come in the order of time.
    last: Vec<Option<(i64, u32)>>,
}

impl Cells {
    /// The number of a group.
    pub(crate) fn group(&mut self, group: Group) -> u32 {
        if let Some(number) = self.numbers.get(&group) {
            return *number;
        }
        let number = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(group.clone());
        self.last.push(None);
        self.numbers.insert(group, number);
        number
    }

    /// The only group of what is not grouped.
    pub(crate) fn only(&mut self) -> u32 {
        self.group(Group::Word(""))
    }

    /// The group of an interned string that may be missing.
    pub(crate) fn interned(&mut self, number: Option<i64>) -> u32 {
        match number {
            Some(number) => self.group(Group::Interned(number)),
            None => self.group(Group::UNKNOWN),
        }
    }

    /// The sums of a group in an interval.
    pub(crate) fn cell(&mut self, group: u32, interval: i64) -> &mut Cell {
        if let Some((known, cell)) = self.last[group as usize]
            && known == interval
        {
            return &mut self.cells[cell as usize];
        }
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        let cell = *self.by_place.entry((group, interval)).or_insert(next);
        if cell == next {
            self.cells.push(Cell::default());
            self.places.push((group, interval));
        }
        self.last[group as usize] = Some((interval, cell));
        &mut self.cells[cell as usize]
    }

    /// Everything together.
    pub(crate) fn totals(self) -> MetricTotals {
        let mut sum = Cell::default();
        self.cells.into_iter().for_each(|cell| sum.merge(cell));
        MetricTotals {
            count: sum.rows.unsigned_abs(),
            errors: sum.errors.unsigned_abs(),
            cost: sum.cost,
            durations: sum.count.unsigned_abs(),
            duration_us: sum.total,
        }
    }

    /// The cells by name of the group and interval. Groups that are called the same are one.
    fn named(self, connection: &Connection, strings: &Strings) -> StoreResult<BTreeMap<String, BTreeMap<i64, Cell>>> {
        let mut names = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            names.push(match group {
                Group::Interned(number) => strings.text(connection, *number).map_err(translate)?.to_string(),
                Group::Word(word) => (*word).to_owned(),
                Group::Text(text) => text.to_string(),
            });
        }
        let mut named: BTreeMap<String, BTreeMap<i64, Cell>> = BTreeMap::new();
        for ((group, interval), cell) in self.places.into_iter().zip(self.cells) {
            let series = match named.get_mut(&names[group as usize]) {
                Some(series) => series,
                None => named.entry(names[group as usize].clone()).or_default(),
            };
            series.entry(interval).or_default().merge(cell);
        }
        Ok(named)
    }

    /// The series of a measure.
    pub(crate) fn series(
        self,
        connection: &Connection,
        strings: &Strings,
        measure: Measure,
        sub_metric: Option<&SubMetric>,
    ) -> StoreResult<Vec<FoundSeries>> {
        let named = self.named(connection, strings)?;
        if measure == Measure::Durations {
            return Ok(percentiles(named, sub_metric));
        }
        let mut found = Vec::with_capacity(named.len());
        for (name, cells) in named {
            let points: Vec<(i64, MetricValue)> = cells
                .into_iter()
                .filter_map(|(interval, cell)| Some((interval, value(measure, &cell)?)))
                .collect();
            if !points.is_empty() {
                found.push(FoundSeries { name, points });
            }
        }
        Ok(found)
    }
}

/// The value of a cell; none when it is as if the cell did not exist.
fn value(measure: Measure, cell: &Cell) -> Option<MetricValue> {
    let whole = |number: i128| MetricValue::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    match measure {
        Measure::Count => (cell.rows > 0).then(|| whole(i128::from(cell.rows))),
        Measure::ErrorRate => {
            (cell.rows > 0).then(|| MetricValue::Double(cell.errors as f64 * 100.0 / cell.rows as f64))
        }
        Measure::Cost => {
            (cell.rows > 0).then(|| MetricValue::Decimal(decimal::from_scaled_wide(cell.cost, decimal::COST_SCALE)))
        }
        Measure::FailedGuardrails => (cell.rows > 0).then(|| whole(cell.total)),
        Measure::MeanDuration => (cell.rows > 0).then(|| match mean_duration(cell.total, cell.count) {
            Some(mean) => MetricValue::Decimal(mean),
            None => MetricValue::Null,
        }),
        Measure::Usage => (cell.total > 0).then(|| whole(cell.total)),
        Measure::Scores => (cell.count > 0).then(|| match mean(cell.total, i128::from(cell.count)) {
            // Clients know a mean of zero as no value.
            0 => MetricValue::Null,
            mean => MetricValue::Decimal(decimal::from_scaled(mean, decimal::SCORE_SCALE)),
        }),
        Measure::Durations => None,
    }
}

/// The mean of durations in milliseconds with nine digits, rounded half up; none without durations.
fn mean_duration(total_us: i128, count: i64) -> Option<Decimal> {
    /// Units of 1e-9 milliseconds in a microsecond.
    const SCALE: i128 = 1_000_000;
    if count <= 0 {
        return None;
    }
    let (total, count) = (total_us.saturating_mul(SCALE), i128::from(count));
    let mean = if total < 0 {
        (total - count / 2) / count
    } else {
        (total + count / 2) / count
    };
    Some(decimal::from_scaled_wide(mean, 9))
}

/// Series of percentiles: three of the only group, or one a group.
fn percentiles(named: BTreeMap<String, BTreeMap<i64, Cell>>, sub_metric: Option<&SubMetric>) -> Vec<FoundSeries> {
    let mut lists: Vec<(String, i64, Vec<i64>)> = named
        .into_iter()
        .flat_map(|(name, cells)| {
            cells
                .into_iter()
                .filter(|(_, cell)| cell.rows > 0)
                .map(move |(interval, cell)| (name.clone(), interval, cell.values))
        })
        .collect();
    let sort = |lists: &mut [(String, i64, Vec<i64>)]| {
        lists
            .iter_mut()
            .map(|(_, _, values)| exact_percentiles(values))
            .collect::<Vec<_>>()
    };
    let total: usize = lists.iter().map(|(_, _, values)| values.len()).sum();
    let mut half = 0;
    let middle = lists.iter().position(|(_, _, values)| {
        half += values.len();
        half > total / 2
    });
    let found = match middle {
        Some(middle) if total >= VALUES_FOR_TWO_THREADS && middle > 0 => {
            let (first, second) = lists.split_at_mut(middle);
            std::thread::scope(|scope| {
                let helper = scope.spawn(|| sort(first));
                let rest = sort(second);
                match helper.join() {
                    Ok(mut all) => {
                        all.extend(rest);
                        all
                    }
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            })
        }
        _ => sort(&mut lists),
    };
    let wanted: Vec<(&str, Percentile)> = match sub_metric {
        Some(SubMetric::Percentile(one)) => vec![("", *one)],
        _ => vec![
            ("p50", Percentile::P50),
            ("p90", Percentile::P90),
            ("p99", Percentile::P99),
        ],
    };
    let mut series: Vec<FoundSeries> = Vec::new();
    for ((name, interval, _), percentiles) in lists.iter().zip(found) {
        for (suffix, which) in &wanted {
            let value = match which {
                Percentile::P50 => percentiles.p50,
                Percentile::P90 => percentiles.p90,
                Percentile::P99 => percentiles.p99,
            };
            let name = if suffix.is_empty() { name.as_str() } else { suffix };
            let point = (*interval, MetricValue::Double(value));
            // The points come in the order of the names.
            let recent = series.iter_mut().rev().take(wanted.len());
            match recent.into_iter().find(|series| series.name == name) {
                Some(series) => series.points.push(point),
                None => series.push(FoundSeries {
                    name: name.to_owned(),
                    points: vec![point],
                }),
            }
        }
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_rounded_half_up_to_nine_digits() {
        assert_eq!(mean_duration(10, 3), Some(Decimal::new(3_333_333, 9)));
        assert_eq!(mean_duration(20, 3), Some(Decimal::new(6_666_667, 9)));
        assert_eq!(mean_duration(0, 0), None);
        assert_eq!(mean_duration(1_500, 1), Some(Decimal::new(15, 1)));
    }

    #[test]
    fn cells_are_found_again_in_any_order() {
        let mut cells = Cells::default();
        let (a, b) = (cells.group(Group::Word("a")), cells.group(Group::Interned(7)));
        for (group, interval) in [(a, 3), (b, 3), (a, 3), (a, 1), (b, 3), (a, 3)] {
            cells.cell(group, interval).rows += 1;
        }
        assert_eq!(cells.group(Group::Word("a")), a);
        assert_eq!(cells.cell(a, 3).rows, 3);
        assert_eq!(cells.cell(a, 1).rows, 1);
        assert_eq!(cells.cell(b, 3).rows, 2);
        assert_eq!(cells.totals().count, 6);
    }

    #[test]
    fn percentiles_of_many_values_are_those_of_few_threads() {
        let mut named: BTreeMap<String, BTreeMap<i64, Cell>> = BTreeMap::new();
        for interval in 0..40 {
            let values: Vec<i64> = (0..6_000).map(|n| (n * 7_919 + interval * 31) % 10_007).collect();
            let cell = Cell {
                rows: 6_000,
                values,
                ..Cell::default()
            };
            named.entry(String::new()).or_default().insert(interval, cell);
        }
        let found = percentiles(named.clone(), None);
        assert_eq!(
            found.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(),
            ["p50", "p90", "p99"]
        );
        for (interval, cell) in named.remove("").unwrap() {
            let mut values = cell.values;
            let expected = exact_percentiles(&mut values);
            let at = |series: usize| found[series].points[usize::try_from(interval).unwrap()];
            assert_eq!(at(0), (interval, MetricValue::Double(expected.p50)));
            assert_eq!(at(2), (interval, MetricValue::Double(expected.p99)));
        }
    }

    #[test]
    fn values_of_nothing() {
        let cell = Cell {
            rows: 2,
            ..Cell::default()
        };
        assert_eq!(value(Measure::Count, &cell), Some(MetricValue::Integer(2)));
        assert_eq!(value(Measure::MeanDuration, &cell), Some(MetricValue::Null));
        assert_eq!(value(Measure::ErrorRate, &cell), Some(MetricValue::Double(0.0)));
        assert_eq!(value(Measure::Usage, &cell), None);
        assert_eq!(value(Measure::Scores, &cell), None);
        let zero = Cell {
            count: 2,
            total: 0,
            ..Cell::default()
        };
        assert_eq!(value(Measure::Scores, &zero), Some(MetricValue::Null));
        assert_eq!(value(Measure::Count, &zero), None);
    }
}
