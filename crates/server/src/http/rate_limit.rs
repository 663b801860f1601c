//! How many calls a user or a workspace may make in a window of time. Off unless the installation wants it.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use parking_lot::Mutex;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{ApiError, ApiResult};
use super::scope::WORKSPACE_HEADER;
use crate::AppState;

/// Length of a window.
const WINDOW: Duration = Duration::from_secs(60);

/// Windows that are kept; beyond it those that have ended are forgotten.
const MAX_WINDOWS: usize = 10_000;

/// What a limit counts by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Caller {
    User,
    Workspace,
}

/// A limit on a kind of calls.
#[derive(Debug, PartialEq, Eq)]
struct Bucket {
    /// Value of the header that names the limit.
    name: &'static str,
    /// Part of the names of the headers.
    header: &'static str,
    /// Calls, or items of batches, in a window.
    limit: u32,
    caller: Caller,
}

const fn bucket(name: &'static str, header: &'static str, limit: u32, caller: Caller) -> Bucket {
    Bucket {
        name,
        header,
        limit,
        caller,
    }
}

const USER: Bucket = bucket("general_events", "User", 10_000, Caller::User);
const WORKSPACE: Bucket = bucket("workspace_events", "Workspace", 5_000, Caller::Workspace);
const SINGLE_TRACING_OPS: Bucket = bucket("singleTracingOps", "Single-Tracing-Ops", 800, Caller::Workspace);
const GET_SPAN: Bucket = bucket("getSpanById", "Get-Span-Id", 250, Caller::Workspace);
const GET_SPANS: Bucket = bucket("getSpans", "Get-Spans", 30, Caller::Workspace);
const SEARCH_SPANS: Bucket = bucket("search_spans", "Search-Spans", 30, Caller::Workspace);
const SPAN_STATS: Bucket = bucket("getSpanStats", "Get-Span-Stats", 30, Caller::Workspace);
const GET_TRACES: Bucket = bucket("getTraces", "Get-Traces", 30, Caller::Workspace);
const SEARCH_TRACES: Bucket = bucket("searchTraces", "Search-Traces", 30, Caller::Workspace);
const TRACE_STATS: Bucket = bucket("getTraceStats", "Get-Trace-Stats", 30, Caller::Workspace);
const TRACES_EXIST: Bucket = bucket("tracesExist", "Traces-Exist", 30, Caller::Workspace);
const SPANS_EXIST: Bucket = bucket("spansExist", "Spans-Exist", 30, Caller::Workspace);

/// The limits of a route.
fn buckets_of(method: &Method, route: &str) -> &'static [Bucket] {
    const NONE: &[Bucket] = &[];
    const WRITES: &[Bucket] = &[USER, WORKSPACE];
    const SINGLE_WRITES: &[Bucket] = &[USER, WORKSPACE, SINGLE_TRACING_OPS];
    let Some(resource) = route.strip_prefix("/v1/private/") else {
        return NONE;
    };
    match (method.as_str(), resource) {
        ("GET", "spans/{id}") => &[GET_SPAN],
        ("GET", "spans") => &[GET_SPANS],
        ("POST", "spans/search") => &[SEARCH_SPANS],
        ("GET", "spans/stats") => &[SPAN_STATS],
        ("GET", "spans/exists") => &[SPANS_EXIST],
        ("GET", "traces") => &[GET_TRACES],
        ("POST", "traces/search") => &[SEARCH_TRACES],
        ("GET", "traces/stats") => &[TRACE_STATS],
        ("GET", "traces/exists") => &[TRACES_EXIST],
        ("POST", "traces" | "spans") | ("PATCH", "traces/{id}" | "spans/{id}") => SINGLE_WRITES,
        ("POST" | "PUT" | "PATCH" | "DELETE", resource) => {
            let is_event = ["traces", "spans", "attachment", "guardrails", "otel"]
                .iter()
                .any(|name| {
                    resource
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
            if is_event { WRITES } else { NONE }
        }
        _ => NONE,
    }
}

#[derive(Debug)]
struct Window {
    start: Instant,
    used: u32,
}

/// What is left of a bucket after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    remaining: u32,
    reset_after: Duration,
    is_exceeded: bool,
}

/// Counts calls in fixed windows.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    hasher: RandomState,
    windows: Mutex<HashMap<(&'static str, u64), Window>>,
}

impl RateLimiter {
    fn charge(&self, bucket: &Bucket, caller: &[u8], cost: u32, now: Instant) -> Left {
        let key = (bucket.name, self.hasher.hash_one(caller));
        let mut windows = self.windows.lock();
        if windows.len() >= MAX_WINDOWS {
            windows.retain(|_, window| now.duration_since(window.start) < WINDOW);
        }
        let window = windows.entry(key).or_insert(Window { start: now, used: 0 });
        if now.duration_since(window.start) >= WINDOW {
            *window = Window { start: now, used: 0 };
        }
        let is_exceeded = window.used >= bucket.limit;
        if !is_exceeded {
            window.used = window.used.saturating_add(cost);
        }
        Left {
            remaining: bucket.limit.saturating_sub(window.used),
            reset_after: WINDOW.saturating_sub(now.duration_since(window.start)),
            is_exceeded,
        }
    }
}

/// How many items the body of a limited call holds; the reader of the body counts them.
#[derive(Debug, Clone, Default)]
pub(super) struct ItemCount(Arc<AtomicUsize>);

impl ItemCount {
    /// Counts the elements of the longest list in an object, as batches have one.
    pub(super) fn count(&self, json: &str) {
        let longest = serde_json::from_str::<LongestList>(json).ok();
        self.set(longest.and_then(|list| list.0).unwrap_or(1));
    }

    /// Notes a number of items.
    pub(super) fn set(&self, items: usize) {
        self.0.store(items, Ordering::Relaxed);
    }

    /// What the call costs beyond the one that every call is charged before it runs.
    fn cost_of_rest(&self) -> u32 {
        u32::try_from(self.0.load(Ordering::Relaxed).saturating_sub(1)).unwrap_or(u32::MAX)
    }
}

/// How many elements the longest list in an object has, if there is one. Nothing is kept of the elements.
struct LongestList(Option<usize>);

impl<'de> Deserialize<'de> for LongestList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LongestList, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = LongestList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LongestList, A::Error> {
                let mut longest = None;
                while let Some((IgnoredAny, value)) = map.next_entry::<IgnoredAny, &RawValue>()? {
                    let len = serde_json::from_str::<ListLen>(value.get()).ok();
                    longest = longest.max(len.map(|len| len.0));
                }
                Ok(LongestList(longest))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}

/// How many elements a list has.
struct ListLen(usize);

impl<'de> Deserialize<'de> for ListLen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ListLen, D::Error> {
        struct ListVisitor;
        impl<'de> Visitor<'de> for ListVisitor {
            type Value = ListLen;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ListLen, A::Error> {
                let mut len = 0;
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    len += 1;
                }
                Ok(ListLen(len))
            }
        }
        deserializer.deserialize_seq(ListVisitor)
    }
}

fn caller(headers: &HeaderMap, kind: Caller) -> &[u8] {
    let name = match kind {
        Caller::User => AUTHORIZATION.as_str(),
        Caller::Workspace => WORKSPACE_HEADER,
    };
    headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default()
}

/// Refuses calls that are over a limit, and tells in headers what is left of each. The items of a batch count too: what
/// of them is too much for the window holds up the calls after it.
pub(crate) async fn limit(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let buckets = match request.extensions().get::<MatchedPath>() {
        Some(route) if state.settings.rate_limit => buckets_of(request.method(), route.as_str()),
        _ => &[],
    };
    if buckets.is_empty() {
        return next.run(request).await;
    }
    let callers = request.headers().clone();
    let mut headers = HeaderMap::new();
    let mut response = match charge_all(&state.limiter, buckets, &callers, &mut headers) {
        Ok(()) => {
            let items = ItemCount::default();
            if !buckets.contains(&SINGLE_TRACING_OPS) {
                request.extensions_mut().insert(items.clone());
            }
            let response = next.run(request).await;
            for bucket in buckets.iter().filter(|bucket| [USER, WORKSPACE].contains(bucket)) {
                let caller = caller(&callers, bucket.caller);
                let left = state
                    .limiter
                    .charge(bucket, caller, items.cost_of_rest(), Instant::now());
                describe(bucket, left, &mut headers);
            }
            response
        }
        Err(error) => error.into_response(),
    };
    response.headers_mut().extend(headers);
    response
}

fn charge_all(limiter: &RateLimiter, buckets: &[Bucket], request: &HeaderMap, answer: &mut HeaderMap) -> ApiResult<()> {
    for bucket in buckets {
        let left = limiter.charge(bucket, caller(request, bucket.caller), 1, Instant::now());
        describe(bucket, left, answer);
        if left.is_exceeded {
            let seconds = u32::try_from(left.reset_after.as_secs() + 1).unwrap_or(u32::MAX);
            let text = format!(
                "Too Many Requests: limit of {} per minute reached ({})",
                bucket.limit, bucket.name
            );
            return Err(ApiError::overloaded(text).retry_after(seconds));
        }
    }
    Ok(())
}

fn describe(bucket: &Bucket, left: Left, headers: &mut HeaderMap) {
    let header = bucket.header.to_ascii_lowercase();
    let millis = u64::try_from(left.reset_after.as_millis()).unwrap_or(u64::MAX);
    for (name, value) in [
        (format!("opik-{header}-limit"), HeaderValue::from_static(bucket.name)),
        (
            format!("opik-{header}-remaining-limit"),
            HeaderValue::from(left.remaining),
        ),
        (
            format!("opik-{header}-remaining-limit-ttl-millis"),
            HeaderValue::from(millis),
        ),
    ] {
        let name = HeaderName::try_from(name).expect("names of limits are letters and hyphens");
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_so_many_calls_and_then_starts_anew() {
        let limiter = RateLimiter::default();
        let start = Instant::now();
        for used in 1..=30 {
            let left = limiter.charge(&GET_TRACES, b"", 1, start);
            assert_eq!((left.remaining, left.is_exceeded), (30 - used, false));
        }
        assert!(
            limiter
                .charge(&GET_TRACES, b"", 1, start + Duration::from_secs(59))
                .is_exceeded
        );
        assert!(!limiter.charge(&GET_TRACES, b"other", 1, start).is_exceeded);
        assert!(!limiter.charge(&GET_SPANS, b"", 1, start).is_exceeded);
        assert_eq!(limiter.charge(&GET_TRACES, b"", 1, start + WINDOW).remaining, 29);
    }

    #[test]
    fn a_refused_call_says_when_to_come_back() {
        let limiter = RateLimiter::default();
        let mut headers = HeaderMap::new();
        for _ in 0..30 {
            charge_all(&limiter, &[GET_TRACES], &HeaderMap::new(), &mut headers).unwrap();
        }
        assert_eq!(headers["opik-get-traces-limit"], "getTraces");
        assert_eq!(headers["opik-get-traces-remaining-limit"], "0");
        let error = charge_all(&limiter, &[GET_TRACES], &HeaderMap::new(), &mut headers).unwrap_err();
        let response = error.into_response();
        let seconds: u32 = response.headers()["ratelimit-reset"].to_str().unwrap().parse().unwrap();
        assert!((1..=61).contains(&seconds));
        assert_eq!(response.headers()["retry-after"], response.headers()["ratelimit-reset"]);
    }

    #[test]
    fn batches_cost_their_items() {
        for (json, cost) in [
            (r#"{"traces":[{"tags":["a","b","c"]},{},{}]}"#, 2),
            (r#"{"ids":["a"],"update":{"tags":["a","b","c"]}}"#, 0),
            (r#"{"name":"x"}"#, 0),
            (r#"[1,2,3]"#, 0),
            ("{", 0),
        ] {
            let items = ItemCount::default();
            items.count(json);
            assert_eq!(items.cost_of_rest(), cost, "{json}");
        }
        assert_eq!(ItemCount::default().cost_of_rest(), 0);
    }

    #[test]
    fn routes_have_their_limits() {
        let names = |method: Method, route| buckets_of(&method, route).iter().map(|b| b.name).collect::<Vec<_>>();
        assert_eq!(names(Method::GET, "/v1/private/spans/{id}"), ["getSpanById"]);
        assert_eq!(
            names(Method::POST, "/v1/private/traces/batch"),
            ["general_events", "workspace_events"]
        );
        assert_eq!(
            names(Method::POST, "/v1/private/traces"),
            ["general_events", "workspace_events", "singleTracingOps"]
        );
        assert!(names(Method::GET, "/v1/private/projects").is_empty());
        assert!(names(Method::GET, "/is-alive/ping").is_empty());
    }
}
