//! Keys as names of files.

use std::path::{Path, PathBuf};

/// The most bytes that the name of a file may have on the file systems in use.
const MAX_NAME: usize = 255;

/// The path of a key below a folder; or why it has none.
pub(super) fn path_of(key: &str, folder: &Path) -> Result<PathBuf, &'static str> {
    let mut path = folder.to_owned();
    for part in key.split('/') {
        match part {
            "" => return Err("a part of the key is empty, and a file has a name"),
            // No key has them, but a mistake here would leave the folder.
            "." | ".." => return Err("a part of the key has a meaning to the file system"),
            _ if part.len() > MAX_NAME => return Err("a part of the key is longer than a name may be"),
            _ if cfg!(windows) && part.contains([':', '*', '?', '"', '<', '>', '|']) => {
                return Err("the key has a character that a name may not have");
            }
            _ if is_partial(part) => return Err("the key looks like an export that was cut off"),
            _ => path.push(part),
        }
    }
    Ok(path)
}

/// The name of a file that is being written.
pub(super) fn partial(random: u64) -> String {
    format!(".credenza-{random:016x}.part")
}

/// Whether a file was being written when an export was cut off.
pub(super) fn is_partial(name: &str) -> bool {
    let digits = name.strip_prefix(".credenza-").and_then(|rest| rest.strip_suffix(".part"));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_folder() {
        let folder = Path::new("/f");
        assert_eq!(path_of("a/b.txt", folder), Ok(PathBuf::from("/f/a/b.txt")));
        assert_eq!(path_of("...", folder), Ok(PathBuf::from("/f/...")));
        for key in ["/etc", "a//b", "a/", "..", "a/../b", ".", &"x".repeat(256), &partial(7)] {
            assert!(path_of(key, folder).is_err(), "{key}");
        }
    }
}
