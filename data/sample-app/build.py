"""Writes the page to public/. The version comes from the file VERSION, the name from the environment."""

import os
from pathlib import Path

from shop.page import page

here = Path(__file__).parent
version = (here / "VERSION").read_text(encoding="utf-8").strip()
public = here / "public"
public.mkdir(exist_ok=True)
(public / "index.html").write_text(
    page(os.environ.get("SHOP_NAME", "A small shop"), version), encoding="utf-8"
)
(public / "version.txt").write_text(version + "\n", encoding="utf-8")
print(f"Built version {version}")
