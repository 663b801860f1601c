//! Datasets, their versions and items.
