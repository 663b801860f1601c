//! From SQLite's errors to the store's.

use ferropik_store::StoreError;
use rusqlite::ErrorCode;

/// What a failure of the database means to the caller.
pub(crate) fn translate(error: rusqlite::Error) -> StoreError {
    let Some(code) = error.sqlite_error_code() else {
        return StoreError::internal(error);
    };
    match code {
        ErrorCode::DiskFull => StoreError::StorageFull,
        ErrorCode::OperationInterrupted => StoreError::Timeout,
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Overloaded,
        ErrorCode::TooBig => StoreError::Unrepresentable("a value is too large to be stored".to_owned()),
        ErrorCode::SystemIoFailure if is_out_of_space() => StoreError::StorageFull,
        _ => StoreError::internal(error),
    }
}

/// SQLite reports a full disk as an I/O failure when it cannot even grow its shared-memory file.
fn is_out_of_space() -> bool {
    std::io::Error::last_os_error().kind() == std::io::ErrorKind::StorageFull
}
