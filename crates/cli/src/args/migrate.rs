//! `credenza migrate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::duration;

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(subcommand)]
    pub(crate) task: MigrateTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrateTask {
    /// Shows how each step stands
    Status(Migration),
    /// Prints what apply would run, and runs nothing
    Plan(Migration),
    /// Applies the steps that are not applied yet
    Apply(Migration),
    /// Checks that what was applied is what the files say
    Verify(Migration),
    /// Records a step that was changed after it was applied as the files say it, and runs nothing
    Repair {
        /// Its number
        #[arg(long, value_name = "NUMBER")]
        step: u64,
        #[command(flatten)]
        migration: Migration,
    },
    /// Records steps as applied without running them, for a database that has their tables already
    Adopt {
        /// The number of the last of them
        #[arg(long, value_name = "NUMBER")]
        through: u64,
        #[command(flatten)]
        migration: Migration,
    },
}

/// Which steps, and on which database.
#[derive(Debug, Args)]
pub(crate) struct Migration {
    /// The database: sqlite:app.db, postgres://app@db.local/orders
    #[arg(long, value_name = "URL", required_unless_present = "data", requires = "dir")]
    pub(crate) url: Option<String>,
    /// The folder of the steps: 001_name.sql, 002_name.sqlite.sql
    #[arg(long, value_name = "DIR", requires = "url")]
    pub(crate) dir: Option<PathBuf>,
    /// The name that the steps are recorded under; sets with names of their own share a database
    #[arg(long, value_name = "NAME", default_value = "app")]
    pub(crate) module: String,
    /// The data folder of a server, for its own tables
    #[arg(long, value_name = "DIR", conflicts_with_all = ["url", "module"])]
    pub(crate) data: Option<PathBuf>,
    /// How long to wait for another who writes to the database
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "60s")]
    pub(crate) wait: Duration,
    /// Prints one JSON object a line, for each step
    #[arg(long)]
    pub(crate) json: bool,
}
