#!/usr/bin/env python3
"""The page of `aedenoise denoise --report`, made by the real program.

Usage: see pages.py
"""
import base64
import csv
import json
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.dont_write_bytecode = True
import browser  # noqa: E402, beside this file
from pages import PROGRAM, element, main, markup_of  # noqa: E402

HOSTILE = "<img src=x onerror=alert(1)>.png"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, rows):
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def write_nifti(path, width, height, depth, value):
    """float32, 1 x 1 x 3 mm, columns to the left, rows to the back, slices to the head."""
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, width, height, depth, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 16, 32)
    struct.pack_into("<8f", head, 76, 1, 1, 1, 3, 1, 1, 1, 1)
    struct.pack_into("<f", head, 108, 352)
    struct.pack_into("<h", head, 254, 1)
    struct.pack_into("<12f", head, 280, -1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 3, 0)
    head[344:348] = b"n+1\0"
    values = [value(x, y, z) for z in range(depth) for y in range(height) for x in range(width)]
    path.write_bytes(bytes(head) + struct.pack(f"<{len(values)}f", *values))


def scene(x, y):
    return 60 + 100 * ((x // 16 + y // 16) % 2) + 0.05 * x


def make_inputs(folder):
    rng = random.Random(5)
    for name in ("in/deep", "clean/deep"):
        (folder / name).mkdir(parents=True)
    names = ["a.png", "b.png", "c.png", "deep/d.png", "e.png", HOSTILE, "loud.png"]
    for i, name in enumerate(names):
        size = (640, 520) if name == "a.png" else (96 + 4 * i, 80)
        sigma = 45 if name == "loud.png" else 12
        clean = [[scene(x, y) for x in range(size[0])] for y in range(size[1])]
        noisy = [[min(255, max(0, round(v + rng.gauss(0, sigma)))) for v in row] for row in clean]
        write_png(folder / "in" / name, noisy)
        write_png(folder / "clean" / name, [[round(v) for v in row] for row in clean])
    broken = (folder / "in/b.png").read_bytes()
    (folder / "in/broken.png").write_bytes(broken[: len(broken) // 2])
    write_nifti(folder / "in/volume.nii", 40, 36, 20, lambda x, y, z: 500 + 20 * z + 3 * x + rng.gauss(0, 25))


def run(folder, *words):
    return subprocess.run([PROGRAM, "denoise", *words], cwd=folder, capture_output=True, text=True, check=False)


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.home.name)
        make_inputs(cls.folder)
        cls.outcome = run(cls.folder, "in", "-o", "out", "--ref", "clean", "--report", "out/report.html", "--json",
                          "results.json", "--csv", "results.csv", "-j", "1")
        cls.page = cls.folder / "out/report.html"
        cls.text = cls.page.read_text() if cls.page.exists() else ""

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()


class File(Page):
    def test_everything_is_inside(self):
        self.assertEqual(self.outcome.returncode, 1, self.outcome.stderr)  # one file is broken
        self.assertIn("default-src 'none'; img-src data:;", self.text)
        markup = markup_of(self.text)
        self.assertNotRegex(markup, r"(src|href)\s*=|url\(|@import")
        self.assertNotIn("<img", self.text.replace("\\u003cimg", ""))  # the name of a file is no element
        for picture in re.findall(r"data:image/jpeg;base64,([^\"]*)", self.text):
            self.assertEqual(base64.b64decode(picture, validate=True)[:2], b"\xff\xd8")

    def test_figures_are_those_of_json_and_csv(self):
        shown = element(self.text, "data")["files"]
        results = json.loads((self.folder / "results.json").read_text())["files"]
        with open(self.folder / "results.csv", newline="", encoding="utf-8") as file:
            table = list(csv.DictReader(file))
        self.assertEqual(len(shown), 9)
        self.assertEqual([f["input"] for f in shown], [f["input"] for f in results])
        for on_page, result, line in zip(shown, results, table):
            for key, value in on_page.items():
                self.assertEqual(value, result[key], key)
            for key in ("psnr_out", "noise_in", "compression_ratio", "outlier", "seconds"):
                self.assertEqual(json.loads(line[key]) if line[key] else None, on_page.get(key), key)

    def test_figures_are_right(self):
        shown = {f["input"]: f for f in element(self.text, "data")["files"]}
        loud, plain, volume = shown["in/loud.png"], shown["in/a.png"], shown["in/volume.nii"]
        self.assertAlmostEqual(plain["noise_in"], 12, delta=1.5)
        self.assertLess(plain["noise_out"], 4)
        self.assertAlmostEqual(plain["residual_rms"], 12, delta=2)
        # Of noise of 12 around a clean picture: 20 log10(255 / 12).
        self.assertAlmostEqual(plain["psnr_in"], 26.5, delta=0.4)
        self.assertGreater(plain["psnr_out"], plain["psnr_in"] + 5)
        self.assertGreater(plain["ssim_out"], plain["ssim_in"])
        self.assertEqual(plain["output_bytes"], (self.folder / "out/a.png").stat().st_size)
        self.assertGreater(loud["outlier"], 5)
        self.assertEqual(max(f.get("outlier", 0) for f in shown.values() if f is not volume), loud["outlier"])
        self.assertNotIn("psnr_out", volume)  # has no reference
        self.assertEqual(shown["in/broken.png"]["status"], "failed")
        self.assertIn("broken.png", shown["in/broken.png"]["error"])

    def test_pictures(self):
        order = [f["input"] for f in element(self.text, "data")["files"]]
        a = element(self.text, f"pictures{order.index('in/a.png')}")
        self.assertEqual([(v["name"], v["width"], v["height"]) for v in a], [("whole", 512, 416), ("detail", 256, 256)])
        planes = element(self.text, f"pictures{order.index('in/volume.nii')}")
        # 40 x 36 x 20 samples of 1 x 1 x 3 mm.
        self.assertEqual([(v["name"], v["width"], v["height"]) for v in planes],
                         [("axial", 40, 36), ("coronal", 40, 60), ("sagittal", 36, 60)])
        self.assertIsNone(element(self.text, f"pictures{order.index('in/broken.png')}"))

    def test_pictures_are_of_the_most_unusual(self):
        run(self.folder, "in", "-o", "few", "--report", "few.html", "--report-images", "2", "-j", "1")
        data = element((self.folder / "few.html").read_text(), "data")
        ranked = sorted(range(9), key=lambda i: -data["files"][i].get("outlier", -1))
        self.assertEqual(len(data["pictures"]), 2)
        self.assertIn(ranked[0], data["pictures"])

    def test_a_resumed_run_has_a_complete_page(self):
        words = ("in", "-o", "again", "--ref", "clean", "-j", "1", "--resume", "--report", "again.html")
        run(self.folder, *words[:-2])  # without figures, as nobody asked
        (self.folder / "again/c.png").unlink()
        again = run(self.folder, *words)
        self.assertEqual(again.returncode, 1, again.stderr)
        data = element((self.folder / "again.html").read_text(), "data")
        once = element(self.text, "data")
        self.assertEqual(sum(f["status"] == "skipped" for f in data["files"]), 7)
        self.assertEqual(data["pictures"], once["pictures"])
        for new, old in zip(data["files"], once["files"]):
            if new["status"] == "failed":
                continue
            self.assertAlmostEqual(new["noise_in"], old["noise_in"], places=6)
            self.assertAlmostEqual(new.get("psnr_out", 0), old.get("psnr_out", 0), delta=0.1)  # as it was stored
            self.assertIn("seconds", new)

    def test_a_killed_run_leaves_no_page_and_goes_on(self):
        words = ["in", "-o", "killed", "--report", "killed/page.html", "-j", "1", "--resume"]
        process = subprocess.Popen([PROGRAM, "denoise", *words], cwd=self.folder, stderr=subprocess.DEVNULL)
        target = self.folder / "killed"
        while process.poll() is None and not (target / "a.png").exists():
            time.sleep(0.005)
        process.kill()
        process.wait()
        self.assertFalse((target / "page.html").exists())
        run(self.folder, *words)
        self.assertEqual(len(element((target / "page.html").read_text(), "data")["pictures"]), 8)
        self.assertEqual([p.name for p in target.glob(".page*")], [])

    def test_what_cannot_be(self):
        for words, message in [
            (("in", "-o", "no", "--ref", "clean/a.png"), "need a folder of references"),
            (("in/a.png", "-o", "no.png", "--ref", "nowhere"), "does not exist"),
            (("in", "-o", "no", "--report", "in/a.png"), "is an image, which is not replaced"),
            (("in", "-o", "no", "--report-images", "3"), "use --report"),
            (("in/a.png", "-o", "no.png", "--ref", "clean/c.png"), "but the image to compare with it 640 x 520"),
            (("in/a.png", "-o", "no.png", "--report", "missing/page.html"), "lies in a folder that does not exist"),
        ]:
            outcome = run(self.folder, *words)
            self.assertNotIn(outcome.returncode, (0, 1), outcome.stderr)
            self.assertIn(message, outcome.stderr)
            self.assertFalse((self.folder / "no.png").exists())

    def test_nothing_else_is_left(self):
        left = [p.name for p in self.folder.rglob(".*") if not p.name.startswith(".aedenoise")]
        self.assertEqual(left, [])


class InBrowser(Page):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = browser.Browser()
        cls.browser.open(cls.page)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        super().tearDownClass()

    def tearDown(self):
        self.assertEqual(self.browser.problems(), [])

    def ask(self, expression):
        return self.browser.evaluate(expression)

    def names(self):
        return self.ask("[...document.querySelectorAll('td.file button')].map((b) => b.textContent)")

    def show(self, name):
        at = self.names().index(name)
        self.browser.click(f"tbody tr:nth-child({at + 1}) td.file button", 0.02)
        self.assertEqual(self.ask("document.getElementById('name').textContent"), name)

    def test_it_shows_all_and_asks_for_nothing(self):
        self.assertEqual(len(self.names()), 9)
        self.assertIn(HOSTILE, self.names())
        self.show("a.png")
        loaded = "[...document.images].map((i) => i.complete && i.naturalWidth > 0)"
        self.assertEqual(self.ask(loaded), [True] * 6)
        outside = [url for url in self.browser.requests() if not url.startswith("data:")]
        self.assertEqual(outside, [self.page.resolve().as_uri()])

    def test_outliers_come_first_and_columns_sort(self):
        self.browser.open(self.page)
        self.assertEqual(self.names()[0], "broken.png")
        self.assertEqual(self.ask("document.querySelector('#failures li').textContent").split(":")[0], "in/broken.png")
        scores = self.ask("[...document.querySelectorAll('td:first-child')].map((c) => parseFloat(c.textContent))")[1:]
        self.assertEqual(scores, sorted(scores, reverse=True))
        heads = self.ask("[...document.querySelectorAll('th')].map((h) => h.textContent)")
        column = heads.index("Noise before") + 1
        noise = (f"[...document.querySelectorAll('tbody td:nth-child({column})')]"
                 ".map((c) => c.textContent).filter((t) => t).map(parseFloat)")
        for descending in (True, False):
            self.browser.click(f"th:nth-child({column}) button")
            shown = self.ask(noise)
            self.assertEqual(shown, sorted(shown, reverse=descending))
            self.assertEqual(self.names()[-1], "broken.png")  # has no figure
        self.browser.click("th:nth-child(2) button")
        self.assertEqual(self.names(), sorted(self.names(), key=str.lower))

    def test_the_slider_moves(self):
        self.show("a.png")
        cut = "getComputedStyle(document.querySelector('.slider img.over')).clipPath"
        self.assertEqual(self.ask(cut), "inset(0px 50% 0px 0px)")
        self.ask("document.querySelector('.slider input').focus()")
        for _ in range(5):
            self.browser.key("ArrowLeft", 37)
        self.assertEqual(self.ask(cut), "inset(0px 55% 0px 0px)")
        self.browser.key("End", 35)
        self.assertEqual(self.ask(cut), "inset(0px 0% 0px 0px)")
        self.browser.click(".slider input", 0.2)
        share = float(re.search(r"([\d.]+)%", self.ask(cut)).group(1))
        self.assertAlmostEqual(share, 80, delta=3)

    def test_volumes_flicker(self):
        self.show("volume.nii")
        self.assertEqual(self.ask("document.querySelectorAll('.flicker .plane').length"), 3)
        shown = "getComputedStyle(document.querySelector('.flicker img.over')).opacity"
        self.assertEqual(self.ask(shown), "0")
        self.browser.hover(".flicker")
        seen = self.ask(f"""new Promise((done) => {{ const seen = new Set(); const end = Date.now() + 4000;
            const look = () => {{ seen.add({shown}); if (seen.size > 1 || Date.now() > end) done([...seen].sort());
                                  else setTimeout(look, 50); }}; look(); }})""")
        self.assertEqual(seen, ["0", "1"])

    def test_search_and_steps(self):
        self.browser.open(self.page)
        self.ask("(() => { const f = document.getElementById('find'); f.focus(); })()")
        self.browser.call("Input.insertText", text="LOUD")
        self.assertEqual(self.names(), ["loud.png"])
        self.ask("(() => { const f = document.getElementById('find'); f.value = ''; f.dispatchEvent(new Event('input')); })()")
        before = self.ask("document.getElementById('name').textContent")
        self.browser.click("#next")
        after = self.ask("document.getElementById('name').textContent")
        self.assertEqual(self.names().index(after), self.names().index(before) + 1)

    def test_narrow_and_wide_windows_need_no_sideways_scrolling(self):
        for width in (360, 480, 800, 1280):
            self.browser.size(width, 900)
            for name in ("a.png", "volume.nii"):
                self.show(name)
                self.assertLessEqual(self.ask("document.documentElement.scrollWidth"), width)
        self.browser.size(1280, 900)


if __name__ == "__main__":
    main(File, InBrowser)
