//! Random filters, searches and sorts over random rows: memory and SQLite agree.

use crate::store::{Cell, Columns, Kind, Row, columns, database, select, unit};
use ferropik_query::sql::{NumberUnit, SqlBuilder, lower, lower_search, lower_sort, lower_term_search};
use ferropik_query::{
    Direction, Entity, Field, Filter, NumberValue, Operator, RawFilter, Record, SortKind, Sorting, TermSearch,
    TextSearch, fields,
};
use proptest::prelude::*;
use rust_decimal::Decimal;

const TEXTS: [&str; 14] = [
    "",
    "alpha",
    "Alpha Beta",
    "100%",
    "a_b",
    "École é",
    "ΟΔΟΣ",
    "\u{212a}elvin",
    "sdk",
    "unknown",
    "prod",
    "llm",
    "a\"b\n",
    "null",
];

const JSON: [&str; 9] = [
    r#"{"a":{"b":1.50,"c":"X"},"a.b":"lit","list":[1,{"x":"é"}]}"#,
    r#"{"a":{"b":1.5},"n":10,"m":"null","e":"","list":[]}"#,
    r#"{"a":"\u00c9cole","n":"9","m":null,"a":"last"}"#,
    r#""hello \"q\"\nline""#,
    "[]",
    "null",
    "17.0",
    "{}",
    r#"{"n":-1e3,"t":true,"k":"ALPHA"}"#,
];

/// Names outside of the field tables that reach into JSON.
const INSIDE: [&str; 8] = [
    "data.a",
    "a.b",
    "list",
    "n",
    "input.a.b",
    "output.list",
    "metadata.m",
    "data.k",
];

const TYPES: [&str; 4] = ["string", "number", "dictionary", "list"];

const KEYS: [&str; 14] = [
    "a",
    "a.b",
    "$.a.b",
    "$.a.c",
    "list[1].x",
    "n",
    "m",
    "e",
    "t",
    "k",
    "$",
    "acc",
    "ACC",
    "input.a.b",
];

const VALUES: [&str; 33] = [
    "",
    "alpha",
    "ALPHA",
    "a",
    "beta",
    "%",
    "_",
    "é",
    "É",
    "οδος",
    "kelvin",
    "sdk",
    "unknown",
    "prod, llm",
    "\"",
    "\n",
    "null",
    "lit",
    "x",
    "1.5",
    "0",
    "10",
    "-2",
    "0.5",
    "0.0000000000005",
    "1e30",
    "2026-01-01T00:00:00Z",
    "2026-01-02T00:00:00.5Z",
    "true",
    "-1.5",
    "-1",
    "-1e30",
    "école",
];

const TIMES: [i64; 3] = [0, 1_767_225_600_000_000_000, 1_767_312_000_500_000_000];

const NUMBERS: [&str; 7] = ["-1", "0", "1", "1.5", "-2", "10", "0.5"];

const NAMES: [&str; 4] = ["acc", "Acc", "É", "other"];

fn pick<T: Copy>(pool: &[T], seed: u8) -> T {
    pool[usize::from(seed) % pool.len()]
}

fn number(field: Field, seed: u8) -> NumberValue {
    let decimal: Decimal = pick(&NUMBERS, seed).parse().unwrap();
    match unit(field) {
        NumberUnit::Real => NumberValue::Real(decimal.try_into().unwrap()),
        NumberUnit::Scaled(0) => NumberValue::Integer(decimal.trunc().try_into().unwrap()),
        NumberUnit::Scaled(_) => NumberValue::Decimal(decimal),
    }
}

fn cell(field: Field, kind: Kind, seed: u8) -> Cell {
    let text = |seed: u8| {
        if field.is_json() {
            pick(&JSON, seed)
        } else {
            pick(&TEXTS, seed)
        }
        .to_owned()
    };
    match kind {
        Kind::Text => Cell::Text(text(seed)),
        Kind::Time => Cell::Time(pick(&TIMES, seed)),
        Kind::Number => Cell::Number(number(field, seed)),
        Kind::Keyed => Cell::Keyed(number(field, seed)),
        Kind::List => Cell::List(
            (0..seed % 3)
                .map(|index| text(seed.wrapping_mul(7).wrapping_add(index)))
                .collect(),
        ),
        Kind::Scores => {
            let names = NAMES.iter().enumerate().filter(|(index, _)| seed & (1 << index) != 0);
            Cell::Scores(
                names
                    .map(|(index, name)| {
                        let value = pick(&NUMBERS, seed.wrapping_add(u8::try_from(index).unwrap()) >> 2);
                        ((*name).to_owned(), value.parse().unwrap())
                    })
                    .collect(),
            )
        }
    }
}

fn row(entity: Entity) -> impl Strategy<Value = Row> {
    let columns = columns(entity);
    prop::collection::vec(prop::option::weighted(0.8, any::<u8>()), columns.len()).prop_map(move |seeds| {
        let cells = columns.iter().zip(seeds);
        Row(cells
            .filter_map(|(column, seed)| Some((*column, cell(column.0, column.1, seed?))))
            .collect())
    })
}

fn entity() -> impl Strategy<Value = Entity> {
    prop::sample::select(Entity::ALL.to_vec())
}

fn is_sortable(entity: &Entity) -> bool {
    fields(*entity).iter().any(|spec| spec.sortable())
}

fn raw_filter(entity: Entity) -> impl Strategy<Value = RawFilter> {
    let specs: Vec<_> = fields(entity).iter().filter(|spec| spec.filterable).collect();
    let value = prop_oneof![4 => prop::sample::select(VALUES.to_vec()), 1 => prop::sample::select(TEXTS.to_vec())];
    let key = prop::sample::select(KEYS.to_vec());
    (prop::sample::select(specs), any::<prop::sample::Index>(), key, value).prop_map(|(spec, operator, key, value)| {
        let operators: &[Operator] = spec.kind.operators();
        RawFilter {
            field: spec.name.to_owned(),
            operator: operator.get(operators).as_str().to_owned(),
            key: Some(key.to_owned()),
            value: value.to_owned(),
            type_name: None,
        }
    })
}

/// A filter on a value inside JSON of which the client says the type.
fn raw_inside() -> impl Strategy<Value = RawFilter> {
    (
        prop::sample::select(INSIDE.to_vec()),
        prop::sample::select(TYPES.to_vec()),
        prop::sample::select(Operator::ALL.to_vec()),
        prop::option::of(prop::sample::select(KEYS.to_vec())),
        prop::sample::select(VALUES.to_vec()),
    )
        .prop_map(|(field, type_name, operator, key, value)| RawFilter {
            field: field.to_owned(),
            operator: operator.as_str().to_owned(),
            key: key.map(str::to_owned),
            value: value.to_owned(),
            type_name: Some(type_name.to_owned()),
        })
}

fn matching(rows: &[Row], passes: impl Fn(&dyn Record) -> bool) -> Vec<usize> {
    (0..rows.len()).filter(|position| passes(&rows[*position])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn filters_agree(
        (entity, rows, raw) in entity().prop_flat_map(|entity| {
            let rows = prop::collection::vec(row(entity), 1..8);
            let inside = if entity == Entity::ExperimentItem { 30 } else { 0 };
            let raw = (
                prop::collection::vec(raw_filter(entity), 30),
                prop::collection::vec(raw_inside(), inside),
            );
            (Just(entity), rows, raw.prop_map(|(fields, inside)| [fields, inside].concat()))
        }),
    ) {
        let connection = database(entity, &rows);
        let check = |filter: &Filter| {
            let mut sql = SqlBuilder::default();
            sql.push("WHERE 1");
            lower(filter, &Columns, &mut sql);
            sql.push(" ORDER BY position");
            prop_assert_eq!(select(&connection, sql), matching(&rows, |row| filter.matches(row)), "{:?}", filter);
            Ok(())
        };
        let single = raw.iter().filter_map(|raw| Filter::from_values(entity, vec![raw.clone()]).ok());
        let single: Vec<Filter> = single.collect();
        for filter in &single {
            check(filter)?;
        }
        for pair in single.windows(2) {
            check(&Filter::new(pair.iter().flat_map(Filter::conditions).cloned()))?;
        }
    }

    #[test]
    fn searches_agree(
        (entity, rows, text) in entity().prop_flat_map(|entity| {
            (Just(entity), prop::collection::vec(row(entity), 1..8), prop::sample::select(VALUES.to_vec()))
        }),
    ) {
        let Some(search) = TextSearch::new(text) else { return Ok(()) };
        let connection = database(entity, &rows);
        let mut sql = SqlBuilder::default();
        sql.push("WHERE 1");
        lower_search(&search, entity, &Columns, &mut sql);
        sql.push(" ORDER BY position");
        prop_assert_eq!(select(&connection, sql), matching(&rows, |row| search.matches(entity, row)));

        let terms = TermSearch::new(&format!("{text} ALPHA")).unwrap();
        let mut sql = SqlBuilder::default();
        sql.push("WHERE 1");
        lower_term_search(&terms, entity, &Columns, &mut sql);
        sql.push(" ORDER BY position");
        prop_assert_eq!(select(&connection, sql), matching(&rows, |row| terms.matches_record(entity, row)));
    }

    #[test]
    fn sorts_agree(
        (entity, rows, spec) in entity().prop_filter("sortable", is_sortable).prop_flat_map(|entity| {
            let sortable: Vec<_> = fields(entity).iter().filter(|spec| spec.sortable()).collect();
            (Just(entity), prop::collection::vec(row(entity), 1..10), prop::sample::select(sortable))
        }),
        direction in prop::sample::select(vec![Direction::Ascending, Direction::Descending]),
        key in prop::sample::select(vec!["a", "n", "a.b", "k", "list", "t"]),
    ) {
        let key = match spec.field {
            Field::DurationQuantile => "p50",
            field if field.is_json() => key,
            _ => "k",
        };
        let name = if spec.sort == SortKind::ByKey { format!("{}.{key}", spec.name) } else { spec.name.to_owned() };
        let text = format!(r#"[{{"field":"{name}","direction":"{direction}"}}]"#);
        let sort = Sorting::from_query_param(entity, &text).unwrap().unwrap();
        let connection = database(entity, &rows);
        let mut sql = SqlBuilder::default();
        sql.push("ORDER BY ");
        lower_sort(&sort, &Columns, &mut sql);
        sql.push(", position");
        let mut expected: Vec<usize> = (0..rows.len()).collect();
        expected.sort_by(|left, right| sort.compare(&rows[*left], &rows[*right]));
        prop_assert_eq!(select(&connection, sql), expected);
    }
}

#[test]
fn every_field_and_operator_lowers() {
    let row = Row::default();
    for entity in Entity::ALL {
        let connection = database(entity, std::slice::from_ref(&row));
        for spec in fields(entity).iter().filter(|spec| spec.filterable) {
            for operator in spec.kind.operators() {
                let has_it = ["x", "1", "2026-01-01T00:00:00Z"].iter().any(|value| {
                    let key = Some(if spec.name == "custom" { "input.a" } else { "a" }.to_owned());
                    let raw = RawFilter {
                        field: spec.name.to_owned(),
                        operator: operator.as_str().to_owned(),
                        key,
                        value: (*value).to_owned(),
                        type_name: None,
                    };
                    let Ok(filter) = Filter::from_values(entity, vec![raw]) else {
                        return false;
                    };
                    let mut sql = SqlBuilder::default();
                    sql.push("WHERE 1");
                    lower(&filter, &Columns, &mut sql);
                    assert_eq!(select(&connection, sql).len() == 1, filter.matches(&row), "{filter:?}");
                    true
                });
                assert!(has_it, "{} {operator}", spec.name);
            }
        }
    }
}

#[test]
fn client_text_is_only_bound() {
    let hostile = "x') OR 1=1 --";
    let known = [
        ("name", "", "contains"),
        ("id", "", "="),
        ("metadata", hostile, "="),
        ("tags", "", "="),
        ("feedback_scores", hostile, "is_empty"),
        ("environment", "", "in"),
    ]
    .map(|(field, key, operator)| (Entity::Trace, field, key, operator));
    let others = [
        (Entity::DatasetItem, "data", hostile, "="),
        (Entity::ExperimentItem, hostile, hostile, "="),
        (Entity::ExperimentItem, "output.x') OR 1=1 --", "", "is_empty"),
    ];
    for (entity, field, key, operator) in known.into_iter().chain(others) {
        let raw = RawFilter {
            field: field.to_owned(),
            operator: operator.to_owned(),
            key: Some(key.to_owned()),
            value: hostile.to_owned(),
            type_name: Some("dictionary".to_owned()),
        };
        let filter = Filter::from_values(entity, vec![raw]).unwrap();
        let mut sql = SqlBuilder::default();
        lower(&filter, &Columns, &mut sql);
        assert!(!sql.sql().contains("1=1"), "{}", sql.sql());
        assert_eq!(sql.sql().matches('?').count(), sql.params().len());
    }
}
