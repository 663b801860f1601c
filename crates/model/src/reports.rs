//! Reports, report failures and the welcome wizard.
