//! What a set of rows adds up to.

use ferropik_model::Percentiles;

use super::bits::Bits;
use super::change::Kind;
use super::column::{Column, NULL, Values};
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
    let mut tally = Tally { sums: sums(table, rows), ..Tally::default() };
    for (key, column) in &table.usage {
        let (count, total) = count_and_total(column, rows);
        if count > 0 {
            tally.usage.insert(*key, (count, total));
        }
    }
    for ((kind, name), column) in &table.scores {
        let (count, total) = count_and_total(column, rows);
        if count > 0 {
            let scores = if *kind == scoring::SPANS_OF_TRACE { &mut tally.span_scores } else { &mut tally.scores };
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
    (durations(table, rows).0, threads(table, rows))
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn sums(table: &Table, rows: &Bits) -> Sums {
    let mut sums = Sums { rows: count(rows.count()), ..Sums::default() };
    let mut by_flags = [0_i64; 16];
    each(table.column(Col::Flags), rows, |flags, times| {
        // The four bits of payloads are neighbours.
        let payloads = (flags.cast_unsigned() >> flag::INPUT.trailing_zeros()) & 15;
        by_flags[usize::try_from(payloads).unwrap_or(0)] += times;
    });
    for (payloads, times) in by_flags.into_iter().enumerate() {
        let has = |bit: i64| (payloads as i64) << flag::INPUT.trailing_zeros() & bit != 0;
        sums.inputs += if has(flag::INPUT) { times } else { 0 };
        sums.outputs += if has(flag::OUTPUT) { times } else { 0 };
        sums.metadatas += if has(flag::METADATA) { times } else { 0 };
        sums.errors += if has(flag::ERROR) { times } else { 0 };
    }
    let lengths: Vec<i64> =
        (0..table.tag_lists()).map(|number| count(table.tag_list(count(number)).len())).collect();
    each(table.column(Col::Tags), rows, |number, times| {
        let length = usize::try_from(number).ok().and_then(|number| lengths.get(number)).copied().unwrap_or(0);
        sums.tags += times * length;
    });
    each(table.column(Col::Cost), rows, |cost, times| {
        if cost > 0 {
            sums.costs += times;
            sums.cost = sums.cost.saturating_add(cost.saturating_mul(times));
        }
    });
    if table.kind == Kind::Trace {
        each(table.column(Col::SpanCount), rows, |spans, times| sums.spans += spans * times);
        each(table.column(Col::LlmSpanCount), rows, |spans, times| sums.llm_spans += spans * times);
        each(table.column(Col::FailedGuardrails), rows, |failed, times| sums.failed_guardrails += failed * times);
    }
    sums
}

/// Calls `visit` with values and how often they occur.
fn each(column: &Column, rows: &Bits, mut visit: impl FnMut(i64, i64)) {
    let mut buffer = Vec::new();
    for number in rows.chunks() {
        match column.chunk(number, &mut buffer) {
            Values::Same(value) => visit(value, count(rows.count_in_chunk(number))),
            Values::Each(values) => rows.each_in_chunk(number, |index| visit(values[index], 1)),
        }
    }
}

fn count_and_total(column: &Column, rows: &Bits) -> (i64, i128) {
    let (mut count, mut total) = (0, 0_i128);
    let mut partial = 0_i64;
    each(column, rows, |value, times| {
        if value == NULL {
            return;
        }
        count += times;
        match value.checked_mul(times).and_then(|product| partial.checked_add(product)) {
            Some(sum) => partial = sum,
            None => {
                total += i128::from(partial) + i128::from(value) * i128::from(times);
                partial = 0;
            }
        }
    });
    (count, total + i128::from(partial))
}

fn threads(table: &Table, rows: &Bits) -> u64 {
    if table.kind != Kind::Trace {
        return 0;
    }
    let mut seen = Vec::<u64>::new();
    each(table.column(Col::Group), rows, |thread, _| {
        let Ok(thread) = usize::try_from(thread) else { return };
        if thread >> 6 >= seen.len() {
            seen.resize(((thread >> 6) + 1).next_power_of_two(), 0);
        }
        seen[thread >> 6] |= 1 << (thread & 63);
    });
    seen.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Percentiles, number and sum of the durations.
fn durations(table: &Table, rows: &Bits) -> (Percentiles, i64, i64) {
    let mut found = Vec::with_capacity(rows.count());
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut total = 0_i64;
    for number in rows.chunks() {
        let starts = table.column(Col::Start).chunk(number, &mut first);
        let lengths = table.column(Col::Length).chunk(number, &mut second);
        rows.each_in_chunk(number, |index| {
            let length = lengths.at(index);
            if length != NULL && starts.at(index) != 0 {
                let micros = length / 1_000;
                total = total.saturating_add(micros);
                found.push(micros);
            }
        });
    }
    let durations = count(found.len());
    (percentiles(&mut found), durations, total)
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

/// Percentiles in milliseconds of durations in microseconds, linearly interpolated between the closest ranks. Only the
/// buckets that hold those ranks are sorted.
fn percentiles(durations: &mut [i64]) -> Percentiles {
    if durations.len() <= SORT_DURATIONS {
        return exact_percentiles(durations);
    }
    let mut counts = vec![0_u32; BUCKETS];
    for micros in durations.iter() {
        counts[bucket_of(*micros)] += 1;
    }
    let places = [0.5, 0.9, 0.99].map(|quantile| quantile * (durations.len() - 1) as f64);
    let ranks: Vec<usize> =
        places.iter().flat_map(|place| [place.floor() as usize, (place.floor() as usize + 1).min(durations.len() - 1)]).collect();
    // For each rank its bucket and how many durations are in the buckets before.
    let mut homes = [(0, 0); 6];
    let mut before = 0;
    for (bucket, count) in counts.iter().enumerate() {
        let after = before + *count as usize;
        for (home, rank) in homes.iter_mut().zip(&ranks) {
            if before <= *rank && *rank < after {
                *home = (bucket, before);
            }
        }
        before = after;
    }
    let mut slots = vec![0_u8; BUCKETS];
    for (number, (bucket, _)) in homes.iter().enumerate() {
        slots[*bucket] = 1 + number as u8;
    }
    let mut held: [Vec<i64>; 6] = Default::default();
    for micros in durations.iter() {
        let slot = slots[bucket_of(*micros)];
        if slot > 0 {
            held[slot as usize - 1].push(*micros);
        }
    }
    held.iter_mut().for_each(|values| values.sort_unstable());
    let value = |number: usize| {
        let (bucket, before) = homes[number];
        let slot = slots[bucket] as usize - 1;
        held[slot][ranks[number] - before] as f64
    };
    let quantile = |number: usize| {
        let (low, high) = (value(2 * number), value(2 * number + 1));
        (low + (high - low) * places[number].fract()) / 1_000.0
    };
    Percentiles { p50: quantile(0), p90: quantile(1), p99: quantile(2) }
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
            let fast = percentiles(&mut durations);
            prop_assert_eq!(fast, exact_percentiles(&mut durations));
        }
    }
}
