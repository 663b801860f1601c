//! Opening and closing the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ferropik_model::id;
use ferropik_store::{StoreError, StoreResult};
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::columns::{ColumnOptions, Columns};
use crate::comparison::Comparisons;
use crate::engine::connection::{open_reader, open_writer};
use crate::engine::migrations::{MigrationError, migrate};
use crate::engine::payload::{Codec, Field};
use crate::engine::readers::{Cancelled, Readers};
use crate::engine::strings::Strings;
use crate::engine::training::{Collector, TrainingSet};
use crate::engine::writer::Writer;
use crate::error::translate;
use crate::lock::{DirectoryLock, LockError};
use crate::payloads::Encoder;
use crate::scan::{Helpers, Sealer, Sealing};
use crate::state::State;
use crate::{environments, functions, purge};

/// Name of the database file inside of the data directory.
pub(crate) const DATABASE_FILE: &str = "ferropik.db";

/// Name of the workspace of a server without accounts.
const DEFAULT_WORKSPACE: &str = "default";

/// How often the columns in memory are looked after.
const COLUMN_UPKEEP: Duration = Duration::from_secs(1);

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Directory of the database; created when missing.
    pub data_dir: PathBuf,
    /// Threads that answer queries.
    pub readers: usize,
    /// Memory for columns, bytes; 0 switches them off. Without columns queries over many rows take longer.
    pub column_budget: usize,
}

impl SqliteOptions {
    /// The defaults for a data directory: as many readers as cores, at least 4.
    pub fn new(data_dir: impl Into<PathBuf>) -> SqliteOptions {
        let cores = std::thread::available_parallelism().map_or(4, std::num::NonZero::get);
        SqliteOptions {
            data_dir: data_dir.into(),
            readers: cores.max(4),
            column_budget: ColumnOptions::default().budget,
        }
    }
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process works on the directory.
    #[error("the data directory {} is in use by another ferropik{}; stop that one or choose another --data-dir",
        directory.display(), owner.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The directory.
        directory: PathBuf,
        /// Process id of the other one, if known.
        owner: Option<u32>,
    },
    /// The directory or a file in it cannot be used.
    #[error("cannot use the data directory {}: {error}", directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What the operating system says.
        error: std::io::Error,
    },
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// The database cannot be opened.
    #[error("cannot open the database {}: {error}; `ferropik doctor` says more", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What the database engine says.
        error: rusqlite::Error,
    },
}

/// What queries share.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) strings: Arc<Strings>,
    pub(crate) codec: Arc<Codec>,
    pub(crate) columns: Arc<Columns>,
    /// Connections of helpers that look through payloads.
    pub(crate) helpers: Arc<Helpers>,
    /// What is remembered of comparisons.
    pub(crate) comparisons: Arc<Comparisons>,
}

/// Names that requests ask for again and again.
#[derive(Default)]
struct Known {
    projects: RwLock<FxHashMap<(Uuid, String), Uuid>>,
    workspaces: RwLock<FxHashMap<String, Uuid>>,
}

/// Entries after which a cache of names starts anew.
const MAX_KNOWN: usize = 10_000;

/// The embedded store. Cheap to clone behind an [`Arc`]; all calls may run at the same time.
pub struct SqliteStore {
    writer: Arc<Writer<State>>,
    readers: Readers,
    context: Context,
    collector: Arc<Collector>,
    known: Known,
    wake_purge: Arc<Notify>,
    sealer: Sealer,
    background: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    orphans: Arc<Mutex<Vec<String>>>,
    _lock: DirectoryLock,
}

impl SqliteStore {
    /// Opens the store, creating it when missing. Must be called inside of a tokio runtime.
    ///
    /// # Errors
    /// The directory is in use or unusable, or the database is damaged or too new.
    pub fn open(options: &SqliteOptions) -> Result<SqliteStore, OpenError> {
        SqliteStore::open_with_columns(
            options,
            ColumnOptions {
                budget: options.column_budget,
                ..ColumnOptions::default()
            },
        )
    }

    /// Opens the store with columns in memory as they are described.
    pub(crate) fn open_with_columns(
        options: &SqliteOptions,
        column_options: ColumnOptions,
    ) -> Result<SqliteStore, OpenError> {
        let directory = &options.data_dir;
        let unusable = |error| OpenError::Directory {
            directory: directory.clone(),
            error,
        };
        std::fs::create_dir_all(directory).map_err(unusable)?;
        let lock = DirectoryLock::take(directory).map_err(|error| match error {
            LockError::Held(owner) => OpenError::InUse {
                directory: directory.clone(),
                owner,
            },
            LockError::Io(error) => unusable(error),
        })?;
        let path = directory.join(DATABASE_FILE);
        let failed = |error| OpenError::Database {
            path: path.clone(),
            error,
        };
        let connection = open_writer(&path).map_err(failed)?;
        migrate(&connection)?;
        seed(&connection).map_err(failed)?;

        let columns = Arc::new(Columns::new(path.clone(), column_options));
        let context = Context {
            strings: Arc::new(Strings::default()),
            codec: Arc::new(Codec::new()),
            columns: Arc::clone(&columns),
            helpers: Arc::new(Helpers::open(&path, crate::scan::default_helpers()).map_err(failed)?),
            comparisons: Arc::default(),
        };
        let collector = Arc::new(Collector::default());
        load_dictionaries(&connection, &context.codec, &collector).map_err(failed)?;
        let codec = Arc::clone(&context.codec);
        let readers = Readers::start(&path, options.readers.max(1), |reader| {
            functions::register(reader, &codec)
        })
        .map_err(failed)?;
        let sealing = Sealing::load(&connection).map_err(failed)?;
        let writer = Arc::new(Writer::start(connection, State::new(Arc::clone(&columns), sealing)).map_err(unusable)?);
        let sealer = Sealer::start(&path, context.clone(), Arc::clone(&writer)).map_err(failed)?;
        let wake_purge = Arc::new(Notify::new());
        let orphans: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = Arc::clone(&orphans);
        let purge = tokio::spawn(purge::run(
            Arc::clone(&writer),
            Arc::clone(&wake_purge),
            Box::new(move |leftovers| sink.lock().extend(leftovers.object_keys)),
        ));
        let upkeep = tokio::spawn(look_after(columns));
        Ok(SqliteStore {
            writer,
            readers,
            context,
            collector,
            known: Known::default(),
            wake_purge,
            sealer,
            background: Mutex::new(vec![purge, upkeep]),
            orphans,
            _lock: lock,
        })
    }

    /// Lets waiting writes finish, moves the log into the database and ends all threads. Later calls fail with
    /// [`StoreError::Closed`].
    pub fn close(&self) {
        for task in self.background.lock().drain(..) {
            task.abort();
        }
        self.readers.close();
        self.context.columns.close();
        self.sealer.close();
        self.writer.close();
    }

    /// Keys in the object store that the background deletion of projects has left without a referrer. Each key is
    /// answered once.
    pub fn take_orphans(&self) -> Vec<String> {
        std::mem::take(&mut *self.orphans.lock())
    }

    /// What queries share.
    pub(crate) fn context(&self) -> Context {
        self.context.clone()
    }

    /// The texts of interned strings.
    pub(crate) fn strings(&self) -> Arc<Strings> {
        Arc::clone(&self.context.strings)
    }

    /// What seals segments for searches, for tests that do not wait for the thread to do it.
    #[cfg(test)]
    pub(crate) fn sealery(&self, directory: &Path) -> crate::scan::Sealery {
        let path = directory.join(DATABASE_FILE);
        crate::scan::Sealery {
            connection: open_reader(&path).expect("the database is open already"),
            context: self.context(),
            writer: Arc::clone(&self.writer),
        }
    }

    /// Runs a query on a reader.
    pub(crate) async fn read<T, F>(&self, query: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Cancelled) -> StoreResult<T> + Send + 'static,
    {
        self.readers.run(query).await
    }

    /// Runs a write on the writer and waits for its commit.
    pub(crate) async fn write<T, F>(&self, write: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnMut(&Connection, &mut State) -> StoreResult<T> + Send + 'static,
    {
        self.writer.write(write).await
    }

    /// Compresses payloads on a thread for blocking work.
    pub(crate) async fn encode<T, F>(&self, work: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Encoder<'_>) -> StoreResult<T> + Send + 'static,
    {
        let (codec, collector) = (Arc::clone(&self.context.codec), Arc::clone(&self.collector));
        let (result, trainings) = tokio::task::spawn_blocking(move || {
            let mut encoder = Encoder::new(&codec, &collector);
            let result = work(&mut encoder);
            (result, encoder.into_trainings())
        })
        .await
        .map_err(StoreError::internal)?;
        for training in trainings {
            self.train(training);
        }
        result
    }

    /// Trains a dictionary beside everything else and takes it into use once it is stored.
    fn train(&self, training: TrainingSet) {
        let (writer, codec) = (Arc::clone(&self.writer), Arc::clone(&self.context.codec));
        tokio::spawn(async move {
            let field = training.field;
            let Ok(Some(bytes)) = tokio::task::spawn_blocking(move || training.train()).await else {
                tracing::debug!(?field, "payloads have too little in common for a dictionary");
                return;
            };
            let stored = bytes.clone();
            let result = writer
                .write(move |connection, _| {
                    connection
                        .execute(
                            "INSERT INTO payload_dictionary (field, created_us, bytes) VALUES (?1, ?2, ?3)",
                            rusqlite::params![field.number(), ferropik_model::Timestamp::now().as_micros(), stored],
                        )
                        .map_err(translate)
                })
                .await;
            match result {
                Ok(_) => {
                    tracing::info!(?field, bytes = bytes.len(), "trained a payload dictionary");
                    codec.add_dictionary(field, &bytes);
                }
                Err(error) => tracing::warn!(%error, "could not store a payload dictionary"),
            }
        });
    }

    /// A project that was asked for before.
    pub(crate) fn known_project(&self, workspace: Uuid, folded_name: &str) -> Option<Uuid> {
        self.known
            .projects
            .read()
            .get(&(workspace, folded_name.to_owned()))
            .copied()
    }

    /// Remembers a project.
    pub(crate) fn remember_project(&self, workspace: Uuid, folded_name: String, id: Uuid) {
        let mut known = self.known.projects.write();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert((workspace, folded_name), id);
    }

    /// Forgets all projects, after one was renamed or deleted.
    pub(crate) fn forget_projects(&self) {
        self.known.projects.write().clear();
    }

    /// A workspace that was asked for before.
    pub(crate) fn known_workspace(&self, name: &str) -> Option<Uuid> {
        self.known.workspaces.read().get(name).copied()
    }

    /// Remembers a workspace. Only existing ones are remembered, so that the cache cannot grow beyond their number.
    pub(crate) fn remember_workspace(&self, name: &str, id: Uuid) {
        self.known.workspaces.write().insert(name.to_owned(), id);
    }

    /// Lets the deletion of the contents of deleted projects begin.
    pub(crate) fn wake_purge(&self) {
        self.wake_purge.notify_one();
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}

async fn look_after(columns: Arc<Columns>) {
    let mut ticks = tokio::time::interval(COLUMN_UPKEEP);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let columns = Arc::clone(&columns);
        if tokio::task::spawn_blocking(move || columns.upkeep()).await.is_err() {
            tracing::error!("looking after the columns in memory failed");
        }
    }
}

/// What a fresh database holds.
fn seed(connection: &Connection) -> rusqlite::Result<()> {
    let workspaces: i64 = connection.query_row("SELECT COUNT(*) FROM workspace", [], |row| row.get(0))?;
    if workspaces > 0 {
        return seed_definitions(connection);
    }
    let now = ferropik_model::Timestamp::now().as_micros();
    let transaction = connection.unchecked_transaction()?;
    let id = id::DEFAULT_WORKSPACE_ID;
    transaction.execute("INSERT INTO string (text) VALUES (?1)", [crate::SYSTEM_USER])?;
    let user = transaction.last_insert_rowid();
    transaction.execute(
        "INSERT INTO workspace (id, name) VALUES (?1, ?2)",
        rusqlite::params![id.as_bytes(), DEFAULT_WORKSPACE],
    )?;
    let workspace = transaction.last_insert_rowid();
    transaction.execute(
        "INSERT INTO project (workspace, id, name, folded_name, visibility, created_us, created_by, updated_us, \
         updated_by) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?5, ?6)",
        rusqlite::params![
            workspace,
            id.as_bytes(),
            crate::DEFAULT_PROJECT,
            crate::projects::folded(crate::DEFAULT_PROJECT),
            now,
            user
        ],
    )?;
    environments::seed(&transaction, workspace, user, now)?;
    crate::feedback_definitions::seed(&transaction, workspace, id, user)?;
    transaction.commit()
}

/// The feedback definition of workspaces that are older than feedback definitions.
fn seed_definitions(connection: &Connection) -> rusqlite::Result<()> {
    let user: i64 = connection.query_row("SELECT key FROM string WHERE text = ?1", [crate::SYSTEM_USER], |row| {
        row.get(0)
    })?;
    let mut workspaces = connection.prepare("SELECT key, id FROM workspace")?;
    let mut rows = workspaces.query([])?;
    while let Some(row) = rows.next()? {
        crate::feedback_definitions::seed(connection, row.get(0)?, crate::rows::uuid_at(row, 1)?, user)?;
    }
    Ok(())
}

/// Makes the stored dictionaries known.
pub(crate) fn load_dictionaries(connection: &Connection, codec: &Codec, collector: &Collector) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT field, bytes FROM payload_dictionary ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        if let Some(field) = Field::ALL.into_iter().find(|field| field.number() == number) {
            codec.add_dictionary(field, row.get_ref(1)?.as_blob()?);
            collector.finish(field);
        }
    }
    Ok(())
}

/// How long the administration waits for a lock on the database.
pub(crate) const ADMIN_PATIENCE: Duration = Duration::from_secs(10);

/// Opens a database for reading beside a running server.
pub(crate) fn open_beside(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open_reader(path)?;
    connection.busy_timeout(ADMIN_PATIENCE)?;
    Ok(connection)
}
