//! Store URLs: `memory:`, `sqlite:data/app.db?durability=normal`, `redis://user:secret@host:6379/0`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, Result};

/// The place of a store and its options, as text that fits a configuration file.
///
/// `scheme:path?name=value&…` or `scheme://user:password@host:port/path?name=value&…`. Every part but the scheme may
/// have percent-encoded bytes (`%3F` for a question mark), and must be UTF-8 then. A parameter can be given once,
/// unless its opener takes several. A plus sign is a plus sign. There are no fragments: `#` is written as `%23`.
///
/// An opener takes the parameters that it knows, one by one, and then the rest with [`StoreUrl::finish`], which
/// refuses a parameter that was not taken: a mistyped option is an error, never ignored.
///
/// ```
/// use credenza_core::url::{StoreUrl, byte_size};
///
/// let mut url: StoreUrl = "memory:cache?max_bytes=64MiB".parse()?;
/// assert_eq!(url.scheme(), "memory");
/// assert_eq!(url.take("max_bytes", byte_size)?, Some(64 << 20));
/// assert_eq!(url.finish()?.path, "cache");
/// # Ok::<(), credenza_core::Error>(())
/// ```
///
/// Shown as text, it has no credentials and no values of parameters:
///
/// ```
/// # use credenza_core::url::StoreUrl;
/// let url: StoreUrl = "redis://app:secret@db.local:6379/0?token=secret".parse()?;
/// assert_eq!(url.to_string(), "redis://***@db.local:6379/0?token=***");
/// # Ok::<(), credenza_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    scheme: String,
    location: Location,
    params: Vec<(String, String)>,
    known: Vec<&'static str>,
}

/// Where a store is: a URL without its scheme and parameters. `Debug` shows no credentials.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The user, if there is one.
    pub user: Option<String>,
    /// The password, if there is one.
    pub password: Option<String>,
    /// The host, if the URL has two slashes and a host; the address alone for IPv6.
    pub host: Option<String>,
    /// The port, if there is one.
    pub port: Option<u16>,
    /// What follows: a name or a file for `scheme:path`; after a host, with its first slash, or nothing.
    pub path: String,
}

impl StoreUrl {
    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Takes a parameter, if it is given. `parse` says what it must be where it is not: `"a byte size"`.
    ///
    /// # Errors
    /// `InvalidArgument` if `parse` refuses the value, or if there are several; the text names the parameter and does not
    /// show the value.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnMut(&str) -> std::result::Result<T, &'static str>,
    ) -> Result<Option<T>> {
        let mut values = self.take_each(name, parse)?;
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(self.invalid(format!("the parameter {name} is given twice"))),
        }
    }

    /// Takes a parameter as often as it is given, in order: `node=a&node=b`.
    ///
    /// # Errors
    /// `InvalidArgument` if `parse` refuses one of the values; the text names the parameter and shows no value.
    pub fn take_each<T>(
        &mut self,
        name: &'static str,
        mut parse: impl FnMut(&str) -> std::result::Result<T, &'static str>,
    ) -> Result<Vec<T>> {
        self.known.push(name);
        let mut values = Vec::new();
        for (_, value) in self.params.extract_if(.., |(given, _)| given == name) {
            values.push(parse(&value));
        }
        let values: std::result::Result<Vec<T>, _> = values.into_iter().collect();
        values.map_err(|expected| self.invalid(format!("the parameter {name} must be {expected}")))
    }

    /// What is left when all parameters are taken.
    ///
    /// # Errors
    /// `InvalidArgument`, with its name, if a parameter was not taken.
    pub fn finish(self) -> Result<Location> {
        let Some((unknown, _)) = self.params.first() else { return Ok(self.location) };
        let known = match &self.known[..] {
            [] => "it takes none".to_owned(),
            known => format!("known are {}", known.join(", ")),
        };
        Err(self.invalid(format!("unknown parameter {unknown}; {known}")))
    }

    fn invalid(&self, message: String) -> Error {
        Error::invalid(format!("{} URL: {message}", self.scheme))
    }
}

impl FromStr for StoreUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<StoreUrl> {
        let (scheme, rest) = text
            .split_once(':')
            .ok_or_else(|| malformed("there is no scheme, as in memory: or sqlite:data.db"))?;
        let first = scheme.starts_with(|first: char| first.is_ascii_alphabetic());
        let others = scheme.chars().all(|other| other.is_ascii_alphanumeric() || "+-.".contains(other));
        if !first || !others || scheme.len() > 32 {
            return Err(malformed("the scheme is not a name"));
        }
        if rest.contains('#') {
            return Err(malformed("a # must be written as %23"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let location = match place.strip_prefix("//") {
            Some(place) => locate(place)?,
            None => Location { path: decode("path", place)?, ..Location::default() },
        };
        Ok(StoreUrl {
            scheme: scheme.to_ascii_lowercase(),
            location,
            params: parameters(query)?,
            known: Vec::new(),
        })
    }
}

/// Reads `user:password@host:port/path`.
fn locate(place: &str) -> Result<Location> {
    let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
    let (credentials, address) = match authority.rsplit_once('@') {
        Some((credentials, address)) => (Some(credentials), address),
        None => (None, authority),
    };
    let (user, password) = match credentials.map(|credentials| credentials.split_once(':').ok_or(credentials))
    {
        None => (None, None),
        Some(Ok((user, password))) => (Some(decode("user", user)?), Some(decode("password", password)?)),
        Some(Err(user)) => (Some(decode("user", user)?), None),
    };
    let (host, port) = match address.strip_prefix('[') {
        Some(bracketed) => {
            let (host, tail) = bracketed.split_once(']').ok_or_else(|| malformed("a [ is not closed"))?;
            let port = match tail {
                "" => None,
                _ => Some(tail.strip_prefix(':').ok_or_else(|| malformed("there is something after the ]"))?),
            };
            (host.to_owned(), port)
        }
        None => match address.split_once(':') {
            Some((host, port)) => (decode("host", host)?, Some(port)),
            None => (decode("host", address)?, None),
        },
    };
    let port = port
        .map(|port| integer(port).map_err(|_| malformed("the port is not a number up to 65535")))
        .transpose()?;
    let host = Some(host).filter(|host| !host.is_empty());
    if host.is_none() && (user.is_some() || port.is_some()) {
        return Err(malformed("the host is missing"));
    }
    Ok(Location { user, password, host, port, path: decode("path", path)? })
}

fn parameters(query: &str) -> Result<Vec<(String, String)>> {
    let mut params: Vec<(String, String)> = Vec::new();
    for part in query.split('&').filter(|_| !query.is_empty()) {
        let (name, value) = part.split_once('=').ok_or_else(|| malformed("a parameter has no value"))?;
        // Names are shown in errors, so that nothing else may pass for one.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
            return Err(malformed("the name of a parameter is not a word"));
        }
        params.push((name.to_owned(), decode(name, value)?));
    }
    Ok(params)
}

fn decode(what: &str, text: &str) -> Result<String> {
    let wrong = || malformed(format!("bad percent-encoding of the {what}"));
    let mut out = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    out.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).ok_or_else(wrong)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        out.push(u8::from_str_radix(digits, 16).map_err(|_| wrong())?);
        out.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(out).map_err(|_| malformed(format!("the {what} is not UTF-8")))
}

fn malformed(message: impl fmt::Display) -> Error {
    Error::invalid(format!("store URL: {message}"))
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.scheme, self.location)?;
        for (at, (name, _)) in self.params.iter().enumerate() {
            write!(f, "{}{name}=***", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            f.write_str(if self.user.is_some() { "//***@" } else { "//" })?;
            if host.contains(':') {
                write!(f, "[{host}]")?
            } else {
                f.write_str(host)?
            }
            if let Some(port) = self.port {
                write!(f, ":{port}")?;
            }
        }
        // Credentials end up here when the slashes before them are forgotten, or one in them is not encoded.
        match self.path.rsplit_once('@') {
            Some((_, path)) => write!(f, "***@{path}"),
            None => f.write_str(&self.path),
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

/// Reads a number of bytes: `512`, `64KiB` (of 1,024), `1GB` (of 1,000). For [`StoreUrl::take`].
///
/// ```
/// use credenza_core::url::byte_size;
///
/// assert_eq!(byte_size("64MiB"), Ok(64 << 20));
/// assert_eq!(byte_size("1GB"), Ok(1_000_000_000));
/// for wrong in ["", "MiB", "1.5GB", "64 MiB", "64mib", "-1", "+1", "99999999TiB"] {
///     assert!(byte_size(wrong).is_err(), "{wrong}");
/// }
/// ```
pub fn byte_size(text: &str) -> std::result::Result<u64, &'static str> {
    let units = [
        ("", 1),
        ("B", 1),
        ("kB", 1000),
        ("KB", 1000),
        ("MB", 1000_u64.pow(2)),
        ("GB", 1000_u64.pow(3)),
        ("TB", 1000_u64.pow(4)),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
    ];
    scaled(text, &units).ok_or("a byte size such as 64MiB, 1GB or 4096")
}

/// Reads a length of time: `500ms`, `30s`, `5m`, `12h`, `7d`. For [`StoreUrl::take`].
///
/// ```
/// use std::time::Duration;
/// use credenza_core::url::duration;
///
/// assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
/// assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
/// for wrong in ["", "30", "s", "1.5s", "30 s", "30S", "-1s", "1h30m"] {
///     assert!(duration(wrong).is_err(), "{wrong}");
/// }
/// ```
pub fn duration(text: &str) -> std::result::Result<Duration, &'static str> {
    let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    scaled(text, &units).map(Duration::from_millis).ok_or("a length of time such as 500ms, 30s or 5m")
}

/// Reads a whole number. For [`StoreUrl::take`].
pub fn integer<T: FromStr>(text: &str) -> std::result::Result<T, &'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain).ok_or("a whole number in range")
}

/// Reads `true` or `false`. For [`StoreUrl::take`].
pub fn boolean(text: &str) -> std::result::Result<bool, &'static str> {
    text.parse().map_err(|_| "true or false")
}

/// Digits with a unit.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len()));
    let (_, scale) = units.iter().find(|(name, _)| *name == unit)?;
    digits.parse::<u64>().ok()?.checked_mul(*scale)
}
