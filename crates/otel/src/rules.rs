//! What attributes of the known instrumentations mean.
//!
//! The first rule that matches decides, in the order of the tables and of the rows within. What no rule matches is input.

use ferropik_model::SpanType;

/// Where an attribute goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A member of the input.
    Input,
    /// A member of the output.
    Output,
    /// A member of the metadata.
    Metadata,
    /// Name of the model.
    Model,
    /// Who serves the model.
    Provider,
    /// A count of tokens, or an object of them.
    Usage,
    /// Cost in US dollars.
    Cost,
    /// Conversation; the first attribute wins.
    Thread,
    /// Labels.
    Tags,
    /// Says what the span does, and is a member of the metadata.
    Kind,
    /// Nowhere.
    Nowhere,
}

/// Where the attributes with certain keys go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// Keys; with `*` at their end, all keys that begin so.
    keys: &'static [&'static str],
    /// Where they go.
    pub(crate) target: Target,
    /// What a span with such an attribute does.
    pub(crate) span_type: Option<SpanType>,
}

/// A rule that matches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matched<'a> {
    /// Where the attribute goes.
    pub(crate) target: Target,
    /// What the span does.
    pub(crate) span_type: Option<SpanType>,
    /// What is left of the key behind the prefix, or the whole key of an exact match.
    pub(crate) rest: &'a str,
}

const fn rule(target: Target, keys: &'static [&'static str]) -> Rule {
    Rule {
        keys,
        target,
        span_type: None,
    }
}

const fn llm(target: Target, keys: &'static [&'static str]) -> Rule {
    Rule {
        keys,
        target,
        span_type: Some(SpanType::Llm),
    }
}

const fn tool(target: Target, keys: &'static [&'static str]) -> Rule {
    Rule {
        keys,
        target,
        span_type: Some(SpanType::Tool),
    }
}

use Target::{Cost, Input, Kind, Metadata, Model, Nowhere, Output, Provider, Tags, Thread, Usage};

const LOGFIRE: &[Rule] = &[
    rule(Metadata, &["agent_name", "model_name"]),
    rule(Nowhere, &["logfire.span_type", "logfire.metrics"]),
    llm(Input, &["prompt"]),
    rule(Input, &["all_messages", "params", "tools", "tool_arguments"]),
    rule(
        Output,
        &["response", "result", "tool_responses", "tool_response", "final_result"],
    ),
    llm(Usage, &["usage"]),
];

/// The semantic conventions of OpenTelemetry, and what older instrumentations wrote before these were settled.
const GEN_AI: &[Rule] = &[
    rule(Input, &["gen_ai.prompt"]),
    rule(Output, &["gen_ai.completion"]),
    llm(
        Model,
        &[
            "gen_ai.request.model",
            "gen_ai.response.model",
            "gen_ai.request_model",
            "gen_ai.response_model",
        ],
    ),
    llm(Metadata, &["gen_ai.request.temperature", "gen_ai.response.id"]),
    rule(Metadata, &["gen_ai.response.finish_reasons"]),
    llm(Provider, &["gen_ai.system"]),
    llm(Cost, &["gen_ai.usage.cost"]),
    llm(Usage, &["gen_ai.usage.*"]),
    llm(Input, &["gen_ai.input.*"]),
    llm(Output, &["gen_ai.output.*"]),
    llm(Input, &["gen_ai.system_instructions"]),
    llm(Metadata, &["gen_ai.cost.*"]),
    rule(Input, &["gen_ai.tool.call.arguments"]),
    rule(Output, &["gen_ai.tool.call.result"]),
    rule(
        Metadata,
        &[
            "gen_ai.tool.*",
            "gen_ai.agent.*",
            "gen_ai.token.type",
            "gen_ai.framework",
            "gen_ai.operation.name",
        ],
    ),
    rule(Input, &["gen_ai.request.*"]),
    rule(Output, &["gen_ai.response*"]),
    rule(Thread, &["gen_ai.conversation.id"]),
];

const OPENINFERENCE: &[Rule] = &[llm(Model, &["llm.model_name"]), llm(Usage, &["llm.token_count.*"])];

const LIVEKIT: &[Rule] = &[
    rule(
        Metadata,
        &[
            "livekit.session.id",
            "lk.agent_label",
            "lk.speech_id",
            "lk.interrupted",
            "lk.retry_count",
            "lk.llm_metrics",
            "lk.tts_metrics",
            "lk.tts.streaming",
            "lk.tts.label",
            "lk.transcript_confidence",
            "lk.transcription_delay",
            "lk.end_of_turn_delay",
            "lk.eou.probability",
            "lk.eou.unlikely_threshold",
            "lk.eou.endpointing_delay",
            "lk.eou.language",
        ],
    ),
    rule(
        Input,
        &[
            "lk.input_text",
            "lk.chat_ctx",
            "lk.function_tools",
            "lk.user_input",
            "lk.user_transcript",
        ],
    ),
    rule(Output, &["lk.response.text", "lk.response.function_calls"]),
    tool(Metadata, &["lk.function_tool.name", "lk.function_tool.is_error"]),
    tool(Input, &["lk.function_tool.arguments"]),
    tool(Output, &["lk.function_tool.output"]),
];

const PYDANTIC: &[Rule] = &[
    rule(Metadata, &["logfire.msg"]),
    rule(
        Nowhere,
        &["logfire.msg_template", "logfire.json_schema", "logfire.level_num"],
    ),
    rule(Metadata, &["code.*"]),
];

const LITELLM: &[Rule] = &[rule(
    Metadata,
    &[
        "llm.is_streaming",
        "llm.user",
        "hidden_params",
        "llm.request.*",
        "llm.response.*",
        "metadata.*",
    ],
)];

const GENERAL: &[Rule] = &[
    rule(Input, &["input*"]),
    rule(Output, &["output*"]),
    rule(Metadata, &["server.address"]),
    rule(Thread, &["thread_id"]),
    rule(Tags, &["opik.tags"]),
    rule(Metadata, &["opik.metadata*"]),
    rule(Nowhere, &["opik.trace_id", "opik.parent_span_id", "opik.span_id"]),
];

const OTHERS: &[Rule] = &[
    rule(Metadata, &["smolagents.*"]),
    llm(Metadata, &["langfuse.observation.completion_start_time"]),
];

/// Attributes that Opik has no rules for and hence keeps in the input. They come last, so that everything else stays as
/// it is there.
const BEYOND_OPIK: &[Rule] = &[
    // GenAI
    llm(Provider, &["gen_ai.provider.name"]),
    llm(Input, &["gen_ai.prompt.*"]),
    llm(Output, &["gen_ai.completion.*"]),
    // OpenInference
    rule(Kind, &["openinference.span.kind"]),
    llm(Provider, &["llm.provider", "llm.system"]),
    llm(Input, &["llm.input_messages.*"]),
    llm(Output, &["llm.output_messages.*", "llm.completions.*"]),
    llm(Metadata, &["llm.invocation_parameters"]),
    tool(Metadata, &["tool.name", "tool.description"]),
    rule(Thread, &["session.id"]),
    rule(Metadata, &["user.id", "tag.tags"]),
    // OpenLLMetry
    rule(Kind, &["traceloop.span.kind"]),
    rule(Input, &["traceloop.entity.input"]),
    rule(Output, &["traceloop.entity.output"]),
    rule(Metadata, &["traceloop.*"]),
    // Vercel AI SDK
    rule(Input, &["ai.prompt*"]),
    rule(Output, &["ai.response.*"]),
    tool(Input, &["ai.toolCall.args"]),
    tool(Output, &["ai.toolCall.result"]),
    tool(Metadata, &["ai.toolCall.*"]),
    rule(
        Metadata,
        &[
            "ai.model.*",
            "ai.operationId",
            "ai.settings.*",
            "ai.telemetry.*",
            "ai.usage.*",
            "operation.name",
            "resource.name",
        ],
    ),
];

/// All tables but the one of Claude Code.
const TABLES: [&[Rule]; 9] = [
    LOGFIRE,
    GEN_AI,
    OPENINFERENCE,
    LIVEKIT,
    PYDANTIC,
    LITELLM,
    GENERAL,
    OTHERS,
    BEYOND_OPIK,
];

/// Beginning of the names of the spans that Claude Code makes.
const CLAUDE_CODE_PREFIX: &str = "claude_code.";

const CLAUDE_CODE: &[Rule] = &[
    rule(Input, &["user_prompt", "hook_event", "hook_name", "hook_definitions"]),
    tool(Input, &["tool_input"]),
    llm(Model, &["model"]),
    llm(Input, &["system_prompt_preview"]),
    llm(
        Output,
        &["response.model_output", "stop_reason", "response.has_tool_call"],
    ),
    llm(
        Usage,
        &[
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_creation_tokens",
        ],
    ),
    rule(Thread, &["session.id"]),
];

/// The name of the span of Claude Code that calls the model, whose `new_context` is what the model is asked.
const CLAUDE_CODE_REQUEST: &str = "claude_code.llm_request";

const CLAUDE_CODE_REQUEST_RULES: &[Rule] = &[rule(Input, &["new_context"])];

/// The rules for a span.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleSet {
    /// Tables that go first.
    first: [&'static [Rule]; 2],
    /// Where attributes go that no rule matches.
    default: Target,
    /// Who serves the model, unless an attribute says so.
    pub(crate) provider: Option<&'static str>,
    /// Name of the event whose attributes `output` and `content` are output.
    pub(crate) output_event: Option<&'static str>,
}

impl RuleSet {
    /// The rules for spans of that name.
    pub(crate) fn of_span(name: &str) -> RuleSet {
        if !name.starts_with(CLAUDE_CODE_PREFIX) {
            return RuleSet {
                first: [&[], &[]],
                default: Input,
                provider: None,
                output_event: None,
            };
        }
        let of_name = if name == CLAUDE_CODE_REQUEST {
            CLAUDE_CODE_REQUEST_RULES
        } else {
            &[]
        };
        RuleSet {
            first: [CLAUDE_CODE, of_name],
            default: Metadata,
            provider: Some("anthropic"),
            output_event: Some("tool.output"),
        }
    }

    /// Where the attribute with a key goes.
    pub(crate) fn find<'a>(&self, key: &'a str) -> Matched<'a> {
        let tables = self.first.iter().chain(&TABLES);
        for rule in tables.flat_map(|table| table.iter()) {
            for wanted in rule.keys {
                let rest = match wanted.strip_suffix('*') {
                    Some(prefix) => key.strip_prefix(prefix),
                    None => (key == *wanted).then_some(key),
                };
                if let Some(rest) = rest {
                    return Matched {
                        target: rule.target,
                        span_type: rule.span_type,
                        rest,
                    };
                }
            }
        }
        Matched {
            target: self.default,
            span_type: None,
            rest: key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(span: &str, expected: &[(Target, Option<SpanType>, &[&str])]) {
        let rules = RuleSet::of_span(span);
        for (target, span_type, keys) in expected {
            for key in *keys {
                let found = rules.find(key);
                assert_eq!((found.target, found.span_type), (*target, *span_type), "{key}");
            }
        }
    }

    const LLM: Option<SpanType> = Some(SpanType::Llm);
    const TOOL: Option<SpanType> = Some(SpanType::Tool);

    #[test]
    fn every_rule_is_reachable() {
        for (number, table) in TABLES.iter().enumerate() {
            for rule in *table {
                for key in rule.keys {
                    let example = key.replace('*', ".x");
                    let found = RuleSet::of_span("").find(&example);
                    assert_eq!(
                        (found.target, found.span_type),
                        (rule.target, rule.span_type),
                        "table {number}: {key}"
                    );
                }
            }
        }
    }

    #[test]
    fn exact_keys_go_before_their_prefixes() {
        check(
            "chat",
            &[
                (Cost, LLM, &["gen_ai.usage.cost"]),
                (Usage, LLM, &["gen_ai.usage.input_tokens", "gen_ai.usage.costs"]),
                (Model, LLM, &["gen_ai.request.model", "gen_ai.response_model"]),
                (Input, None, &["gen_ai.request.max_tokens", "gen_ai.prompt"]),
                (Output, None, &["gen_ai.response.text", "gen_ai.responses"]),
                (Metadata, None, &["gen_ai.response.finish_reasons", "gen_ai.tool.name"]),
                (Input, None, &["gen_ai.tool.call.arguments"]),
            ],
        );
        assert_eq!(
            RuleSet::of_span("").find("gen_ai.usage.input_tokens").rest,
            "input_tokens"
        );
        assert_eq!(RuleSet::of_span("").find("usage").rest, "usage");
    }

    #[test]
    fn what_no_rule_matches_is_input() {
        check(
            "GET /",
            &[(
                Input,
                None,
                &["http.method", "custom", "", "gen_ai", "Input.value", "inputs"],
            )],
        );
    }

    #[test]
    fn claude_code_has_rules_of_its_own() {
        check(
            "claude_code.llm_request",
            &[
                (Model, LLM, &["model"]),
                (Usage, LLM, &["input_tokens", "cache_read_tokens"]),
                (Input, None, &["new_context", "user_prompt"]),
                (Metadata, None, &["custom"]),
                (Thread, None, &["session.id"]),
                (Input, None, &["input.value"]),
            ],
        );
        check(
            "claude_code.tool",
            &[(Metadata, None, &["new_context"]), (Input, TOOL, &["tool_input"])],
        );
        check("other", &[(Input, None, &["model", "new_context", "input_tokens"])]);
    }

    #[test]
    fn frameworks_are_known() {
        check(
            "step",
            &[
                (
                    Nowhere,
                    None,
                    &["logfire.span_type", "logfire.json_schema", "opik.span_id"],
                ),
                (
                    Input,
                    LLM,
                    &[
                        "prompt",
                        "gen_ai.input.messages",
                        "llm.input_messages.0.message.content",
                    ],
                ),
                (Output, LLM, &["gen_ai.output.messages", "gen_ai.completion.0.content"]),
                (
                    Output,
                    None,
                    &["final_result", "output.value", "lk.response.text", "ai.response.text"],
                ),
                (Output, TOOL, &["lk.function_tool.output", "ai.toolCall.result"]),
                (
                    Metadata,
                    None,
                    &["code.lineno", "metadata.user", "smolagents.step", "lk.eou.language"],
                ),
                (Metadata, LLM, &["langfuse.observation.completion_start_time"]),
                (Thread, None, &["thread_id", "gen_ai.conversation.id", "session.id"]),
                (Kind, None, &["openinference.span.kind", "traceloop.span.kind"]),
                (Tags, None, &["opik.tags"]),
            ],
        );
    }
}
