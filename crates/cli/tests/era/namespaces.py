# App 1 resources
era_storage.kv.set("app1", "config", "...")
era_storage.d1.exec("app1", "CREATE TABLE users ...")

# App 2 resources
era_storage.kv.set("app2", "config", "...")
era_storage.d1.exec("app2", "CREATE TABLE users ...")

# Cross-namespace access is allowed
app1_config = era_storage.kv.get("app1", "config")
app2_config = era_storage.kv.get("app2", "config")
