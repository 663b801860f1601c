//! Copies of files that are complete or not there.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::{AdminError, file_error};

/// Ending of the names of files that are not complete yet.
pub(super) const PARTIAL: &str = "partial";

/// Files and bytes of a copy.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Volume {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// Copies all files below a directory, except those that the destination has already and those that an upload has not
/// finished. A source that does not exist counts as empty. Files that vanish meanwhile are left out.
pub(super) fn directory(source: &Path, destination: &Path) -> Result<Volume, AdminError> {
    let mut volume = Volume::default();
    let entries = match fs::read_dir(source) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(volume),
        Err(error) => return Err(file_error(source)(error)),
    };
    let mut changed = false;
    for entry in entries {
        let entry = entry.map_err(file_error(source))?;
        let (from, to) = (entry.path(), destination.join(entry.file_name()));
        let kind = entry.file_type().map_err(file_error(&from))?;
        if kind.is_dir() {
            let part = directory(&from, &to)?;
            volume.files += part.files;
            volume.bytes += part.bytes;
        } else if kind.is_file() && !is_unfinished(&from) {
            fs::create_dir_all(destination).map_err(file_error(destination))?;
            if let Some(bytes) = file(&from, &to)? {
                volume.files += 1;
                volume.bytes += bytes;
                changed = true;
            }
        }
    }
    if changed {
        sync_directory(destination)?;
    }
    Ok(volume)
}

/// The object store writes to a name with a number sign before it gives a file its name.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains('#') || name.ends_with(PARTIAL)
}

/// Copies one file, unless it is there or gone. Answers its size.
fn file(from: &Path, to: &Path) -> Result<Option<u64>, AdminError> {
    if to.exists() {
        return Ok(None);
    }
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PARTIAL);
    let partial = to.with_file_name(name);
    let bytes = match fs::copy(from, &partial) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !from.exists() => return Ok(None),
        Err(error) => return Err(file_error(&partial)(error)),
    };
    finish(&partial, to)?;
    Ok(Some(bytes))
}

/// Makes a complete file durable and gives it its name.
pub(super) fn finish(partial: &Path, to: &Path) -> Result<(), AdminError> {
    File::options()
        .write(true)
        .open(partial)
        .and_then(|file| file.sync_all())
        .map_err(file_error(partial))?;
    fs::rename(partial, to).map_err(file_error(to))
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(path: &Path) -> Result<(), AdminError> {
    if cfg!(unix) {
        File::open(path)
            .and_then(|directory| directory.sync_all())
            .map_err(file_error(path))?;
    }
    Ok(())
}

/// Whether there is nothing at a path, or an empty directory.
pub(super) fn is_vacant(path: &Path) -> Result<bool, AdminError> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(file_error(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_skip_what_is_unfinished_and_what_is_there() {
        let directory_handle = tempfile::tempdir().unwrap();
        let (source, destination) = (directory_handle.path().join("a"), directory_handle.path().join("b"));
        fs::create_dir_all(source.join("x/y")).unwrap();
        fs::write(source.join("x/y/one"), "1").unwrap();
        fs::write(source.join("two"), "22").unwrap();
        fs::write(source.join("three#1"), "333").unwrap();
        let volume = directory(&source, &destination).unwrap();
        assert_eq!((volume.files, volume.bytes), (2, 3));
        assert_eq!(fs::read_to_string(destination.join("x/y/one")).unwrap(), "1");
        assert!(!destination.join("three#1").exists());
        assert_eq!(directory(&source, &destination).unwrap().files, 0);
        assert_eq!(
            directory(&directory_handle.path().join("none"), &destination)
                .unwrap()
                .files,
            0
        );
        assert!(!is_vacant(&destination).unwrap());
        assert!(is_vacant(&directory_handle.path().join("none")).unwrap());
        assert!(!is_vacant(&source.join("two")).unwrap());
    }
}
