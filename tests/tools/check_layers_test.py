"""Shows tools/check_layers one small right source tree and wrong variants of it."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers"

RIGHT = {
    "CMakeLists.txt": """
aedenoise_layer(core SOURCES a.cpp)
aedenoise_layer(imaging SOURCES b.cpp LINKS aedenoise_core)
aedenoise_layer(onednn SOURCES c.cpp LINKS aedenoise_core DNNL::dnnl)
aedenoise_layer(io SOURCES d.cpp LINKS aedenoise_imaging PNG::PNG)
aedenoise_layer(cli SOURCES e.cpp LINKS aedenoise_io Boost::program_options)
""",
    "include/aedenoise/error.h": "#include <string>\n",
    "src/core/a.h": '#include "aedenoise/error.h"\n#include <vector>\n',
    "src/imaging/b.h": '#include "core/a.h"\n',
    "src/onednn/c.h": '#include <dnnl.hpp>\n#include "core/a.h"\n',
    "src/io/d.h": '#include <png.h>\n#include "imaging/b.h"\n#include "core/a.h"\n',
    "src/cli/e.h": '#include <boost/program_options.hpp>\n#include "io/d.h"\n',
    "src/main.cpp": '#include "cli/e.h"\n',
}


def check(changes):
    """Runs the tool on the right tree with some files changed; returns its exit status and output."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**RIGHT, **changes}.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, TOOL, folder], capture_output=True, text=True, check=False)
        return run.returncode, run.stdout


class CheckLayers(unittest.TestCase):
    def expect(self, changes, message):
        status, output = check(changes)
        self.assertEqual(status, 1, output)
        self.assertIn(message, output)

    def test_right_tree_passes(self):
        self.assertEqual(check({}), (0, ""))

    def test_upward_include(self):
        self.expect({"src/core/a.h": '#include "imaging/b.h"\n'}, "src/core/a.h:1: core may not use imaging")

    def test_sideways_include(self):
        self.expect({"src/imaging/x.h": '#include "onednn/c.h"\n'}, "imaging may not use onednn")

    def test_cycle_within_a_layer(self):
        self.expect({"src/core/a.h": '#include "core/z.h"\n', "src/core/z.h": '#include "core/a.h"\n'},
                    "include cycle: src/core/a.h -> src/core/z.h -> src/core/a.h")

    def test_onednn_stays_in_its_layer(self):
        self.expect({"src/imaging/x.cpp": "#include <oneapi/dnnl/dnnl.hpp>\n"}, "belongs in src/onednn only")
        self.expect({"src/imaging/x.cpp": "void f(dnnl::memory m);\n"}, "'dnnl' is named outside src/onednn")
        self.expect({"src/imaging/x.cpp": "int f() { return dnnl_f32; }\n"}, "'dnnl_f32' is named outside")

    def test_boost_stays_in_cli(self):
        self.expect({"src/io/x.cpp": "#include <boost/program_options.hpp>\n"}, "belongs in src/cli only")

    def test_file_format_libraries_stay_in_io(self):
        for header in ("png.h", "opencv2/imgcodecs.hpp", "itkImageFileReader.h", "dcmtk/dcmdata/dctk.h", "itkNiftiImageIO.h"):
            self.expect({"src/imaging/x.cpp": f"#include <{header}>\n"}, f"<{header}> belongs in src/io only")

    def test_public_headers_stand_alone(self):
        self.expect({"include/aedenoise/x.h": '#include "core/a.h"\n'}, "which is not public")
        self.expect({"include/aedenoise/x.h": "#include <opencv2/core.hpp>\n"}, "includes third-party")

    def test_includes_are_written_from_the_root(self):
        self.expect({"src/core/x.cpp": '#include "a.h"\n'}, 'is not written as "layer/file.h"')
        self.expect({"src/core/x.cpp": '#include "core/none.h"\n'}, "does not exist")

    def test_unknown_layer(self):
        self.expect({"src/util/x.h": "\n"}, "src/util is not a layer")

    def test_links_follow_the_arrows(self):
        self.expect({"CMakeLists.txt": "aedenoise_layer(core SOURCES a.cpp LINKS aedenoise_io)\n"},
                    "core may not link io")
        self.expect({"CMakeLists.txt": "aedenoise_layer(imaging SOURCES b.cpp)\n"},
                    "imaging includes core (b.h) but does not link it")
        self.expect({"CMakeLists.txt": "aedenoise_layer(nn SOURCES b.cpp LINKS DNNL::dnnl)\n"},
                    "nn links DNNL::dnnl")

    def test_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "CMakeLists.txt").write_text("", encoding="utf-8")
            run = subprocess.run([sys.executable, TOOL, folder], capture_output=True, check=False)
            self.assertEqual(run.returncode, 1)


if __name__ == "__main__":
    unittest.main()
