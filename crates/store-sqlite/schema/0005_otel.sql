-- Traces of OpenTelemetry. Conventions as in the first file.

-- The ids that traces of OpenTelemetry have here, as long as more of their spans may arrive.
CREATE TABLE otel_trace (
    project INTEGER NOT NULL,
    otel_id BLOB NOT NULL,
    trace   BLOB NOT NULL,              -- id of the trace, which need not exist
    used_us INTEGER NOT NULL,           -- when it was asked for last, some minutes off at most
    PRIMARY KEY (project, otel_id)
) WITHOUT ROWID;
CREATE INDEX otel_trace_by_use ON otel_trace (used_us);
