#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/output.hpp"
#include "proxy/command/stop_text.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

struct resume_flags
{
    admin_flags data;
    std::string id;
    bool pass = false;
    bool empty = false;
    std::string sql;
    bool dry_run = false;
    bool yes = false;

    spoken_word word() const { return {id, pass ? "pass" : empty ? "empty" : "sql", sql}; }
};

// What was typed is yes. At the end of the input nobody has said so.
bool is_wanted()
{
    print_text("Do it? [y/N] ");
    std::fflush(stdout);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

int resume(const resume_flags& flags)
{
    const std::filesystem::path folder = flags.data.folder();
    if (folder.empty())
        throw command_error(exit_usage, "which unghost? Give --data DIR or --config FILE");
    const spoken_word said = flags.word();
    if (flags.dry_run || !flags.yes) {
        const nlohmann::json look = ask_stop(folder, said);
        print_text(describe_stop_look(look));
        if (const std::string objection = look.value("objection", ""); !objection.empty())
            throw command_error(exit_finding, objection);
        print_text(
            "Consumers are to get, in its place: " + consequence_of(said.word, said.sql) + "\n"
        );
        if (flags.dry_run)
            return exit_good;
        if (!is_wanted())
            throw command_error(
                exit_finding, "nothing was done: nobody said yes (--yes does it without asking)"
            );
    }
    if (const auto refused = ask_resume(folder, said))
        throw command_error(exit_finding, *refused);
    print_text("resumed\n");
    return exit_good;
}

}  // namespace

void add_resume(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<resume_flags>();
    CLI::App* command = app.add_subcommand("resume", "Resume publishing after a stop");
    command->footer(R"(Examples:
  unghost resume mysql-bin.000123:157 --pass --data /var/lib/unghost
  unghost resume mysql-bin.000123:157 --sql 'ALTER TABLE shop.orders ADD COLUMN c int' \
      --dry-run --data /var/lib/unghost

`unghost status` shows the stop, its id, and which of the three it accepts. This shows what the stop
is about, and asks before anything is done. The answer is recorded, with the user who gave it: unghost
does not ask for it a second time. It is taken at the socket control.sock in the data folder, which
unghost's own user and root may open.)");
    command->add_option("ID", flags->id, "The stop's id, as `unghost status` shows it")->required();
    auto* words =
        command->add_option_group("word", "What to serve in place of the event that it stopped at");
    words->add_flag("--pass", flags->pass, "Serve what the source wrote");
    words->add_flag("--empty", flags->empty, "Serve an empty transaction");
    words->add_option("--sql", flags->sql, "Serve this statement")->type_name("TEXT");
    words->require_option(1);
    command->add_flag("--dry-run", flags->dry_run, "Say what would be done, and do nothing");
    command->add_flag("--yes", flags->yes, "Do it without asking");
    flags->data.add_folder_to(*command);
    command->callback([flags, &exit_code] { exit_code = resume(*flags); });
}

}  // namespace proxy
