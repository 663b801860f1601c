//! Feedback scores: named decimals that people, SDKs and online evaluation attach to traces, spans and threads.

use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Timestamp, wire, wire_object};

/// Who gave a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreSource {
    /// A person in the web UI.
    Ui,
    /// A client.
    Sdk,
    /// An online evaluation rule.
    OnlineScoring,
}

impl ScoreSource {
    /// The wire name.
    pub fn as_str(self) -> &'static str {
        match self {
            ScoreSource::Ui => "ui",
            ScoreSource::Sdk => "sdk",
            ScoreSource::OnlineScoring => "online_scoring",
        }
    }
}

wire_object! {
    /// Body of a single score.
    pub struct ScoreWrite {
        /// Name of the score; required, not blank.
        pub name: Option<String> = wire::text,
        /// Label of a categorical score.
        pub category_name: Option<String> = wire::text,
        /// Required; −999999999.999999999 to 999999999.999999999, kept with 9 digits after the point.
        #[schema(value_type = Option<f64>)]
        pub value: Option<Decimal> = wire::decimal,
        /// Why.
        pub reason: Option<String> = wire::text,
        /// Who gave it; required.
        pub source: Option<ScoreSource> = wire::optional,
        /// Annotation queue that it was given in.
        pub source_queue_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Element of a score batch for traces or spans.
    pub struct ScoreItem {
        /// Trace or span; UUID of version 7; required. It may be written later.
        pub id: Option<Uuid> = wire::optional,
        /// Project of the entity while that is unknown; blank or absent means `Default Project`.
        pub project_name: Option<String> = wire::text,
        /// Name of the score; required, not blank.
        pub name: Option<String> = wire::text,
        /// Label of a categorical score.
        pub category_name: Option<String> = wire::text,
        /// Required, see [`ScoreWrite`].
        #[schema(value_type = Option<f64>)]
        pub value: Option<Decimal> = wire::decimal,
        /// Why.
        pub reason: Option<String> = wire::text,
        /// Who gave it; required.
        pub source: Option<ScoreSource> = wire::optional,
        /// Annotation queue that it was given in.
        pub source_queue_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Element of a score batch for threads.
    pub struct ThreadScoreItem {
        /// The thread's text id; required, not blank.
        pub thread_id: Option<String> = wire::text,
        /// Project of the thread; blank or absent means `Default Project`.
        pub project_name: Option<String> = wire::text,
        /// Name of the score; required, not blank.
        pub name: Option<String> = wire::text,
        /// Label of a categorical score.
        pub category_name: Option<String> = wire::text,
        /// Required, see [`ScoreWrite`].
        #[schema(value_type = Option<f64>)]
        pub value: Option<Decimal> = wire::decimal,
        /// Why.
        pub reason: Option<String> = wire::text,
        /// Who gave it; required.
        pub source: Option<ScoreSource> = wire::optional,
        /// Annotation queue that it was given in.
        pub source_queue_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Body of a score deletion. Without an author the scores of all authors go; without a queue only those that were
    /// given in none.
    pub struct ScoreDelete {
        /// Name of the score; required, not blank.
        pub name: Option<String> = wire::text,
        /// Only the score of this user.
        pub author: Option<String> = wire::text,
        /// Only the score given in this annotation queue.
        pub source_queue_id: Option<Uuid> = wire::optional,
    }
}

wire_object! {
    /// Body of a thread-score deletion.
    pub struct ThreadScoreDelete {
        /// Project of the thread; required.
        pub project_name: Option<String> = wire::text,
        /// The thread's text id; required.
        pub thread_id: Option<String> = wire::text,
        /// Names of the scores, 1 to 1000.
        pub names: Option<Vec<String>> = wire::text_batch,
        /// Only the scores of this user.
        pub author: Option<String> = wire::text,
        /// Only the scores given in this annotation queue.
        pub source_queue_id: Option<Uuid> = wire::optional,
    }
}

/// All scores of one name that an entity has, aggregated.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FeedbackScore {
    /// Name of the score.
    pub name: String,
    /// Labels, joined with `, ` when there are several entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_name: Option<String>,
    /// The value, or the arithmetic mean over all authors and queues, 9 digits after the point.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub value: Decimal,
    /// Reasons, joined with `, ` when there are several entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Source of the newest entry.
    pub source: ScoreSource,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// Users, joined with `, `.
    pub created_by: String,
    /// Users, joined with `, `.
    pub last_updated_by: String,
    /// The entries, by author, or by `<author>_<queue id>` for those given in a queue.
    #[schema(value_type = std::collections::BTreeMap<String, AuthorScore>)]
    pub value_by_author: IndexMap<String, AuthorScore>,
}

/// One entry of a [`FeedbackScore`].
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuthorScore {
    /// The value.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub value: Decimal,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Label of a categorical score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_name: Option<String>,
    /// Who gave it.
    pub source: ScoreSource,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// Type of the span that was scored; empty for traces and threads.
    pub span_type: String,
    /// Span that was scored; empty for traces and threads.
    pub span_id: String,
    /// Annotation queue that it was given in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_queue_id: Option<Uuid>,
    /// The user.
    pub author: String,
}

/// A score name with a value, for statistics.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NamedScore {
    /// Name of the score.
    pub name: String,
    /// Mean of the entities' aggregated values.
    #[serde(serialize_with = "crate::decimal::serialize")]
    #[schema(value_type = f64)]
    pub value: Decimal,
}
