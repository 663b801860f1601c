//! The report of a check.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Examples that a finding names at most.
const MAX_EXAMPLES: usize = 5;

/// Kinds of findings that a report names at most.
const MAX_FINDINGS: usize = 100;

/// What a check of a data directory has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    /// Whether there are no problems.
    pub healthy: bool,
    /// Version of the schema of the database.
    pub schema_version: i64,
    /// Latest version that this program knows.
    pub known_schema_version: i64,
    /// Damage to the structure of the file, in the words of the database engine; empty when there is none.
    pub integrity: Vec<String>,
    /// Where stored values contradict each other; empty when they do not.
    pub findings: Vec<Finding>,
    /// Whether more kinds of findings were left out.
    pub truncated: bool,
    /// Rows per table.
    pub rows: BTreeMap<String, u64>,
    /// Compressed payload fields that were inflated.
    pub payloads_checked: u64,
    /// Space on disk.
    pub sizes: Sizes,
}

/// Space on disk, in bytes unless said otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The database file.
    pub database: u64,
    /// The log of changes that are not in the database file yet.
    pub log: u64,
    /// One page.
    pub page_size: u64,
    /// Pages of the database.
    pub pages: u64,
    /// Pages of the database that are empty and will be used again.
    pub free_pages: u64,
    /// Tables and indexes, largest first.
    pub objects: Vec<ObjectSize>,
}

/// Size of a table or index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectSize {
    /// Name of the table or index.
    pub name: String,
    /// Bytes of its pages.
    pub bytes: u64,
}

/// One kind of contradiction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub problem: String,
    /// How often.
    pub count: u64,
    /// A few of the places.
    pub examples: Vec<String>,
}

impl DoctorReport {
    /// Whether there are no problems.
    pub fn is_healthy(&self) -> bool {
        self.healthy
    }
}

impl fmt::Display for DoctorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizes {
            database,
            log,
            page_size,
            pages,
            free_pages,
            objects,
        } = &self.sizes;
        writeln!(
            f,
            "schema version   {} (this program knows {})",
            self.schema_version, self.known_schema_version
        )?;
        writeln!(f, "database         {}, log {}", bytes(*database), bytes(*log))?;
        writeln!(f, "pages            {pages} of {page_size} bytes, {free_pages} free")?;
        writeln!(f, "payloads checked {}", self.payloads_checked)?;
        writeln!(f, "\nrows")?;
        for (table, rows) in self.rows.iter().filter(|(_, rows)| **rows > 0) {
            writeln!(f, "  {table:<28} {rows:>14}")?;
        }
        writeln!(f, "\nspace")?;
        for object in objects {
            writeln!(f, "  {:<28} {:>14}", object.name, bytes(object.bytes))?;
        }
        writeln!(f)?;
        for line in &self.integrity {
            writeln!(f, "damage: {line}")?;
        }
        for Finding {
            problem,
            count,
            examples,
        } in &self.findings
        {
            writeln!(f, "problem: {problem}: {count} (such as {})", examples.join("; "))?;
        }
        if self.truncated {
            writeln!(f, "there are more kinds of problems")?;
        }
        writeln!(
            f,
            "{}",
            if self.healthy {
                "no problems found"
            } else {
                "there are problems"
            }
        )
    }
}

/// A number of bytes for people.
fn bytes(count: u64) -> String {
    match count {
        0..1_024 => format!("{count} B"),
        1_024..1_048_576 => format!("{:.1} KiB", count as f64 / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", count as f64 / 1_048_576.0),
        _ => format!("{:.1} GiB", count as f64 / 1_073_741_824.0),
    }
}

/// Findings of the same kind are counted together.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) list: Vec<Finding>,
    pub(super) truncated: bool,
}

impl Findings {
    /// Notes a place where something is wrong.
    pub(super) fn add(&mut self, problem: impl AsRef<str>, example: impl fmt::Display) {
        let problem = problem.as_ref();
        if let Some(finding) = self.list.iter_mut().find(|finding| finding.problem == problem) {
            finding.count += 1;
            if finding.examples.len() < MAX_EXAMPLES {
                finding.examples.push(example.to_string());
            }
        } else if self.list.len() < MAX_FINDINGS {
            let examples = vec![example.to_string()];
            self.list.push(Finding {
                problem: problem.to_owned(),
                count: 1,
                examples,
            });
        } else {
            self.truncated = true;
        }
    }

    /// Notes a difference between a stored and a recounted value.
    pub(super) fn compare<T: PartialEq + fmt::Debug>(
        &mut self,
        problem: &str,
        place: impl fmt::Display,
        stored: &T,
        recounted: &T,
    ) {
        if stored != recounted {
            self.add(
                problem,
                format_args!("{place}: stored {stored:?}, recounted {recounted:?}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_problems_are_counted_together() {
        let mut findings = Findings::default();
        for n in 0..20 {
            findings.compare("sum differs", format_args!("trace {n}"), &1, &i32::from(n != 7));
            findings.add("row is missing", n);
        }
        assert_eq!(findings.list.len(), 2);
        assert_eq!(findings.list[0].problem, "row is missing");
        assert_eq!(findings.list[0].count, 20);
        assert_eq!(findings.list[0].examples.len(), MAX_EXAMPLES);
        assert_eq!(findings.list[1].count, 1);
        assert_eq!(findings.list[1].examples, ["trace 7: stored 1, recounted 0"]);
    }

    #[test]
    fn the_number_of_kinds_is_limited() {
        let mut findings = Findings::default();
        for n in 0..2 * MAX_FINDINGS {
            findings.add(format!("problem {n}"), "here");
        }
        assert_eq!(findings.list.len(), MAX_FINDINGS);
        assert!(findings.truncated);
    }
}
