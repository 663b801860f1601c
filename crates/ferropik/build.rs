//! Builds the binary anew when the web interface, which is embedded in it, was built anew.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Debug builds read the files from disk.
    if std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        // While the directory is missing, cargo runs this every time, which is cheap.
        println!("cargo::rerun-if-changed=../../web/dist");
    }
}
