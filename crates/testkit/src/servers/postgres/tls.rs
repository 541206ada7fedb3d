use std::fs;
use std::ops::Deref;

use super::Postgres;
use super::install::Install;
use crate::servers::Trouble;
use crate::servers::certificate::certify;
use crate::servers::trouble::or_skip;

const SETTINGS: &[&str] =
    &["ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key", "ssl_ca_file=authority.pem"];

/// Over TCP nobody is let in without TLS.
const ACCESS: &str = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

/// A Postgres server that speaks TLS alone, with a certificate for `localhost` and 127.0.0.1 from a private authority.
/// Otherwise it is a [`Postgres`].
///
/// It is the one of the system, at least version 14 and without pgvector: those of the packages cannot speak TLS.
#[derive(Debug)]
pub struct PostgresTls {
    postgres: Postgres,
    authority: Vec<u8>,
}

impl PostgresTls {
    /// Starts a server. `None` where the system has no Postgres or no `openssl`, after saying so; with `CI=true` a
    /// panic.
    #[track_caller]
    pub fn start() -> Option<PostgresTls> {
        or_skip("Postgres with TLS", PostgresTls::launch())
    }

    fn launch() -> Result<PostgresTls, Trouble> {
        let install = Install::of_the_system()?;
        let postgres = Postgres::launch(&install, SETTINGS, |data| {
            certify(data)?;
            for file in ["server.key", "server.pem", "authority.pem"] {
                install.hand_over(&data.join(file))?;
            }
            fs::write(data.join("pg_hba.conf"), ACCESS)?;
            Ok(())
        })?;
        let authority = fs::read(postgres.folder().join("data/authority.pem"))?;
        Ok(PostgresTls { postgres, authority })
    }

    /// The certificate of the authority, as PEM.
    pub fn ca_pem(&self) -> &[u8] {
        &self.authority
    }
}

impl Deref for PostgresTls {
    type Target = Postgres;

    fn deref(&self) -> &Postgres {
        &self.postgres
    }
}
