//! What a set of rows adds up to.

use ferropik_model::Percentiles;

use super::bits::Bits;
use super::change::Kind;
use super::column::{CHUNK, CHUNK_BITS, Column, NULL, Values};
use super::table::{Col, Table};
use crate::rollup::{Sums, Tally, exact_percentiles};
use crate::rows::flag;
use crate::scoring;

/// Durations up to which percentiles are looked for by sorting.
const SORT_DURATIONS: usize = 20_000;

/// Adds up rows; `None` when columns do not hold all of their usage or scores. Answers the number of distinct threads
/// as well (of traces).
pub(crate) fn tally(table: &Table, rows: &Bits) -> Option<(Tally, u64)> {
    if table.usage_overflows || table.scores_overflow {
        return None;
    }
    let mut tally = Tally {
        sums: sums(table, rows),
        ..Tally::default()
    };
    for (key, (count, total)) in table.usage.keys().zip(totals(table, rows, table.usage.values())) {
        if count > 0 {
            tally.usage.insert(*key, (count, total));
        }
    }
    for ((kind, name), (count, total)) in table.scores.keys().zip(totals(table, rows, table.scores.values())) {
        if count > 0 {
            let scores = if *kind == scoring::SPANS_OF_TRACE {
                &mut tally.span_scores
            } else {
                &mut tally.scores
            };
            scores.insert(*name, (count, total));
        }
    }
    let (percentiles, durations, duration_us) = durations(table, rows);
    tally.sums.durations = durations;
    tally.sums.duration_us = duration_us;
    tally.percentiles = Some(percentiles);
    Some((tally, threads(table, rows)))
}

/// Percentiles of the durations of rows, and the number of distinct threads (of traces).
pub(crate) fn durations_and_threads(table: &Table, rows: &Bits) -> (Percentiles, u64) {
    if rows.count() < ROWS_FOR_TWO_THREADS {
        return (durations(table, rows).0, threads(table, rows));
    }
    std::thread::scope(|scope| {
        let counting = scope.spawn(|| threads(table, rows));
        let percentiles = durations(table, rows).0;
        match counting.join() {
            Ok(threads) => (percentiles, threads),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Rows from which on two threads share the work.
const ROWS_FOR_TWO_THREADS: usize = 100_000;

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Chosen rows of a chunk.
pub(super) enum Chosen<'a> {
    All(usize),
    Some(&'a [u16]),
}

impl Chosen<'_> {
    fn len(&self) -> i64 {
        match self {
            Chosen::All(rows) => count(*rows),
            Chosen::Some(places) => count(places.len()),
        }
    }

    /// Calls `visit` with the place of each row in the chunk.
    pub(super) fn each_place(&self, mut visit: impl FnMut(usize)) {
        match self {
            Chosen::All(rows) => (0..*rows).for_each(visit),
            Chosen::Some(places) => places.iter().for_each(|place| visit(usize::from(*place))),
        }
    }

    /// Calls `visit` with values and how often they occur.
    fn each(&self, column: &Column, number: usize, buffer: &mut Vec<i64>, mut visit: impl FnMut(i64, i64)) {
        if let Chosen::Some(places) = self
            && places.len() < CHUNK / 8
        {
            let first = number << CHUNK_BITS;
            for place in *places {
                visit(column.get(first + usize::from(*place)), 1);
            }
            return;
        }
        match (column.chunk(number, buffer), self) {
            (Values::Same(value), chosen) => visit(value, chosen.len()),
            (Values::Each(values), Chosen::All(_)) => values.iter().for_each(|value| visit(*value, 1)),
            (Values::Each(values), Chosen::Some(places)) => {
                for place in *places {
                    visit(values[usize::from(*place)], 1);
                }
            }
        }
    }

    /// Calls `visit` with the values of two columns.
    fn pairs(
        &self,
        (a, b): (&Column, &Column),
        number: usize,
        (first, second): (&mut Vec<i64>, &mut Vec<i64>),
        mut visit: impl FnMut(i64, i64),
    ) {
        let (a, b) = (a.chunk(number, first), b.chunk(number, second));
        match (a, b, self) {
            (Values::Each(a), Values::Each(b), Chosen::All(_)) => {
                a.iter().zip(b).for_each(|(a, b)| visit(*a, *b));
            }
            (a, b, Chosen::All(rows)) => (0..*rows).for_each(|index| visit(a.at(index), b.at(index))),
            (a, b, Chosen::Some(places)) => {
                for place in *places {
                    visit(a.at(usize::from(*place)), b.at(usize::from(*place)));
                }
            }
        }
    }
}

/// Calls `visit` with the chosen rows of each chunk that has any.
pub(super) fn chunks(table: &Table, rows: &Bits, mut visit: impl FnMut(usize, &Chosen<'_>)) {
    let mut places = Vec::with_capacity(CHUNK);
    for number in rows.chunks() {
        let size = table.column(Col::Flags).rows_of_chunk(number);
        if rows.count_in_chunk(number) == size {
            visit(number, &Chosen::All(size));
            continue;
        }
        rows.list_chunk(number, &mut places);
        visit(number, &Chosen::Some(&places));
    }
}

/// Number and total of the values of a column. The halves are added up apart, so that nothing overflows and the loop
/// stays simple.
#[derive(Default, Clone, Copy)]
struct Total {
    count: i64,
    low: u64,
    high: i64,
}

impl Total {
    fn add(&mut self, value: i64, times: i64) {
        let is_there = i64::from(value != NULL) * times;
        let value = if value == NULL { 0 } else { value };
        self.count += is_there;
        self.low += (value.cast_unsigned() & 0xffff_ffff) * times.cast_unsigned();
        self.high += (value >> 32) * times;
    }

    fn sum(&self) -> i128 {
        (i128::from(self.high) << 32) + i128::from(self.low)
    }
}

fn sums(table: &Table, rows: &Bits) -> Sums {
    let mut sums = Sums {
        rows: count(rows.count()),
        ..Sums::default()
    };
    let lengths: Vec<i64> = (0..table.tag_lists())
        .map(|number| count(table.tag_list(count(number)).len()))
        .collect();
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut costs = Total::default();
    let mut counts = [Total::default(); 3];
    let is_trace = table.kind == Kind::Trace;
    chunks(table, rows, |number, chosen| {
        chosen.each(table.column(Col::Flags), number, &mut buffer, |flags, times| {
            let has = |bit: i64| i64::from(flags & bit != 0) * times;
            sums.inputs += has(flag::INPUT);
            sums.outputs += has(flag::OUTPUT);
            sums.metadatas += has(flag::METADATA);
            sums.errors += has(flag::ERROR);
        });
        chosen.each(table.column(Col::Tags), number, &mut buffer, |number, times| {
            let length = usize::try_from(number)
                .ok()
                .and_then(|number| lengths.get(number))
                .copied()
                .unwrap_or(0);
            sums.tags += times * length;
        });
        chosen.each(table.column(Col::Cost), number, &mut buffer, |cost, times| {
            costs.add(if cost > 0 { cost } else { NULL }, times);
        });
        if is_trace {
            let columns = [Col::SpanCount, Col::LlmSpanCount, Col::FailedGuardrails];
            for (total, col) in counts.iter_mut().zip(columns) {
                chosen.each(table.column(col), number, &mut buffer, |value, times| {
                    total.add(value, times)
                });
            }
        }
    });
    let whole = |total: &Total| i64::try_from(total.sum()).unwrap_or(i64::MAX);
    sums.costs = costs.count;
    sums.cost = whole(&costs);
    [sums.spans, sums.llm_spans, sums.failed_guardrails] = [&counts[0], &counts[1], &counts[2]].map(whole);
    sums
}

fn totals<'a>(table: &Table, rows: &Bits, columns: impl Iterator<Item = &'a Column>) -> Vec<(i64, i128)> {
    let mut columns: Vec<(&Column, Total)> = columns.map(|column| (column, Total::default())).collect();
    let mut buffer = Vec::with_capacity(CHUNK);
    chunks(table, rows, |number, chosen| {
        for (column, total) in &mut columns {
            chosen.each(column, number, &mut buffer, |value, times| total.add(value, times));
        }
    });
    columns.iter().map(|(_, total)| (total.count, total.sum())).collect()
}

fn threads(table: &Table, rows: &Bits) -> u64 {
    if table.kind != Kind::Trace {
        return 0;
    }
    let mut seen = Vec::<u64>::new();
    let mut buffer = Vec::with_capacity(CHUNK);
    chunks(table, rows, |number, chosen| {
        chosen.each(table.column(Col::Group), number, &mut buffer, |thread, _| {
            let Ok(thread) = usize::try_from(thread) else { return };
            if thread >> 6 >= seen.len() {
                seen.resize(((thread >> 6) + 1).next_power_of_two(), 0);
            }
            seen[thread >> 6] |= 1 << (thread & 63);
        });
    });
    seen.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Percentiles, number and sum of the durations.
fn durations(table: &Table, rows: &Bits) -> (Percentiles, i64, i64) {
    let (mut number, mut total) = (0, Total::default());
    let percentiles = percentiles(rows.count(), |visit| {
        (number, total) = (0, Total::default());
        each_duration(table, rows, &mut |durations| {
            number += count(durations.len());
            durations.iter().for_each(|micros| total.add(*micros, 1));
            visit(durations);
        });
    });
    (percentiles, number, i64::try_from(total.sum()).unwrap_or(i64::MAX))
}

/// Calls `visit` with the durations of a chunk at a time, in microseconds.
fn each_duration(table: &Table, rows: &Bits, visit: &mut dyn FnMut(&[i64])) {
    let (mut first, mut second) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
    let mut found = Vec::with_capacity(CHUNK);
    let columns = (table.column(Col::Start), table.column(Col::Length));
    chunks(table, rows, |number, chosen| {
        found.clear();
        chosen.pairs(columns, number, (&mut first, &mut second), |start, length| {
            if length != NULL && start != 0 {
                found.push(length / 1_000);
            }
        });
        visit(&found);
    });
}

/// First bucket of values that share one.
const FIRST_SHARED: u32 = 11;

/// Bits that tell the buckets of one power of two apart.
const BUCKET_BITS: u32 = 10;

/// Number of buckets, see [`bucket_of`].
const BUCKETS: usize = 1 + (1 << FIRST_SHARED) + ((63 - FIRST_SHARED as usize) << BUCKET_BITS);

/// The bucket of a duration; buckets order like durations.
fn bucket_of(micros: i64) -> usize {
    let Ok(value) = u64::try_from(micros) else { return 0 };
    if value < 1 << FIRST_SHARED {
        return 1 + value as usize;
    }
    let power = 63 - value.leading_zeros();
    let within = (value >> (power - BUCKET_BITS)) as usize & ((1 << BUCKET_BITS) - 1);
    1 + (1 << FIRST_SHARED) + ((power - FIRST_SHARED) as usize) * (1 << BUCKET_BITS) + within
}

/// Percentiles in milliseconds of at most `limit` durations in microseconds, linearly interpolated between the closest
/// ranks. `each` hands out the durations piece by piece; it is called twice when there are many, so that only those of
/// the buckets that hold the ranks are kept and sorted.
fn percentiles(limit: usize, mut each: impl FnMut(&mut dyn FnMut(&[i64]))) -> Percentiles {
    if limit <= SORT_DURATIONS {
        let mut all = Vec::with_capacity(limit);
        each(&mut |durations| all.extend_from_slice(durations));
        return exact_percentiles(&mut all);
    }
    let mut counts = vec![0_u32; BUCKETS];
    each(&mut |durations| durations.iter().for_each(|micros| counts[bucket_of(*micros)] += 1));
    let total: usize = counts.iter().map(|count| *count as usize).sum();
    if total == 0 {
        return Percentiles::default();
    }
    let places = [0.5, 0.9, 0.99].map(|quantile| quantile * (total - 1) as f64);
    let ranks = places.map(|place| [place.floor() as usize, (place.floor() as usize + 1).min(total - 1)]);
    let homes = ranks
        .as_flattened()
        .iter()
        .map(|rank| home_of(&counts, *rank))
        .collect::<Vec<_>>();
    let mut slots = vec![0_u8; BUCKETS];
    for (number, (bucket, _)) in homes.iter().enumerate() {
        slots[*bucket] = 1 + number as u8;
    }
    let mut held: [Vec<i64>; 6] = Default::default();
    each(&mut |durations| {
        for micros in durations {
            let slot = slots[bucket_of(*micros)];
            if slot > 0 {
                held[slot as usize - 1].push(*micros);
            }
        }
    });
    held.iter_mut().for_each(|values| values.sort_unstable());
    let value = |number: usize| {
        let (bucket, within) = homes[number];
        held[slots[bucket] as usize - 1][within] as f64
    };
    let quantile = |number: usize| {
        let (low, high) = (value(2 * number), value(2 * number + 1));
        (low + (high - low) * places[number].fract()) / 1_000.0
    };
    Percentiles {
        p50: quantile(0),
        p90: quantile(1),
        p99: quantile(2),
    }
}

/// The bucket of the duration of a rank, and its rank among those of the bucket.
fn home_of(counts: &[u32], rank: usize) -> (usize, usize) {
    let mut rest = rank;
    for (bucket, count) in counts.iter().enumerate() {
        match rest.checked_sub(*count as usize) {
            Some(less) => rest = less,
            None => return (bucket, rest),
        }
    }
    (0, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn buckets_order_like_durations() {
        let mut last = 0;
        for power in 0..63 {
            for value in [(1_i64 << power) - 1, 1 << power, (1 << power) + (1 << power) / 3] {
                let bucket = bucket_of(value);
                assert!(bucket >= last && bucket < BUCKETS, "{value}");
                last = bucket;
            }
        }
        assert_eq!(bucket_of(-5), 0);
        assert!(bucket_of(i64::MAX) < BUCKETS);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn agrees_with_sorting(top in 1_i64..10_000_000_000, extra in 1_usize..5_000, seed in any::<u64>()) {
            let mut state = seed | 1;
            let mut durations: Vec<i64> = (0..SORT_DURATIONS + extra)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    (state >> 2).cast_signed() % top
                })
                .collect();
            let fast = percentiles(durations.len(), |visit| durations.chunks(999).for_each(&mut *visit));
            prop_assert_eq!(fast, exact_percentiles(&mut durations));
        }
    }
}
