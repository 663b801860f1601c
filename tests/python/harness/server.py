"""Starts the server binary, waits until it answers and stops it by its process id."""

import contextlib
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

READY_DEADLINE_SECONDS = 60
STOP_DEADLINE_SECONDS = 60


def binary() -> pathlib.Path:
    """The binary under test: `FERROPIK_BIN`, else the debug build in the cargo target directory."""
    explicit = os.environ.get("FERROPIK_BIN")
    if explicit:
        return pathlib.Path(explicit)
    target = os.environ.get("CARGO_TARGET_DIR") or pathlib.Path.home() / ".cache/ferropik/target"
    return pathlib.Path(target) / "debug" / "ferropik"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process over one data directory; it can be killed and started again on the same directory."""

    def __init__(self, data_dir: pathlib.Path, env: dict[str, str] | None = None, log: pathlib.Path | None = None):
        self.data_dir = data_dir
        self.port = free_port()
        self.log_path = log or data_dir.parent / f"{data_dir.name}.server.log"
        self._env = env or {}
        self._process: subprocess.Popen | None = None

    @property
    def root(self) -> str:
        """Base URL without a path, such as `http://127.0.0.1:40123`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """The base URL the SDKs are configured with."""
        return f"{self.root}/api"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was not started"
        return self._process.pid

    def spawn(self) -> subprocess.Popen:
        """Starts the process without waiting for it to answer."""
        env = {key: value for key, value in os.environ.items() if not key.startswith(("FERROPIK_", "OPIK_"))}
        env.update(self._env)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [binary(), "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=env,
                preexec_fn=_raise_descriptor_limit,
            )
        return self._process

    def start(self) -> "Server":
        """Starts the process and returns once the readiness probe answers 200."""
        process = self.spawn()
        deadline = time.monotonic() + READY_DEADLINE_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(f"the server exited with {process.returncode}:\n{self.log_tail()}")
            if self.is_alive():
                return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the server was not ready after {READY_DEADLINE_SECONDS} s:\n{self.log_tail()}")

    def is_alive(self) -> bool:
        """Whether the readiness probe answers 200 now."""
        try:
            with urllib.request.urlopen(f"{self.root}/is-alive/ping", timeout=5) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> int:
        """Asks the process to end, as a service manager would, and returns its exit status."""
        return self._end_with(signal.SIGTERM)

    def kill(self) -> None:
        """Ends the process without letting it clean up, as a power failure would."""
        self._end_with(signal.SIGKILL)

    def _end_with(self, signal_number: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal_number)
        try:
            return process.wait(STOP_DEADLINE_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise AssertionError(f"the server ignored signal {signal_number}:\n{self.log_tail()}") from error

    def log_tail(self, characters: int = 4000) -> str:
        """The end of what the process printed."""
        if not self.log_path.exists():
            return "(no output)"
        return self.log_path.read_text(errors="replace")[-characters:]

    def peak_memory_kib(self) -> int:
        """The largest resident set the process has had, in KiB."""
        return self._memory_kib("VmHWM")

    def memory_kib(self) -> int:
        """The present resident set in KiB."""
        return self._memory_kib("VmRSS")

    def _memory_kib(self, field: str) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
        raise AssertionError(f"no {field} for process {self.pid}")


def doctor(data_dir: pathlib.Path) -> subprocess.CompletedProcess:
    """Runs the offline consistency check over a data directory no server holds."""
    return subprocess.run(
        [binary(), "doctor", "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=240,
    )


def _raise_descriptor_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
