//! What `cargo xtask services up` starts and leaves running: it holds the servers, and they go when it is killed.

/// Starts the servers, writes the files `env` and `processes` into the folder that is named, and waits to be killed.
#[cfg(unix)]
fn main() -> std::io::Result<()> {
    use std::fs;
    use std::path::PathBuf;

    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| std::io::Error::other("usage: credenza-services FOLDER"))?;
    let services = services::Services::start();
    fs::write(folder.join("processes"), services.processes())?;
    // The sign that all is ready, so it must be whole.
    fs::write(folder.join("env.unfinished"), services.env())?;
    fs::rename(folder.join("env.unfinished"), folder.join("env"))?;
    loop {
        std::thread::park();
    }
}

#[cfg(not(unix))]
fn main() {
    eprintln!("the servers need a Unix system");
}

#[cfg(unix)]
mod services {
    use std::path::Path;

    use credenza_testkit::servers::{
        Postgres, PostgresVersion, Redis, RedisCluster, RedisSentinels, S3, S3Dialect,
    };

    /// One of each; `None` for what cannot be had here.
    pub(crate) struct Services {
        redis: Option<Redis>,
        cluster: Option<RedisCluster>,
        sentinels: Option<RedisSentinels>,
        postgres_16: Option<Postgres>,
        postgres_18: Option<Postgres>,
        moto: Option<S3>,
        r2: Option<S3>,
    }

    impl Services {
        pub(crate) fn start() -> Services {
            Services {
                redis: Redis::start(),
                cluster: RedisCluster::start(),
                sentinels: RedisSentinels::start(),
                postgres_16: Postgres::start(PostgresVersion::V16),
                postgres_18: Postgres::start(PostgresVersion::V18),
                moto: S3::start(S3Dialect::Moto),
                r2: S3::start(S3Dialect::R2),
            }
        }

        /// Lines for a shell.
        pub(crate) fn env(&self) -> String {
            let urls = [
                ("CREDENZA_REDIS_URL", self.redis.as_ref().map(Redis::url)),
                ("CREDENZA_REDIS_CLUSTER_URL", self.cluster.as_ref().map(RedisCluster::url)),
                ("CREDENZA_REDIS_SENTINEL_URL", self.sentinels.as_ref().map(RedisSentinels::url)),
                ("CREDENZA_POSTGRES_16_URL", self.postgres_16.as_ref().map(Postgres::url)),
                ("CREDENZA_POSTGRES_18_URL", self.postgres_18.as_ref().map(Postgres::url)),
            ];
            let lines = urls.into_iter().filter_map(|(name, url)| url.map(|url| line(name, &url)));
            let s3 = [("S3", &self.moto), ("R2", &self.r2)];
            let s3 = s3.into_iter().filter_map(|(name, server)| Some((name, server.as_ref()?)));
            let s3 = s3.flat_map(|(name, server)| {
                [
                    line(&format!("CREDENZA_{name}_ENDPOINT"), &server.endpoint()),
                    line(&format!("CREDENZA_{name}_BUCKET"), server.bucket()),
                    line(&format!("CREDENZA_{name}_REGION"), server.region()),
                    line(&format!("CREDENZA_{name}_ACCESS_KEY"), server.access_key()),
                    line(&format!("CREDENZA_{name}_SECRET_KEY"), server.secret_key()),
                ]
            });
            lines.chain(s3).collect()
        }

        /// The id of each process and the folder of its data, a line each.
        pub(crate) fn processes(&self) -> String {
            let cluster =
                self.cluster.iter().flat_map(|set| set.ports().into_iter().map(move |port| set.node(port)));
            let sentinels = self.sentinels.iter().flat_map(|set| set.servers().iter().chain(set.sentinels()));
            let redis = self.redis.iter().chain(cluster).chain(sentinels).map(|it| (it.id(), it.folder()));
            let postgres = self.postgres_16.iter().chain(&self.postgres_18).map(|it| (it.id(), it.folder()));
            let s3 = self.moto.iter().chain(&self.r2).map(|it| (it.id(), it.folder()));
            let line = |(id, folder): (Option<u32>, &Path)| Some(format!("{} {}\n", id?, folder.display()));
            redis.chain(postgres).chain(s3).filter_map(line).collect()
        }
    }

    fn line(name: &str, value: &str) -> String {
        format!("export {name}='{value}'\n")
    }
}
