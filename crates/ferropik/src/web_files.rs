//! The built web interface: inside of the binary, or, in debug builds, on disk as it is at the moment.

use ferropik_server::web::WebFile;
use rust_embed::RustEmbed;

/// Output of `npm run build` in `web`. A binary that was built before it has no interface.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Finds a file by its path in the output of the build.
pub(crate) fn find(path: &str) -> Option<WebFile> {
    let file = Files::get(path)?;
    Some(WebFile::new(file.data, file.metadata.sha256_hash()))
}

/// Whether there is an interface.
pub(crate) fn are_built() -> bool {
    find("index.html").is_some()
}
