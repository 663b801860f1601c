//! Every calculator and its tiers.

use super::*;

#[test]
fn video_and_speech_ignore_tokens() {
    let table = table(
        "openai\tv\tvideo_generation\t1\t1\t\t\t\t\t\t0.25\n\
         openai\ts\taudio_speech\t1\t1\t\t\t\t\t0.5\n",
    );
    let tokens = [("prompt_tokens", 7), ("completion_tokens", 7)];
    assert_cost(
        &table,
        "v",
        "openai",
        &[tokens[0], tokens[1], ("video_duration_seconds", 3)],
        "0.75",
    );
    assert_cost(&table, "v", "openai", &tokens, "0");
    assert_cost(&table, "s", "openai", &[tokens[0], ("input_characters", 3)], "1.5");
    let both = [("input_characters", 3), ("original_usage.input_characters", 5)];
    assert_cost(&table, "s", "openai", &both, "2.5");
}

#[test]
fn plain_prices_split_off_audio_only_with_an_audio_rate() {
    let table = table(
        "groq\tm\t\t1\t10\t\t\t100\t1000\n\
         groq\tin\t\t1\t10\t\t\t100\n\
         groq\tno\t\t1\t10\n",
    );
    let counts = [
        ("prompt_tokens", 10),
        ("completion_tokens", 5),
        ("prompt_tokens_details.audio_tokens", 4),
        ("original_usage.completion_tokens_details.audio_tokens", 2),
        ("completion_tokens_details.audio_tokens", 99),
    ];
    assert_cost(&table, "m", "groq", &counts, "2436");
    assert_cost(&table, "in", "groq", &counts, "456");
    assert_cost(&table, "no", "groq", &counts, "60");
    let more_audio_than_tokens = [("prompt_tokens", 3), ("prompt_tokens_details.audio_tokens", 4)];
    assert_cost(&table, "m", "groq", &more_audio_than_tokens, "400");
    let ignored = [("original_usage.prompt_tokens", 9), ("cache_read_input_tokens", 9)];
    assert_cost(&table, "m", "groq", &ignored, "0");
}

#[test]
fn openai_prices_take_cached_tokens_out_of_the_prompt() {
    let table = table("openai\tm\t\t1\t10\t0.5\t\t100\t1000\n");
    let base = [("prompt_tokens", 10), ("completion_tokens", 5)];
    let with = |extra: &[(&'static str, i64)]| [&base[..], extra].concat();
    assert_cost(&table, "m", "openai", &base, "60");
    assert_cost(&table, "m", "openai", &with(&[("cache_read_input_tokens", 4)]), "58");
    assert_cost(
        &table,
        "m",
        "openai",
        &with(&[
            ("original_usage.input_tokens_details.cached_tokens", 2),
            ("cache_read_input_tokens", 4),
        ]),
        "59",
    );
    assert_cost(
        &table,
        "m",
        "openai",
        &with(&[
            ("original_usage.prompt_tokens_details.cached_tokens", 6),
            ("original_usage.input_tokens_details.cached_tokens", 2),
        ]),
        "57",
    );
    // More cached than prompt tokens: the remainder does not go below 0.
    assert_cost(&table, "m", "openai", &with(&[("cache_read_input_tokens", 20)]), "60");
    assert_cost(
        &table,
        "m",
        "openai",
        &with(&[
            ("original_usage.prompt_tokens", 100),
            ("original_usage.completion_tokens", 1),
        ]),
        "110",
    );
    let audio = [
        ("prompt_tokens_details.audio_tokens", 3),
        ("completion_tokens_details.audio_tokens", 1),
    ];
    assert_cost(&table, "m", "openai", &with(&audio), "1347");
    // Stated text tokens replace the remainder, also when they are 0.
    let text = [
        audio[0],
        audio[1],
        ("cache_read_input_tokens", 2),
        ("prompt_tokens_details.text_tokens", 0),
        ("original_usage.completion_tokens_details.text_tokens", 2),
    ];
    assert_cost(&table, "m", "openai", &with(&text), "1321");
}

#[test]
fn anthropic_and_bedrock_prices_add_the_caches() {
    let table = table("anthropic\tm\t\t1\t10\t100\t1000\nbedrock\tm\t\t1\t10\t100\t1000\n");
    let bare = [
        ("prompt_tokens", 2),
        ("completion_tokens", 3),
        ("cache_read_input_tokens", 4),
        ("cache_creation_input_tokens", 5),
    ];
    assert_cost(&table, "m", "anthropic", &bare, "5432");
    assert_cost(&table, "m", "bedrock", &bare, "5432");
    let anthropic = [
        ("original_usage.input_tokens", 1),
        ("original_usage.output_tokens", 1),
        ("original_usage.cache_read_input_tokens", 1),
        ("original_usage.cache_creation_input_tokens", 1),
    ];
    assert_cost(&table, "m", "anthropic", &[&bare[..], &anthropic].concat(), "1111");
    assert_cost(&table, "m", "bedrock", &[&bare[..], &anthropic].concat(), "5432");
    let bedrock = [
        ("original_usage.inputTokens", 1),
        ("original_usage.outputTokens", 1),
        ("original_usage.cacheReadInputTokens", 1),
        ("original_usage.cacheWriteInputTokens", 1),
    ];
    assert_cost(&table, "m", "bedrock", &[&bare[..], &bedrock].concat(), "1111");
}

#[test]
fn google_prices_bill_the_canonical_completion_first() {
    let table = table("gemini\tm\t\t1\t10\t0.5\n");
    let counts = [
        ("prompt_tokens", 99),
        ("original_usage.prompt_token_count", 10),
        ("cache_read_input_tokens", 99),
        ("original_usage.cached_content_token_count", 4),
        ("completion_tokens", 7),
        ("original_usage.candidates_token_count", 5),
    ];
    assert_cost(&table, "m", "gemini", &counts, "78");
    assert_cost(&table, "m", "gemini", &[("prompt_tokens", 1), counts[5]], "51");
    assert_cost(
        &table,
        "m",
        "gemini",
        &[("prompt_tokens", 3), ("cache_read_input_tokens", 4)],
        "2",
    );
}

const TIERED: &str = "provider\tmodel\tinput_cost_per_token\toutput_cost_per_token\tcache_read_input_token_cost\t\
     cache_creation_input_token_cost\tinput_cost_per_token_above_128k_tokens\t\
     output_cost_per_token_above_128k_tokens\tinput_cost_per_token_above_200k_tokens\t\
     output_cost_per_token_above_200k_tokens\tinput_cost_per_token_above_272k_tokens\t\
     output_cost_per_token_above_272k_tokens\tcache_read_input_token_cost_above_200k_tokens\t\
     cache_creation_input_token_cost_above_200k_tokens\n\
     groq\tall\t1\t10\t\t\t2\t20\t3\t30\t4\t40\n\
     groq\tonly128\t1\t10\t\t\t2\t20\n\
     groq\tinputonly\t1\t10\t\t\t\t\t3\n\
     openai\tm\t1\t10\t100\t\t\t\t3\t30\t4\t40\t300\n\
     gemini\tm\t1\t10\t100\t\t\t\t3\t30\t\t\t300\n\
     anthropic\tm\t1\t10\t100\t1000\t\t\t3\t30\t\t\t300\t3000\n\
     bedrock\tm\t1\t10\t100\t1000\t\t\t3\t30\t\t\t300\t3000\n";

#[test]
fn a_prompt_strictly_above_a_tier_pays_its_rate_for_everything() {
    let mut table = PriceTable::default();
    table.merge(TIERED).expect("valid rows");
    for (model, prompt, expected) in [
        ("all", 128_000, 128_000 + 10),
        ("all", 128_001, 128_001 * 2 + 20),
        ("all", 200_000, 200_000 * 2 + 20),
        ("all", 200_001, 200_001 * 3 + 30),
        ("all", 272_000, 272_000 * 3 + 30),
        ("all", 272_001, 272_001 * 4 + 40),
        ("only128", 300_000, 600_000 + 20),
        ("inputonly", 300_000, 900_000 + 10),
    ] {
        let counts = [("prompt_tokens", prompt), ("completion_tokens", 1)];
        assert_eq!(
            cost(&table, model, "groq", &counts),
            Decimal::from(expected),
            "{model} {prompt}"
        );
    }
}

#[test]
fn the_tier_follows_the_whole_prompt_of_each_provider() {
    let mut table = PriceTable::default();
    table.merge(TIERED).expect("valid rows");
    // OpenAI and Google: the prompt before cached tokens are taken out.
    let cached = [
        ("prompt_tokens", 200_001),
        ("completion_tokens", 1),
        ("cache_read_input_tokens", 200_000),
    ];
    for provider in ["openai", "google_ai"] {
        assert_cost(
            &table,
            "m",
            provider,
            &cached,
            &(3 + 30 + 200_000_i64 * 300).to_string(),
        );
    }
    // The cache has no rate of its own above 272 000.
    let large = [
        ("prompt_tokens", 272_001),
        ("completion_tokens", 1),
        ("cache_read_input_tokens", 272_000),
    ];
    assert_cost(&table, "m", "openai", &large, &(4 + 40 + 272_000_i64 * 300).to_string());
    // Anthropic and Bedrock: input and both caches together.
    let spread = |input| {
        [
            ("prompt_tokens", input),
            ("completion_tokens", 1),
            ("cache_read_input_tokens", 50_000),
            ("cache_creation_input_tokens", 50_000),
        ]
    };
    for provider in ["anthropic", "bedrock"] {
        let base = 100_000 + 10 + 50_000 * 1100_i64;
        assert_cost(&table, "m", provider, &spread(100_000), &base.to_string());
        let above = 100_001 * 3 + 30 + 50_000 * 3300_i64;
        assert_cost(&table, "m", provider, &spread(100_001), &above.to_string());
    }
}
