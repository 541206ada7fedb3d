//! Where keys are.

use std::process::Command;

use credenza_core::{Error, Result};
use credenza_encrypted::SecretKey;
use serde::Deserialize;

/// One of the three: a variable of the environment, a file, a command with its arguments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeySource {
    env: Option<String>,
    file: Option<String>,
    command: Option<Vec<String>>,
}

/// A key of a ring.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberedKey {
    pub(super) number: u32,
    pub(super) key: KeySource,
}

impl KeySource {
    pub(super) fn read(&self) -> Result<SecretKey> {
        match (&self.env, &self.file, self.command.as_deref()) {
            (Some(name), None, None) => SecretKey::from_env(name),
            (None, Some(path), None) => SecretKey::from_file(path),
            (None, None, Some([program, arguments @ ..])) => {
                SecretKey::from_command(Command::new(program).args(arguments))
            }
            _ => Err(Error::invalid("a key is read from one of: env, file, command")),
        }
    }
}
