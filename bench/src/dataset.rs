//! The measured data set: which traces and spans exist, derived from the row number alone.

use crate::draw::{Draw, Stream};
use uuid::{Builder, Uuid};

/// Length of the covered period in microseconds (30 days).
pub(crate) const WINDOW_US: i64 = 30 * 24 * 3_600 * 1_000_000;

/// Start of the covered period unless configured: 2026-01-01T00:00:00Z in Unix microseconds.
pub(crate) const DEFAULT_START_US: i64 = 1_767_225_600_000_000;

/// Spans of the one exceptionally large trace that a load adds.
pub(crate) const WIDE_TRACE_SPANS: usize = 10_000;

/// Tags that traces carry, zero to three each.
pub(crate) const TAGS: [&str; 20] = [
    "beta",
    "vip",
    "nightly",
    "mobile",
    "web",
    "trial",
    "migrated",
    "slow-path",
    "escalated",
    "cached",
    "reviewed",
    "german",
    "french",
    "fallback",
    "long-context",
    "tool-use",
    "voice",
    "import",
    "canary",
    "internal",
];

/// Names of traces (and of their root spans).
pub(crate) const TRACE_NAMES: [&str; 8] = [
    "answer_question",
    "summarise_ticket",
    "route_message",
    "extract_fields",
    "draft_reply",
    "plan_journey",
    "review_contract",
    "agent_run",
];

/// Feedback score names; a scored trace has exactly these two.
pub(crate) const SCORE_NAMES: [&str; 2] = ["relevance", "helpfulness"];

/// Deployment environments; traces beyond the last one carry none.
pub(crate) const ENVIRONMENTS: [&str; 3] = ["production", "staging", "development"];

/// Subscription plans in `metadata.user.plan`.
pub(crate) const PLANS: [&str; 3] = ["free", "team", "enterprise"];

/// Number of distinct `metadata.user.id` values.
pub(crate) const USERS: u64 = 20_000;

/// Models with their providers. The last one is absent from public price tables, so its spans
/// carry an explicit cost.
pub(crate) const MODELS: [(&str, &str); 5] = [
    ("gpt-4o-mini", "openai"),
    ("gpt-4o", "openai"),
    ("claude-sonnet-4-5", "anthropic"),
    ("gpt-4.1", "openai"),
    ("house-7b-instruct", "self_hosted"),
];

/// Role of a span inside its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Plain step, also the root.
    General,
    /// Tool call or retrieval.
    Tool,
    /// Model call.
    Llm,
}

/// Token counts of a model call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// Tokens read.
    pub(crate) prompt: u64,
    /// Tokens written.
    pub(crate) completion: u64,
    /// Part of `prompt` that came from the provider's cache.
    pub(crate) cached: u64,
}

/// Everything about one span except its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SpanPlan {
    /// Version 7 id carrying the start time.
    pub(crate) id: Uuid,
    /// Index of the parent in [`TracePlan::spans`]; `None` for the root.
    pub(crate) parent: Option<usize>,
    /// Role.
    pub(crate) kind: Kind,
    /// Start, Unix microseconds.
    pub(crate) start_us: i64,
    /// End, Unix microseconds; `None` while open.
    pub(crate) end_us: Option<i64>,
    /// Index into [`MODELS`]; only meaningful for model calls.
    pub(crate) model: usize,
    /// Token counts of a model call.
    pub(crate) tokens: Option<Tokens>,
    /// Whether the span failed.
    pub(crate) failed: bool,
}

/// Everything about one trace except its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TracePlan {
    /// Row number within the data set.
    pub(crate) row: u64,
    /// Version 7 id carrying the start time; ids grow with the row number.
    pub(crate) id: Uuid,
    /// Index into [`Dataset::projects`].
    pub(crate) project: usize,
    /// Index into [`TRACE_NAMES`].
    pub(crate) name: usize,
    /// Thread number, for 30 % of the traces.
    pub(crate) thread: Option<u64>,
    /// Start, Unix microseconds.
    pub(crate) start_us: i64,
    /// End, Unix microseconds; `None` for the 2 % that are open.
    pub(crate) end_us: Option<i64>,
    /// Indexes into [`TAGS`], distinct.
    pub(crate) tags: Vec<usize>,
    /// Whether the trace failed (3 %).
    pub(crate) failed: bool,
    /// Index into [`ENVIRONMENTS`].
    pub(crate) environment: Option<usize>,
    /// User number below [`USERS`].
    pub(crate) user: u64,
    /// Index into [`PLANS`].
    pub(crate) plan: usize,
    /// Whether the input holds the rare word (0.1 %).
    pub(crate) rare: bool,
    /// Values of [`SCORE_NAMES`] in hundredths, for 40 % of the traces.
    pub(crate) scores: Option<[u64; 2]>,
    /// Spans, the root first.
    pub(crate) spans: Vec<SpanPlan>,
}

/// Parameters of a data set. Equal parameters give equal bytes on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Dataset {
    /// Seed of all random choices.
    pub(crate) seed: u64,
    /// Separates data sets that share a seed and a server.
    pub(crate) salt: u64,
    /// Number of ordinary traces (the wide one comes on top).
    pub(crate) traces: u64,
    /// Start of the 30 days, Unix microseconds.
    pub(crate) start_us: i64,
    /// Project names, with 80, 14, 5 and 1 % of the traces.
    pub(crate) projects: [String; 4],
}

impl Dataset {
    /// A data set whose projects are called `<prefix>-main`, `-support`, `-batch` and `-lab`.
    pub(crate) fn new(seed: u64, salt: u64, traces: u64, start_us: i64, prefix: &str) -> Self {
        let projects = ["main", "support", "batch", "lab"].map(|part| format!("{prefix}-{part}"));
        Self {
            seed,
            salt,
            traces: traces.max(1),
            start_us,
            projects,
        }
    }

    /// Opens a random stream of one row.
    pub(crate) fn draw(&self, stream: Stream, row: u64) -> Draw {
        Draw::new(self.seed, self.salt, stream, row)
    }

    /// The name under which a thread is sent.
    pub(crate) fn thread_name(&self, thread: u64) -> String {
        format!("conversation-{:x}-{thread:07}", self.salt)
    }

    /// Plans the trace of one row below [`Dataset::traces`].
    pub(crate) fn plan(&self, row: u64) -> TracePlan {
        let mut draw = self.draw(Stream::Plan, row);
        let step_us = (WINDOW_US / self.traces as i64).max(1);
        let jitter_us = draw.below(step_us.min(1 << 31) as u64) as i64;
        let start_us = self.start_us + row as i64 * step_us + jitter_us;
        let duration_us = draw.skewed(250_000, 12_000_000) as i64;
        let thread = thread_of(row, &mut draw);
        let project = match thread {
            // A conversation never leaves its project.
            Some(number) => pick_project(&mut self.draw(Stream::Thread, number)),
            None => pick_project(&mut draw),
        };
        let open = draw.chance(20);
        let failed = draw.chance(30);
        let mut plan = TracePlan {
            row,
            id: ordered_id(start_us, row, &mut draw),
            project,
            name: draw.below(TRACE_NAMES.len() as u64) as usize,
            thread,
            start_us,
            end_us: (!open).then_some(start_us + duration_us),
            tags: pick_tags(&mut draw),
            failed,
            environment: pick_environment(&mut draw),
            user: draw.below(USERS),
            plan: draw.below(PLANS.len() as u64) as usize,
            rare: draw.chance(1),
            scores: None,
            spans: Vec::new(),
        };
        if draw.chance(400) {
            plan.scores = Some([draw.below(101), draw.below(101)]);
        }
        let count = 3 + draw.below(5) as usize;
        plan.spans = plan_spans(&plan, count, duration_us, &mut draw);
        plan
    }

    /// Plans the additional trace with [`WIDE_TRACE_SPANS`] spans; it lies in the middle of the
    /// period, in the largest project.
    pub(crate) fn plan_wide(&self) -> TracePlan {
        let row = self.traces;
        let mut draw = self.draw(Stream::Plan, row);
        let start_us = self.start_us + WINDOW_US / 2;
        let duration_us = 300_000_000;
        let mut plan = TracePlan {
            row,
            id: ordered_id(start_us, row, &mut draw),
            project: 0,
            name: TRACE_NAMES.len() - 1,
            thread: None,
            start_us,
            end_us: Some(start_us + duration_us),
            tags: Vec::new(),
            failed: false,
            environment: Some(0),
            user: 0,
            plan: 0,
            rare: false,
            scores: None,
            spans: Vec::new(),
        };
        plan.spans = plan_spans(&plan, WIDE_TRACE_SPANS, duration_us, &mut draw);
        plan
    }
}

/// 15 of 50 consecutive traces belong to one of three conversations, so a conversation has five
/// traces on average and they lie close together in time.
fn thread_of(row: u64, draw: &mut Draw) -> Option<u64> {
    let (block, slot) = (row / 50, row % 50);
    let member = draw.below(3);
    (slot * 7 % 10 < 3).then_some(block * 3 + member)
}

fn pick_project(draw: &mut Draw) -> usize {
    match draw.below(100) {
        0..80 => 0,
        80..94 => 1,
        94..99 => 2,
        _ => 3,
    }
}

fn pick_environment(draw: &mut Draw) -> Option<usize> {
    match draw.below(100) {
        0..60 => Some(0),
        60..85 => Some(1),
        85..95 => Some(2),
        _ => None,
    }
}

fn pick_tags(draw: &mut Draw) -> Vec<usize> {
    let count = draw.below(4) as usize;
    let mut tags = Vec::with_capacity(count);
    while tags.len() < count {
        let tag = draw.below(TAGS.len() as u64) as usize;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn plan_spans(trace: &TracePlan, count: usize, duration_us: i64, draw: &mut Draw) -> Vec<SpanPlan> {
    let mut spans: Vec<SpanPlan> = Vec::with_capacity(count);
    spans.push(SpanPlan {
        id: random_id(trace.start_us, draw),
        parent: None,
        kind: Kind::General,
        start_us: trace.start_us,
        end_us: trace.end_us,
        model: 0,
        tokens: None,
        failed: trace.failed,
    });
    let slice_us = duration_us / count as i64;
    for index in 1..count {
        // The first child is always a model call, so that every trace has one.
        let kind = match draw.below(100) {
            _ if index == 1 => Kind::Llm,
            0..40 => Kind::Llm,
            40..80 => Kind::Tool,
            _ => Kind::General,
        };
        let start_us = trace.start_us + slice_us * (index as i64 - 1) + draw.below(500) as i64;
        let spent_us = slice_us / 2 + draw.below((slice_us / 2).max(1) as u64) as i64;
        let still_open = trace.end_us.is_none() && index + 1 == count;
        let tokens = (kind == Kind::Llm).then(|| {
            let prompt = draw.skewed(150, 9_000);
            let cached = if draw.chance(300) { prompt / 2 } else { 0 };
            Tokens {
                prompt,
                completion: draw.skewed(20, 1_500),
                cached,
            }
        });
        spans.push(SpanPlan {
            id: random_id(start_us, draw),
            parent: Some(pick_parent(index, count, draw)),
            kind,
            start_us,
            end_us: (!still_open).then_some(start_us + spent_us),
            model: draw.below(MODELS.len() as u64) as usize,
            tokens,
            failed: trace.failed && index == 1,
        });
    }
    spans
}

/// Ordinary traces are two to three levels deep; the wide trace has groups of about 100 spans.
fn pick_parent(index: usize, count: usize, draw: &mut Draw) -> usize {
    if count > 100 {
        return if index % 100 == 1 {
            0
        } else {
            (index - 1) / 100 * 100 + 1
        };
    }
    if draw.chance(700) {
        0
    } else {
        draw.below(index as u64) as usize
    }
}

/// An id whose order follows the row number even within one millisecond (for 4096 rows).
fn ordered_id(time_us: i64, row: u64, draw: &mut Draw) -> Uuid {
    let mut bytes = draw.id_bytes();
    let low = (row & 0xfff) as u16;
    bytes[0..2].copy_from_slice(&low.to_be_bytes());
    Builder::from_unix_timestamp_millis((time_us / 1000) as u64, &bytes).into_uuid()
}

fn random_id(time_us: i64, draw: &mut Draw) -> Uuid {
    Builder::from_unix_timestamp_millis((time_us / 1000) as u64, &draw.id_bytes()).into_uuid()
}
