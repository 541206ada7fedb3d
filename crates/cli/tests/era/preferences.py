import era_storage
import json

# Save user preferences
prefs = {"theme": "dark", "lang": "en"}
era_storage.kv.set("myapp", f"user:{user_id}:prefs", json.dumps(prefs))

# Load user preferences
prefs_json = era_storage.kv.get("myapp", f"user:{user_id}:prefs")
prefs = json.loads(prefs_json)
