//! What a set of rows adds up to by group and interval of time.

use ferropik_model::MetricInterval;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::bits::Bits;
use super::change::Kind;
use super::column::{CHUNK, CHUNK_BITS, Column, NULL, Values};
use super::table::{Col, Table, cell_to_half};
use super::tally::chunks;
use crate::project_metrics::{By, Cell, Cells, Group, Outside, Request, What};
use crate::rows::{flag, span_type};
use crate::scoring;

/// Milliseconds since the epoch of the time in an id, from the first half of the id.
pub(super) fn millis_of(cell: i64) -> i64 {
    (cell_to_half(cell) >> 16).cast_signed()
}

/// The intervals of instants that mostly follow each other.
pub(super) struct Intervals {
    interval: MetricInterval,
    number: i64,
    start: i64,
    end: i64,
}

impl Intervals {
    pub(super) fn new(interval: MetricInterval) -> Intervals {
        Intervals {
            interval,
            number: 0,
            start: 0,
            end: 0,
        }
    }

    /// The number of the interval of an instant.
    pub(super) fn number(&mut self, millis: i64) -> i64 {
        if millis < self.start || millis >= self.end {
            self.number = self.interval.number(millis);
            (self.start, self.end) = self.interval.bounds(self.number);
        }
        self.number
    }
}

/// Finds the groups of rows.
enum Grouper<'a> {
    /// All are in one.
    One(u32),
    /// By a column of interned strings.
    Interned(&'a Column, FxHashMap<i64, u32>),
    /// By the number of the type of a span.
    Type(&'a Column, [u32; 8]),
    /// Of each list of tags, the groups.
    Tags(&'a Column, Vec<Option<SmallVec<[u32; 4]>>>, &'a Table),
    /// Whether there is an error.
    Errors(&'a Column, u32, u32),
    /// By the flags and the interned type of the error.
    ErrorTypes(&'a Column, &'a Column, u32, u32, FxHashMap<i64, u32>),
}

impl<'a> Grouper<'a> {
    fn new(table: &'a Table, by: &By, cells: &mut Cells) -> Option<Grouper<'a>> {
        let interned = |col| Grouper::Interned(table.column(col), FxHashMap::default());
        Some(match by {
            By::Nothing => Grouper::One(cells.only()),
            By::Tags => Grouper::Tags(table.column(Col::Tags), vec![None; table.tag_lists()], table),
            By::Name => interned(Col::Name),
            By::Model if table.kind == Kind::Span => interned(Col::Model),
            By::Provider if table.kind == Kind::Span => interned(Col::Provider),
            By::Type if table.kind == Kind::Span => {
                let groups =
                    std::array::from_fn(|number| cells.group(Group::of_type(i64::try_from(number).unwrap_or(0))));
                Grouper::Type(table.column(Col::Type), groups)
            }
            By::ErrorInfo => Grouper::Errors(
                table.column(Col::Flags),
                cells.group(Group::HAS_ERROR),
                cells.group(Group::NO_ERROR),
            ),
            By::ErrorType => Grouper::ErrorTypes(
                table.column(Col::Flags),
                table.column(Col::ErrorType),
                cells.group(Group::NO_ERROR),
                cells.group(Group::UNKNOWN_ERROR),
                FxHashMap::default(),
            ),
            By::Model | By::Provider | By::Type | By::Metadata(_) | By::GuardrailName => return None,
        })
    }

    /// The columns that tell the groups.
    fn columns(&self) -> [Option<&'a Column>; 2] {
        match self {
            Grouper::One(_) => [None, None],
            Grouper::Interned(column, _)
            | Grouper::Type(column, _)
            | Grouper::Tags(column, ..)
            | Grouper::Errors(column, ..) => [Some(column), None],
            Grouper::ErrorTypes(flags, types, ..) => [Some(flags), Some(types)],
        }
    }

    /// Calls `visit` with the sums of each group that a row of these values is in.
    fn each(&mut self, first: i64, second: i64, cells: &mut Cells, interval: i64, visit: impl Fn(&mut Cell)) {
        let group = match self {
            Grouper::One(group) => *group,
            Grouper::Interned(_, known) => *known
                .entry(first)
                .or_insert_with(|| cells.interned((first != NULL).then_some(first))),
            Grouper::Type(_, groups) => {
                let number = usize::try_from(first).unwrap_or(0);
                groups.get(number).copied().unwrap_or(groups[0])
            }
            Grouper::Errors(_, has, none) => {
                if first & flag::ERROR == 0 {
                    *none
                } else {
                    *has
                }
            }
            Grouper::ErrorTypes(_, _, none, unnamed, known) => match (first & flag::ERROR, second) {
                (0, _) => *none,
                (_, NULL) => *unnamed,
                (_, number) => *known
                    .entry(number)
                    .or_insert_with(|| cells.group(Group::Interned(number))),
            },
            Grouper::Tags(_, lists, table) => {
                let Some(slot) = usize::try_from(first).ok().and_then(|number| lists.get_mut(number)) else {
                    return;
                };
                let groups = slot.get_or_insert_with(|| {
                    let tags = table.tag_list(first);
                    if tags.is_empty() {
                        return SmallVec::from_slice(&[cells.interned(None)]);
                    }
                    tags.iter().map(|tag| cells.interned(Some(*tag))).collect()
                });
                for group in groups.iter() {
                    visit(cells.cell(*group, interval));
                }
                return;
            }
        };
        visit(cells.cell(group, interval));
    }
}

/// The columns that are added up; a column that is not needed is none.
#[derive(Clone, Copy)]
struct Measured<'a> {
    columns: [Option<&'a Column>; 4],
    add: fn(&mut Cell, [i64; 4]),
    /// Whether rows without a value in the first column do not matter.
    sparse: bool,
}

impl<'a> Measured<'a> {
    fn rows(table: &'a Table, errors: bool, cost: bool, durations: bool) -> Measured<'a> {
        let column = |wanted: bool, col| wanted.then(|| table.column(col));
        let add: fn(&mut Cell, [i64; 4]) = if errors || cost || durations {
            |cell, [flags, cost, start, length]| {
                cell.rows += 1;
                // A column that is not read is NULL, which has none of the bits.
                cell.errors += i64::from(flags & flag::ERROR != 0);
                cell.cost += i128::from(cost.max(0));
                if length != NULL && start != 0 {
                    cell.count += 1;
                    cell.total += i128::from(length / 1_000);
                }
            }
        } else {
            |cell, _| cell.rows += 1
        };
        Measured {
            columns: [
                column(errors, Col::Flags),
                column(cost, Col::Cost),
                column(durations, Col::Start),
                column(durations, Col::Length),
            ],
            add,
            sparse: false,
        }
    }

    fn durations(table: &'a Table) -> Measured<'a> {
        Measured {
            columns: [
                None,
                None,
                Some(table.column(Col::Start)),
                Some(table.column(Col::Length)),
            ],
            add: |cell, [_, _, start, length]| {
                cell.rows += 1;
                if length != NULL && start != 0 {
                    cell.values.push(length / 1_000);
                }
            },
            sparse: false,
        }
    }

    fn guardrails(table: &'a Table) -> Measured<'a> {
        Measured {
            columns: [Some(table.column(Col::FailedGuardrails)), None, None, None],
            add: |cell, [failed, ..]| {
                cell.rows += 1;
                cell.total += i128::from(failed.max(0));
            },
            sparse: false,
        }
    }

    fn values(column: &'a Column) -> Measured<'a> {
        Measured {
            columns: [Some(column), None, None, None],
            add: |cell, [value, ..]| {
                if value != NULL {
                    cell.count += 1;
                    cell.total += i128::from(value);
                }
            },
            sparse: true,
        }
    }
}

/// Adds up rows. `outside` is usage of traces that does not count. False, with nothing added, when the columns do not
/// hold what is asked for.
pub(super) fn add(table: &Table, rows: &Bits, request: &Request, outside: &[Outside], cells: &mut Cells) -> bool {
    let scores = match table.kind {
        Kind::Trace => scoring::TRACE,
        Kind::Span => scoring::SPAN,
    };
    let overflows = match request.what {
        What::Usage(_) => table.usage_overflows,
        What::Scores(_) => table.scores_overflow,
        _ => false,
    };
    if overflows {
        return false;
    }
    if let (What::Usage(None) | What::Scores(None), By::Nothing) = (request.what, &request.by) {
        let columns: Vec<(i64, &Column)> = match request.what {
            What::Usage(_) => table.usage.iter().map(|(key, column)| (*key, column)).collect(),
            _ => table
                .scores
                .iter()
                .filter(|((kind, _), _)| *kind == scores)
                .map(|((_, name), column)| (*name, column))
                .collect(),
        };
        for (name, column) in columns {
            let group = cells.group(Group::Interned(name));
            pass(
                table,
                rows,
                request.interval,
                Measured::values(column),
                &mut Grouper::One(group),
                cells,
            );
        }
    } else {
        let Some(mut grouper) = Grouper::new(table, &request.by, cells) else {
            return false;
        };
        let measured = match request.what {
            What::Rows {
                errors,
                cost,
                durations,
            } => Some(Measured::rows(table, errors, cost, durations)),
            What::Durations => Some(Measured::durations(table)),
            What::Guardrails => Some(Measured::guardrails(table)),
            What::Usage(Some(key)) => table.usage.get(&key).map(Measured::values),
            What::Scores(Some(name)) => table.scores.get(&(scores, name)).map(Measured::values),
            What::Usage(None) | What::Scores(None) => return false,
        };
        if let Some(measured) = measured {
            pass(table, rows, request.interval, measured, &mut grouper, cells);
        }
    }
    if table.kind == Kind::Trace
        && let What::Usage(key) = request.what
    {
        take_away(table, rows, request, key, outside, cells);
    }
    true
}

/// The values of a chunk of a column; none of a column that is not read.
fn load<'a>(column: Option<&'a Column>, number: usize, buffer: &'a mut Vec<i64>) -> Values<'a> {
    match column {
        Some(column) => column.chunk(number, buffer),
        None => Values::Same(NULL),
    }
}

fn pass(
    table: &Table,
    rows: &Bits,
    interval: MetricInterval,
    measured: Measured<'_>,
    grouper: &mut Grouper<'_>,
    cells: &mut Cells,
) {
    let mut intervals = Intervals::new(interval);
    let mut buffers: [Vec<i64>; 7] = std::array::from_fn(|_| Vec::with_capacity(CHUNK));
    let grouped = grouper.columns();
    chunks(table, rows, |number, chosen| {
        let [b0, b1, b2, b3, b4, b5, b6] = &mut buffers;
        let first = load(measured.columns[0], number, b0);
        if measured.sparse && first == Values::Same(NULL) {
            return;
        }
        let values = [
            first,
            load(measured.columns[1], number, b1),
            load(measured.columns[2], number, b2),
            load(measured.columns[3], number, b3),
        ];
        let clock = table.column(Col::High).chunk(number, b4);
        let groups = [load(grouped[0], number, b5), load(grouped[1], number, b6)];
        chosen.each_place(|place| {
            let row = [
                values[0].at(place),
                values[1].at(place),
                values[2].at(place),
                values[3].at(place),
            ];
            if measured.sparse && row[0] == NULL {
                return;
            }
            let interval = intervals.number(millis_of(clock.at(place)));
            grouper.each(groups[0].at(place), groups[1].at(place), cells, interval, |cell| {
                (measured.add)(cell, row);
            });
        });
    });
}

/// Takes usage away that was added with the rows of its traces.
fn take_away(
    table: &Table,
    rows: &Bits,
    request: &Request,
    wanted: Option<i64>,
    outside: &[Outside],
    cells: &mut Cells,
) {
    let by_key = wanted.is_none();
    let Some(mut grouper) = Grouper::new(table, &request.by, cells) else {
        return;
    };
    for Outside { trace, millis, usage } in outside {
        let Some(row) = table.find(*trace).filter(|row| rows.get(*row)) else {
            continue;
        };
        let interval = request.interval.number(*millis);
        for (key, value) in usage {
            if by_key {
                let group = cells.group(Group::Interned(*key));
                cells.cell(group, interval).total -= i128::from(*value);
            } else if wanted == Some(*key) {
                let [first, second] = grouper
                    .columns()
                    .map(|column| column.map_or(NULL, |column| column.get(row)));
                grouper.each(first, second, cells, interval, |cell| cell.total -= i128::from(*value));
            }
        }
    }
}

/// Usage of the spans whose own id lies outside of a range (milliseconds, both ends inclusive) that the id of their
/// trace lies in; `None` when the columns do not hold all usage.
pub(super) fn usage_outside(table: &Table, (from, to): (i64, i64)) -> Option<Vec<Outside>> {
    if table.usage_overflows {
        return None;
    }
    let is_inside = |millis: i64| from <= millis && millis <= to;
    let mut rows = table.live.clone();
    rows.retain(table.column(Col::High), |half| !is_inside(millis_of(half)));
    let mut found = Vec::new();
    let numbers: Vec<usize> = rows.chunks().collect();
    for number in numbers {
        rows.each_in_chunk(number, |index| {
            let row = (number << CHUNK_BITS) + index;
            let group = table.get(Col::Group, row);
            if group == NULL {
                return;
            }
            let millis = ferropik_model::id::millis(table.trace_ids.id(group));
            if !is_inside(millis) {
                return;
            }
            let usage: Vec<(i64, i64)> = table
                .usage
                .iter()
                .map(|(key, column)| (*key, column.get(row)))
                .filter(|(_, value)| *value != NULL)
                .collect();
            if !usage.is_empty() {
                found.push(Outside {
                    trace: table.trace_ids.seq(group),
                    millis,
                    usage,
                });
            }
        });
    }
    Some(found)
}

/// Costs of the spans that started in a range of nanoseconds (`to` is exclusive), by day: the day is taken from the
/// start.
pub(super) fn costs_by_start(table: &Table, (from, to): (i64, i64), days: &mut FxHashMap<i64, i128>) {
    let mut rows = table.live.clone();
    rows.retain(table.column(Col::Start), |start| from <= start && start < to);
    let (starts, costs) = (table.column(Col::Start), table.column(Col::Cost));
    let (mut first, mut second) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
    let mut intervals = Intervals::new(MetricInterval::Daily);
    let (mut day, mut sum, mut any) = (0, 0_i128, false);
    chunks(table, &rows, |number, chosen| {
        let (starts, costs) = (starts.chunk(number, &mut first), costs.chunk(number, &mut second));
        chosen.each_place(|place| {
            let next = intervals.number(starts.at(place).div_euclid(1_000_000));
            if any && next != day {
                *days.entry(day).or_default() += std::mem::take(&mut sum);
            }
            (day, any) = (next, true);
            sum += i128::from(costs.at(place).max(0));
        });
    });
    if any {
        *days.entry(day).or_default() += sum;
    }
}

impl Group {
    /// The group of the number of a type of spans.
    pub(crate) fn of_type(number: i64) -> Group {
        match span_type::from_number(number) {
            Some(word) => Group::Word(word.as_str()),
            None => Group::UNKNOWN,
        }
    }
}
