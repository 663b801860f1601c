//! Pages of lists.

use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    /// Number of the page, from 1.
    pub page: u64,
    /// Number of items on this page (not the size that was asked for).
    pub size: u64,
    /// Number of items on all pages.
    pub total: u64,
    /// The items.
    pub content: Vec<T>,
    /// Fields that the list can be sorted by; absent where it cannot be sorted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sortable_by: Option<Vec<String>>,
}

impl<T> Page<T> {
    /// A page whose `size` is the number of items in `content`.
    pub fn new(page: u64, total: u64, content: Vec<T>) -> Page<T> {
        Page {
            page,
            size: content.len() as u64,
            total,
            content,
            sortable_by: None,
        }
    }

    /// The page with the names that the list can be sorted by.
    #[must_use]
    pub fn sortable_by(mut self, names: Vec<String>) -> Page<T> {
        self.sortable_by = Some(names);
        self
    }

    /// The page with each item turned into another.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page {
            page: self.page,
            size: self.size,
            total: self.total,
            content: self.content.into_iter().map(convert).collect(),
            sortable_by: self.sortable_by,
        }
    }
}
