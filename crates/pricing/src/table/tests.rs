//! Table contents, lookup and the cost of a new span.

use std::io::Write;

use super::*;

mod formulas;
mod properties;

const SMALL: &str = "provider\tmodel\tmode\tinput_cost_per_token\toutput_cost_per_token\tcache_read_input_token_cost\t\
                     cache_creation_input_token_cost\tinput_cost_per_audio_token\toutput_cost_per_audio_token\t\
                     input_cost_per_character\toutput_cost_per_video_per_second\n";

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal literal")
}

fn table(rows: &str) -> PriceTable {
    let mut table = PriceTable::default();
    table.merge(&format!("{SMALL}{rows}")).expect("valid rows");
    table
}

fn usage(counts: &[(&str, i64)]) -> IndexMap<String, i64> {
    counts.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect()
}

fn cost(table: &PriceTable, model: &str, provider: &str, counts: &[(&str, i64)]) -> Decimal {
    let usage = usage(counts);
    table.cost(Some(model), Some(provider), |key| usage.get(key).copied())
}

#[track_caller]
fn assert_cost(table: &PriceTable, model: &str, provider: &str, counts: &[(&str, i64)], expected: &str) {
    assert_eq!(
        cost(table, model, provider, counts),
        decimal(expected),
        "{model} at {provider}"
    );
}

/// Input rate of the row a lookup ends at, 0 when it finds none.
fn input_cost(table: &PriceTable, model: &str, provider: &str) -> Decimal {
    cost(table, model, provider, &[("prompt_tokens", 1)])
}

#[test]
fn builtin_prices_agree_with_known_calls() {
    let builtin = PriceTable::builtin();
    let chat = [("prompt_tokens", 1000), ("completion_tokens", 500)];
    assert_cost(builtin, "gpt-4o", "openai", &chat, "0.0075");
    let cached = [
        chat[0],
        chat[1],
        ("original_usage.prompt_tokens_details.cached_tokens", 200),
    ];
    assert_cost(builtin, "gpt-4o", "openai", &cached, "0.00725");
    let sonnet = [
        ("original_usage.input_tokens", 1000),
        ("original_usage.output_tokens", 500),
        ("original_usage.cache_read_input_tokens", 2000),
        ("original_usage.cache_creation_input_tokens", 300),
    ];
    assert_cost(builtin, "claude-sonnet-4-5", "anthropic", &sonnet, "0.012225");
    let haiku = [
        ("original_usage.inputTokens", 100),
        ("original_usage.outputTokens", 20),
        ("original_usage.cacheReadInputTokens", 10),
        ("original_usage.cacheWriteInputTokens", 5),
    ];
    assert_cost(
        builtin,
        "anthropic.claude-3-5-haiku-20241022-v1:0",
        "bedrock",
        &haiku,
        "0.0001658",
    );
    let audio = [
        ("prompt_tokens", 1000),
        ("completion_tokens", 200),
        ("original_usage.prompt_tokens_details.audio_tokens", 300),
    ];
    assert_cost(builtin, "gpt-4o-audio-preview", "openai", &audio, "0.01575");
    assert_cost(builtin, "gpt-4o-mini", "openai", &audio, "0.00027");
    assert_cost(builtin, "sora-2", "openai", &[("video_duration_seconds", 4)], "0.4");
}

#[test]
fn the_builtin_table_covers_every_provider_and_retired_models() {
    let builtin = PriceTable::builtin();
    assert!(builtin.len() > 1000, "{} rows", builtin.len());
    let mut providers: Vec<&str> = builtin.providers.keys().map(AsRef::as_ref).collect();
    providers.sort_unstable();
    assert_eq!(
        providers,
        [
            "anthropic",
            "anthropic_vertexai",
            "azure",
            "bedrock",
            "elastic",
            "google_ai",
            "google_vertexai",
            "groq",
            "jina_ai",
            "mistral",
            "openai",
            "xai",
        ]
    );
    assert!(input_cost(builtin, "claude-3-5-sonnet-20241022", "anthropic") > Decimal::ZERO);
}

#[test]
fn builtin_overrides_and_aliases_apply() {
    let builtin = PriceTable::builtin();
    let all = [
        ("prompt_tokens", 1_000_000),
        ("completion_tokens", 1_000_000),
        ("cache_creation_input_tokens", 1_000_000),
        ("cache_read_input_tokens", 1_000_000),
    ];
    assert_cost(builtin, "claude-fable-5", "anthropic", &all, "73.5");
    assert_cost(builtin, "anthropic.claude-fable-5", "bedrock", &all, "73.5");
    assert_cost(builtin, "global.anthropic.claude-fable-5", "bedrock", &all, "73.5");
    assert_cost(builtin, "us.anthropic.claude-fable-5", "bedrock", &all, "80.85");
    assert_cost(builtin, "eu.anthropic.claude-fable-5", "bedrock", &all, "80.85");
    // Cached tokens are part of the prompt for Gemini.
    assert_cost(builtin, "gemini-3-flash", "google_ai", &all, "3.05");

    let million = &all[..2];
    for (model, provider, expected) in [
        ("multilingual-e5-large", "azure", "0.1"),
        ("elser_model_2", "elastic", "0.08"),
        ("gemini-3.1-pro", "google_ai", "14"),
        ("gemini-embedding-002", "google_ai", "0.2"),
        ("gpt-oss-120b", "openai", "0.229"),
        ("gpt-oss-20b", "openai", "0.17"),
        ("jina-clip-v2", "jina_ai", "0.05"),
        ("jina-embeddings-v3", "jina_ai", "0.02"),
        ("jina-embeddings-v5-omni-nano", "jina_ai", "0.05"),
        ("jina-embeddings-v5-omni-small", "jina_ai", "0.05"),
        ("jina-embeddings-v5-text-nano", "jina_ai", "0.02"),
        ("jina-embeddings-v5-text-small", "jina_ai", "0.02"),
        ("mistral-medium-3-5", "mistral", "9"),
        ("mistral-small-2603", "mistral", "0.75"),
    ] {
        assert_cost(builtin, model, provider, million, expected);
    }
    for (alias, listed) in ALIASES {
        let expected = cost(builtin, listed, "anthropic", &all);
        assert!(expected > Decimal::ZERO, "{listed}");
        assert_eq!(cost(builtin, alias, "anthropic", &all), expected, "{alias}");
    }
    assert!(input_cost(builtin, "anthropic/claude-4.5-sonnet", "anthropic") > Decimal::ZERO);
}

#[test]
fn lookup_tries_the_spellings_in_order() {
    let rows = "openai\tGPT-X.1\t\t1\n\
                openai\tgpt-x-1\t\t2\n\
                openai\tplain.1\t\t3\n\
                openai\tother-1\t\t4\n\
                openai\trev.1\t\t5\n\
                openai\tnorm-1\t\t6\n\
                openai\tdated-2024-01-02\t\t7\n\
                openai\tdated\t\t8\n";
    let table = table(rows);
    for (model, expected) in [
        ("GPT-X.1", 1),
        ("openai/GPT-X.1", 1),
        ("gpt-X.1", 2),
        ("gpt-x-1", 2),
        ("PLAIN.1-2024-05-13", 3),
        ("PLAIN.1", 3),
        ("Other.1-2024-05-13", 4),
        ("REV.1:0", 5),
        ("rev.1:123", 5),
        ("Norm.1:7", 6),
        ("dated-2024-01-02", 7),
        ("dated-2024-01-03", 8),
        ("unknown", 0),
        ("", 0),
        ("dated-2024-1-03", 0),
        ("dated-24-01-03", 0),
        ("rev.1:", 0),
        ("rev.1:x", 0),
        ("other-1-2024-05-13:0", 0),
        ("a/openai/gpt-x-1", 0),
        ("é-2024-05-13", 0),
        ("2024-05-1é", 0),
    ] {
        assert_eq!(input_cost(&table, model, "openai"), Decimal::from(expected), "{model}");
    }
}

#[test]
fn a_known_model_without_rates_ends_the_lookup() {
    let table = table("openai\tm.1\nopenai\tm-1\t\t2\n");
    assert_eq!(input_cost(&table, "m.1", "openai"), Decimal::ZERO);
}

#[test]
fn providers_match_by_name_or_alias() {
    let table = table("gemini\tm\t\t1\nvertex_ai-language-models\tm\t\t2\nown gateway\tm\t\t3\n");
    for (provider, expected) in [
        ("google_ai", 1),
        ("gemini", 1),
        ("google_vertexai", 2),
        ("vertex-ai", 2),
        ("own gateway", 3),
        ("vertex_ai-language-models", 0),
        ("Google_AI", 0),
        ("openai", 0),
        (" ", 0),
        ("", 0),
    ] {
        assert_eq!(input_cost(&table, "m", provider), Decimal::from(expected), "{provider}");
    }
    assert_eq!(table.cost(None, Some("gemini"), |_| Some(1)), Decimal::ZERO);
    assert_eq!(table.cost(Some(" "), Some("gemini"), |_| Some(1)), Decimal::ZERO);
    assert_eq!(table.cost(Some("m"), None, |_| Some(1)), Decimal::ZERO);
}

#[test]
fn amounts_are_exact_and_rounded_once() {
    let table = table("openai\tm\t\t1e-13\t3e-13\nopenai\tbig\t\t1e6\n");
    assert_cost(
        &table,
        "m",
        "openai",
        &[("prompt_tokens", 2), ("completion_tokens", 1)],
        "0.000000000001",
    );
    assert_cost(&table, "m", "openai", &[("prompt_tokens", 4)], "0");
    assert_cost(
        &table,
        "m",
        "openai",
        &[("prompt_tokens", i64::MAX)],
        "922337.203685477581",
    );
    assert_cost(
        &table,
        "big",
        "openai",
        &[("prompt_tokens", i64::MAX)],
        "9223372036854775807000000",
    );
    assert_cost(&table, "big", "openai", &[("prompt_tokens", i64::MIN)], "0");
}

fn on_create(
    supplied: Option<&str>,
    model: Option<&str>,
    provider: Option<&str>,
    metadata: Option<&str>,
) -> Option<(String, &'static str)> {
    let table = table("openai\tm\t\t0.5\n");
    table
        .cost_on_create(
            supplied.map(decimal),
            model,
            provider,
            &usage(&[("prompt_tokens", 4)]),
            metadata,
        )
        .map(|cost| (cost.amount.to_string(), cost.version))
}

#[test]
fn a_new_span_prefers_the_supplied_then_the_computed_then_the_stated_cost() {
    let stated = r#"{"model":"m","cost":{"total_cost":7,"currency":"USD"}}"#;
    let found = |amount: &str, version| Some((amount.to_owned(), version));
    let (m, openai) = (Some("m"), Some("openai"));
    assert_eq!(on_create(Some("1.25"), m, openai, Some(stated)), found("1.25", ""));
    assert_eq!(on_create(Some("0"), m, openai, Some(stated)), found("0", ""));
    assert_eq!(on_create(None, m, openai, Some(stated)), found("2", "1.1"));
    assert_eq!(on_create(None, Some("other"), openai, Some(stated)), found("7", "1.1"));
    assert_eq!(on_create(None, m, None, Some(stated)), found("7", "1.1"));
    assert_eq!(on_create(None, m, Some("other"), None), None);
    assert_eq!(on_create(None, m, Some("other"), Some("{}")), None);
}

#[test]
fn a_new_span_falls_back_to_the_model_of_its_metadata() {
    let metadata = Some(r#"{"a":{"model":"x"},"model":"openai/M"}"#);
    let found = Some(("2".to_owned(), "1.1"));
    assert_eq!(on_create(None, None, Some("openai"), metadata), found);
    assert_eq!(on_create(None, Some("  "), Some("openai"), metadata), found);
    assert_eq!(on_create(None, Some("other"), Some("openai"), metadata), None);
    assert_eq!(on_create(None, None, None, metadata), None);
    assert_eq!(on_create(None, None, Some("openai"), None), None);
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("a writable file");
    file
}

#[test]
fn a_litellm_file_replaces_the_table_but_keeps_overrides_and_aliases_it_lacks() {
    let json = r#"{
        "gpt-4o": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.0},
        "openai/gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": "2"},
        "claude-opus-4-5": {"litellm_provider": "anthropic", "input_cost_per_token": 3},
        "claude-4-5-haiku": {"litellm_provider": "anthropic", "input_cost_per_token": 4},
        "claude-haiku-4-5": {"litellm_provider": "anthropic", "input_cost_per_token": 5},
        "gpt-oss-20b": {"litellm_provider": "openai", "input_cost_per_token": 6}
    }"#;
    let file = file(json);
    let table = PriceTable::from_file(file.path()).expect("a valid file");
    assert_eq!(input_cost(&table, "gpt-4o", "openai"), Decimal::TWO);
    assert_eq!(input_cost(&table, "gpt-4o-mini", "openai"), Decimal::ZERO);
    assert_eq!(input_cost(&table, "claude-4.5-opus", "anthropic"), Decimal::from(3));
    assert_eq!(input_cost(&table, "claude-4-5-haiku", "anthropic"), Decimal::from(4));
    assert_eq!(input_cost(&table, "gpt-oss-20b", "openai"), Decimal::from(6));
    assert_eq!(input_cost(&table, "gpt-oss-120b", "openai"), decimal("0.000000039"));
}

#[test]
fn our_own_format_can_be_a_price_file_too() {
    let whole = file(PRICES);
    let table = PriceTable::from_file(whole.path()).expect("the generated file");
    assert_eq!(
        input_cost(&table, "gpt-4o", "openai"),
        input_cost(PriceTable::builtin(), "gpt-4o", "openai")
    );

    let empty = file("provider\tmodel\n");
    assert!(matches!(PriceTable::from_file(empty.path()), Err(LoadError::Empty)));
    let missing = empty.path().with_extension("missing");
    assert!(matches!(PriceTable::from_file(&missing), Err(LoadError::Read { .. })));
}
