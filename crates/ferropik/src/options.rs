//! Options: flags before environment variables before the configuration file before defaults.

use std::env;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ArgMatches;
use clap::builder::BoolishValueParser;
use clap::parser::ValueSource;
use serde::{Deserialize, Serialize};

use crate::units::{Seconds, Size};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

/// Where the value of an option comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Default,
    File,
    Environment,
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Default => "default",
            Source::File => "file",
            Source::Environment => "environment",
            Source::Flag => "flag",
        })
    }
}

macro_rules! options {
    ($( $(#[$meta:meta])* $name:ident: $type:ty = $default:expr, )*) => {
        /// The options that one source gives.
        #[derive(Debug, Clone, Default, clap::Args, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct Layer {
            $( $(#[$meta])* pub(crate) $name: Option<$type>, )*
        }

        /// All options with their effective values.
        #[derive(Debug, Clone, Serialize)]
        pub(crate) struct Options {
            $( pub(crate) $name: $type, )*
        }

        fn merge(cli: Layer, matches: &ArgMatches, file: Layer) -> (Options, Vec<(&'static str, Source)>) {
            let mut sources = Vec::new();
            let options = Options {
                $( $name: {
                    let (value, source) = match (cli.$name, file.$name) {
                        (Some(value), _) => (value, given_source(matches, stringify!($name))),
                        (None, Some(value)) => (value, Source::File),
                        (None, None) => ($default, Source::Default),
                    };
                    sources.push((stringify!($name), source));
                    value
                }, )*
            };
            (options, sources)
        }
    };
}

options! {
    /// Address to listen on; may be given several times
    #[arg(long, env = "FERROPIK_LISTEN", value_name = "ADDRESS", value_delimiter = ',', global = true)]
    listen: Vec<SocketAddr> = vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 5173))],

    /// Directory of all data [default: ferropik in the user's data directory]
    #[arg(long, env = "FERROPIK_DATA_DIR", value_name = "DIRECTORY", global = true)]
    data_dir: PathBuf = default_data_dir(),

    /// Path that the web interface lives under, and that the API is also reached under, such as /opik
    #[arg(long, env = "FERROPIK_BASE_PATH", value_name = "PATH", global = true)]
    base_path: String = String::new(),

    /// Largest request body, such as an uploaded file [default: 2GiB]
    #[arg(long, env = "FERROPIK_MAX_BODY_BYTES", value_name = "SIZE", global = true)]
    max_body_bytes: Size = Size::mib(2048),

    /// Largest JSON body, before and after it is inflated [default: 128MiB]
    #[arg(long, env = "FERROPIK_MAX_JSON_BYTES", value_name = "SIZE", global = true)]
    max_json_bytes: Size = Size::mib(128),

    /// Memory for all JSON bodies in flight [default: 512MiB]
    #[arg(long, env = "FERROPIK_BODY_BUDGET_BYTES", value_name = "SIZE", global = true)]
    body_budget_bytes: Size = Size::mib(512),

    /// Most connections at a time [default: 16384]
    #[arg(long, env = "FERROPIK_MAX_CONNECTIONS", value_name = "COUNT", global = true)]
    max_connections: usize = 16_384,

    /// Longest time for the head of a request, and for an idle connection [default: 30s]
    #[arg(long, env = "FERROPIK_HEADER_TIMEOUT", value_name = "DURATION", global = true)]
    header_timeout: Seconds = Seconds(30),

    /// Time that running requests get when the server stops [default: 20s]
    #[arg(long, env = "FERROPIK_SHUTDOWN_TIMEOUT", value_name = "DURATION", global = true)]
    shutdown_timeout: Seconds = Seconds(20),

    /// Threads that read the database [default: number of cores, 4 to 16]
    #[arg(long, env = "FERROPIK_READERS", value_name = "COUNT", global = true)]
    readers: usize = default_readers(),

    /// Memory for columns of large projects, which make filters, sorts and statistics fast [default: 352MiB]
    #[arg(long, env = "FERROPIK_COLUMN_BUDGET_BYTES", value_name = "SIZE", global = true)]
    column_budget_bytes: Size = Size::mib(352),

    /// Time without a trace after which a thread is closed [default: 15m]
    #[arg(long, env = "FERROPIK_THREAD_TIMEOUT", value_name = "DURATION", global = true)]
    thread_timeout: Seconds = Seconds(15 * 60),

    /// Delete what the retention rules make too old [default: true]
    #[arg(long, env = "FERROPIK_RETENTION", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), global = true)]
    retention: bool = true,

    /// Let pages of other origins call the API
    #[arg(long, env = "FERROPIK_CORS", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), global = true)]
    cors: bool = false,

    /// Limit the calls of each user and workspace in a minute
    #[arg(long, env = "FERROPIK_RATE_LIMIT", value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true", value_parser = BoolishValueParser::new(), global = true)]
    rate_limit: bool = false,

    /// How log lines look [default: text]
    #[arg(long, env = "FERROPIK_LOG_FORMAT", value_enum, global = true)]
    log_format: LogFormat = LogFormat::Text,

    /// What is logged: error, warn, info, debug, trace, or a filter such as info,ferropik_server=debug [default: info]
    #[arg(long, env = "FERROPIK_LOG_LEVEL", value_name = "FILTER", global = true)]
    log_level: String = "info".to_owned(),
}

/// The effective options and where each comes from.
#[derive(Debug, Clone)]
pub(crate) struct Effective {
    pub(crate) options: Options,
    /// By name, in the order of the declaration.
    pub(crate) sources: Vec<(&'static str, Source)>,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
}

/// Puts flags, environment variables, the configuration file and defaults together.
///
/// # Errors
/// The file cannot be read, it names an unknown option, or a value makes no sense.
pub(crate) fn resolve(cli: Layer, matches: &ArgMatches, config: Option<&Path>) -> anyhow::Result<Effective> {
    let path = match config {
        Some(path) => Some(path.to_owned()),
        None => default_config_file().filter(|path| path.is_file()),
    };
    let file = match &path {
        Some(path) => read_file(path)?,
        None => Layer::default(),
    };
    let (mut options, sources) = merge(cli, matches, file);
    options.base_path = normal_base_path(&options.base_path)?;
    check(&options)?;
    Ok(Effective {
        options,
        sources,
        file: path,
    })
}

fn read_file(path: &Path) -> anyhow::Result<Layer> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("the configuration file {} is invalid", path.display()))
}

fn given_source(matches: &ArgMatches, name: &str) -> Source {
    let own = matches.value_source(name);
    let of_command = matches.subcommand().and_then(|(_, matches)| matches.value_source(name));
    match of_command.or(own) {
        Some(ValueSource::EnvVariable) => Source::Environment,
        _ => Source::Flag,
    }
}

fn normal_base_path(text: &str) -> anyhow::Result<String> {
    let path = text.trim().trim_end_matches('/');
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte));
    if !path.is_empty() && (!path.starts_with('/') || path.contains("//") || !is_plain) {
        bail!("the base path '{text}' must look like /opik");
    }
    Ok(path.to_owned())
}

fn check(options: &Options) -> anyhow::Result<()> {
    if options.listen.is_empty() {
        bail!("there must be an address to listen on");
    }
    if options.readers == 0 || options.max_connections == 0 {
        bail!("readers and max_connections must be at least 1");
    }
    if options.header_timeout.0 == 0 || options.thread_timeout.0 == 0 {
        bail!("header_timeout and thread_timeout must be at least a second");
    }
    if options.max_json_bytes.0 > options.max_body_bytes.0 {
        bail!("max_json_bytes must not be above max_body_bytes");
    }
    if options.body_budget_bytes.0 < options.max_json_bytes.0.saturating_mul(3) {
        bail!("body_budget_bytes must be at least three times max_json_bytes, or a large body would never fit");
    }
    Ok(())
}

fn default_readers() -> usize {
    std::thread::available_parallelism().map_or(4, usize::from).clamp(4, 16)
}

fn default_data_dir() -> PathBuf {
    user_directory("XDG_DATA_HOME", ".local/share")
        .unwrap_or_else(|| PathBuf::from("."))
        .join("ferropik")
}

fn default_config_file() -> Option<PathBuf> {
    Some(
        user_directory("XDG_CONFIG_HOME", ".config")?
            .join("ferropik")
            .join("config.toml"),
    )
}

fn user_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    named.or_else(|| {
        env::home_dir()
            .filter(|home| !home.as_os_str().is_empty())
            .map(|home| home.join(below_home))
    })
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;

    fn resolved(flags: &[&str], file: Option<&str>) -> anyhow::Result<Effective> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ferropik.toml");
        std::fs::write(&path, file.unwrap_or_default()).unwrap();
        let command = Layer::augment_args(clap::Command::new("ferropik"));
        let matches = command.try_get_matches_from([&["ferropik"], flags].concat())?;
        resolve(Layer::from_arg_matches(&matches)?, &matches, Some(&path))
    }

    fn source(effective: &Effective, name: &str) -> Source {
        effective.sources.iter().find(|(known, _)| *known == name).unwrap().1
    }

    #[test]
    fn flags_go_before_the_file_and_that_before_defaults() {
        let file = "thread_timeout = \"5m\"\ncors = true\nmax_body_bytes = 200000000\n";
        let effective = resolved(
            &["--thread-timeout", "1h", "--listen", "0.0.0.0:80,[::]:80"],
            Some(file),
        )
        .unwrap();
        assert_eq!(effective.options.thread_timeout, Seconds(3600));
        assert_eq!(effective.options.listen.len(), 2);
        assert_eq!(effective.options.max_body_bytes, Size(200_000_000));
        assert!(effective.options.cors && !effective.options.rate_limit);
        assert_eq!(source(&effective, "thread_timeout"), Source::Flag);
        assert_eq!(source(&effective, "cors"), Source::File);
        assert_eq!(source(&effective, "rate_limit"), Source::Default);
    }

    #[test]
    fn switches_need_no_value() {
        assert!(resolved(&["--cors"], None).unwrap().options.cors);
        assert!(!resolved(&["--cors=off"], Some("cors = true")).unwrap().options.cors);
    }

    #[test]
    fn mistakes_are_told() {
        for (flags, file, text) in [
            (vec![], "colour = 1", "unknown field `colour`"),
            (vec![], "readers = \"two\"", "invalid type"),
            (vec![], "thread_timeout = \"soon\"", "'soon' is no duration"),
            (vec!["--base-path", "opik"], "", "must look like /opik"),
            (vec!["--base-path", "/a//b"], "", "must look like /opik"),
            (vec!["--readers", "0"], "", "at least 1"),
            (vec!["--body-budget-bytes", "100MiB"], "", "three times"),
            (vec!["--max-json-bytes", "3GiB"], "", "must not be above max_body_bytes"),
        ] {
            let error = format!("{:#}", resolved(&flags, Some(file)).unwrap_err());
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn base_paths_lose_their_last_slash() {
        assert_eq!(
            resolved(&["--base-path", "/opik/"], None).unwrap().options.base_path,
            "/opik"
        );
        assert_eq!(resolved(&["--base-path", "/"], None).unwrap().options.base_path, "");
    }
}
