-- Feedback definitions, annotation queues, dashboards, retention and reports. Conventions as in the first file.

CREATE TABLE feedback_definition (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    id          BLOB NOT NULL,
    name        TEXT NOT NULL,
    folded_name TEXT NOT NULL,          -- for comparison without case
    type        INTEGER NOT NULL,       -- 0 numerical, 1 categorical, 2 boolean
    description TEXT,
    details     TEXT NOT NULL,          -- JSON object
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    updated_us  INTEGER NOT NULL,
    updated_by  INTEGER NOT NULL,
    UNIQUE (workspace, id),
    UNIQUE (workspace, folded_name)
);

-- The project of a queue need not exist.
CREATE TABLE annotation_queue (
    key              INTEGER PRIMARY KEY,
    workspace        INTEGER NOT NULL,
    id               BLOB NOT NULL,
    project          BLOB NOT NULL,     -- id of the project
    name             TEXT NOT NULL,
    description      TEXT NOT NULL,
    instructions     TEXT NOT NULL,
    scope            INTEGER NOT NULL,  -- 0 traces, 1 threads
    comments_enabled INTEGER NOT NULL,
    definitions      TEXT NOT NULL,     -- JSON array of names of feedback definitions
    annotators       INTEGER NOT NULL,  -- how many look at each item
    lock_seconds     INTEGER NOT NULL,
    automation       TEXT,              -- JSON object
    automated        INTEGER NOT NULL,  -- whether the automation is switched on
    annotator_view   TEXT,              -- JSON object
    items            INTEGER NOT NULL DEFAULT 0,
    created_ns       INTEGER NOT NULL,
    created_by       INTEGER NOT NULL,
    updated_ns       INTEGER NOT NULL,
    updated_by       INTEGER NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX annotation_queue_by_project ON annotation_queue (workspace, project, id);
CREATE INDEX annotation_queue_automated ON annotation_queue (workspace, project) WHERE automated = 1;

-- Items are ids of traces, or of the records of threads; they need not exist.
CREATE TABLE annotation_queue_item (
    queue      INTEGER NOT NULL,
    item       BLOB NOT NULL,
    automated  INTEGER NOT NULL,        -- whether a rule of the queue has added it
    PRIMARY KEY (queue, item)
) WITHOUT ROWID;
CREATE INDEX annotation_queue_item_by_item ON annotation_queue_item (item, queue);

-- What was annotated in queues, which is little of all scores and comments.
CREATE INDEX score_by_queue ON score (queue, kind, entity, author, name, value) WHERE queue <> x'';
CREATE INDEX comment_by_queue ON comment (queue, kind, entity, created_by) WHERE queue IS NOT NULL;

CREATE TABLE dashboard (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    id          BLOB NOT NULL,
    project     BLOB,                   -- id of the project
    scope       INTEGER NOT NULL,       -- 0 workspace, 1 insights
    type        INTEGER NOT NULL,       -- 0 of projects, 1 of experiments
    name        TEXT NOT NULL,
    slug        TEXT NOT NULL,
    description TEXT,
    config      TEXT NOT NULL,          -- JSON
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    updated_us  INTEGER NOT NULL,
    updated_by  INTEGER NOT NULL,
    UNIQUE (workspace, id),
    UNIQUE (workspace, slug)
);
CREATE INDEX dashboard_by_scope ON dashboard (workspace, scope, id);
CREATE INDEX dashboard_by_project ON dashboard (project, scope, id) WHERE project IS NOT NULL;

-- Queries of dashboards, kept as they were written.
CREATE TABLE saved_query (
    id         BLOB NOT NULL,
    workspace  INTEGER NOT NULL,
    project    BLOB,
    sql        TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) WITHOUT ROWID;

CREATE TABLE retention_rule (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    id          BLOB NOT NULL,
    project     BLOB,                   -- id of the project
    level       INTEGER NOT NULL,       -- 0 organization, 1 workspace, 2 project
    retention   INTEGER NOT NULL,       -- 0 unlimited, 1 short, 2 base, 3 extended
    past        INTEGER NOT NULL,       -- whether it applies to what was there before
    enabled     INTEGER NOT NULL,
    cursor      BLOB,                   -- while catching up with the past: what is older has been looked at
    caught_up   INTEGER NOT NULL,
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    updated_us  INTEGER NOT NULL,
    updated_by  INTEGER NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX retention_rule_active ON retention_rule (workspace, level, project) WHERE enabled = 1;

CREATE TABLE report_failure (
    id         BLOB NOT NULL,
    workspace  INTEGER NOT NULL,
    project    BLOB NOT NULL,
    type       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    detail     TEXT,
    created_us INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    PRIMARY KEY (workspace, id)
) WITHOUT ROWID;
CREATE INDEX report_failure_by_project ON report_failure (workspace, project, created_us, id);

CREATE TABLE report_preference (
    workspace  INTEGER NOT NULL,
    project    BLOB NOT NULL,
    enabled    INTEGER NOT NULL,
    schedule   TEXT NOT NULL,           -- HH:mm:ss
    prompt     TEXT,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    PRIMARY KEY (workspace, project)
) WITHOUT ROWID;

-- Whether a workspace has gone through the welcome wizard, and what was answered.
CREATE TABLE welcome_wizard (
    workspace  INTEGER PRIMARY KEY,
    answers    TEXT NOT NULL,           -- JSON object
    created_us INTEGER NOT NULL,
    created_by INTEGER NOT NULL
);

-- What an assistant keeps for a user.
CREATE TABLE assistant_state (
    workspace  INTEGER NOT NULL,
    user       INTEGER NOT NULL,
    bytes      BLOB NOT NULL,
    PRIMARY KEY (workspace, user)
);
