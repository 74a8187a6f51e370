"""What the tests of HTML pages share: they are run as TEST.py PROGRAM file|browser.

`file` reads pages as text; `browser` opens them in a headless Chromium; exit status 77 where there is none.
"""
import json
import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
import browser  # noqa: E402, beside this file

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())


def element(text, name):
    """The JSON inside a page's script element of this name, or None."""
    found = re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.S)
    return json.loads(found.group(1)) if found else None


def markup_of(text):
    return re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.S)


def main(file, in_browser):
    case = {"file": file, "browser": in_browser}[sys.argv[2]]
    if case is in_browser and browser.program() is None:
        print("skipped: there is no chromium; tools/install_dependencies --checks installs it")
        sys.exit(77)
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(case)
    sys.exit(not unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful())
