//! Dashboards, insights views and saved queries.
