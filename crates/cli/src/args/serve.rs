//! `credenza serve`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::duration;

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The folder that holds the data [default: ~/.credenza]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8787")]
    pub(crate) listen: String,
    /// Listens on an address that others can reach, although the server asks nobody who they are
    #[arg(long)]
    pub(crate) allow_unauthenticated: bool,
    /// Another name by which clients call this server, besides localhost, host.docker.internal and addresses
    #[arg(long = "allow-host", value_name = "NAME")]
    pub(crate) allow_hosts: Vec<String>,
    /// What an answered write survives: a power cut, or a crash of the process only (faster)
    #[arg(long, value_enum, default_value = "full")]
    pub(crate) durability: Durability,
    /// How large things may be: as a machine of one's own takes them, or as Cloudflare publishes for KV, D1 and R2
    #[arg(long, value_enum, default_value = "relaxed")]
    pub(crate) limits: Limits,
    /// How long a request may take
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "30s")]
    pub(crate) request_timeout: Duration,
    /// How long requests in flight may go on after SIGTERM or SIGINT
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "10s")]
    pub(crate) shutdown_grace: Duration,
    /// How log lines look, on standard error
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) log_format: LogFormat,
    /// The least level that is logged; each request is logged at info
    #[arg(long, value_enum, default_value = "info")]
    pub(crate) log_level: LogLevel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Durability {
    Full,
    Normal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Limits {
    Relaxed,
    Cloudflare,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}
