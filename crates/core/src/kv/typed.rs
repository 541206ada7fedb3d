//! A view on a store whose values have a type.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Kv;
use crate::batch::{Batch, BatchReply, Check};
use crate::codec::Codec;
use crate::command::{Del, Get, GetVersioned, MGet, MSet, Set, SetExpiry};
use crate::data::{Key, Value, Version};
use crate::error::{Effect, Error, ErrorKind, Result, Retry};

/// How often [`TypedKv::update`] tries.
const ATTEMPTS: usize = 100;

/// A view on a store whose strings hold values of one type, written by a codec. Cheap to clone.
///
/// The methods are named as those of [`Kv`]. Every reader of a key must agree on the type; a value that does not
/// decode is an error of the kind [`ErrorKind::Decode`], and stays as it is.
///
/// ```
/// # #[cfg(feature = "json")] {
/// use credenza_core::codec::Json;
/// use credenza_core::{Kv, kv::TypedKv};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct User {
///     name: String,
///     visits: u32,
/// }
///
/// async fn visit(kv: &Kv) -> credenza_core::Result<()> {
///     let users: TypedKv<User, Json> = kv.typed(Json);
///     users.set("user:7", &User { name: "Ada".into(), visits: 0 }).await?;
///     users
///         .update("user:7", |user| {
///             user.map(|user| User { visits: user.visits + 1, ..user })
///         })
///         .await?;
///     let user = users.get("user:7").await?;
///     assert_eq!(user.map(|user| user.visits), Some(1));
///     Ok(())
/// }
/// # }
/// ```
pub struct TypedKv<T, C> {
    kv: Kv,
    codec: C,
    value: PhantomData<fn() -> T>,
}

/// What [`TypedKv::set_with`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedSetReply<T> {
    /// Whether the value was set; false if the condition did not hold.
    pub applied: bool,
    /// The value that stood there before, if it was asked for.
    pub previous: Option<T>,
}

impl Kv {
    /// A view on the same store whose values have a type: `kv.typed::<User, _>(Json)`.
    pub fn typed<T, C: Codec>(&self, codec: C) -> TypedKv<T, C> {
        TypedKv { kv: self.clone(), codec, value: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned, C: Codec> TypedKv<T, C> {
    /// The handle below: for keys that hold something else, and for commands that are not here.
    pub fn kv(&self) -> &Kv {
        &self.kv
    }

    /// The bytes that [`TypedKv::set`] would store: for a batch, or a list.
    pub fn encode(&self, value: &T) -> Result<Value> {
        self.codec.encode(value).map(Value::from)
    }

    /// Reads such bytes.
    pub fn decode(&self, stored: &[u8]) -> Result<T> {
        self.codec.decode(stored)
    }

    /// Reads a value, if the key exists.
    pub async fn get(&self, key: impl Into<Key>) -> Result<Option<T>> {
        let key = key.into();
        let stored = self.kv.run(Get::new(&key)).await?;
        stored.map(|stored| self.read("GET", &key, &stored)).transpose()
    }

    /// Sets a value in place of what stood there, without a time to live.
    pub async fn set(&self, key: impl Into<Key>, value: &T) -> Result<()> {
        self.kv.run(self.command(key.into(), value)?).await.map(drop)
    }

    /// Sets a value that expires after that long.
    pub async fn set_ex(&self, key: impl Into<Key>, value: &T, after: Duration) -> Result<()> {
        self.kv.run(self.command(key.into(), value)?.expire_in(after)).await.map(drop)
    }

    /// Sets a value if the key does not exist; returns whether it did.
    pub async fn set_nx(&self, key: impl Into<Key>, value: &T) -> Result<bool> {
        Ok(self.kv.run(self.command(key.into(), value)?.if_absent()).await?.applied)
    }

    /// Sets a value with any options of [`Set`].
    ///
    /// ```
    /// # #[cfg(feature = "json")]
    /// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
    /// use std::time::Duration;
    ///
    /// let counts = kv.typed::<u32, _>(credenza_core::codec::Json);
    /// let reply = counts.set_with("count", &7, |set| set.if_present().expire_in(Duration::from_secs(60)).get(true)).await?;
    /// assert!(!reply.applied && reply.previous.is_none());
    /// # Ok(()) }
    /// ```
    pub async fn set_with(
        &self,
        key: impl Into<Key>,
        value: &T,
        options: impl FnOnce(Set) -> Set,
    ) -> Result<TypedSetReply<T>> {
        let key = key.into();
        let reply = self.kv.run(options(self.command(key.clone(), value)?)).await?;
        let previous = reply.previous.map(|stored| self.read("SET", &key, &stored)).transpose();
        // Where the old value does not decode, the new one is set all the same.
        let previous = previous.map_err(|error| match reply.applied {
            true => error.with_effect(Effect::MaybeApplied),
            false => error,
        })?;
        Ok(TypedSetReply { applied: reply.applied, previous })
    }

    /// Reads several values; `None` for a key that does not exist or holds no string.
    pub async fn mget(&self, keys: impl IntoIterator<Item = impl Into<Key>>) -> Result<Vec<Option<T>>> {
        let keys: Vec<Key> = keys.into_iter().map(Into::into).collect();
        let stored = self.kv.run(MGet::new(&keys)).await?;
        let read = |(key, stored): (&Key, Option<Bytes>)| {
            stored.map(|stored| self.read("MGET", key, &stored)).transpose()
        };
        keys.iter().zip(stored).map(read).collect()
    }

    /// Sets several values at once; of a key that is named twice the last value stays.
    pub async fn mset<'a>(&self, entries: impl IntoIterator<Item = (impl Into<Key>, &'a T)>) -> Result<()>
    where
        T: 'a,
    {
        let encoded = entries.into_iter().map(|(key, value)| Ok((key.into(), self.encode(value)?)));
        let entries = encoded.collect::<Result<Vec<(Key, Value)>>>().map_err(|error| error.during("MSET"))?;
        self.kv.run(MSet::new(entries)).await
    }

    /// Deletes a key; returns whether it was there.
    pub async fn del(&self, key: impl Into<Key>) -> Result<bool> {
        Ok(self.kv.run(Del::new([key])).await? > 0)
    }

    /// Reads a value with its version, if the key exists.
    pub async fn get_versioned(&self, key: impl Into<Key>) -> Result<Option<(T, Version)>> {
        let key = key.into();
        let found = self.kv.run(GetVersioned::new(&key)).await?;
        found.map(|(stored, version)| Ok((self.read("GETVERSIONED", &key, &stored)?, version))).transpose()
    }

    /// Sets a value, without a time to live, if the key still has the version it was read with, or is still absent
    /// if it was (`None`). Returns the new version, or `None` if somebody was faster.
    ///
    /// ```
    /// # #[cfg(feature = "json")]
    /// # async fn example(kv: credenza_core::Kv) -> credenza_core::Result<()> {
    /// let texts = kv.typed::<String, _>(credenza_core::codec::Json);
    /// let first = texts.compare_and_set("page", None, &"draft".into()).await?;
    /// assert!(first.is_some());
    /// let second = texts.compare_and_set("page", first, &"final".into()).await?;
    /// assert!(second > first);
    /// assert_eq!(texts.compare_and_set("page", first, &"late".into()).await?, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `Unsupported` where keys have no versions.
    pub async fn compare_and_set(
        &self,
        key: impl Into<Key>,
        expected: Option<Version>,
        value: &T,
    ) -> Result<Option<Version>> {
        let key = key.into();
        let mut batch = self.checked(&key, expected)?;
        batch.push(self.command(key, value)?);
        let Some(reply) = self.apply(batch).await? else { return Ok(None) };
        reply.version.map(Some).ok_or_else(|| {
            Error::internal("the store applied a batch and gave no version").with_effect(Effect::MaybeApplied)
        })
    }

    /// Reads a value, changes it, and writes it back if nobody else wrote in between; else begins again. Returns
    /// what stands there then.
    ///
    /// `change` gets `None` where the key does not exist, returns `None` to delete it, and may be called several
    /// times. The key keeps its time to live.
    ///
    /// # Errors
    /// `Unsupported` where keys have no versions; `CheckFailed`, with [`Retry::Exhausted`], if others wrote in
    /// between 100 times in a row. An error that says that the write may have been applied is returned at once.
    pub async fn update(
        &self,
        key: impl Into<Key>,
        mut change: impl FnMut(Option<T>) -> Option<T>,
    ) -> Result<Option<T>> {
        let key = key.into();
        for _ in 0..ATTEMPTS {
            let (value, version) = self.get_versioned(&key).await?.unzip();
            let absent = version.is_none();
            let mut batch = self.checked(&key, version)?;
            let changed = change(value);
            match &changed {
                Some(value) => drop(batch.push(self.command(key.clone(), value)?.expiry(SetExpiry::Keep))),
                None if absent => return Ok(None),
                None => drop(batch.push(Del::new([&key]))),
            }
            if self.apply(batch).await?.is_some() {
                return Ok(changed);
            }
        }
        let message = format!("others changed the key {ATTEMPTS} times while it was being updated");
        Err(Error::new(ErrorKind::CheckFailed, message).with_retry(Retry::Exhausted).for_key(&key))
    }

    fn command(&self, key: Key, value: &T) -> Result<Set> {
        let value = self.encode(value).map_err(|error| error.during("SET").for_key(&key))?;
        Ok(Set::new(key, value))
    }

    fn read(&self, command: &'static str, key: &Key, stored: &[u8]) -> Result<T> {
        self.decode(stored).map_err(|error| error.during(command).for_key(key))
    }

    /// An atomic batch that is applied if the key has this version.
    fn checked(&self, key: &Key, version: Option<Version>) -> Result<Batch> {
        if !self.kv.capabilities().versions {
            let message = format!("the keys of {} have no versions", self.kv.stack());
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut batch = Batch::atomic();
        batch.check(Check::version_equals(key, version));
        Ok(batch)
    }

    /// Runs a batch; `None` if its check did not hold.
    async fn apply(&self, batch: Batch) -> Result<Option<BatchReply>> {
        match self.kv.batch(batch).await {
            Ok(reply) => Ok(Some(reply)),
            Err(error) if error.kind() == ErrorKind::CheckFailed => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<T, C: Clone> Clone for TypedKv<T, C> {
    fn clone(&self) -> TypedKv<T, C> {
        TypedKv { kv: self.kv.clone(), codec: self.codec.clone(), value: PhantomData }
    }
}

impl<T, C: fmt::Debug> fmt::Debug for TypedKv<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedKv")
            .field("kv", &self.kv)
            .field("codec", &self.codec)
            .field("value", &std::any::type_name::<T>())
            .finish()
    }
}
