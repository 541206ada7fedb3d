//! A decorator that keeps the keys of a store under a prefix of their own.
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

mod kv;

pub use kv::Namespaced;
