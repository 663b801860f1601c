//! Items of experiments side by side.
