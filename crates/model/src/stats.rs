//! Statistics over a selection of traces, spans or threads.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use utoipa::ToSchema;

/// The 50th, 90th and 99th percentile, linearly interpolated between the closest ranks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct Percentiles {
    /// Median.
    pub p50: f64,
    /// 90th percentile.
    pub p90: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Value of one statistic; its variant is the wire `type`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StatValue {
    /// `COUNT`: a whole number.
    Count(u64),
    /// `AVG`: a mean or a sum.
    Avg(f64),
    /// `PERCENTAGE`: percentiles.
    Percentage(Percentiles),
}

/// One statistic.
#[derive(Debug, Clone, PartialEq)]
pub struct Stat {
    /// Name such as `trace_count` or `usage.total_tokens`.
    pub name: String,
    /// Value.
    pub value: StatValue,
}

impl Stat {
    /// A whole number.
    pub fn count(name: impl Into<String>, value: u64) -> Stat {
        Stat {
            name: name.into(),
            value: StatValue::Count(value),
        }
    }

    /// A mean or a sum, rounded to 9 digits and clamped to ±999999999.999999999.
    pub fn avg(name: impl Into<String>, value: f64) -> Stat {
        Stat {
            name: name.into(),
            value: StatValue::Avg(bounded(value)),
        }
    }

    /// Percentiles, rounded and clamped like [`Stat::avg`].
    pub fn percentage(name: impl Into<String>, value: Percentiles) -> Stat {
        let value = Percentiles {
            p50: bounded(value.p50),
            p90: bounded(value.p90),
            p99: bounded(value.p99),
        };
        Stat {
            name: name.into(),
            value: StatValue::Percentage(value),
        }
    }
}

fn bounded(value: f64) -> f64 {
    const LIMIT: f64 = 999_999_999.999_999_999;
    if value.is_nan() {
        return 0.0;
    }
    let rounded = if value.abs() < 1e6 {
        (value * 1e9).round() / 1e9
    } else {
        value
    };
    rounded.clamp(-LIMIT, LIMIT)
}

impl Serialize for Stat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Stat", 3)?;
        object.serialize_field("name", &self.name)?;
        match &self.value {
            StatValue::Count(value) => {
                object.serialize_field("type", "COUNT")?;
                object.serialize_field("value", value)?;
            }
            StatValue::Avg(value) => {
                object.serialize_field("type", "AVG")?;
                object.serialize_field("value", value)?;
            }
            StatValue::Percentage(value) => {
                object.serialize_field("type", "PERCENTAGE")?;
                object.serialize_field("value", value)?;
            }
        }
        object.end()
    }
}

impl utoipa::PartialSchema for Stat {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("name", ObjectBuilder::new().schema_type(Type::String))
            .required("name")
            .property(
                "type",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some(["COUNT", "AVG", "PERCENTAGE"])),
            )
            .required("type")
            .property(
                "value",
                ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::SchemaType::AnyValue)
                    .description(Some("a number for COUNT and AVG, {p50, p90, p99} for PERCENTAGE")),
            )
            .required("value")
            .into()
    }
}

impl ToSchema for Stat {}

/// The statistics of a selection; empty when nothing matches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Stats {
    /// In the order that clients show.
    pub stats: Vec<Stat>,
}
