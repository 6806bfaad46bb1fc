#include "rewrite/transaction/text_names.hpp"

#include "rewrite/migration/statement_rules.hpp"
#include "rewrite/tool/tool.hpp"

#include <algorithm>

namespace rewrite {

bool makes_table(const statement& read)
{
    return read.kind == statement_kind::create_table ||
           read.kind == statement_kind::create_table_select;
}

text_names names_in(
    const statement& read, const hidden_objects& hidden, const std::vector<table_name>& may_differ
)
{
    text_names names;
    for (const table_reference& reference : read.tables) {
        const bool target = reference.role == table_role::target;
        if (target && makes_table(read))
            continue;  // that name is free, or it could not be made
        const hidden_object* object = hidden.find(reference.name);
        if (object) {
            names.hidden = reference.name;
            names.migration_of = object->migration;
            (target ? names.writes_hidden : names.reads_hidden) = true;
        } else if (target) {
            names.writes_others = true;
            if (std::ranges::find(may_differ, reference.name) == may_differ.end())
                names.others_may_differ = false;
        }
    }
    names.unreadable = !hidden.empty() && (read.kind == statement_kind::unreadable ||
                                           hides_behind_charset(read, hidden));
    return names;
}

alarms alarms_if_served(const statement& read, const std::vector<migration>& live)
{
    alarms noticed;
    for (const migration& m : live) {
        // A tool that reads rows from the log never sees what a statement changes.
        if (!m.folding() || description_of(m.which).rows != row_source::log)
            continue;
        const auto writes_original = [&m](const table_reference& reference) {
            const bool named = reference.name == m.original || !reference.exact ||
                               (m.away() && reference.name == m.away()->to);
            return named && (reference.role == table_role::target || reference.written);
        };
        if (read.kind == statement_kind::unreadable ||
            std::ranges::any_of(read.tables, writes_original))
            noticed.emplace_back(
                m.id,
                "rows were changed by a statement logged as text, which " +
                    std::string(to_text(m.which)) + " does not see"
            );
    }
    return noticed;
}

alarms alarms_if_hidden(
    const table_name& written, std::string_view text, const std::vector<migration>& live
)
{
    alarms noticed;
    for (const migration& m : live) {
        if (!m.folding() || written != m.ghost)
            continue;
        if (!marks_rows(text))
            noticed.emplace_back(m.id, "somebody else wrote to " + to_text(m.ghost));
        else if (copies_in_part(m.which, text))
            noticed.emplace_back(m.id, std::string(copied_in_part));
        else if (!m.lost_trigger.empty())
            noticed.emplace_back(m.id, m.missed_changes());
    }
    return noticed;
}

}  // namespace rewrite
