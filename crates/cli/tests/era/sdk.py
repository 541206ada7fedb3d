import era_storage

# KV Storage
era_storage.kv.set("app1", "user:123", '{"name": "Alice"}')
data = era_storage.kv.get("app1", "user:123")
keys = era_storage.kv.list("app1", prefix="user:")
era_storage.kv.delete("app1", "user:123")
