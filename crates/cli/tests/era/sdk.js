const { KVStorage, D1Storage, R2Storage } = require('./era_storage.js');

// KV Storage
await KVStorage.set("app1", "user:123", JSON.stringify({name: "Alice"}));
const data = await KVStorage.get("app1", "user:123");
const keys = await KVStorage.list("app1", "user:");
await KVStorage.delete("app1", "user:123");
