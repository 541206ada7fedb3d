import era_storage

# Upload user avatar
with open("avatar.jpg", "rb") as f:
    image_data = f.read()
    era_storage.r2.put("myapp", f"avatars/{user_id}.jpg", image_data)

# Download avatar
avatar_data = era_storage.r2.get("myapp", f"avatars/{user_id}.jpg")
with open("downloaded_avatar.jpg", "wb") as f:
    f.write(avatar_data)
