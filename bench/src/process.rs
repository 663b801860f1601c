//! Processor time and memory of a process, read from `/proc`.

use anyhow::Context as _;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Kernel clock ticks per second in `/proc/*/stat`; fixed by the Linux interface.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor seconds (user and system) consumed so far by a process or thread; `stat` is a path
/// such as `/proc/self/stat` or `/proc/thread-self/stat`.
///
/// # Errors
/// When the process is gone or the file has an unknown form.
pub(crate) fn cpu_seconds(stat: &str) -> anyhow::Result<f64> {
    let text = fs::read_to_string(stat).with_context(|| format!("read {stat}"))?;
    parse_cpu_seconds(&text).with_context(|| format!("understand {stat}"))
}

fn parse_cpu_seconds(stat: &str) -> Option<f64> {
    // The command name in parentheses may hold blanks; the numbers start after the last one.
    let (_, numbers) = stat.rsplit_once(')')?;
    let mut fields = numbers.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

/// Memory of a process in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Resident set, including mapped file pages.
    pub(crate) resident: u64,
    /// Resident memory without file pages.
    pub(crate) anonymous: u64,
    /// Highest resident set so far.
    pub(crate) peak: u64,
}

impl Memory {
    /// Reads the figures of a process.
    ///
    /// # Errors
    /// When the process is gone.
    pub(crate) fn read(pid: u32) -> anyhow::Result<Self> {
        let path = format!("/proc/{pid}/status");
        Ok(Self::parse(
            &fs::read_to_string(&path).with_context(|| format!("read {path}"))?,
        ))
    }

    fn parse(status: &str) -> Self {
        let bytes = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
            kilobytes.unwrap_or(0) * 1024
        };
        Self {
            resident: bytes("VmRSS:"),
            anonymous: bytes("RssAnon:"),
            peak: bytes("VmHWM:"),
        }
    }

    /// The figures as JSON.
    pub(crate) fn to_json(self) -> Value {
        json!({"resident_bytes": self.resident, "anonymous_bytes": self.anonymous, "peak_bytes": self.peak})
    }
}

/// What the client and the server consumed between two moments.
pub(crate) struct Meter {
    pid: Option<u32>,
    client_before: f64,
    server_before: Option<f64>,
    highest_anonymous: Arc<AtomicU64>,
    sampler: Option<tokio::task::JoinHandle<()>>,
}

impl Meter {
    /// Starts measuring; must be called inside a runtime when `pid` is given, because the server's
    /// memory is sampled five times per second.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub(crate) fn start(pid: Option<u32>) -> anyhow::Result<Self> {
        let highest_anonymous = Arc::new(AtomicU64::new(0));
        let sampler = pid.map(|pid| {
            let highest = Arc::clone(&highest_anonymous);
            tokio::spawn(async move {
                while let Ok(memory) = Memory::read(pid) {
                    highest.fetch_max(memory.anonymous, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            })
        });
        Ok(Self {
            pid,
            client_before: cpu_seconds("/proc/self/stat")?,
            server_before: pid.map(|pid| cpu_seconds(&format!("/proc/{pid}/stat"))).transpose()?,
            highest_anonymous,
            sampler,
        })
    }

    /// Stops measuring and returns
    /// `{"client_cpu_seconds","server_cpu_seconds","server_memory","server_highest_anonymous_bytes"}`;
    /// the server's figures are null without a process id.
    ///
    /// # Errors
    /// When the server process is gone.
    pub(crate) fn finish(self) -> anyhow::Result<Value> {
        if let Some(sampler) = &self.sampler {
            sampler.abort();
        }
        let client = cpu_seconds("/proc/self/stat")? - self.client_before;
        let server = match (self.pid, self.server_before) {
            (Some(pid), Some(before)) => Some(cpu_seconds(&format!("/proc/{pid}/stat"))? - before),
            _ => None,
        };
        let memory = self.pid.map(Memory::read).transpose()?;
        Ok(json!({
            "client_cpu_seconds": client,
            "server_cpu_seconds": server,
            "server_memory": memory.map(Memory::to_json),
            "server_highest_anonymous_bytes": self.pid.map(|_| self.highest_anonymous.load(Ordering::Relaxed)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_behind_odd_command_names() {
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 77 1000 20";
        assert_eq!(parse_cpu_seconds(stat), Some(3.0));
        assert_eq!(parse_cpu_seconds("nonsense"), None);
        assert!(cpu_seconds("/proc/self/stat").expect("own process") >= 0.0);
    }

    #[test]
    fn memory_lines_are_read_in_bytes() {
        let memory = Memory::parse("Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\nRssAnon:\t 512 kB\n");
        assert_eq!(
            memory,
            Memory {
                resident: 1 << 20,
                anonymous: 1 << 19,
                peak: 1 << 21
            }
        );
        let own = Memory::read(std::process::id()).expect("own process");
        assert!(own.resident > 0 && own.peak >= own.anonymous);
    }
}
