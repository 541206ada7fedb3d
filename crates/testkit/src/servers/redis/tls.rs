use std::fs;
use std::ops::Deref;
use std::path::Path;

use super::Redis;
use super::standalone::PLAIN;
use crate::servers::Trouble;
use crate::servers::certificate::certify;
use crate::servers::trouble::or_skip;

const CERTIFICATES: &str =
    "tls-cert-file server.pem\ntls-key-file server.key\ntls-ca-cert-file authority.pem\n";

/// A Redis server that speaks TLS alone, with a certificate for `localhost` and 127.0.0.1 from a private authority.
/// Otherwise it is a [`Redis`], whose `url` is not to be used.
#[derive(Debug)]
pub struct RedisTls {
    redis: Redis,
    authority: Vec<u8>,
}

impl RedisTls {
    /// Starts a server. `None` where there is no `redis-server` or no `openssl`, after saying so; with `CI=true` a
    /// panic.
    #[track_caller]
    pub fn start() -> Option<RedisTls> {
        or_skip("Redis with TLS", RedisTls::launch())
    }

    fn launch() -> Result<RedisTls, Trouble> {
        let config = |folder: &Path, port| {
            certify(folder)?;
            Ok(format!("port 0\ntls-port {port}\ntls-auth-clients no\n{CERTIFICATES}{PLAIN}"))
        };
        let redis = Redis::launch(config, &[])?;
        let authority = fs::read(redis.folder().join("authority.pem"))?;
        Ok(RedisTls { redis, authority })
    }

    /// `rediss://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.redis.port())
    }

    /// The certificate of the authority, as PEM.
    pub fn ca_pem(&self) -> &[u8] {
        &self.authority
    }
}

impl Deref for RedisTls {
    type Target = Redis;

    fn deref(&self) -> &Redis {
        &self.redis
    }
}
