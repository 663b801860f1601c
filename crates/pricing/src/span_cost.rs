//! The cost a span stores.

use rust_decimal::{Decimal, RoundingStrategy};

/// Decimal places of a stored cost.
pub const COST_SCALE: u32 = 12;

/// Version of a cost the server computed or took from the span's metadata.
pub const COMPUTED_VERSION: &str = "1.1";

/// Version of a cost the client supplied, which later updates must not recompute.
pub const MANUAL_VERSION: &str = "";

/// The cost a span stores: an amount and where it came from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpanCost {
    /// USD, at most [`COST_SCALE`] decimal places.
    pub amount: Decimal,
    /// [`MANUAL_VERSION`] or [`COMPUTED_VERSION`].
    pub version: &'static str,
}

impl SpanCost {
    /// A cost the client supplied; rounded to [`COST_SCALE`] places, otherwise as it is (0 and below included).
    #[must_use]
    pub fn manual(amount: Decimal) -> Self {
        Self {
            amount: round(amount),
            version: MANUAL_VERSION,
        }
    }

    /// A cost the server found. `None` unless it is above 0 after rounding: there is nothing to store then.
    #[must_use]
    pub fn computed(amount: Decimal) -> Option<Self> {
        let amount = round(amount);
        (amount > Decimal::ZERO).then_some(Self {
            amount,
            version: COMPUTED_VERSION,
        })
    }
}

/// Rounds half away from zero to the stored scale and drops trailing zeros.
pub(crate) fn round(amount: Decimal) -> Decimal {
    amount
        .round_dp_with_strategy(COST_SCALE, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_to_the_stored_scale() {
        let amount = "0.0000000000005".parse().expect("a decimal literal");
        assert_eq!(SpanCost::manual(amount).amount, Decimal::new(1, 12));
        assert_eq!(SpanCost::manual(amount).version, "");
        assert_eq!(
            SpanCost::manual("1.500".parse().expect("a decimal literal"))
                .amount
                .to_string(),
            "1.5"
        );
    }

    #[test]
    fn a_computed_cost_that_rounds_to_nothing_is_no_cost() {
        assert_eq!(SpanCost::computed(Decimal::new(4, 13)), None);
        assert_eq!(SpanCost::computed(Decimal::ZERO), None);
        assert_eq!(SpanCost::computed(Decimal::NEGATIVE_ONE), None);
        assert_eq!(
            SpanCost::computed(Decimal::ONE),
            Some(SpanCost {
                amount: Decimal::ONE,
                version: "1.1"
            })
        );
    }
}
