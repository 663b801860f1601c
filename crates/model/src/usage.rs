//! Counts of what workspaces hold, and what happened in projects.
