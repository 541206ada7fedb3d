//! The one table of limits.

/// How large the parts of requests and answers may be. Checked before anything is stored.
///
/// | | `relaxed` | `cloudflare` | beyond it |
/// |---|---|---|---|
/// | bytes of a namespace's name | 256 | 256 | 414 |
/// | bytes of a key-value key | 2,048 | 512 | 414 |
/// | bytes of a value | 25 MiB | 25 MiB | 413 |
/// | bytes of a key's metadata, as JSON | 4,096 | 1,024 | 413 |
/// | bytes of an object's key | 1,024 | 1,024 | 414 |
/// | bytes of an object | 5 TiB | 5 GiB | 413 |
/// | bytes of an object's headers and metadata | 8,192 | 8,192 | 413 |
/// | bytes of a statement | 1,000,000 | 100,000 | 413 |
/// | parameters of a statement | 1,000 | 100 | 413 |
/// | bytes of a parameter, of a row of a result | 16 MiB | 2,000,000 | 413 |
/// | columns of a result | 2,000 | 100 | 413 |
/// | rows of a result | 10,000,000 | 1,000,000 | 413, or the answer is cut off |
/// | bytes of a result, as JSON | 1 GiB | 100 MiB | 413, or the answer is cut off |
/// | bytes of a JSON body | 36 MiB | 36 MiB | 413 |
/// | entries on a page | 1,000 | 1,000 | 400; the registry gives as many as it may |
///
/// `cloudflare` has the limits that Cloudflare publishes for KV, D1 and R2, where it publishes one; what runs within them
/// here runs there. The columns of a table are limited by the database itself.
///
/// ```
/// use credenza_server::{ServerConfig, ServerLimits};
///
/// let config = ServerConfig { limits: ServerLimits::cloudflare(), ..ServerConfig::default() };
/// assert_eq!(config.limits.key, 512);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// Bytes of a namespace's name.
    pub namespace: usize,
    /// Bytes of a key.
    pub key: usize,
    /// Bytes of a value.
    pub value: usize,
    /// Bytes of the JSON text of a key's metadata, and of what is registered with a resource.
    pub metadata: usize,
    /// Bytes of an object's key.
    pub object_key: usize,
    /// Bytes of an object.
    pub object: u64,
    /// Bytes of an object's headers and metadata.
    pub object_metadata: usize,
    /// Bytes of a statement's text.
    pub sql: usize,
    /// Parameters of a statement.
    pub parameters: usize,
    /// Bytes of a parameter, and of a row of a result.
    pub row: usize,
    /// Columns of a result.
    pub columns: usize,
    /// Rows of a result.
    pub rows: u64,
    /// Bytes of a result's JSON.
    pub result: u64,
    /// Bytes of a body of JSON.
    pub body: usize,
    /// Entries on a page of a list.
    pub page: usize,
}

impl ServerLimits {
    /// As large as a machine of one's own takes without trouble.
    pub const fn relaxed() -> ServerLimits {
        ServerLimits {
            namespace: 256,
            key: 2048,
            value: 25 << 20,
            metadata: 4096,
            object_key: 1024,
            object: 5 << 40,
            object_metadata: 8192,
            sql: 1_000_000,
            parameters: 1000,
            row: 16 << 20,
            columns: 2000,
            rows: 10_000_000,
            result: 1 << 30,
            body: 36 << 20,
            page: 1000,
        }
    }

    /// As Cloudflare publishes them.
    pub const fn cloudflare() -> ServerLimits {
        ServerLimits {
            key: 512,
            metadata: 1024,
            object: 5 << 30,
            sql: 100_000,
            parameters: 100,
            row: 2_000_000,
            columns: 100,
            rows: 1_000_000,
            result: 100 << 20,
            ..ServerLimits::relaxed()
        }
    }
}

impl Default for ServerLimits {
    /// [`ServerLimits::relaxed`].
    fn default() -> ServerLimits {
        ServerLimits::relaxed()
    }
}
