//! Items of experiments side by side.

use async_trait::async_trait;

/// Items of experiments side by side.
#[async_trait]
pub trait ComparisonStore {}
