//! The formulas: usage counts × rates.

use rust_decimal::Decimal;

use crate::price::{Calculator, ModelPrice, Rate};

/// Prompt sizes (exclusive) above which a row's tier rate, if it has one, replaces the base rate; tested in order.
const INPUT_TIERS: [(i64, Rate); 3] = [
    (272_000, Rate::InputAbove272k),
    (200_000, Rate::InputAbove200k),
    (128_000, Rate::InputAbove128k),
];
const OUTPUT_TIERS: [(i64, Rate); 3] = [
    (272_000, Rate::OutputAbove272k),
    (200_000, Rate::OutputAbove200k),
    (128_000, Rate::OutputAbove128k),
];
const CACHE_READ_TIERS: [(i64, Rate); 1] = [(200_000, Rate::CacheReadAbove200k)];
const CACHE_CREATION_TIERS: [(i64, Rate); 1] = [(200_000, Rate::CacheCreationAbove200k)];

/// Usage counts of one span, by flattened key (`original_usage.prompt_tokens`).
struct Usage<F> {
    lookup: F,
}

impl<F: Fn(&str) -> Option<i64>> Usage<F> {
    /// The first of the keys that is present. A negative count is read as 0: it can only be a client's mistake and
    /// must not lower the price of the rest.
    fn first(&self, keys: &[&str]) -> Option<i64> {
        keys.iter().find_map(|key| (self.lookup)(key)).map(|count| count.max(0))
    }

    /// As [`Self::first`], 0 when none is present.
    fn count(&self, keys: &[&str]) -> i64 {
        self.first(keys).unwrap_or(0)
    }

    fn audio_input(&self) -> i64 {
        self.count(&[
            "original_usage.prompt_tokens_details.audio_tokens",
            "prompt_tokens_details.audio_tokens",
        ])
    }

    fn audio_output(&self) -> i64 {
        self.count(&[
            "original_usage.completion_tokens_details.audio_tokens",
            "completion_tokens_details.audio_tokens",
        ])
    }
}

/// Exact cost in USD of one call; not rounded. `lookup` gives the usage count of a flattened key.
pub(crate) fn calculate(price: &ModelPrice, lookup: impl Fn(&str) -> Option<i64>) -> Decimal {
    let usage = Usage { lookup };
    match price.calculator {
        Calculator::Video => amount(usage.count(&["video_duration_seconds"]), price.rate(Rate::VideoSecond)),
        Calculator::Speech => {
            let characters = usage.count(&["original_usage.input_characters", "input_characters"]);
            amount(characters, price.rate(Rate::Character))
        }
        Calculator::Anthropic => cache_apart(
            price,
            CacheApartCounts {
                input: usage.count(&["original_usage.input_tokens", "prompt_tokens"]),
                output: usage.count(&["original_usage.output_tokens", "completion_tokens"]),
                creation: usage.count(&[
                    "original_usage.cache_creation_input_tokens",
                    "cache_creation_input_tokens",
                ]),
                read: usage.count(&["original_usage.cache_read_input_tokens", "cache_read_input_tokens"]),
            },
        ),
        Calculator::Bedrock => cache_apart(
            price,
            CacheApartCounts {
                input: usage.count(&["original_usage.inputTokens", "prompt_tokens"]),
                output: usage.count(&["original_usage.outputTokens", "completion_tokens"]),
                creation: usage.count(&["original_usage.cacheWriteInputTokens", "cache_creation_input_tokens"]),
                read: usage.count(&["original_usage.cacheReadInputTokens", "cache_read_input_tokens"]),
            },
        ),
        Calculator::OpenAi => openai(price, &usage),
        Calculator::Google => google(price, &usage),
        Calculator::Plain => plain(price, &usage),
        Calculator::Free => Decimal::ZERO,
    }
}

fn plain<F: Fn(&str) -> Option<i64>>(price: &ModelPrice, usage: &Usage<F>) -> Decimal {
    let prompt = usage.count(&["prompt_tokens"]);
    let completion = usage.count(&["completion_tokens"]);
    let audio = Audio::read(price, usage);
    sum([
        amount(
            subtract(prompt, audio.input),
            tiered(price, Rate::Input, &INPUT_TIERS, prompt),
        ),
        amount(
            subtract(completion, audio.output),
            tiered(price, Rate::Output, &OUTPUT_TIERS, prompt),
        ),
        audio.cost(price),
    ])
}

fn openai<F: Fn(&str) -> Option<i64>>(price: &ModelPrice, usage: &Usage<F>) -> Decimal {
    let prompt = usage.count(&["original_usage.prompt_tokens", "prompt_tokens"]);
    let completion = usage.count(&["original_usage.completion_tokens", "completion_tokens"]);
    let cached = usage.count(&[
        "original_usage.prompt_tokens_details.cached_tokens",
        "original_usage.input_tokens_details.cached_tokens",
        "cache_read_input_tokens",
    ]);
    let text_input = usage.first(&[
        "original_usage.prompt_tokens_details.text_tokens",
        "prompt_tokens_details.text_tokens",
    ]);
    let text_output = usage.first(&[
        "original_usage.completion_tokens_details.text_tokens",
        "completion_tokens_details.text_tokens",
    ]);
    let audio = Audio::read(price, usage);
    let input = text_input.unwrap_or_else(|| subtract(subtract(prompt, cached), audio.input));
    let output = text_output.unwrap_or_else(|| subtract(completion, audio.output));
    sum([
        amount(input, tiered(price, Rate::Input, &INPUT_TIERS, prompt)),
        amount(output, tiered(price, Rate::Output, &OUTPUT_TIERS, prompt)),
        amount(cached, tiered(price, Rate::CacheRead, &CACHE_READ_TIERS, prompt)),
        audio.cost(price),
    ])
}

fn google<F: Fn(&str) -> Option<i64>>(price: &ModelPrice, usage: &Usage<F>) -> Decimal {
    let prompt = usage.count(&["original_usage.prompt_token_count", "prompt_tokens"]);
    let cached = usage.count(&["original_usage.cached_content_token_count", "cache_read_input_tokens"]);
    // The canonical count comes first here: it includes the reasoning tokens, which Gemini bills as output and
    // reports apart from the candidates.
    let output = usage.count(&["completion_tokens", "original_usage.candidates_token_count"]);
    sum([
        amount(
            subtract(prompt, cached),
            tiered(price, Rate::Input, &INPUT_TIERS, prompt),
        ),
        amount(output, tiered(price, Rate::Output, &OUTPUT_TIERS, prompt)),
        amount(cached, tiered(price, Rate::CacheRead, &CACHE_READ_TIERS, prompt)),
    ])
}

/// Counts of a provider that reports cached tokens on top of the input tokens, so nothing is subtracted.
struct CacheApartCounts {
    input: i64,
    output: i64,
    creation: i64,
    read: i64,
}

fn cache_apart(price: &ModelPrice, counts: CacheApartCounts) -> Decimal {
    let prompt = counts.input.saturating_add(counts.creation).saturating_add(counts.read);
    sum([
        amount(counts.input, tiered(price, Rate::Input, &INPUT_TIERS, prompt)),
        amount(counts.output, tiered(price, Rate::Output, &OUTPUT_TIERS, prompt)),
        amount(
            counts.creation,
            tiered(price, Rate::CacheCreation, &CACHE_CREATION_TIERS, prompt),
        ),
        amount(counts.read, tiered(price, Rate::CacheRead, &CACHE_READ_TIERS, prompt)),
    ])
}

/// Audio tokens that have a rate of their own. Without such a rate they stay ordinary tokens, hence 0 here.
struct Audio {
    input: i64,
    output: i64,
}

impl Audio {
    fn read<F: Fn(&str) -> Option<i64>>(price: &ModelPrice, usage: &Usage<F>) -> Self {
        Self {
            input: if price.has(Rate::AudioInput) {
                usage.audio_input()
            } else {
                0
            },
            output: if price.has(Rate::AudioOutput) {
                usage.audio_output()
            } else {
                0
            },
        }
    }

    fn cost(&self, price: &ModelPrice) -> Decimal {
        sum([
            amount(self.input, price.rate(Rate::AudioInput)),
            amount(self.output, price.rate(Rate::AudioOutput)),
        ])
    }
}

/// The base rate, or the rate of the highest tier the prompt exceeds and the row has a rate for.
fn tiered(price: &ModelPrice, base: Rate, tiers: &[(i64, Rate)], prompt: i64) -> Decimal {
    let tier = tiers.iter().find(|(above, rate)| prompt > *above && price.has(*rate));
    price.rate(tier.map_or(base, |(_, rate)| *rate))
}

/// `count - part`, not below 0; both counts are at least 0.
fn subtract(count: i64, part: i64) -> i64 {
    count.saturating_sub(part).max(0)
}

/// Cannot overflow: rates are bounded when they are loaded. Saturates all the same, so that no input can panic.
fn amount(count: i64, rate: Decimal) -> Decimal {
    Decimal::from(count).saturating_mul(rate)
}

fn sum<const N: usize>(amounts: [Decimal; N]) -> Decimal {
    amounts.into_iter().fold(Decimal::ZERO, Decimal::saturating_add)
}
