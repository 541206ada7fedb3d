# Execute statement
curl -X POST http://localhost:8787/api/storage/d1/app1/exec \
  -H "Content-Type: application/json" \
  -d '{
    "sql": "CREATE TABLE users (id INTEGER, name TEXT)",
    "params": []
  }'

# Query
curl -X POST http://localhost:8787/api/storage/d1/app1/query \
  -H "Content-Type: application/json" \
  -d '{
    "sql": "SELECT * FROM users WHERE id = ?",
    "params": [123]
  }'
