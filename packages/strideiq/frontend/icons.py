# ruff: noqa: INP001  a script of its own, in no package
"""Draw the icons of the installed application from the mark; run it when the mark changes."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parents[1] / "src" / "strideiq" / "platform" / "static"
CHROMIUM = "/usr/bin/chromium"
SIZES = {"icon-192.png": 192, "icon-512.png": 512, "touch-icon.png": 180}
# The line keeps to the middle four fifths, which every shape of icon leaves.
DRAWING = """
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="100%" height="100%">
  <rect width="24" height="24" fill="#1b4fd8"/>
  <path d="M5.4 15.7 10.3 8.2l3 4.5 1.5-2.25 3.8 5.25" fill="none" stroke="#fff"
    stroke-width="2.1" stroke-linecap="round" stroke-linejoin="round"/>
</svg>"""


def main() -> None:
    """Write each size beside the mark."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, size in SIZES.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<body style='margin:0'>{DRAWING}</body>")
            page.screenshot(path=str(STATIC / name))
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
