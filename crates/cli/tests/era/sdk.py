import era_storage

# KV Storage
era_storage.kv.set("app1", "user:123", '{"name": "Alice"}')
data = era_storage.kv.get("app1", "user:123")
keys = era_storage.kv.list("app1", prefix="user:")
era_storage.kv.delete("app1", "user:123")

# D1 Database
era_storage.d1.exec("app1", "CREATE TABLE users (id INTEGER, name TEXT)")
era_storage.d1.exec("app1", "INSERT INTO users VALUES (?, ?)", [1, "Bob"])
users = era_storage.d1.query("app1", "SELECT * FROM users")

# R2 Storage
era_storage.r2.put("app1", "file.txt", b"Hello World!")
content = era_storage.r2.get("app1", "file.txt")
objects = era_storage.r2.list("app1", prefix="uploads/")
era_storage.r2.delete("app1", "file.txt")
