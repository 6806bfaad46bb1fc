#include "proxy/remark_lines.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

struct heading
{
    spdlog::level::level_enum level;
    std::string_view text;
};

heading heading_of(rewrite::remark_kind kind)
{
    switch (kind) {
        case rewrite::remark_kind::folding: return {spdlog::level::info, "folding: "};
        case rewrite::remark_kind::passing: return {spdlog::level::info, "passing: "};
        case rewrite::remark_kind::disturbed: return {spdlog::level::warn, "disturbed: "};
        case rewrite::remark_kind::cut_over: return {spdlog::level::info, "cut over: "};
        case rewrite::remark_kind::ended: return {spdlog::level::info, "ended: "};
        case rewrite::remark_kind::damaged: return {spdlog::level::warn, "damaged: "};
        case rewrite::remark_kind::name_freed: return {spdlog::level::warn, "name freed: "};
        default: return {spdlog::level::info, {}};
    }
}

}  // namespace

void log_remark(spdlog::logger& lines, const rewrite::remark& said)
{
    const heading with = heading_of(said.kind);
    lines.log(
        with.level,
        "{}migration {} of {} at {}: {}",
        with.text,
        said.migration,
        to_text(said.table),
        to_text(said.at),
        said.text
    );
}

std::string stop_text(const rewrite::question& asked)
{
    return fmt::format(
        "publishing stopped at {}: {}. To go on: unghost resume {} --pass (serve what the source "
        "wrote), "
        "--empty (serve nothing in its place) or --sql 'STATEMENT' (serve that instead)",
        to_text(asked.at),
        asked.text,
        to_text(asked.at)
    );
}

}  // namespace proxy
