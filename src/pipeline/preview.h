// Small pictures of what denoising did to an image, for people to look at.
#pragma once

#include <string>
#include <vector>

#include "aedenoise/image.h"
#include "core/file.h"
#include "io/rows.h"
#include "pipeline/comparison.h"

namespace aedenoise::pipeline {

// One look at an image: a picture as a whole or a detail of it, a plane of a volume.
struct PreviewView {
  std::string name;   // "whole", "detail", "axial", "coronal", "sagittal"; "slice", "across rows", "across
                      // columns" where the axes are unknown
  std::string place;  // where in the image it is: "slice 28 of 56"; may be empty
  int width = 0;
  int height = 0;
  double zoom = 1.0;   // pixels of the preview per pixel of the image, along its width
  double low = 0.0;    // what is shown black, in the image's units
  double high = 1.0;   // what is shown white
  double limit = 1.0;  // the residual is shown from black, -limit, over mid-gray, 0, to white
  core::Bytes before;  // JPEG files
  core::Bytes after;
  core::Bytes residual;  // noisy - denoised
};

// A picture: as a whole in at most 512 pixels a side, and where that makes it smaller the 256 x 256 pixels in
// which most happens, as they are. A volume: the planes through its middle, their spacing respected; `axes`
// (see io/placement.h) turn them as radiologists look at them. Both images have one shape.
std::vector<PreviewView> previews_of(const Image& noisy, const Image& denoised, const std::string& axes);

// The same of a picture that is too large for memory, and its figures: noise is estimated in the rows that
// the detail lies in. Error{data} when the pictures differ in size.
struct RowFindings {
  std::vector<PreviewView> views;
  Comparison comparison;
};
RowFindings findings_by_rows(io::RowReader& noisy, io::RowReader& denoised);

}  // namespace aedenoise::pipeline
