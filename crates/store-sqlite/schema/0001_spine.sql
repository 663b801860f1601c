-- Workspaces, projects, traces, spans, threads and what hangs on them.
--
-- Conventions: `key` and `seq` are integers of this file and never leave it; `id` is the 16 bytes of a UUID.
-- Instants ending in `_ns` are nanoseconds since the epoch, in `_us` microseconds. Costs are counted in 1e-12 US
-- dollars, score values in 1e-9. Columns that hold numbers of interned strings are named like what they mean.

CREATE TABLE workspace (
    key           INTEGER PRIMARY KEY,
    id            BLOB NOT NULL UNIQUE,
    name          TEXT NOT NULL UNIQUE,
    configuration TEXT
);

CREATE TABLE project (
    key                 INTEGER PRIMARY KEY,
    workspace           INTEGER NOT NULL,
    id                  BLOB NOT NULL UNIQUE,
    name                TEXT NOT NULL,
    folded_name         TEXT NOT NULL,      -- for comparison without case
    visibility          INTEGER NOT NULL,   -- 0 private, 1 public
    description         TEXT,
    created_us          INTEGER NOT NULL,
    created_by          INTEGER NOT NULL,
    updated_us          INTEGER NOT NULL,
    updated_by          INTEGER NOT NULL,
    last_trace_us       INTEGER,
    has_foreign_spans   INTEGER NOT NULL DEFAULT 0, -- whether a span of it is in a trace of another project
    UNIQUE (workspace, folded_name)
);

-- Projects whose rows are being deleted.
CREATE TABLE purge (
    project INTEGER PRIMARY KEY
);

CREATE TABLE string (
    key  INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

CREATE TABLE payload_dictionary (
    id         INTEGER PRIMARY KEY,
    field      INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    bytes      BLOB NOT NULL
);

CREATE TABLE environment (
    id          BLOB PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    created_ns  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    UNIQUE (workspace, folded_name)
) WITHOUT ROWID;

-- A row exists as soon as anything refers to the trace; until the trace itself arrives its flags say `ghost`.
CREATE TABLE trace (
    seq              INTEGER PRIMARY KEY,
    id               BLOB NOT NULL,
    workspace        INTEGER NOT NULL,
    project          INTEGER NOT NULL,
    flags            INTEGER NOT NULL,
    source           INTEGER NOT NULL,
    name             INTEGER,
    start_ns         INTEGER NOT NULL,
    end_ns           INTEGER,
    created_ns       INTEGER NOT NULL,
    updated_us       INTEGER NOT NULL,
    created_by       INTEGER NOT NULL,
    updated_by       INTEGER NOT NULL,
    thread           INTEGER,
    environment      INTEGER,
    error_type       INTEGER,
    ttft             REAL,
    tags             BLOB,               -- numbers of interned strings
    span_count       INTEGER NOT NULL,
    llm_span_count   INTEGER NOT NULL,
    tool_span_count  INTEGER NOT NULL,
    cost             INTEGER NOT NULL,
    totals           BLOB,               -- usage sums and providers of the spans
    failed_guardrails INTEGER NOT NULL
);
CREATE UNIQUE INDEX trace_by_id ON trace (id, workspace);
CREATE INDEX trace_by_project ON trace (project, id);
CREATE INDEX trace_by_thread ON trace (thread) WHERE thread IS NOT NULL;

CREATE TABLE trace_payload (
    seq      INTEGER PRIMARY KEY,
    input    BLOB,
    output   BLOB,
    metadata BLOB,
    error    BLOB
);

CREATE TABLE trace_tag (
    project INTEGER NOT NULL,
    tag     INTEGER NOT NULL,
    trace   INTEGER NOT NULL,
    PRIMARY KEY (project, tag, trace)
) WITHOUT ROWID;

CREATE TABLE span (
    seq          INTEGER PRIMARY KEY,
    id           BLOB NOT NULL,
    workspace    INTEGER NOT NULL,
    project      INTEGER NOT NULL,
    trace        INTEGER NOT NULL,      -- seq of the trace; 0 as long as it is unknown
    parent       BLOB,
    flags        INTEGER NOT NULL,
    source       INTEGER NOT NULL,
    type         INTEGER NOT NULL,
    name         INTEGER,
    start_ns     INTEGER NOT NULL,
    end_ns       INTEGER,
    created_ns   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    created_by   INTEGER NOT NULL,
    updated_by   INTEGER NOT NULL,
    model        INTEGER,
    provider     INTEGER,
    environment  INTEGER,
    error_type   INTEGER,
    ttft         REAL,
    tags         BLOB,
    cost         INTEGER NOT NULL,
    usage        BLOB                   -- pairs of interned key and value
);
CREATE UNIQUE INDEX span_by_id ON span (id, workspace);
CREATE INDEX span_by_trace ON span (trace);
CREATE INDEX span_by_project ON span (project, id);

CREATE TABLE span_payload (
    seq      INTEGER PRIMARY KEY,
    input    BLOB,
    output   BLOB,
    metadata BLOB,
    error    BLOB
);

CREATE TABLE thread (
    seq          INTEGER PRIMARY KEY,
    workspace    INTEGER NOT NULL,
    project      INTEGER NOT NULL,
    thread_id    TEXT NOT NULL,
    model_id     BLOB NOT NULL UNIQUE,
    inactive     INTEGER NOT NULL,
    flags        INTEGER NOT NULL,
    created_ns   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    created_by   INTEGER NOT NULL,
    updated_by   INTEGER NOT NULL,
    environment  INTEGER,
    tags         BLOB,
    trace_count  INTEGER NOT NULL,
    start_ns     INTEGER,
    end_ns       INTEGER,
    first_trace  INTEGER,               -- seq of the trace that started first
    last_trace   INTEGER,               -- seq of the trace that ended last
    cost         INTEGER NOT NULL,
    totals       BLOB,
    UNIQUE (project, thread_id)
);
CREATE INDEX thread_by_update ON thread (project, updated_us);
CREATE INDEX thread_shown ON thread (project, model_id) WHERE trace_count > 0;
CREATE INDEX thread_open ON thread (updated_us) WHERE inactive = 0;

-- kind: 1 trace, 2 span, 3 thread
CREATE TABLE score (
    kind       INTEGER NOT NULL,
    entity     INTEGER NOT NULL,
    name       INTEGER NOT NULL,
    author     INTEGER NOT NULL,
    queue      BLOB NOT NULL,           -- empty when given in no annotation queue
    value      INTEGER NOT NULL,
    category   TEXT,
    reason     TEXT,
    source     INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    PRIMARY KEY (kind, entity, name, author, queue)
) WITHOUT ROWID;

-- The aggregated value of each entity and name. kind as above, and 4: all spans of a trace, by the trace.
CREATE TABLE score_value (
    kind    INTEGER NOT NULL,
    project INTEGER NOT NULL,
    name    INTEGER NOT NULL,
    value   INTEGER NOT NULL,
    entity  INTEGER NOT NULL,
    PRIMARY KEY (kind, project, name, value, entity)
) WITHOUT ROWID;

CREATE TABLE comment (
    id         BLOB NOT NULL,
    workspace  INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    entity     INTEGER NOT NULL,
    text       TEXT NOT NULL,
    queue      BLOB,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    updated_by INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) WITHOUT ROWID;
CREATE INDEX comment_by_entity ON comment (kind, entity);

CREATE TABLE guardrail (
    seq        INTEGER PRIMARY KEY,
    trace      INTEGER NOT NULL,
    span_id    BLOB NOT NULL,
    name       INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    config     BLOB NOT NULL,
    details    BLOB NOT NULL,
    created_ns INTEGER NOT NULL,
    created_by INTEGER NOT NULL
);
CREATE INDEX guardrail_by_trace ON guardrail (trace);

-- kind: 1 trace, 2 span
CREATE TABLE attachment (
    workspace  INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    entity     BLOB NOT NULL,
    file_name  TEXT NOT NULL,
    project    INTEGER NOT NULL,
    mime_type  TEXT NOT NULL,
    size       INTEGER NOT NULL,
    object_key TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    PRIMARY KEY (workspace, kind, entity, file_name)
) WITHOUT ROWID;

-- Sums per project, hour (of the time in the id) and source. kind: 1 traces, 2 spans.
CREATE TABLE rollup (
    kind           INTEGER NOT NULL,
    project        INTEGER NOT NULL,
    hour           INTEGER NOT NULL,
    source         INTEGER NOT NULL,
    rows           INTEGER NOT NULL,
    errors         INTEGER NOT NULL,
    inputs         INTEGER NOT NULL,
    outputs        INTEGER NOT NULL,
    metadatas      INTEGER NOT NULL,
    tags           INTEGER NOT NULL,
    spans          INTEGER NOT NULL,
    llm_spans      INTEGER NOT NULL,
    costs          INTEGER NOT NULL,    -- rows with a cost above 0
    cost           INTEGER NOT NULL,
    failed_guardrails INTEGER NOT NULL,
    durations      INTEGER NOT NULL,    -- rows with a duration
    duration_us    INTEGER NOT NULL,
    histogram      BLOB,                -- of the durations
    PRIMARY KEY (kind, project, hour, source)
) WITHOUT ROWID;

CREATE TABLE usage_rollup (
    kind    INTEGER NOT NULL,
    project INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    source  INTEGER NOT NULL,
    name    INTEGER NOT NULL,
    rows    INTEGER NOT NULL,
    total   INTEGER NOT NULL,
    PRIMARY KEY (kind, project, hour, source, name)
) WITHOUT ROWID;

-- kind as in score_value.
CREATE TABLE score_rollup (
    kind    INTEGER NOT NULL,
    project INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    source  INTEGER NOT NULL,
    name    INTEGER NOT NULL,
    rows    INTEGER NOT NULL,
    total   INTEGER NOT NULL,
    PRIMARY KEY (kind, project, hour, source, name)
) WITHOUT ROWID;

-- Signatures for searches: which traces may hold a text. A segment is a range of traces by seq; `places` says in two
-- bytes for each of its traces which block it belongs to.
CREATE TABLE search_segment (
    segment INTEGER PRIMARY KEY,
    blocks  INTEGER NOT NULL,
    places  BLOB NOT NULL
);

-- Of each bit of a segment, one bit for each block; several bits to a row.
CREATE TABLE search_slices (
    key  INTEGER PRIMARY KEY,
    bits BLOB NOT NULL
);

-- Traces with text that the signatures do not know.
CREATE TABLE search_change (
    trace INTEGER PRIMARY KEY,
    mark  INTEGER NOT NULL
);
