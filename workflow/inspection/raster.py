"""Draw the pages of one file as PNG: `python raster.py FILE FOLDER PAGES`, in a process with little to spend.

A file that somebody handed in may be broken, huge or made to harm; what it can harm is this process. Each page goes
to `FOLDER/N.png`. Exit status 0 if there is at least one, else 1 and the reason.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import typst

MEMORY, SECONDS, WRITTEN = 2 << 30, 20, 32 << 20
"""Bytes of memory, seconds of work, bytes of one page."""
PPI = 110
TEMPLATE = """
#set page(width: 210mm, height: 297mm, margin: 0mm)
#image({file}, page: {page}, width: 100%, height: 100%, fit: "contain")
"""


def main(file: Path, folder: Path, pages: int) -> int:
    """Draw the pages; returns the exit status."""
    for which, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, WRITTEN)):
        resource.setrlimit(which, (most, most))
    for page in range(1, pages + 1):
        source = file.with_name("page.typ")
        source.write_text(TEMPLATE.format(file=json.dumps(file.name), page=page), encoding="utf-8")
        try:
            drawn = typst.compile(source, root=file.parent, format="png", ppi=PPI, ignore_system_fonts=True)
        except typst.TypstError as error:
            print(error.message)
            return 0 if page > 1 and "does not exist" in error.message else 1
        ready = folder / "ready"
        ready.write_bytes(bytes(drawn))
        ready.rename(folder / f"{page}.png")  # whole or not at all
        if file.suffix != ".pdf":
            break
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
