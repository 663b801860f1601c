-- Prompts, their versions, environments and agent configurations. Conventions as in the first file.

-- Environments get what people say of them. Those that traces have registered so far keep their names.
CREATE TABLE environment_next (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    id          BLOB NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    folded_name TEXT NOT NULL,      -- for comparison without case
    description TEXT,
    color       TEXT,               -- null: the one that follows from the name
    position    INTEGER NOT NULL,
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    updated_us  INTEGER NOT NULL,
    updated_by  INTEGER NOT NULL,
    UNIQUE (workspace, folded_name)
);
INSERT INTO environment_next (workspace, id, name, folded_name, position, created_us, created_by, updated_us, updated_by)
    SELECT workspace, id, name, folded_name, 0, created_ns / 1000, created_by, created_ns / 1000, created_by
    FROM environment ORDER BY created_ns, id;
DROP TABLE environment;
ALTER TABLE environment_next RENAME TO environment;

-- Keys are never given twice, as versions of deleted prompts may lie around for a moment.
CREATE TABLE prompt (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace   INTEGER NOT NULL,
    project     INTEGER,            -- null: of the workspace as a whole
    id          BLOB NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    folded_name TEXT NOT NULL,      -- for comparison without case
    description TEXT,
    structure   INTEGER NOT NULL,   -- 0 text, 1 chat
    tags        TEXT,               -- JSON array
    versions    INTEGER NOT NULL,   -- without masks
    last_number INTEGER NOT NULL,   -- of its versions; 0 when there is none
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL,
    updated_us  INTEGER NOT NULL,
    updated_by  INTEGER NOT NULL
);
CREATE UNIQUE INDEX prompt_by_name ON prompt (workspace, folded_name, IFNULL(project, 0));
CREATE INDEX prompt_by_workspace ON prompt (workspace, id);
CREATE INDEX prompt_by_project ON prompt (project, id) WHERE project IS NOT NULL;

-- Prompts that are deleted and whose versions are being deleted.
CREATE TABLE prompt_purge (
    prompt INTEGER PRIMARY KEY
);

CREATE TABLE prompt_version (
    key                INTEGER PRIMARY KEY,
    workspace          INTEGER NOT NULL,
    prompt             INTEGER NOT NULL,
    id                 BLOB NOT NULL UNIQUE,
    hash               TEXT NOT NULL COLLATE NOCASE, -- the commit: 8 letters or digits
    number             INTEGER,            -- null: a mask
    type               INTEGER NOT NULL,   -- 0 mustache, 1 jinja2, 2 python
    template           BLOB NOT NULL,      -- frame
    metadata           BLOB,               -- frame
    change_description TEXT,
    tags               TEXT,               -- JSON array
    created_us         INTEGER NOT NULL,
    created_by         INTEGER NOT NULL
);
CREATE UNIQUE INDEX prompt_version_by_hash ON prompt_version (prompt, hash);
CREATE UNIQUE INDEX prompt_version_by_number ON prompt_version (prompt, number) WHERE number IS NOT NULL;
CREATE INDEX prompt_version_by_id ON prompt_version (prompt, id) WHERE number IS NOT NULL;
CREATE INDEX prompt_version_in_workspace ON prompt_version (workspace, hash);

-- Which version of a prompt an environment uses.
CREATE TABLE prompt_environment (
    prompt      INTEGER NOT NULL,
    folded_name TEXT NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    PRIMARY KEY (prompt, folded_name)
) WITHOUT ROWID;
CREATE INDEX prompt_environment_by_version ON prompt_environment (version, name);

-- The agent configuration of a project.
CREATE TABLE agent_config (
    project    INTEGER PRIMARY KEY,
    workspace  INTEGER NOT NULL,
    id         BLOB NOT NULL UNIQUE,
    blueprints INTEGER NOT NULL,        -- without masks
    created_us INTEGER NOT NULL,
    created_by INTEGER NOT NULL
);

-- Its states, and overlays of them.
CREATE TABLE blueprint (
    key         INTEGER PRIMARY KEY,
    workspace   INTEGER NOT NULL,
    project     INTEGER NOT NULL,
    id          BLOB NOT NULL UNIQUE,
    number      INTEGER,                -- null: a mask
    description TEXT,
    content     BLOB NOT NULL,          -- frame of a JSON array of values
    created_us  INTEGER NOT NULL,
    created_by  INTEGER NOT NULL
);
CREATE UNIQUE INDEX blueprint_by_number ON blueprint (project, number) WHERE number IS NOT NULL;
CREATE INDEX blueprint_by_id ON blueprint (project, id) WHERE number IS NOT NULL;
CREATE INDEX blueprint_by_time ON blueprint (project, created_us, id) WHERE number IS NOT NULL;
CREATE INDEX blueprint_by_project ON blueprint (project);

-- Which blueprint an environment uses, and used before.
CREATE TABLE blueprint_environment (
    key        INTEGER PRIMARY KEY,
    project    INTEGER NOT NULL,
    name       TEXT NOT NULL COLLATE NOCASE,
    blueprint  INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    started_by INTEGER NOT NULL,
    ended_us   INTEGER
);
CREATE UNIQUE INDEX blueprint_environment_by_name ON blueprint_environment (project, name) WHERE ended_us IS NULL;
CREATE INDEX blueprint_environment_by_blueprint ON blueprint_environment (blueprint, name) WHERE ended_us IS NULL;
CREATE INDEX blueprint_environment_by_project ON blueprint_environment (project);
