// The run-time module `baselines`: filters of OpenCV and ITK.
#include "pipeline/baselines_module.h"

#include <itkGradientAnisotropicDiffusionImageFilter.h>
#include <itkImage.h>
#include <itkImportImageFilter.h>
#include <itkMultiThreaderBase.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/photo.hpp>
#include <vector>

namespace aedenoise::pipeline {
namespace {

// One plane as OpenCV sees it; shares the image's memory.
cv::Mat plane_of(Image& image, int channel) {
  return {image.height, image.width, CV_32F, image.plane(channel)};
}

// All channels interleaved, a copy.
cv::Mat interleave(Image& image) {
  std::vector<cv::Mat> planes;
  for (int channel = 0; channel < image.channels; ++channel) planes.push_back(plane_of(image, channel));
  cv::Mat out;
  cv::merge(planes, out);
  return out;
}

void deinterleave(const cv::Mat& pixels, Image& image) {
  for (int channel = 0; channel < image.channels; ++channel) {
    cv::Mat plane = plane_of(image, channel);
    cv::extractChannel(pixels, plane, channel);
  }
}

void diffuse(float* plane, int height, int width, unsigned iterations, double conductance) {
  using Plane = itk::Image<float, 2>;
  const auto source = itk::ImportImageFilter<float, 2>::New();
  const itk::Size<2> size{{static_cast<itk::SizeValueType>(width), static_cast<itk::SizeValueType>(height)}};
  source->SetRegion(itk::ImageRegion<2>(size));
  const std::size_t count = size[0] * size[1];
  source->SetImportPointer(plane, count, false);
  const auto filter = itk::GradientAnisotropicDiffusionImageFilter<Plane, Plane>::New();
  filter->SetInput(source->GetOutput());
  filter->SetNumberOfIterations(iterations);
  filter->SetConductanceParameter(conductance);
  filter->SetTimeStep(0.125);
  filter->Update();
  std::copy_n(filter->GetOutput()->GetBufferPointer(), count, plane);
}

class Filters final : public BaselineFilters {
 public:
  void set_threads(int count) const override {
    cv::setNumThreads(count);
    itk::MultiThreaderBase::SetGlobalMaximumNumberOfThreads(static_cast<itk::ThreadIdType>(count));
    itk::MultiThreaderBase::SetGlobalDefaultNumberOfThreads(static_cast<itk::ThreadIdType>(count));
  }

  void nlm(Image& image, double sigma) const override {
    const auto [low, high] = std::ranges::minmax(image.values);
    if (!(high > low)) return;
    const double scale = 255.0 / (static_cast<double>(high) - static_cast<double>(low));
    cv::Mat bytes;
    interleave(image).convertTo(bytes, CV_8U, scale, -scale * static_cast<double>(low));
    cv::Mat filtered;
    cv::fastNlMeansDenoising(bytes, filtered, static_cast<float>(sigma * scale), 5, 21);
    cv::Mat values;
    filtered.convertTo(values, CV_32F, 1.0 / scale, static_cast<double>(low));
    deinterleave(values, image);
  }

  void median(Image& image, double relative_sigma) const override {
    const int size = relative_sigma < 40.0 ? 3 : 5;
    const int times = relative_sigma < 20.0 ? 1 : 2;
    for (int channel = 0; channel < image.channels; ++channel) {
      cv::Mat plane = plane_of(image, channel);
      for (int i = 0; i < times; ++i) cv::medianBlur(plane.clone(), plane, size);
    }
  }

  void bilateral(Image& image, double sigma, double relative_sigma) const override {
    const double space = std::min(2.0, 1.0 + relative_sigma / 50.0);
    const int window = 2 * static_cast<int>(std::ceil(2.5 * space)) + 1;
    cv::Mat filtered;
    cv::bilateralFilter(interleave(image), filtered, window, (2.4 + relative_sigma / 75.0) * sigma, space);
    deinterleave(filtered, image);
  }

  void anisotropic(Image& image, double relative_sigma) const override {
    const auto iterations = static_cast<unsigned>(std::lround(1.0 + std::min(24.0, relative_sigma / 4.0)));
    const double conductance = std::min(3.0, 0.75 + relative_sigma / 20.0);
    for (int channel = 0; channel < image.channels; ++channel) {
      diffuse(image.plane(channel), image.height, image.width, iterations, conductance);
    }
  }
};

}  // namespace
}  // namespace aedenoise::pipeline

extern "C" const void* aedenoise_baselines_module() {
  static const aedenoise::pipeline::Filters filters;
  return static_cast<const aedenoise::pipeline::BaselineFilters*>(&filters);
}
