//! Decorators that keep the keys of a store, or the objects of a blob store, in a namespace of their own, and its channels.
//!
//! ```
//! # fn example(store: impl credenza_core::KvStore) {
//! use credenza_core::Kv;
//! use credenza_namespaced::Namespaced;
//!
//! // Whoever holds this handle sees and changes only keys that start with `app1:`, and never sees the prefix.
//! let kv = Kv::new(Namespaced::new(store, "app1:"));
//! # }
//! ```

mod blob;
mod kv;
mod prefix;
mod pubsub;
mod usage;

pub use blob::NamespacedBlob;
pub use kv::Namespaced;
pub use pubsub::NamespacedPubSub;
pub use usage::Usage;
