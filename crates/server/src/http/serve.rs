//! Listening: connections, their limits, and the end of it all.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

use super::frame::MAX_HEADER_BYTES;
use super::metrics::OpenConnection;
use crate::Settings;

/// Memory that a connection may take for reading.
const READ_BUFFER_BYTES: usize = 2 * MAX_HEADER_BYTES;

/// Pause after a connection could not be accepted, mostly because the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` is ready: then no connection is accepted any more, running requests are given
/// [`Settings::shutdown_timeout`], and what is left after that is cut.
pub async fn serve<S>(
    listeners: Vec<TcpListener>,
    app: S,
    settings: Arc<Settings>,
    shutdown: impl Future<Output = ()> + Send,
) where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let connections = TaskTracker::new();
    let (stop, cut) = (CancellationToken::new(), CancellationToken::new());
    let slots = Arc::new(Semaphore::new(
        settings.max_connections.clamp(1, Semaphore::MAX_PERMITS),
    ));
    let accepting = TaskTracker::new();
    for listener in listeners {
        let acceptor = Acceptor {
            app: app.clone(),
            slots: Arc::clone(&slots),
            connections: connections.clone(),
            header_timeout: settings.header_timeout,
            stop: stop.clone(),
            cut: cut.clone(),
        };
        accepting.spawn(acceptor.run(listener));
    }
    shutdown.await;
    stop.cancel();
    accepting.close();
    accepting.wait().await;
    connections.close();
    if tokio::time::timeout(settings.shutdown_timeout, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            connections = connections.len(),
            "requests did not end in time and are cut"
        );
        cut.cancel();
        connections.wait().await;
    }
}

struct Acceptor<S> {
    app: S,
    slots: Arc<Semaphore>,
    connections: TaskTracker,
    header_timeout: Duration,
    stop: CancellationToken,
    cut: CancellationToken,
}

impl<S> Acceptor<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    async fn run(self, listener: TcpListener) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.header_timeout)
            .max_buf_size(READ_BUFFER_BYTES);
        let http = Arc::new(http);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&listener) => accepted,
                () = self.stop.cancelled() => return,
            };
            match accepted {
                Ok((stream, slot)) => self.start(Arc::clone(&http), stream, slot),
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn accept(&self, listener: &TcpListener) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
        let slot = Arc::clone(&self.slots)
            .acquire_owned()
            .await
            .map_err(io::Error::other)?;
        let (stream, _) = listener.accept().await?;
        Ok((stream, slot))
    }

    fn start(&self, http: Arc<http1::Builder>, stream: TcpStream, slot: OwnedSemaphorePermit) {
        // Without it small answers could wait; if it fails they do.
        let _ = stream.set_nodelay(true);
        let (app, stop, cut) = (self.app.clone(), self.stop.clone(), self.cut.clone());
        self.connections.spawn(async move {
            let _slot = slot;
            let _counted = OpenConnection::start();
            let service =
                service_fn(move |request: hyper::Request<Incoming>| app.clone().oneshot(request.map(Body::new)));
            let connection = http.serve_connection(TokioIo::new(stream), service);
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = cut.cancelled() => return,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    tokio::select! {
                        ended = connection.as_mut() => ended,
                        () = cut.cancelled() => return,
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "connection ended early");
            }
        });
    }
}

/// Whether the failure is that of one connection and says nothing about the next one.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::Router;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::http::Frame;

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        served: JoinHandle<()>,
    }

    async fn start(settings: Settings) -> Running {
        let slow = async || {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let routes = Router::new()
            .route("/v1/fast", get(async || "fast"))
            .route("/v1/slow", get(slow));
        let settings = Arc::new(settings);
        let frame = Frame::new(routes, Arc::clone(&settings));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(vec![listener], frame, settings, async {
            stopped.await.unwrap_or_default()
        }));
        Running { address, stop, served }
    }

    async fn ask(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A cut connection is an answer too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get_request(path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    }

    #[tokio::test]
    async fn a_running_request_is_ended_before_the_server_is() {
        let running = start(Settings::default()).await;
        let slow = tokio::spawn(async move { ask(running.address, &get_request("/v1/slow")).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        running.stop.send(()).unwrap();
        assert!(slow.await.unwrap().ends_with("slow"));
        running.served.await.unwrap();
        assert!(TcpStream::connect(running.address).await.is_err());
    }

    #[tokio::test]
    async fn what_does_not_end_in_time_is_cut() {
        let settings = Settings {
            shutdown_timeout: Duration::from_millis(50),
            ..Settings::default()
        };
        let running = start(settings).await;
        let slow = tokio::spawn(async move { ask(running.address, &get_request("/v1/slow")).await });
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.stop.send(()).unwrap();
        running.served.await.unwrap();
        assert_eq!(slow.await.unwrap(), "");
    }

    #[tokio::test]
    async fn slow_and_large_heads_are_cut() {
        let settings = Settings {
            header_timeout: Duration::from_millis(100),
            ..Settings::default()
        };
        let running = start(settings).await;
        let unfinished = ask(running.address, "GET /v1/fast HTTP/1.1\r\nhost: x\r\n").await;
        assert!(!unfinished.contains("fast"), "{unfinished}");
        let silent = ask(running.address, "").await;
        assert_eq!(silent, "");
        let large = format!(
            "GET /v1/fast HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n",
            "x".repeat(20_000)
        );
        assert!(ask(running.address, &large).await.starts_with("HTTP/1.1 431"));
        let huge = format!(
            "GET /v1/fast HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n",
            "x".repeat(200_000)
        );
        assert!(!ask(running.address, &huge).await.contains("fast"));
        assert!(ask(running.address, &get_request("/v1/fast")).await.ends_with("fast"));
    }

    #[tokio::test]
    async fn connections_wait_for_their_turn() {
        let settings = Settings {
            max_connections: 1,
            header_timeout: Duration::from_millis(200),
            ..Settings::default()
        };
        let running = start(settings).await;
        let _idle = TcpStream::connect(running.address).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let start = tokio::time::Instant::now();
        assert!(ask(running.address, &get_request("/v1/fast")).await.ends_with("fast"));
        assert!(start.elapsed() >= Duration::from_millis(100));
    }
}
