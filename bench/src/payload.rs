//! The free JSON of traces and spans: `input`, `output` and `metadata`.

use crate::corpus::{Corpus, RARE_WORD};
use crate::dataset::{Kind, MODELS, PLANS, SpanPlan, TracePlan};
use crate::draw::Draw;
use std::io::Write as _;

/// One in a hundred texts has this many bytes.
const LONG_TEXT: usize = 20_000;

/// Mean lengths of the ordinary texts in bytes. They are chosen so that, with the long texts and
/// the JSON around them, a row averages 1073 bytes of input, 984 of output and 765 of metadata.
const INPUT_TEXT: u64 = 764;
const OUTPUT_TEXT: u64 = 695;
const NOTE_TEXT: u64 = 404;

/// Appends formatted text to a byte buffer.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        write!($out, $($arg)*).expect("writing to a vector cannot fail")
    };
}
pub(crate) use put;

/// Writes payloads from the text chain.
pub(crate) struct PayloadWriter<'a> {
    corpus: &'a Corpus,
}

impl<'a> PayloadWriter<'a> {
    /// Uses the given text source.
    pub(crate) fn new(corpus: &'a Corpus) -> Self {
        Self { corpus }
    }

    /// Appends the input of a trace, which its root span repeats.
    pub(crate) fn trace_input(&self, plan: &TracePlan, draw: &mut Draw, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"question\":\"");
        if plan.rare {
            put!(out, "{RARE_WORD} ");
        }
        self.text(draw, INPUT_TEXT * 8 / 10, true, out);
        out.extend_from_slice(b"\",\"history\":[{\"role\":\"user\",\"content\":\"");
        self.text(draw, INPUT_TEXT / 10, false, out);
        out.extend_from_slice(b"\"},{\"role\":\"assistant\",\"content\":\"");
        self.text(draw, INPUT_TEXT / 10, false, out);
        put!(out, "\"}}],\"locale\":\"en-GB\",\"top_k\":{}}}", 4 + draw.below(8));
    }

    /// Appends the output of a trace, which its root span repeats.
    pub(crate) fn trace_output(&self, draw: &mut Draw, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"answer\":\"");
        self.text(draw, OUTPUT_TEXT, true, out);
        out.extend_from_slice(b"\",\"sources\":[");
        for index in 0..2 {
            let comma = if index == 0 { "" } else { "," };
            let (noun, number) = (self.corpus.noun(draw), draw.below(90_000));
            put!(
                out,
                "{comma}{{\"doc\":\"{noun}-{number}\",\"score\":0.{:03}}}",
                100 + draw.below(900)
            );
        }
        out.extend_from_slice(b"],\"finish_reason\":\"stop\"}");
    }

    /// Appends the input of a child span.
    pub(crate) fn span_input(&self, span: &SpanPlan, draw: &mut Draw, out: &mut Vec<u8>) {
        match span.kind {
            Kind::Llm => {
                let model = MODELS[span.model].0;
                put!(
                    out,
                    "{{\"model\":\"{model}\",\"messages\":[{{\"role\":\"system\",\"content\":\""
                );
                self.text(draw, INPUT_TEXT / 3, false, out);
                out.extend_from_slice(b"\"},{\"role\":\"user\",\"content\":\"");
                self.text(draw, INPUT_TEXT * 2 / 3, true, out);
                put!(out, "\"}}],\"temperature\":0.{},\"max_tokens\":1024}}", draw.below(10));
            }
            Kind::Tool => {
                out.extend_from_slice(b"{\"query\":\"");
                self.text(draw, INPUT_TEXT, true, out);
                let (noun, page) = (self.corpus.noun(draw), draw.below(40));
                put!(
                    out,
                    "\",\"filters\":{{\"collection\":\"{noun}\",\"archived\":false}},\"limit\":10,\"page\":{page}}}"
                );
            }
            Kind::General => {
                out.extend_from_slice(b"{\"text\":\"");
                self.text(draw, INPUT_TEXT, true, out);
                put!(
                    out,
                    "\",\"step\":{},\"strict\":true,\"language\":\"en\"}}",
                    draw.below(12)
                );
            }
        }
    }

    /// Appends the output of a child span.
    pub(crate) fn span_output(&self, span: &SpanPlan, draw: &mut Draw, out: &mut Vec<u8>) {
        match span.kind {
            Kind::Llm => {
                put!(
                    out,
                    "{{\"id\":\"completion-{:08x}\",\"choices\":[{{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"",
                    draw.bits()
                );
                self.text(draw, OUTPUT_TEXT, true, out);
                out.extend_from_slice(b"\"},\"finish_reason\":\"stop\"}]}");
            }
            Kind::Tool => {
                out.extend_from_slice(b"{\"documents\":[");
                for index in 0..2 {
                    let comma = if index == 0 { "" } else { "," };
                    let (noun, number) = (self.corpus.noun(draw), draw.below(90_000));
                    put!(
                        out,
                        "{comma}{{\"id\":\"{noun}-{number}\",\"score\":0.{:03},\"text\":\"",
                        100 + draw.below(900)
                    );
                    self.text(draw, OUTPUT_TEXT / 2, index == 0, out);
                    out.extend_from_slice(b"\"}");
                }
                out.extend_from_slice(b"]}");
            }
            Kind::General => {
                out.extend_from_slice(b"{\"result\":\"");
                self.text(draw, OUTPUT_TEXT, true, out);
                put!(
                    out,
                    "\",\"changed\":{},\"confidence\":0.{:02}}}",
                    draw.chance(500),
                    draw.below(100)
                );
            }
        }
    }

    /// Appends the metadata of a trace or of one of its spans.
    pub(crate) fn metadata(&self, plan: &TracePlan, draw: &mut Draw, out: &mut Vec<u8>) {
        let channel = ["web", "mobile", "mail", "api"][draw.below(4) as usize];
        put!(
            out,
            "{{\"user\":{{\"id\":\"user-{:05}\",\"plan\":\"{}\"}},\"session\":{{\"id\":\"{:08x}{:08x}\",\"channel\":\"{channel}\",\"turn\":{}}}",
            plan.user,
            PLANS[plan.plan],
            draw.bits(),
            draw.bits(),
            draw.below(30),
        );
        put!(
            out,
            ",\"release\":{{\"version\":\"4.{}.{}\",\"commit\":\"{:07x}\"}}",
            draw.below(3),
            draw.below(20),
            draw.below(40) * 0x9e_377 + 0x1000
        );
        put!(
            out,
            ",\"request\":{{\"id\":\"{:08x}\",\"region\":\"eu-central-{}\",\"host\":\"worker-{:02}\",\"retries\":{},\"queue_ms\":{}.{:02}}}",
            draw.bits(),
            1 + draw.below(2),
            draw.below(24),
            draw.below(2),
            draw.skewed(0, 400),
            draw.below(100),
        );
        put!(
            out,
            ",\"retrieval\":{{\"index\":\"articles-v{}\",\"top_k\":8,\"threshold\":0.{}}}",
            1 + draw.below(3),
            50 + draw.below(40)
        );
        put!(
            out,
            ",\"flags\":[\"{}\",\"{}\"],\"note\":\"",
            self.corpus.noun(draw),
            self.corpus.noun(draw)
        );
        self.text(draw, NOTE_TEXT, false, out);
        out.extend_from_slice(b"\"}");
    }

    /// Appends a text whose ordinary length averages `mean` bytes; where `may_be_long`, one text
    /// in a hundred has 20 KB instead.
    fn text(&self, draw: &mut Draw, mean: u64, may_be_long: bool, out: &mut Vec<u8>) {
        let length = if may_be_long && draw.chance(10) {
            LONG_TEXT
        } else {
            // A cube-skewed number averages a quarter of its range: 0.4 + 2.4 / 4 = 1 mean.
            let low = mean * 4 / 10;
            draw.skewed(low, low + (mean * 24 / 10).max(1)) as usize
        };
        self.corpus.write_text(draw, length, out);
    }
}
