# App 1 resources
era_storage.kv.set("app1", "config", "...")

# App 2 resources
era_storage.kv.set("app2", "config", "...")

# Cross-namespace access is allowed
app1_config = era_storage.kv.get("app1", "config")
app2_config = era_storage.kv.get("app2", "config")
