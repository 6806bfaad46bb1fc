#include "proxy/admin/metrics_text.hpp"

#include <fmt/format.h>

namespace proxy {

std::string_view to_text(metric_type type)
{
    return type == metric_type::counter ? "counter" : "gauge";
}

std::string full_name(const metric& one)
{
    return (one.name.starts_with("process_") ? "" : "unghost_") + std::string(one.name);
}

std::string to_prometheus(const metric_list& metrics)
{
    std::string text;
    for (const metric& one : metrics.all()) {
        const std::string name = full_name(one);
        text +=
            fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, one.help, name, to_text(one.type));
        for (const metric_sample& sample : one.samples)
            text += fmt::format(
                "{}{} {}\n",
                name,
                sample.labels.empty() ? std::string() : "{" + sample.labels + "}",
                sample.value
            );
    }
    return text;
}

}  // namespace proxy
