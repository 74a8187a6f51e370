// NIfTI, plain, packed and in pairs, and NRRD and MetaImage.
#include <array>

#include "fuzz/target.h"
#include "io/nifti_reference.h"

namespace aedenoise::fuzz {
namespace {

namespace fs = std::filesystem;
using test::ReferenceNifti;

std::vector<io::Document> read_all(const fs::path& path) {
  const auto reader = io::open_volumes(path, kSmall);
  std::vector<io::Document> volumes;
  while (auto volume = reader->next()) {
    expect(volume->image.values.size() == volume->image.size(), "not as many values as voxels");
    volumes.push_back(std::move(*volume));
  }
  return volumes;
}

void write_all(const std::vector<io::Document>& volumes, const fs::path& path) {
  const auto writer = io::create_volumes(volumes.front(), path);
  for (const io::Document& volume : volumes) writer->add(volume, volume.image);
  writer->commit();
}

// What is read comes back when it is written to `output`.
bool read_and_write(const fs::path& path, const std::string& output) {
  std::vector<io::Document> volumes;
  if (!attempt([&] { volumes = read_all(path); })) return false;
  attempt([&] {
    const fs::path copy = path.parent_path() / output;
    write_all(volumes, copy);
    const auto again = read_all(copy);
    expect(again.size() == volumes.size(), "written and read, there are other volumes");
    for (std::size_t i = 0; i < volumes.size(); ++i)
      expect(same_values(again[i].image, volumes[i].image), "written and read, values are others");
  });
  return true;
}

std::vector<Bytes> nifti_seeds() {
  std::vector<Bytes> seeds;
  for (const test::Kind& kind : test::kKinds) {
    ReferenceNifti n;
    n.kind = kind;
    n.version = kind.code % 3 == 0 ? 2 : 1;
    n.big = kind.code % 4 == 0;
    n.dim = {5, 3, 4};
    if (kind.bytes == 2) n.dim.push_back(2);
    if (kind.bytes <= 2) n.slope = 0.5;
    n.extensions = {16, 0, 0, 0, 6, 0, 0, 0, 'n', 'o', 't', 'e', 0, 0, 0, 0};
    test::randomise(n, 3);
    seeds.push_back(test::build(n));
  }
  return seeds;
}

bool run_nifti(const Bytes& bytes) {
  const fs::path path = put("a.nii", bytes);
  const bool read = read_and_write(path, "b.nii");
  split_and_join(path, "joined.nii");
  return read;
}

std::vector<Bytes> packed_nifti_seeds() {
  std::vector<Bytes> seeds;
  for (const Bytes& seed : nifti_seeds())
    if (seeds.size() < 3) seeds.push_back(test::gzip(seed, static_cast<int>(4 * seeds.size() + 1)));
  Bytes two = seeds[0];
  two.insert(two.end(), seeds[1].begin(), seeds[1].end());
  seeds.push_back(two);
  return seeds;
}

bool run_packed_nifti(const Bytes& bytes) {
  // As they come: damage of the packing. Packed here: damage that packing does not show.
  const bool read = read_and_write(put("a.nii.gz", bytes), "b.nii.gz");
  const fs::path path = put("c.nii.gz", test::gzip(bytes, 1));
  read_and_write(path, "d.nii");
  split_and_join(path, "joined.nii");
  return read;
}

std::vector<Bytes> nifti_pair_seeds() {
  std::vector<Bytes> seeds;
  for (const int version : {1, 2}) {
    ReferenceNifti n;
    n.version = version;
    n.pair = true;
    n.dim = {5, 3, 4};
    seeds.push_back(test::build(n));
  }
  return seeds;
}

bool run_nifti_pair(const Bytes& bytes) {
  put("a.img", Bytes(512, 7));
  return read_and_write(put("a.hdr", bytes), "b.hdr");
}

Bytes with_text(const std::string& text, std::size_t samples) {
  Bytes out(text.begin(), text.end());
  for (std::size_t i = 0; i < samples; ++i) out.push_back(static_cast<std::uint8_t>(37 * i));
  return out;
}

// As ITK writes a file of this name.
Bytes as_written(const std::string& name, DataType type, int depth) {
  const io::Document document = example(1, 5, 4, type, depth);
  const fs::path path = put(name, {});
  io::write_document(document, document.image, path);
  return core::read_file(path, kSmall.max_input_bytes);
}

std::vector<Bytes> nrrd_seeds() {
  const std::string head =
      "NRRD0004\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 5 4 3\n"
      "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)\nkinds: domain domain domain\nendian: little\n"
      "space origin: (1,-2,3.5)\nproject:=scans of rocks\n";
  const std::string small = "NRRD0001\ntype: uchar\ndimension: 2\nsizes: 3 2\n";
  return {
      with_text(head + "encoding: raw\n\n", 120),
      with_text(small + "encoding: ascii\n\n1 2 3 4 5 6\n", 0),
      with_text(small + "encoding: hex\n\n0a0b0c0d0e0f\n", 0),
      with_text(head + "encoding: raw\ndata file: b.raw\n", 0),
      with_text(
          "NRRD0001\ntype: float\ndimension: 2\nsizes: 3 2\nspacings: 1 0.5\nendian: big\nencoding: raw\n\n",
          24),
      as_written("seed.nrrd", DataType::uint8, 3),
      as_written("seed.nrrd", DataType::float64, 1)};
}

std::vector<Bytes> metaimage_seeds() {
  const std::string head =
      "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
      "CompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 -2 3.5\n"
      "ElementSpacing = 0.5 0.75 2\nDimSize = 5 4 3\nElementType = MET_SHORT\n";
  return {with_text(head + "ElementDataFile = LOCAL\n", 120),
          with_text(head + "ElementDataFile = b.raw\n", 0), as_written("seed.mha", DataType::uint16, 3),
          as_written("seed.mha", DataType::float32, 1)};
}

bool run_itk(const Bytes& bytes, const std::string& extension) {
  put("b.raw", Bytes(512, 7));
  return read_and_write(put("a" + extension, bytes), "c" + extension);
}

constexpr std::array kVolumeTargets{
    Target{"nifti", nifti_seeds, run_nifti}, Target{"nifti_packed", packed_nifti_seeds, run_packed_nifti},
    Target{"nifti_pair", nifti_pair_seeds, run_nifti_pair},
    Target{"nrrd", nrrd_seeds, [](const Bytes& bytes) { return run_itk(bytes, ".nrrd"); }},
    Target{"metaimage", metaimage_seeds, [](const Bytes& bytes) { return run_itk(bytes, ".mha"); }}};

}  // namespace

std::span<const Target> volume_targets() { return kVolumeTargets; }

}  // namespace aedenoise::fuzz
