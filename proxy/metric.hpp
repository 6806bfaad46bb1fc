#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proxy {

// What /metrics shows. Each component keeps its own numbers and lists them itself, in a function
//
//   void list_metrics(const NUMBERS& of, metric_list& into);
//
// next to them: a new metric is a member there, a line there, and a row in docs/metrics.md.
enum class metric_type : std::uint8_t { gauge, counter };

struct metric_sample
{
    std::string labels;  // result="folded"; empty: none
    double value = 0;    // whole numbers are exact up to 2^53
};

// Texts are literals.
struct metric
{
    std::string_view owner;
    std::string_view name;  // without the prefix unghost_; process_...: has none
    metric_type type = metric_type::gauge;
    std::string_view help;
    std::vector<metric_sample> samples;  // none: not known now
};

// A label's value as it stands between quotes. Bytes that are no printable ASCII become \xNN: names
// of users may be in any charset, and Prometheus takes UTF-8 alone.
std::string label_text(std::string_view value);

class metric_list
{
public:
    // Whose metrics follow.
    void begin(std::string_view owner) { owner_ = owner; }
    void gauge(std::string_view name, double value, std::string_view help)
    {
        add(name, metric_type::gauge, help, {{"", value}});
    }
    // Without a sample where there is no value: Prometheus then has none either.
    void gauge(std::string_view name, std::optional<double> value, std::string_view help)
    {
        add(name, metric_type::gauge, help, {});
        if (value)
            all_.back().samples.push_back({"", *value});
    }
    void counter(std::string_view name, std::uint64_t value, std::string_view help)
    {
        add(name, metric_type::counter, help, {{"", static_cast<double>(value)}});
    }
    void
    add(std::string_view name,
        metric_type type,
        std::string_view help,
        std::vector<metric_sample> samples)
    {
        all_.push_back({owner_, name, type, help, std::move(samples)});
    }
    const std::vector<metric>& all() const { return all_; }

private:
    std::string_view owner_;
    std::vector<metric> all_;
};

}  // namespace proxy
