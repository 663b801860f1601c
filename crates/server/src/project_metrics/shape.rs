//! From what a store finds to the series that clients draw: names, gaps, and the greatest groups.

use ferropik_model::{
    DataPoint, Measure, MetricEntity, MetricInterval, MetricSeries, MetricType, MetricValue, Timestamp,
};
use ferropik_store::FoundSeries;

use crate::http::{ApiError, ApiResult};

/// Groups that have a series of their own.
const MAX_GROUPS: usize = 10;

/// Name of the series of all other groups.
const OTHERS: &str = "__others__";

/// Intervals of one series: hours of more than ten years.
const MAX_INTERVALS: i64 = 100_000;

/// Points of all series of one answer.
const MAX_POINTS: usize = 2_000_000;

/// The range that series are drawn over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) interval: MetricInterval,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Frame {
    /// Numbers of the intervals that are shown even when there is nothing in them.
    fn shown(&self) -> std::ops::Range<i64> {
        let first = self.interval.number(self.start.as_millis());
        let end_nanos = self.end.as_nanos();
        // The last interval begins before the end.
        let last = Timestamp::from_nanos(end_nanos.saturating_sub(1)).as_millis();
        if self.end <= self.start {
            return first..first;
        }
        first..self.interval.number(last) + 1
    }

    /// # Errors
    /// 400 when the range holds too many intervals.
    pub(super) fn check(&self) -> ApiResult<()> {
        let shown = self.shown();
        if shown.end - shown.start > MAX_INTERVALS {
            return Err(too_many());
        }
        Ok(())
    }

    fn time(&self, number: i64) -> Timestamp {
        match self.interval {
            MetricInterval::Total => Timestamp::from_millis(self.start.as_millis().div_euclid(1_000) * 1_000),
            _ => Timestamp::from_millis(self.interval.bounds(number).0),
        }
    }

    fn points(&self, found: &[(i64, MetricValue)]) -> Vec<DataPoint> {
        found
            .iter()
            .map(|(number, value)| DataPoint {
                time: self.time(*number),
                value: *value,
            })
            .collect()
    }

    /// The points of a series with all intervals of the range.
    pub(super) fn filled(&self, found: &[(i64, MetricValue)], gap: MetricValue) -> Vec<DataPoint> {
        if self.interval == MetricInterval::Total {
            return self.points(found);
        }
        let shown = self.shown();
        let before = found.partition_point(|(number, _)| *number < shown.start);
        let (earlier, rest) = found.split_at(before);
        let inside = rest.partition_point(|(number, _)| *number < shown.end);
        let (inside, later) = rest.split_at(inside);
        let mut points = self.points(earlier);
        let mut next = inside.iter().peekable();
        for number in shown {
            let value = next
                .next_if(|(known, _)| *known == number)
                .map_or(gap, |(_, value)| *value);
            points.push(DataPoint {
                time: self.time(number),
                value,
            });
        }
        points.extend(self.points(later));
        points
    }

    fn series(&self, name: String, found: &[(i64, MetricValue)], gap: MetricValue) -> MetricSeries {
        MetricSeries {
            name,
            data: self.filled(found, gap),
        }
    }
}

fn too_many() -> ApiError {
    ApiError::bad_request("The range holds too many intervals")
}

/// What an interval shows when there is nothing in it.
fn gap(measure: Measure) -> MetricValue {
    match measure {
        Measure::Durations | Measure::MeanDuration | Measure::Scores => MetricValue::Null,
        Measure::Count | Measure::ErrorRate | Measure::Cost | Measure::Usage | Measure::FailedGuardrails => {
            MetricValue::Integer(0)
        }
    }
}

/// What the series of a metric is called; those of several series are called by what they show.
fn name(metric: MetricType) -> String {
    match (metric.measure(), metric.entity()) {
        (Measure::Count, entity) => entity.as_str().to_owned(),
        (Measure::FailedGuardrails, _) => "failed".to_owned(),
        _ => metric.as_str().to_ascii_lowercase(),
    }
}

/// The prefix of the names of percentiles.
fn percentile(entity: MetricEntity, which: &str) -> String {
    match entity {
        MetricEntity::Traces => format!("duration.{which}"),
        MetricEntity::Spans => format!("span_duration.{which}"),
        MetricEntity::Threads => format!("thread_duration.{which}"),
    }
}

/// The series of a metric that is not grouped, without gaps.
///
/// # Errors
/// 400 when there are too many points.
pub(super) fn ungrouped(metric: MetricType, frame: Frame, found: Vec<FoundSeries>) -> ApiResult<Vec<MetricSeries>> {
    let measure = metric.measure();
    let shown = frame.shown();
    let width = usize::try_from(shown.end - shown.start).unwrap_or(usize::MAX);
    if found.len().saturating_mul(width) > MAX_POINTS {
        return Err(too_many());
    }
    if found.is_empty() && frame.interval == MetricInterval::Total {
        return Ok(Vec::new());
    }
    let gap = gap(measure);
    Ok(match measure {
        Measure::Durations => ["p50", "p90", "p99"]
            .into_iter()
            .map(|which| {
                let points = found.iter().find(|series| series.name == which);
                let points = points.map_or(&[] as &[_], |series| &series.points);
                frame.series(percentile(metric.entity(), which), points, gap)
            })
            .collect(),
        Measure::Scores | Measure::Usage if found.is_empty() => vec![frame.series(String::new(), &[], gap)],
        Measure::Scores | Measure::Usage => found
            .into_iter()
            .map(|series| frame.series(series.name, &series.points, gap))
            .collect(),
        _ => {
            let points = found.into_iter().next().map_or_else(Vec::new, |series| series.points);
            vec![frame.series(name(metric), &points, gap)]
        }
    })
}

/// The series of groups: the greatest first, all beyond some in one.
pub(super) fn grouped(frame: Frame, found: Vec<FoundSeries>) -> Vec<MetricSeries> {
    let mut ranked: Vec<(f64, FoundSeries)> = found
        .into_iter()
        .map(|series| (series.points.iter().map(|(_, value)| value.to_f64()).sum(), series))
        .collect();
    ranked.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.name.cmp(&second.name)));
    let others = ranked.split_off(ranked.len().min(MAX_GROUPS));
    let mut series: Vec<MetricSeries> = ranked
        .into_iter()
        .map(|(_, group)| MetricSeries {
            data: frame.points(&group.points),
            name: group.name,
        })
        .collect();
    if !others.is_empty() {
        series.push(MetricSeries {
            name: OTHERS.to_owned(),
            data: others
                .iter()
                .flat_map(|(_, group)| frame.points(&group.points))
                .take(MAX_POINTS)
                .collect(),
        });
    }
    series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn frame(interval: MetricInterval, start: &str, end: &str) -> Frame {
        Frame {
            interval,
            start: at(start),
            end: at(end),
        }
    }

    fn one(name: &str, points: &[(i64, i64)]) -> FoundSeries {
        FoundSeries {
            name: name.to_owned(),
            points: points
                .iter()
                .map(|(number, value)| (*number, MetricValue::Integer(*value)))
                .collect(),
        }
    }

    fn drawn(series: &MetricSeries) -> Vec<(String, MetricValue)> {
        series
            .data
            .iter()
            .map(|point| (point.time.to_string(), point.value))
            .collect()
    }

    #[test]
    fn gaps_are_filled_up_to_the_end() {
        let day = |text: &str| MetricInterval::Daily.number(at(text).as_millis());
        let frame = frame(MetricInterval::Daily, "2026-01-01T13:00:00Z", "2026-01-04T00:00:00Z");
        let found = one(
            "",
            &[(day("2026-01-02T00:00:00Z"), 5), (day("2026-01-04T00:00:00Z"), 1)],
        );
        let series = ungrouped(MetricType::TraceCount, frame, vec![found]).unwrap();
        assert_eq!(series[0].name, "traces");
        assert_eq!(
            drawn(&series[0]),
            [
                ("2026-01-01T00:00:00Z".to_owned(), MetricValue::Integer(0)),
                ("2026-01-02T00:00:00Z".to_owned(), MetricValue::Integer(5)),
                ("2026-01-03T00:00:00Z".to_owned(), MetricValue::Integer(0)),
                // Beyond the end, but with something in it.
                ("2026-01-04T00:00:00Z".to_owned(), MetricValue::Integer(1)),
            ]
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        let frame = frame(MetricInterval::Weekly, "2026-03-01T00:00:00Z", "2026-03-09T00:00:01Z");
        let series = ungrouped(MetricType::ThreadDuration, frame, Vec::new()).unwrap();
        assert_eq!(
            series.iter().map(|series| series.name.as_str()).collect::<Vec<_>>(),
            ["thread_duration.p50", "thread_duration.p90", "thread_duration.p99"]
        );
        let times: Vec<String> = drawn(&series[2]).into_iter().map(|(time, _)| time).collect();
        assert_eq!(
            times,
            ["2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"]
        );
        assert!(series[0].data.iter().all(|point| point.value == MetricValue::Null));
    }

    #[test]
    fn nothing_has_one_series_without_a_name() {
        let frame = frame(MetricInterval::Hourly, "2026-01-01T00:30:00Z", "2026-01-01T02:00:00Z");
        for (metric, value) in [
            (MetricType::FeedbackScores, MetricValue::Null),
            (MetricType::SpanTokenUsage, MetricValue::Integer(0)),
        ] {
            let series = ungrouped(metric, frame, Vec::new()).unwrap();
            assert_eq!(series.len(), 1);
            assert_eq!(series[0].name, "");
            assert_eq!(
                drawn(&series[0]),
                [
                    ("2026-01-01T00:00:00Z".to_owned(), value),
                    ("2026-01-01T01:00:00Z".to_owned(), value)
                ]
            );
        }
    }

    #[test]
    fn totals_have_one_point_or_no_series() {
        let frame = frame(
            MetricInterval::Total,
            "2026-01-01T13:00:00.987654Z",
            "2026-01-04T00:00:00Z",
        );
        let series = ungrouped(MetricType::SpanCost, frame, vec![one("", &[(0, 7)])]).unwrap();
        assert_eq!(series[0].name, "span_cost");
        assert_eq!(
            drawn(&series[0]),
            [("2026-01-01T13:00:00Z".to_owned(), MetricValue::Integer(7))]
        );
        for metric in MetricType::ALL {
            assert_eq!(ungrouped(*metric, frame, Vec::new()).unwrap(), []);
        }
    }

    #[test]
    fn the_greatest_groups_come_first_and_the_others_together() {
        let frame = frame(MetricInterval::Hourly, "1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z");
        let found: Vec<FoundSeries> = (0..13)
            .map(|n| one(&format!("g{n:02}"), &[(1, n / 2), (2, 1)]))
            .collect();
        let series = grouped(frame, found);
        let names: Vec<&str> = series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "g12",
                "g10",
                "g11",
                "g08",
                "g09",
                "g06",
                "g07",
                "g04",
                "g05",
                "g02",
                "__others__"
            ]
        );
        assert_eq!(
            drawn(&series[10])
                .iter()
                .map(|(time, value)| (&time[11..13], *value))
                .collect::<Vec<_>>(),
            [
                ("01", MetricValue::Integer(1)),
                ("02", MetricValue::Integer(1)),
                ("01", MetricValue::Integer(0)),
                ("02", MetricValue::Integer(1)),
                ("01", MetricValue::Integer(0)),
                ("02", MetricValue::Integer(1)),
            ]
        );
        assert_eq!(grouped(frame, Vec::new()), []);
    }

    #[test]
    fn absurd_ranges_are_refused() {
        let hours = frame(MetricInterval::Hourly, "1970-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
        assert_eq!(hours.check().unwrap_err().status(), 400);
        let days = Frame {
            interval: MetricInterval::Daily,
            ..hours
        };
        days.check().unwrap();
        let backwards = frame(MetricInterval::Hourly, "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z");
        assert_eq!(backwards.filled(&[], MetricValue::Null), []);
    }
}
