//! The connections of a store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza_core::{Error, Result};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, PoolError, QueueMode, RecyclingMethod, Runtime, TimeoutType,
    Timeouts,
};
use tokio::runtime::Handle;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::Type;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::{PostgresConfig, PostgresDurability, PostgresTls};
use crate::conn::{Conn, Rest};
use crate::error::{self, connecting, late, no_connection, pool_is_busy};
use crate::stats::{Counts, PoolStats};
use crate::{sql, tls};

/// What sessions are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// The statements of the store.
    OfTheStore,
    /// Those of users.
    OfUsers,
}

/// The connections of a store.
#[derive(Debug)]
pub(crate) struct Pool {
    pool: deadpool_postgres::Pool,
    size: usize,
    connect_timeout: Duration,
    prepared: bool,
    rest: Rest,
    counts: Arc<Counts>,
    /// For connections besides the pool.
    pub(crate) server: Config,
    encrypted: bool,
}

impl Pool {
    /// Makes the pool; no connection yet.
    pub(crate) fn new(config: &PostgresConfig, session: Session, handle: Handle) -> Result<Pool> {
        let encrypted = config.tls != PostgresTls::Disable && !config.host.starts_with('/');
        let tls = tls::connector(config.root_certificates.as_deref(), encrypted)?;
        let server = server(config, encrypted);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match encrypted {
            true => Manager::from_config(server.clone(), tls.clone(), recycling),
            false => Manager::from_config(server.clone(), NoTls, recycling),
        };
        let size = config.pool_size.max(1);
        let mut pool = deadpool_postgres::Pool::builder(manager)
            .max_size(size)
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1);
        if !config.pooler {
            pool = pool.post_create(set_up(config, session));
        }
        let counts = Arc::new(Counts::default());
        let of = Arc::clone(&counts);
        // The last: what could not be set up was not opened.
        pool = pool.post_create(Hook::sync_fn(move |_, _| {
            of.opened();
            Ok(())
        }));
        let pool = pool.build().map_err(|_| Error::internal("the pool could not be made").on(error::NAME))?;
        let connect_timeout = config.connect_timeout;
        let rest = Rest { handle, tls };
        Ok(Pool { pool, size, connect_timeout, prepared: !config.pooler, rest, counts, server, encrypted })
    }

    /// A connection; waits for one until the deadline.
    pub(crate) async fn get(&self, deadline: Instant) -> Result<Conn> {
        let asked = crate::ticket::instant();
        let left = deadline.saturating_duration_since(asked);
        let create = left.min(self.connect_timeout);
        let timeouts = Timeouts { wait: Some(left), create: Some(create), recycle: Some(left) };
        match self.pool.timeout_get(&timeouts).await {
            Ok(client) => {
                self.counts.took(crate::ticket::instant().saturating_duration_since(asked));
                Ok(Conn::new(client, self.prepared, self.rest.clone()))
            }
            Err(PoolError::Timeout(TimeoutType::Wait)) => {
                self.counts.gave_up();
                Err(pool_is_busy(self.size))
            }
            Err(PoolError::Closed) => Err(error::closed()),
            Err(error) => {
                self.counts.failed();
                Err(match error {
                    PoolError::Timeout(_) if create == self.connect_timeout => no_connection(create),
                    PoolError::Timeout(_) => late("the deadline passed while connecting to the server"),
                    PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                        connecting(&error)
                    }
                    _ => Error::internal("the pool refused a connection").on(error::NAME),
                })
            }
        }
    }

    /// The encryption of connections besides the pool.
    pub(crate) fn tls(&self) -> Option<MakeRustlsConnect> {
        self.encrypted.then(|| self.rest.tls.clone())
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.rest.handle
    }

    pub(crate) fn stats(&self) -> PoolStats {
        let status = self.pool.status();
        let (open, idle, waiting) = (status.size, status.available, status.waiting);
        self.counts.with(PoolStats { limit: self.size, open, idle, waiting, ..PoolStats::default() })
    }

    /// Refuses whoever asks from now on. Connections that are out close when they come back.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

fn server(config: &PostgresConfig, encrypted: bool) -> Config {
    let mut server = Config::new();
    server
        .host(&config.host)
        .port(config.port)
        .user(&config.user)
        .dbname(&config.database)
        .application_name(&config.application_name)
        .connect_timeout(config.connect_timeout)
        .tcp_user_timeout(config.timeout)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3)
        .ssl_mode(match config.tls {
            _ if !encrypted => SslMode::Disable,
            PostgresTls::Require => SslMode::Require,
            PostgresTls::Disable | PostgresTls::Prefer => SslMode::Prefer,
        });
    if let Some(password) = &config.password {
        server.password(password);
    }
    server
}

/// What every new session is set to.
fn set_up(config: &PostgresConfig, session: Session) -> Hook {
    let timeout = millis(config.timeout);
    // A transaction of ours never waits for its client but while that is stopped.
    let idle = millis(config.timeout.saturating_mul(2));
    let durability = match config.durability {
        PostgresDurability::Full => "full",
        PostgresDurability::Relaxed => "relaxed",
    };
    let set_up = match session {
        Session::OfTheStore => sql::SET_UP,
        Session::OfUsers => sql::SET_UP_FOR_USERS,
    };
    Hook::async_fn(move |client, _| {
        let (timeout, idle) = (timeout.clone(), idle.clone());
        Box::pin(async move {
            let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
                [(&timeout, Type::TEXT), (&idle, Type::TEXT), (&durability, Type::TEXT)];
            client.query_typed(set_up, &params).await.map(drop).map_err(HookError::Backend)
        })
    })
}

/// A time as the server reads it; never zero, which would be no limit.
pub(crate) fn millis(time: Duration) -> String {
    format!("{}ms", time.as_millis().clamp(1, i32::MAX as u128))
}
