-- Datasets, their versions and items, experiments and optimizations. Conventions as in the first file.

-- A deleted dataset stays as long as experiments refer to it: without a folded name, so that the name is free again.
CREATE TABLE dataset (
    key             INTEGER PRIMARY KEY,
    workspace       INTEGER NOT NULL,
    project         INTEGER,
    id              BLOB NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    folded_name     TEXT,               -- for comparison without case; null once the dataset is deleted
    type            INTEGER NOT NULL,   -- 0 dataset, 1 evaluation suite
    visibility      INTEGER NOT NULL,   -- 0 private, 1 public
    status          INTEGER NOT NULL,   -- of an upload: 0 unknown, 1 processing, 2 completed, 3 failed
    description     TEXT,
    tags            TEXT,               -- JSON array
    created_us      INTEGER NOT NULL,
    created_by      INTEGER NOT NULL,
    updated_us      INTEGER NOT NULL,
    updated_by      INTEGER NOT NULL,
    last_experiment_us   INTEGER,       -- creation of the newest regular experiment
    last_optimization_us INTEGER,       -- creation of the newest optimization
    latest          INTEGER NOT NULL DEFAULT 0, -- number of the latest version, 0 when there is none
    UNIQUE (workspace, folded_name)
);
CREATE INDEX dataset_by_workspace ON dataset (workspace, id) WHERE folded_name IS NOT NULL;
CREATE INDEX dataset_by_project ON dataset (project, id) WHERE project IS NOT NULL;

-- Versions of a dataset are numbered from 1 without gaps.
CREATE TABLE dataset_version (
    key           INTEGER PRIMARY KEY,
    dataset       INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    id            BLOB NOT NULL UNIQUE,
    hash          TEXT NOT NULL,        -- last 8 hexadecimal digits of the id
    batch_group   BLOB,                 -- the group of writes that made it
    items         INTEGER NOT NULL,
    added         INTEGER NOT NULL,
    modified      INTEGER NOT NULL,
    deleted       INTEGER NOT NULL,
    description   TEXT,
    metadata      TEXT,                 -- JSON object of texts
    evaluators    TEXT,                 -- JSON array
    policy        TEXT,                 -- JSON object
    created_us    INTEGER NOT NULL,
    created_by    INTEGER NOT NULL,
    updated_us    INTEGER NOT NULL,
    updated_by    INTEGER NOT NULL,
    UNIQUE (dataset, number)
);
CREATE INDEX dataset_version_by_hash ON dataset_version (dataset, hash);
CREATE UNIQUE INDEX dataset_version_by_group ON dataset_version (dataset, batch_group) WHERE batch_group IS NOT NULL;

-- Tags of versions; `latest` is not stored.
CREATE TABLE dataset_version_tag (
    dataset INTEGER NOT NULL,
    tag     TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (dataset, tag)
) WITHOUT ROWID;
CREATE INDEX dataset_version_tag_by_version ON dataset_version_tag (version);

-- One state of an item, which the versions from `first` up to, but not including, `until` share. The open end is
-- 9223372036854775807. At most one state of an item is in any version.
CREATE TABLE dataset_item (
    seq         INTEGER PRIMARY KEY,
    dataset     INTEGER NOT NULL,
    id          BLOB NOT NULL,          -- the stable id
    first       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    data        INTEGER NOT NULL,       -- key of dataset_item_data
    shape       INTEGER NOT NULL,       -- interned JSON text of the sorted pairs of key and type of its data
    source      INTEGER NOT NULL,       -- 0 manual, 1 trace, 2 span, 3 sdk
    trace_id    BLOB,
    span_id     BLOB,
    description TEXT,
    tags        TEXT,                   -- JSON array
    evaluators  TEXT,                   -- JSON array
    policy      TEXT,                   -- JSON object
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    updated_us  INTEGER NOT NULL,
    updated_by  INTEGER NOT NULL
);
CREATE INDEX dataset_item_by_dataset ON dataset_item (dataset, id, first, until);
CREATE INDEX dataset_item_latest ON dataset_item (dataset, id) WHERE until = 9223372036854775807;
CREATE INDEX dataset_item_by_id ON dataset_item (id);
CREATE INDEX dataset_item_by_shape ON dataset_item (dataset, shape, until, first);

-- The data of items, as frames. Several states may share one.
CREATE TABLE dataset_item_data (
    key  INTEGER PRIMARY KEY,
    uses INTEGER NOT NULL,              -- states that refer to it
    data BLOB NOT NULL
);

-- Files that datasets are written to. They are deleted together with their rows once these expire.
CREATE TABLE dataset_export (
    id           BLOB PRIMARY KEY,
    workspace    INTEGER NOT NULL,
    dataset      BLOB NOT NULL,         -- id of the dataset
    dataset_name TEXT NOT NULL,
    version      BLOB,                  -- id of the exported version, null for none
    status       INTEGER NOT NULL,      -- 0 pending, 1 processing, 2 completed, 3 failed
    object_key   TEXT,                  -- where the file is, once there is one
    error        TEXT,
    created_us   INTEGER NOT NULL,
    created_by   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    updated_by   INTEGER NOT NULL,
    expires_us   INTEGER NOT NULL,
    viewed_us    INTEGER
) WITHOUT ROWID;
CREATE INDEX dataset_export_by_workspace ON dataset_export (workspace, id);
CREATE INDEX dataset_export_by_expiry ON dataset_export (expires_us);
CREATE INDEX dataset_export_open ON dataset_export (status, id) WHERE status < 2;

-- Files that become items of datasets. The row is there before the file is and goes after it.
CREATE TABLE dataset_upload (
    id         BLOB PRIMARY KEY,
    workspace  INTEGER NOT NULL,
    state      INTEGER NOT NULL,        -- 0 receiving, 1 waiting, 2 spent
    dataset    BLOB,                    -- id of the dataset, null while receiving
    format     INTEGER NOT NULL,        -- 0 CSV, 1 JSON, 2 JSON lines
    items      INTEGER NOT NULL,        -- so many are stored
    created_by INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX dataset_upload_by_state ON dataset_upload (state, id);
CREATE INDEX dataset_upload_by_dataset ON dataset_upload (dataset) WHERE state = 1;

CREATE TABLE experiment (
    key          INTEGER PRIMARY KEY,
    workspace    INTEGER NOT NULL,
    id           BLOB NOT NULL UNIQUE,
    dataset      INTEGER NOT NULL,      -- key of the dataset
    version      INTEGER,               -- key of the dataset version
    project      INTEGER,               -- its own one, if it has any
    optimization BLOB,                  -- id of the optimization
    name         TEXT NOT NULL,
    type         INTEGER NOT NULL,      -- 0 regular, 1 trial, 2 mini-batch, 3 mutation
    method       INTEGER NOT NULL,      -- 0 dataset, 1 evaluation suite
    status       INTEGER NOT NULL,      -- 0 running, 1 completed, 2 cancelled, 3 failed
    metadata     BLOB,                  -- frame
    tags         TEXT,                  -- JSON array
    scores       TEXT,                  -- JSON array of experiment scores
    policy       TEXT,                  -- JSON object: the execution policy of the pinned version
    created_us   INTEGER NOT NULL,
    created_by   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    updated_by   INTEGER NOT NULL,
    finished_us  INTEGER,
    revision     INTEGER NOT NULL DEFAULT 0, -- counts changes of what its summary is made of
    summarized   INTEGER NOT NULL DEFAULT -1 -- the revision that its summary is of
);
CREATE INDEX experiment_stale ON experiment (workspace) WHERE summarized <> revision;
CREATE INDEX experiment_by_workspace ON experiment (workspace, id);
CREATE INDEX experiment_by_dataset ON experiment (dataset, id);
CREATE INDEX experiment_by_project ON experiment (project, id) WHERE project IS NOT NULL;
CREATE INDEX experiment_by_optimization ON experiment (optimization, id) WHERE optimization IS NOT NULL;

CREATE TABLE experiment_prompt (
    experiment INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    version    BLOB NOT NULL,           -- id of the prompt version
    prompt     BLOB NOT NULL,           -- id of the prompt
    PRIMARY KEY (experiment, position)
) WITHOUT ROWID;
CREATE INDEX experiment_prompt_by_prompt ON experiment_prompt (prompt, experiment);

-- A run of a dataset item. The trace may be a ghost as long as it has not arrived.
CREATE TABLE experiment_item (
    seq        INTEGER PRIMARY KEY,
    workspace  INTEGER NOT NULL,
    id         BLOB NOT NULL,
    experiment INTEGER NOT NULL,        -- key of the experiment, or of its row in experiment_awaited
    item       BLOB NOT NULL,           -- stable id of the dataset item
    trace      INTEGER NOT NULL,        -- seq of the trace
    project    INTEGER,                 -- the one that was named, if any
    policy     TEXT,                    -- JSON object
    created_us INTEGER NOT NULL,
    created_by INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    updated_by INTEGER NOT NULL
);
CREATE UNIQUE INDEX experiment_item_by_id ON experiment_item (id, workspace);
CREATE INDEX experiment_item_by_experiment ON experiment_item (experiment, item, trace);
CREATE INDEX experiment_item_by_trace ON experiment_item (trace, experiment);

-- Keys given to experiments that items name before they arrive.
CREATE TABLE experiment_awaited (
    key       INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL,
    id        BLOB NOT NULL UNIQUE
);

-- What lists show of an experiment's traces, as of the revision `summarized` of the experiment.
CREATE TABLE experiment_summary (
    experiment   INTEGER PRIMARY KEY,
    items        INTEGER NOT NULL,
    traces       INTEGER NOT NULL,      -- distinct ones
    cost         INTEGER NOT NULL,      -- sum, 1e-12 US dollars
    cost_avg     INTEGER NOT NULL,      -- mean over the items, 1e-12 US dollars
    p50          REAL,                  -- milliseconds; null when there are no items
    p90          REAL,
    p99          REAL,
    measured     INTEGER NOT NULL,      -- whether any trace has ended
    usage        TEXT NOT NULL,         -- JSON object of means
    scores       TEXT NOT NULL,         -- JSON object of means, 1e-9
    passed       INTEGER NOT NULL,      -- passing items
    judged       INTEGER NOT NULL,      -- items with an assertion
    pass_rate    INTEGER,               -- 1e-9; null when no item was judged
    assertions   TEXT NOT NULL,         -- JSON object of means, 1e-9
    projects     TEXT NOT NULL,         -- keys of the projects of its traces between commas, that of the first one first
    comments     INTEGER NOT NULL,      -- traces with comments
    updated_us   INTEGER                -- latest write of its items
);

CREATE TABLE optimization (
    key          INTEGER PRIMARY KEY,
    workspace    INTEGER NOT NULL,
    id           BLOB NOT NULL UNIQUE,
    dataset      INTEGER NOT NULL,
    dataset_name TEXT NOT NULL,         -- kept when the dataset is deleted
    project      INTEGER,
    name         TEXT NOT NULL,
    objective    TEXT NOT NULL,
    status       INTEGER NOT NULL,      -- 0 running, 1 completed, 2 cancelled, 3 initialized, 4 error
    metadata     TEXT,
    studio       TEXT,                  -- configuration of a studio run
    error        TEXT,                  -- JSON object
    created_us   INTEGER NOT NULL,
    created_by   INTEGER NOT NULL,
    updated_us   INTEGER NOT NULL,
    updated_by   INTEGER NOT NULL
);
CREATE INDEX optimization_by_workspace ON optimization (workspace, id);
CREATE INDEX optimization_by_dataset ON optimization (dataset, id);
CREATE INDEX optimization_by_project ON optimization (project, id) WHERE project IS NOT NULL;

-- What belongs to a project by its id goes with it.
ALTER TABLE purge ADD COLUMN id BLOB;
