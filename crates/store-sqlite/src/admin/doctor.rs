//! The check of a data directory.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;

use super::report::{DoctorReport, Findings, ObjectSize, Sizes};
use super::{AdminError, database_error, datasets, integrity, open_database, orphans, recount};
use crate::engine::migrations;

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoctorOptions {
    /// Compare indexes with their tables; without, only the structure of the file is checked, which takes a fraction
    /// of the time.
    pub full_integrity: bool,
    /// Inflate all payloads instead of a sample.
    pub deep: bool,
}

impl Default for DoctorOptions {
    fn default() -> Self {
        DoctorOptions {
            full_integrity: true,
            deep: false,
        }
    }
}

/// Checks the database of a data directory: its structure, and whether everything that is derived from rows equals a
/// recount of the rows. Changes nothing. A server may work on the directory meanwhile; then the check is about the
/// moment at which it began.
///
/// # Errors
/// There is no database, or it cannot be opened. What is wrong inside of it is a finding.
pub fn doctor(data_dir: &Path, options: DoctorOptions) -> Result<DoctorReport, AdminError> {
    let (path, connection) = open_database(data_dir)?;
    let failed = |error| database_error(&path)(error);
    // All that follows sees one moment.
    let snapshot = connection.unchecked_transaction().map_err(failed)?;
    let version = snapshot
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(failed)?;
    migrations::check(&snapshot)?;
    let mut report = DoctorReport {
        schema_version: version,
        known_schema_version: migrations::known_version(),
        integrity: integrity(&snapshot, options.full_integrity).map_err(failed)?,
        ..DoctorReport::default()
    };
    let mut findings = Findings::default();
    if version == migrations::known_version() {
        check(&snapshot, options, &mut report, &mut findings);
    } else {
        findings.add(
            "schema is not up to date; start the server once",
            format_args!("version {version}"),
        );
    }
    report.sizes = sizes(&snapshot, &path).unwrap_or_else(|error| {
        findings.add("sizes cannot be told", error);
        Sizes::default()
    });
    report.findings = findings.list;
    report.truncated = findings.truncated;
    report.healthy = report.integrity.is_empty() && report.findings.is_empty();
    Ok(report)
}

fn check(snapshot: &Connection, options: DoctorOptions, report: &mut DoctorReport, findings: &mut Findings) {
    let part = |name: &str, result: rusqlite::Result<()>, findings: &mut Findings| {
        if let Err(error) = result {
            findings.add("check could not be finished", format_args!("{name}: {error}"));
        }
    };
    let rows = rows(snapshot).map(|rows| report.rows = rows);
    part("rows", rows, findings);
    let result = recount::check(snapshot, findings);
    part("recount", result, findings);
    let result = orphans::check(snapshot, findings);
    part("references", result, findings);
    let result = datasets::check(snapshot, findings);
    part("datasets", result, findings);
    let payloads = orphans::payloads(snapshot, options.deep, findings).map(|count| report.payloads_checked = count);
    part("payloads", payloads, findings);
}

fn rows(connection: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    tables
        .into_iter()
        .map(|table| {
            let count: i64 =
                connection.query_row(&format!("SELECT COUNT(*) FROM \"{table}\""), [], |row| row.get(0))?;
            Ok((table, count.unsigned_abs()))
        })
        .collect()
}

fn sizes(connection: &Connection, path: &Path) -> rusqlite::Result<Sizes> {
    let number = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .map(i64::unsigned_abs)
    };
    let mut objects = connection
        .prepare("SELECT name, SUM(pgsize) FROM dbstat WHERE aggregate = TRUE GROUP BY name")?
        .query_map([], |row| {
            Ok(ObjectSize {
                name: row.get(0)?,
                bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    objects.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let file_size = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    Ok(Sizes {
        database: file_size(path),
        log: file_size(Path::new(&log)),
        page_size: number("PRAGMA page_size")?,
        pages: number("PRAGMA page_count")?,
        free_pages: number("PRAGMA freelist_count")?,
        objects,
    })
}
