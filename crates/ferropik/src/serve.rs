//! `ferropik serve`: from the first file to the last connection.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use ferropik_server::attachments::Files;
use ferropik_server::http::{metrics, serve};
use ferropik_server::{App, AppState, Prices, Settings};
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::options::{LogFormat, Options};
use crate::storage::Storage;
use crate::{jobs, known_variables, limits, logs, web_files};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;

/// Most threads for blocking work, such as parsing bodies and waiting for files.
const BLOCKING_THREADS: usize = 64;

/// Serves until the process is told to stop.
///
/// # Errors
/// The data directory or an address cannot be used.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    logs::start(options.log_format, &options.log_level)?;
    warn_of_unknown_variables();
    metrics::install().context("metrics cannot be collected")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name("ferropik")
        .build()
        .context("threads cannot be started")?;
    let storage = {
        let _inside = runtime.enter();
        Storage::open(options)?
    };
    let served = runtime.block_on(serve_on(options, &storage));
    storage.close();
    tracing::info!("stopped");
    served
}

async fn serve_on(options: &Options, storage: &Storage) -> anyhow::Result<()> {
    let listeners = options
        .listen
        .iter()
        .map(|address| listen(*address))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let addresses = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<Result<Vec<_>, _>>()?;
    let directory = options.data_dir.join("attachments");
    let files = Files::local(&directory).with_context(|| format!("cannot use {}", directory.display()))?;
    let state = AppState::new(storage.shared(), files, Prices::builtin(), settings(options));
    let settings = Arc::clone(&state.settings);
    let (jobs, stop_jobs) = (TaskTracker::new(), CancellationToken::new());
    jobs::start(&state, storage, options, &jobs, &stop_jobs);
    greet(options, &addresses);
    serve(listeners, App::new(state, web_files::find), settings, told_to_stop()?).await;
    stop_jobs.cancel();
    jobs.close();
    jobs.wait().await;
    Ok(())
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bind = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()?
        } else {
            TcpSocket::new_v6()?
        };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    bind().with_context(|| format!("cannot listen on {address}"))
}

fn settings(options: &Options) -> Settings {
    Settings {
        base_path: options.base_path.clone(),
        max_body_bytes: options.max_body_bytes.0,
        max_json_bytes: options.max_json_bytes.in_memory(),
        body_budget_bytes: options.body_budget_bytes.in_memory(),
        header_timeout: options.header_timeout.duration(),
        max_connections: limits::connections(options.max_connections),
        shutdown_timeout: options.shutdown_timeout.duration(),
        cors: options.cors,
        rate_limit: options.rate_limit,
        thread_timeout: options.thread_timeout.duration(),
        ..Settings::default()
    }
}

/// Ends with the first signal to stop. The second one ends the process at once.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for signals")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping; running requests are ended first");
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::warn!("stopped at once");
            std::process::exit(130);
        });
    })
}

fn greet(options: &Options, addresses: &[SocketAddr]) {
    let urls: Vec<String> = addresses
        .iter()
        .map(|address| url_of(*address, &options.base_path))
        .collect();
    if options.log_format == LogFormat::Json {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), ?urls, data_dir = %options.data_dir.display(), "ready");
        return;
    }
    let Some(first) = urls.first() else { return };
    eprintln!("\nFerropik {} is ready\n", env!("CARGO_PKG_VERSION"));
    for url in urls.iter().filter(|_| web_files::are_built()) {
        eprintln!("  Web          {url}");
    }
    for url in &urls {
        eprintln!("  API          {url}/api     (documentation: {url}/docs)");
    }
    eprintln!("  Data         {}", options.data_dir.display());
    eprintln!("  SDKs         export OPIK_URL_OVERRIDE={first}/api     (no key is needed)\n");
}

/// URL that people can open: an address that stands for all interfaces is shown as this machine.
fn url_of(address: SocketAddr, base_path: &str) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() || ip.is_loopback() => "localhost".to_owned(),
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    };
    format!("http://{host}:{}{base_path}", address.port())
}

fn warn_of_unknown_variables() {
    let known = known_variables();
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("FERROPIK_") && !known.iter().any(|known| *known == name) {
            tracing::warn!(%name, "environment variable is not known and has no effect");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_for_people() {
        for (address, url) in [
            ("127.0.0.1:5173", "http://localhost:5173/opik"),
            ("0.0.0.0:80", "http://localhost:80/opik"),
            ("[::]:80", "http://localhost:80/opik"),
            ("10.1.2.3:5173", "http://10.1.2.3:5173/opik"),
            ("[fd00::1]:80", "http://[fd00::1]:80/opik"),
        ] {
            assert_eq!(url_of(address.parse().unwrap(), "/opik"), url);
        }
    }
}
