#include "proxy/pull_status.hpp"

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

void say_disk_full(program_status& status)
{
    status.phase = program_phase::disk_full;
    status.phase_text = "pulling waits, what is stored is served on. Free some room, or shorten "
                        "retention: the source keeps its log only as long as it is set to";
}

}  // namespace proxy
