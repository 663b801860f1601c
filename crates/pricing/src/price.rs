//! One row of the price table: its rates and the calculator they call for.

use rust_decimal::Decimal;

/// Declares [`Rate`] together with the column name of every rate, so the two cannot drift apart.
macro_rules! rates {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// A rate a price row may carry, in USD per unit (token, character or second).
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Rate {
            $($variant),+
        }

        impl Rate {
            /// The rate a column or JSON field of that name holds.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

rates! {
    Input = "input_cost_per_token",
    Output = "output_cost_per_token",
    CacheRead = "cache_read_input_token_cost",
    CacheCreation = "cache_creation_input_token_cost",
    AudioInput = "input_cost_per_audio_token",
    AudioOutput = "output_cost_per_audio_token",
    InputAbove272k = "input_cost_per_token_above_272k_tokens",
    OutputAbove272k = "output_cost_per_token_above_272k_tokens",
    InputAbove200k = "input_cost_per_token_above_200k_tokens",
    OutputAbove200k = "output_cost_per_token_above_200k_tokens",
    CacheReadAbove200k = "cache_read_input_token_cost_above_200k_tokens",
    CacheCreationAbove200k = "cache_creation_input_token_cost_above_200k_tokens",
    InputAbove128k = "input_cost_per_token_above_128k_tokens",
    OutputAbove128k = "output_cost_per_token_above_128k_tokens",
    Character = "input_cost_per_character",
    VideoSecond = "output_cost_per_video_per_second",
}

/// How the usage of a span turns into an amount. The token calculators differ in which usage keys they read and in
/// whether the provider counts cached tokens inside the prompt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Calculator {
    /// Seconds of generated video.
    Video,
    /// Characters turned into speech.
    Speech,
    /// Cached tokens come on top of the input tokens.
    Anthropic,
    /// As Anthropic, with the key names of the Bedrock Converse API.
    Bedrock,
    /// Cached tokens are part of the prompt tokens.
    OpenAi,
    /// Cached tokens are part of the prompt tokens; Gemini's key names.
    Google,
    /// Prompt and completion tokens only.
    Plain,
    /// No usable rate: the model is known, and its calls cost nothing we can compute.
    Free,
}

/// Price of one model at one provider.
#[derive(Clone, Debug)]
pub(crate) struct ModelPrice {
    /// Only rates above 0; a handful per row, so a linear scan beats any map.
    rates: Box<[(Rate, Decimal)]>,
    pub(crate) calculator: Calculator,
}

impl ModelPrice {
    /// Builds the row of a model from LiteLLM's provider name, its mode and its rates.
    pub(crate) fn new(litellm_provider: &str, mode: &str, mut rates: Vec<(Rate, Decimal)>) -> Self {
        rates.retain(|(_, value)| *value > Decimal::ZERO);
        let mut price = Self {
            rates: rates.into_boxed_slice(),
            calculator: Calculator::Free,
        };
        price.calculator = price.select_calculator(litellm_provider, mode);
        price
    }

    fn select_calculator(&self, litellm_provider: &str, mode: &str) -> Calculator {
        if mode == "video_generation" && self.has(Rate::VideoSecond) {
            return Calculator::Video;
        }
        if mode == "audio_speech" && self.has(Rate::Character) {
            return Calculator::Speech;
        }
        if self.has(Rate::CacheRead) || self.has(Rate::CacheCreation) {
            return match litellm_provider {
                "anthropic" | "vertex_ai-anthropic_models" => Calculator::Anthropic,
                "openai" | "azure" | "xai" => Calculator::OpenAi,
                "bedrock" | "bedrock_converse" => Calculator::Bedrock,
                "vertex_ai-language-models" | "gemini" => Calculator::Google,
                _ => Calculator::Plain,
            };
        }
        if self.has(Rate::Input) || self.has(Rate::Output) {
            return Calculator::Plain;
        }
        Calculator::Free
    }

    /// The rate in USD per unit; 0 when the row has none.
    pub(crate) fn rate(&self, wanted: Rate) -> Decimal {
        self.rates
            .iter()
            .find(|(rate, _)| *rate == wanted)
            .map_or(Decimal::ZERO, |(_, value)| *value)
    }

    /// Whether the row has that rate (above 0).
    pub(crate) fn has(&self, wanted: Rate) -> bool {
        self.rates.iter().any(|(rate, _)| *rate == wanted)
    }
}

/// Provider name used on spans for LiteLLM's `litellm_provider`; `None` for the providers that are left out.
/// `scripts/update-prices.py` holds the same list.
pub(crate) fn canonical_provider(litellm_provider: &str) -> Option<&'static str> {
    Some(match litellm_provider {
        "openai" => "openai",
        "anthropic" => "anthropic",
        "vertex_ai-language-models" => "google_vertexai",
        "gemini" => "google_ai",
        "vertex_ai-anthropic_models" => "anthropic_vertexai",
        "bedrock" | "bedrock_converse" => "bedrock",
        "azure" | "microsoft" => "azure",
        "groq" => "groq",
        "jina_ai" => "jina_ai",
        "elastic" => "elastic",
        "mistral" => "mistral",
        "xai" => "xai",
        _ => return None,
    })
}

/// Model name without everything up to its first `/` (`openai/gpt-4o` → `gpt-4o`).
pub(crate) fn strip_model_prefix(model: &str) -> &str {
    model.split_once('/').map_or(model, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calculator(provider: &str, mode: &str, rates: &[Rate]) -> Calculator {
        let rates = rates.iter().map(|rate| (*rate, Decimal::new(1, 6))).collect();
        ModelPrice::new(provider, mode, rates).calculator
    }

    #[test]
    fn the_calculator_follows_mode_then_cache_rates_then_token_rates() {
        use Rate::{CacheCreation, CacheRead, Character, Input, Output, VideoSecond};

        assert_eq!(
            calculator("openai", "video_generation", &[VideoSecond, Input]),
            Calculator::Video
        );
        assert_eq!(calculator("openai", "chat", &[VideoSecond, Input]), Calculator::Plain);
        assert_eq!(calculator("openai", "video_generation", &[Input]), Calculator::Plain);
        assert_eq!(
            calculator("openai", "audio_speech", &[Character, CacheRead]),
            Calculator::Speech
        );
        assert_eq!(calculator("openai", "chat", &[Character]), Calculator::Free);
        for provider in ["openai", "azure", "xai"] {
            assert_eq!(calculator(provider, "chat", &[Input, CacheRead]), Calculator::OpenAi);
        }
        for provider in ["anthropic", "vertex_ai-anthropic_models"] {
            assert_eq!(calculator(provider, "chat", &[CacheCreation]), Calculator::Anthropic);
        }
        for provider in ["bedrock", "bedrock_converse"] {
            assert_eq!(calculator(provider, "", &[Input, CacheRead]), Calculator::Bedrock);
        }
        for provider in ["vertex_ai-language-models", "gemini"] {
            assert_eq!(calculator(provider, "", &[Input, CacheRead]), Calculator::Google);
        }
        for provider in ["microsoft", "groq", "mistral", "own-gateway"] {
            assert_eq!(calculator(provider, "", &[Input, CacheRead]), Calculator::Plain);
        }
        assert_eq!(calculator("anthropic", "", &[Output]), Calculator::Plain);
        assert_eq!(calculator("anthropic", "", &[]), Calculator::Free);
    }

    #[test]
    fn only_the_first_path_segment_is_stripped() {
        assert_eq!(strip_model_prefix("openai/gpt-4o"), "gpt-4o");
        assert_eq!(strip_model_prefix("groq/openai/gpt-oss-20b"), "openai/gpt-oss-20b");
        assert_eq!(strip_model_prefix("gpt-4o"), "gpt-4o");
        assert_eq!(strip_model_prefix("gpt-4o/"), "");
    }
}
