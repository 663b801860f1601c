//! Ferropik: LLM tracing, evaluation and prompt management in one binary.

mod commands;
mod jobs;
mod limits;
mod logs;
mod options;
mod serve;
mod storage;
mod units;
mod web_files;

use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::options::{Layer, Options};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ferropik is the Opik platform as one binary: LLM tracing, evaluation and prompt management.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "ferropik", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Action>,
    #[command(flatten)]
    layer: Layer,
    /// Configuration file; ferropik/config.toml in the user's configuration directory is read when it exists
    #[arg(long, env = "FERROPIK_CONFIG", value_name = "FILE", global = true)]
    config: Option<std::path::PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Serve the web interface and the API
    Serve,
    /// Print the effective configuration, with where each value comes from
    Config,
    /// Copy the data directory to a new directory; the server may be running
    Backup(commands::Backup),
    /// Make a data directory of a backup
    Restore(commands::Restore),
    /// Check the data directory; exits with 1 when there are problems
    Doctor(commands::Doctor),
    /// Print the OpenAPI document of the API
    Openapi,
}

fn main() -> ExitCode {
    let matches = command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(cli, &matches) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command() -> Command {
    Cli::command().mut_args(|arg| arg.hide_env_values(true))
}

fn run(cli: Cli, matches: &clap::ArgMatches) -> anyhow::Result<ExitCode> {
    let effective = options::resolve(cli.layer, matches, cli.config.as_deref())?;
    let options: &Options = &effective.options;
    match cli.command.unwrap_or(Action::Serve) {
        Action::Serve => serve::run(options).map(|()| ExitCode::SUCCESS),
        Action::Config => commands::print_config(&effective).map(|()| ExitCode::SUCCESS),
        Action::Backup(backup) => backup.run(&options.data_dir).map(|()| ExitCode::SUCCESS),
        Action::Restore(restore) => restore.run(&options.data_dir).map(|()| ExitCode::SUCCESS),
        Action::Doctor(doctor) => doctor.run(&options.data_dir),
        Action::Openapi => commands::print_openapi().map(|()| ExitCode::SUCCESS),
    }
}

/// Names of the environment variables that mean something.
fn known_variables() -> Vec<String> {
    command()
        .get_arguments()
        .filter_map(|arg| arg.get_env()?.to_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_option_has_a_variable_of_its_name() {
        for arg in command().get_arguments() {
            let Some(long) = arg.get_long().filter(|long| !["help", "version"].contains(long)) else {
                continue;
            };
            let expected = format!("FERROPIK_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(expected.as_str()));
        }
        assert!(known_variables().contains(&"FERROPIK_DATA_DIR".to_owned()));
    }
}
