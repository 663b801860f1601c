//! The commands besides serving.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use ferropik_store_sqlite::admin::Copied;

use crate::options::Effective;
use crate::storage;

/// Prints the effective configuration as a configuration file, with the source of each value beside it.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn print_config(effective: &Effective) -> anyhow::Result<()> {
    let values = toml::Table::try_from(&effective.options).context("the configuration cannot be written as TOML")?;
    let mut out = std::io::stdout().lock();
    if let Some(file) = &effective.file {
        writeln!(out, "# {}", file.display())?;
    }
    for (name, source) in &effective.sources {
        if let Some(value) = values.get(*name) {
            writeln!(out, "{:<48} # {source}", format!("{name} = {value}"))?;
        }
    }
    Ok(())
}

/// Prints the document that describes the API.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn print_openapi() -> anyhow::Result<()> {
    let document = ferropik_server::openapi()?;
    writeln!(std::io::stdout().lock(), "{document}")?;
    Ok(())
}

/// Copies the data directory.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// New directory that the copy is written to
    destination: PathBuf,
}

impl Backup {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn run(&self, data_dir: &Path) -> anyhow::Result<()> {
        let copied = storage::backup(data_dir, &self.destination)?;
        println!("{} was copied to {}", data_dir.display(), self.destination.display());
        println!("{}", described(&copied));
        Ok(())
    }
}

/// Makes a data directory of a backup.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Directory that a backup was written to
    source: PathBuf,
}

impl Restore {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn run(&self, data_dir: &Path) -> anyhow::Result<()> {
        let copied = storage::restore(&self.source, data_dir)?;
        println!("{} was restored to {}", self.source.display(), data_dir.display());
        println!("{}", described(&copied));
        Ok(())
    }
}

/// Checks the data directory.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Check although a server is running; the report is about the moment at which the check begins
    #[arg(long)]
    live: bool,
    /// Read every payload instead of a sample
    #[arg(long)]
    deep: bool,
}

impl Doctor {
    /// Runs the command; the exit code is 1 when there are problems.
    ///
    /// # Errors
    /// The directory cannot be checked.
    pub(crate) fn run(&self, data_dir: &Path) -> anyhow::Result<ExitCode> {
        let report = storage::doctor(data_dir, self.live, self.deep)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
        } else {
            write!(out, "{report}")?;
        }
        Ok(if report.is_healthy() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn described(copied: &Copied) -> String {
    let Copied {
        database_bytes,
        traces,
        spans,
        attachment_files,
        attachment_bytes,
        ..
    } = copied;
    format!(
        "{traces} traces and {spans} spans in {database_bytes} bytes, {attachment_files} files in {attachment_bytes} bytes"
    )
}
