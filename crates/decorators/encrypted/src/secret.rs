//! [`SecretKey`].

use std::fmt;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credenza_core::{Error, Result};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// 32 random bytes that nobody else knows. Wiped when it is dropped; its `Debug` shows nothing.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// These bytes. They must be random: a password is none.
    pub fn from_bytes(bytes: [u8; 32]) -> SecretKey {
        SecretKey(bytes)
    }

    /// A new one, from the generator of the cryptographic library.
    ///
    /// # Errors
    /// `Internal` if the system has no randomness.
    pub fn generate() -> Result<SecretKey> {
        let mut key = SecretKey([0; 32]);
        aws_lc_rs::rand::fill(&mut key.0).map_err(|_| Error::internal("the system gives no randomness"))?;
        Ok(key)
    }

    /// From base64 or from 64 hexadecimal digits; spaces and line ends around them are no part of it.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not 32 bytes, or all of them are the same.
    pub fn from_text(text: &str) -> Result<SecretKey> {
        let text = text.trim();
        let bytes = Zeroizing::new(match text.len() {
            64 => hex(text),
            _ => STANDARD.decode(text).ok(),
        });
        let found = bytes.as_deref().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        match found {
            Some(bytes) if bytes.iter().any(|byte| *byte != bytes[0]) => Ok(SecretKey(bytes)),
            _ => Err(Error::invalid("a key is 32 random bytes, in base64 or in hexadecimal digits")),
        }
    }

    /// From a variable of the environment, as [`SecretKey::from_text`].
    ///
    /// # Errors
    /// `InvalidArgument` if there is no such variable, or it is no key.
    pub fn from_env(name: &str) -> Result<SecretKey> {
        let text = std::env::var(name).map(Zeroizing::new);
        let text = text.map_err(|_| Error::invalid(format!("the environment has no key in {name}")))?;
        SecretKey::from_text(&text)
    }

    /// From a file, as [`SecretKey::from_text`].
    ///
    /// # Errors
    /// `InvalidArgument` if it cannot be read, or is no key.
    pub fn from_file(path: impl AsRef<Path>) -> Result<SecretKey> {
        let text = std::fs::read_to_string(path).map(Zeroizing::new);
        let text =
            text.map_err(|error| Error::invalid("the file of a key cannot be read").with_source(error))?;
        SecretKey::from_text(&text)
    }

    /// From what a program prints, as [`SecretKey::from_text`]: a client of a vault, say. It is waited for without a limit.
    ///
    /// # Errors
    /// `InvalidArgument` if it fails, or prints no key. What it printed is not part of the error.
    pub fn from_command(command: &mut Command) -> Result<SecretKey> {
        let output = command.output();
        let output =
            output.map_err(|error| Error::invalid("the command of a key cannot run").with_source(error))?;
        let text = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(Error::invalid(format!("the command of a key ended with {}", output.status)));
        }
        SecretKey::from_text(std::str::from_utf8(&text).unwrap_or_default())
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().map(|digit| char::from(digit).to_digit(16).map(|digit| digit as u8));
    let digits = digits.collect::<Option<Vec<u8>>>().map(Zeroizing::new)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_both_forms_and_nothing_else_is_a_key() {
        let bytes: [u8; 32] = std::array::from_fn(|index| index as u8 * 7);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for text in [STANDARD.encode(bytes), hex.clone(), format!("  {}\n", hex.to_uppercase())] {
            assert_eq!(SecretKey::from_text(&text).unwrap().expose(), &bytes);
        }
        let short = STANDARD.encode(&bytes[1..]);
        let zeros = STANDARD.encode([0; 32]);
        for text in ["", "password", &short, &zeros, &hex[2..], &hex.replace('0', "g")] {
            let error = SecretKey::from_text(text).unwrap_err();
            assert!(text.len() < 8 || !format!("{error:?}").contains(text));
        }
        assert_eq!(format!("{:?}", SecretKey::from_bytes(bytes)), "SecretKey");
    }

    #[test]
    fn keys_come_from_files_and_commands() {
        let hex = "0123456789abcdef".repeat(4);
        let mut command = Command::new("echo");
        let from_command = SecretKey::from_command(command.arg(&hex)).unwrap();
        assert_eq!(from_command.expose(), SecretKey::from_text(&hex).unwrap().expose());
        let mut command = Command::new("sh");
        let error = SecretKey::from_command(command.args(["-c", "echo secret; exit 3"])).unwrap_err();
        assert!(error.message().contains('3') && !format!("{error:?}").contains("secret"));
        let error = SecretKey::from_file("/no/such/file").unwrap_err();
        assert_eq!(error.kind(), credenza_core::ErrorKind::InvalidArgument);
    }
}
