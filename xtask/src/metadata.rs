//! The part of `cargo metadata` that the chores read.

use std::path::PathBuf;

use serde::Deserialize;

use crate::run::{self, Workspace};
use crate::sources::slashed;

#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` is a dependency of the library itself, else `"dev"` or `"build"`.
    pub(crate) kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Metadata {
    /// Asks cargo for the workspace's own packages.
    pub(crate) fn read(workspace: &Workspace) -> Result<Self, String> {
        let json = run::output(&mut workspace.cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
        serde_json::from_str(&json).map_err(|error| format!("cannot read cargo metadata: {error}"))
    }
}

impl Package {
    /// The package's folder below the root, with forward slashes: `crates/backends/sqlite`.
    pub(crate) fn folder(&self, workspace: &Workspace) -> String {
        let folder = self.manifest_path.parent().unwrap_or(&self.manifest_path);
        slashed(folder.strip_prefix(&workspace.root).unwrap_or(folder))
    }

    /// The names of the package's targets of one kind: `bench`, `test`, `example`, ….
    pub(crate) fn targets<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a str> {
        self.targets
            .iter()
            .filter(move |target| target.kind.iter().any(|it| it == kind))
            .map(|target| target.name.as_str())
    }
}
