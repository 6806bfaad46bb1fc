#include "proxy/admin/metrics_text.hpp"

#include <fmt/format.h>

namespace proxy {

std::string_view to_text(metric_type type)
{
    return type == metric_type::counter ? "counter" : "gauge";
}

std::string to_prometheus(const metric_list& metrics)
{
    std::string text;
    for (const metric& one : metrics.all()) {
        text += fmt::format(
            "# HELP unghost_{} {}\n# TYPE unghost_{} {}\n",
            one.name,
            one.help,
            one.name,
            to_text(one.type)
        );
        for (const metric_sample& sample : one.samples)
            text += fmt::format(
                "unghost_{}{} {}\n",
                one.name,
                sample.labels.empty() ? std::string() : "{" + sample.labels + "}",
                sample.value
            );
    }
    return text;
}

}  // namespace proxy
