//! Whether versions of datasets have the items that they say, and data the states that refer to it.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::report::Findings;
use crate::engine::payload::Codec;

/// Rows that must not exist: what is wrong, and a query for a text about each.
const CHECKS: &[(&str, &str)] = &[
    (
        "versions of a dataset are not numbered without gaps",
        "SELECT d.key || ' ' || d.latest FROM dataset d LEFT JOIN dataset_version v ON v.dataset = d.key GROUP BY d.key \
         HAVING COUNT(v.key) <> d.latest OR COALESCE(MAX(v.number), 0) <> d.latest OR COALESCE(MIN(v.number), 1) <> 1",
    ),
    (
        "version of a dataset that does not exist",
        "SELECT v.key FROM dataset_version v LEFT JOIN dataset d ON d.key = v.dataset WHERE d.key IS NULL",
    ),
    (
        "tag of a version that does not exist",
        "SELECT t.dataset || ' ' || t.tag FROM dataset_version_tag t LEFT JOIN dataset_version v ON v.key = t.version \
         AND v.dataset = t.dataset WHERE v.key IS NULL",
    ),
    (
        "item of a dataset that does not exist",
        "SELECT DISTINCT i.dataset FROM dataset_item i LEFT JOIN dataset d ON d.key = i.dataset WHERE d.key IS NULL",
    ),
    (
        "state of an item that no version has",
        "SELECT i.seq FROM dataset_item i JOIN dataset d ON d.key = i.dataset \
         WHERE i.first < 1 OR i.first > d.latest OR i.until <= i.first \
         OR (i.until > d.latest AND i.until <> 9223372036854775807)",
    ),
    (
        "item has two states in one version",
        "SELECT seq FROM (SELECT seq, until, LEAD(first) OVER (PARTITION BY dataset, id ORDER BY first) AS next \
         FROM dataset_item) WHERE next < until",
    ),
    (
        "data of an item is missing",
        "SELECT i.seq FROM dataset_item i LEFT JOIN dataset_item_data p ON p.key = i.data WHERE p.key IS NULL",
    ),
    (
        "data counts its states wrongly",
        "SELECT p.key || ': ' || p.uses || ' instead of ' || COALESCE(u.states, 0) FROM dataset_item_data p \
         LEFT JOIN (SELECT data, COUNT(*) AS states FROM dataset_item GROUP BY data) u ON u.data = p.key \
         WHERE p.uses <> COALESCE(u.states, 0)",
    ),
    (
        "text of a number is missing",
        "SELECT DISTINCT i.shape FROM dataset_item i LEFT JOIN string s ON s.key = i.shape WHERE s.key IS NULL",
    ),
];

/// Looks for what does not fit together.
pub(super) fn check(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    for (problem, sql) in CHECKS {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            findings.add(problem, super::orphans::text(row)?);
        }
    }
    totals(connection, findings)
}

/// Counts the items of all versions by adding up where states begin and end.
fn totals(connection: &Connection, findings: &mut Findings) -> rusqlite::Result<()> {
    let mut changes: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    let mut statement = connection.prepare(
        "SELECT dataset, first, COUNT(*) FROM dataset_item GROUP BY dataset, first UNION ALL \
         SELECT dataset, until, -COUNT(*) FROM dataset_item GROUP BY dataset, until",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        *changes.entry((row.get(0)?, row.get(1)?)).or_default() += row.get::<_, i64>(2)?;
    }
    let mut statement =
        connection.prepare("SELECT dataset, number, items FROM dataset_version ORDER BY dataset, number")?;
    let mut rows = statement.query([])?;
    let (mut last, mut counted) = (0, 0);
    while let Some(row) = rows.next()? {
        let (dataset, number, items): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if dataset != last {
            (last, counted) = (dataset, 0);
        }
        counted += changes.get(&(dataset, number)).copied().unwrap_or(0);
        if counted != items {
            findings.add(
                "version counts its items wrongly",
                format_args!("dataset {dataset}, version {number}: {items} instead of {counted}"),
            );
        }
    }
    Ok(())
}

/// Inflates the data of items, all or some from all over the table; answers how many that were.
pub(super) fn payloads(
    connection: &Connection,
    codec: &Codec,
    sample: Option<i64>,
    findings: &mut Findings,
) -> rusqlite::Result<u64> {
    let bounds = "SELECT COALESCE(MIN(key), 0), COALESCE(MAX(key), -1) FROM dataset_item_data";
    let (first, last): (i64, i64) = connection.query_row(bounds, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let step = sample.map_or(1, |sample| ((last - first) / sample).max(1));
    let mut next =
        connection.prepare("SELECT key, data FROM dataset_item_data WHERE key >= ?1 ORDER BY key LIMIT 1")?;
    let (mut key, mut checked, mut text) = (first, 0, Vec::new());
    while key <= last {
        let mut rows = next.query([key])?;
        let Some(row) = rows.next()? else { break };
        let number: i64 = row.get(0)?;
        key = number + step;
        checked += 1;
        let problem = match codec.decode_into(row.get_ref(1)?.as_blob()?, &mut text) {
            Err(error) => error.to_string(),
            Ok(()) if std::str::from_utf8(&text).is_err() => "not utf-8".to_owned(),
            Ok(()) => continue,
        };
        findings.add(
            "payload cannot be read",
            format_args!("dataset_item_data {number}: {problem}"),
        );
    }
    Ok(checked)
}
