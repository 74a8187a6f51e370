// Which of many results are unlike the others.
#pragma once

#include <string>
#include <vector>

namespace aedenoise::report {

// One figure that all results have.
struct Measure {
  const char* name;
  bool logarithmic = false;   // whether ratios matter, not differences; values up to 0 then count as absent
  double least_spread = 0.0;  // differences (of natural logarithms) that are nothing unusual
};

class Outliers {
 public:
  // One value for each measure; not finite: absent.
  using Values = std::vector<double>;

  explicit Outliers(std::vector<Measure> measures);

  void add(const Values& values);

  struct Score {
    double distance = 0.0;  // from the median in robust standard deviations, of the measure that is farthest
    std::string reason;     // that measure and its direction: "noise in, high"; empty when there is none
  };
  // Among what was added so far (the middle of it is only looked for again once a tenth has come). Nothing is
  // unusual among fewer than five.
  Score score(const Values& values) const;

 private:
  // Of one measure: values as they are compared, their median and robust standard deviation.
  struct Distribution {
    std::vector<double> values;
    double median = 0.0;
    double spread = 0.0;
    std::size_t settled = 0;  // values of which the two above are
  };
  double compared(std::size_t measure, double value) const;
  static void settle(Distribution& distribution, double least_spread);

  std::vector<Measure> measures_;
  mutable std::vector<Distribution> distributions_;
};

}  // namespace aedenoise::report
