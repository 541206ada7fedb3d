//! `credenza dictionary`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct DictionaryArgs {
    /// Files with values of the kind that is to be compressed: a thousand or more
    #[arg(required = true, value_name = "FILE")]
    pub(crate) samples: Vec<PathBuf>,
    /// Each line is a sample, not each file
    #[arg(long)]
    pub(crate) lines: bool,
    /// How many bytes the dictionary has at most
    #[arg(long, value_name = "BYTES", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(256..=1 << 20))]
    pub(crate) size: u32,
    /// Where the dictionary goes; a file that is there is not replaced
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
