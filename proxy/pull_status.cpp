#include "proxy/pull_status.hpp"

#include <fmt/format.h>

namespace proxy {

program_status status_of(const rewrite::gate* gate, const rewrite::rewriter* rewriter)
{
    program_status status;
    if (gate == nullptr || rewriter == nullptr)
        return status;
    status.phase = program_phase::serving;
    const rewrite::question* asked = gate->asked();
    if (asked != nullptr && asked->kind == rewrite::question_kind::stop) {
        status.phase = program_phase::stopped;
        status.phase_text = asked->text;
        status.stop = stop_status{.id = to_text(asked->at), .asked = *asked};
    }
    status.safe_to_move = !rewriter->hides_anything();
    for (const rewrite::table_name& table : rewriter->hidden_tables())
        status.hidden.push_back(to_text(table));
    status.migrations = rewriter->migrations();
    return status;
}

namespace {

program_phase phase_of(const disk_problem& problem)
{
    return problem.kind == disk_trouble::no_room ? program_phase::disk_full
                                                 : program_phase::disk_failing;
}

std::string waits_text(const disk_problem& problem)
{
    return fmt::format(
        "{}. Pulling waits, what is stored is served on. {}: the source keeps its log only as long "
        "as it is set to",
        problem.text,
        problem.kind == disk_trouble::no_room
            ? "Free some room, or shorten retention (or raise the limit that is "
              "named)"
            : "Look at the disk"
    );
}

}  // namespace

void say_disk_problem(program_status& status, const disk_problem& problem)
{
    if (status.stop) {
        status.phase_text += "; " + disk_text(problem);
        return;
    }
    status.phase = phase_of(problem);
    status.phase_text = waits_text(problem);
}

std::string disk_text(const disk_problem& problem)
{
    return fmt::format("{}: {}", to_text(phase_of(problem)), waits_text(problem));
}

}  // namespace proxy
