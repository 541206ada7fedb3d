//! The decorator that does nothing.

use credenza_core::{Capabilities, Context, Execution, KvStore, Request, StoreInfo};

/// A decorator that passes everything on: what every other one must be at least.
///
/// ```
/// # fn example(store: impl credenza_core::KvStore) {
/// use credenza_core::KvStore;
/// use credenza_testkit::PassThrough;
///
/// let layered = PassThrough::new(PassThrough::new(store));
/// assert!(layered.info().stack().starts_with("pass-through › pass-through › "));
/// # }
/// ```
#[derive(Debug)]
pub struct PassThrough<S> {
    inner: S,
    info: StoreInfo,
}

impl<S: KvStore> PassThrough<S> {
    /// A layer over `inner`.
    pub fn new(inner: S) -> PassThrough<S> {
        let info = StoreInfo::decorator("pass-through", inner.info());
        PassThrough { inner, info }
    }
}

impl<S: KvStore> KvStore for PassThrough<S> {
    fn info(&self) -> &StoreInfo {
        &self.info
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn execute<'a>(&'a self, cx: &Context, request: Request) -> Execution<'a> {
        self.inner.execute(cx, request)
    }
}
