//! Plain folders: an object is a file, its key the path of the file.

mod export;
mod import;
mod name;

pub use export::export_folder;
pub use import::import_folder;

/// What became of an export or an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// Objects that were copied.
    pub objects: u64,
    /// Bytes of their content.
    pub bytes: u64,
    /// What was not copied, each with the reason.
    pub left_out: Vec<LeftOut>,
}

/// An object or a file that was not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// The key, or the path of the file below the folder.
    pub name: String,
    /// Why.
    pub why: &'static str,
}

impl Transfer {
    fn copied(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes += bytes;
    }

    fn leave_out(&mut self, name: impl Into<String>, why: &'static str) {
        self.left_out.push(LeftOut { name: name.into(), why });
    }
}
