//! Making and removing the roles and schemas of namespaces.

use credenza_core::db::{Begin, Db, DbCapabilities, Statement};
use credenza_core::{Error, ErrorKind, Result};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::PostgresDatabasesConfig;
use crate::config::PostgresConfig;
use crate::database::PostgresDatabase;
use crate::error::NAME;

/// The name of a namespace's schema and of its role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(String);

impl Id {
    /// Roles are those of all databases of a server, so the database is a part of it.
    pub(super) fn of(database: &str, namespace: &str) -> Result<Id> {
        if !(1..=512).contains(&namespace.len()) {
            return Err(Error::invalid("a namespace has 1 to 512 bytes").on(NAME));
        }
        let hash = Sha256::new().chain_update(database).chain_update([0]).chain_update(namespace).finalize();
        // 128 bits: no two that anybody finds have the same.
        Ok(Id(format!("credenza_ns_{}", hex(hash.iter().take(16)))))
    }
}

fn hex<'b>(bytes: impl Iterator<Item = &'b u8>) -> String {
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The database as its owner sees it.
#[derive(Debug)]
pub(super) struct Admin {
    db: Db,
}

impl Admin {
    pub(super) async fn open(config: &PostgresDatabasesConfig) -> Result<Admin> {
        let pool_size = config.admin.pool_size.min(2);
        let database = PostgresDatabase::open(PostgresConfig { pool_size, ..config.admin.clone() }).await?;
        let admin = Admin { db: Db::new(database) };
        let rights = "SELECT rolcreaterole OR rolsuper, quote_ident(current_database()) FROM pg_roles WHERE rolname = current_user";
        let row = admin.db.query_one(rights, ()).await?;
        if !row.get::<bool>(0)? {
            return Err(Error::new(ErrorKind::Denied, "the role may not make roles").on(NAME));
        }
        let database: String = row.get(1)?;
        admin.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC".to_owned()).await?;
        admin.run(format!("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")).await?;
        Ok(admin)
    }

    async fn run(&self, sql: String) -> Result<()> {
        self.db.run(Statement::new(sql, ())).await?.outcome().await.map(drop)
    }

    pub(super) fn capabilities(&self) -> DbCapabilities {
        self.db.capabilities()
    }

    pub(super) async fn has(&self, id: &Id) -> Result<bool> {
        let found = self.db.query("SELECT 1 FROM pg_roles WHERE rolname = $1", (&id.0,)).await?;
        Ok(!found.collect().await?.is_empty())
    }

    /// Makes a role and its schema, unless they are there.
    pub(super) async fn make(&self, id: &Id, config: &PostgresDatabasesConfig) -> Result<()> {
        let Id(name) = id;
        let verifier = postgres_protocol::password::scram_sha_256(password(id, config).as_bytes());
        let connections = config.pool_size.max(1).saturating_mul(2);
        let mut tx = self.db.begin_with(Begin::write()).await?;
        for sql in [
            // Of its password the server, and its log, see what proves it, and no more.
            format!(
                "CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS CONNECTION LIMIT {connections} PASSWORD '{verifier}'"
            ),
            format!("ALTER ROLE {name} SET search_path = {name}, public"),
            // Whoever removes it acts for it.
            format!("GRANT {name} TO CURRENT_USER"),
            format!("CREATE SCHEMA {name} AUTHORIZATION {name}"),
        ] {
            if let Err(error) = tx.execute(sql, ()).await {
                let _ = tx.rollback().await;
                return match error.sqlstate() {
                    // Another process was faster.
                    Some("42710" | "42P06" | "23505" | "40001") if self.has(id).await? => Ok(()),
                    _ => Err(error),
                };
            }
        }
        match tx.commit().await {
            Err(_) if self.has(id).await? => Ok(()),
            committed => committed,
        }
    }

    /// Removes a role with all that is its own; says whether it was there.
    pub(super) async fn remove(&self, id: &Id) -> Result<bool> {
        if !self.has(id).await? {
            return Ok(false);
        }
        let Id(name) = id;
        // Nobody comes in any more, and who is in has to leave.
        self.run(format!("ALTER ROLE {name} NOLOGIN")).await?;
        let leave = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1";
        self.db.query_one(leave, (name,)).await?;
        let mut tx = self.db.begin_with(Begin::write()).await?;
        for sql in [
            format!("DROP SCHEMA IF EXISTS {name} CASCADE"),
            format!("DROP OWNED BY {name} CASCADE"),
            format!("DROP ROLE {name}"),
        ] {
            tx.execute(sql, ()).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// How the role of a namespace logs in.
pub(super) fn login(id: &Id, config: &PostgresDatabasesConfig) -> PostgresConfig {
    PostgresConfig {
        user: id.0.clone(),
        password: Some(password(id, config)),
        pool_size: config.pool_size.max(1),
        ..config.admin.clone()
    }
}

/// The password of a role: whoever has the secret can make it, and nobody from another.
fn password(id: &Id, config: &PostgresDatabasesConfig) -> String {
    let mut mac = match Hmac::<Sha256>::new_from_slice(&config.secret) {
        Ok(mac) => mac,
        // A key has any length.
        Err(_) => return String::new(),
    };
    mac.update(id.0.as_bytes());
    hex(mac.finalize().into_bytes().iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_are_of_one_namespace() {
        let config = |secret: &[u8]| PostgresDatabasesConfig::at(PostgresConfig::at("h", "u", "d"), secret);
        let of = |namespace: &str| Id::of("tenants", namespace);
        let (a, b) = (of("a").unwrap(), of("b").unwrap());
        assert!(a != b && a.0.len() == 44 && a == of("a").unwrap() && a != Id::of("other", "a").unwrap());
        assert!(of("").is_err() && of(&"x".repeat(513)).is_err() && of("'; DROP\0").is_ok());
        let (one, other) = (config(&[1; 32]), config(&[2; 32]));
        assert_eq!(password(&a, &one).len(), 64);
        assert_ne!(password(&a, &one), password(&b, &one));
        assert_ne!(password(&a, &one), password(&a, &other));
        assert!(!format!("{one:?}").contains("1, 1"));
    }
}
