import era_storage

# Initialize database
era_storage.d1.exec("myapp", """
  CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    completed BOOLEAN DEFAULT 0,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
  )
""")

# Add task
era_storage.d1.exec("myapp",
  "INSERT INTO tasks (title) VALUES (?)",
  ["Finish documentation"])

# Query tasks
tasks = era_storage.d1.query("myapp", "SELECT * FROM tasks WHERE completed = 0")
print(f"Pending tasks: {len(tasks)}")
