//! Seeded load generator and measurements against a running server.
//!
//! All data is derived from a seed and row numbers, so that every run, on every machine and
//! against every server, sends the same bytes.

mod cases;
mod client;
mod corpus;
mod dataset;
mod draw;
mod evaluation;
mod evaluation_cases;
mod latency;
mod load;
mod payload;
mod process;
mod produce;
mod query;
mod report;
mod wire;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use client::{Call, Connection};
use dataset::{DEFAULT_START_US, Dataset};
use evaluation::Evaluation;
use load::{IngestOptions, Target};
use produce::BodyOptions;
use query::Effort;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};

/// Load generator and measurements for traces and spans over HTTP.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill a server with the data set.
    Load {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        bodies: BodyArgs,
        /// Threads that generate and compress.
        #[arg(long, default_value_t = 2)]
        producers: usize,
        /// Chunks of 1000 traces (about 6 MB) kept ready.
        #[arg(long, default_value_t = 4)]
        ahead: usize,
        /// File for the results (JSON).
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Measure sustained span ingest with prepared bodies (kept in memory, about 1 KB per span).
    IngestBench {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        bodies: BodyArgs,
        /// Seed of all random choices.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Spans sent while the clock runs.
        #[arg(long, default_value_t = 300_000)]
        spans: usize,
        /// Spans sent before the clock starts.
        #[arg(long, default_value_t = 20_000)]
        warmup: usize,
        /// Also send the traces the spans belong to.
        #[arg(long)]
        with_traces: bool,
        /// Also read a page of spans twenty times per second.
        #[arg(long)]
        probe: bool,
        /// Separates repeated runs against one server: ids and project names differ per round.
        #[arg(long, default_value_t = 1)]
        round: u64,
        /// File for the results (JSON).
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Measure reads and single writes against a server that holds the data set.
    QueryBench {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        data: DataArgs,
        #[command(flatten)]
        effort: EffortArgs,
    },
    /// Fill a server with a dataset and experiments over it.
    EvaluationLoad {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        data: EvaluationArgs,
        /// File for the results (JSON).
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Measure reads of datasets, experiments and comparisons against a server that holds the evaluation data.
    EvaluationBench {
        #[command(flatten)]
        target: TargetArgs,
        #[command(flatten)]
        data: EvaluationArgs,
        #[command(flatten)]
        effort: EffortArgs,
    },
    /// Combine results into one Markdown report.
    Report {
        /// Result file of an ingest measurement; may be repeated.
        #[arg(long)]
        ingest: Vec<PathBuf>,
        /// Result file of the load.
        #[arg(long)]
        load: Option<PathBuf>,
        /// Result file of the query measurement.
        #[arg(long)]
        query: Option<PathBuf>,
        /// Result file of the load of evaluation data.
        #[arg(long)]
        evaluation_load: Option<PathBuf>,
        /// Result file of the measurement of evaluation data.
        #[arg(long)]
        evaluation: Option<PathBuf>,
        /// A line `name=value` for the table at the top; a value `bytes:<n> <remark>` is shown as a size.
        #[arg(long = "fact")]
        facts: Vec<String>,
        /// File for the report.
        #[arg(long)]
        out: PathBuf,
    },
    /// Wait until the server answers and print the milliseconds since a moment.
    Wait {
        #[command(flatten)]
        target: TargetArgs,
        /// Path that must answer with a success.
        #[arg(long, default_value = "/is-alive/ping")]
        path: String,
        /// The moment, in Unix nanoseconds; now when absent.
        #[arg(long)]
        since_ns: Option<u64>,
        /// Give up after so many seconds.
        #[arg(long, default_value_t = 120)]
        timeout_seconds: u64,
    },
    /// Print a free TCP port of 127.0.0.1.
    FreePort,
}

#[derive(Args)]
struct TargetArgs {
    /// Server as host:port.
    #[arg(long, default_value = "127.0.0.1:5173")]
    address: String,
    /// Process id of the server, to report its processor time and memory.
    #[arg(long)]
    pid: Option<u32>,
    /// Parallel connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
}

impl TargetArgs {
    fn target(self) -> Target {
        Target {
            address: self.address,
            pid: self.pid,
            connections: self.connections,
        }
    }
}

#[derive(Args)]
struct DataArgs {
    /// Seed of all random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of traces, with five spans each on average.
    #[arg(long, default_value_t = 1_000_000)]
    traces: u64,
    /// Start of the 30 days the data covers, in Unix microseconds.
    #[arg(long, default_value_t = DEFAULT_START_US)]
    start_us: i64,
}

impl DataArgs {
    fn dataset(&self) -> Dataset {
        Dataset::new(self.seed, 0, self.traces, self.start_us, "bench")
    }
}

#[derive(Args)]
struct EvaluationArgs {
    /// Seed of all random choices.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Items of the dataset.
    #[arg(long, default_value_t = 1_000_000)]
    items: u64,
    /// Items of each of the two experiments that are compared.
    #[arg(long, default_value_t = 100_000)]
    runs: u64,
    /// Small experiments beside them.
    #[arg(long, default_value_t = 10_000)]
    experiments: u64,
    /// Start of the data, in Unix microseconds.
    #[arg(long, default_value_t = DEFAULT_START_US)]
    start_us: i64,
}

impl EvaluationArgs {
    fn data(&self) -> Evaluation {
        Evaluation {
            seed: self.seed,
            items: self.items.max(1),
            runs: self.runs.min(self.items.max(1)),
            experiments: self.experiments,
            start_us: self.start_us,
        }
    }
}

#[derive(Args)]
struct EffortArgs {
    /// Repetitions of each case.
    #[arg(long, default_value_t = 100)]
    repetitions: usize,
    /// Seconds after which a slow case stops repeating (but not before five repetitions).
    #[arg(long, default_value_t = 10.0)]
    budget_seconds: f64,
    /// Measure only the cases whose group or name contains this text.
    #[arg(long, default_value = "")]
    only: String,
    /// File for the results (JSON).
    #[arg(long)]
    out: Option<PathBuf>,
    /// File for the results (Markdown).
    #[arg(long)]
    markdown: Option<PathBuf>,
}

impl EffortArgs {
    fn effort(&self) -> Effort {
        Effort {
            repetitions: self.repetitions,
            budget: Duration::from_secs_f64(self.budget_seconds),
        }
    }

    /// Writes a result as it was asked for.
    fn finish(&self, result: &Value, parts: report::Parts) -> anyhow::Result<()> {
        if let Some(path) = &self.markdown {
            write_file(path, &report::markdown(&parts))?;
        }
        write_result(result, self.out.as_deref())?;
        match query::failures(result) {
            0 => Ok(()),
            failures => bail!("{failures} cases failed"),
        }
    }
}

#[derive(Args)]
struct BodyArgs {
    /// Elements per request, 1 to 1000.
    #[arg(long, default_value_t = 1000)]
    batch: usize,
    /// Gzip level of the requests, 1 to 12.
    #[arg(long, default_value_t = 6)]
    gzip_level: i32,
}

impl BodyArgs {
    fn options(&self) -> BodyOptions {
        BodyOptions {
            batch_rows: self.batch,
            gzip_level: self.gzip_level,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    match Cli::parse().command {
        Command::Load {
            target,
            data,
            bodies,
            producers,
            ahead,
            out,
        } => {
            let result = load::load(
                &runtime,
                &target.target(),
                &data.dataset(),
                bodies.options(),
                producers,
                ahead,
            )?;
            write_result(&result, out.as_deref())
        }
        Command::IngestBench {
            target,
            bodies,
            seed,
            spans,
            warmup,
            with_traces,
            probe,
            round,
            out,
        } => {
            // Traces have five spans on average; one chunk more covers the deviation.
            let traces = (spans + warmup) as u64 / 5 + 1;
            let dataset = Dataset::new(seed, round, traces, DEFAULT_START_US, &format!("ingest{round}"));
            let options = IngestOptions {
                warmup,
                with_traces,
                probe,
            };
            let result = load::ingest(&runtime, &target.target(), &dataset, bodies.options(), &options)?;
            write_result(&result, out.as_deref())
        }
        Command::QueryBench { target, data, effort } => {
            let (target, dataset) = (target.target(), data.dataset());
            let run = query::run(&target, &dataset, effort.effort(), &effort.only);
            let result = runtime.block_on(run)?;
            let parts = report::Parts {
                query: Some(result.clone()),
                ..Default::default()
            };
            effort.finish(&result, parts)
        }
        Command::EvaluationLoad { target, data, out } => {
            let result = evaluation::load(&runtime, &target.target(), &data.data())?;
            write_result(&result, out.as_deref())
        }
        Command::EvaluationBench { target, data, effort } => {
            let (target, data) = (target.target(), data.data());
            let run = query::run_evaluation(&target, &data, effort.effort(), &effort.only);
            let result = runtime.block_on(run)?;
            let parts = report::Parts {
                evaluation: Some(result.clone()),
                ..Default::default()
            };
            effort.finish(&result, parts)
        }
        Command::Report {
            ingest,
            load,
            query,
            evaluation_load,
            evaluation,
            facts,
            out,
        } => {
            let parts = report::Parts {
                facts: facts
                    .iter()
                    .map(|fact| parse_fact(fact))
                    .collect::<anyhow::Result<_>>()?,
                ingest: ingest
                    .iter()
                    .map(|path| read_result(path))
                    .collect::<anyhow::Result<_>>()?,
                load: load.as_deref().map(read_result).transpose()?,
                query: query.as_deref().map(read_result).transpose()?,
                evaluation_load: evaluation_load.as_deref().map(read_result).transpose()?,
                evaluation: evaluation.as_deref().map(read_result).transpose()?,
            };
            write_file(&out, &report::markdown(&parts))
        }
        Command::Wait {
            target,
            path,
            since_ns,
            timeout_seconds,
        } => wait(
            &runtime,
            &target.address,
            &path,
            since_ns,
            Duration::from_secs(timeout_seconds),
        ),
        Command::FreePort => {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").context("ask for a port")?;
            println!("{}", listener.local_addr()?.port());
            Ok(())
        }
    }
}

fn wait(runtime: &Runtime, address: &str, path: &str, since_ns: Option<u64>, timeout: Duration) -> anyhow::Result<()> {
    let since = since_ns.map_or_else(SystemTime::now, |nanos| UNIX_EPOCH + Duration::from_nanos(nanos));
    let deadline = Instant::now() + timeout;
    let call = Call::get(path);
    runtime.block_on(async {
        let mut connection = Connection::new(address);
        loop {
            match connection.send(&call).await {
                Ok(reply) if reply.status.is_success() => break,
                Ok(reply) if Instant::now() > deadline => {
                    bail!("{path} still answers {}", reply.status)
                }
                Err(error) if Instant::now() > deadline => return Err(error),
                _ => tokio::time::sleep(Duration::from_millis(2)).await,
            }
        }
        let elapsed = SystemTime::now().duration_since(since).unwrap_or_default();
        println!("{:.1}", elapsed.as_secs_f64() * 1000.0);
        Ok(())
    })
}

fn parse_fact(fact: &str) -> anyhow::Result<(String, String)> {
    let (name, value) = fact
        .split_once('=')
        .with_context(|| format!("fact without '=': {fact}"))?;
    let value = match value.strip_prefix("bytes:") {
        Some(text) => {
            let (size, remark) = text.split_once(' ').unwrap_or((text, ""));
            let size: u64 = size
                .parse()
                .with_context(|| format!("the size of {name} must be a whole number"))?;
            format!("{} {remark}", report::bytes(&json!(size)))
                .trim_end()
                .to_owned()
        }
        None => value.to_owned(),
    };
    Ok((name.to_owned(), value))
}

fn write_result(result: &Value, out: Option<&Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(result).context("format the results")?;
    match out {
        Some(path) => write_file(path, &text),
        None => {
            println!("{text}");
            Ok(())
        }
    }
}

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn read_result(path: &Path) -> anyhow::Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("understand {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn facts_may_be_sizes_with_a_remark() {
        let fact = |text| parse_fact(text).map(|(name, value)| format!("{name}: {value}")).ok();
        assert_eq!(fact("seed=1=2").as_deref(), Some("seed: 1=2"));
        assert_eq!(fact("disk=bytes:2500000").as_deref(), Some("disk: 2.5 MB"));
        assert_eq!(
            fact("disk=bytes:2500000 (small)").as_deref(),
            Some("disk: 2.5 MB (small)")
        );
        assert_eq!(fact("disk=bytes:many"), None);
        assert_eq!(fact("disk"), None);
    }
}
