//! Rules that bodies must keep, and the texts that tell which ones they break.
//!
//! Paths are in camel case (`traces[0].startTime`) although the JSON is in snake case: clients know them this way.

use std::fmt::Display;

use super::error::{ApiError, ApiResult};

/// Most violations that one answer lists.
const MAX_LISTED: usize = 100;

/// Collects what is wrong with a body.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Violations(Vec<String>);

impl Violations {
    /// Nothing wrong so far.
    pub fn new() -> Violations {
        Violations::default()
    }

    /// Records that the property at `path` breaks a rule, as in `name` `must not be blank`. Beyond a hundred
    /// violations the rest is not listed.
    pub fn add(&mut self, path: impl Display, text: impl Display) {
        if self.0.len() < MAX_LISTED {
            self.0.push(format!("{path} {text}"));
        }
    }

    /// Records a sentence that stands for itself.
    pub fn add_sentence(&mut self, text: impl Into<String>) {
        if self.0.len() < MAX_LISTED {
            self.0.push(text.into());
        }
    }

    /// Records `path text` unless the rule is kept.
    pub fn check(&mut self, kept: bool, path: impl Display, text: impl Display) {
        if !kept {
            self.add(path, text);
        }
    }

    /// `must not be null`.
    pub fn not_null<T>(&mut self, value: Option<&T>, path: impl Display) {
        self.check(value.is_some(), path, "must not be null");
    }

    /// `must not be blank`, also for absent text.
    pub fn not_blank(&mut self, value: Option<&str>, path: impl Display) {
        self.check(
            value.is_some_and(|text| !text.trim().is_empty()),
            path,
            "must not be blank",
        );
    }

    /// `must not be blank` for text that may be absent.
    pub fn null_or_not_blank(&mut self, value: Option<&str>, path: impl Display) {
        self.check(
            value.is_none_or(|text| !text.trim().is_empty()),
            path,
            "must not be blank",
        );
    }

    /// `size must be between <min> and <max>`.
    pub fn size(&mut self, len: usize, min: usize, max: usize, path: impl Display) {
        self.check(
            (min..=max).contains(&len),
            path,
            format_args!("size must be between {min} and {max}"),
        );
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the check.
    ///
    /// # Errors
    /// 422 with all violations when there are any.
    pub fn finish(self) -> ApiResult<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid(self.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collects_all_violations() {
        let mut violations = Violations::new();
        violations.not_null::<u8>(None, "traces[0].startTime");
        violations.size(1001, 1, 1000, "ids");
        violations.not_blank(Some(" "), "name");
        violations.null_or_not_blank(None, "projectName");
        violations.not_blank(Some("x"), "threadId");
        assert_eq!(
            violations.finish().unwrap_err().body(),
            r#"{"errors":["traces[0].startTime must not be null","ids size must be between 1 and 1000","name must not be blank"]}"#
        );
        assert_eq!(Violations::new().finish(), Ok(()));
    }
}
