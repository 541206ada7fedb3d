//! The disk that is measured on.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder on the disk where cargo builds, gone when it is dropped. Not in `/tmp`, which may be in memory.
pub fn scratch() -> TempDir {
    let program = std::env::current_exe().expect("a program knows where it is");
    let folder = program.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    tempfile::Builder::new().prefix("bench-").tempdir_in(folder).expect("a folder beside the program")
}

/// The yardstick that programs share which cannot be linked into one: appends 4 KiB to a file and syncs it, so often.
pub fn append_and_sync(folder: &Path) -> impl FnMut(u64) {
    let mut file = std::fs::File::create(folder.join("appended")).expect("a file in the scratch folder");
    move |count| {
        for _ in 0..count {
            file.write_all(&[0xa5; 4096]).expect("there is room");
            file.sync_data().expect("the disk syncs");
        }
    }
}
