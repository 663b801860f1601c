//! How enums of experiments are stored.

// Columns of the same name hold the same in the tables of datasets.
pub(super) use crate::datasets::{policy_of, policy_text, tags_text};

use ferropik_model::{EvaluationMethod, ExecutionPolicy, ExperimentStatus, ExperimentType, NamedScore, decimal};
use ferropik_store::{StoreError, StoreResult};
use rust_decimal::Decimal;
use serde::Deserialize;

const TYPES: [ExperimentType; 4] = [
    ExperimentType::Regular,
    ExperimentType::Trial,
    ExperimentType::MiniBatch,
    ExperimentType::Mutation,
];

const STATUSES: [ExperimentStatus; 4] = [
    ExperimentStatus::Running,
    ExperimentStatus::Completed,
    ExperimentStatus::Cancelled,
    ExperimentStatus::Failed,
];

/// The number of a type.
pub(crate) fn type_number(kind: ExperimentType) -> i64 {
    kind as i64
}

/// The inverse of [`type_number`].
pub(crate) fn type_from(number: i64) -> ExperimentType {
    from_number(&TYPES, number)
}

/// The number of a status.
pub(super) fn status_number(status: ExperimentStatus) -> i64 {
    status as i64
}

/// The inverse of [`status_number`].
pub(super) fn status_from(number: i64) -> ExperimentStatus {
    from_number(&STATUSES, number)
}

/// The number of a method.
pub(super) fn method_number(method: EvaluationMethod) -> i64 {
    method as i64
}

/// The inverse of [`method_number`].
pub(crate) fn method_from(number: i64) -> EvaluationMethod {
    from_number(&[EvaluationMethod::Dataset, EvaluationMethod::EvaluationSuite], number)
}

fn from_number<T: Copy + Default>(all: &[T], number: i64) -> T {
    usize::try_from(number)
        .ok()
        .and_then(|index| all.get(index).copied())
        .unwrap_or_default()
}

/// The inverse of [`tags_text`].
pub(super) fn tags_from(text: Option<&str>) -> StoreResult<Vec<String>> {
    text.map_or(Ok(Vec::new()), |text| {
        serde_json::from_str(text).map_err(StoreError::internal)
    })
}

/// Scores of experiments as the column holds them; none when there are no scores.
pub(super) fn scores_text(scores: &[NamedScore]) -> StoreResult<Option<String>> {
    if scores.is_empty() {
        return Ok(None);
    }
    serde_json::to_string(scores).map(Some).map_err(StoreError::internal)
}

#[derive(Deserialize)]
struct StoredScore {
    name: String,
    value: decimal::WireDecimal,
}

/// The inverse of [`scores_text`].
pub(crate) fn scores_from(text: Option<&str>) -> StoreResult<Vec<NamedScore>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let scores: Vec<StoredScore> = serde_json::from_str(text).map_err(StoreError::internal)?;
    Ok(scores
        .into_iter()
        .map(|score| NamedScore {
            name: score.name,
            value: score.value.0,
        })
        .collect())
}

/// The policy where nobody says anything.
pub(crate) const ONE_RUN: ExecutionPolicy = ExecutionPolicy {
    runs_per_item: Some(1),
    pass_threshold: Some(1),
};

/// How many runs must pass, where a policy says so.
pub(crate) fn threshold_of(policy: Option<&str>) -> Option<i64> {
    policy_of(policy)
        .and_then(|policy| policy.pass_threshold)
        .filter(|threshold| *threshold > 0)
}

/// The mean of counts of `10^-scale`, rounded half to even.
pub(crate) fn mean_half_even(sum: i128, count: i128) -> i64 {
    if count <= 0 {
        return 0;
    }
    let (quotient, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
    let rounded = match (rest * 2).cmp(&count) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + quotient.rem_euclid(2),
    };
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

/// Passing items divided by judged ones, in 1e-9.
pub(crate) fn pass_rate(passed: u64, judged: u64) -> Option<Decimal> {
    (judged > 0).then(|| {
        decimal::from_scaled(
            mean_half_even(i128::from(passed) * 1_000_000_000, i128::from(judged)),
            decimal::SCORE_SCALE,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enums_survive_storage() {
        for kind in TYPES {
            assert_eq!(type_from(type_number(kind)), kind);
        }
        for status in STATUSES {
            assert_eq!(status_from(status_number(status)), status);
        }
        assert_eq!(type_from(77), ExperimentType::Regular);
        assert_eq!(status_from(-1), ExperimentStatus::Completed);
        assert_eq!(
            method_from(method_number(EvaluationMethod::EvaluationSuite)),
            EvaluationMethod::EvaluationSuite
        );
    }

    #[test]
    fn means_round_half_to_even() {
        for (sum, count, expected) in [
            (5, 2, 2),
            (7, 2, 4),
            (-5, 2, -2),
            (-7, 2, -4),
            (10, 3, 3),
            (11, 3, 4),
            (-10, 3, -3),
        ] {
            assert_eq!(mean_half_even(sum, count), expected, "{sum}/{count}");
        }
    }

    #[test]
    fn scores_survive_storage() {
        let scores = vec![NamedScore {
            name: "ä \"b\"".to_owned(),
            value: "-0.123456789".parse().unwrap(),
        }];
        let text = scores_text(&scores).unwrap();
        assert_eq!(scores_from(text.as_deref()).unwrap(), scores);
        assert_eq!(scores_text(&[]).unwrap(), None);
    }
}
