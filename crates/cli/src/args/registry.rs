//! `credenza registry`.

use clap::{Args, Subcommand, ValueEnum};

use super::Connection;

#[derive(Debug, Args)]
pub(crate) struct RegistryArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(subcommand)]
    pub(crate) task: RegistryTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegistryTask {
    /// Lists keys, tables and objects, what changed last first
    List {
        /// Only keys that start with this
        #[arg(default_value = "")]
        prefix: String,
        /// Only resources of this type
        #[arg(long = "type", value_enum, value_name = "TYPE")]
        kind: Option<Kind>,
        /// Only resources of this namespace
        #[arg(long, short, value_name = "NAME")]
        namespace: Option<String>,
        /// How many resources at most
        #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "all", value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
        /// How many resources to leave out first
        #[arg(long, value_name = "N", default_value_t = 0)]
        offset: u64,
        /// Lists all of them
        #[arg(long)]
        all: bool,
        /// Prints one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Counts resources by type and namespace
    Stats {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Registers a resource that is kept elsewhere, or changes what is told of one
    Register {
        #[command(flatten)]
        resource: Resource,
        /// Its size in bytes
        #[arg(long, value_name = "N")]
        size: Option<u64>,
        /// Any JSON
        #[arg(long, value_name = "JSON")]
        metadata: Option<String>,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Takes a resource out of the registry; the resource itself stays
    Unregister {
        #[command(flatten)]
        resource: Resource,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Resource {
    /// Its type
    #[arg(value_enum, value_name = "TYPE")]
    pub(crate) kind: Kind,
    /// Its key; of a table the name
    pub(crate) key: String,
    /// Its namespace
    #[arg(long, short, value_name = "NAME", default_value = "default")]
    pub(crate) namespace: String,
}

/// The type of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Kv,
    D1,
    R2,
    Do,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Kv => "kv",
            Kind::D1 => "d1",
            Kind::R2 => "r2",
            Kind::Do => "do",
        }
    }
}
