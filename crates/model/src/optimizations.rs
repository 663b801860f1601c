//! Optimizations: searches for a better prompt, made of experiments.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ErrorInfo, NamedScore, RawJson, Timestamp, wire, wire_object};

/// How far an optimization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptimizationStatus {
    /// Trials are being made.
    Running,
    /// Done.
    Completed,
    /// Stopped.
    Cancelled,
    /// Waits for a worker.
    Initialized,
    /// Stopped by an error.
    Error,
}

impl OptimizationStatus {
    /// All of them with their wire names.
    pub const ALL: [(OptimizationStatus, &'static str); 5] = [
        (OptimizationStatus::Running, "running"),
        (OptimizationStatus::Completed, "completed"),
        (OptimizationStatus::Cancelled, "cancelled"),
        (OptimizationStatus::Initialized, "initialized"),
        (OptimizationStatus::Error, "error"),
    ];

    /// The wire name.
    pub fn as_str(self) -> &'static str {
        OptimizationStatus::ALL[self as usize].1
    }
}

wire_object! {
    /// Body of an optimization create or upsert.
    pub struct OptimizationWrite {
        /// UUID of version 7; generated when absent. An optimization of that id is changed.
        pub id: Option<Uuid> = wire::optional,
        /// Generated when blank; an upsert without it keeps the stored one.
        pub name: Option<String> = wire::text,
        /// Dataset; required, created when missing.
        pub dataset_name: Option<String> = wire::text,
        /// Name of the score to raise; required.
        pub objective_name: Option<String> = wire::text,
        /// Required.
        pub status: Option<OptimizationStatus> = wire::optional,
        /// Project, by id; wins over the name.
        pub project_id: Option<Uuid> = wire::optional,
        /// Project, by name; created when missing.
        pub project_name: Option<String> = wire::text,
        /// Any JSON.
        pub metadata: Option<RawJson> = wire::json,
        /// Configuration of a studio run; an upsert without it keeps the stored one.
        pub studio_config: Option<RawJson> = wire::json,
        /// Time of the write; now when absent.
        pub last_updated_at: Option<Timestamp> = wire::optional,
        /// The error that ended it.
        pub error_info: Option<ErrorInfo> = wire::optional,
    }
}

wire_object! {
    /// Body of an optimization update: absent fields keep the stored value.
    pub struct OptimizationUpdate {
        /// Name.
        pub name: Option<String> = wire::text,
        /// How far it is.
        pub status: Option<OptimizationStatus> = wire::optional,
        /// The error that ended it.
        pub error_info: Option<ErrorInfo> = wire::optional,
        /// Replaces the whole metadata.
        pub metadata: Option<RawJson> = wire::json,
    }
}

/// An optimization as read, with what its experiments add up to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Optimization {
    /// UUID of version 7.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Dataset.
    pub dataset_id: Uuid,
    /// Name of the dataset, the last one of a deleted one.
    pub dataset_name: String,
    /// Project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<Uuid>,
    /// Name of the score to raise.
    pub objective_name: String,
    /// How far it is.
    pub status: OptimizationStatus,
    /// Any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<RawJson>,
    /// Configuration of a studio run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub studio_config: Option<RawJson>,
    /// The error that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_info: Option<ErrorInfo>,
    /// Experiments of it.
    pub num_trials: u64,
    /// By name, the highest mean of its experiments; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub feedback_scores: Vec<NamedScore>,
    /// By name, the highest score of its experiments; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub experiment_scores: Vec<NamedScore>,
    /// What its experiments cost together, US dollars; absent when it is not above 0.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub total_optimization_cost: Option<Decimal>,
    /// The candidate that it began with.
    #[serde(flatten)]
    pub baseline: Baseline,
    /// The candidate with the highest score.
    #[serde(flatten)]
    pub best: Best,
    /// First write.
    pub created_at: Timestamp,
    /// Latest write.
    pub last_updated_at: Timestamp,
    /// User of the first write.
    pub created_by: String,
    /// User of the latest write.
    pub last_updated_by: String,
}

/// What is known of the candidate that an optimization began with.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Baseline {
    /// Its objective score.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub baseline_objective_score: Option<Decimal>,
    /// Median duration of a trace, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline_duration: Option<f64>,
    /// Cost of a trace, US dollars.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub baseline_cost: Option<Decimal>,
}

/// What is known of the candidate of an optimization with the highest score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Best {
    /// Its objective score.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub best_objective_score: Option<Decimal>,
    /// Median duration of a trace, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_duration: Option<f64>,
    /// Cost of a trace, US dollars.
    #[serde(
        serialize_with = "crate::decimal::serialize_option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>)]
    pub best_cost: Option<Decimal>,
}
