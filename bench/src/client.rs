//! A keep-alive HTTP/1.1 connection with as little overhead as possible, because the measured
//! server shares the processor with this client.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

use crate::wire::Body;

/// One request, ready to be sent any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Request method.
    pub(crate) method: Method,
    /// Path with query.
    pub(crate) path: String,
    /// JSON body, if any.
    pub(crate) body: Option<Bytes>,
    /// Whether `body` is a gzip stream.
    pub(crate) gzip: bool,
}

impl Call {
    /// A GET request.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            gzip: false,
        }
    }

    /// A request with an uncompressed JSON body.
    pub(crate) fn json(method: Method, path: impl Into<String>, body: &serde_json::Value) -> Self {
        Self {
            method,
            path: path.into(),
            body: Some(Bytes::from(body.to_string())),
            gzip: false,
        }
    }

    /// The request that delivers a generated batch.
    pub(crate) fn batch(body: &Body) -> Self {
        Self {
            method: body.route.method(),
            path: body.route.path().to_owned(),
            body: Some(body.gzip.clone()),
            gzip: true,
        }
    }
}

/// A complete answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Status code.
    pub(crate) status: StatusCode,
    /// Body as received.
    pub(crate) body: Bytes,
    /// Time from handing over the request to the last byte of the answer.
    pub(crate) elapsed: Duration,
}

impl Reply {
    /// Fails unless the status is a success.
    ///
    /// # Errors
    /// Names the request, the status and the beginning of the body.
    pub(crate) fn expect_success(self, call: &Call) -> anyhow::Result<Self> {
        if !self.status.is_success() {
            let text = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]).into_owned();
            bail!("{} {} answered {}: {text}", call.method, call.path, self.status);
        }
        Ok(self)
    }
}

/// One connection that reconnects when the server has closed it.
pub(crate) struct Connection {
    address: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    /// Prepares a connection to `host:port`; nothing is opened before the first request.
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            sender: None,
        }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the server cannot be reached or breaks off. Error statuses are not errors here.
    pub(crate) async fn send(&mut self, call: &Call) -> anyhow::Result<Reply> {
        let mut request = Request::builder()
            .method(&call.method)
            .uri(&call.path)
            .header(HOST, &self.address);
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json;charset=utf-8");
        }
        if call.gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        let request = request
            .body(Full::new(call.body.clone().unwrap_or_default()))
            .context("build the request")?;
        let sender = self.ready().await?;
        let started = Instant::now();
        let exchange = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>((status, body))
        };
        match exchange.await {
            Ok((status, body)) => Ok(Reply {
                status,
                body,
                elapsed: started.elapsed(),
            }),
            Err(error) => {
                self.sender = None;
                Err(error).with_context(|| format!("{} {}", call.method, call.path))
            }
        }
    }

    async fn ready(&mut self) -> anyhow::Result<&mut SendRequest<Full<Bytes>>> {
        let usable = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(&self.address)
                .await
                .with_context(|| format!("connect to {}", self.address))?;
            stream.set_nodelay(true).context("configure the socket")?;
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.context("start http")?;
            // A broken connection shows up in the next request, which reports it.
            tokio::spawn(async move { drop(connection.await) });
            self.sender = Some(sender);
        }
        Ok(self.sender.as_mut().expect("was set above"))
    }
}
