//! No input makes the table panic or return a senseless amount.

use proptest::prelude::*;

use super::*;

/// Every usage key any calculator reads.
const KEYS: [&str; 27] = [
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "original_usage.prompt_tokens",
    "original_usage.completion_tokens",
    "original_usage.input_tokens",
    "original_usage.output_tokens",
    "original_usage.inputTokens",
    "original_usage.outputTokens",
    "original_usage.cacheReadInputTokens",
    "original_usage.cacheWriteInputTokens",
    "original_usage.cache_read_input_tokens",
    "original_usage.cache_creation_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "original_usage.prompt_token_count",
    "original_usage.candidates_token_count",
    "original_usage.cached_content_token_count",
    "original_usage.prompt_tokens_details.cached_tokens",
    "original_usage.input_tokens_details.cached_tokens",
    "original_usage.prompt_tokens_details.audio_tokens",
    "original_usage.completion_tokens_details.audio_tokens",
    "original_usage.prompt_tokens_details.text_tokens",
    "original_usage.completion_tokens_details.text_tokens",
    "video_duration_seconds",
    "input_characters",
    "original_usage.input_characters",
];

fn any_count() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -5..500_000_i64, Just(i64::MAX), Just(i64::MIN), Just(0)]
}

proptest! {
    #[test]
    fn any_usage_of_any_model_has_a_sane_cost(
        counts in proptest::collection::vec((0..KEYS.len(), any_count()), 0..12),
        pick in any::<proptest::sample::Index>(),
    ) {
        let builtin = PriceTable::builtin();
        let usage: IndexMap<String, i64> =
            counts.into_iter().map(|(key, count)| (KEYS[key].to_owned(), count)).collect();
        let mut models: Vec<(&str, &str)> = builtin
            .providers
            .iter()
            .flat_map(|(provider, models)| models.keys().map(move |model| (&**provider, &**model)))
            .collect();
        models.sort_unstable();
        let (provider, model) = *pick.get(&models);
        let cost = builtin.cost(Some(model), Some(provider), |key| usage.get(key).copied());
        prop_assert!(cost >= Decimal::ZERO);
        prop_assert!(cost.scale() <= crate::COST_SCALE);
    }

    #[test]
    fn the_dearest_rates_never_overflow(counts in proptest::collection::vec(any_count(), KEYS.len())) {
        let row = "\t\t1e6\t1e6\t1e6\t1e6\t1e6\t1e6\t1e6\t1e6\n";
        let rows: String = ["openai", "anthropic", "bedrock", "gemini", "groq"]
            .map(|provider| format!("{provider}\tm{row}"))
            .concat();
        let table = table(&rows);
        for provider in ["openai", "anthropic", "bedrock", "gemini", "groq"] {
            let cost = table.cost(Some("m"), Some(provider), |key| {
                KEYS.iter().position(|known| *known == key).map(|index| counts[index])
            });
            prop_assert!(cost >= Decimal::ZERO && cost < Decimal::MAX);
        }
    }

    #[test]
    fn any_name_can_be_looked_up(model in r"\PC{0,24}(-[0-9]{4}-[0-9]{2}-[0-9]{2})?(:[0-9]{0,3})?", provider in r"\PC{0,12}") {
        let _ = PriceTable::builtin().cost(Some(&model), Some(&provider), |_| Some(1));
        prop_assert_eq!(PriceTable::builtin().cost(Some(&model), Some("openai"), |_| None), Decimal::ZERO);
    }

    #[test]
    fn any_price_file_is_read_or_refused(text in r#"(provider\tmodel\tinput_cost_per_token\n)?(\PC{0,8}[\t\n]){0,12}|\{"\PC{0,20}"#) {
        let mut table = PriceTable::default();
        let _ = table.merge(&text);
    }
}
