//! Certificates of a private authority.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Trouble;

/// Makes `authority.pem` in the folder, and `server.pem` with `server.key` for `localhost` and 127.0.0.1.
pub(super) fn certify(folder: &Path) -> Result<(), Trouble> {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority = [
        "-keyout",
        "authority.key",
        "-x509",
        "-out",
        "authority.pem",
        "-days",
        "2",
        "-subj",
        "/CN=authority",
    ];
    openssl(folder, &[&["req"][..], &key, &authority].concat())?;
    let request = ["-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"];
    openssl(folder, &[&["req"][..], &key, &request].concat())?;
    fs::write(
        folder.join("server.ext"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
    )?;
    let sign =
        ["x509", "-req", "-in", "server.csr", "-out", "server.pem", "-days", "2", "-extfile", "server.ext"];
    let by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
    openssl(folder, &[&sign[..], &by].concat())
}

fn openssl(folder: &Path, args: &[&str]) -> Result<(), Trouble> {
    let output = Command::new("openssl").args(args).current_dir(folder).stdin(Stdio::null()).output();
    let output = output.map_err(|error| Trouble(format!("openssl: {error}")))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(Trouble(format!("openssl: {}", String::from_utf8_lossy(&output.stderr).trim_end()))),
    }
}
