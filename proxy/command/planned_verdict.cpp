#include "proxy/command/planned_verdict.hpp"

#include "proxy/admin/summary_text.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/text.hpp"
#include "rewrite/verdict/advice.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

// "1,000,000"
std::string with_commas(std::uint64_t number)
{
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, ",");
    return digits;
}

std::string_view meaning_of(std::string_view class_name)
{
    if (class_name == "same")
        return "the ALTER alone gives the same table";
    if (class_name == "lenient")
        return "the ALTER makes values fit, as the tool's copy does";
    if (class_name == "counted")
        return "the same if no row is missing in the tool's copy";
    if (class_name == "witnessed")
        return "the same if the tool copies the column to its new name";
    if (class_name == "unproven")
        return "folded only because the configuration says so";
    return "served as the tool writes it";
}

std::string_view meaning_of(rewrite::cost price)
{
    switch (price) {
        case rewrite::cost::nothing: return "";
        case rewrite::cost::instant: return ": changes the dictionary alone";
        case rewrite::cost::in_place: return ": reads all rows, and its applier waits";
        case rewrite::cost::rebuild: return ": writes all rows anew, and its applier waits";
    }
    return "";
}

std::string line(std::string_view name, std::string_view value)
{
    return fmt::format("  {:<11} {}\n", name, value);
}

std::string rows_text(const planned_verdict& planned)
{
    return planned.rows ? fmt::format("about {} rows", with_commas(*planned.rows))
                        : std::string("all rows");
}

// What is looked at before the ALTER is served, and what that costs.
std::string checks_text(const planned_verdict& planned)
{
    std::string text =
        line("checked", "the columns that the table has after the cut-over, by name and type");
    if (planned.ruling.rests_on.witnessed)
        text += line("", "that a row of the copy shows the column under its new name");
    if (!planned.counts)
        return text + (planned.uncounted.empty()
                           ? ""
                           : line("", "the rows are not counted: " + planned.uncounted));
    text += line("", "the number of rows in both tables");
    return text + line("source", fmt::format("counts {}, once", rows_text(planned)));
}

std::string cost_text(const planned_verdict& planned)
{
    std::string text =
        fmt::format("{}{}", to_text(planned.ruling.price), meaning_of(planned.ruling.price));
    if (!planned.has_definition)
        text += ", at the least";
    else if (planned.bytes && rewrite::blocks(planned.ruling.price))
        text += fmt::format(" ({})", size_text(*planned.bytes));
    return line("replica", text);
}

std::string conditions_text(const planned_verdict& planned)
{
    std::string text;
    for (const std::string& one : planned.lacks)
        text += line(&one == &planned.lacks.front() ? "if it has" : "", "no " + one);
    for (const std::string& one : planned.needs)
        text += line(&one == &planned.needs.front() ? "and if" : "", one);
    return text;
}

std::string ways_text(const planned_verdict& planned)
{
    std::string text;
    for (const rewrite::way& one : planned.ways) {
        text += one.steps.size() == 1 ? "\nThis folds:\n"
                                      : fmt::format("\n{} migrations fold:\n", one.steps.size());
        for (std::size_t i = 0; i < one.steps.size(); ++i)
            text += fmt::format("  {}. {}\n", i + 1, one.steps[i]);
        if (!one.difference.empty())
            text += fmt::format("  ({})\n", one.difference);
    }
    return text;
}

std::string folded_text(const planned_verdict& planned)
{
    return conditions_text(planned) + checks_text(planned) + cost_text(planned) +
           "\nConsumers will get it as one ALTER TABLE when the tool cuts over.\n";
}

std::string passed_text(const planned_verdict& planned)
{
    std::string text = "\nConsumers will get all that the tool writes, as without unghost.\n";
    if (!planned.settings.empty())
        text += fmt::format(
            "It would be folded with {}{}.\n",
            planned.settings,
            planned.settings.starts_with("unproven") ? ": right only if you know that the reason "
                                                       "above does not apply to the table's rows"
                                                     : ""
        );
    return text + ways_text(planned);
}

}  // namespace

int exit_code_of(const planned_verdict& planned)
{
    if (!planned.refusal.empty())
        return exit_usage;
    return planned.ruling.what == rewrite::outcome::fold ? exit_good : exit_finding;
}

std::string to_text(const planned_verdict& planned)
{
    const bool folds = planned.ruling.what == rewrite::outcome::fold;
    const std::string table =
        planned.table && planned.has_definition ? to_text(*planned.table) : "any table";
    const std::string_view class_name = rewrite::class_of(planned.ruling);
    std::string text = fmt::format("{}: {}\n", table, planned.clauses);
    text +=
        line("verdict", fmt::format("{}: {}", to_text(planned.ruling.what), planned.ruling.reason));
    text += line("class", fmt::format("{}: {}", class_name, meaning_of(class_name)));
    text += line("tool", to_text(planned.which));
    return text + (folds ? folded_text(planned) : passed_text(planned));
}

nlohmann::json to_json(const planned_verdict& planned)
{
    using nlohmann::json;
    json checks = json::array();
    if (planned.ruling.what == rewrite::outcome::fold)
        checks.push_back("columns");
    if (planned.counts)
        checks.push_back("rows");
    json ways = json::array();
    for (const rewrite::way& one : planned.ways)
        ways.push_back({{"steps", one.steps}, {"difference", one.difference}});
    json made = {
        {"table", planned.table ? to_json(*planned.table) : json()},
        {"alter", planned.clauses},
        {"tool", to_text(planned.which)},
        {"outcome", to_text(planned.ruling.what)},
        {"class", rewrite::class_of(planned.ruling)},
        {"reason", planned.ruling.reason},
        {"cost", to_text(planned.ruling.price)},
        {"unproven", planned.ruling.unproven},
        {"checks", std::move(checks)},
        {"uncounted", planned.uncounted},
        {"rows", planned.rows ? json(*planned.rows) : json()},
        {"bytes", planned.bytes ? json(*planned.bytes) : json()},
        {"has_definition", planned.has_definition},
        {"lacks", planned.lacks},
        {"needs", planned.needs},
        {"settings", planned.settings},
        {"ways", std::move(ways)},
    };
    if (!planned.refusal.empty()) {
        made["error"] = planned.refusal;
        made["exit_code"] = exit_code_of(planned);
    }
    return made;
}

}  // namespace proxy
