import era_storage

# App1 writes shared config
era_storage.kv.set("shared", "api_key", "sk-...")

# App2 reads shared config
api_key = era_storage.kv.get("shared", "api_key")
