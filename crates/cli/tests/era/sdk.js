const { KVStorage, D1Storage, R2Storage } = require('./era_storage.js');

// KV Storage
await KVStorage.set("app1", "user:123", JSON.stringify({name: "Alice"}));
const data = await KVStorage.get("app1", "user:123");
const keys = await KVStorage.list("app1", "user:");
await KVStorage.delete("app1", "user:123");

// D1 Database
await D1Storage.exec("app1", "CREATE TABLE users (id INTEGER, name TEXT)");
await D1Storage.exec("app1", "INSERT INTO users VALUES (?, ?)", [1, "Bob"]);
const users = await D1Storage.query("app1", "SELECT * FROM users");

// R2 Storage
await R2Storage.put("app1", "file.txt", "Hello World!");
const content = await R2Storage.get("app1", "file.txt");
const objects = await R2Storage.list("app1", "uploads/");
await R2Storage.delete("app1", "file.txt");
