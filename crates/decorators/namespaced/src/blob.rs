//! [`NamespacedBlob`].

use async_trait::async_trait;
use credenza_core::blob::{
    BlobCapabilities, BlobKey, BlobStore, Body, CopyOptions, DeleteOptions, GetOptions, Got, ListOptions,
    ListPage, ObjectInfo, PresignOptions, Presigned, PutOptions,
};
use credenza_core::{Context, Error, Result, StoreInfo};

/// A blob store inside of another: every key is below the name of the namespace on its way in, and loses it on its
/// way out.
///
/// Whoever holds it sees and changes nothing outside of the namespace. Two names never give the same keys, nor is one
/// namespace inside of another: a name is written with `%` and two digits for what has a meaning in a key. The keys
/// of the store below are longer than those that users give, so its limit should be as well.
///
/// ```
/// # fn example(store: impl credenza_core::blob::BlobStore) -> credenza_core::Result<()> {
/// use credenza_core::Blob;
/// use credenza_namespaced::NamespacedBlob;
///
/// // What is put here as `avatars/ada.png` is `app1/avatars/ada.png` in the store below.
/// let blob = Blob::new(NamespacedBlob::new(store, "app1")?);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct NamespacedBlob<S> {
    inner: S,
    /// With the slash at its end.
    prefix: String,
    info: StoreInfo,
}

impl<S: BlobStore> NamespacedBlob<S> {
    /// The objects of `inner` in the namespace of this name.
    ///
    /// # Errors
    /// `InvalidArgument` for a name without a character.
    pub fn new(inner: S, namespace: &str) -> Result<NamespacedBlob<S>> {
        if namespace.is_empty() {
            return Err(Error::invalid("a namespace has a name"));
        }
        let info = StoreInfo::decorator("namespaced", inner.info());
        Ok(NamespacedBlob { inner, prefix: encode(namespace) + "/", info })
    }

    fn inside(&self, key: &str) -> String {
        [&self.prefix, key].concat()
    }

    fn enter(&self, key: &BlobKey) -> Result<BlobKey> {
        BlobKey::of_any_length(self.inside(key))
    }

    fn leave(&self, mut info: ObjectInfo) -> Result<ObjectInfo> {
        info.key = BlobKey::of_any_length(self.outside(&info.key)?)?;
        Ok(info)
    }

    fn outside<'a>(&self, key: &'a str) -> Result<&'a str> {
        key.strip_prefix(&self.prefix)
            .ok_or_else(|| Error::internal("the store below answered with a key of another namespace"))
    }
}

/// A name as one part of a key: letters, digits, `-`, `_` and a dot that is not the first stand for themselves.
fn encode(namespace: &str) -> String {
    let mut encoded = String::with_capacity(namespace.len());
    for (at, char) in namespace.char_indices() {
        let plain = match char {
            '-' | '_' => true,
            '.' => at > 0,
            char if char.is_ascii() => char.is_ascii_alphanumeric(),
            char => !char.is_control(),
        };
        if plain {
            encoded.push(char);
        } else {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    encoded
}

#[async_trait]
#[deny(clippy::missing_trait_methods, reason = "a verb that is not translated would reach every namespace")]
impl<S: BlobStore> BlobStore for NamespacedBlob<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> BlobCapabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.limits.key = capabilities.limits.key.saturating_sub(self.prefix.len());
        capabilities
    }

    async fn put(&self, cx: &Context, key: &BlobKey, body: Body, options: PutOptions) -> Result<ObjectInfo> {
        self.leave(self.inner.put(cx, &self.enter(key)?, body, options).await?)
    }

    async fn get(&self, cx: &Context, key: &BlobKey, options: GetOptions) -> Result<Option<Got>> {
        Ok(match self.inner.get(cx, &self.enter(key)?, options).await? {
            Some(Got::Object(mut object)) => {
                object.info = self.leave(object.info)?;
                Some(Got::Object(object))
            }
            Some(Got::NotModified(info)) => Some(Got::NotModified(self.leave(info)?)),
            None => None,
        })
    }

    async fn head(&self, cx: &Context, key: &BlobKey) -> Result<Option<ObjectInfo>> {
        self.inner.head(cx, &self.enter(key)?).await?.map(|info| self.leave(info)).transpose()
    }

    async fn delete(&self, cx: &Context, keys: &[BlobKey], options: DeleteOptions) -> Result<Vec<bool>> {
        let keys: Vec<BlobKey> = keys.iter().map(|key| self.enter(key)).collect::<Result<_>>()?;
        self.inner.delete(cx, &keys, options).await
    }

    async fn list(&self, cx: &Context, mut options: ListOptions) -> Result<ListPage> {
        // A cursor belongs to its prefix, and so to the namespace.
        options.prefix = self.inside(&options.prefix);
        if !options.start_after.is_empty() {
            options.start_after = self.inside(&options.start_after);
        }
        let page = self.inner.list(cx, options).await?;
        let prefixes = page.prefixes.iter().map(|prefix| Ok(self.outside(prefix)?.to_owned()));
        Ok(ListPage {
            prefixes: prefixes.collect::<Result<_>>()?,
            objects: page.objects.into_iter().map(|info| self.leave(info)).collect::<Result<_>>()?,
            cursor: page.cursor,
        })
    }

    async fn copy(
        &self,
        cx: &Context,
        from: &BlobKey,
        to: &BlobKey,
        options: CopyOptions,
    ) -> Result<ObjectInfo> {
        self.leave(self.inner.copy(cx, &self.enter(from)?, &self.enter(to)?, options).await?)
    }

    async fn presign(&self, cx: &Context, key: &BlobKey, options: PresignOptions) -> Result<Presigned> {
        self.inner.presign(cx, &self.enter(key)?, options).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_part_of_a_key_and_never_the_same() {
        let names =
            ["a", "a.b", ".", "..", "%2E", "a/b", "a%2Fb", "a b", "кот", "\u{85}", "\\", "A", "-_", "~"];
        let encoded: Vec<String> = names.iter().map(|name| encode(name)).collect();
        assert_eq!(
            encoded,
            [
                "a", "a.b", "%2E", "%2E.", "%252E", "a%2Fb", "a%252Fb", "a%20b", "кот", "%C2%85", "%5C", "A",
                "-_", "%7E"
            ]
        );
        for name in encoded {
            assert!(BlobKey::new(name.as_str()).is_ok() && !name.contains('/'));
        }
    }
}
