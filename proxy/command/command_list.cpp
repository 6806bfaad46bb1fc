#include "proxy/command/command_list.hpp"

#include <CLI/CLI.hpp>

namespace proxy {

namespace {

// Options of groups of options ("give one of these") are listed with the command's own.
void add_options(const CLI::App& of, command_entry& into)
{
    for (const CLI::Option* one : of.get_options()) {
        if (one->get_group().empty())
            continue;
        if (one->get_lnames().empty())
            into.arguments.push_back(one->get_name(true));
        else
            into.flags.push_back(
                {.name = "--" + one->get_lnames().front(),
                 .value = one->get_type_size_max() == 0 ? "" : one->get_type_name(),
                 .about = one->get_description()}
            );
    }
    for (const CLI::App* group : of.get_subcommands(nullptr))
        if (group->get_name().empty())
            add_options(*group, into);
}

void add_command(const CLI::App& of, const std::string& name, std::vector<command_entry>& all)
{
    command_entry made{.name = name, .about = of.get_description(), .notes = of.get_footer()};
    add_options(of, made);
    for (const CLI::App* inner : of.get_subcommands(nullptr))
        if (!inner->get_name().empty())
            made.inner.push_back(inner->get_name());
    all.push_back(made);
    for (const std::string& inner : made.inner)
        add_command(*of.get_subcommand(inner), std::string(name).append(" ").append(inner), all);
}

}  // namespace

std::vector<command_entry> list_commands(const CLI::App& app)
{
    std::vector<command_entry> all;
    for (const CLI::App* one : app.get_subcommands(nullptr))
        if (!one->get_group().empty())
            add_command(*one, one->get_name(), all);
    all.push_back({.name = "help", .about = "Print the help of a command", .arguments = {"COMMAND"}}
    );
    all.push_back({.name = "version", .about = "Print the version"});
    return all;
}

}  // namespace proxy
